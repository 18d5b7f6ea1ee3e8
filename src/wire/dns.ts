// The DNS header and question (RFC 1035, 4.1), read in place.
import { View } from './view.ts';

export const HEADER_LENGTH = 12;
/** Bytes of a name on the wire at most, the closing zero included (RFC 1035, 2.3.4). */
export const LONGEST_NAME = 255;

const ID = 0;
const FLAGS = 2;
/** Where the counts of questions and records begin. */
export const QUESTIONS = 4;
const RESPONSE = 0x8000;

const POINTER = 0xc0;
const OFFSET = 0x3fff;

/** A movable window on a message. */
export class Dns extends View {
  open(bytes: DataView, offset: number, end: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    return offset + HEADER_LENGTH <= end;
  }
  get id(): number {
    return this.bytes.getUint16(this.offset + ID);
  }
  get isResponse(): boolean {
    return (this.bytes.getUint16(this.offset + FLAGS) & RESPONSE) !== 0;
  }
  /** Of a response: 0 without error (RFC 6895, 2.3). */
  get code(): number {
    return this.bytes.getUint16(this.offset + FLAGS) & 15;
  }
  get questions(): number {
    return this.bytes.getUint16(this.offset + QUESTIONS);
  }
}

/** Answered where a name ends too early or makes no sense. */
export const NO_NAME = -1;

/**
 * Copies the name at `offset` of the message that begins at `message` and of which the bytes before `end` may be read:
 * its labels, each behind its length, without compression, at most LONGEST_NAME bytes, to `target` from `to` on.
 * Returns where what follows the name begins, or NO_NAME; then nothing in the target may be relied on. A pointer must
 * lead backward from where the last one led, so that no name goes in circles.
 */
export function copyName(
  bytes: DataView,
  offset: number,
  message: number,
  end: number,
  target: Uint8Array,
  to: number,
): number {
  let next = NO_NAME;
  let limit = offset;
  const first = to;
  for (;;) {
    if (offset >= end) return NO_NAME;
    const length = bytes.getUint8(offset);
    if ((length & POINTER) === POINTER) {
      if (offset + 2 > end) return NO_NAME;
      const led = message + (bytes.getUint16(offset) & OFFSET);
      if (led >= limit) return NO_NAME;
      if (next === NO_NAME) next = offset + 2;
      limit = led;
      offset = led;
      continue;
    }
    if (length > 63 || offset + 1 + length > end || to + 1 + length - first > LONGEST_NAME) return NO_NAME;
    for (let i = 0; i <= length; i++) target[to++] = bytes.getUint8(offset++);
    if (length === 0) return next === NO_NAME ? offset : next;
  }
}

/**
 * A copied name as people write it: labels with dots between, `.` for the root. Bytes that are no visible ASCII, and
 * dots and backslashes within a label, are written as RFC 1035, 5.1 has it: `\.`, `\\`, `\009`.
 */
export function nameText(bytes: Uint8Array, offset: number): string {
  let text = '';
  const end = Math.min(bytes.length, offset + LONGEST_NAME);
  for (let length = bytes[offset]; length !== 0 && offset + 1 + length < end; length = bytes[offset]) {
    if (text !== '') text += '.';
    for (let i = offset + 1; i <= offset + length; i++) text += visible(bytes[i]);
    offset += 1 + length;
  }
  return text === '' ? '.' : text;
}

function visible(byte: number): string {
  if (byte === 0x2e || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
  if (byte > 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  return `\\${String(byte).padStart(3, '0')}`;
}
