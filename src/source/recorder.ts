// A live capture straight into a pcap file: libpcap's loop writes to a stdio stream, and no JavaScript runs for packets.
import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Interface } from '../base/interface.ts';
import { FileStream, LITTLE_ENDIAN, lastFailure } from '../binding/libc.ts';
import type { Counters, Handle } from '../binding/libpcap.ts';
import { NscapError, reason } from '../errors.ts';
import { FILE_HEADER_LENGTH, RECORD_HEADER_LENGTH } from '../file/pcap.ts';
import type { LiveCapture, Tally } from './live.ts';

/** stdio's buffer, in bytes. It is flushed by us, at the end of a record, before it is full. */
const BUFFER_SIZE = 1 << 20;
/** Bytes after which it is flushed: with 4 KiB, stdio's own choice, a third of the CPU goes into calls of write(2). */
const FLUSHED_SIZE = 1 << 18;
/** Bytes read at a time to count records. */
const CHUNK_SIZE = 1 << 18;
/** Packets until libpcap's loop returns by itself: at first, while their size is not known, and at most. */
const FIRST_STRIDE = 16;
const LONGEST_STRIDE = 4096;
/** Bytes that show whether a file can grow; they are cut off again. */
const PROBE = 4096;
/** Milliseconds between two looks at a ring that is being emptied. */
const STEP = 5;
/** Milliseconds between two looks at whether writing still goes well. */
const LOOK = 500;

/** Records what an interface captures in a regular file. */
export class Recorder implements LiveCapture {
  readonly interfaces: readonly Interface[];
  gone: string[] = [];
  /** Packets written, as far as that is known: libpcap tells now and then. Exact at the end. */
  private captured = 0;
  private readonly handle: Handle;
  private readonly descriptor: number;
  private readonly path: string;
  private readonly limit: number;
  private readonly stream: FileStream;
  private counters: Counters | undefined;
  private stopping = false;
  private ended = false;
  /** Why writing failed, in the system's words. */
  private failure: string | undefined;
  /** Bytes at the file's beginning that are the header and `captured` whole records. */
  private whole = FILE_HEADER_LENGTH;
  private received = 0;
  private written = 0;
  /** Packets may wait in the buffer. */
  private waiting = false;
  private deadline = 0;
  private refreshed: (() => void)[] = [];
  /**
   * Packets until libpcap's loop is to return, so that the buffer can be flushed where a record ends: kill -9 then finds
   * no part of one in the file. stdio by itself flushes wherever its buffer is full.
   */
  private stride = FIRST_STRIDE;

  /**
   * Takes over the handle, and the descriptor of an empty regular file that may be read as well as written. Ends by
   * itself after `limit` packets.
   */
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
    this.stream = new FileStream(descriptor, BUFFER_SIZE);
    handle.writeHeader(this.stream.file);
    handle.setBlocking(true);
    this.settle();
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
        const count = Math.min(this.stride, this.limit - this.captured);
        const all = await handle.loop(count, stream.file);
        // Once a write fails, pcap_dump writes nothing more: how many packets made it into the file, only that can tell.
        if (!all || stream.failed) this.settle();
        else this.flush(count);
        for (const tell of this.refreshed.splice(0)) tell();
      }
    } catch (error) {
      if (error instanceof NscapError && error.code === 'INTERFACE_GONE') {
        this.gone = [this.interfaces[0].name];
        this.deadline = performance.now() + this.patience;
      } else thrown = error;
    }
    await this.drain();
    clearInterval(timer);
    this.ended = true;
    this.settle();
    for (const tell of this.refreshed.splice(0)) tell();
    this.counters = handle.statistics();
    handle.close();
    stream.close();
    if (this.failure !== undefined) {
      // Whatever the closing of the stream has still brought out is behind the last whole record, and goes.
      ftruncateSync(this.descriptor, this.whole);
      throw new NscapError('FILE', `cannot write ${this.path}: ${this.failure}`, {
        hint: `what was captured before is whole: ${this.captured} packets`,
      });
    }
    if (thrown !== undefined) throw thrown;
  }

  /** Lets no further packet in, and ends when those in the kernel's ring are written. */
  stop(): void {
    if (this.stopping || this.ended) return;
    this.stopping = true;
    this.handle.refuse();
    this.deadline = performance.now() + this.patience;
    setTimeout(() => this.ended || this.handle.breakLoop(), this.patience);
  }

  /** The kernel hands over a block of packets when it is full or old enough: after two such times there is none left. */
  private get patience(): number {
    return 2 * this.handle.options.timeout + 30;
  }

  tallies(): Tally[] {
    return [{ captured: this.captured, ...(this.counters ?? this.handle.statistics()) }];
  }

  /** Breaks the loop to learn how many packets there were; what the kernel counts is not always what libpcap takes. */
  refresh(): Promise<void> {
    if (this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.refreshed.push(resolve);
      this.handle.breakLoop();
    });
  }

  /** Bytes in the file so far. */
  get size(): number {
    return fstatSync(this.descriptor).size;
  }

  /** Takes what is still in the ring, and what comes into it until the deadline. */
  private async drain(): Promise<void> {
    this.handle.setBlocking(false);
    while (this.captured < this.limit && this.failure === undefined) {
      const count = Math.min(this.stride, this.limit - this.captured);
      // An interface that is gone says so again; its packets are in the ring all the same.
      const packets = await this.handle.dispatch(count, this.stream.file).catch(() => 0);
      if (packets === 0) {
        if (performance.now() >= this.deadline) return;
        await sleep(STEP);
      } else if (packets < 0 || this.stream.failed) this.settle();
      else this.flush(packets);
    }
  }

  /**
   * Breaks the loop where writing fails, and where packets wait in the buffer and do not fill it: whoever kills us with
   * -9 finds in the file what is more than a second old.
   */
  private look(): void {
    if (this.stream.failed) this.handle.breakLoop();
    if (this.stopping || this.stream.failed) return;
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

  /** Writes the buffer out, which `packets` whole records have come into since the last time. */
  private flush(packets: number): void {
    if (!this.stream.flush()) {
      this.settle();
      return;
    }
    const { length } = this.stream;
    const average = (length - this.whole) / packets;
    this.captured += packets;
    this.whole = length;
    this.stride = Math.max(1, Math.min(LONGEST_STRIDE, Math.floor(FLUSHED_SIZE / average)));
  }

  /** Why a write by libpcap failed, which libpcap does not report: what happens when we try. */
  private reason(): string {
    try {
      writeSync(this.descriptor, new Uint8Array(PROBE), 0, PROBE, this.size);
      return 'writing failed';
    } catch (error) {
      return reason(error);
    }
  }

  /** Writes the buffer out, and counts the whole records that have come since it was last known how many there are. */
  private settle(): void {
    if (this.failure !== undefined) return;
    const flushed = this.stream.flush();
    const words = flushed ? undefined : lastFailure().words;
    this.count(this.size);
    if (!flushed || this.stream.failed) this.failure = words ?? this.reason();
  }

  private count(size: number): void {
    const chunk = new DataView(new ArrayBuffer(CHUNK_SIZE));
    let start = this.whole;
    let end = start;
    for (;;) {
      if (this.whole + RECORD_HEADER_LENGTH > end) {
        start = this.whole;
        end = start + readSync(this.descriptor, chunk, 0, chunk.byteLength, start);
        if (start + RECORD_HEADER_LENGTH > end) return;
      }
      const length = RECORD_HEADER_LENGTH + chunk.getUint32(this.whole - start + 8, LITTLE_ENDIAN);
      if (this.whole + length > size) return;
      this.whole += length;
      this.captured++;
    }
  }
}
