// Text written as bytes, digit by digit, into one reused buffer: no string is made for a packet line.

const DIGITS = new Uint8Array(16);
const encoder = new TextEncoder();
const HEX = encoder.encode('0123456789abcdef');

/**
 * An append-only buffer of output bytes. It grows by doubling and is emptied by `clear`; the owner decides when to
 * write it out. All methods but `clear`, `take` and `reserve` append.
 */
export class Text {
  bytes: Uint8Array;
  length = 0;

  constructor(size = 1 << 16) {
    this.bytes = new Uint8Array(size);
  }

  clear(): void {
    this.length = 0;
  }

  /** The bytes written so far; valid until the next append. */
  take(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Makes room for `n` more bytes. */
  reserve(n: number): void {
    const needed = this.length + n;
    if (needed <= this.bytes.length) return;
    let size = this.bytes.length * 2;
    while (size < needed) size *= 2;
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }

  /** One byte. */
  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** A string of ASCII characters. */
  ascii(text: string): void {
    const n = text.length;
    if (this.length + n > this.bytes.length) this.reserve(n);
    const bytes = this.bytes;
    let at = this.length;
    for (let i = 0; i < n; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** Any string, as UTF-8. */
  utf8(text: string): void {
    this.reserve(text.length * 3);
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written;
  }

  /** Bytes as they are, from index `from` up to before `to`. */
  raw(bytes: Uint8Array, from: number, to: number): void {
    this.reserve(to - from);
    this.bytes.set(bytes.subarray(from, to), this.length);
    this.length += to - from;
  }

  /** A whole number in decimal, with a minus where negative. Exact up to 2^53. */
  decimal(value: number): void {
    if (value < 0) {
      this.byte(0x2d);
      value = -value;
    }
    if (value < 10) {
      this.byte(0x30 + value);
      return;
    }
    if (value > 0xffffffff) {
      this.ascii(String(value));
      return;
    }
    let n = 0;
    if (value > 0x7fffffff) {
      const rest = Math.floor(value / 10);
      DIGITS[n++] = value - rest * 10;
      value = rest;
    }
    while (value !== 0) {
      const rest = (value / 10) | 0;
      DIGITS[n++] = value - rest * 10;
      value = rest;
    }
    if (this.length + n > this.bytes.length) this.reserve(n);
    const bytes = this.bytes;
    let at = this.length;
    while (n > 0) bytes[at++] = 0x30 + DIGITS[--n]!;
    this.length = at;
  }

  /** A whole number below 2^31 in exactly `width` digits, padded with zeros. */
  padded(value: number, width: number): void {
    if (this.length + width > this.bytes.length) this.reserve(width);
    const bytes = this.bytes;
    const start = this.length;
    for (let at = start + width - 1; at >= start; at--) {
      const rest = (value / 10) | 0;
      bytes[at] = 0x30 + (value - rest * 10);
      value = rest;
    }
    this.length = start + width;
  }

  /** An unsigned 32-bit number in hex without leading zeros. */
  hex(value: number): void {
    let shift = 28;
    while (shift > 0 && value >>> shift === 0) shift -= 4;
    for (; shift >= 0; shift -= 4) this.byte(HEX[(value >>> shift) & 15]!);
  }

  /** The lowest `digits` hex digits of a number (at most 8). */
  hexPadded(value: number, digits: number): void {
    for (let shift = (digits - 1) * 4; shift >= 0; shift -= 4) this.byte(HEX[(value >>> shift) & 15]!);
  }
}
