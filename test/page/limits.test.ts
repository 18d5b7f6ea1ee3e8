// Who limited a sender, from packets alone: conversations in which one thing does.
import { expect, test } from 'vitest';
import { gather } from '../../src/page/gather.ts';
import { openFile } from '../../src/source/file.ts';
import { ACK, PSH, SYN } from '../../src/wire/tcp.ts';
import { A, datagram, ip, pcap, withFile } from '../flow/support.ts';
import { sack, Talk } from '../report/talk.ts';

const DATA = ACK | PSH;
const MSS = 1460;

/** Seconds of each cause that a side waited for. */
async function client(talk: Talk, side = 'client'): Promise<Record<string, number>> {
  return (await limitsOf(talk, side)).seconds;
}

/** The same, and what the unknown seconds may have been. */
async function limitsOf(
  talk: Talk,
  side = 'client',
): Promise<{ seconds: Record<string, number>; candidates: string[] }> {
  return withFile(pcap(talk.frames), async (path) => {
    const options = { name: path, file: path, filter: '', maxConnections: 100 };
    const { graphs } = await gather(() => openFile(path), options);
    const { limits } = graphs[0].directions.find(({ sender }) => sender === side)!;
    const total = limits.runs.l.reduce((a, b) => a + b, 0);
    expect(total / 1e9).toBeCloseTo(
      limits.causes.reduce((sum, one) => sum + one.seconds, 0),
      6,
    );
    const seconds = Object.fromEntries(limits.causes.map(({ cause, seconds }) => [cause, seconds]));
    return { seconds, candidates: limits.candidates };
  });
}

/** A client that sends `segments` back to back, whose ACK comes after 20 ms; the handshake's took 1 ms to let go what follows. */
function burst(talk: Talk, segments: number, window = 60_000): Talk {
  for (let i = 0; i < segments; i++)
    talk.client({ length: MSS, flags: i === segments - 1 ? DATA : ACK }, i === 0 ? 1.01 : 0.01);
  return talk.server({ window }, 20);
}

test('a client that sends now and then is limited by its application', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 10; i++) {
    burst(talk, 2);
    talk.time += 500;
  }
  const found = await client(talk.client({ flags: DATA, length: 1 }));
  expect(found.application).toBeGreaterThan(5);
  const others = Object.values(found).reduce((a, b) => a + b, 0) - found.application;
  expect(others).toBeLessThan(0.01);
});

test('a window that the client fills each round trip', async () => {
  const window = 4 * MSS;
  const talk = new Talk().handshake(window);
  for (let i = 0; i < 50; i++) burst(talk, 4, window);
  const found = await client(talk);
  expect(found['receiver-window']).toBeGreaterThan(0.95);
  expect(found.application ?? 0).toBeLessThan(0.05);
});

test('a closed window: the receiver, also where the capture ends before it opens', async () => {
  const talk = burst(new Talk().handshake(4 * MSS), 4, 0).server({ window: 4 * MSS }, 3000);
  burst(talk, 4, 0).server({ window: 0 }, 2000);
  const found = await client(talk);
  expect(found['receiver-window']).toBeGreaterThan(5);
});

test('a timeout is a loss, until what was sent before is acknowledged', async () => {
  const talk = new Talk().handshake();
  burst(talk, 3);
  const lost = talk.position('client');
  talk.client({ length: MSS, flags: DATA });
  talk.client({ length: MSS, flags: DATA, sequence: lost }, 300);
  talk.client({ length: MSS, flags: DATA, sequence: lost }, 600);
  const found = await client(talk.server({}, 20));
  expect(found.loss).toBeCloseTo(0.92, 2);
});

test('a growing flight that waits for ACKs: the congestion window', async () => {
  const talk = new Talk().handshake(65_000);
  for (let segments = 4; segments < 12; segments++) burst(talk, segments, 65_000);
  const found = await client(talk);
  expect(found['congestion-window']).toBeGreaterThan(0.1);
  expect(found['receiver-window'] ?? 0).toBe(0);
});

test('smaller pieces after retransmissions in vain: the path MTU', async () => {
  const talk = new Talk().handshake();
  const lost = talk.position('client');
  talk.client({ length: MSS, flags: DATA });
  talk.client({ length: MSS, flags: DATA }, 0.01);
  talk.client({ length: MSS, flags: DATA, sequence: lost }, 300);
  talk.client({ length: MSS, flags: DATA, sequence: lost }, 600);
  talk.client({ length: 500, flags: DATA, sequence: lost }, 1200);
  const found = await client(talk.server({ acknowledgment: lost + 500 }, 20));
  expect(found['path-mtu']).toBeGreaterThan(1.7);
  expect(found.loss ?? 0).toBeLessThan(0.4);
});

test('a dialogue of requests and responses is limited by its application', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 20; i++)
    talk.client({ length: 100, flags: DATA }).server({ length: 300, flags: DATA }, 20);
  const found = await client(talk);
  expect(Object.keys(found)).toEqual(['application']);
});

/** A client whose bytes in flight are `sizes` segments in turn; each burst is acknowledged after 20 ms, and lets go the next. */
async function flights(sizes: number[], window = 65_000): Promise<Record<string, number>> {
  const talk = new Talk().handshake(window);
  for (const size of sizes) burst(talk, size, window);
  return client(talk);
}

test('bytes in flight that grow to the same bound again and again: the send buffer', async () => {
  const found = await flights([4, 8, ...Array.from({ length: 40 }, (_, i) => (i % 7 === 3 ? 12 : 16))]);
  expect(found['send-buffer']).toBeGreaterThan(0.8);
  expect(found['congestion-window'] ?? 0).toBeLessThan(0.08);
});

test('the same where the window is that bound: the receiver', async () => {
  const found = await flights([4, 8, ...Array.from({ length: 40 }, () => 16)], 18 * MSS);
  expect(found['receiver-window']).toBeGreaterThan(0.8);
  expect(found['send-buffer'] ?? 0).toBe(0);
});

test('bytes in flight that vary, as those of BBR, or grow slowly, as those of Reno: the congestion window', async () => {
  const probing = Array.from({ length: 48 }, (_, i) => (i % 8 === 0 ? 20 : i % 8 === 1 ? 12 : 15 + (i % 3)));
  const growing = Array.from({ length: 24 }, (_, i) => 10 + i);
  for (const sizes of [probing, growing]) {
    const found = await flights(sizes);
    expect(found['congestion-window']).toBeGreaterThan(0.4);
    expect(found['send-buffer'] ?? 0).toBe(0);
  }
});

test('one write a round trip, each behind the ACK of the one before: the send buffer, though each ends short', async () => {
  const talk = new Talk().handshake(65_000);
  for (let i = 0; i < 40; i++) {
    for (let n = 0; n < 16; n++)
      talk.client(n < 15 ? { length: MSS } : { length: 400, flags: DATA }, n === 0 ? 1.01 : 0.01);
    talk.server({ window: 65_000 }, 20);
  }
  const found = await client(talk);
  expect(found['send-buffer']).toBeGreaterThan(0.75);
  expect(found.application ?? 0).toBeLessThan(0.05);
});

test('small writes at an interval of their own: the application, though each is in flight alone', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 50; i++) talk.client({ length: 500, flags: DATA }, 20).server({}, 20);
  const found = await client(talk);
  expect(found.application).toBeGreaterThan(1.9);
  expect(Object.keys(found)).toEqual(['application']);
});

test('a sender that is silent while nearly all is acknowledged, until the last of it is: the send buffer', async () => {
  const talk = new Talk().handshake(65_000);
  let size = 10;
  for (let i = 0; i < 24; i++) {
    // The size is another each time, as of a buffer whose segments are of different sizes.
    size = 10 + ((i * 7) % 13);
    for (let n = 0; n < size; n++) talk.client({ length: MSS }, n === 0 ? 0.2 : 0.01);
    const end = talk.position('client');
    for (let n = size - 2; n >= 0; n -= 2)
      talk.server({ acknowledgment: end - n * MSS, window: 65_000 }, n === size - 2 ? 10 : 2);
    talk.server({ window: 65_000 }, 0.1);
  }
  const found = await client(talk);
  expect(found['send-buffer']).toBeGreaterThan(0.4);
  expect(found['congestion-window'] ?? 0).toBeLessThan(0.05);
});

test("a sender spaces out what it has at its receiver's pace, and fills the window again and again: the receiver", async () => {
  const window = 20 * MSS;
  const talk = new Talk().handshake(window);
  for (let i = 0; i < 20; i++) {
    burst(talk, 20, window);
    // The reader has taken all at once, and the sender goes on at the rate that it has measured: at no time is the window near.
    for (let n = 0; n < 16; n++) {
      talk.client({ length: MSS }, 10);
      if (n > 2) talk.server({ acknowledgment: talk.position('client') - 3 * MSS, window }, 4);
    }
    talk.server({ window }, 20);
  }
  const found = await client(talk);
  expect(found['receiver-window']).toBeGreaterThan(4);
  expect(found['congestion-window'] ?? 0).toBeLessThan(0.3);
});

test('seen behind the path: silence, small pieces, and the hole that they fill are the path MTU', async () => {
  const talk = new Talk().handshake();
  const lost = talk.position('client');
  talk.unseen('client', 8 * MSS);
  talk.client({ length: 500, sequence: lost }, 3000).server({ acknowledgment: lost + 500 });
  const behind = lost + 500;
  talk.client({ length: 500, flags: DATA }, 1).server({ acknowledgment: behind });
  for (let at = behind; at < lost + 8 * MSS; at += 500) {
    const length = Math.min(500, lost + 8 * MSS - at);
    talk.client({ length, sequence: at }).server({ acknowledgment: at + length });
  }
  const found = await client(talk);
  expect(found['path-mtu']).toBeGreaterThan(2.9);
  expect(found.application ?? 0).toBeLessThan(0.1);
});

test('seen behind the path: a segment of its own after a silence, its answer, and a hole are a timeout', async () => {
  const talk = new Talk();
  talk
    .client({ flags: SYN })
    .server({ flags: SYN | ACK }, 0.1)
    .client({}, 20);
  const lost = talk.position('client');
  talk.unseen('client', 4 * MSS);
  talk.client({ length: MSS, sequence: lost }, 240).server({ acknowledgment: lost + MSS }, 0.1);
  talk.client({ length: MSS, flags: DATA }, 20).server({ acknowledgment: lost + MSS }, 0.1);
  const found = await client(talk);
  expect(found.loss).toBeGreaterThan(0.2);
  expect(found.application ?? 0).toBe(0);
});

test('a tail loss probe while the window is full: the receiver', async () => {
  const window = 4 * MSS;
  const talk = new Talk().handshake(window);
  for (let i = 0; i < 20; i++) {
    for (let j = 0; j < 4; j++) talk.client({ length: MSS, flags: DATA }, j === 0 ? 0.01 : 0.001);
    talk.client({ length: MSS, flags: DATA, sequence: talk.position('client') - MSS }, 15);
    talk.server({ window }, 25);
  }
  const found = await client(talk);
  expect(found['receiver-window']).toBeGreaterThan(0.7);
  expect(found.loss ?? 0).toBe(0);
});

test('where the window is not known, what limited a sender is not either', async () => {
  const talk = new Talk();
  talk.client({ length: 10, flags: DATA }).server({});
  for (let i = 0; i < 30; i++) burst(talk, 6 + i, 60_000);
  // Without a handshake the lower port is taken for the server's.
  const found = await client(talk, 'server');
  expect(found.unknown).toBeGreaterThan(0.3);
  expect(found['send-buffer'] ?? 0).toBe(0);
});

/** A handshake whose round trip takes 20 ms, seen at the client. */
function far(): Talk {
  return new Talk()
    .client({ flags: SYN, window: 65_000 })
    .server({ flags: SYN | ACK, window: 65_000 }, 20)
    .client({ window: 65_000 }, 0.01);
}

/** A client that writes 5.3 segments every 20 ms; each write is acknowledged `late[i]` ms before the next one, over and over. */
function writes(late: number[]): Talk {
  const talk = far();
  const ends: number[] = [];
  for (let i = 0; i < 60; i++) {
    for (let n = 0; n < 6; n++) talk.client(n < 5 ? { length: MSS } : { length: 400, flags: DATA }, 0.01);
    ends.push(talk.position('client'));
    const before = late[i % late.length];
    // The ACK of the write before: there is always one in flight.
    talk.server({ acknowledgment: ends.at(-2) ?? ends[0] - 400, window: 65_000 }, 19.94 - before);
    talk.time += before;
  }
  return talk;
}

test('writes that ACKs happen to come before now and then: the application or the send buffer, and not known which', async () => {
  const { seconds, candidates } = await limitsOf(writes([0.1, 0.1, 5, 8]));
  expect(candidates).toEqual(['application', 'send-buffer']);
  expect(seconds.unknown).toBeGreaterThan(1);
  expect(seconds['send-buffer'] ?? 0).toBe(0);
  expect(seconds['congestion-window'] ?? 0).toBeLessThan(0.1);
  expect(seconds['receiver-window'] ?? 0).toBe(0);
});

test('writes at times of their own, whatever ACKs come: the application', async () => {
  const { seconds, candidates } = await limitsOf(writes([5, 8, 3, 11]));
  expect(seconds.application).toBeGreaterThan(1.1);
  expect(candidates).toEqual([]);
});

test('bytes in flight that neither grow nor queue nor end at a bound: not said to be the congestion window', async () => {
  const talk = far();
  for (let i = 0; i < 80; i++) burst(talk, i < 3 ? 6 * (i + 1) : 13 + ((i * 5) % 7), 65_000);
  const { seconds, candidates } = await limitsOf(talk);
  expect(candidates).toEqual(['send-buffer', 'congestion-window']);
  expect(seconds.unknown).toBeGreaterThan(1);
  expect(seconds['congestion-window']).toBeLessThan(0.5);
});

test('the same where packets queue: the congestion window', async () => {
  const queued = far();
  for (let i = 0; i < 80; i++) {
    const size = 13 + ((i * 5) % 7);
    for (let n = 0; n < size; n++) queued.client({ length: MSS }, n === 0 ? 1.01 : 0.01);
    queued.server({ window: 65_000 }, i < 4 ? 20 : 45);
  }
  const found = await client(queued);
  expect(found['congestion-window']).toBeGreaterThan(3);
  expect(found.unknown ?? 0).toBeLessThan(0.5);
});

test('writes behind ACKs for a while and at times of their own for another: not known which', async () => {
  const { candidates, seconds } = await limitsOf(writes([...Array(30).fill(0.1), ...Array(30).fill(9)]));
  expect(candidates).toEqual(['application', 'send-buffer']);
  expect(seconds.unknown).toBeGreaterThan(1);
});

test('a probe for an ACK that was only delayed, as a D-SACK tells, is no loss', async () => {
  const talk = far();
  for (let i = 0; i < 20; i++) {
    const begin = talk.position('client');
    talk.client({ length: MSS }).client({ length: 400, flags: DATA }, 0.01);
    const end = talk.position('client');
    talk.client({ length: 400, flags: DATA, sequence: begin + MSS }, 45);
    talk.server({ window: 65_000, options: sack(begin + MSS, end), acknowledgment: end }, 20);
  }
  const found = await client(talk.client({ length: 1, flags: DATA }));
  expect(found.loss ?? 0).toBe(0);
});

test('the same without a D-SACK is a loss', async () => {
  const talk = far();
  for (let i = 0; i < 20; i++) {
    const begin = talk.position('client');
    talk.client({ length: MSS }).client({ length: 400, flags: DATA }, 0.01);
    talk.client({ length: 400, flags: DATA, sequence: begin + MSS }, 45);
    talk.server({ window: 65_000 }, 20);
  }
  expect((await client(talk)).loss).toBeGreaterThan(1);
});

test("between two losses a congestion window that has not doubled is the first one's", async () => {
  const talk = far();
  const lose = () => {
    const lost = talk.position('client');
    for (let n = 0; n < 8; n++) talk.client({ length: MSS }, 0.01);
    talk.client({ length: MSS, sequence: lost }, 25).server({ window: 65_000 }, 20);
  };
  lose();
  for (let i = 0; i < 40; i++) burst(talk, 6 + Math.floor(i / 6), 65_000);
  lose();
  const found = await client(burst(talk, 4, 65_000));
  expect(found['congestion-window'] ?? 0).toBeLessThan(0.05);
  expect(found.loss).toBeGreaterThan(0.8);
});

test('after an ICMP error segments of the new size are full ones: not those of an application that writes little', async () => {
  const talk = far();
  const lost = talk.position('client');
  for (let n = 0; n < 10; n++) talk.client({ length: MSS }, 0.01);
  // Eight bytes of the header are all that a router has to quote (RFC 792).
  const quoted = datagram({ sequence: lost, length: MSS }).subarray(0, 28);
  const error = Uint8Array.of(3, 4, 0, 0, 0, 0, 1100 >> 8, 1100 & 255, ...quoted);
  talk.frames.push({ time: talk.time * 1e6, bytes: ip([10, 0, 9, 9], A, 1, error) });
  for (let n = 0; n < 14; n++) talk.client({ length: 1060, sequence: lost + n * 1060 }, 0.01);
  talk.server({ acknowledgment: lost + 10 * MSS, window: 65_000 }, 20);
  for (let i = 0; i < 20; i++) {
    for (let n = 0; n < 8 + i; n++)
      talk.client({ length: 1060, flags: n % 2 ? DATA : ACK }, n === 0 ? 0.2 : 0.01);
    talk.server({ window: 65_000 }, 20);
  }
  const found = await client(talk);
  expect(found['path-mtu']).toBeGreaterThan(0.015);
  expect(found['congestion-window'] + found.loss).toBeGreaterThan(0.3);
  expect(found.application ?? 0).toBeLessThan(0.05);
});

test('little in flight after much: the application, whatever ACKs come, since the send buffer has room for more', async () => {
  const talk = far();
  for (let i = 0; i < 30; i++) burst(talk, 20, 65_000);
  const before = talk.time;
  // 2000 bytes every 50 ms, of which the last are acknowledged just before the next ones: at other times a full buffer's sign.
  for (let i = 0; i < 60; i++)
    talk
      .client({ length: MSS }, 0.05)
      .client({ length: 540, flags: DATA }, 0.01)
      .server({ window: 65_000 }, i % 2 === 0 ? 49.9 : 30)
      .client({ length: 0 }, i % 2 === 0 ? 0.01 : 20);
  const { seconds } = await limitsOf(talk);
  const phase = (talk.time - before) / 1000;
  expect(seconds.application).toBeGreaterThan(phase * 0.9);
  expect(seconds.application).toBeLessThan(phase * 1.1);
});
