// Assembles eBPF (RFC 9669) with labels for jumps.

/** Registers: 0 results, 1 to 5 arguments, 6 to 9 kept over calls, 10 the stack. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
/** Bytes that a load or store moves. */
export type Size = 1 | 2 | 4 | 8;

const SIZES: Record<Size, number> = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };

/** Codes of the operations, without class and source (RFC 9669, 4.1 and 4.3). */
const ALU = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  neg: 0x80,
  mod: 0x90,
  xor: 0xa0,
  mov: 0xb0,
} as const;
const JUMPS = {
  eq: 0x10,
  gt: 0x20,
  ge: 0x30,
  set: 0x40,
  ne: 0x50,
  sgt: 0x60,
  sge: 0x70,
  lt: 0xa0,
  le: 0xb0,
  slt: 0xc0,
} as const;
export type Operation = keyof typeof ALU;
type Condition = keyof typeof JUMPS;

/** Numbers of the kernel's helper functions (linux/bpf.h). */
export const Helper = {
  mapLookup: 1,
  mapUpdate: 2,
  time: 5,
  readKernel: 113,
  ringOutput: 130,
  dynptrRead: 201,
} as const;

const LOAD_IMMEDIATE = 0x18;
const LOAD = 0x61;
const STORE_IMMEDIATE = 0x62;
const STORE = 0x63;
const ATOMIC = 0xc3;
const ALU64 = 0x07;
const ALU32 = 0x04;
const JUMP = 0x05;
const JUMP32 = 0x06;
const REGISTER = 0x08;
const BYTE_SWAP = 0xdc;
const CALL = 0x85;
const EXIT = 0x95;
const ALWAYS = 0x05;
/** Source register of a call whose immediate is a number in BTF. */
const KERNEL_FUNCTION = 2;
/** Source register of a 64-bit immediate that is a map's descriptor. */
const MAP_DESCRIPTOR = 1;

export class Assembler {
  private readonly code: Buffer[] = [];
  private readonly labels = new Map<string, number>();
  private readonly jumps: [at: number, label: string][] = [];
  private names = 0;

  private emit(code: number, destination: number, source: number, offset: number, immediate: number): void {
    const bytes = Buffer.alloc(8);
    bytes[0] = code;
    bytes[1] = (source << 4) | destination;
    bytes.writeInt16LE(offset, 2);
    bytes.writeInt32LE(immediate | 0, 4);
    this.code.push(bytes);
  }

  /** A name for a label that no other has. */
  fresh(): string {
    return `#${this.names++}`;
  }

  label(name: string): void {
    this.labels.set(name, this.code.length);
  }

  /** 64-bit arithmetic. */
  alu(operation: Operation, destination: Register, source: Register): void {
    this.emit(ALU64 | REGISTER | ALU[operation], destination, source, 0, 0);
  }

  aluImmediate(operation: Operation, destination: Register, value: number): void {
    this.emit(ALU64 | ALU[operation], destination, 0, 0, value);
  }

  /** 32-bit arithmetic; the upper half of the destination becomes 0. */
  alu32(operation: Operation, destination: Register, source: Register): void {
    this.emit(ALU32 | REGISTER | ALU[operation], destination, source, 0, 0);
  }

  alu32Immediate(operation: Operation, destination: Register, value: number): void {
    this.emit(ALU32 | ALU[operation], destination, 0, 0, value);
  }

  move(destination: Register, source: Register): void {
    this.alu('mov', destination, source);
  }

  set(destination: Register, value: number): void {
    this.aluImmediate('mov', destination, value);
  }

  /** A 64-bit constant. */
  set64(destination: Register, value: bigint): void {
    this.wide(destination, 0, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  }

  loadMap(destination: Register, descriptor: number): void {
    this.wide(destination, MAP_DESCRIPTOR, descriptor, 0);
  }

  private wide(destination: Register, source: number, low: number, high: number): void {
    this.emit(LOAD_IMMEDIATE, destination, source, 0, low);
    this.emit(0, 0, 0, 0, high);
  }

  load(size: Size, destination: Register, base: Register, offset: number): void {
    this.emit(LOAD | SIZES[size], destination, base, offset, 0);
  }

  store(size: Size, base: Register, offset: number, source: Register): void {
    this.emit(STORE | SIZES[size], base, source, offset, 0);
  }

  storeImmediate(size: Size, base: Register, offset: number, value: number): void {
    this.emit(STORE_IMMEDIATE | SIZES[size], base, 0, offset, value);
  }

  /** Adds to 64 bits in memory, in one step. */
  atomicAdd(base: Register, offset: number, source: Register): void {
    this.emit(ATOMIC | SIZES[8], base, source, offset, 0);
  }

  /** Turns the low 16 or 32 bits from network byte order into the machine's, and clears those above. */
  fromNetworkOrder(register: Register, bits: 16 | 32): void {
    this.emit(BYTE_SWAP, register, 0, 0, bits);
  }

  jump(label: string): void {
    this.jumps.push([this.code.length, label]);
    this.emit(ALWAYS, 0, 0, 0, 0);
  }

  jumpIf(condition: Condition, left: Register, right: Register, label: string): void {
    this.jumps.push([this.code.length, label]);
    this.emit(JUMP | REGISTER | JUMPS[condition], left, right, 0, 0);
  }

  jumpIfImmediate(condition: Condition, left: Register, value: number, label: string): void {
    this.jumps.push([this.code.length, label]);
    this.emit(JUMP | JUMPS[condition], left, 0, 0, value);
  }

  /** Compares the low halves, unsigned but for `s…`. */
  jump32If(condition: Condition, left: Register, right: Register, label: string): void {
    this.jumps.push([this.code.length, label]);
    this.emit(JUMP32 | REGISTER | JUMPS[condition], left, right, 0, 0);
  }

  jump32IfImmediate(condition: Condition, left: Register, value: number, label: string): void {
    this.jumps.push([this.code.length, label]);
    this.emit(JUMP32 | JUMPS[condition], left, 0, 0, value);
  }

  call(helper: number): void {
    this.emit(CALL, 0, 0, 0, helper);
  }

  /** Calls a function of the kernel that is no helper (kfunc), by its number in BTF. */
  callKernel(type: number): void {
    this.emit(CALL, 0, KERNEL_FUNCTION, 0, type);
  }

  exit(): void {
    this.emit(EXIT, 0, 0, 0, 0);
  }

  /** The instructions, eight bytes each, jumps resolved. */
  assemble(): Buffer {
    for (const [index, label] of this.jumps) {
      const target = this.labels.get(label);
      if (target === undefined) throw new Error(`no label ${label}`);
      this.code[index].writeInt16LE(target - index - 1, 2);
    }
    return Buffer.concat(this.code);
  }
}
