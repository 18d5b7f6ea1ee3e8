// The timestamps of a segment (RFC 7323, 3), read only to determine which of two copies was answered.
import { OptionCursor } from '../wire/options.ts';
import { TIMESTAMPS } from '../wire/registry/tcp-options.ts';
import { HEADER_LENGTH } from '../wire/tcp.ts';
import type { Segment } from './segment.ts';

const LENGTH = 10;

const options = new OptionCursor();

/** Where in the option they lie: the sender's clock, and the one that it echoes. */
export const TSVAL = 2;
export const TSECR = 6;
type TimestampField = typeof TSVAL | typeof TSECR;

/** One of the two, 0 where there is none or it was not captured. */
export function timestampOf(segment: Segment, which: TimestampField): number {
  const { bytes, captureEnd } = segment;
  const end = Math.min(segment.offset + segment.headerLength, captureEnd);
  options.open(bytes, segment.offset + HEADER_LENGTH, end);
  while (options.step()) {
    if (options.kind === TIMESTAMPS && options.length === LENGTH) {
      return bytes.getInt32(options.offset + which);
    }
  }
  return 0;
}
