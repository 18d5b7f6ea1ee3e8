// The time stamps of a segment (RFC 7323, 3), looked for only where they tell which of two copies was answered.
import type { Segment } from './segment.ts';

const HEADER_LENGTH = 20;
const END = 0;
const NOP = 1;
const TIMESTAMPS = 8;
const LENGTH = 10;

/** Where in the option they lie: the sender's clock, and the one that it echoes. */
export const CLOCK = 2;
export const ECHO = 6;
export type Stamp = typeof CLOCK | typeof ECHO;

/** One of the two, 0 where there is none or it was not captured. */
export function stampOf(segment: Segment, which: Stamp): number {
  const { bytes, captureEnd } = segment;
  const end = Math.min(segment.at + segment.headerLength, captureEnd);
  let at = segment.at + HEADER_LENGTH;
  while (at < end) {
    const kind = bytes.getUint8(at);
    if (kind === END) return 0;
    if (kind === NOP) {
      at++;
      continue;
    }
    if (at + 2 > end) return 0;
    const length = bytes.getUint8(at + 1);
    if (length < 2 || at + length > end) return 0;
    if (kind === TIMESTAMPS && length === LENGTH) return bytes.getInt32(at + which);
    at += length;
  }
  return 0;
}
