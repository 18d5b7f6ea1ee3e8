// What analyze says is wrong, on conversations made to have one cause each.
import { expect, test } from 'vitest';
import { Analysis } from '../../src/flow/analysis.ts';
import { type Connection, connectionOf } from '../../src/flow/record.ts';
import { Statistics } from '../../src/flow/statistics.ts';
import { findingsOf } from '../../src/report/tcp/findings.ts';
import { openFile } from '../../src/source/file.ts';
import { ACK, FIN, PSH, RST, SYN } from '../../src/wire/tcp.ts';
import { A, B, datagram, type Frame, pcap, type Segment, withFile } from '../flow/support.ts';

const CLIENT = '10.0.1.0:1000';
const SERVER = '10.0.2.0:2000';

/** A conversation told step by step; times in milliseconds. */
class Talk {
  readonly frames: Frame[] = [];
  private readonly next = { client: 1000, server: 5000 };
  time = 0;

  client(segment: Segment = {}, after = 1): this {
    return this.say('client', segment, after);
  }
  server(segment: Segment = {}, after = 1): this {
    return this.say('server', segment, after);
  }
  handshake(window = 60_000): this {
    return this.client({ flags: SYN, window })
      .server({ flags: SYN | ACK, window })
      .client({ window });
  }
  /** A segment that goes out and is not captured. */
  unseen(side: 'client' | 'server', length: number): this {
    this.next[side] += length;
    return this;
  }

  private say(side: 'client' | 'server', segment: Segment, after: number): this {
    const other = side === 'client' ? 'server' : 'client';
    const flags = segment.flags ?? ACK;
    this.time += after;
    const ends =
      side === 'client' ? {} : { source: B, destination: A, sourcePort: 2000, destinationPort: 1000 };
    const sequence = segment.sequence ?? this.next[side];
    const full: Segment = {
      window: 60_000,
      acknowledgment: (flags & ACK) === 0 ? 0 : this.next[other],
      ...ends,
      ...segment,
      flags,
      sequence,
    };
    this.frames.push({ time: this.time * 1e6, bytes: datagram(full) });
    const end = sequence + (segment.length ?? 0) + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
    this.next[side] = Math.max(this.next[side], end);
    return this;
  }

  async connection(): Promise<{ connection: Connection; codes: string[]; text: (code: string) => string }> {
    return withFile(pcap(this.frames), async (path) => {
      const statistics = new Statistics(new Analysis());
      const source = await openFile(path);
      for (let batch = await source.next(); batch !== null; batch = await source.next()) {
        for (let i = 0; i < batch.count; i++) statistics.add(batch, i);
      }
      await source.close();
      const connection = connectionOf(statistics, 0);
      const findings = findingsOf(connection);
      return {
        connection,
        codes: findings.map(({ code }) => code),
        text: (code) => {
          const found = findings.find((one) => one.code === code)!;
          return `${found.text} [${found.frames}]`;
        },
      };
    });
  }
}

/** `n` segments of 100 bytes, each acknowledged. */
function bulk(talk: Talk, n: number): Talk {
  for (let i = 0; i < n; i++) talk.client({ length: 100, flags: ACK | PSH }).server();
  return talk;
}

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

test('refused, unanswered and half-open', async () => {
  const refused = await new Talk()
    .client({ flags: SYN })
    .server({ flags: RST | ACK })
    .connection();
  expect(refused.connection).toMatchObject({ opening: 'refused', closing: 'reset' });
  expect(refused.text('refused')).toBe(
    `${SERVER} refused the connection of ${CLIENT} with an RST: nobody listens there, or a firewall rejects it [1,2]`,
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
  expect(half.text('half-open')).toMatch(/goes on asking, so SYN-ACKs are lost/);
});

test('loss beyond the point of capture, by a rule that takes every tenth packet', async () => {
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

test('loss before the point of capture, and bytes that only the capture lacks', async () => {
  const talk = bulk(new Talk().handshake(), 5).unseen('client', 100);
  talk
    .client({ length: 100 })
    .server({ acknowledgment: 1501 })
    .client({ length: 100, sequence: 1501 }, 300)
    .server();
  const lost = await talk.connection();
  expect(lost.codes).toEqual(['loss-before']);
  expect(lost.text('loss-before')).toMatch(
    /never reached the point of capture at first and came again later/,
  );
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
    /answered no more after frame 9: 5 packets of .* in 3.00 s were in vain/,
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
