// What analyze says is wrong, on conversations made to have one cause each.
import { expect, test } from 'vitest';
import { findingsOf } from '../../src/report/tcp/findings.ts';
import { connectionJson } from '../../src/report/tcp/json.ts';
import { ACK, FIN, PSH, RST, SYN } from '../../src/wire/tcp.ts';
import { A } from '../flow/support.ts';
import { bulk, CLIENT, SERVER, sack, Talk } from './talk.ts';

test('an orderly connection: nothing is wrong, and its numbers are right', async () => {
  const talk = bulk(new Talk().handshake(), 20).server({ length: 300 }, 50).client();
  talk
    .client({ flags: FIN | ACK })
    .server({ flags: FIN | ACK })
    .client();
  const { connection, codes } = await talk.connection();
  expect(codes).toEqual([]);
  expect(connection).toMatchObject({
    opening: 'handshake',
    closing: 'fin',
    synToSynAck: 1e6,
    synAckToAck: 1e6,
  });
  expect(connection.client).toMatchObject({
    endpoint: CLIENT,
    payloadBytes: 2000,
    uniqueBytes: 2000,
    resentPackets: 0,
  });
  expect(connection.client.rtt).toMatchObject({ count: 22, min: 1e6, max: 1e6 });
  expect(connection.client.rtt.percentiles()).toEqual({ p50: 1e6, p95: 1e6, p99: 1e6 });
  expect(connection.server).toMatchObject({ endpoint: SERVER, payloadBytes: 300 });
  expect(connection.silence.time).toBe(50e6);
});

test('a finding for programs: its code, and the facts that the sentence is made of', async () => {
  const { connection } = await new Talk()
    .client({ flags: SYN })
    .server({ flags: RST | ACK })
    .connection();
  const [finding] = connectionJson(connection, findingsOf(connection), 'veth0').findings;
  expect(finding).toEqual({
    code: 'refused',
    facts: { client: CLIENT, server: SERVER, simultaneous: false },
    severity: 'problem',
    text: `${SERVER} refused the connection of ${CLIENT} with an RST: nothing listens there, or a firewall rejects it`,
    frames: [1, 2],
  });
});

test('refused, unanswered and half-open', async () => {
  const refused = await new Talk()
    .client({ flags: SYN })
    .server({ flags: RST | ACK })
    .connection();
  expect(refused.connection).toMatchObject({ opening: 'refused', closing: 'reset' });
  expect(refused.text('refused')).toBe(
    `${SERVER} refused the connection of ${CLIENT} with an RST: nothing listens there, or a firewall rejects it [1,2]`,
  );
  const again = { flags: SYN, sequence: 1000 };
  const unanswered = await new Talk().client(again).client(again, 1000).client(again, 2000).connection();
  expect(unanswered.connection).toMatchObject({ opening: 'unanswered', closing: 'timeout' });
  expect(unanswered.text('unanswered')).toMatch(
    /answered none of 3 SYNs .* within 3.00 s: a firewall .*\[1,2,3\]/,
  );
  const half = await new Talk()
    .client(again)
    .server({ flags: SYN | ACK, sequence: 5000 })
    .client(again, 1000)
    .server({ flags: SYN | ACK, sequence: 5000 })
    .connection();
  expect(half.connection.opening).toBe('half-open');
  expect(half.text('half-open')).toMatch(/keeps sending SYNs, so the SYN-ACKs are lost/);
});

test('loss beyond the capture point, by a rule that takes every tenth packet', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 60; i++) {
    const sequence = 1001 + 100 * i;
    talk.client({ length: 100, sequence });
    // The tenth of all packets of the client; its SYN and ACK were two of them.
    const lost = talk.frames.filter(({ bytes }) => bytes[14] === A[2]).length % 10 === 0;
    // Two more get lost by chance.
    if (lost || i === 13 || i === 40) talk.client({ length: 100, sequence }, 250);
    talk.server({ acknowledgment: sequence + 100 });
  }
  const { codes, text } = await talk.connection();
  expect(codes).toEqual(['loss-beyond']);
  expect(text('loss-beyond')).toMatch(/it hits every 10th packet: a rule that drops them/);
});

test('loss before the capture point, and bytes that only the capture lacks', async () => {
  const talk = bulk(new Talk().handshake(), 5).unseen('client', 100);
  talk
    .client({ length: 100 })
    .server({ acknowledgment: 1501 })
    .client({ length: 100, sequence: 1501 }, 300)
    .server();
  const lost = await talk.connection();
  expect(lost.codes).toEqual(['loss-before']);
  expect(lost.text('loss-before')).toMatch(/did not reach the capture point at first and were sent again/);
  expect(lost.connection.client).toMatchObject({ uniqueBytes: 700, payloadBytes: 700 });
  const missed = await bulk(bulk(new Talk().handshake(), 5).unseen('client', 300), 5).connection();
  expect(missed.codes).toEqual(['capture-loss']);
  expect(missed.text('capture-loss')).toMatch(/^300 B of .* are not in the capture/);
});

test('a receiver that does not read, and one that takes its window back', async () => {
  const talk = new Talk().handshake(400);
  for (const window of [300, 200, 100, 0]) talk.client({ length: 100 }).server({ window });
  talk.client({ length: 1, sequence: 1401 }, 400).server({ window: 0, acknowledgment: 1401 });
  talk.server({ window: 50_000, acknowledgment: 1401 }, 800).client({ length: 100, sequence: 1401 }).server();
  const stalled = await bulk(talk, 2).connection();
  expect(stalled.codes).toEqual(['stalled']);
  expect(stalled.text('stalled')).toMatch(
    new RegExp(
      `^receiver ${SERVER} stalled the sender ${CLIENT} for 1.20 s with a full window .*frame 10 to frame 14`,
    ),
  );
  const shrunk = await bulk(bulk(new Talk().handshake(), 3).server({ window: 20_000 }), 3).connection();
  expect(shrunk.codes).toContain('window-shrunk');
});

test('a killed peer resets; one that vanished answers no more', async () => {
  const killed = await bulk(new Talk().handshake(), 3)
    .client({ length: 100 })
    .server({ flags: RST | ACK })
    .connection();
  expect(killed.connection.closing).toBe('reset');
  expect(killed.text('reset')).toMatch(
    new RegExp(`^${SERVER} reset the connection without closing it.*killed.*\\[11\\]`),
  );
  const closed = bulk(new Talk().handshake(), 3)
    .server({ flags: FIN | ACK })
    .client({ length: 100 });
  expect((await closed.server({ flags: RST }).connection()).text('reset')).toMatch(
    /after it had closed its side/,
  );
  const talk = bulk(new Talk().handshake(), 3);
  for (const wait of [1, 200, 400, 800, 1600]) talk.client({ length: 100, sequence: 1301 }, wait);
  const vanished = await talk.connection();
  expect(vanished.connection.closing).toBe('timeout');
  expect(vanished.codes[0]).toBe('vanished');
  expect(vanished.text('vanished')).toMatch(
    /stopped answering after frame 9: 5 packets of .* in 3.00 s were not answered/,
  );
});

test('offload and packets captured twice are no trouble', async () => {
  const big = await new Talk().handshake().client({ length: 20_000 }).server().connection();
  expect(big.codes).toEqual(['segmentation-offload']);
  const twice = new Talk().handshake();
  for (let i = 0; i < 10; i++) {
    const sequence = 1001 + 100 * i;
    twice.client({ length: 100, sequence }).client({ length: 100, sequence }, 0.01).server();
  }
  expect((await twice.connection()).codes).toEqual(['captured-twice']);
});

test('what the receiver says it got twice was not lost', async () => {
  const talk = bulk(new Talk().handshake(), 20).client({ length: 100 });
  talk.client({ length: 100, sequence: 3001 }, 20).server({ options: sack(3001, 3101) }, 20);
  const { codes, text } = await bulk(talk, 3).connection();
  expect(codes).toEqual(['spurious']);
  expect(text('spurious')).toBe(
    `1 segment of ${CLIENT} was sent again although ${SERVER} had received it: its ACKs were lost or arrived too late [45]`,
  );
});

test('packets that carry numbers tell whether they were overtaken or sent again', async () => {
  const gap = (identification: number) => {
    const talk = bulk(new Talk().handshake(), 5).unseen('client', 100);
    talk.client({ length: 100 }).numbered(70).server({ acknowledgment: 1501 }, 0.1);
    return talk
      .client({ length: 100, sequence: 1501 }, 0.1)
      .numbered(identification)
      .server({ acknowledgment: 1701 });
  };
  const overtaken = await gap(69).connection();
  expect(overtaken.codes).toEqual(['reordered']);
  expect(overtaken.text('reordered')).toMatch(/^1 segment of .* reordered on the way .*, not lost/);
  expect((await gap(71).connection()).codes).toEqual(['loss-before']);
  // Without a number, what comes so soon may be either.
  const unknown = await gap(70).connection();
  expect(unknown.text('reordered')).toMatch(/reordered on the way .*, or lost and sent again/);
});

test('more holes than are remembered are filled, not sent again', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 60; i++) talk.unseen('client', 100).client({ length: 100 });
  for (let i = 0; i < 60; i++)
    talk.client({ length: 100, sequence: 1001 + 200 * i }, 5).server({ acknowledgment: 1201 + 200 * i });
  const { codes, connection } = await talk.connection();
  expect(codes).toEqual(['loss-before']);
  expect(connection.client).toMatchObject({ fillingPackets: 60, repeated: 0 });
});

test('a full window takes no blame for what a rule drops', async () => {
  const filled = (isLost: (round: number) => boolean) => {
    const talk = new Talk().handshake(400);
    for (let round = 0; round < 40; round++) {
      const last = { length: 100, sequence: 1301 + 400 * round };
      talk.client({ length: 300 }).client(last);
      if (isLost(round)) talk.client(last, 250);
      talk.server({ window: 400 });
    }
    return talk.connection();
  };
  const rule = await filled((round) => round % 5 === 0);
  expect(rule.codes).toEqual(['stalled', 'loss-beyond']);
  expect(rule.text('loss-beyond')).toMatch(/on the way back; it hits every 11th packet: a rule/);
  const chance = await filled((round) => [1, 4, 12, 13, 30].includes(round));
  expect(chance.codes).toEqual(['stalled', 'loss-beyond']);
  expect(chance.text('loss-beyond')).toMatch(
    /lost downstream, between .*, or discarded by .*, whose window was full/,
  );
});

test('a window that has no room for a segment stalls, though it is not full to the byte', async () => {
  const scale = [3, 3, 0, 1];
  const talk = new Talk()
    .client({ flags: SYN, options: scale })
    .server({ flags: SYN | ACK, options: scale })
    .client({ window: 2000 });
  for (let i = 0; i < 10; i++) talk.client({ length: 1400 }).server({ window: 700 }, 100);
  const { codes, text } = await talk.connection();
  expect(codes).toEqual(['stalled']);
  expect(text('stalled')).toMatch(
    new RegExp(`^receiver ${SERVER} stalled the sender ${CLIENT} for .* its receive buffer is small, or`),
  );
});

test('who resets: a process that is killed, a host that does not know, a side that gave up', async () => {
  const talk = () => bulk(new Talk().handshake(), 3).client({ length: 100 });
  const killed = await talk()
    .server({ flags: RST | ACK })
    .connection();
  expect(killed.text('reset')).toMatch(/its process exited or was killed with unread data/);
  const strange = await talk().server({ flags: RST, acknowledgment: 0 }).connection();
  expect(strange.text('reset')).toMatch(/its host does not know the connection .* or a firewall rejects/);
  const asking = bulk(new Talk().handshake(), 3);
  for (let i = 0; i < 3; i++) asking.client({ sequence: 1300 }, 1000);
  const gone = await asking.client({ flags: RST | ACK, sequence: 1301 }, 1000).connection();
  expect(gone.codes).toEqual(['vanished', 'silence']);
  expect(gone.text('vanished')).toMatch(
    new RegExp(
      `^${SERVER} stopped answering .*: 3 keep-alives of ${CLIENT} in 3.00 s were not answered, and it gave up`,
    ),
  );
});

test('only large packets in vain: their size is named', async () => {
  const large = { length: 1400, sequence: 1301 };
  const talk = bulk(new Talk().handshake(), 3).client(large);
  for (const wait of [200, 400, 800, 1600]) talk.client(large, wait);
  expect((await talk.connection()).text('vanished')).toMatch(
    /all had 1.40 kB of data or more, and nothing that large had arrived before: the path does not carry packets of that size/,
  );
  const arrived = bulk(new Talk().handshake(), 3).client(large).server();
  for (const wait of [1, 200, 400, 800, 1600]) arrived.client({ ...large, sequence: 2701 }, wait);
  expect((await arrived.connection()).text('vanished')).not.toMatch(/size/);
});

test('a slow handshake: which of its packets was lost, and where', async () => {
  const syn = { flags: SYN, sequence: 1000 };
  const answer = { flags: SYN | ACK, sequence: 5000 };
  const first = await bulk(new Talk().client(syn).client(syn, 1000).server(answer).client(), 2).connection();
  expect(first.text('slow-handshake')).toMatch(/2 SYNs until .* answered: the first was lost or dropped/);
  const second = await bulk(
    new Talk().client(syn).server(answer).client(syn, 1000).server(answer).client(),
    2,
  ).connection();
  expect(second.text('slow-handshake')).toMatch(
    /although .* had answered: SYN-ACKs passed the capture point/,
  );
  const third = new Talk().client(syn).server(answer).client().server(answer, 1000).client();
  expect((await bulk(third, 2).connection()).text('slow-handshake')).toMatch(
    /sent its SYN-ACK twice although .* had acknowledged it: that ACK was lost .* or its accept queue is full/,
  );
  const both = new Talk().client(syn).client(syn, 1000).server(answer).client().server(answer).client();
  expect((await bulk(both, 2).connection()).text('slow-handshake')).toMatch(/the first was lost or dropped/);
  const answers = new Talk().client(syn).server(answer).server(answer, 1000).client();
  expect((await bulk(answers, 2).connection()).text('slow-handshake')).toMatch(
    /had to send 2 SYN-ACKs until .* acknowledged/,
  );
});

test('a FIN sent again is no data', async () => {
  const fin = { flags: FIN | ACK, sequence: 1301 };
  const talk = () => bulk(new Talk().handshake(), 3).client(fin);
  const lost = talk().client(fin, 200).server();
  expect((await lost.connection()).text('loss-beyond')).toMatch(
    /^the FIN of .* had to be sent again although it had passed .* or its ACK on the way back/,
  );
  const late = await talk().server().client(fin, 200).server().connection();
  expect(late.codes).toEqual(['spurious']);
  const gone = talk();
  for (const wait of [200, 400, 800]) gone.client(fin, wait);
  expect((await gone.connection()).codes).toEqual(['vanished']);
});

test('ACKs that never arrive: the same data again and again after it was acknowledged', async () => {
  const talk = bulk(new Talk().handshake(), 10).client({ length: 100 }).server();
  for (const wait of [200, 400, 800]) talk.client({ length: 100, sequence: 2001 }, wait).server();
  const { codes, text } = await talk.connection();
  expect(codes).toEqual(['acks-lost']);
  expect(text('acks-lost')).toMatch(/3 times although .* ACKs pass the capture point and are lost/);
});

test('data and ACKs that take turns hide half of what a rule takes, and that is said', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 60; i++) {
    const sequence = 1001 + 100 * i;
    talk.client({ length: 100, sequence });
    if (i % 10 === 9) talk.client({ length: 100, sequence }, 250).client({}, 0.1);
    talk.server({ length: 50 }).client();
  }
  expect((await talk.connection()).text('loss-beyond')).toMatch(
    /it hits every 22nd packet, or every 11th and the others were ACKs: a rule/,
  );
});

test('who closes first without a word may have been killed', async () => {
  const talk = bulk(new Talk().handshake(), 3).server({ flags: FIN | ACK });
  const { codes, text } = await talk
    .client({ flags: FIN | ACK })
    .server()
    .connection();
  expect(codes).toEqual(['closed-unanswered']);
  expect(text('closed-unanswered')).toMatch(/its process exited or was killed, or it only receives/);
  const answered = bulk(new Talk().handshake(), 3).server({ length: 10 }).client();
  expect((await answered.server({ flags: FIN | ACK }).connection()).codes).toEqual([]);
});

test('a window of one byte is open; of one that shrinks a quarter counts, and one unit of its scale', async () => {
  const opened = async (window: number) => {
    const talk = new Talk().handshake(400).client({ length: 100 }).server({ window });
    return (await talk.server({ window: 50_000 }, 800).client({ length: 100 }).server().connection()).codes;
  };
  expect(await opened(0)).toEqual(['stalled']);
  expect(await opened(1)).toEqual([]);
  const shrunk = async (window: number) =>
    (await bulk(bulk(new Talk().handshake(), 3).server({ window }), 1).connection()).codes;
  expect(await shrunk(45_001)).not.toContain('window-shrunk');
  expect(await shrunk(45_000)).toContain('window-shrunk');
  const scale = [3, 3, 7, 1];
  const scaled = new Talk()
    .client({ flags: SYN, options: scale })
    .server({ flags: SYN | ACK, options: scale })
    .client();
  scaled
    .client({ length: 1, flags: ACK | PSH })
    .server({ window: 4 })
    .server({ window: 3 });
  expect((await scaled.client({ length: 1 }).connection()).codes).toContain('window-shrunk');
});

test('an ACK that was overtaken takes no window back', async () => {
  const late = bulk(new Talk().handshake(20_000), 20);
  for (let i = 0; i < 3; i++) late.client({ length: 400, flags: ACK | PSH });
  late.server().server({ acknowledgment: 2601, window: 20_000 }, 0.1).client({ length: 100 });
  expect((await late.server().connection()).codes).not.toContain('window-shrunk');
  const update = (numbers: number[]) => {
    const talk = bulk(new Talk().handshake(20_000), 20).server().numbered(numbers[0]);
    talk.server({ window: 20_000 }, 0.1).numbered(numbers[1]);
    return talk.connection();
  };
  expect((await update([70, 69])).codes).not.toContain('window-shrunk');
  expect((await update([70, 71])).codes).toContain('window-shrunk');
});

test('a window that is small for a long way is no slow reader', async () => {
  const scale = [3, 3, 2, 1];
  const talk = new Talk()
    .client({ flags: SYN, options: scale })
    .server({ flags: SYN | ACK, options: scale }, 100)
    .client({ window: 60_000 }, 0.1)
    .server({ window: 60_000 }, 0.1);
  for (let i = 0; i < 10; i++) {
    for (let k = 0; k < 6; k++) talk.client({ length: 40_000 }, 0.1);
    talk.server({ window: 60_000 }, 100);
  }
  const { codes, text } = await talk.connection();
  expect(codes).toContain('stalled');
  expect(text('stalled')).toMatch(
    /its window is small for a round trip of 100 ms, or its process reads too slowly/,
  );
});

test('where nearly all that was sent again came twice, a single one proves no loss', async () => {
  const talk = bulk(new Talk().handshake(), 5);
  for (let i = 0; i < 11; i++) {
    const sequence = 1501 + 100 * i;
    talk.client({ length: 100, sequence }).client({ length: 100, sequence }, 20);
    talk.server(i === 5 ? {} : { options: sack(sequence, sequence + 100) }, 1);
  }
  const { codes, text } = await talk.connection();
  expect(codes).toEqual(['spurious']);
  expect(text('spurious')).toMatch(
    /^10 segments of .* had received them: .*; whether 1 more had arrived is unknown/,
  );
});
