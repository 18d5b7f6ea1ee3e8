// Text out of a packet, with what cannot be seen made visible.
import type { Printer } from './printer.ts';

/**
 * `length` characters at `offset`. Returns false where they end beyond what was captured; what was captured is written.
 */
export function printText(p: Printer, offset: number, length: number): boolean {
  const end = Math.min(offset + length, p.end);
  for (let i = offset; i < end; i++) p.visible(p.bytes[i]);
  return offset + length <= p.end;
}

/**
 * The characters at `offset` up to a NUL, at most `length`. Returns false where no NUL is among those that were captured.
 */
export function printTerminated(p: Printer, offset: number, length: number): boolean {
  const end = Math.min(offset + length, p.end);
  for (let i = offset; i < end; i++) {
    if (p.bytes[i] === 0) return true;
    p.visible(p.bytes[i]);
  }
  return false;
}

/** `length` characters at `offset`, of which trailing NULs are padding: up to the first NUL. Ends the packet where captured bytes end. */
export function printPadded(p: Printer, offset: number, length: number): void {
  for (let i = offset; i < offset + length; i++) {
    const byte = p.u8(i);
    if (byte === 0) return;
    p.visible(byte);
  }
}

const UNITS: readonly (readonly [seconds: number, letter: string])[] = [
  [31_536_000, 'y'],
  [604_800, 'w'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** A span in seconds as `1d2h3s`. */
export function printSpan(p: Printer, seconds: number): void {
  if (seconds === 0) p.ascii('0s');
  for (const [unit, letter] of UNITS) {
    if (seconds < unit) continue;
    p.decimal(Math.floor(seconds / unit));
    p.ascii(letter);
    seconds %= unit;
  }
}
