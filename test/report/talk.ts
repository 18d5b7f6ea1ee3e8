// Conversations told step by step, and what analyze makes of them.
import { Analysis } from '../../src/flow/analysis.ts';
import { type Connection, connectionOf } from '../../src/flow/record.ts';
import { Statistics } from '../../src/flow/statistics.ts';
import { findingsOf } from '../../src/report/tcp/findings.ts';
import { openFile } from '../../src/source/file.ts';
import { ACK, FIN, PSH, SYN } from '../../src/wire/tcp.ts';
import { A, B, datagram, type Frame, pcap, type Segment, withFile } from '../flow/support.ts';

export const CLIENT = '10.0.1.0:1000';
export const SERVER = '10.0.2.0:2000';

/** A conversation told step by step; times in milliseconds. */
export class Talk {
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
  /** Gives the packet said last a number (IPv4's identification). */
  numbered(identification: number): this {
    const { bytes } = this.frames.at(-1)!;
    bytes[4] = identification >> 8;
    bytes[5] = identification & 255;
    return this;
  }
  /** A segment that goes out and is not captured. */
  unseen(side: 'client' | 'server', length: number): this {
    this.next[side] += length;
    return this;
  }

  /** The sequence number that a side sends next. */
  position(side: 'client' | 'server'): number {
    return this.next[side];
  }

  say(side: 'client' | 'server', segment: Segment, after: number): this {
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

  async connection(): Promise<{
    connection: Connection;
    codes: string[];
    problems: string[];
    /** Nanoseconds. */
    span: number;
    text: (code: string) => string;
  }> {
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
        span: statistics.span,
        codes: findings.map(({ code }) => code),
        problems: findings.filter(({ severity }) => severity === 'problem').map(({ code }) => code),
        text: (code) => {
          const found = findings.find((one) => one.code === code)!;
          return `${found.text} [${found.frames}]`;
        },
      };
    });
  }
}

/** `n` segments of 100 bytes, each acknowledged. */
export function bulk(talk: Talk, n: number): Talk {
  for (let i = 0; i < n; i++) talk.client({ length: 100, flags: ACK | PSH }).server();
  return talk;
}

/** A SACK option with one range. */
export function sack(begin: number, end: number): number[] {
  const bytes = new DataView(new ArrayBuffer(12));
  bytes.setUint32(0, 0x0101050a);
  bytes.setUint32(4, begin);
  bytes.setUint32(8, end);
  return [...new Uint8Array(bytes.buffer)];
}
