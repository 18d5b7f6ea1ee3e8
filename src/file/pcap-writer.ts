// Writing pcap files (draft-ietf-opsawg-pcap), byte for byte as tcpdump writes them on a little-endian machine. No I/O.
import type { Batch } from '../base/batch.ts';
import type { Text } from '../base/text.ts';
import { Output } from './output.ts';
import { MICROSECONDS, NANOSECONDS, RECORD_HEADER_LENGTH } from './pcap.ts';

/** tcpdump's snapshot length where none is asked for, in bytes. */
export const DEFAULT_SNAPLEN = 262144;

export interface PcapFormat {
  /** LINKTYPE_ value of every packet. */
  linkType: number;
  /** Bytes captured of a packet at most; 262144 where left out. */
  snaplen?: number;
  /** Time stamps in nanoseconds (magic a1b23c4d), which a reader older than libpcap 1.5 does not know. */
  nanoseconds?: boolean;
}

/** Appends one pcap file to a Text: `header` once, then records. The owner of the Text writes it out and clears it. */
export class PcapWriter {
  private readonly format: PcapFormat;
  private readonly divisor: number;
  private readonly output: Output;

  constructor(out: Text, format: PcapFormat) {
    this.output = new Output(out);
    this.format = format;
    this.divisor = format.nanoseconds ? 1 : 1000;
  }

  /** The file header: version 2.4, time zone 0. */
  header(): void {
    const { output, format } = this;
    output.reserve(24);
    output.uint32(format.nanoseconds ? NANOSECONDS : MICROSECONDS);
    output.uint16(2);
    output.uint16(4);
    output.uint32(0);
    output.uint32(0);
    output.uint32(format.snaplen ?? DEFAULT_SNAPLEN);
    output.uint32(format.linkType);
  }

  /** Record `index` of a batch. Seconds are kept modulo 2^32, which is what the format holds (to 2106). */
  record(batch: Batch, index: number): void {
    const output = this.output;
    const captured = batch.captured[index];
    output.reserve(RECORD_HEADER_LENGTH + captured);
    output.uint32(batch.seconds[index]);
    output.uint32((batch.nanoseconds[index] / this.divisor) | 0);
    output.uint32(captured);
    output.uint32(batch.wire[index]);
    output.copy(batch.bytes, batch.view, batch.offset[index], captured);
  }

  /** Every record of a batch. */
  records(batch: Batch): void {
    const count = batch.count;
    for (let i = 0; i < count; i++) this.record(batch, i);
  }
}
