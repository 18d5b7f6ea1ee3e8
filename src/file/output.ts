// Little-endian numbers and packet bytes appended to a Text.
import type { Text } from '../base/text.ts';

/** Below this many bytes a loop over words is faster than a view made for `set`. */
const SHORT = 192;

/** A cursor at the end of a Text. `reserve` makes room; the other methods need the room to be there. */
export class Output {
  private readonly text: Text;
  private bytes: Uint8Array;
  private view: DataView;

  constructor(text: Text) {
    this.text = text;
    this.bytes = text.bytes;
    this.view = new DataView(text.bytes.buffer, text.bytes.byteOffset, text.bytes.byteLength);
  }

  get length(): number {
    return this.text.length;
  }

  /** Makes room for `n` more bytes. */
  reserve(n: number): void {
    this.text.reserve(n);
    if (this.bytes === this.text.bytes) return;
    this.bytes = this.text.bytes;
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  uint16(value: number): void {
    this.view.setUint16(this.text.length, value, true);
    this.text.length += 2;
  }

  uint32(value: number): void {
    this.view.setUint32(this.text.length, value, true);
    this.text.length += 4;
  }

  /** Writes over four bytes that are already there. */
  patch(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  /** `n` bytes from `at` on; `from` is the view on the same buffer. */
  copy(bytes: Uint8Array, from: DataView, at: number, n: number): void {
    const target = this.text.length;
    this.text.length = target + n;
    if (n >= SHORT) {
      this.bytes.set(bytes.subarray(at, at + n), target);
      return;
    }
    const view = this.view;
    const words = n & ~3;
    for (let i = 0; i < words; i += 4) view.setUint32(target + i, from.getUint32(at + i, true), true);
    for (let i = words; i < n; i++) this.bytes[target + i] = bytes[at + i];
  }

  /** Bytes as they are, then zeros up to a multiple of four. */
  padded(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.text.length);
    this.text.length += bytes.length;
    this.pad(bytes.length);
  }

  /** The zeros that fill `n` bytes up to a multiple of four. */
  pad(n: number): void {
    for (let i = n & 3; i !== 0 && i < 4; i++) this.bytes[this.text.length++] = 0;
  }
}
