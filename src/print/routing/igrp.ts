// Cisco's interior gateway routing protocol.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 12;
const ENTRY_LENGTH = 14;
const UNREACHABLE = 0xffffff;
const OPERATIONS = ['', 'update', 'request'];

export function printIgrp(p: Printer, offset: number, length: number): void {
  p.protocol = 'igrp';
  p.ascii('igrp:');
  p.need(offset, HEADER_LENGTH - 2);
  const first = p.bytes[offset];
  let interior = p.u16(offset + 4);
  let system = p.u16(offset + 6);
  let exterior = p.u16(offset + 8);
  const operation = OPERATIONS[first & 15] || `op-#${first & 15}`;
  p.ascii(` ${operation} V${first >> 4} edit=${p.bytes[offset + 1]} AS=${p.u16(offset + 2)}`);
  p.ascii(` (${interior}/${system}/${exterior})`);
  const checksum = p.u16(offset + 10);
  if (p.verbose > 0) {
    p.ascii(' checksum=0x');
    p.out.hexPadded(checksum, 4);
  }
  offset += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  for (; length >= ENTRY_LENGTH; offset += ENTRY_LENGTH, length -= ENTRY_LENGTH) {
    p.need(offset, 3);
    const net = `${p.bytes[offset]}.${p.bytes[offset + 1]}.${p.bytes[offset + 2]}`;
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
    printEntry(p, offset);
  }
  if (interior !== 0 || system !== 0 || exterior !== 0 || length !== 0) p.invalid();
}

function printEntry(p: Printer, offset: number): void {
  p.need(offset, ENTRY_LENGTH);
  const delay = p.u24(offset + 3);
  const bandwidth = p.u24(offset + 6);
  const metric = Math.min(bandwidth + delay, UNREACHABLE);
  p.field(' d=', 10 * delay);
  p.field(' b=', bandwidth === 0 ? 0 : Math.floor(10_000_000 / bandwidth));
  p.field(' r=', p.bytes[offset + 11]);
  p.field(' l=', p.bytes[offset + 12]);
  p.field(' M=', metric);
  p.field(' mtu=', p.u16(offset + 9));
  p.field(' in ', p.bytes[offset + 13]);
  p.ascii(' hops');
}
