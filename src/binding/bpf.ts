// bpf(2): maps, programs and raw tracepoints by system call, without libbpf and without a compiler.
import { NscapError } from '../errors.ts';
import { LITTLE_ENDIAN, lastFailure } from './libc.ts';
import { koffi } from './load.ts';

/** The system call's number on each architecture that koffi has a build for. */
const SYS_BPF: Record<string, number> = {
  x64: 321,
  arm64: 280,
  riscv64: 280,
  loong64: 280,
  arm: 386,
  ia32: 357,
};

// Commands (enum bpf_cmd of linux/bpf.h).
const MAP_CREATE = 0;
const MAP_LOOKUP = 1;
const MAP_NEXT_KEY = 4;
const PROGRAM_LOAD = 5;
const OBJECT_INFO = 15;
const RAW_TRACEPOINT_OPEN = 17;

/** enum bpf_map_type. */
export const MapType = { HASH: 1, ARRAY: 2, PERCPU_ARRAY: 6, RINGBUF: 27 } as const;
/** BPF_F_MMAPABLE: the map's values can be mapped into memory. */
export const MMAPABLE = 1 << 10;
// Types of programs (enum bpf_prog_type), and how a tracing program is attached (enum bpf_attach_type).
const RAW_TRACEPOINT = 17;
const TRACING = 26;
const TRACE_RAW_TRACEPOINT = 23;

const ATTRIBUTES = 152;
const LOG_SIZE = 1 << 18;
const INFO_SIZE = 256;
/** struct bpf_prog_info: recursion_misses, since Linux 5.12. */
const RECURSION_MISSES = 208;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;

interface Calls {
  bpf(command: number, attributes: Buffer): number;
  map(length: number, protection: number, descriptor: number, offset: number): bigint;
  unmap(address: bigint, length: number): void;
}

let calls: Calls | undefined;

function system(): Calls {
  if (calls !== undefined) return calls;
  const number = SYS_BPF[process.arch];
  if (number === undefined || !LITTLE_ENDIAN) {
    throw new NscapError('KERNEL_LACKS', `nscap loads no BPF programs on ${process.arch}`);
  }
  const library = koffi().load(null);
  const syscall = library.func('long syscall(long, int, void *, unsigned int)');
  const mmap = library.func('void *mmap(void *, size_t, int, int, int, long)');
  const munmap = library.func('int munmap(void *, size_t)');
  calls = {
    bpf: (command, attributes) => Number(syscall(number, command, attributes, attributes.length)),
    map: (length, protection, descriptor, offset) =>
      koffi().address(mmap(null, length, protection, MAP_SHARED, descriptor, offset)),
    unmap: (address, length) => void munmap(address, length),
  };
  return calls;
}

/** Throws what the kernel says against a command: NOT_PERMITTED where that is what it says, else SYSTEM. */
function refused(what: string): never {
  const { code, words } = lastFailure();
  throw new NscapError(
    code === 'EPERM' || code === 'EACCES' ? 'NOT_PERMITTED' : 'SYSTEM',
    `${what}: ${words}`,
  );
}

/** Makes a map and returns its descriptor. Sizes are in bytes; a ring buffer's `entries` is its size. */
export function createMap(
  type: number,
  keySize: number,
  valueSize: number,
  entries: number,
  flags = 0,
): number {
  const attributes = Buffer.alloc(ATTRIBUTES);
  for (const [i, value] of [type, keySize, valueSize, entries, flags].entries()) {
    attributes.writeUInt32LE(value, i * 4);
  }
  // Kernels before 5.11 count maps against RLIMIT_MEMLOCK, which EPERM stands for there, too.
  const descriptor = system().bpf(MAP_CREATE, attributes);
  return descriptor < 0 ? refused('no BPF map can be made') : descriptor;
}

/** libbpf, too, asks several times. */
const ATTEMPTS = 100;

/**
 * Loads instructions as a raw tracepoint program and returns its descriptor; with the number in BTF of a tracepoint's
 * typedef, as a tracing program for it. Throws with what the verifier says.
 */
export function loadProgram(instructions: Buffer, tracepoint?: number): number {
  const license = Buffer.from('GPL\0');
  const attributes = Buffer.alloc(ATTRIBUTES);
  attributes.writeUInt32LE(tracepoint === undefined ? RAW_TRACEPOINT : TRACING, 0);
  if (tracepoint !== undefined) {
    attributes.writeUInt32LE(TRACE_RAW_TRACEPOINT, 68);
    attributes.writeUInt32LE(tracepoint, 108);
  }
  attributes.writeUInt32LE(instructions.length / 8, 4);
  attributes.writeBigUInt64LE(koffi().address(instructions), 8);
  attributes.writeBigUInt64LE(koffi().address(license), 16);
  attributes.write('nscap_drops', 48, 'latin1');
  // The verifier gives up when a signal comes, such as that of a child that ended; then it is asked once more.
  let descriptor = system().bpf(PROGRAM_LOAD, attributes);
  for (let tries = 0; descriptor < 0 && tries < ATTEMPTS && lastFailure().code === 'EAGAIN'; tries++)
    descriptor = system().bpf(PROGRAM_LOAD, attributes);
  if (descriptor >= 0) return descriptor;
  const { code, words } = lastFailure();
  if (code === 'EPERM') throw new NscapError('NOT_PERMITTED', `no BPF program can be loaded: ${words}`);
  const log = Buffer.alloc(LOG_SIZE);
  attributes.writeUInt32LE(1, 24);
  attributes.writeUInt32LE(log.length, 28);
  attributes.writeBigUInt64LE(koffi().address(log), 32);
  system().bpf(PROGRAM_LOAD, attributes);
  const said = log
    .toString('latin1', 0, Math.max(log.indexOf(0), 0))
    .trim()
    .split('\n');
  if (process.env.NSCAP_DEBUG) process.stderr.write(`${said.join('\n')}\n`);
  throw new NscapError('KERNEL_LACKS', `the kernel's verifier refuses the program: ${said.at(-2) ?? words}`);
}

/**
 * Attaches a program to a raw tracepoint for as long as the descriptor returned is open. A tracing program has its
 * tracepoint already: no name goes with it.
 */
export function openRawTracepoint(name: string | undefined, program: number): number {
  const text = Buffer.from(`${name}\0`);
  const attributes = Buffer.alloc(ATTRIBUTES);
  if (name !== undefined) attributes.writeBigUInt64LE(koffi().address(text), 0);
  attributes.writeUInt32LE(program, 8);
  const descriptor = system().bpf(RAW_TRACEPOINT_OPEN, attributes);
  return descriptor < 0 ? refused('the program cannot be attached to its tracepoint') : descriptor;
}

/** How often the program was skipped because it was running on that processor already; undefined before Linux 5.12. */
export function recursionMisses(program: number): number | undefined {
  const info = Buffer.alloc(INFO_SIZE);
  const attributes = Buffer.alloc(ATTRIBUTES);
  attributes.writeUInt32LE(program, 0);
  attributes.writeUInt32LE(info.length, 4);
  attributes.writeBigUInt64LE(koffi().address(info), 8);
  if (system().bpf(OBJECT_INFO, attributes) < 0) return undefined;
  if (attributes.readUInt32LE(4) < RECURSION_MISSES + 8) return undefined;
  return Number(info.readBigUInt64LE(RECURSION_MISSES));
}

/**
 * Calls `entry` with each key and value of a hash map; both buffers are reused. Returns whether the kernel permits it:
 * before Linux 5.19 it does not once privileges are gone.
 */
export function forEachEntry(map: number, key: Buffer, value: Buffer, entry: () => void): boolean {
  const next = Buffer.alloc(key.length);
  const attributes = Buffer.alloc(ATTRIBUTES);
  attributes.writeUInt32LE(map, 0);
  for (let first = true; ; first = false) {
    attributes.writeBigUInt64LE(first ? 0n : koffi().address(key), 8);
    attributes.writeBigUInt64LE(koffi().address(next), 16);
    if (system().bpf(MAP_NEXT_KEY, attributes) < 0) return lastFailure().code === 'ENOENT';
    next.copy(key);
    attributes.writeBigUInt64LE(koffi().address(key), 8);
    attributes.writeBigUInt64LE(koffi().address(value), 16);
    if (system().bpf(MAP_LOOKUP, attributes) === 0) entry();
  }
}

/** A map's values in this process's memory. */
export class MappedMemory {
  readonly buffer: ArrayBuffer;
  private readonly address: bigint;
  private readonly length: number;

  constructor(descriptor: number, length: number, offset = 0, writable = false) {
    const protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    this.address = system().map(length, protection, descriptor, offset);
    if (this.address === BigInt.asUintN(64, -1n)) refused('the BPF map cannot be mapped');
    this.length = length;
    this.buffer = koffi().view(this.address, length);
  }

  /** The buffer must not be used any more after this. */
  close(): void {
    system().unmap(this.address, this.length);
  }
}

const PAGE = 4096;
const BUSY = 0x80000000;
const DISCARDED = 0x40000000;
const RECORD_HEADER = 8;

/** The reader's side of a BPF ring buffer (Linux bpf/ringbuf.rst). */
export class RingReader {
  readonly descriptor: number;
  private readonly size: number;
  private readonly consumer: MappedMemory;
  private readonly producer: MappedMemory;
  private readonly read: BigInt64Array;
  private readonly written: BigInt64Array;
  private readonly lengths: Int32Array;
  /** The ring's data, twice one behind the other, so that no record is divided. */
  private readonly data: DataView;

  /** `size` in bytes: a power of two and a multiple of the page size. */
  constructor(size: number) {
    this.descriptor = createMap(MapType.RINGBUF, 0, 0, size);
    this.size = size;
    this.consumer = new MappedMemory(this.descriptor, PAGE, 0, true);
    this.producer = new MappedMemory(this.descriptor, PAGE + 2 * size, PAGE);
    this.read = new BigInt64Array(this.consumer.buffer, 0, 1);
    this.written = new BigInt64Array(this.producer.buffer, 0, 1);
    this.lengths = new Int32Array(this.producer.buffer, PAGE);
    this.data = new DataView(this.producer.buffer, PAGE);
  }

  /** Calls `record` with each record that is complete, up to `limit` of them, and returns how many there were. */
  drain(record: (data: DataView, offset: number, length: number) => void, limit: number): number {
    let count = 0;
    let position = Number(Atomics.load(this.read, 0));
    const end = Number(Atomics.load(this.written, 0));
    while (position < end && count < limit) {
      const at = position & (this.size - 1);
      const word = Atomics.load(this.lengths, at >>> 2) >>> 0;
      if ((word & BUSY) !== 0) break;
      const length = word & (DISCARDED - 1);
      if ((word & DISCARDED) === 0) {
        record(this.data, at + RECORD_HEADER, length);
        count++;
      }
      position += (length + RECORD_HEADER + 7) & ~7;
      Atomics.store(this.read, 0, BigInt(position));
    }
    return count;
  }

  close(): void {
    this.consumer.close();
    this.producer.close();
  }
}
