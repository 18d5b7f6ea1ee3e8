// The few functions of the C library that capturing needs, and stdio streams for pcap_dump to write to.
import { getSystemErrorMap } from 'node:util';
import { NscapError } from '../errors.ts';
import { koffi } from './load.ts';

/** A pointer into the process's memory, such as a `FILE *` or a `pcap_t *`. */
export type Pointer = bigint;

interface Functions {
  openMemoryStream(pointer: Uint8Array, size: Uint8Array): Pointer | null;
  duplicate(descriptor: number): number;
  openDescriptor(descriptor: number, mode: string): Pointer | null;
  setBuffer(file: Pointer, buffer: Uint8Array, mode: number, size: number): number;
  setLocking(file: Pointer, type: number): number;
  flush(file: Pointer): number;
  close(file: Pointer): number;
  failed(file: Pointer): number;
  tell(file: Pointer): number | bigint;
  seek(file: Pointer, offset: number, whence: number): number;
  copy(to: Uint8Array, from: Pointer, length: number): Pointer;
  eventDescriptor(initial: number, flags: number): number;
  poll: {
    async(
      descriptors: Uint8Array,
      count: number,
      milliseconds: number,
      done: (error: Error | null, ready: number) => void,
    ): void;
  };
  setSocketOption(descriptor: number, level: number, name: number, value: object, length: number): number;
  interfaceIndex(name: string): number;
  fileControl(descriptor: number, command: number, type: 'int', value: number): number;
  execute(file: string, argv: (string | null)[]): number;
  /** What the C library calls an error: `Network is unreachable`. */
  errorWords(errno: number): string;
}

let functions: Functions | undefined;

/** The C library's functions, by what they are for. */
export function libc(): Functions {
  if (functions !== undefined) return functions;
  const library = koffi().load(null);
  functions = {
    openMemoryStream: library.func('void *open_memstream(void *, void *)'),
    duplicate: library.func('int dup(int)'),
    openDescriptor: library.func('void *fdopen(int, const char *)'),
    setBuffer: library.func('int setvbuf(void *, void *, int, size_t)'),
    setLocking: library.func('int __fsetlocking(void *, int)'),
    flush: library.func('int fflush(void *)'),
    close: library.func('int fclose(void *)'),
    failed: library.func('int ferror(void *)'),
    tell: library.func('long ftell(void *)'),
    seek: library.func('int fseek(void *, long, int)'),
    copy: library.func('void *memcpy(void *, void *, size_t)'),
    eventDescriptor: library.func('int eventfd(unsigned int, int)'),
    poll: library.func('int poll(void *, unsigned long, int)') as unknown as Functions['poll'],
    setSocketOption: library.func('int setsockopt(int, int, int, void *, unsigned int)'),
    interfaceIndex: library.func('unsigned int if_nametoindex(const char *)'),
    fileControl: library.func('int fcntl(int, int, ...)'),
    errorWords: library.func('const char *strerror(int)'),
    execute: library.func('int execvp(const char *, const char **)'),
  };
  return functions;
}

/** What the last failed C function says of it: `No space left on device`. */
export function lastFailure(): { code: string; words: string } {
  const [code, words] = getSystemErrorMap().get(-koffi().errno()) ?? ['UNKNOWN', `error ${koffi().errno()}`];
  return { code, words };
}

/** stdio's FSETLOCKING_BYCALLER: a stream has one user at a time here, so it needs no lock for each packet. */
const BY_CALLER = 2;

/** A stdio stream in memory that grows as it is written to: `file` is for C functions, `take` for us. */
export class MemoryStream {
  readonly file: Pointer;
  /** open_memstream keeps the address and the length here whenever the stream is flushed. */
  private readonly where = new BigUint64Array(2);
  private readonly whereView = new DataView(this.where.buffer);

  constructor() {
    const bytes = new Uint8Array(this.where.buffer);
    const file = libc().openMemoryStream(bytes, bytes.subarray(8));
    if (file === null) throw new NscapError('MEMORY', `no memory stream: ${lastFailure().words}`);
    libc().setLocking(file, BY_CALLER);
    this.file = file;
  }

  /** Bytes written since the last `take`, copied to `to`, which is replaced where it is too small. Empties the stream. */
  take(to: Uint8Array): { bytes: Uint8Array; length: number } {
    const { flush, copy, seek, failed } = libc();
    if (flush(this.file) !== 0 || failed(this.file) !== 0) {
      throw new NscapError('MEMORY', 'there is no memory for the packets captured');
    }
    const length = this.word(8);
    const bytes = length <= to.length ? to : new Uint8Array(Math.max(length, to.length * 2));
    if (length > 0) copy(bytes, BigInt(this.word(0)), length);
    seek(this.file, 0, 0);
    return { bytes, length };
  }

  /** A pointer or a size_t, as wide as they are here. */
  private word(at: number): number {
    return koffi().sizeof('void *') === 8
      ? Number(this.whereView.getBigUint64(at, LITTLE_ENDIAN))
      : this.whereView.getUint32(at, LITTLE_ENDIAN);
  }

  close(): void {
    libc().close(this.file);
  }
}

/** Byte order of this machine, which C structures and libpcap's records have. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** A fully buffered stdio stream over a file descriptor, which stays the caller's: the stream has a copy of it. */
export class FileStream {
  readonly file: Pointer;
  /** Ours, and kept for as long as the stream: glibc ignores the size where it is to find a buffer by itself. */
  private readonly buffer: Uint8Array;

  constructor(descriptor: number, bufferSize: number) {
    const copy = libc().duplicate(descriptor);
    const file = copy < 0 ? null : libc().openDescriptor(copy, 'w');
    if (file === null) throw new NscapError('FILE', `no stream for the file: ${lastFailure().words}`);
    this.buffer = new Uint8Array(bufferSize);
    libc().setBuffer(file, this.buffer, 0, bufferSize);
    libc().setLocking(file, BY_CALLER);
    this.file = file;
  }

  /** Whether a write has failed, such as on a full disk. What came after the failure was not written. */
  get failed(): boolean {
    return libc().failed(this.file) !== 0;
  }

  /** Bytes written, those still in the buffer included. */
  get length(): number {
    return Number(libc().tell(this.file));
  }

  /** Hands the buffer to the kernel. Returns whether that went well; `lastFailure` then says why not. */
  flush(): boolean {
    return libc().flush(this.file) === 0;
  }

  /** Flushes and closes. Returns whether that went well. */
  close(): boolean {
    return libc().close(this.file) === 0;
  }
}
