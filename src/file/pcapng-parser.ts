// The pcapng file format (draft-ietf-opsawg-pcapng): parsing of bytes in memory, no I/O.
import type { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import { NO_LINK_TYPE, PACKET, UNTIMED } from '../base/record-kind.ts';
import type { Clock } from './clock.ts';
import * as ng from './pcapng.ts';
import { carried, type ForeignBlock, isCarried } from './pcapng-blocks.ts';
import { noteLoss, readInterface, readSection, readStatistics } from './pcapng-description.ts';
import { foreignRecord, isForeignRecord } from './pcapng-records.ts';
import type { Section } from './pcapng-writer.ts';
import { longestPacket, type Parser } from './record.ts';

/** Type and length before a block's body, and the length again after it. */
const AROUND = 12;
/** The longest block: a packet of 128 MiB, its header, and twice the options there can be in an ordinary one. */
const LONGEST_BLOCK = (128 << 20) + 0x20000 + 32;
/** Blocks we have no use for are not gathered in memory from this length on, but passed over. */
const PASSED_OVER = 1 << 16;

/** True where these four bytes begin a pcapng file. */
export function isPcapng(view: DataView): boolean {
  return view.getUint32(0) === ng.SECTION_HEADER;
}

/** An interface of the current section, as far as its packets need it. */
interface Counter {
  readonly clock: Clock;
  readonly linkType: number;
  readonly longest: number;
  readonly snaplen: number;
}

/**
 * The parser of one pcapng file: sections, interfaces, packets, statistics. Blocks of other kinds are passed over; those
 * that belong into a copy of the file as well (pcapng-blocks.ts) are handed to `keep`, where there is one.
 */
export class PcapngParser implements Parser {
  readonly interfaces: Interface[] = [];
  /** Headers of the sections met so far. */
  readonly sections: Section[] = [];
  needed = AROUND;
  damage: string | undefined;
  keep: ((block: ForeignBlock) => void) | undefined;
  /** Blocks that are no packets, and that Wireshark counts among its frames, are records, too. */
  allRecords = false;
  private littleEndian = true;
  /** Interfaces of the current section, and how many came before it. */
  private counters: Counter[] = [];
  private before = 0;
  /** The length that the trailer of a block passed over must repeat; 0 where none is awaited. */
  private trailer = 0;
  /** The time of the last record: Wireshark counts a record without one as of that time. */
  private lastSeconds = 0;
  private lastNanoseconds = 0;

  fill(batch: Batch, at: number, end: number): number {
    const view = batch.view;
    for (;;) {
      this.needed = AROUND;
      if (this.trailer !== 0) {
        this.needed = 4;
        if (at + 4 > end || !this.sameLength(view, at, this.trailer)) return at;
        this.trailer = 0;
        at += 4;
      }
      if (batch.count === batch.capacity || at + AROUND > end) return at;
      const type = view.getUint32(at, this.littleEndian);
      if (type === ng.SECTION_HEADER) {
        // Options in one batch share a byte order, so a section begins a batch.
        if (batch.count > 0) return at;
        if (!this.byteOrder(view, at)) return at;
        batch.optionsLittleEndian = this.littleEndian;
      }
      const length = roundUp(view.getUint32(at + 4, this.littleEndian));
      if (!this.lengthHolds(type, length)) return at;
      if (length > end - at) {
        if (
          length <= PASSED_OVER ||
          smallest(type) !== AROUND ||
          (this.keep !== undefined && isCarried(type)) ||
          (this.allRecords && isForeignRecord(type))
        ) {
          this.needed = length;
          return at;
        }
        this.trailer = length;
        return at + length - 4;
      }
      const trailer = at + length - 4;
      if (!this.sameLength(view, trailer, length)) return at;
      if (type === ng.ENHANCED_PACKET) this.enhancedPacket(batch, at + 8, trailer);
      else this.otherBlock(batch, type, at + 8, trailer);
      if (this.damage !== undefined) return at;
      at += length;
    }
  }

  /** Learns the byte order from the section header at `at`; every block behind it follows. */
  private byteOrder(view: DataView, at: number): boolean {
    const little = view.getUint32(at + 8, true) === ng.BYTE_ORDER;
    if (!little && view.getUint32(at + 8) !== ng.BYTE_ORDER) {
      this.damage = 'a section header without its byte-order magic';
      return false;
    }
    this.littleEndian = little;
    return true;
  }

  private lengthHolds(type: number, length: number): boolean {
    const least = smallest(type);
    if (length < least) this.damage = `a block of type ${type} with ${length} bytes, which needs ${least}`;
    else if (length > LONGEST_BLOCK) {
      this.damage = `a block of ${length} bytes, more than the ${LONGEST_BLOCK} there can be`;
    } else return true;
    return false;
  }

  private sameLength(view: DataView, at: number, length: number): boolean {
    const second = view.getUint32(at, this.littleEndian);
    if (roundUp(second) === length) return true;
    this.damage = `a block whose two lengths differ (${length} and ${second})`;
    return false;
  }

  private otherBlock(batch: Batch, type: number, at: number, end: number): void {
    switch (type) {
      case ng.SECTION_HEADER:
        this.section(batch.view, at, end);
        break;
      case ng.INTERFACE_DESCRIPTION:
        this.interface(batch.view, at, end);
        break;
      case ng.SIMPLE_PACKET:
        this.simplePacket(batch, at, end);
        break;
      case ng.OLD_PACKET:
        this.oldPacket(batch, at, end);
        break;
      case ng.INTERFACE_STATISTICS:
        this.statistics(batch.view, at, end);
        break;
      default:
        if (this.keep !== undefined && isCarried(type)) {
          const block = carried(type, batch.view, at, end, this.littleEndian);
          if (block !== undefined) this.keep(block);
        }
        if (this.allRecords && isForeignRecord(type)) this.foreignRecord(batch, type, at, end);
    }
  }

  private section(view: DataView, at: number, end: number): void {
    const major = view.getUint16(at + 4, this.littleEndian);
    const minor = view.getUint16(at + 6, this.littleEndian);
    // 1.2 was written by mistake by some; it differs in nothing.
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      this.damage = `a section of pcapng version ${major}.${minor}, which is not known`;
      return;
    }
    this.before = this.interfaces.length;
    this.counters = [];
    this.sections.push(readSection(view, at + 16, end, this.littleEndian));
  }

  private interface(view: DataView, at: number, end: number): void {
    const section = this.sections.length - 1;
    const { description, clock, damage } = readInterface(view, at, end, this.littleEndian, section);
    this.damage = damage;
    this.interfaces.push(description);
    this.counters.push({
      clock,
      linkType: description.linkType,
      longest: longestPacket(description.linkType),
      snaplen: description.snaplen,
    });
  }

  private enhancedPacket(batch: Batch, at: number, end: number): void {
    const view = batch.view;
    const little = this.littleEndian;
    this.packet(batch, at, end, view.getUint32(at, little));
  }

  /** The packet block that pcapng began with: a 16-bit interface and a count of drops, else as the enhanced one. */
  private oldPacket(batch: Batch, at: number, end: number): void {
    this.packet(batch, at, end, batch.view.getUint16(at, this.littleEndian));
  }

  private packet(batch: Batch, at: number, end: number, interfaceId: number): void {
    const { view, count } = batch;
    const little = this.littleEndian;
    const counter = this.counters[interfaceId];
    if (counter === undefined) {
      this.damage = `a packet of interface ${interfaceId}, which is not described`;
      return;
    }
    const captured = view.getUint32(at + 12, little);
    const body = at + 20;
    if (captured > counter.longest || captured > end - body) {
      this.damage = `a packet of ${captured} bytes in a block that holds ${end - body}`;
      return;
    }
    const clock = counter.clock;
    clock.set(view.getUint32(at + 4, little), view.getUint32(at + 8, little));
    batch.offset[count] = body;
    batch.captured[count] = captured;
    batch.wire[count] = view.getUint32(at + 16, little);
    this.lastSeconds = batch.seconds[count] = clock.seconds;
    this.lastNanoseconds = batch.nanoseconds[count] = clock.nanoseconds;
    batch.linkType[count] = counter.linkType;
    batch.kind[count] = PACKET;
    batch.interface[count] = this.before + interfaceId;
    const options = body + roundUp(captured);
    batch.flags[count] = 0;
    batch.options[count] = options;
    batch.optionsLength[count] = 0;
    if (options + 4 <= end) this.packetOptions(batch, options, end);
    batch.count++;
  }

  /**
   * Finds a packet's flags, and how far its options go: one that is longer than the block ends them. The packet before
   * them is whole, and tcpdump prints it. Makes no object.
   */
  private packetOptions(batch: Batch, start: number, end: number): void {
    const { view, count } = batch;
    const little = this.littleEndian;
    let at = start;
    while (at + 4 <= end) {
      const code = view.getUint16(at, little);
      const length = view.getUint16(at + 2, little);
      const value = at + 4;
      if (code === ng.END_OF_OPTIONS || length > end - value) break;
      if (code === ng.EPB_FLAGS && length === 4) batch.flags[count] = view.getUint32(value, little);
      at = value + roundUp(length);
    }
    batch.optionsLength[count] = Math.min(at, end) - start;
  }

  /** A packet and nothing else: of the section's first interface, without a time: it is given as 0 ticks, as libpcap does. */
  private simplePacket(batch: Batch, at: number, end: number): void {
    const { view, count } = batch;
    const counter = this.counters[0];
    if (counter === undefined) {
      this.damage = 'a simple packet before any interface is described';
      return;
    }
    const length = view.getUint32(at, this.littleEndian);
    const captured = counter.snaplen === 0 ? length : Math.min(length, counter.snaplen);
    const body = at + 4;
    if (captured > counter.longest || body + roundUp(captured) !== end) {
      this.damage = `a packet of ${captured} bytes in a block that holds ${end - body}`;
      return;
    }
    counter.clock.set(0, 0);
    batch.offset[count] = body;
    batch.captured[count] = captured;
    batch.wire[count] = length;
    this.lastSeconds = batch.seconds[count] = counter.clock.seconds;
    this.lastNanoseconds = batch.nanoseconds[count] = 0;
    batch.linkType[count] = counter.linkType;
    batch.kind[count] = UNTIMED;
    batch.interface[count] = this.before;
    batch.flags[count] = 0;
    batch.optionsLength[count] = 0;
    batch.count++;
  }

  /** A block that is no packet, as a record. */
  private foreignRecord(batch: Batch, type: number, at: number, end: number): void {
    const { view, count } = batch;
    const record = foreignRecord(type, view, at, end, this.littleEndian);
    if (typeof record === 'string') {
      this.damage = record;
      return;
    }
    if (record === undefined) return;
    const { kind, offset, captured, wire, seconds, nanoseconds } = record;
    batch.kind[count] = kind;
    batch.offset[count] = offset;
    batch.captured[count] = captured;
    batch.wire[count] = wire;
    this.lastSeconds = batch.seconds[count] = seconds ?? this.lastSeconds;
    this.lastNanoseconds = batch.nanoseconds[count] = nanoseconds ?? this.lastNanoseconds;
    batch.linkType[count] = NO_LINK_TYPE;
    batch.interface[count] = this.sections.length - 1;
    batch.flags[count] = 0;
    batch.optionsLength[count] = 0;
    batch.count++;
  }

  private statistics(view: DataView, at: number, end: number): void {
    const little = this.littleEndian;
    const interfaceId = view.getUint32(at, little);
    const counter = this.counters[interfaceId];
    // Counts of an interface that is not described belong to no interface; tcpdump and tshark skip them, too.
    if (counter === undefined) return;
    const statistics = readStatistics(view, at, end, little, counter.clock);
    noteLoss(this.interfaces[this.before + interfaceId], statistics);
    this.interfaces[this.before + interfaceId].statistics = statistics;
  }
}

/** To a multiple of four. Lengths that are none occur; the padding is there nevertheless. */
function roundUp(length: number): number {
  return length + (-length & 3);
}

/** The length in bytes that a block of this type has at least. */
function smallest(type: number): number {
  switch (type) {
    case ng.SECTION_HEADER:
      return AROUND + 16;
    case ng.INTERFACE_DESCRIPTION:
      return AROUND + 8;
    case ng.ENHANCED_PACKET:
    case ng.OLD_PACKET:
      return AROUND + 20;
    case ng.SIMPLE_PACKET:
      return AROUND + 4;
    case ng.INTERFACE_STATISTICS:
      return AROUND + 12;
    default:
      return AROUND;
  }
}
