// The header that Broadcom's lawful interception puts before what it copies.

import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 4;
const DIRECTIONS = ['unknown', 'unused', 'egress', 'ingress'];
const TYPES: readonly (string | undefined)[] = [
  ...['unknown', 'unknown', 'unknown', 'unknown'],
  ...['undecided', 'ipv4', 'ipv6', 'ethernet'],
];
const UNDECIDED = 4;
const IPV4 = 5;
const IPV6 = 6;
const ETHERNET = 7;
const SUBTYPES = ['unknown', 'single VLAN tag', 'double VLAN tag', 'untagged'];

export function printBcmLi(p: Printer, at: number, length: number): void {
  p.protocol = 'bcm_li';
  if (length < HEADER_LENGTH) {
    p.ascii(` (length ${length} < ${HEADER_LENGTH})`);
    p.invalid();
    return;
  }
  const header = p.u32(at);
  const type = (header >>> 25) & 15;
  if (p.verbose > 0) p.ascii('\n    ');
  p.ascii(`BCM-LI-SHIM: direction ${DIRECTIONS[header >>> 29] ?? 'unknown'}`);
  p.ascii(`, pkt-type ${TYPES[type] ?? 'unknown'}`);
  p.ascii(`, pkt-subtype ${SUBTYPES[(header >>> 22) & 7] ?? 'unknown'}`);
  p.field(', li-id ', header & 0x3f_ffff);
  at += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  if (p.verbose === 0) {
    p.need(at, length);
    return;
  }
  p.ascii('\n    ');
  const version = type === UNDECIDED ? p.u8(at) >> 4 : type === IPV4 ? 4 : type === IPV6 ? 6 : 0;
  if (type === ETHERNET) p.payload.ethernet(p, at, length);
  else if (version === 4) p.payload.ipv4(p, at, length);
  else if (version === 6) p.payload.ipv6(p, at, length);
  else if (type === UNDECIDED) p.ascii('unknown payload');
  else p.invalid();
}
