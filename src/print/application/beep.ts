// BEEP (RFC 3080): the kind of a frame.
import type { Printer } from '../engine/printer.ts';

/** As tcpdump has it: with a NUL where no space follows. */
const KINDS = ['MSG\0', 'RPY ', 'ERR ', 'ANS ', 'NUL ', 'SEQ ', 'END\0'];

export function printBeep(p: Printer, offset: number, length: number): void {
  p.protocol = 'beep';
  p.ascii(' BEEP ');
  const kind = length >= 4 && p.has(offset, 4) ? KINDS.find((text) => starts(p, offset, text)) : undefined;
  p.ascii(kind?.slice(0, 3) ?? '(payload or undecoded)');
}

function starts(p: Printer, offset: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (p.bytes[offset + i] !== text.charCodeAt(i)) return false;
  return true;
}
