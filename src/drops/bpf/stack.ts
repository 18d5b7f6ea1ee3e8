// What all parts of the program share: registers, its stack, and reading kernel memory.
import { type Assembler, Helper, type Register } from './assembler.ts';

export const SKB: Register = 6;
export const SCRATCH: Register = 7;
export const STACK: Register = 10;

/** Offsets on the stack. */
export const REASON = -8;
export const LOCATION = -16;
export const SOCKET = -24;
export const POINTER = -32;
export const DEVICE = -40;
export const DEVICE_OK = -48;
export const INODE = -56;
export const WORD = -64;
export const KEY = -96;
export const ONE = -104;
export const L3 = -112;
export const CAPTURED = -120;
export const MEMORY = -192;
export const PIECE = -200;
export const DYNPTR = -216;

/** Reads `size` bytes of kernel memory at `base` + `offset` to another register's address plus `destination`. */
export function read(
  out: Assembler,
  to: Register,
  destination: number,
  size: number,
  base: Register,
  offset: number,
): void {
  out.move(1, to);
  out.aluImmediate('add', 1, destination);
  out.set(2, size);
  out.move(3, base);
  if (offset !== 0) out.aluImmediate('add', 3, offset);
  out.call(Helper.readKernel);
}

/** Register 0 becomes the address of the value whose key lies on the stack, or 0. */
export function lookUp(out: Assembler, map: number, key: number): void {
  out.loadMap(1, map);
  out.move(2, STACK);
  out.aluImmediate('add', 2, key);
  out.call(Helper.mapLookup);
}
