import type { Batch } from '../base/batch.ts';

/** An interface packets were captured on: the one of a pcap file or a live capture, or each of a pcapng file. */
export interface Interface {
  /** LINKTYPE_ value (wire/linktype.ts). */
  linkType: number;
  /** Bytes captured of a packet at most; 0 for no limit. */
  snaplen: number;
  /** if_name, such as `ns1:veth0`; empty where not known. */
  name: string;
  description: string;
}

/** Where packets come from: a file, a pipe, or a live capture. */
export interface PacketSource {
  /** Interfaces known so far; grows while a pcapng file is read. `Batch.interface` indexes it. */
  readonly interfaces: readonly Interface[];
  /**
   * The next packets, in order, or null at the end. The batch is the source's own and holds until the next call.
   * Throws NscapError for what is no capture at all or a failed system call; a file cut short or damaged delivers what
   * was whole and then tells in `damage`.
   */
  next(): Promise<Batch | null>;
  /** After `next` answered null: what is wrong with the file and at which byte, in one sentence. */
  readonly damage: string | undefined;
  /** Ends the capture or closes the file. May be called at any time, more than once. */
  close(): Promise<void>;
}
