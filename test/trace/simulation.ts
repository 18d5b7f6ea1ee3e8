// A network that is made up, with the truth about every packet: what the engine finds is compared with it.
import { Batch } from '../../src/base/batch.ts';
import * as path from '../../src/trace/path.ts';
import { type Point, Trace, type TraceOptions } from '../../src/trace/trace.ts';
import type { Random } from '../support/random.ts';

export interface Packet {
  protocol: 'tcp' | 'udp' | 'icmp';
  source: number;
  destination: number;
  sourcePort: number;
  destinationPort: number;
  id: number;
  ttl: number;
  /** DF. */
  whole: boolean;
  sequence: number;
  acknowledgment: number;
  flags: number;
  window: number;
  /** Undefined: no option. */
  stamps?: [value: number, echo: number] | undefined;
  mss?: number | undefined;
  /** Bytes of payload, and what they are made of: equal seeds and offsets are equal bytes. */
  length: number;
  seed: number;
  offset: number;
  /** Of a fragment: where it begins in the datagram's payload, and whether more follow. */
  fragment?: { at: number; more: boolean } | undefined;
  /** Of a datagram that was put together: seeds and offsets of its parts, of which all but the last are this long. */
  parts?: { size: number; of: { seed: number; offset: number }[] } | undefined;
}

/** What is between two points, in one direction. Times in nanoseconds. */
export interface Link {
  delay: number;
  jitter: number;
  loss: number | ((packet: Packet, n: number) => boolean);
  duplicate: number;
  /** Share of packets that others overtake, and for how long they are held. */
  reorder: number;
  held: number;
  router: boolean;
  /** Changes what leaves (NAT, MSS and the like). */
  change?: (packet: Packet) => void;
  /** Segments longer than this are cut. */
  segment?: number;
  /** Up to so many segments that follow each other are put together. */
  merge?: number;
}

export const LINK: Link = {
  delay: 10_000,
  jitter: 2000,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  held: 0,
  router: false,
};

export interface Record_ {
  time: number;
  point: number;
  frame: number;
  bytes: Uint8Array;
  wire: number;
}

export interface Truth {
  packets: number;
  lost: number;
  duplicated: number;
}

interface Flight {
  packet: Packet;
  time: number;
}

/** A chain of points; `links[k]` leads from point k to k + 1, `back[k]` from k + 1 to k. */
export class Network {
  readonly points: number;
  readonly truth = new Map<string, Truth>();
  /** Records at which packets were last seen that were lost, as `point:record`. */
  readonly lost = new Set<Record_>();
  readonly records: Record_[] = [];
  private readonly links: Link[];
  private readonly back: Link[];
  private readonly random: Random;
  /** Nothing is lost now. */
  calm = false;
  /** When the last packet of a flow came over a link, so that order is kept. */
  private readonly lastTimes = new Map<string, number>();
  private readonly sent = new Map<string, number>();

  constructor(links: Link[], back: Link[], random: Random) {
    this.points = links.length + 1;
    this.links = links;
    this.back = back;
    this.random = random;
  }

  /**
   * Sends packets, in the order of time, from one end of the chain, or from `skipped` points behind it; returns those that
   * arrive at the other.
   */
  send(flights: Flight[], forward: boolean, skipped = 0): Flight[] {
    let present = flights;
    for (let step = skipped; step < this.points - 1; step++) {
      const from = forward ? step : this.points - 1 - step;
      const to = forward ? from + 1 : from - 1;
      present = this.cross(present, from, to, forward ? this.links[from] : this.back[to], step === skipped);
    }
    return present;
  }

  private cross(flights: Flight[], from: number, to: number, link: Link, isFirst: boolean): Flight[] {
    const { random } = this;
    const key = `${from}→${to}`;
    const truth = this.truth.get(key) ?? { packets: 0, lost: 0, duplicated: 0 };
    this.truth.set(key, truth);
    const out: Flight[] = [];
    for (const { packet, time } of flights) {
      const record = isFirst ? this.record(packet, time, from) : this.recordOf(packet, from);
      truth.packets++;
      const n = this.sent.get(key) ?? 0;
      this.sent.set(key, n + 1);
      const isLost =
        !this.calm && (typeof link.loss === 'number' ? random.chance(link.loss) : link.loss(packet, n));
      if (isLost) {
        truth.lost++;
        this.lost.add(record);
        continue;
      }
      const held = random.chance(link.reorder);
      let arrival = time + link.delay + random.below(link.jitter + 1) + (held ? link.held : 0);
      const own = `${key} ${Math.max(packet.sourcePort, packet.destinationPort)}`;
      const last = this.lastTimes.get(own) ?? 0;
      if (!held) {
        arrival = Math.max(arrival, last + 1);
        this.lastTimes.set(own, arrival);
      }
      const copies = random.chance(link.duplicate) ? 2 : 1;
      truth.duplicated += copies - 1;
      for (let copy = 0; copy < copies; copy++) {
        const next = { ...packet, ttl: packet.ttl - (link.router ? 1 : 0) };
        link.change?.(next);
        for (const piece of link.segment === undefined ? [next] : segments(next, link.segment))
          out.push({ packet: piece, time: arrival + 300 * copy });
      }
    }
    const came = (link.merge === undefined ? out : merged(out, link.merge)).sort((a, b) => a.time - b.time);
    for (const { packet, time } of came) this.record(packet, time, to);
    return came;
  }

  private readonly last = new Map<Packet, Map<number, Record_>>();

  private record(packet: Packet, time: number, point: number): Record_ {
    const { bytes, wire } = frame(packet);
    const record = { time, point, frame: 0, bytes, wire };
    this.records.push(record);
    const known = this.last.get(packet) ?? new Map<number, Record_>();
    known.set(point, record);
    this.last.set(packet, known);
    return record;
  }

  private recordOf(packet: Packet, point: number): Record_ {
    return this.last.get(packet)!.get(point)!;
  }

  /** Lets the engine have all that was captured, with clocks of `resolution` nanoseconds. */
  trace(
    options: TraceOptions & {
      resolution?: number;
      points?: Point[];
      /** What a point's capture has, where it has not all. */
      captured?: (record: Record_) => boolean;
      /** Live: what is known besides records. */
      before?: (trace: Trace) => void;
    } = {},
  ): Found {
    const { resolution = 1 } = options;
    const points = options.points ?? Array.from({ length: this.points }, (_, i) => ({ name: `p${i}` }));
    const { captured = () => true } = options;
    const order = this.records
      .filter(captured)
      .map((record, n) => ({ record, n, time: Math.floor(record.time / resolution) * resolution }))
      .sort((a, b) => a.time - b.time || a.record.point - b.record.point || a.n - b.n);
    const counts = points.map(() => 0);
    const found = new Found();
    const trace = new Trace(points, { ...options, report: (way) => found.add(way) });
    options.before?.(trace);
    const batch = new Batch(1);
    for (const { record, time } of order) {
      record.frame = ++counts[record.point];
      batch.reset(record.bytes, 1);
      batch.count = 1;
      batch.offset[0] = 0;
      batch.captured[0] = record.bytes.length;
      batch.wire[0] = record.wire;
      batch.seconds[0] = 1_700_000_000 + Math.floor(time / 1e9);
      batch.nanoseconds[0] = time % 1e9;
      batch.linkType[0] = 101;
      trace.add(record.point, batch, 0);
    }
    trace.end();
    found.trace = trace;
    return found;
  }

  /** Packets lost, as `point:frame`; after `trace`, which numbers frames. */
  get lostFrames(): string[] {
    return [...this.lost].map(({ point, frame }) => `${point}:${frame}`).sort();
  }
}

/** What the engine said. */
export class Found {
  trace!: Trace;
  readonly lost: string[] = [];
  readonly unknown: string[] = [];
  readonly ways: string[] = [];
  readonly changes: number[] = [];
  readonly fates: number[] = [];

  add(way: path.Path): void {
    const last = way.lostAfter < 0 ? way.count - 1 : way.lostAfter;
    const end = `${way.point[last]}:${way.frame[last]}`;
    if (way.fate === path.LOST) for (let n = 0; n < way.losses; n++) this.lost.push(end);
    else if (way.fate === path.UNKNOWN) this.unknown.push(end);
    let mask = 0;
    for (let k = 0; k < way.count; k++) mask |= way.changes[k];
    this.changes.push(mask);
    this.fates.push(way.fate);
    this.ways.push(Array.from(way.point.subarray(0, way.count)).join(''));
  }

  /** By hop, what there is to compare with the truth. */
  get hops(): Record<string, Truth & { unknown: number }> {
    const hops: Record<string, Truth & { unknown: number }> = {};
    for (const { from, to, packets, lost, unknown, duplicated } of this.trace.hops.all())
      hops[`${from}→${to}`] = { packets, lost, unknown, duplicated };
    return hops;
  }
}

/** A packet cut into segments, or into fragments, as a router or a card does it. */
function segments(packet: Packet, most: number): Packet[] {
  if (packet.length <= most) return [packet];
  const pieces: Packet[] = [];
  if (packet.protocol === 'tcp') {
    for (let at = 0, k = 0; at < packet.length; at += most, k++) {
      const length = Math.min(most, packet.length - at);
      pieces.push({
        ...packet,
        id: packet.id === 0 ? 0 : (packet.id + k) & 0xffff,
        sequence: (packet.sequence + at) | 0,
        length,
        offset: packet.offset + at,
        flags: at + length < packet.length ? packet.flags & ~9 : packet.flags,
      });
    }
    return pieces;
  }
  if (packet.protocol === 'udp' && packet.whole) {
    for (let at = 0, k = 0; at < packet.length; at += most, k++) {
      const of = packet.parts?.of[k];
      pieces.push({
        ...packet,
        id: (packet.id + k) & 0xffff,
        length: Math.min(most, packet.length - at),
        seed: of?.seed ?? packet.seed,
        offset: of?.offset ?? packet.offset + at,
        parts: undefined,
      });
    }
    return pieces;
  }
  const size = most & ~7;
  const total = packet.length + 8;
  for (let at = 0; at < total; at += size) {
    const length = Math.min(size, total - at);
    pieces.push({ ...packet, length, fragment: { at, more: at + length < total } });
  }
  return pieces;
}

/** Segments that follow each other put together, as GRO does. */
function merged(flights: Flight[], most: number): Flight[] {
  const out: Flight[] = [];
  let count = 0;
  for (const flight of flights) {
    const last = out.at(-1);
    const { packet } = flight;
    const before = last?.packet;
    if (before !== undefined && count < most && isNextDatagram(before, packet)) {
      const parts = before.parts ?? { size: before.length, of: [before] };
      parts.of.push(packet);
      out[out.length - 1] = {
        packet: { ...before, length: before.length + packet.length, parts },
        time: flight.time,
      };
      count++;
    } else if (
      last !== undefined &&
      before !== undefined &&
      count < most &&
      packet.length > 0 &&
      before.length > 0 &&
      packet.protocol === 'tcp' &&
      before.sourcePort === packet.sourcePort &&
      before.source === packet.source &&
      ((before.sequence + before.length) | 0) === packet.sequence &&
      before.acknowledgment === packet.acknowledgment &&
      before.stamps?.[0] === packet.stamps?.[0] &&
      before.stamps?.[1] === packet.stamps?.[1] &&
      (packet.id === 0 || ((before.id + count) & 0xffff) === packet.id) &&
      (before.flags & 1) === 0
    ) {
      out[out.length - 1] = {
        packet: { ...before, length: before.length + packet.length, flags: before.flags | packet.flags },
        time: flight.time,
      };
      count++;
    } else {
      out.push(flight);
      count = 1;
    }
  }
  return out;
}

/** As UDP GRO takes it: of the same flow, as long as those before or shorter, and then the last. */
function isNextDatagram(before: Packet, packet: Packet): boolean {
  const size = before.parts?.size ?? before.length;
  return (
    packet.protocol === 'udp' &&
    packet.whole &&
    before.protocol === 'udp' &&
    before.sourcePort === packet.sourcePort &&
    before.source === packet.source &&
    before.length % size === 0 &&
    packet.length <= size
  );
}

const CAPTURED = 256;

/** A packet's bytes as raw IP, cut as with a snapshot length, and its length on the wire. */
export function frame(packet: Packet): { bytes: Uint8Array; wire: number } {
  const { fragment } = packet;
  const options = fragment === undefined ? tcpOptions(packet) : [];
  const transport = fragment !== undefined ? 0 : packet.protocol === 'tcp' ? 20 + options.length : 8;
  const wire = 20 + transport + packet.length;
  const bytes = new Uint8Array(Math.min(wire, Math.max(CAPTURED, 0)));
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x45;
  view.setUint16(2, wire);
  view.setUint16(4, packet.id);
  view.setUint16(6, (packet.whole ? 0x4000 : 0) | (fragment?.more ? 0x2000 : 0) | ((fragment?.at ?? 0) >> 3));
  bytes[8] = packet.ttl;
  bytes[9] = { tcp: 6, udp: 17, icmp: 1 }[packet.protocol];
  view.setUint32(12, packet.source);
  view.setUint32(16, packet.destination);
  const set = (at: number, value: number) => {
    if (at + 2 <= bytes.length) view.setUint16(at, value);
  };
  if (fragment === undefined) {
    if (packet.protocol === 'tcp') {
      set(20, packet.sourcePort);
      set(22, packet.destinationPort);
      view.setInt32(24, packet.sequence);
      view.setInt32(28, packet.acknowledgment);
      bytes[32] = ((20 + options.length) >> 2) << 4;
      bytes[33] = packet.flags;
      set(34, packet.window);
      bytes.set(options, 40);
    } else if (packet.protocol === 'udp') {
      set(20, packet.sourcePort);
      set(22, packet.destinationPort);
      set(24, 8 + packet.length);
    } else {
      bytes[20] = packet.flags;
      set(24, packet.sourcePort);
      set(26, packet.sequence);
    }
  }
  for (let at = 20 + transport; at < bytes.length; at++) {
    const part = Math.floor((at - 20 - transport) / (packet.parts?.size ?? Number.POSITIVE_INFINITY));
    const { seed, offset: start } = packet.parts?.of[part] ?? packet;
    const offset = start + at - 20 - transport - part * (packet.parts?.size ?? 0);
    bytes[at] = Math.imul(seed + 1, 2654435761 + offset * 40503) >>> 24;
  }
  return { bytes, wire };
}

function tcpOptions({ stamps, mss }: Packet): number[] {
  const word = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  return [
    ...(mss === undefined ? [] : [2, 4, mss >> 8, mss & 255]),
    ...(stamps === undefined ? [] : [1, 1, 8, 10, ...word(stamps[0]), ...word(stamps[1])]),
  ];
}

/** What each point captured as a pcap file; `shift` nanoseconds are added to times of a point. */
export function pcapFiles(network: Network, shift: (point: number) => number = () => 0): Uint8Array[] {
  return Array.from({ length: network.points }, (_, point) => {
    const records = network.records
      .filter((record) => record.point === point)
      .sort((a, b) => a.time - b.time);
    const file = new Uint8Array(24 + records.reduce((sum, { bytes }) => sum + 16 + bytes.length, 0));
    const view = new DataView(file.buffer);
    view.setUint32(0, 0xa1b23c4d, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(16, 262_144, true);
    view.setUint32(20, 101, true);
    let at = 24;
    for (const { time, bytes, wire } of records) {
      const shown = time + shift(point);
      const seconds = Math.floor(shown / 1e9);
      view.setUint32(at, 1_700_000_000 + seconds, true);
      view.setUint32(at + 4, shown - seconds * 1e9, true);
      view.setUint32(at + 8, bytes.length, true);
      view.setUint32(at + 12, wire, true);
      file.set(bytes, at + 16);
      at += 16 + bytes.length;
    }
    return file;
  });
}
