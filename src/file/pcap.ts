// The pcap file format (draft-ietf-opsawg-pcap): parsing of bytes in memory, no I/O.
import type { Batch } from '../base/batch.ts';

export const FILE_HEADER_LENGTH = 24;
export const RECORD_HEADER_LENGTH = 16;
export const MICROSECONDS = 0xa1b2c3d4;
export const NANOSECONDS = 0xa1b23c4d;

/** The parser of one pcap file: `header` once, then `fill` as often as there are bytes. */
export class PcapParser {
  linkType = 0;
  snaplen = 0;
  private littleEndian = false;
  private nanosecondsPerTick = 1000;

  /** Reads the file header; false where these bytes begin no pcap file. */
  header(view: DataView): boolean {
    if (view.byteLength < FILE_HEADER_LENGTH) return false;
    for (const littleEndian of [true, false]) {
      const magic = view.getUint32(0, littleEndian);
      if (magic !== MICROSECONDS && magic !== NANOSECONDS) continue;
      this.littleEndian = littleEndian;
      this.nanosecondsPerTick = magic === NANOSECONDS ? 1 : 1000;
      this.snaplen = view.getUint32(16, littleEndian);
      this.linkType = view.getUint32(20, littleEndian) & 0xffff;
      return true;
    }
    return false;
  }

  /**
   * Appends the whole records that lie in `batch.bytes` from `at` up to before `end`. Returns where it stopped: at the
   * first record that is not whole, or where the batch was full.
   */
  fill(batch: Batch, at: number, end: number): number {
    const { view, offset, captured, wire, seconds, nanoseconds, linkType, capacity } = batch;
    const littleEndian = this.littleEndian;
    const scale = this.nanosecondsPerTick;
    let count = batch.count;
    while (count < capacity && at + RECORD_HEADER_LENGTH <= end) {
      const length = view.getUint32(at + 8, littleEndian);
      const body = at + RECORD_HEADER_LENGTH;
      if (length > end - body) break;
      offset[count] = body;
      captured[count] = length;
      wire[count] = view.getUint32(at + 12, littleEndian);
      seconds[count] = view.getUint32(at, littleEndian);
      nanoseconds[count] = view.getUint32(at + 4, littleEndian) * scale;
      linkType[count] = this.linkType;
      count++;
      at = body + length;
    }
    batch.count = count;
    return at;
  }
}
