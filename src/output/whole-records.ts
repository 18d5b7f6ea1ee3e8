// How much of what was written to a capture file is whole: a full disk takes a part of a write.
import { RECORD_HEADER_LENGTH } from '../file/pcap.ts';
import { ENHANCED_PACKET } from '../file/pcapng.ts';

/** Bytes of a pcapng block's type and length. */
const BLOCK_HEADER_LENGTH = 8;

export interface WholeRecords {
  /** Where the last whole record, or block, ends. */
  end: number;
  packets: number;
}

/** The whole records of bytes from `start` to `end`, in our own writers' order of bytes; of pcap without its file header. */
export function wholeRecords(bytes: Uint8Array, start: number, end: number, pcapng: boolean): WholeRecords {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = pcapng ? BLOCK_HEADER_LENGTH : RECORD_HEADER_LENGTH;
  const whole = { end: start, packets: 0 };
  while (whole.end + header <= end) {
    const length = pcapng
      ? view.getUint32(whole.end + 4, true)
      : RECORD_HEADER_LENGTH + view.getUint32(whole.end + 8, true);
    if (whole.end + length > end) break;
    if (!pcapng || view.getUint32(whole.end, true) === ENHANCED_PACKET) whole.packets++;
    whole.end += length;
  }
  return whole;
}
