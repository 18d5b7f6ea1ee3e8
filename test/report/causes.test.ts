// What analyze must not say: causes that only look like one.
import { expect, test } from 'vitest';
import { regularity } from '../../src/flow/findings/regularity.ts';
import { ACK, FIN, RST, SYN } from '../../src/wire/tcp.ts';
import type { Segment } from '../flow/support.ts';
import { bulk, CLIENT, SERVER, sack, Talk } from './talk.ts';

const PERMITTED = [4, 2, 1, 1];
/** An MSS of 1000. */
const MSS = [2, 4, 3, 232];

/** The handshake of two that do SACK. */
function modern(): Talk {
  const options = [...MSS, ...PERMITTED];
  return new Talk()
    .client({ flags: SYN, options, window: 65_000 })
    .server({ flags: SYN | ACK, options, window: 65_000 })
    .client();
}

test('a window filled for moments is how flow control works; for long, or of a slow receiver, it is a stall', async () => {
  const rounds = (n: number, wait: number) => {
    const talk = new Talk().handshake(65_000).client({ length: 1 }).server({ window: 65_000 });
    for (let i = 0; i < n; i++) talk.client({ length: 65_000 }, 0.1).server({ window: 65_000 }, wait);
    return talk.connection();
  };
  expect((await rounds(100, 0.7)).codes).not.toContain('stalled');
  expect((await rounds(2, 8)).codes).not.toContain('stalled');
  expect((await rounds(100, 8)).text('stalled')).toMatch(
    /^receiver 10.0.2.0:2000 stalled the sender .* for 8/,
  );
  expect((await rounds(1, 180)).text('stalled')).toMatch(/for 180 ms with a full window/);
});

test('while something is missing, what came behind it fills the window: no process is slow', async () => {
  const talk = modern().client({ length: 1000 }).server({ window: 64_000 });
  const lost = 2001;
  talk.unseen('client', 1000).client({ length: 63_000 }, 0.1);
  talk.server({ window: 64_000, acknowledgment: lost, options: sack(3001, 66_001) }, 0.1);
  talk.client({ length: 1000, sequence: lost }, 220).server({ window: 64_000 });
  const { codes } = await talk.connection();
  expect(codes).toContain('loss-before');
  expect(codes).not.toContain('stalled');
});

test('one word of the receiver may tell of several segments that came twice', async () => {
  const talk = modern();
  for (let i = 0; i < 40; i++) talk.client({ length: 1000 }, 0.1).server();
  for (let i = 0; i < 5; i++) talk.client({ length: 1000 }, 0.1);
  for (let i = 0; i < 5; i++) talk.client({ length: 1000, sequence: 41_001 + 1000 * i }, 0.1);
  talk.server({ acknowledgment: 46_001 }, 0.1).server({ options: sack(41_001, 46_001) }, 0.1);
  const { codes, text } = await talk.connection();
  expect(codes).toEqual(['spurious']);
  expect(text('spurious')).toMatch(
    new RegExp(`^5 segments of ${CLIENT} were sent again although ${SERVER} had received`),
  );
});

test('what is sent again and comes late as well was not lost', async () => {
  const twice = (second: number) => {
    const talk = modern();
    for (let i = 0; i < 300; i++) talk.client({ length: 1000 }, 0.1).server({}, 0.1);
    talk.unseen('client', 1000);
    for (let i = 0; i < 3; i++)
      talk
        .client({ length: 1000 }, 0.01)
        .numbered(71 + i)
        .server({ acknowledgment: 301_001, options: sack(302_001, 303_001 + 1000 * i) }, 0.01);
    talk.client({ length: 1000, sequence: 301_001 }, 2).numbered(80).server({}, 0.1);
    talk.client({ length: 1000, sequence: 301_001 }, 1).numbered(second);
    return talk.server({ options: sack(301_001, 302_001) }, 0.1).connection();
  };
  const late = await twice(70);
  expect(late.codes).toEqual(['spurious', 'reordered']);
  expect(late.text('reordered')).toMatch(/^1 segment .*, not lost/);
  // The second is a later one still: the first was lost, and it was sent twice.
  expect((await twice(90)).codes).toContain('loss-before');
});

test('without numbers: what the receiver asked for with three segments behind it was lost', async () => {
  const talk = modern();
  for (let i = 0; i < 20; i++) talk.client({ length: 1000 }).server();
  talk.unseen('client', 1000);
  for (let i = 0; i < 3; i++)
    talk
      .client({ length: 1000 }, 0.01)
      .server({ acknowledgment: 21_001, options: sack(22_001, 23_001 + 1000 * i) }, 0.01);
  talk.client({ length: 1000, sequence: 21_001 }, 0.1).server({}, 0.1);
  expect((await talk.connection()).codes).toEqual(['loss-before']);
});

test('losses in pairs are no rule that takes every second packet', () => {
  const pairs = [150, 152, 332, 334, 424, 426, 520, 522, 610, 612, 700, 702, 790, 792, 880, 882];
  expect(regularity(pairs, 3000, false)).toBe(0);
});

/** A time stamp option. */
function stamps(clock: number, echo: number): number[] {
  return [1, 1, 8, 10, 0, 0, clock >> 8, clock & 255, 0, 0, echo >> 8, echo & 255];
}

test('the last data sent again before its ACK came is no loss, where the ACK is that of the first', async () => {
  const probed = (wait: number, echo: number) => {
    const talk = modern();
    for (let i = 0; i < 5; i++) talk.client({ length: 1000 }).server({}, 0.1);
    return talk
      .client({ length: 1000, options: stamps(1000, 1) })
      .client({ length: 1000, sequence: 6001, options: stamps(1008, 1) }, 8)
      .server({ options: stamps(2, echo) }, wait)
      .connection();
  };
  const late = await probed(30, 1000);
  expect(late.codes).toEqual(['spurious']);
  expect(late.text('spurious')).toMatch(
    /^1 segment .* although 10.0.2.0:2000 had received it: .* arrived too late/,
  );
  expect((await probed(30, 1008)).codes).toEqual(['loss-beyond']);
  // Nothing before it waited for an ACK: however soon that comes, it is that of the first.
  expect((await probed(0.1, 1000)).codes).toEqual(['spurious']);
  const second = modern();
  for (let i = 0; i < 5; i++) second.client({ length: 1000 }).server({}, 0.1);
  second
    .client({ length: 1000, options: stamps(1000, 1) })
    .client({ length: 1000, options: stamps(1000, 1) }, 0.1);
  second.client({ length: 1000, sequence: 7001, options: stamps(1008, 1) }, 8);
  expect((await second.server({ options: stamps(2, 1000) }, 0.1).connection()).codes).toEqual([
    'loss-beyond',
  ]);
});

test('one that came soon is lost like the others, and one that came late is overtaken like the others', async () => {
  const gaps = async (waits: number[]) => {
    const talk = modern();
    for (const [i, wait] of waits.entries()) {
      // Now and then more in between, so that no rule is seen in it.
      for (let n = 0; n < (i * i) % 5; n++) talk.client({ length: 1000 }).server({}, 0.1);
      const begin = talk.position('client');
      talk.unseen('client', 1000).client({ length: 1000 }, 0.1).server({ acknowledgment: begin }, 0.1);
      talk.client({ length: 1000, sequence: begin }, wait).server({}, 0.1);
    }
    return (await talk.connection()).codes;
  };
  expect(await gaps([200, 210, 220, 0.2, 200])).toEqual(['loss-before']);
  expect(await gaps([...Array(12).fill(0.2), 20])).toEqual(['reordered']);
});

test('a window that is full while nobody answers any more is no slow process', async () => {
  const talk = new Talk().handshake(65_000).client({ length: 1 }).server({ window: 65_000 });
  talk.client({ length: 65_000 });
  for (const wait of [200, 400, 800, 1600]) talk.client({ length: 1000, sequence: 1002 }, wait);
  const { codes } = await talk.connection();
  expect(codes).toContain('vanished');
  expect(codes).not.toContain('stalled');
});

test('a handshake whose last ACK does not come is told once', async () => {
  const talk = new Talk().client({ flags: SYN });
  for (const wait of [1, 1000, 2000, 4000]) talk.server({ flags: SYN | ACK, sequence: 5000 }, wait);
  expect((await talk.connection()).codes).toEqual(['half-open']);
});

test('a FIN or an ACK without data passes over what was lost before it', async () => {
  const fin = new Talk().handshake().client({ length: 100 }).server().unseen('client', 300);
  fin.client({ flags: FIN | ACK }).server({ acknowledgment: 1101 });
  for (const i of [0, 1, 2])
    fin
      .client({ length: 100, sequence: 1101 + 100 * i }, i === 0 ? 200 : 1)
      .server({ acknowledgment: i === 2 ? 1402 : 1201 + 100 * i });
  const closed = await fin
    .server({ flags: FIN | ACK })
    .client()
    .connection();
  expect(closed.codes).toEqual(['loss-before']);
  expect(closed.text('loss-before')).toMatch(/^3 segments/);
  expect(closed.connection.client).toMatchObject({ payloadBytes: 400, uniqueBytes: 400 });
  const ack = new Talk().handshake();
  for (let i = 0; i < 5; i++) ack.client({ length: 100 }).server({ length: 100 }).client();
  // The answer is lost; the next question is acknowledged, and then the answer comes.
  ack.client({ length: 100 }).unseen('server', 100).client({ length: 100, acknowledgment: 5501 });
  ack.server().server({ length: 100, sequence: 5501 }, 200).client();
  const answered = await ack.connection();
  expect(answered.codes).toEqual(['loss-before']);
  expect(answered.connection.server).toMatchObject({ payloadBytes: 600, uniqueBytes: 600 });
});

test('SYN and FIN captured twice, on the way into a router and out of it, are no trouble', async () => {
  const talk = new Talk();
  const both = (side: 'client' | 'server', segment: Segment) => {
    const sequence = talk.position(side);
    talk[side]({ ...segment, sequence }).say(side, { ...segment, sequence }, 0.02);
  };
  both('client', { flags: SYN });
  both('server', { flags: SYN | ACK });
  both('client', {});
  both('client', { length: 100 });
  both('server', { length: 100 });
  both('client', { flags: FIN | ACK });
  both('server', { flags: FIN | ACK });
  both('client', {});
  const { codes, connection } = await talk.connection();
  expect(codes).toEqual(['captured-twice']);
  expect([connection.client.syns, connection.server.syns]).toEqual([1, 1]);
  // Half a second later it is sent again.
  const slow = new Talk().client({ flags: SYN, sequence: 1000 }).client({ flags: SYN, sequence: 1000 }, 500);
  expect(
    (
      await slow
        .server({ flags: SYN | ACK })
        .client()
        .connection()
    ).codes,
  ).toEqual(['slow-handshake']);
});

test('who vanished lost nothing besides, whatever was sent again', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 5; i++) talk.client({ length: 100 }).server();
  for (let i = 0; i < 4; i++) talk.client({ length: 100 });
  talk.client({ length: 100, sequence: 1801 }, 10);
  for (const wait of [200, 400, 800, 1600]) talk.client({ length: 100, sequence: 1501 }, wait);
  expect((await talk.connection()).codes).toEqual(['vanished']);
});

test('what is sent again to one who has reset the connection is not lost', async () => {
  const talk = new Talk().handshake().client({ length: 100 }).server().client({ length: 100 });
  talk.server({ flags: RST });
  for (const wait of [200, 400, 800])
    talk.client({ length: 100, sequence: 1101 }, wait).server({ flags: RST });
  expect((await talk.connection()).codes).not.toContain('loss-beyond');
});

test('of a connection of which one side is captured, nothing is said of answers', async () => {
  const talk = new Talk().client({ flags: SYN });
  for (let i = 0; i < 20; i++) talk.client({ length: 100, acknowledgment: 5001 }, 200);
  const { codes, connection } = await talk.connection();
  expect(codes).toEqual(['one-sided']);
  expect(connection).toMatchObject({ opening: 'middle', closing: 'open' });
  const other = new Talk().server({ flags: SYN | ACK });
  for (let i = 0; i < 20; i++) other.server({ length: 100 }, 200);
  const answers = await other.connection();
  expect(answers.codes).toEqual(['one-sided']);
  expect(answers.connection).toMatchObject({ opening: 'middle', closing: 'open' });
  const middle = new Talk();
  for (let i = 0; i < 20; i++) middle.client({ length: 100 }, 200);
  expect((await middle.connection()).codes).toEqual(['one-sided']);
  // The same again and again: there is nobody.
  for (const wait of [200, 400, 800, 1600]) middle.client({ length: 100, sequence: 2900 }, wait);
  expect((await middle.connection()).codes).toContain('vanished');
});

test('a few sent again in vain are worth a word where the sender waited for its timer', async () => {
  const again = (wait: number) => {
    const talk = new Talk().handshake();
    for (let i = 0; i < 5; i++) talk.client({ length: 100 }).server();
    talk.client({ length: 100, sequence: 1401 }, wait).server({}, 0.1);
    return talk.client({ length: 100 }, 900).server().connection();
  };
  expect(await again(10)).toMatchObject({ codes: ['spurious'], problems: [] });
  expect(await again(210)).toMatchObject({ codes: ['spurious'], problems: ['spurious'] });
});

test('a clock that is set back makes no capture shorter than nothing', async () => {
  const talk = new Talk();
  talk.time = 20_000;
  bulk(talk.handshake(), 20);
  talk.time -= 10_000;
  const { span, connection } = await bulk(talk, 20).connection();
  expect(span).toBe(42e6);
  expect(connection.end - connection.start).toBe(42e6);
});
