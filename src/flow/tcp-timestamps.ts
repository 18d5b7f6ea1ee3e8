// The time stamps of a segment (RFC 7323, 3), looked for only where they tell which of two copies was answered.
import type { Segment } from './segment.ts';

const HEADER_LENGTH = 20;
const END = 0;
const NOP = 1;
const TIMESTAMPS = 8;
const LENGTH = 10;

/** Where in the option they lie: the sender's clock, and the one that it echoes. */
export const TSVAL = 2;
export const TSECR = 6;
export type TimestampField = typeof TSVAL | typeof TSECR;

/** One of the two, 0 where there is none or it was not captured. */
export function timestampOf(segment: Segment, which: TimestampField): number {
  const { bytes, captureEnd } = segment;
  const end = Math.min(segment.offset + segment.headerLength, captureEnd);
  let offset = segment.offset + HEADER_LENGTH;
  while (offset < end) {
    const kind = bytes.getUint8(offset);
    if (kind === END) return 0;
    if (kind === NOP) {
      offset++;
      continue;
    }
    if (offset + 2 > end) return 0;
    const length = bytes.getUint8(offset + 1);
    if (length < 2 || offset + length > end) return 0;
    if (kind === TIMESTAMPS && length === LENGTH) return bytes.getInt32(offset + which);
    offset += length;
  }
  return 0;
}
