// Where the bytes of a capture file come from: a file on disk, standard input, a pipe, any readable stream.
import {
  close,
  closeSync,
  createReadStream,
  fstatSync,
  open,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { NscapError, reason } from '../errors.ts';

/** A stream of bytes, pulled. */
export interface Input {
  /** How messages call it: the path, or `standard input`. */
  readonly name: string;
  /** Bytes on disk, and how many of them have been taken; undefined where the whole is not known. */
  readonly size: number | undefined;
  readonly position: number;
  /** At the end: what was wrong with the way the bytes are packed, as `PacketSource.damage` tells it. */
  readonly damage?: string | undefined;
  /**
   * Fills `bytes` from `at` on with what there is, at least one byte, and returns how many; 0 at the end. Waits only
   * where there is nothing yet. Throws NscapError where the system cannot read.
   */
  read(bytes: Uint8Array, at: number): number | Promise<number>;
  /** The same bytes from the beginning once more; undefined where that cannot be. */
  again(): Promise<Input | undefined>;
  close(): void;
}

/** Regular files opened before privileges were given up, for reading afterwards: descriptors by path. */
const kept = new Map<string, number>();

/** Opens a file for a later `openInput`, which may then lack the right to. */
export function keepOpen(path: string): void {
  if (path === '-' || kept.has(path) || !statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  try {
    kept.set(path, openSync(path, 'r'));
  } catch {
    // Opening it says what is wrong.
  }
}

/** What is known of a file; undefined where there is none. */
export function statInput(path: string): Stats | undefined {
  const descriptor = kept.get(path);
  return descriptor === undefined ? statSync(path, { throwIfNoEntry: false }) : fstatSync(descriptor);
}

/** The bytes of a file once more, beside an `Input`. */
export function inputBytes(path: string, chunk: number): Readable {
  const fd = kept.get(path);
  const options = { highWaterMark: chunk };
  return createReadStream(path, fd === undefined ? options : { ...options, fd, autoClose: false, start: 0 });
}

/** What `keepOpen` opened, to be handed to another thread. */
export function keptOpen(): ReadonlyMap<string, number> {
  return kept;
}

/** In that thread. */
export function takeKept(files: ReadonlyMap<string, number>): void {
  for (const [path, descriptor] of files) kept.set(path, descriptor);
}

/** Opens a path; `-` is standard input. Throws NscapError where it cannot be opened. */
export async function openInput(path: string, name = path): Promise<Input> {
  if (path === '-') return standardInput();
  let descriptor: number;
  try {
    // Only what may wait for a writer is worth a thread.
    descriptor = statSync(path).isFIFO() ? await promisify(open)(path, 'r') : openSync(path, 'r');
  } catch (error) {
    const shared = kept.get(path);
    if (shared !== undefined) return new FileInput(path, shared, fstatSync(shared).size, name, true);
    throw new NscapError('FILE', `cannot open ${name}: ${reason(error)}`, { cause: error });
  }
  const stat = fstatSync(descriptor);
  if (stat.isFile()) return new FileInput(path, descriptor, stat.size, name);
  if (stat.isDirectory()) {
    close(descriptor);
    throw new NscapError('FILE', `cannot read ${name}: it is a directory`);
  }
  if (!stat.isFIFO() && !stat.isSocket())
    return new StreamInput(createReadStream(path, { fd: descriptor }), name);
  const { Socket } = await import('node:net');
  return new StreamInput(new Socket({ fd: descriptor, readable: true, writable: false }), name);
}

function standardInput(): Input {
  const name = 'standard input';
  let stat: ReturnType<typeof fstatSync>;
  try {
    stat = fstatSync(0);
  } catch (error) {
    throw new NscapError('FILE', `cannot read standard input: ${reason(error)}`, { cause: error });
  }
  if (stat.isDirectory()) throw new NscapError('FILE', 'cannot read standard input: it is a directory');
  return stat.isFile() ? new FileInput(name, 0, stat.size, name) : new StreamInput(process.stdin, name);
}

/** A regular file. Reading it blocks, for the moment the page cache takes: faster than a trip through libuv's pool. */
class FileInput implements Input {
  readonly name: string;
  readonly size: number;
  position = 0;
  private readonly path: string;
  private descriptor: number;
  private readonly shared: boolean;

  /** `shared`: others read by the same descriptor, each from a place of its own. */
  constructor(path: string, descriptor: number, size: number, name: string, shared = false) {
    this.path = path;
    this.name = name;
    this.descriptor = descriptor;
    this.size = size;
    this.shared = shared;
  }

  read(bytes: Uint8Array, at: number): number {
    // Closed while a reader waits for a packet: no more bytes.
    if (this.descriptor < 0) return 0;
    try {
      const n = readSync(this.descriptor, bytes, at, bytes.length - at, this.shared ? this.position : null);
      this.position += n;
      return n;
    } catch (error) {
      throw new NscapError('FILE', `cannot read ${this.name}: ${reason(error)}`, { cause: error });
    }
  }

  async again(): Promise<Input | undefined> {
    if (this.descriptor === 0) return undefined;
    try {
      return await openInput(this.path, this.name);
    } catch {
      return undefined;
    }
  }

  close(): void {
    if (this.descriptor > 0 && !this.shared) closeSync(this.descriptor);
    this.descriptor = -1;
  }
}

/** A pipe or any other readable stream. What has arrived is handed on at once. */
export class StreamInput implements Input {
  readonly name: string;
  readonly size = undefined;
  position = 0;
  private readonly stream: Readable;
  private rest: Uint8Array | undefined;
  private ended = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(stream: Readable, name: string) {
    this.stream = stream;
    this.name = name;
    const wake = () => this.wake?.();
    stream.on('readable', wake);
    stream.on('end', () => {
      this.ended = true;
      wake();
    });
    stream.on('close', () => {
      this.ended = true;
      wake();
    });
    stream.on('error', (error) => {
      this.failure = error;
      wake();
    });
  }

  async read(bytes: Uint8Array, at: number): Promise<number> {
    for (;;) {
      const chunk: Uint8Array | null = this.rest ?? this.stream.read();
      if (chunk !== null) {
        const n = Math.min(chunk.length, bytes.length - at);
        bytes.set(n === chunk.length ? chunk : chunk.subarray(0, n), at);
        this.rest = n === chunk.length ? undefined : chunk.subarray(n);
        this.position += n;
        return n;
      }
      if (this.failure !== undefined) {
        throw new NscapError('FILE', `cannot read ${this.name}: ${reason(this.failure)}`, {
          cause: this.failure,
        });
      }
      if (this.ended) return 0;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async again(): Promise<undefined> {
    return undefined;
  }

  close(): void {
    this.stream.destroy();
  }
}
