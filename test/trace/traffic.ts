// Traffic for the made-up network.
import type { Random } from '../support/random.ts';
import type { Network, Packet } from './simulation.ts';

const CLIENT = 0x0a01000a;
const SERVER = 0x0a020014;

export interface TcpOptions {
  /** Bytes that the client sends, in packets of this size. */
  bytes: number;
  size: number;
  /** Time stamps of TCP, in milliseconds; IP identifications. */
  stamps: boolean;
  ids: boolean;
  port: number;
  start: number;
  /** Nanoseconds between two packets. */
  gap: number;
}

export const TCP: TcpOptions = {
  bytes: 100_000,
  size: 1448,
  stamps: true,
  ids: true,
  port: 40_000,
  start: 2e9,
  gap: 30_000,
};

/**
 * A connection: what does not arrive is sent again until it does. No real TCP, but what a capture sees of one: copies of a
 * range have new time stamps and identifications.
 */
export function tcp(network: Network, random: Random, options: Partial<TcpOptions> = {}): void {
  const { bytes, size, stamps, ids, port, start, gap } = { ...TCP, ...options };
  const first = random.below(2 ** 32) | 0;
  const answer = random.below(2 ** 32) | 0;
  let id = random.below(60_000) + 1;
  let backId = random.below(60_000) + 1;
  const clock = random.below(2 ** 31);
  const stamp = (time: number): [number, number] => [clock + Math.floor(time / 1e6), 77];
  const client = (sequence: number, flags: number, length: number, time: number): Packet => {
    const segments = Math.max(Math.ceil(length / 1448), 1);
    const packet: Packet = {
      protocol: 'tcp',
      source: CLIENT,
      destination: SERVER,
      sourcePort: port,
      destinationPort: 80,
      id: ids ? id & 0xffff || 1 : 0,
      ttl: 64,
      whole: true,
      sequence: (first + sequence) | 0,
      acknowledgment: flags === 2 ? 0 : (answer + 1) | 0,
      flags,
      window: 500,
      stamps: stamps ? stamp(time) : undefined,
      mss: flags === 2 ? 1460 : undefined,
      length,
      seed: port,
      offset: sequence,
    };
    id += segments;
    return packet;
  };
  const server = (acknowledgment: number, flags: number, time: number): Packet => ({
    protocol: 'tcp',
    source: SERVER,
    destination: CLIENT,
    sourcePort: 80,
    destinationPort: port,
    id: ids && flags !== 18 ? backId++ & 0xffff || 1 : 0,
    ttl: 64,
    whole: true,
    sequence: flags === 18 ? answer : (answer + 1) | 0,
    acknowledgment: (first + acknowledgment) | 0,
    flags,
    window: 400,
    stamps: stamps ? stamp(time) : undefined,
    length: 0,
    seed: 0,
    offset: 0,
  });
  let now = start;
  /** Sends until one arrives. */
  const surely = (make: (time: number) => Packet, forward: boolean) => {
    for (;;) {
      const came = network.send([{ packet: make(now), time: now }], forward);
      now += 200_000_000;
      if (came.length > 0) {
        now += Math.max(0, came[0].time - now);
        return;
      }
    }
  };
  surely((time) => client(0, 2, 0, time), true);
  surely((time) => server(1, 18, time), false);
  surely((time) => client(1, 16, 0, time), true);
  const wanted = new Map<number, number>();
  for (let at = 0; at < bytes; at += size) wanted.set(at, Math.min(size, bytes - at));
  while (wanted.size > 0) {
    const flights = [...wanted].map(([at, length], k) => {
      const time = now + k * gap;
      return { packet: client(1 + at, 24, length, time), time };
    });
    const came = network.send(flights, true);
    const held: [number, number][] = came.map(({ packet }) => [
      ((packet.sequence - first) | 0) - 1,
      packet.length,
    ]);
    for (const [at, length] of [...wanted]) {
      let covered = 0;
      for (const [from, bytesThere] of held)
        covered += Math.max(0, Math.min(from + bytesThere, at + length) - Math.max(from, at));
      if (covered >= length) wanted.delete(at);
    }
    const acks = came
      .filter((_, k) => k % 2 === 1)
      .map(({ packet, time }, k) => ({
        packet: server(((packet.sequence - first) | 0) + packet.length, 16, time),
        time: time + 5000 + k,
      }));
    if (acks.length > 0) network.send(acks, false);
    now = Math.max(now + wanted.size * gap, flights.at(-1)!.time, came.at(-1)?.time ?? 0) + 3_000_000;
  }
  surely((time) => client(1 + bytes, 17, 0, time), true);
  surely((time) => server(2 + bytes, 17, time), false);
}

export interface UdpOptions {
  count: number;
  length: number;
  port: number;
  source: number;
  destination: number;
  start: number;
  gap: number;
  /** All with the same payload, and not numbered by IP, so that they are equal in every bit. */
  equal: boolean;
  ids: boolean;
  /** Not to be fragmented, but offload may cut it into segments. */
  whole: boolean;
  /** What the IP identification grows by with each. */
  numbers: number;
}

export function udp(network: Network, random: Random, options: Partial<UdpOptions> = {}): void {
  const {
    count = 200,
    length = 200,
    port = 50_000,
    source = CLIENT,
    destination = SERVER,
    start = 2e9,
    gap = 50_000,
    equal = false,
    ids = !equal,
    whole = length < 1400,
    numbers = 1,
  } = options;
  const id = random.below(60_000) + 1;
  const flights = Array.from({ length: count }, (_, k) => {
    const packet: Packet = {
      protocol: 'udp',
      source,
      destination,
      sourcePort: port,
      destinationPort: 53,
      id: ids ? (id + k * numbers) & 0xffff || 1 : 0,
      ttl: 64,
      whole,
      sequence: 0,
      acknowledgment: 0,
      flags: 0,
      window: 0,
      length,
      seed: equal ? 1 : k + 1000,
      offset: 0,
    };
    return { packet, time: start + k * gap };
  });
  network.send(flights, true);
}

/** What comes first and last arrives in both directions, so that it shows that all points captured. */
export function calm(network: Network, time: number): void {
  network.calm = true;
  ping(network, 1, time, { port: 9 });
  network.calm = false;
}

export function ping(
  network: Network,
  count: number,
  start: number,
  { port = 7, gap = 10_000_000 } = {},
): void {
  for (let k = 0; k < count; k++) {
    const packet = (reply: boolean): Packet => ({
      protocol: 'icmp',
      source: reply ? SERVER : CLIENT,
      destination: reply ? CLIENT : SERVER,
      sourcePort: port,
      destinationPort: port,
      id: reply ? 0 : 1000 + k,
      ttl: 64,
      whole: true,
      sequence: k,
      acknowledgment: 0,
      flags: reply ? 0 : 8,
      window: 0,
      length: 56,
      seed: k,
      offset: 0,
    });
    const time = start + k * gap;
    const [came] = network.send([{ packet: packet(false), time }], true);
    if (came !== undefined) network.send([{ packet: packet(true), time: came.time + 3000 }], false);
  }
}

/** A SYN that is refused: by the router in the server's name (nft `reject with tcp reset`), or `behind` points before the end. */
export function refused(network: Network, port: number, time: number, behind = 2): void {
  const segment = { protocol: 'tcp', id: 0, ttl: 64, whole: true, length: 0, seed: 0, offset: 0 } as const;
  const syn: Packet = {
    ...segment,
    ...{ source: CLIENT, destination: SERVER, sourcePort: port, destinationPort: 81 },
    ...{ sequence: port, acknowledgment: 0, flags: 2, window: 500, mss: 1460 },
  };
  const reset: Packet = {
    ...segment,
    ...{ source: SERVER, destination: CLIENT, sourcePort: 81, destinationPort: port },
    ...{ sequence: 0, acknowledgment: port + 1, flags: 20, window: 0 },
  };
  network.send([{ packet: syn, time }], true);
  network.send([{ packet: reset, time: time + 30_000 }], false, behind);
}
