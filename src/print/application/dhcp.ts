// BOOTP (RFC 951) and DHCP (RFC 2131).

import { closing, type Printer } from '../engine/printer.ts';
import { printTerminated } from '../engine/text.ts';
import { printDhcpOptions } from './dhcp-option.ts';

const REQUEST = 1;
const REPLY = 2;
const ETHERNET = 1;
const MAC_LENGTH = 6;
/** Behind the fixed fields lie the options, begun by this number (RFC 2132, 2); or Carnegie Mellon's old table. */
const VENDOR = 236;
const COOKIE = 0x63825363;
const CMU = 0x434d5500;

export const printDhcp = closing((p, offset, length) => {
  p.protocol = 'bootp';
  const operation = p.u8(offset);
  p.ascii('BOOTP/DHCP, ');
  if (operation === REQUEST) p.ascii('Request');
  else if (operation === REPLY) p.ascii('Reply');
  else {
    p.ascii('unknown (0x');
    p.out.hexPadded(operation, 2);
    p.ascii(')');
  }
  const hardware = p.u8(offset + 1);
  const hardwareLength = p.u8(offset + 2);
  const ethernet = hardware === ETHERNET && hardwareLength === MAC_LENGTH;
  if (ethernet && operation === REQUEST) {
    p.need(offset + 28, MAC_LENGTH);
    p.ascii(' from ');
    p.mac(offset + 28);
  }
  p.field(', length ', length);
  if (p.verbose > 0) printFields(p, offset, hardware, hardwareLength, ethernet);
});

function printFields(
  p: Printer,
  offset: number,
  hardware: number,
  hardwareLength: number,
  ethernet: boolean,
): void {
  p.check(offset + 8, 2);
  if (hardware !== ETHERNET) p.field(', htype ', hardware);
  if (!ethernet) p.field(', hlen ', hardwareLength);
  const hops = p.u8(offset + 3);
  if (hops !== 0) p.field(', hops ', hops);
  const transaction = p.u32(offset + 4);
  if (transaction !== 0) p.hexField(', xid 0x', transaction);
  const seconds = p.u16(offset + 8);
  if (seconds !== 0) p.field(', secs ', seconds);
  const flags = p.u16(offset + 10);
  p.ascii((flags & 0x8000) !== 0 ? ', Flags [Broadcast]' : ', Flags [none]');
  if (p.verbose > 1) {
    p.ascii(' (0x');
    p.out.hexPadded(flags, 4);
    p.ascii(')');
  }
  printAddress(p, '\n\t  Client-IP ', offset + 12);
  printAddress(p, '\n\t  Your-IP ', offset + 16);
  printAddress(p, '\n\t  Server-IP ', offset + 20);
  printAddress(p, '\n\t  Gateway-IP ', offset + 24);
  if (ethernet) {
    p.need(offset + 28, MAC_LENGTH);
    p.ascii('\n\t  Client-Ethernet-Address ');
    p.mac(offset + 28);
  }
  if (!printName(p, '\n\t  sname "', offset + 44, 64) || !printName(p, '\n\t  file "', offset + 108, 128))
    return;
  p.check(offset + VENDOR, 4);
  const vendor = p.u32(offset + VENDOR);
  if (vendor === COOKIE) printDhcpOptions(p, offset + VENDOR);
  else if (vendor === CMU) printCmu(p, offset + VENDOR);
  else if (vendor !== 0) p.hexField('\n\t  Vendor-#0x', vendor);
}

function printAddress(p: Printer, title: string, offset: number): void {
  if (p.u32(offset) === 0) return;
  p.ascii(title);
  p.ipv4(offset);
}

/** A name in quotes, where there is one. Returns false where it has no end: nothing is printed behind it. */
function printName(p: Printer, title: string, offset: number, length: number): boolean {
  if (p.u8(offset) === 0) return true;
  p.ascii(title);
  const whole = printTerminated(p, offset, length);
  p.ascii('"');
  if (!whole) p.truncated();
  return whole;
}

const CMU_FIELDS: readonly (readonly [offset: number, name: string])[] = [
  [12, ' DG:'],
  [8, ' SM*:'],
  [16, ' NS1:'],
  [20, ' NS2:'],
  [24, ' IEN1:'],
  [28, ' IEN2:'],
  [32, ' TS1:'],
  [36, ' TS2:'],
];
const MASK_VALID = 1;

function printCmu(p: Printer, offset: number): void {
  p.ascii(' vend-cmu');
  p.check(offset + 4, 4);
  const flags = p.bytes[offset + 4];
  if ((flags & ~MASK_VALID) !== 0) p.hexField(' F:0x', flags);
  for (const [field, name] of CMU_FIELDS) {
    p.check(offset + field, 4);
    if (p.u32(offset + field) === 0) continue;
    p.ascii(field === 8 && (flags & MASK_VALID) !== 0 ? ' SM:' : name);
    p.ipv4(offset + field);
  }
}
