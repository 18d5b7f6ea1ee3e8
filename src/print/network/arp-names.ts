// What ARP and ATMARP have in common: operations, hardware types, and what is no address of IPv4.
import * as arp from '../../wire/arp.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import type { NameLookup, Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

/** Hardware types of ARP. */
export const HARDWARE: Names = new Map([
  [1, 'Ethernet'],
  [6, 'TokenRing'],
  [7, 'ArcNet'],
  [15, 'FrameRelay'],
  [19, 'ATM'],
  [23, 'Strip'],
  [24, 'IEEE 1394'],
  [32, 'InfiniBand'],
]);

export const REVERSE_REQUEST = 3;
export const REVERSE_REPLY = 4;
export const INVERSE_REQUEST = 8;
export const INVERSE_REPLY = 9;
export const OPERATIONS: Names = new Map([
  [arp.REQUEST, 'Request'],
  [arp.REPLY, 'Reply'],
  [REVERSE_REQUEST, 'Reverse Request'],
  [REVERSE_REPLY, 'Reverse Reply'],
  [INVERSE_REQUEST, 'Inverse Request'],
  [INVERSE_REPLY, 'Inverse Reply'],
  [10, 'NACK Reply'],
]);

export function isInternet(protocol: number): boolean {
  return protocol === ethertype.IPV4 || protocol === ethertype.TRAILERS;
}

/** The name of a value, or `unknown`, the value (in hex for base 16) and a bracket. */
export function named(p: Printer, names: NameLookup, value: number, unknown: string, base: number): void {
  const name = names.get(value);
  if (name !== undefined) {
    p.ascii(name);
    return;
  }
  p.ascii(unknown);
  if (base === 16) p.out.hexPadded(value, 4);
  else p.decimal(value);
  p.ascii(')');
}
