// Packets from a live interface: libpcap writes them as pcap records into memory while JavaScript reads the ones before.
import { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import { interfaceName } from '../binding/interface-name.ts';
import { MemoryStream } from '../binding/libc.ts';
import type { Counters, Handle } from '../binding/libpcap.ts';
import { NscapError } from '../errors.ts';
import { FILE_HEADER_LENGTH, PcapParser } from '../file/pcap.ts';
import * as link from '../wire/linktype.ts';
import type { PacketSource } from './source.ts';

/** What was counted on one interface since the capture began, in packets. Absent: the binding cannot tell. */
export interface Tally {
  /** Packets handed over. */
  captured: number;
  /** Packets the filter accepted, those dropped included. */
  received?: number;
  /** Packets the kernel had no room for. */
  dropped?: number;
  /** Packets the interface or its driver dropped. */
  interfaceDropped?: number;
}

/** A capture under way: what is known of it at any time, and the way to end it. */
export interface LiveCapture {
  readonly interfaces: readonly Interface[];
  /** For each interface. May be asked for after the end too. */
  tallies(): Tally[];
  /** Lets no further packet in; what has come already is still delivered, and then the end. */
  stop(): void;
  /** Brings `tallies` up to date, where that takes some doing. */
  refresh?(): Promise<void>;
  /** Names of the interfaces that were removed while they were captured on. */
  readonly gone: readonly string[];
}

/** A live capture whose packets come to us. */
export interface LiveSource extends PacketSource, LiveCapture {
  readonly interfaces: readonly Interface[];
  /** The last batch as pcap records one behind the other, as libpcap writes them, where the source has them so. */
  readonly records?: Uint8Array;
  /**
   * Asked while `next` waits: every packet that the kernel counted before this moment has been handed over.
   * Milliseconds since 1970; absent where a source cannot know. A packet's time stamp may be older: it is taken before
   * the packet waits in a processor's queue (enqueue_to_backlog() in net/core/dev.c).
   */
  deliveredUntil?(): number;
}

/** Bytes that one dispatch is meant to fetch. The stream grows where the guess was wrong; nothing is ever cut. */
const TARGET = 1 << 20;
/** A record's mean length, in bytes, before any was seen. */
const FIRST_GUESS = 1516;
/** Milliseconds between two looks at a ring that is being emptied. */
const DRAIN_STEP = 2;
/** Milliseconds without a packet, besides those that the kernel keeps one, after which none that it counted will come. */
const QUIET = 250;

/** One interface, by libpcap. */
export class InterfaceSource implements LiveSource {
  readonly interfaces: readonly Interface[];
  readonly interfaceName = nameHere;
  damage: string | undefined;
  records: Uint8Array = new Uint8Array(0);
  gone: string[] = [];
  private captured = 0;
  /** Of those, the ones that `next` had returned when it was called last: their caller surely has them. */
  private delivered = 0;
  /** Packets that the kernel counted and libpcap left out: those that came before it had its filter. */
  private leftOut = 0;
  /**
   * The kernel's count when it last changed, when that was, and until when all is known to be delivered: milliseconds
   * since 1970, as time stamps are. All other times here are of the monotonic clock.
   */
  private counted = { received: 0, at: performance.now(), until: 0 };
  /** When the ring was last looked into and found empty. */
  private emptyAt = 0;
  private readonly handle: Handle;
  private readonly limit: number;
  private readonly stream = new MemoryStream();
  private readonly parser: PcapParser;
  private readonly batch = new Batch();
  /** Two buffers in turn: one is read while the next packets come into the other. */
  private buffers: [Uint8Array, Uint8Array] = [new Uint8Array(TARGET), new Uint8Array(TARGET)];
  private mean = FIRST_GUESS;
  private pending: Promise<number> | undefined;
  private at = 0;
  private end = 0;
  private deadline = 0;
  private counters: Counters | undefined;
  private closed: Promise<void> | undefined;

  /**
   * Takes the handle over and closes it at the end. Ends by itself after `limit` packets.
   */
  constructor(handle: Handle, description: Interface, limit = Number.POSITIVE_INFINITY) {
    this.handle = handle;
    this.limit = limit;
    handle.writeHeader(this.stream.file);
    const { bytes } = this.stream.take(new Uint8Array(FILE_HEADER_LENGTH));
    this.parser = new PcapParser(new DataView(bytes.buffer));
    this.interfaces = [description];
  }

  async next(): Promise<Batch | null> {
    const { batch } = this;
    this.delivered += batch.count;
    if (this.at === this.end) {
      this.pending ??= this.fetch();
      const length = await this.pending;
      this.pending = undefined;
      if (length === 0) {
        await this.close();
        return null;
      }
      this.buffers.reverse();
      this.at = 0;
      this.end = length;
      // The next packets come while the caller works on these.
      this.pending = this.fetch();
      this.pending.catch(() => {}); // The next call of `next` gets it.
    }
    batch.reset(this.buffers[0], batch.first + batch.count);
    const start = this.at;
    this.at = this.parser.fill(batch, start, this.end);
    this.records = this.buffers[0].subarray(start, this.at);
    this.mark(batch);
    return batch;
  }

  deliveredUntil(): number {
    if (this.closed !== undefined) return Number.POSITIVE_INFINITY;
    const { counted } = this;
    // No later than now, where the clock was set back since.
    counted.until = Math.min(counted.until, Date.now());
    const now = performance.now();
    const { received, dropped } = this.handle.statistics();
    if (received !== counted.received) this.counted = { ...counted, received, at: now };
    // The counters have 32 bits.
    const missing = (received - dropped - this.delivered - this.leftOut) | 0;
    if (missing > 0) {
      const quiet = QUIET + 2 * this.handle.options.timeout;
      if (now - this.counted.at < quiet) return counted.until;
      if (this.emptyAt < this.counted.at + quiet) {
        this.handle.wake();
        return counted.until;
      }
    }
    // None is missing; or some never come; or some came that were given up.
    this.leftOut += missing;
    this.counted.until = Date.now();
    return this.counted.until;
  }

  /** Waits for packets and brings them into the second buffer; returns how many bytes, 0 at the end. */
  private async fetch(): Promise<number> {
    for (;;) {
      const room = Math.min(this.limit - this.captured, Math.max(Math.floor(TARGET / this.mean), 1));
      if (room === 0 || this.closed !== undefined) return 0;
      const started = performance.now();
      const count = await this.dispatch(room);
      if (count === 0) this.emptyAt = started;
      if (count > 0) {
        const { bytes, length } = this.stream.take(this.buffers[1]);
        this.buffers[1] = bytes;
        this.captured += count;
        this.mean = length / count;
        return length;
      }
      if (this.closed !== undefined) return 0;
      if (this.deadline === 0) await this.handle.wait();
      else if (this.drained()) return 0;
      else await sleep(DRAIN_STEP);
    }
  }

  /** How many packets came. An interface that is there no more is an end like any other, once its packets are here. */
  private async dispatch(room: number): Promise<number> {
    try {
      return await this.handle.dispatch(room, this.stream.file);
    } catch (error) {
      if (!(error instanceof NscapError) || error.code !== 'INTERFACE_GONE') throw error;
      this.gone = [this.interfaces[0].name];
      if (this.deadline === 0) this.deadline = performance.now() + this.patience;
      return 0;
    }
  }

  /** The kernel hands over a block of packets when it is full or old enough: after two such times there is none left. */
  private get patience(): number {
    return 2 * this.handle.options.timeout + 50;
  }

  stop(): void {
    if (this.deadline !== 0 || this.closed !== undefined) return;
    this.deadline = performance.now() + this.patience;
    this.handle.refuse();
    this.handle.wake();
  }

  /** Whether everything the filter accepted has come, by the kernel's count or, should that not add up, by the clock. */
  private drained(): boolean {
    const { received, dropped } = this.statistics();
    // The counters have 32 bits.
    return ((received - dropped - this.captured) | 0) <= 0 || performance.now() > this.deadline;
  }

  tallies(): Tally[] {
    return [{ captured: this.captured, ...this.statistics() }];
  }

  private statistics(): Counters {
    return this.counters ?? this.handle.statistics();
  }

  /** Tells each packet's direction (epb_flags) where it is known: by -Q, or by the packet type in a cooked header. */
  private mark(batch: Batch): void {
    const { direction } = this.handle.options;
    const { flags, linkType, offset, captured, bytes, count } = batch;
    if (direction === 'in' || direction === 'out') {
      flags.fill(direction === 'in' ? INBOUND : OUTBOUND, 0, count);
      return;
    }
    const at = linkType[0] === link.LINUX_SLL2 ? SLL2_TYPE : linkType[0] === link.LINUX_SLL ? SLL_TYPE : -1;
    if (at < 0) return;
    for (let i = 0; i < count; i++) flags[i] = captured[i] > at ? (TYPES[bytes[offset[i] + at]] ?? 0) : 0;
  }

  close(): Promise<void> {
    this.closed ??= this.release();
    return this.closed;
  }

  private async release(): Promise<void> {
    this.counters = this.handle.statistics();
    this.handle.wake();
    await this.pending?.catch(() => {});
    this.handle.close();
    this.stream.close();
  }
}

/** epb_flags: bits 0-1 the direction, bits 2-4 how it was received. */
const INBOUND = 1;
const OUTBOUND = 2;
/** Where LINUX_SLL2 and LINUX_SLL have the packet type's last byte; and what each type (linux/if_packet.h) is as flags. */
const SLL2_TYPE = 10;
const SLL_TYPE = 1;
const TYPES = [
  INBOUND | (1 << 2), // PACKET_HOST: unicast
  INBOUND | (3 << 2), // PACKET_BROADCAST
  INBOUND | (2 << 2), // PACKET_MULTICAST
  INBOUND | (4 << 2), // PACKET_OTHERHOST: seen by promiscuous mode
  OUTBOUND, // PACKET_OUTGOING
];

/** As the namespace that this process captures in has it. */
export function nameHere(_: number, index: number): string {
  return interfaceName(index) ?? String(index);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
