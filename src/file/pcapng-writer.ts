// Writing pcapng files (draft-ietf-opsawg-pcapng): little endian, in nanoseconds or microseconds. No I/O.
import type { Batch } from '../base/batch.ts';
import type { Interface, InterfaceStatistics, Moment } from '../base/interface.ts';
import type { Text } from '../base/text.ts';
import { Output } from './output.ts';
import * as ng from './pcapng.ts';
import { appendOptions } from './pcapng-options.ts';

/** What a section header tells of the machine and the program. */
export interface Section {
  hardware?: string;
  os?: string;
  application?: string;
  comments?: readonly string[];
}

/** An IPv4 or IPv6 address, as bytes, and its name. */
export interface AddressName {
  address: Uint8Array;
  name: string;
}

const LARGEST_OPTION = 0xffff;
const BILLION = 1_000_000_000;
const encoder = new TextEncoder();

/**
 * Appends one pcapng section to a Text: `section` once, every interface before its first packet, then packets and, at
 * the end, each interface's statistics. The owner of the Text writes it out and clears it between two calls.
 */
export class PcapngWriter {
  private readonly output: Output;
  /** Ticks a second of each interface. */
  private rates: number[] = [];
  private start = 0;

  constructor(out: Text) {
    this.output = new Output(out);
  }

  section(section: Section): void {
    this.rates = [];
    this.open(ng.SECTION_HEADER, 16);
    this.output.uint32(ng.BYTE_ORDER);
    this.output.uint16(1);
    this.output.uint16(0);
    // A section length of -1: not known, which leaves the file open for more.
    this.output.uint32(0xffffffff);
    this.output.uint32(0xffffffff);
    this.comments(section.comments);
    this.string(ng.SHB_HARDWARE, section.hardware);
    this.string(ng.SHB_OS, section.os);
    this.string(ng.SHB_APPLICATION, section.application);
    this.endOfOptions();
    this.close();
  }

  /**
   * Describes an interface and returns its number, counted from 0. Its `resolution` is not used, but the argument:
   * nanoseconds, which reach to the year 2554, or microseconds, which have no end.
   */
  interface(description: Interface, resolution: 6 | 9 = ng.RESOLUTION_NANOSECONDS): number {
    this.open(ng.INTERFACE_DESCRIPTION, 8);
    this.output.uint16(description.linkType);
    this.output.uint16(0);
    this.output.uint32(description.snaplen);
    this.comments(description.comments);
    this.string(ng.IF_NAME, description.name);
    this.string(ng.IF_DESCRIPTION, description.description);
    this.option(ng.IF_TSRESOL, Uint8Array.of(resolution));
    // if_filter begins with a byte that says what follows: 0, an expression in libpcap's language.
    if (description.filter) this.option(ng.IF_FILTER, encoder.encode(`\0${description.filter}`));
    this.string(ng.IF_OS, description.os);
    this.string(ng.IF_HARDWARE, description.hardware);
    this.endOfOptions();
    this.close();
    return this.rates.push(10 ** resolution) - 1;
  }

  /**
   * Record `index` of a batch as an enhanced packet: flags and pcapng options the batch carries go along. `interfaceId`
   * is the number `interface` answered. A time before 1970 cannot be told and becomes 0.
   */
  record(
    batch: Batch,
    index: number,
    interfaceId = batch.interface[index],
    comment?: string,
    further?: string,
  ): void {
    const { output } = this;
    const captured = batch.captured[index];
    output.reserve(36 + captured);
    const start = output.length;
    output.uint32(ng.ENHANCED_PACKET);
    output.uint32(0);
    output.uint32(interfaceId);
    this.time(batch.seconds[index], batch.nanoseconds[index], this.rates[interfaceId]);
    output.uint32(captured);
    output.uint32(batch.wire[index]);
    output.copy(batch.bytes, batch.view, batch.offset[index], captured);
    output.pad(captured);
    const flags = batch.flags[index];
    if (flags !== 0 || (comment ?? further) !== undefined || batch.optionsLength[index] !== 0) {
      this.string(ng.COMMENT, comment);
      this.string(ng.COMMENT, further);
      if (batch.optionsLength[index] !== 0) appendOptions(output, batch, index);
      else if (flags !== 0) {
        output.reserve(8);
        output.uint16(ng.EPB_FLAGS);
        output.uint16(4);
        output.uint32(flags);
      }
      this.endOfOptions();
    }
    output.reserve(4);
    const length = output.length + 4 - start;
    output.uint32(length);
    output.patch(start + 4, length);
  }

  /** Every record of a batch, on the interfaces the batch names. */
  records(batch: Batch): void {
    const count = batch.count;
    for (let i = 0; i < count; i++) this.record(batch, i);
  }

  /** What was counted on an interface. Several may be written for one; the last holds. */
  statistics(interfaceId: number, statistics: InterfaceStatistics): void {
    this.open(ng.INTERFACE_STATISTICS, 12);
    this.output.uint32(interfaceId);
    const now = Date.now();
    const at = statistics.time ?? { seconds: Math.floor(now / 1000), nanoseconds: (now % 1000) * 1_000_000 };
    const rate = this.rates[interfaceId];
    this.time(at.seconds, at.nanoseconds, rate);
    this.moment(ng.ISB_STARTTIME, statistics.start, rate);
    this.moment(ng.ISB_ENDTIME, statistics.end, rate);
    this.count(ng.ISB_IFRECV, statistics.received);
    this.count(ng.ISB_IFDROP, statistics.dropped);
    this.count(ng.ISB_FILTERACCEPT, statistics.accepted);
    this.count(ng.ISB_OSDROP, statistics.osDropped);
    this.count(ng.ISB_USRDELIV, statistics.delivered);
    this.endOfOptions();
    this.close();
  }

  /** A name resolution block (4.4 of the draft): what readers call each address, of 4 or 16 bytes. */
  names(names: readonly AddressName[]): void {
    if (names.length === 0) return;
    const records = names.map(({ address, name }) => {
      const value = encoder.encode(`${name}\0`);
      const record = new Uint8Array(4 + ((address.length + value.length + 3) & ~3));
      const view = new DataView(record.buffer);
      view.setUint16(0, address.length === 4 ? ng.NAME_OF_IPV4 : ng.NAME_OF_IPV6, true);
      view.setUint16(2, address.length + value.length, true);
      record.set(address, 4);
      record.set(value, 4 + address.length);
      return record;
    });
    const size = records.reduce((sum, { length }) => sum + length, 0);
    // The record of type 0 that ends them stays zero.
    const body = new Uint8Array(size + 4);
    let at = 0;
    for (const record of records) {
      body.set(record, at);
      at += record.length;
    }
    this.block(ng.NAME_RESOLUTION, body);
  }

  /** A block of any type with this body, which must be little endian. */
  block(type: number, body: Uint8Array): void {
    this.open(type, body.length + 3);
    this.output.padded(body);
    this.close();
  }

  private open(type: number, fixed: number): void {
    this.output.reserve(12 + fixed);
    this.start = this.output.length;
    this.output.uint32(type);
    this.output.uint32(0);
  }

  private close(): void {
    this.output.reserve(4);
    const length = this.output.length + 4 - this.start;
    this.output.uint32(length);
    this.output.patch(this.start + 4, length);
  }

  /** Ticks since 1970 in 64 bits, high word first: in halves that doubles hold exactly, for want of BigInt's speed. */
  private time(seconds: number, nanoseconds: number, rate = BILLION): void {
    if (seconds < 0) seconds = nanoseconds = 0;
    const fraction = rate === BILLION ? nanoseconds : Math.floor(nanoseconds / 1000);
    const upper = Math.floor(seconds / 65536);
    const scaled = upper * rate;
    const scaledHigh = Math.floor(scaled / 65536);
    const low = (scaled - scaledHigh * 65536) * 65536 + (seconds - upper * 65536) * rate + fraction;
    this.output.uint32(scaledHigh + Math.floor(low / 0x100000000));
    this.output.uint32(low % 0x100000000);
  }

  private option(code: number, value: Uint8Array): void {
    const bytes = value.length > LARGEST_OPTION ? value.subarray(0, LARGEST_OPTION) : value;
    this.output.reserve(8 + bytes.length);
    this.output.uint16(code);
    this.output.uint16(bytes.length);
    this.output.padded(bytes);
  }

  private string(code: number, value: string | undefined): void {
    if (value) this.option(code, encoder.encode(value));
  }

  private comments(comments: readonly string[] | undefined): void {
    for (const comment of comments ?? []) this.string(ng.COMMENT, comment);
  }

  private moment(code: number, moment: Moment | undefined, rate: number | undefined): void {
    if (moment === undefined) return;
    this.output.reserve(12);
    this.output.uint16(code);
    this.output.uint16(8);
    this.time(moment.seconds, moment.nanoseconds, rate);
  }

  private count(code: number, count: number | undefined): void {
    if (count === undefined) return;
    this.output.reserve(12);
    this.output.uint16(code);
    this.output.uint16(8);
    // Counters, unlike times, are ordinary 64-bit numbers: low word first.
    this.output.uint32(count % 0x100000000);
    this.output.uint32(Math.floor(count / 0x100000000));
  }

  private endOfOptions(): void {
    this.output.reserve(4);
    this.output.uint32(ng.END_OF_OPTIONS);
  }
}
