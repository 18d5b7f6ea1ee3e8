const EMPTY = new Uint8Array(0);

/**
 * A batch of captured records: one buffer of raw bytes and columns that say where each record lies.
 *
 * Byte order, microseconds or nanoseconds, pcap or pcapng, live or file are absorbed by the source that fills it (source/
 * and file/) and never seen by its reader. A batch belongs to its source and is valid until the source is asked
 * for the next one: copy what must live longer. Nothing is allocated per record.
 *
 * It lies in base/ and not in source/, because file/ fills it and wire/ reads it, and both are below source/.
 */
export class Batch {
  /** The buffer all records of this batch lie in. */
  bytes: Uint8Array = EMPTY;
  /** The same buffer for multi-byte reads. */
  view: DataView = new DataView(EMPTY.buffer);
  /** Records filled so far. */
  count = 0;
  /**
   * Number of record 0, counted from 1 over all records delivered: what `tcpdump -#` prints. A filter in between makes
   * it smaller than the frame's number in the capture, which `frame` tells.
   */
  first = 1;
  /** Records the batch can hold. */
  readonly capacity: number;
  /** Where each record's first byte lies in `bytes`. */
  readonly offset: Uint32Array;
  /** Bytes captured of each record. `offset + captured <= bytes.length` always holds. */
  readonly captured: Uint32Array;
  /** Bytes the packet had on the wire. */
  readonly wire: Uint32Array;
  /** Time stamp: seconds since 1970 UTC (a whole number, negative before). */
  readonly seconds: Float64Array;
  /**
   * Time stamp: nanoseconds, 0 to 999 999 999. Only a pcap file whose own fraction is not below one second gives more
   * (at most 2^32 microseconds): it is passed on unchanged, as tcpdump does.
   */
  readonly nanoseconds: Float64Array;
  /** LINKTYPE_ value (wire/linktype.ts) of each record; raw IP is always 101, whichever number the file has. */
  readonly linkType: Uint16Array;
  /** What each record is (record-kind.ts): a packet, unless the source was asked for more. */
  readonly kind: Uint8Array;
  /** Index into the source's interfaces; of what is no packet, the section of the file it lies in. */
  readonly interface: Uint32Array;
  /** epb_flags as pcapng defines them (bits 0-1: 0 unknown, 1 inbound, 2 outbound); 0 where not known. */
  readonly flags: Uint32Array;
  /**
   * pcapng options of each record (file/pcapng-options.ts reads them): where they lie in `bytes`, and their length in
   * bytes, 0 where there are none. Comments and hashes of packets survive a conversion this way without an object.
   */
  readonly options: Uint32Array;
  readonly optionsLength: Uint32Array;
  /** Byte order of all options in this batch. */
  optionsLittleEndian = true;
  /** Frame numbers where records were left out in between; see `frame`. */
  private frames: Float64Array | undefined;

  constructor(capacity = 8192) {
    this.capacity = capacity;
    this.offset = new Uint32Array(capacity);
    this.captured = new Uint32Array(capacity);
    this.wire = new Uint32Array(capacity);
    this.seconds = new Float64Array(capacity);
    this.nanoseconds = new Float64Array(capacity);
    this.linkType = new Uint16Array(capacity);
    this.kind = new Uint8Array(capacity);
    this.interface = new Uint32Array(capacity);
    this.flags = new Uint32Array(capacity);
    this.options = new Uint32Array(capacity);
    this.optionsLength = new Uint32Array(capacity);
  }

  /** Points the batch at a buffer and forgets the records; `first` is the frame number of the next one. */
  reset(bytes: Uint8Array, first: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.count = 0;
    this.first = first;
  }

  /** Number of record `index` in the whole capture, counted from 1 and before any filter: Wireshark's frame number. */
  frame(index: number): number {
    return this.frames === undefined ? this.first + index : this.frames[index];
  }

  /** Appends record `index` of another batch, which must have the same buffer; the packet's bytes stay where they are. */
  take(from: Batch, index: number): void {
    const to = this.count++;
    this.frames ??= new Float64Array(this.capacity);
    this.frames[to] = from.frame(index);
    this.offset[to] = from.offset[index];
    this.captured[to] = from.captured[index];
    this.wire[to] = from.wire[index];
    this.seconds[to] = from.seconds[index];
    this.nanoseconds[to] = from.nanoseconds[index];
    this.linkType[to] = from.linkType[index];
    this.kind[to] = from.kind[index];
    this.interface[to] = from.interface[index];
    this.flags[to] = from.flags[index];
    this.options[to] = from.options[index];
    this.optionsLength[to] = from.optionsLength[index];
  }

  /** True when no further record fits. */
  get full(): boolean {
    return this.count === this.capacity;
  }
}
