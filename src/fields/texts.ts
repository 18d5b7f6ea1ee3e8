// Text that a packet does not hold as it is shown: names put together, flags as letters. It lies in one reused buffer.
import type { Values } from './values.ts';

const encoder = new TextEncoder();

/** Where such text is written, as UTF-8, for as long as a packet is looked at. */
export class Texts {
  bytes = new Uint8Array(1 << 12);
  view = new DataView(this.bytes.buffer);
  length = 0;

  /** Forgets everything: the next packet. */
  clear(): void {
    this.length = 0;
  }

  /** Room for `n` more bytes. Values that were added before keep the buffer they lie in. */
  reserve(n: number): void {
    if (this.length + n <= this.bytes.length) return;
    this.bytes = new Uint8Array(Math.max(this.bytes.length * 2, n * 2));
    this.view = new DataView(this.bytes.buffer);
    this.length = 0;
  }

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  /** A value: any string. */
  add(out: Values, layer: number, text: string): void {
    this.reserve(text.length * 3);
    const start = this.length;
    this.length += encoder.encodeInto(text, this.bytes.subarray(start)).written;
    out.span(layer, this.view, start, this.length - start);
  }

  /** A number from 0 to 255 in decimal. */
  octet(value: number): void {
    if (value >= 100) this.byte(0x30 + ((value / 100) | 0));
    if (value >= 10) this.byte(0x30 + (((value / 10) | 0) % 10));
    this.byte(0x30 + (value % 10));
  }

  /** A value: the first `length` of these bytes. */
  copy(out: Values, layer: number, bytes: Uint8Array, length: number): void {
    this.reserve(length);
    const start = this.length;
    for (let i = 0; i < length; i++) this.bytes[this.length++] = bytes[i];
    out.span(layer, this.view, start, length);
  }

  /** A value: what was written since `start`. */
  end(out: Values, layer: number, start: number): void {
    out.span(layer, this.view, start, this.length - start);
  }
}
