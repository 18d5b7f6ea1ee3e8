// What `convert` writes into each file: pcap or pcapng, with what that format can hold.
import type { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import type { Text } from '../base/text.ts';
import { NscapError } from '../errors.ts';
import { DEFAULT_SNAPLEN, PcapWriter } from '../file/pcap-writer.ts';
import { DECRYPTION_SECRETS } from '../file/pcapng.ts';
import type { ForeignBlock } from '../file/pcapng-blocks.ts';
import { commentsOf } from '../file/pcapng-options.ts';
import { PcapngWriter, type Section } from '../file/pcapng-writer.ts';
import { ETHERNET } from '../wire/linktype.ts';
import { linkTypeName } from '../wire/linktype-names.ts';

/** A format to write, one file after the other. */
export interface Writer {
  /** Another interface, known before its first packet. */
  describe(description: Interface): void;
  /** Begins a file. `batch` and `index` name the packet that will be its first, where there is one. */
  begin(text: Text, batch?: Batch, index?: number): void;
  /** Appends a packet of interface `id`, counted from 0 in the order of `describe`. */
  record(batch: Batch, index: number, id: number, comment?: string): void;
  /** Bytes that packet will take. */
  lengthOf(batch: Batch, index: number, comment?: string): number;
  /** A block to be carried over from a pcapng input. */
  block(block: ForeignBlock): void;
  /** Ends the last file. */
  end(): void;
  /** What could not be kept, a sentence each. */
  readonly notes: string[];
}

/** 2^64 nanoseconds after 1970. */
const LAST_OF_NANOSECONDS = 18_446_744_072;

export interface PcapPlan {
  /** Snapshot length for the header, in bytes; 0 or absent: that of the interfaces, at least tcpdump's own. */
  snaplen?: number;
  /** Absent: where an interface counts finer than microseconds. */
  nanoseconds?: boolean;
}

export class PcapOutput implements Writer {
  private readonly plan: PcapPlan;
  private readonly interfaces: Interface[] = [];
  private linkType = -1;
  private nanoseconds = false;
  private writer!: PcapWriter;
  private cutTimes = 0;
  private lostComments = 0;
  private lostSecrets = false;

  constructor(plan: PcapPlan) {
    this.plan = plan;
  }

  describe(description: Interface): void {
    this.interfaces.push(description);
  }

  begin(text: Text, batch?: Batch, index = 0): void {
    const { plan, interfaces } = this;
    if (this.linkType < 0) {
      this.linkType = batch?.linkType[index] ?? interfaces[0]?.linkType ?? ETHERNET;
      this.nanoseconds = plan.nanoseconds ?? interfaces.some(finerThanMicroseconds);
    }
    const snaplen = plan.snaplen || Math.max(...interfaces.map((one) => one.snaplen || DEFAULT_SNAPLEN), 1);
    this.writer = new PcapWriter(text, {
      linkType: this.linkType,
      snaplen,
      nanoseconds: this.nanoseconds,
    });
    this.writer.header();
  }

  record(batch: Batch, index: number): void {
    if (batch.linkType[index] !== this.linkType) {
      const [has, other] = [linkTypeName(this.linkType), linkTypeName(batch.linkType[index])];
      throw new NscapError('FORMAT', `a pcap file holds one link type, and after ${has} comes ${other}`, {
        hint: 'pcapng holds them all: write to a name that ends in .pcapng; or pick one interface with --interface',
      });
    }
    const seconds = batch.seconds[index];
    if (seconds < 0 || seconds > 0xffffffff) {
      throw outOfRange(
        batch,
        index,
        'pcap can hold (1970 to 2106)',
        'write to a name that ends in .pcapng, which may; or leave it out with --from and --to',
      );
    }
    if (!this.nanoseconds && batch.nanoseconds[index] % 1000 !== 0) this.cutTimes++;
    if (batch.optionsLength[index] !== 0 && commentsOf(batch, index).length > 0) this.lostComments++;
    this.writer.record(batch, index);
  }

  lengthOf(batch: Batch, index: number): number {
    return 16 + batch.captured[index];
  }

  block({ type }: ForeignBlock): void {
    if (type === DECRYPTION_SECRETS) this.lostSecrets = true;
  }

  end(): void {}

  get notes(): string[] {
    const notes: string[] = [];
    if (this.cutTimes > 0 && this.plan.nanoseconds === undefined) {
      notes.push(
        `${this.cutTimes} time stamps were cut to microseconds; --time-stamp-precision nano keeps them whole`,
      );
    }
    if (this.lostComments > 0)
      notes.push(`the comments of ${this.lostComments} packets were left out: pcap has no place for them`);
    if (this.lostSecrets) notes.push('the decryption secrets were left out: pcap has no place for them');
    return notes;
  }
}

function outOfRange(batch: Batch, index: number, range: string, hint: string): NscapError {
  const message = `packet ${batch.frame(index)} has a time, ${batch.seconds[index]} seconds after 1970, beyond what ${range}`;
  return new NscapError('FORMAT', message, { hint });
}

/** Whether times may have more than six digits after the second; a power of two has as many as its exponent. */
function finerThanMicroseconds({ resolution = 6 }: Interface): boolean {
  return (resolution & 0x80) !== 0 ? (resolution & 0x7f) > 6 : resolution > 6;
}

export class PcapngOutput implements Writer {
  readonly notes: string[] = [];
  private readonly section: Section;
  private readonly snaplen: number;
  private readonly interfaces: Interface[] = [];
  private readonly splits: boolean;
  /** Blocks for the file to begin with, and with `splits` for all that follow. */
  private blocks: ForeignBlock[] = [];
  private writer: PcapngWriter | undefined;

  /** `snaplen`: bytes that packets are cut to; 0 for none. `splits`: there may be several files. */
  constructor(section: Section, snaplen: number, splits: boolean) {
    this.section = section;
    this.snaplen = snaplen;
    this.splits = splits;
  }

  describe(description: Interface): void {
    this.interfaces.push(description);
    if (this.writer !== undefined) this.write(description);
  }

  begin(text: Text): void {
    this.writer = new PcapngWriter(text);
    this.writer.section(this.section);
    for (const one of this.interfaces) this.write(one);
    for (const { type, body } of this.blocks) this.writer.block(type, body);
    if (!this.splits) this.blocks = [];
  }

  block(block: ForeignBlock): void {
    if (this.splits || this.writer === undefined) this.blocks.push(block);
    this.writer?.block(block.type, block.body);
  }

  record(batch: Batch, index: number, id: number, comment?: string): void {
    const seconds = batch.seconds[index];
    if (seconds < 0 || (seconds > LAST_OF_NANOSECONDS && finerThanMicroseconds(this.interfaces[id]))) {
      throw outOfRange(
        batch,
        index,
        'pcapng can hold in nanoseconds (1970 to 2554)',
        'leave it out with --from and --to',
      );
    }
    this.writer!.record(batch, index, id, comment);
  }

  lengthOf(batch: Batch, index: number, comment?: string): number {
    const options =
      batch.optionsLength[index] > 0 ? batch.optionsLength[index] + 4 : batch.flags[index] === 0 ? 0 : 12;
    // An option's code and length, its padding, and the end of options.
    const commented = comment === undefined ? 0 : 12 + Buffer.byteLength(comment);
    return 32 + ((batch.captured[index] + 3) & ~3) + options + commented;
  }

  end(): void {
    this.interfaces.forEach(({ statistics }, id) => {
      if (statistics !== undefined) this.writer!.statistics(id, statistics);
    });
  }

  private write(description: Interface): void {
    const { snaplen } = this;
    const cut = snaplen > 0 && (description.snaplen === 0 || description.snaplen > snaplen);
    // Microseconds stay so: they say how much of a time means something, and reach further.
    this.writer!.interface(
      cut ? { ...description, snaplen } : description,
      finerThanMicroseconds(description) ? 9 : 6,
    );
  }
}
