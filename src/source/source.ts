import type { Batch } from '../base/batch.ts';
import type { Interface, InterfaceNames, Interfaces } from '../base/interface.ts';

export type { Interface, InterfaceStatistics, Moment } from '../base/interface.ts';
export { interfaceNames } from '../base/interface.ts';

/** Where packets come from: a file, a pipe, or a live capture. */
export interface PacketSource extends Interfaces {
  /** Interfaces known so far; grows while a pcapng file is read. `Batch.interface` indexes it. */
  readonly interfaces: readonly Interface[];
  /** Names of interfaces that packets tell by their index; absent: as the interfaces have them. */
  readonly interfaceName?: InterfaceNames;
  /**
   * The next packets, in order, or null at the end. The batch is the source's own and holds until the next call.
   * Throws NscapError for what is no capture at all or a failed system call; a file cut short or damaged delivers what
   * was whole and then tells in `damage`.
   */
  next(): Promise<Batch | null>;
  /**
   * After `next` answered null: what is wrong with the file and at which byte, without its name: `cut short at byte 40: …`.
   */
  readonly damage: string | undefined;
  /** Whether all that is wrong is a last record that is not complete: how the file of a capture that was killed may end. */
  readonly truncated?: boolean;
  /** How much of a file has been read, from 0 to 1; absent or undefined where the whole is not known. */
  readonly progress?: number | undefined;
  /** After the end, where a filter took nothing: in words, which filters would have taken packets. */
  hints?(): string[];
  /** Ends the capture or closes the file. May be called at any time, more than once. */
  close(): Promise<void>;
}
