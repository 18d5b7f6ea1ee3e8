// A live capture straight into a pcap file: libpcap's loop fills a buffer, and JavaScript only writes its whole records.
import { ftruncateSync, writevSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Interface } from '../base/interface.ts';
import { CallbackStream, LITTLE_ENDIAN } from '../binding/libc.ts';
import type { Counters, Handle } from '../binding/libpcap.ts';
import { cannotWrite, NscapError } from '../errors.ts';
import { FILE_HEADER_LENGTH, RECORD_HEADER_LENGTH } from '../file/pcap.ts';
import type { LiveCapture, Tally } from './live.ts';

/** stdio's buffer, in bytes: with 4 KiB, stdio's own choice, a third of the CPU goes into calls of write(2). */
const BUFFER_SIZE = 1 << 20;
/** Packets until libpcap's loop returns by itself. */
const STRIDE = 1 << 18;
/** Milliseconds between two looks at a ring that is being emptied. */
const STEP = 5;
/** Milliseconds between two looks whether packets wait in the buffer. */
const LOOK = 500;

/** Records what an interface captures in a regular file. */
export class Recorder implements LiveCapture {
  readonly interfaces: readonly Interface[];
  gone: string[] = [];
  /** Bytes in the file: the header and whole records, `captured` of them. */
  size = 0;
  private captured = 0;
  private readonly handle: Handle;
  private readonly descriptor: number;
  private readonly path: string;
  private readonly limit: number;
  private readonly stream: CallbackStream;
  /** The beginning of a record whose rest stdio has not handed over yet. */
  private carry = new Uint8Array(4096);
  private carried = 0;
  private counters: Counters | undefined;
  private stopping = false;
  private ended = false;
  /** Why writing failed. */
  private failure: NscapError | undefined;
  /** The kernel's count of packets, and the file's size, at the last look. */
  private received = 0;
  private written = 0;
  /** Packets may wait in the buffer. */
  private waiting = false;
  private deadline = 0;
  private refreshed: (() => void)[] = [];

  /** Takes over the handle, and the descriptor of an empty regular file. Ends by itself after `limit` packets. */
  constructor(
    handle: Handle,
    description: Interface,
    descriptor: number,
    path: string,
    limit = Number.POSITIVE_INFINITY,
  ) {
    this.handle = handle;
    this.interfaces = [description];
    this.descriptor = descriptor;
    this.path = path;
    this.limit = limit;
    this.stream = new CallbackStream(BUFFER_SIZE, (bytes) => this.take(bytes));
    handle.writeHeader(this.stream.file);
    handle.setBlocking(true);
    this.stream.flush();
  }

  /**
   * Captures until `stop`, the limit, or the end of the interface. Throws NscapError where writing fails or libpcap
   * does; the file then still holds whole records only.
   */
  async run(): Promise<void> {
    const { handle, stream } = this;
    const timer = setInterval(() => this.look(), LOOK);
    let thrown: unknown;
    try {
      while (this.captured < this.limit && !this.stopping && this.failure === undefined) {
        await handle.loop(Math.min(STRIDE, this.limit - this.captured), stream.file);
        this.settle();
      }
    } catch (error) {
      if (error instanceof NscapError && error.code === 'INTERFACE_GONE') {
        this.gone = [this.interfaces[0]!.name];
        this.deadline = Date.now() + this.patience;
      } else thrown = error;
    }
    await this.drain();
    clearInterval(timer);
    this.ended = true;
    this.settle();
    this.counters = handle.statistics();
    handle.close();
    stream.close();
    if (this.failure !== undefined) throw this.failure;
    if (thrown !== undefined) throw thrown;
  }

  /** Lets no further packet in, and ends when those in the kernel's ring are written. */
  stop(): void {
    if (this.stopping || this.ended) return;
    this.stopping = true;
    this.handle.refuse();
    this.deadline = Date.now() + this.patience;
    setTimeout(() => this.ended || this.handle.breakLoop(), this.patience);
  }

  /** The kernel hands over a block of packets when it is full or old enough: after two such times there is none left. */
  private get patience(): number {
    return 2 * this.handle.options.timeout + 30;
  }

  tallies(): Tally[] {
    return [{ captured: this.captured, ...(this.counters ?? this.handle.statistics()) }];
  }

  /** Breaks the loop to have everything that libpcap has taken written and counted. */
  refresh(): Promise<void> {
    if (this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.refreshed.push(resolve);
      this.handle.breakLoop();
    });
  }

  /** Takes what is still in the ring, and what comes into it until the deadline. */
  private async drain(): Promise<void> {
    this.handle.setBlocking(false);
    this.settle();
    while (this.captured < this.limit && this.failure === undefined) {
      const count = Math.min(STRIDE, this.limit - this.captured);
      // An interface that is gone says so again; its packets are in the ring all the same.
      const packets = await this.handle.dispatch(count, this.stream.file).catch(() => 0);
      this.settle();
      if (packets !== 0) continue;
      if (Date.now() >= this.deadline) return;
      await sleep(STEP);
    }
  }

  /**
   * Breaks the loop where packets wait in the buffer and do not fill it: whoever kills us with -9 finds in the file
   * what is more than a second old.
   */
  private look(): void {
    if (this.stopping) return;
    const { received } = this.handle.statistics();
    const { size } = this;
    const more = received !== this.received;
    const filled = size !== this.written;
    this.received = received;
    this.written = size;
    if (more) this.waiting = true;
    if (!this.waiting || filled) return;
    this.handle.breakLoop();
    // Those in the kernel's ring are counted before they are in the buffer.
    this.waiting = more;
  }

  /** Has the buffer written out, between two loops. */
  private settle(): void {
    this.stream.flush();
    for (const tell of this.refreshed.splice(0)) tell();
  }

  /** Takes what stdio hands over, and writes its whole records: kill -9 finds no part of one in the file. */
  private take(bytes: Uint8Array): boolean {
    if (this.failure !== undefined) return false;
    const begin = this.complete(bytes);
    if (this.carried < this.carriedLength && this.carried > 0) return true;
    const [end, count] = wholeRecords(bytes, this.size === 0 ? FILE_HEADER_LENGTH : begin);
    if (!this.write([this.carry.subarray(0, this.carried), bytes.subarray(begin, end)])) return false;
    this.captured += count + (this.carried > 0 ? 1 : 0);
    this.carried = 0;
    this.keep(bytes.subarray(end));
    return true;
  }

  /** Completes the record whose beginning came before; returns how many of the bytes it took. */
  private complete(bytes: Uint8Array): number {
    if (this.carried === 0) return 0;
    let taken = 0;
    // The record's header first, which has its length.
    while (this.carried < this.carriedLength && taken < bytes.length) {
      const part = bytes.subarray(taken, taken + this.carriedLength - this.carried);
      this.keep(part);
      taken += part.length;
    }
    return taken;
  }

  /** Bytes of the record that `carry` has the beginning of, or of its header where that is not complete. */
  private get carriedLength(): number {
    if (this.carried < RECORD_HEADER_LENGTH) return RECORD_HEADER_LENGTH;
    return RECORD_HEADER_LENGTH + new DataView(this.carry.buffer).getUint32(8, LITTLE_ENDIAN);
  }

  private keep(bytes: Uint8Array): void {
    const end = this.carried + bytes.length;
    if (end > this.carry.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.carry);
      this.carry = larger;
    }
    this.carry.set(bytes, this.carried);
    this.carried = end;
  }

  /** Writes whole records. Where that fails, cuts the file behind the last that is whole. */
  private write(parts: Uint8Array[]): boolean {
    let left = parts.filter(({ length }) => length > 0);
    let written = 0;
    try {
      while (left.length > 0) {
        let more = writevSync(this.descriptor, left);
        written += more;
        left = left.flatMap((part) => {
          const rest = part.subarray(more);
          more -= part.length - rest.length;
          return rest.length === 0 ? [] : [rest];
        });
      }
      this.size += written;
      return true;
    } catch (error) {
      this.fail(error, Buffer.concat(parts).subarray(0, written));
      return false;
    }
  }

  /** `written`: what a write that failed has left behind the last whole record. */
  private fail(error: unknown, written: Uint8Array): void {
    // Of the file's header a part is no use.
    const [end, count] = this.size === 0 ? [0, 0] : wholeRecords(written, 0);
    this.size += end;
    this.captured += count;
    ftruncateSync(this.descriptor, this.size);
    this.failure = new NscapError('FILE', cannotWrite(this.path, error).message, {
      hint: `what was captured before is whole: ${this.captured} packets`,
    });
    this.handle.breakLoop();
  }
}

/** Where the last whole record ends, and how many there are from `at` on. */
function wholeRecords(bytes: Uint8Array, at: number): [end: number, count: number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = at;
  let count = 0;
  while (end + RECORD_HEADER_LENGTH <= bytes.length) {
    const next = end + RECORD_HEADER_LENGTH + view.getUint32(end + 8, LITTLE_ENDIAN);
    if (next > bytes.length) break;
    end = next;
    count++;
  }
  return [end, count];
}
