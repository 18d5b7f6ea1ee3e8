// Addresses in PGM, each behind its family.
import { IPV4, IPV6 } from '../../wire/registry/address-families.ts';
import type { Printer } from '../engine/printer.ts';

/** Bytes of an address of this family, 0 where it has none that is known. */
export function pgmAddressLength(family: number): number {
  return family === IPV4 ? 4 : family === IPV6 ? 16 : 0;
}

export function printPgmAddress(p: Printer, offset: number, size: number): void {
  if (size === 4) p.ipv4(offset);
  else p.ipv6(offset);
}
