// Cisco's interior gateway routing protocol.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 12;
const ENTRY_LENGTH = 14;
const UNREACHABLE = 0xffffff;
const OPERATIONS = ['', 'update', 'request'];

export function printIgrp(p: Printer, at: number, length: number): void {
  p.protocol = 'igrp';
  p.ascii('igrp:');
  p.need(at, HEADER_LENGTH - 2);
  const first = p.bytes[at];
  let interior = p.u16(at + 4);
  let system = p.u16(at + 6);
  let exterior = p.u16(at + 8);
  const operation = OPERATIONS[first & 15] || `op-#${first & 15}`;
  p.ascii(` ${operation} V${first >> 4} edit=${p.bytes[at + 1]} AS=${p.u16(at + 2)}`);
  p.ascii(` (${interior}/${system}/${exterior})`);
  const checksum = p.u16(at + 10);
  if (p.verbose > 0) {
    p.ascii(' checksum=0x');
    p.out.hexPadded(checksum, 4);
  }
  at += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  for (; length >= ENTRY_LENGTH; at += ENTRY_LENGTH, length -= ENTRY_LENGTH) {
    p.need(at, 3);
    const net = `${p.bytes[at]}.${p.bytes[at + 1]}.${p.bytes[at + 2]}`;
    if (interior > 0) {
      p.ascii(` *.${net}`);
      interior--;
    } else if (system > 0) {
      p.ascii(` ${net}.0`);
      system--;
    } else if (exterior > 0) {
      p.ascii(` X${net}.0`);
      exterior--;
    } else {
      p.field(' [extra bytes ', length);
      p.ascii(']');
      break;
    }
    printEntry(p, at);
  }
  if (interior !== 0 || system !== 0 || exterior !== 0 || length !== 0) p.invalid();
}

function printEntry(p: Printer, at: number): void {
  p.need(at, ENTRY_LENGTH);
  const delay = p.u24(at + 3);
  const bandwidth = p.u24(at + 6);
  const metric = Math.min(bandwidth + delay, UNREACHABLE);
  p.field(' d=', 10 * delay);
  p.field(' b=', bandwidth === 0 ? 0 : Math.floor(10_000_000 / bandwidth));
  p.field(' r=', p.bytes[at + 11]);
  p.field(' l=', p.bytes[at + 12]);
  p.field(' M=', metric);
  p.field(' mtu=', p.u16(at + 9));
  p.field(' in ', p.bytes[at + 13]);
  p.ascii(' hops');
}
