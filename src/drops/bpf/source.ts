// Drops by a BPF program on the tracepoint kfree_skb: packet, reason, function, interface and namespace of each.
import { closeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Moment } from '../../base/interface.ts';
import {
  createMap,
  forEachEntry,
  loadProgram,
  MappedMemory,
  MapType,
  MMAPABLE,
  openRawTracepoint,
  RingReader,
  recursionMisses,
} from '../../binding/bpf.ts';
import { readable, wake } from '../../binding/poll.ts';
import { realtimeOffset } from '../../binding/time.ts';
import { NscapError } from '../../errors.ts';
import type { Program } from '../../filter/program.ts';
import * as link from '../../wire/linktype.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import type { DropCount, DropEvent, DroppedPacket, DropSource, DropTotals } from '../event.ts';
import { type KernelFacts, kernelFacts } from '../kernel-facts.ts';
import { ModuleReasons } from '../module-reasons.ts';
import type { Places } from '../places.ts';
import { Symbols } from '../symbols.ts';
import { COUNTER_ENTRIES, ETHERNET_LENGTH, Event, Key, NAME_LENGTH, Scratch, Total } from './layout.ts';
import type { ProgramOptions } from './options.ts';
import { dropProgram } from './program.ts';

/** Bytes of the ring: some 25 000 events. */
const RING_SIZE = 1 << 23;
/** Events of each processor that may come at once; and how many a second in the long run, of all, and of each at least. */
const BURST = 4096;
const RATE = 10_000;
const LEAST_RATE = 500;
/** Events delivered at a time. */
const BATCH = 1024;
/** Milliseconds that events are gathered after the first. */
const GATHER = 10;
/** Milliseconds after which the clocks are compared again. */
const CLOCK_AGE = 1000;
const TOTALS_LENGTH = Total.COUNT * 8;
const TWO_32 = 2 ** 32;
/** Bytes of packets that share a buffer. */
const ARENA = 1 << 16;

interface BpfOptions {
  /** Inodes; undefined for all namespaces. */
  namespaces: readonly number[] | undefined;
  /** On Ethernet frames. */
  filter: Program | undefined;
  places: Places;
}

/** Opens this way. Throws NscapError where the kernel or our privileges don't have it. */
export function openBpf(options: BpfOptions): BpfDrops {
  return new BpfDrops(options, kernelFacts());
}

export class BpfDrops implements DropSource {
  readonly way = 'bpf';
  readonly notes: string[] = [];
  private readonly facts: KernelFacts;
  private readonly places: Places;
  private readonly symbols = new Symbols();
  private readonly moduleReasons = new ModuleReasons();
  private readonly ring: RingReader;
  private readonly counters: number;
  private readonly totalsMemory: MappedMemory;
  private readonly program: number;
  private tracepoint: number;
  private readonly descriptors: number[] = [];
  private readonly clock = new Clock();
  /** Where packets are copied to, and how much of it is in use. */
  private arena = new Uint8Array(0);
  private used = 0;

  constructor({ namespaces, filter, places }: BpfOptions, facts: KernelFacts) {
    this.facts = facts;
    this.places = places;
    try {
      this.ring = new RingReader(RING_SIZE);
      const scratch = this.keep(createMap(MapType.PERCPU_ARRAY, 4, Scratch.SIZE, 1));
      const totals = this.keep(createMap(MapType.ARRAY, 4, 8, Total.COUNT, MMAPABLE));
      this.counters = this.keep(createMap(MapType.HASH, Key.SIZE, 8, COUNTER_ENTRIES));
      this.totalsMemory = new MappedMemory(totals, TOTALS_LENGTH);
      const maps = { scratch, totals, counters: this.counters, ring: this.ring.descriptor };
      const interval = Math.floor(1e9 / Math.max(RATE / availableParallelism(), LEAST_RATE));
      const { program, tracepoint } = load({ facts, maps, namespaces, filter, interval, burst: BURST });
      this.program = this.keep(program);
      this.tracepoint = tracepoint;
    } catch (error) {
      this.release();
      throw error;
    }
    if (facts.arguments.reason === undefined) {
      this.notes.push('this kernel names no reasons for drops: it is older than Linux 5.17');
    }
  }

  private keep(descriptor: number): number {
    this.descriptors.push(descriptor);
    return descriptor;
  }

  async next(): Promise<DropEvent[] | null> {
    for (;;) {
      const events = this.drain();
      if (events.length > 0) {
        await this.nameInterfaces(events);
        return events;
      }
      if (this.tracepoint < 0) return null;
      await readable(this.ring.descriptor);
      if (this.tracepoint >= 0) await sleep(GATHER);
    }
  }

  private drain(): DropEvent[] {
    const events: DropEvent[] = [];
    this.clock.compare();
    this.ring.drain((view, offset) => events.push(this.event(view, offset)), BATCH);
    return events;
  }

  private event(view: DataView, offset: number): DropEvent {
    const inode = view.getUint32(offset + Event.NAMESPACE, true);
    const device = view.getUint32(offset + Event.DEVICE, true);
    const incoming = view.getInt32(offset + Event.INCOMING, true);
    const reason = this.reason(view.getUint32(offset + Event.REASON, true));
    const event: DropEvent = {
      time: this.clock.realtime(view, offset + Event.TIME),
      direction: directionOf(reason, device, incoming, view.getUint8(offset + Event.PACKET_TYPE)),
      mark: view.getUint32(offset + Event.MARK, true),
      count: 1,
    };
    const dropped = this.packet(view, offset);
    if (dropped !== undefined) event.packet = dropped;
    if (inode !== 0) event.namespace = this.places.namespace(inode);
    if (reason !== undefined) event.reason = reason;
    // Names are looked up on demand: the kernel's list of them takes a tenth of a second to read.
    const location = address(view, offset + Event.LOCATION);
    Object.defineProperty(event, 'function', { enumerable: true, get: () => this.symbols.name(location) });
    if (device !== 0) {
      this.places.learnInterface(inode, device, text(view, offset + Event.NAME, NAME_LENGTH));
      event.interface = this.places.interface(inode, device);
    } else if (incoming !== 0) event.interface = this.places.interface(inode, incoming);
    return event;
  }

  /** The packet; undefined if none can be decoded, for example for a message of a Unix socket. */
  private packet(view: DataView, offset: number): DroppedPacket | undefined {
    const captured = view.getUint32(offset + Event.CAPTURED, true);
    const length = Math.max(view.getUint32(offset + Event.LENGTH, true), captured);
    const hasLink = view.getUint8(offset + Event.HAS_LINK) === 1;
    const start = view.byteOffset + offset + Event.FRAME;
    const frame = new Uint8Array(view.buffer, start, captured);
    let protocol = view.getUint16(offset + Event.FRAME + 12);
    if (protocol === 0 && !hasLink) protocol = guessedProtocol(frame.subarray(ETHERNET_LENGTH), length);
    if (protocol === 0) return undefined;
    const isIp = protocol === ethertype.IPV4 || protocol === ethertype.IPV6;
    // A made-up header is left out where the packet can be told without it.
    const skipped = isIp && !hasLink ? ETHERNET_LENGTH : 0;
    return {
      linkType: skipped === 0 ? link.ETHERNET : link.RAW,
      bytes: this.copy(frame.subarray(skipped)),
      length: length - skipped,
    };
  }

  /** A copy in a buffer shared by many packets: a separate one for each would cost more than it holds. */
  private copy(bytes: Uint8Array): Uint8Array {
    if (this.used + bytes.length > this.arena.length) {
      this.arena = new Uint8Array(ARENA);
      this.used = 0;
    }
    const start = this.used;
    this.used += bytes.length;
    this.arena.set(bytes, start);
    return this.arena.subarray(start, this.used);
  }

  private reason(number: number): string | undefined {
    if (this.facts.arguments.reason === undefined) return undefined;
    return this.facts.reasons[number] ?? this.moduleReasons.name(number);
  }

  /** Names that did not come with the event, for the device was gone from it. */
  private async nameInterfaces(events: DropEvent[]): Promise<void> {
    for (const { namespace, interface: device } of events) {
      if (namespace === undefined || device === undefined) continue;
      if (!this.places.knowsInterface(namespace.inode, device.index))
        await this.places.learnInterfaces(namespace.inode);
      device.name = this.places.interface(namespace.inode, device.index).name;
    }
  }

  totals(): DropTotals {
    const counted = new BigUint64Array(this.totalsMemory.buffer, 0, Total.COUNT);
    const total = (index: number) => Number(Atomics.load(counted, index));
    const misses = recursionMisses(this.program) ?? 0;
    const totals: DropTotals = {
      packets: total(Total.PACKETS) + misses,
      limited: total(Total.LIMITED),
      lost: total(Total.LOST) + misses,
      unplaced: total(Total.UNPLACED),
    };
    const counts = this.counts();
    return counts === undefined ? totals : { ...totals, counts };
  }

  private counts(): DropCount[] | undefined {
    const key = Buffer.alloc(Key.SIZE);
    const value = Buffer.alloc(8);
    const counts: DropCount[] = [];
    const permitted = forEachEntry(this.counters, key, value, () => {
      const inode = key.readUInt32LE(Key.NAMESPACE);
      const index = key.readUInt32LE(Key.DEVICE);
      const reason = this.reason(key.readUInt32LE(Key.REASON));
      const functionName = this.symbols.name(key.readUIntLE(Key.LOCATION, 6));
      counts.push({
        packets: Number(value.readBigUInt64LE()),
        ...(inode === 0 ? {} : { namespace: this.places.namespace(inode) }),
        ...(index === 0 ? {} : { interface: this.places.interface(inode, index) }),
        ...(reason === undefined ? {} : { reason }),
        ...(functionName === undefined ? {} : { function: functionName }),
      });
    });
    return permitted ? counts : undefined;
  }

  stop(): void {
    if (this.tracepoint < 0) return;
    closeSync(this.tracepoint);
    this.tracepoint = -1;
    wake(this.ring.descriptor);
  }

  async close(): Promise<void> {
    this.stop();
    await wake(this.ring.descriptor);
    this.release();
  }

  private release(): void {
    for (const descriptor of this.descriptors.splice(0)) closeSync(descriptor);
    this.totalsMemory?.close();
    if (this.ring !== undefined) {
      this.ring.close();
      closeSync(this.ring.descriptor);
    }
    this.symbols.close();
  }
}

/** Loads the program, of the type that reads packets of several pieces where the kernel lets it, and attaches it. */
function load(options: Omit<ProgramOptions, 'wholePackets'>): { program: number; tracepoint: number } {
  const { tracing } = options.facts;
  if (tracing !== undefined) {
    try {
      const instructions = dropProgram({ ...options, wholePackets: tracing.fromPacket });
      return attach(loadProgram(instructions, tracing.tracepoint), undefined);
    } catch (error) {
      // Linux 6.4 to 6.11 have the function, but not for programs of this type.
      if (!(error instanceof NscapError) || error.code !== 'KERNEL_LACKS') throw error;
    }
  }
  return attach(loadProgram(dropProgram({ ...options, wholePackets: undefined })), 'kfree_skb');
}

function attach(program: number, name: string | undefined): { program: number; tracepoint: number } {
  try {
    return { program, tracepoint: openRawTracepoint(name, program) };
  } catch (error) {
    closeSync(program);
    throw error;
  }
}

/** Of a packet that was dropped before its protocol was set: that of an IP header whose length is right. */
function guessedProtocol(network: Uint8Array, frameLength: number): number {
  if (network.length < 20) return 0;
  const length = frameLength - ETHERNET_LENGTH;
  const word = (offset: number) => (network[offset] << 8) | network[offset + 1];
  if (network[0] >>> 4 === 4 && word(2) === length) return ethertype.IPV4;
  return network[0] >>> 4 === 6 && word(4) + 40 === length ? ethertype.IPV6 : 0;
}

/** PACKET_OUTGOING (linux/if_packet.h). */
const OUTGOING = 4;
/** Reasons for packets on their way in that the kernel has not yet marked with the device they came in by. */
const BEFORE_RECEIPT = new Set(['CPU_BACKLOG', 'XDP', 'FULL_RING', 'TAP_FILTER', 'HDR_TRUNC']);

function directionOf(
  reason: string | undefined,
  device: number,
  incoming: number,
  packetType: number,
): 'in' | 'out' {
  if (packetType === OUTGOING) return 'out';
  if (packetType !== 0 || (reason !== undefined && BEFORE_RECEIPT.has(reason))) return 'in';
  return incoming !== 0 && (device === 0 || device === incoming) ? 'in' : 'out';
}

/** The low 48 bits of an address. */
function address(view: DataView, offset: number): number {
  return view.getUint16(offset + 4, true) * TWO_32 + view.getUint32(offset, true);
}

/** The kernel's CLOCK_MONOTONIC as CLOCK_REALTIME, which may be set at any time. */
class Clock {
  private seconds = 0;
  private nanoseconds = 0;
  private compared = Number.NEGATIVE_INFINITY;

  compare(): void {
    const now = performance.now();
    if (now - this.compared < CLOCK_AGE) return;
    const offset = realtimeOffset();
    this.seconds = Number(offset / 1_000_000_000n);
    this.nanoseconds = Number(offset % 1_000_000_000n);
    this.compared = now;
  }

  /** Of the nanoseconds that lie in the view. */
  realtime(view: DataView, offset: number): Moment {
    const monotonic = view.getUint32(offset + 4, true) * TWO_32 + view.getUint32(offset, true);
    const nanoseconds = (monotonic % 1e9) + this.nanoseconds;
    const carry = Math.floor(nanoseconds / 1e9);
    return {
      seconds: Math.floor(monotonic / 1e9) + this.seconds + carry,
      nanoseconds: nanoseconds - carry * 1e9,
    };
  }
}

function text(view: DataView, offset: number, length: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + offset, length);
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? length : end);
}
