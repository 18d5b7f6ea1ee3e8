// From a host as typed to the addresses to try.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { usageError } from '../errors.ts';
import { failure } from './failure.ts';

/** 0 is either. */
export type Family = 0 | 4 | 6;

export interface Address {
  address: string;
  family: 4 | 6;
}

/** Address and port in Ncat's form, `10.0.1.0:7096`; it puts no brackets around IPv6. */
export function endpoint(address: string, port: number): string {
  return `${address}:${port}`;
}

/**
 * The addresses of a host, in the order to try them (the system's: RFC 6724).
 * @param numeric take addresses only and ask no name server
 * @throws NscapError USAGE for a name where an address is wanted, or an address of the other family; else the
 *   resolver's code (ENOTFOUND, EAI_AGAIN).
 */
export async function addressesOf(host: string, family: Family, numeric: boolean): Promise<Address[]> {
  const literal = isIP(host) as Family;
  if (literal !== 0) {
    if (family !== 0 && family !== literal) throw usageError(`${host} is no IPv${family} address`);
    return [{ address: host, family: literal }];
  }
  if (numeric)
    throw usageError(`'${host}' is no address`, '-n takes addresses only: leave it out to look names up');
  try {
    return (await lookup(host, { all: true, family })) as Address[];
  } catch (error) {
    throw failure(`can't find the host '${host}'`, error);
  }
}

/**
 * Where a listener binds. Without a host it is every address, and as Ncat does, one socket for each family: an IPv4
 * peer is then seen under its IPv4 address.
 */
export async function bindAddresses(
  host: string | undefined,
  family: Family,
  numeric: boolean,
): Promise<Address[]> {
  if (host !== undefined) return (await addressesOf(host, family, numeric)).slice(0, 1);
  const all: Address[] = [
    { address: '::', family: 6 },
    { address: '0.0.0.0', family: 4 },
  ];
  return all.filter((one) => family === 0 || one.family === family);
}
