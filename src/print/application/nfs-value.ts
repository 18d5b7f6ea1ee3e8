// What calls and replies of NFS are made of.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';
import { printHandle } from './nfs-handle.ts';

const HANDLE_2 = 32;
/** What is longer cannot be padded to a multiple of 4 within 32 bits. */
export const LONGEST_PADDED = 0xffff_fffc;
const WRITE_MODES = ['unstable', 'datasync', 'filesync'];
/** Procedures of version 3. */
export const NFS = {
  GETATTR: 1,
  SETATTR: 2,
  LOOKUP: 3,
  ACCESS: 4,
  READLINK: 5,
  READ: 6,
  WRITE: 7,
  CREATE: 8,
  MKDIR: 9,
  SYMLINK: 10,
  MKNOD: 11,
  REMOVE: 12,
  RMDIR: 13,
  RENAME: 14,
  LINK: 15,
  READDIR: 16,
  READDIRPLUS: 17,
  FSSTAT: 18,
  FSINFO: 19,
  PATHCONF: 20,
  COMMIT: 21,
};
export const TYPES: Names = new Map([
  [0, 'NON'],
  [1, 'REG'],
  [2, 'DIR'],
  [3, 'BLK'],
  [4, 'CHR'],
  [5, 'LNK'],
  [7, 'FIFO'],
]);

/** Thrown where a message ends before what is asked for whole, rather than a number in it: the line goes on behind the mark. */
export const SHORT = new Error('a structure is not there whole');

/** Ends the message where `n` bytes at `offset` were not captured. */
export function whole(p: Printer, offset: number, n: number): void {
  if (!p.has(offset, n)) throw SHORT;
}

/** A handle; returns where it ends. */
export function handle(p: Printer, offset: number, version3: boolean): number {
  let length = HANDLE_2;
  if (version3) {
    length = (p.u32(offset) & ~3) >>> 0;
    offset += 4;
  }
  whole(p, offset, length);
  printHandle(p, offset, length);
  return offset + length;
}

/** A name; returns where it ends. */
export function fileName(p: Printer, offset: number): number {
  const length = p.u32(offset);
  if (length > LONGEST_PADDED) {
    p.ascii('[cannot pad to 32-bit boundaries]');
    p.invalid();
    throw SHORT;
  }
  const rounded = ((length + 3) & ~3) >>> 0;
  whole(p, offset + 4, rounded);
  p.ascii('"');
  printText(p, offset + 4, length);
  p.ascii('"');
  return offset + 4 + rounded;
}

/** `12.000034`: seconds, and the raw number after them. */
export function time(p: Printer, offset: number): string {
  return `${p.u32(offset)}.${String(p.u32(offset + 4)).padStart(6, '0')}`;
}

export function writeMode(mode: number): string {
  return ` <${WRITE_MODES[mode] ?? `#${mode | 0}`}>`;
}

export function printVerifier(p: Printer, offset: number): void {
  p.need(offset, 8);
  p.ascii(' verf ');
  p.hexBytes(offset, 8);
}
