// How Wireshark reads the options of an IPv4 header (RFC 791, 3.1): which it knows, and where it gives up.
import * as option from '../wire/registry/ipv4-options.ts';

/** Bytes that it reads of an option of a kind, whatever length the option has; of other kinds it says nothing. */
const READ: ReadonlyMap<number, number> = new Map([
  [option.END, 1],
  [option.NO_OPERATION, 1],
  [option.RECORD_ROUTE, 3],
  [option.MTU_PROBE, 4],
  [option.MTU_REPLY, 4],
  [option.QUICK_START, 3],
  [option.TIMESTAMP, 4],
  [option.TRACEROUTE, 12],
  [option.SECURITY, 3],
  [option.LOOSE_ROUTE, 3],
  [option.EXTENDED_SECURITY, 3],
  [option.COMMERCIAL_SECURITY, 8],
  [option.STREAM, 4],
  [option.STRICT_ROUTE, 3],
  [option.ROUTER_ALERT, 4],
  [option.SELECTIVE_BROADCAST, 2],
]);

/** Bytes of options that always have as many. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [option.MTU_PROBE, 4],
  [option.MTU_REPLY, 4],
  [option.QUICK_START, 8],
  [option.TRACEROUTE, 12],
  [option.STREAM, 4],
  [option.ROUTER_ALERT, 4],
]);

/** Levels of security as RFC 791 has them, 3.1, in options of 11 bytes. */
const LEVELS: readonly number[] = [
  0x0000, 0xf135, 0x789a, 0xbc4d, 0x5e26, 0xaf13, 0xd788, 0x6bc5, 0x35e2, 0x9af1, 0x4d78, 0x24bd, 0x135e,
  0x89af, 0xc4d6, 0xe26b,
];

export const isKnown = (kind: number): boolean => READ.has(kind);

/** Is the option shorter than what is read of it? Wireshark reads no further in the packet. */
export const isTooShort = (kind: number, length: number): boolean => length < (READ.get(kind) ?? 0);

/** Is the length of an option no length of its kind? */
export function isWrong(view: DataView, at: number, kind: number, length: number): boolean {
  if (kind === option.SECURITY) return hasSecurityBeyond(view, at, length);
  return (LENGTHS.get(kind) ?? length) !== length;
}

/** Flags of protection, of which each octet says whether there is another (RFC 1108, 2.4), do not end with the option. */
function hasSecurityBeyond(view: DataView, start: number, length: number): boolean {
  if (length <= 3 || (length === 11 && LEVELS.includes(view.getUint16(start + 2)))) return false;
  let at = start + 3;
  const end = start + length;
  while (at < end && (view.getUint8(at) & 1) !== 0) at++;
  return at + 1 !== end;
}

/** Does Wireshark give up within the options of the header at `at`, which were captured whole? */
export function givesUp(view: DataView, at: number, first: number, end: number): boolean {
  for (let offset = at + first; offset < end; ) {
    const kind = view.getUint8(offset);
    if (kind === option.END) return false;
    if (kind === option.NO_OPERATION) {
      offset++;
      continue;
    }
    if (offset + 2 > end) return false;
    const length = view.getUint8(offset + 1);
    if (length < 2 || offset + length > end) return false;
    if (isTooShort(kind, length)) return true;
    offset += length;
  }
  return false;
}
