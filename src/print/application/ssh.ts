// The line that begins an SSH connection (RFC 4253, 4.2).
import type { Printer } from '../engine/printer.ts';

const START = [0x53, 0x53, 0x48, 0x2d];
const LF = 10;
const CR = 13;

export function printSsh(p: Printer, offset: number, length: number): void {
  p.protocol = 'ssh';
  for (let i = 0; i < START.length; i++) if (p.u8(offset + i) !== START[i]) return;
  const end = offset + length;
  for (let to = offset + START.length; to < end; to++) {
    const byte = p.u8(to);
    if (byte === CR && (to + 1 >= end || p.u8(to + 1) !== LF)) return;
    if (byte === CR || byte === LF) {
      p.ascii(': SSH: ');
      p.out.raw(p.bytes, offset, to);
      return;
    }
    if (byte < 0x20 || byte > 0x7e) return;
  }
}
