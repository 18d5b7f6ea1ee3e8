// Packets from a capture file.
import type { Readable } from 'node:stream';
import { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import { NscapError } from '../errors.ts';
import { FILE_HEADER_LENGTH, isPcap, PcapParser } from '../file/pcap.ts';
import type { ForeignBlock } from '../file/pcapng-blocks.ts';
import { isPcapng, PcapngParser } from '../file/pcapng-parser.ts';
import type { Section } from '../file/pcapng-writer.ts';
import type { Parser } from '../file/record.ts';
import { type Input, openInput, StreamInput } from './input.ts';
import type { PacketSource } from './source.ts';

/**
 * Room for a batch of small packets that stays in the second-level cache between the copy from the page cache and the
 * analysis; grows only where a packet is larger, and only as its bytes arrive.
 */
const BUFFER_SIZE = 1 << 18;
const MAGIC_LENGTH = 4;
/** Read to see what the file is: little, since of a compressed file it goes through zlib in one piece. */
const FIRST_READ = 4096;

/** How a file is to be opened. */
export interface OpenOptions {
  /** Called with each block that a copy of a pcapng file should have as well: names and secrets. */
  keep?: (block: ForeignBlock) => void;
  /** Deliver as records also the blocks of pcapng that are no packets, but frames to Wireshark (base/record-kind.ts). */
  allRecords?: boolean;
  /** What messages call the file (default: its path). */
  name?: string;
}

/** A capture file as a source, and what the file tells beyond packets. */
export interface CaptureFile extends PacketSource {
  readonly format: 'pcap' | 'pcapng';
  /** Section headers of a pcapng file met so far; one empty section for pcap. */
  readonly sections: readonly Section[];
}

/**
 * Opens a capture file: pcap or pcapng, as its first bytes say, as it is or compressed with gzip; `-` is standard
 * input. Packets of a pipe are delivered as they arrive. Throws NscapError where it cannot be read (FILE) or is no
 * capture (FORMAT).
 */
export async function openFile(path: string, options: OpenOptions = {}): Promise<CaptureFile> {
  return openCapture(await openInput(path, options.name), options);
}

/** The same from a readable stream of bytes; `name` is what messages call it. Closing the source destroys the stream. */
export async function openStream(stream: Readable, name: string): Promise<CaptureFile> {
  return openCapture(new StreamInput(stream, name), {});
}

async function openCapture(input: Input, options: OpenOptions): Promise<CaptureFile> {
  try {
    return await identify(input, options);
  } catch (error) {
    input.close();
    throw error;
  }
}

async function identify(raw: Input, options: OpenOptions): Promise<CaptureFile> {
  let input = raw;
  const buffer = new Uint8Array(BUFFER_SIZE);
  const view = new DataView(buffer.buffer);
  let end = await atLeast(input, buffer.subarray(0, FIRST_READ), 0, MAGIC_LENGTH);
  const inner = plain(view, end) ? undefined : await unpacked(input, buffer.subarray(0, end));
  if (inner !== undefined) {
    input = inner;
    end = await atLeast(input, buffer, 0, MAGIC_LENGTH);
  }
  if (end === 0) {
    throw new NscapError(
      'FORMAT',
      `${input.name} is ${input.damage ?? 'empty: it holds not even a file header'}`,
    );
  }
  if (end >= MAGIC_LENGTH && isPcapng(view)) {
    const parser = new PcapngParser();
    parser.keep = options.keep;
    parser.allRecords = options.allRecords === true;
    return FileSource.open(input, 'pcapng', parser, buffer, 0, end);
  }
  if (end < MAGIC_LENGTH || !isPcap(view)) {
    throw new NscapError('FORMAT', `${input.name} is not a capture file`, {
      hint: 'a capture begins with the magic number of pcap or pcapng; this begins with none of them',
    });
  }
  end = await atLeast(input, buffer, end, FILE_HEADER_LENGTH);
  if (end < FILE_HEADER_LENGTH) throw cutHeader(input, end);
  let parser: PcapParser;
  try {
    parser = new PcapParser(view);
  } catch (error) {
    throw new NscapError('FORMAT', `${input.name}: ${(error as Error).message}`);
  }
  end = await atLeast(input, buffer, end, parser.headerLength);
  if (end < parser.headerLength) throw cutHeader(input, end);
  return FileSource.open(input, 'pcap', parser, buffer, parser.headerLength, end);
}

function plain(view: DataView, end: number): boolean {
  return end >= MAGIC_LENGTH && (isPcapng(view) || isPcap(view));
}

async function unpacked(input: Input, head: Uint8Array): Promise<Input | undefined> {
  return (await import('./compressed.ts')).unpacked(input, head);
}

function cutHeader(input: Input, end: number): NscapError {
  return new NscapError('FORMAT', `${input.name} is cut short at byte ${end}, in the file header`);
}

/** Reads until `wanted` bytes are there, or the input ends. Returns how many there are. */
async function atLeast(input: Input, buffer: Uint8Array, end: number, wanted: number): Promise<number> {
  while (end < wanted) {
    const n = await input.read(buffer, end);
    if (n === 0) break;
    end += n;
  }
  return end;
}

class FileSource implements CaptureFile {
  readonly format: 'pcap' | 'pcapng';
  damage: string | undefined;
  truncated = false;
  private readonly input: Input;
  private readonly parser: Parser;
  private readonly batch = new Batch();
  private buffer: Uint8Array;
  /** What of the buffer is still to be parsed: from `at` up to before `end`; `at` may lie beyond, on what is passed over. */
  private at: number;
  private end: number;
  /** Where in the file the buffer begins. */
  private fileOffset = 0;
  /** True while the batch holds packets that were read while opening. */
  private ready = false;
  private finished = false;

  private constructor(
    input: Input,
    format: 'pcap' | 'pcapng',
    parser: Parser,
    buffer: Uint8Array,
    at: number,
    end: number,
  ) {
    this.input = input;
    this.format = format;
    this.parser = parser;
    this.buffer = buffer;
    this.at = at;
    this.end = end;
  }

  /** Reads on until an interface is known, so that a caller can ask for its link type at once. */
  static async open(
    input: Input,
    format: 'pcap' | 'pcapng',
    parser: Parser,
    buffer: Uint8Array,
    at: number,
    end: number,
  ): Promise<FileSource> {
    const source = new FileSource(input, format, parser, buffer, at, end);
    source.batch.reset(buffer, 1);
    while (parser.interfaces.length === 0) {
      const begun = source.fileOffset + source.at;
      source.ready = source.parse();
      if (parser.interfaces.length > 0 || source.ready) break;
      if (parser.damage !== undefined || !(await source.refill())) {
        source.finish();
        if (begun === 0 && source.damage !== undefined) {
          throw new NscapError('FORMAT', `${input.name} is ${source.damage}`);
        }
        break;
      }
    }
    return source;
  }

  get interfaces(): readonly Interface[] {
    return this.parser.interfaces;
  }

  get sections(): readonly Section[] {
    return this.parser instanceof PcapngParser ? this.parser.sections : [{}];
  }

  get progress(): number | undefined {
    const { size, position } = this.input;
    return size === undefined ? undefined : position / size;
  }

  async next(): Promise<Batch | null> {
    const batch = this.batch;
    if (this.ready) {
      this.ready = false;
      return batch;
    }
    if (this.finished) return null;
    batch.reset(this.buffer, batch.first + batch.count);
    for (;;) {
      if (this.parse()) return batch;
      if (this.parser.damage !== undefined || !(await this.refill())) {
        this.finish();
        return null;
      }
    }
  }

  async close(): Promise<void> {
    this.finished = true;
    this.input.close();
  }

  /** Parses what is in the buffer; true where that gave packets. */
  private parse(): boolean {
    if (this.at < this.end) this.at = this.parser.fill(this.batch, this.at, this.end);
    return this.batch.count > 0;
  }

  /** Gets more bytes behind those still to be parsed; false at the end of the file. */
  private async refill(): Promise<boolean> {
    if (this.at >= this.end) {
      // All is parsed, and perhaps more than that is passed over.
      this.fileOffset += this.end;
      this.at -= this.end;
      this.end = 0;
    } else if (this.at > 0) {
      this.buffer.copyWithin(0, this.at, this.end);
      this.fileOffset += this.at;
      this.end -= this.at;
      this.at = 0;
    }
    if (this.end === this.buffer.length) {
      // Full of one record that is not whole: as much again, so that what a file says costs no more than what it holds.
      const larger = new Uint8Array(
        Math.min(this.buffer.length * 2, Math.max(this.parser.needed, this.buffer.length + 1)),
      );
      larger.set(this.buffer);
      this.buffer = larger;
      this.batch.reset(larger, this.batch.first);
    }
    const read = await this.input.read(this.buffer, this.end);
    this.end += read;
    return read > 0;
  }

  private finish(): void {
    this.finished = true;
    const { input, parser } = this;
    const at = this.fileOffset + this.at;
    const end = this.fileOffset + this.end;
    if (input.damage !== undefined) this.damage = input.damage;
    else if (parser.damage !== undefined) this.damage = `damaged at byte ${at}: ${parser.damage}`;
    else if (at > end) this.damage = `cut short at byte ${end}, in a block that goes on to byte ${at + 4}`;
    else if (at < end) {
      this.truncated = true;
      this.damage = `cut short at byte ${end}: the record that begins at byte ${at} has ${end - at} of ${parser.needed} bytes`;
    }
    this.input.close();
  }
}
