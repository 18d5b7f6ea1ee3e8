// A live capture straight into a pcap file: libpcap's loop writes to a stdio stream, and no JavaScript runs for packets.
import { closeSync, fstatSync, ftruncateSync, readSync } from 'node:fs';
import { FileStream, lastFailure } from '../binding/libc.ts';
import type { Counters, Handle } from '../binding/libpcap.ts';
import { NscapError } from '../errors.ts';
import { FILE_HEADER_LENGTH, RECORD_HEADER_LENGTH } from '../file/pcap.ts';
import type { LiveCapture } from './live.ts';

/** stdio's buffer, in bytes. */
const BUFFER_SIZE = 1 << 18;
/** Packets until libpcap's loop returns, and it is known again how many there were. */
const STRIDE = 1 << 16;
/** Milliseconds between two looks at whether writing still goes well. */
const LOOK = 250;
/** Milliseconds after which packets that wait in the buffer are written, when no further ones come. */
const IDLE = 1000;

/** Records what an interface captures in a regular file. */
export class Recorder implements LiveCapture {
  captured = 0;
  private readonly handle: Handle;
  private readonly descriptor: number;
  private readonly path: string;
  private readonly limit: number;
  private readonly stream: FileStream;
  private counters: Counters | undefined;
  private stopping = false;
  private failed = false;
  /** Bytes of the file that are known to be whole records, `captured` of them. */
  private counted = FILE_HEADER_LENGTH;
  private ended = false;

  /**
   * Takes over the handle and the descriptor of an empty regular file that may be read as well as written. Ends by
   * itself after `limit` packets.
   */
  constructor(handle: Handle, descriptor: number, path: string, limit = Number.POSITIVE_INFINITY) {
    this.handle = handle;
    this.descriptor = descriptor;
    this.path = path;
    this.limit = limit;
    this.stream = new FileStream(descriptor, BUFFER_SIZE);
    handle.writeHeader(this.stream.file);
    handle.setBlocking(true);
    this.stream.flush();
  }

  /** Captures until `stop`, the limit, or the end of the interface. Throws NscapError; the file is whole even then. */
  async run(): Promise<void> {
    const { handle, stream } = this;
    const timer = setInterval(() => this.look(), LOOK);
    let failure: unknown;
    try {
      while (this.captured < this.limit && !this.stopping && !this.failed) {
        const count = Math.min(STRIDE, this.limit - this.captured);
        if (await handle.loop(count, stream.file)) {
          this.captured += count;
          this.counted = stream.length;
        } else this.settle();
      }
      if (this.captured < this.limit && !this.failed) await this.drain();
    } catch (error) {
      failure = error;
    }
    clearInterval(timer);
    this.counters = handle.statistics();
    this.settle();
    this.ended = true;
    const words = this.failed ? lastFailure().words : '';
    handle.close();
    if (!stream.close() && !this.failed) throw new NscapError('FILE', `cannot write ${this.path}: ${lastFailure().words}`);
    if (this.failed) throw new NscapError('FILE', `cannot write ${this.path}: ${words}`, { hint: 'what was written before is whole' });
    if (failure !== undefined) throw failure;
  }

  stop(): void {
    if (this.stopping || this.ended) return;
    this.stopping = true;
    this.handle.refuse();
    // The kernel hands over a block of packets when it is full or old enough; two such times are enough for the last.
    setTimeout(() => this.ended || this.handle.breakLoop(), 2 * this.handle.options.timeout + 30);
  }

  statistics(): Counters {
    return this.counters ?? this.handle.statistics();
  }

  /** What came between the last break of the loop and the end. */
  private async drain(): Promise<void> {
    this.handle.setBlocking(false);
    while (this.captured < this.limit) {
      const count = await this.handle.dispatch(Math.min(STRIDE, this.limit - this.captured), this.stream.file);
      if (count === 0) break;
      this.captured += count;
      this.counted = this.stream.length;
    }
  }
}
