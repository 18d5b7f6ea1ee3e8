// Writing packets to capture files.
import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import { Batch } from '../base/batch.ts';
import type { Interface, InterfaceStatistics } from '../base/interface.ts';
import { Text } from '../base/text.ts';
import { cannotWrite, NscapError, usageError } from '../errors.ts';
import { PcapWriter as PcapRecords } from '../file/pcap-writer.ts';
import { PcapngWriter as PcapngBlocks, type Section } from '../file/pcapng-writer.ts';
import { openOutput } from '../output/create.ts';
import { ETHERNET } from '../wire/linktype.ts';
import { Packet } from './packet.ts';

/** A packet to be written: a captured one, or one that a program makes. */
export interface PacketData {
  /** The bytes, from the link-layer header on. */
  bytes: Uint8Array;
  /** Whole seconds since 1970 UTC; absent: now. */
  seconds?: number;
  /** 0 to 999 999 999; where `seconds` is given, 0 where absent. */
  nanoseconds?: number;
  /** Bytes that it had on the wire; absent: as many as there are. */
  length?: number;
  /** LINKTYPE_ value; absent: the writer's, which is Ethernet unless it was told another. */
  linkType?: number;
}

/** Bytes kept until they are written. */
const BUFFER = 1 << 16;

/** A file that grows by whole records only: where a write fails, what was written of it is cut off again. */
class RecordFile {
  readonly text = new Text(2 * BUFFER);
  private readonly path: string;
  private readonly descriptor: number;
  private size = 0;
  private closed = false;

  constructor(path: string) {
    this.path = path;
    try {
      this.descriptor = openOutput(path);
    } catch (error) {
      throw error instanceof NscapError ? error : cannotWrite(path, error);
    }
  }

  /** Writes out what is buffered once it is much. */
  step(): void {
    if (this.closed) throw usageError(`${this.path} is closed: nothing can be written any more`);
    if (this.text.length >= BUFFER) this.flush();
  }

  flush(): void {
    const bytes = this.text.take();
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.descriptor, bytes, written);
      this.size += written;
    } catch (error) {
      try {
        ftruncateSync(this.descriptor, this.size);
      } catch {
        // A pipe or a device, which has no size.
      }
      throw cannotWrite(this.path, error);
    } finally {
      this.text.clear();
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      this.flush();
    } finally {
      closeSync(this.descriptor);
    }
  }
}

/** Records that a program makes, as a batch of one. */
class Made {
  private readonly batch = new Batch(1);

  of({ bytes, seconds, nanoseconds, length, linkType }: PacketData, usual: number): Batch {
    const { batch } = this;
    const now = Date.now();
    batch.reset(bytes, 1);
    batch.count = 1;
    batch.captured[0] = bytes.length;
    batch.wire[0] = length ?? bytes.length;
    batch.seconds[0] = seconds ?? Math.floor(now / 1000);
    batch.nanoseconds[0] = nanoseconds ?? (seconds === undefined ? (now % 1000) * 1_000_000 : 0);
    batch.linkType[0] = linkType ?? usual;
    return batch;
  }
}

/** How a pcap file is written. */
export interface PcapWriterOptions {
  /** LINKTYPE_ value of every packet; absent: that of the first packet. */
  linkType?: number;
  /** Snapshot length in the header, in bytes: 262 144 where absent. */
  snaplen?: number;
  /** Time stamps in nanoseconds, which readers older than libpcap 1.5 do not know: microseconds where absent. */
  nanoseconds?: boolean;
}

/**
 * Writes a pcap file. What is written is buffered; `close` writes out the rest, and a program that ends without it
 * loses that.
 *
 * @example const out = new PcapWriter('out.pcap'); for await (const packet of capture) out.write(packet); out.close();
 */
export class PcapWriter {
  private readonly file: RecordFile;
  private readonly options: PcapWriterOptions;
  private readonly made = new Made();
  private records: PcapRecords | undefined;
  private linkType: number | undefined;

  /**
   * Creates the file, or empties the one that is there.
   *
   * @throws NscapError FILE where that cannot be
   */
  constructor(path: string, options: PcapWriterOptions = {}) {
    this.file = new RecordFile(path);
    this.options = options;
    this.linkType = options.linkType;
  }

  /**
   * Appends a packet.
   *
   * @throws NscapError LINK_TYPE where its link type is not that of the file: pcap has one, pcapng may have many; FILE
   * where the disk is full
   */
  write(packet: Packet | PacketData): void {
    if (packet instanceof Packet) this.record(packet.batch, packet.index);
    else this.record(this.made.of(packet, this.linkType ?? ETHERNET), 0);
  }

  /** Appends every record of a batch. Throws as `write` does. */
  writeBatch(batch: Batch): void {
    for (let i = 0; i < batch.count; i++) this.record(batch, i);
  }

  /** Writes out what is buffered, and closes the file. May be called more than once. @throws NscapError FILE */
  close(): void {
    this.begin(this.linkType ?? ETHERNET);
    this.file.close();
  }

  private record(batch: Batch, index: number): void {
    const linkType = batch.linkType[index];
    const records = this.begin(linkType);
    if (linkType !== this.linkType)
      throw new NscapError(
        'LINK_TYPE',
        `a packet of link type ${linkType} does not fit into a pcap file of link type ${this.linkType}`,
        { hint: 'PcapngWriter takes packets of any link type' },
      );
    this.file.step();
    records.record(batch, index);
  }

  private begin(linkType: number): PcapRecords {
    if (this.records !== undefined) return this.records;
    this.linkType ??= linkType;
    this.records = new PcapRecords(this.file.text, { ...this.options, linkType: this.linkType });
    this.records.header();
    return this.records;
  }
}

/**
 * Writes a pcapng file: nanoseconds, packets of several interfaces and link types, comments, directions. What is written
 * is buffered; `close` writes out the rest, and a program that ends without it loses that.
 *
 * @example const out = new PcapngWriter('out.pcapng'); out.write(packet, 'look here'); out.close();
 */
export class PcapngWriter {
  private readonly file: RecordFile;
  private readonly blocks: PcapngBlocks;
  private readonly made = new Made();
  private readonly numbers = new Map<Interface, number>();
  private readonly interfaces = new Map<number, Interface>();

  /**
   * Creates the file, or empties the one that is there; `section` describes the machine and the program.
   *
   * @throws NscapError FILE where that cannot be
   */
  constructor(path: string, section: Section = { application: 'nscap' }) {
    this.file = new RecordFile(path);
    this.blocks = new PcapngBlocks(this.file.text);
    this.blocks.section(section);
  }

  /**
   * Appends a packet, with the comments it has and one more where that is given. A captured packet's interface is described
   * before its first packet; one that a program makes lies on an interface without a name.
   *
   * @throws NscapError FILE where the disk is full
   */
  write(packet: Packet | PacketData, comment?: string): void {
    this.file.step();
    if (packet instanceof Packet)
      this.blocks.record(packet.batch, packet.index, this.number(packet.interface), comment);
    else {
      const batch = this.made.of(packet, ETHERNET);
      this.blocks.record(batch, 0, this.number(this.nameless(batch.linkType[0])), comment);
    }
  }

  /** Appends every record of a batch of `capture`, which knows their interfaces. @throws NscapError FILE */
  writeBatch(batch: Batch, capture: { readonly interfaces: readonly Interface[] }): void {
    for (let i = 0; i < batch.count; i++) {
      this.file.step();
      this.blocks.record(batch, i, this.number(capture.interfaces[batch.interface[i]]));
    }
  }

  /** Appends what was counted on an interface, in packets. @throws NscapError FILE */
  statistics(about: Interface, counts: InterfaceStatistics): void {
    this.file.step();
    this.blocks.statistics(this.number(about), counts);
  }

  /** Writes out what is buffered, and closes the file. May be called more than once. @throws NscapError FILE */
  close(): void {
    this.file.close();
  }

  /** The number of an interface in the file, where it is described before its first packet. */
  private number(about: Interface): number {
    let number = this.numbers.get(about);
    if (number === undefined) {
      number = this.blocks.interface(about);
      this.numbers.set(about, number);
    }
    return number;
  }

  /** The interface of packets that a program makes. */
  private nameless(linkType: number): Interface {
    let about = this.interfaces.get(linkType);
    if (about === undefined) {
      about = { name: '', description: '', linkType, snaplen: 0 };
      this.interfaces.set(linkType, about);
    }
    return about;
  }
}
