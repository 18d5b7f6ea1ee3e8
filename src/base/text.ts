// Text written as bytes, digit by digit, into one reused buffer: no string is made for a packet line.

const encoder = new TextEncoder();
const HEX = encoder.encode('0123456789abcdef');

/** Two hex digits, as the int16 whose little-endian bytes they are. */
const HEX_PAIRS = Int16Array.from({ length: 256 }, (_, value) => HEX[value >> 4] | (HEX[value & 15] << 8));

/** Room that is always left behind `length`, so that short pieces are written without asking. */
const SLACK = 128;

/** The two digits of 0 to 99, as the int16 whose little-endian bytes they are; and the four of 0 to 9999, as int32. */
const TWO_DIGITS = Int32Array.from({ length: 100 }, (_, i) => (HEX[i % 10] << 8) | HEX[Math.floor(i / 10)]);
const FOUR_DIGITS = new Int32Array(10_000);
for (let upper = 0; upper < 100; upper++) {
  const left = TWO_DIGITS[upper];
  for (let lower = 0; lower < 100; lower++)
    FOUR_DIGITS[upper * 100 + lower] = left | (TWO_DIGITS[lower] << 16);
}

/**
 * ASCII text that is written often: at most 120 characters. They are kept as float64 whose bytes they are, so that
 * eight are written at once. (Bits of a float64 survive being copied unless it is not a number, which ASCII never is:
 * that takes a byte of 0x7f or 0xff.)
 */
export class Literal {
  readonly length: number;
  readonly words: Float64Array;

  constructor(text: string) {
    if (text.length > SLACK - 8) throw new RangeError(`too long for a literal: ${text}`);
    this.length = text.length;
    this.words = new Float64Array((text.length + 7) >> 3);
    const view = new DataView(this.words.buffer);
    for (let i = 0; i < text.length; i++) view.setUint8(i, text.charCodeAt(i));
    for (let i = 0; i < this.words.length; i++) this.words[i] = view.getFloat64(i << 3, true);
  }
}

/**
 * An append-only buffer of output bytes. It grows by doubling and is emptied by `clear`; the owner decides when to
 * write it out. All methods but `clear`, `take` and `reserve` append.
 */
export class Text {
  bytes: Uint8Array;
  /** The same buffer for multi-byte writes. */
  view: DataView;
  length = 0;
  /** Up to this length a short piece fits. */
  private limit: number;

  constructor(size = 1 << 16) {
    this.bytes = new Uint8Array(size + SLACK);
    this.view = new DataView(this.bytes.buffer);
    this.limit = size;
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
    if (needed <= this.limit) return;
    let size = this.limit * 2;
    while (size < needed) size *= 2;
    const bytes = new Uint8Array(size + SLACK);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.limit = size;
  }

  /** One byte. */
  byte(value: number): void {
    if (this.length > this.limit) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** A string of ASCII characters. */
  ascii(text: string): void {
    const n = text.length;
    if (this.length + n > this.limit) this.reserve(n);
    const bytes = this.bytes;
    let at = this.length;
    for (let i = 0; i < n; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** The same, faster. */
  literal(text: Literal): void {
    if (this.length > this.limit) this.reserve(SLACK);
    const view = this.view;
    const words = text.words;
    const start = this.length;
    for (let i = 0; i < words.length; i++) view.setFloat64(start + (i << 3), words[i], true);
    this.length = start + text.length;
  }

  /** `length` ASCII characters, at most 120, kept as in a Literal from `words[at]` on. */
  words(words: Float64Array, at: number, length: number): void {
    if (this.length > this.limit) this.reserve(SLACK);
    const view = this.view;
    const start = this.length;
    for (let i = 0; i < length; i += 8) view.setFloat64(start + i, words[at + (i >> 3)], true);
    this.length = start + length;
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
    if (this.length > this.limit) this.reserve(SLACK);
    if (value < 10_000 && value >= 0) {
      const skip = value < 100 ? (value < 10 ? 3 : 2) : value < 1000 ? 1 : 0;
      this.view.setInt32(this.length, FOUR_DIGITS[value] >> (skip << 3), true);
      this.length += 4 - skip;
    } else if (value >= 0 && value <= 0xffffffff) this.large(value | 0);
    else this.ascii(String(value));
  }

  /** An int32 as the unsigned number with the same bits. */
  unsigned(value: number): void {
    if (this.length > this.limit) this.reserve(SLACK);
    if (value >= 10_000 || value < 0) this.large(value);
    else this.decimal(value);
  }

  /** Of five to ten digits; an int32, taken without its sign. */
  private large(value: number): void {
    const view = this.view;
    // 10 000 is 16 * 625; without its last four bits the number is an int32.
    let high = ((value >>> 4) / 625) | 0;
    const low = (value - Math.imul(high, 10_000)) | 0;
    if (high >= 10_000) {
      const middle = high;
      high = (high / 10_000) | 0;
      this.decimal(high);
      view.setInt32(this.length, FOUR_DIGITS[middle - high * 10_000], true);
      this.length += 4;
    } else this.decimal(high);
    view.setInt32(this.length, FOUR_DIGITS[low], true);
    this.length += 4;
  }

  /** A whole number below 2^31 in exactly `width` digits, padded with zeros. */
  padded(value: number, width: number): void {
    if (this.length > this.limit) this.reserve(width);
    const view = this.view;
    let end = this.length + width;
    this.length = end;
    for (; width >= 3; width -= 3) {
      const rest = (value / 1000) | 0;
      end -= 3;
      // What lies behind the three digits is written again: go from the end, and keep it.
      view.setInt32(end, (FOUR_DIGITS[value - rest * 1000] >>> 8) | (this.bytes[end + 3] << 24), true);
      value = rest;
    }
    for (; width > 0; width--) {
      const rest = (value / 10) | 0;
      this.bytes[--end] = 0x30 + (value - rest * 10);
      value = rest;
    }
  }

  /** An unsigned 32-bit number in hex without leading zeros. */
  hex(value: number): void {
    let digits = 1;
    while (digits < 8 && value >>> (digits << 2) !== 0) digits++;
    this.hexPadded(value, digits);
  }

  /** A number of 16 bits in hex. */
  hexShort(value: number): void {
    if (this.length > this.limit) this.reserve(SLACK);
    const digits = value < 0x100 ? (value < 0x10 ? 1 : 2) : value < 0x1000 ? 3 : 4;
    const four = HEX_PAIRS[value >> 8] | (HEX_PAIRS[value & 0xff] << 16);
    this.view.setInt32(this.length, four >> ((4 - digits) << 3), true);
    this.length += digits;
  }

  /** The lowest four hex digits of a number. */
  hex4(value: number): void {
    if (this.length > this.limit) this.reserve(SLACK);
    this.view.setInt16(this.length, HEX_PAIRS[(value >>> 8) & 0xff], true);
    this.view.setInt16(this.length + 2, HEX_PAIRS[value & 0xff], true);
    this.length += 4;
  }

  /** The lowest `digits` hex digits of a number (at most 8). */
  hexPadded(value: number, digits: number): void {
    if (this.length > this.limit) this.reserve(digits);
    const bytes = this.bytes;
    let at = this.length;
    for (let shift = (digits - 1) << 2; shift >= 0; shift -= 4) bytes[at++] = HEX[(value >>> shift) & 15];
    this.length = at;
  }
}
