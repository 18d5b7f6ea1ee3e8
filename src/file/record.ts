// What the readers of pcap and pcapng have in common.
import type { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import * as link from '../wire/linktype.ts';

/** A parser of bytes in memory. It does no I/O and keeps no bytes: the caller holds the buffer and moves it along. */
export interface Parser {
  /** The interfaces described so far. */
  readonly interfaces: Interface[];
  /**
   * Appends the whole records that lie in `batch.bytes` from `at` up to before `end`, as many as the batch holds.
   * Returns where it stopped: at the first record that is not whole (`needed` says how long that is), at a damaged one
   * (`damage` is set, and nothing can be read from there), or beyond `end`, where bytes in between are not wanted.
   */
  fill(batch: Batch, at: number, end: number): number;
  /** Length in bytes of the record at which `fill` stopped, as far as it is known. */
  readonly needed: number;
  /** What is wrong with the record at which `fill` stopped: a clause such as `a block of 4 bytes`. */
  readonly damage: string | undefined;
}

/** The longest packet of ordinary link types: what libpcap and Wireshark allow. */
const LONGEST = 262144;

/** The longest packet a file may hold, in bytes. D-Bus and USB transfers, and the EBHSCR analyser's, may be longer. */
export function longestPacket(linkType: number): number {
  switch (linkType) {
    case 231: // DBUS
    case 186: // USB
    case 189: // USB_LINUX
    case 220: // USB_LINUX_MMAPPED
    case 249: // USBPCAP
      return 128 << 20;
    case 279: // EBHSCR
      return 8 << 20;
    default:
      return LONGEST;
  }
}

/** The LINKTYPE_ value meant by one found in a file: 12 and 14 are what BSDs wrote for raw IP. */
export function meantLinkType(linkType: number): number {
  return linkType === 12 || linkType === 14 ? link.RAW : linkType;
}
