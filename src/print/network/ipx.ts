// Novell's IPX, and of what it carries SAP, RIP and EIGRP.

import { short } from '../engine/lengths.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const HEADER_LENGTH = 30;
const NCP = 0x0451;
const SAP = 0x0452;
const RIP = 0x0453;
const NETBIOS = 0x0455;
const DIAGNOSTICS = 0x0456;
const NWLINK = 0x0553;
const EIGRP = 0x85be;

function hex(p: Printer, value: number, digits: number): void {
  p.out.hexPadded(value, digits);
}

/** `00056c00.00:60:b0:7a:e0:e8`. */
function address(p: Printer, offset: number): void {
  p.need(offset, 10);
  hex(p, p.u32(offset), 8);
  p.ascii('.');
  p.pairs(offset + 4, 6);
}

function endpoint(p: Printer, offset: number): void {
  p.need(offset, 12);
  address(p, offset);
  p.ascii('.');
  hex(p, p.u16(offset + 10), 4);
}

export function printIpx(p: Printer, offset: number, _length: number): void {
  p.protocol = 'ipx';
  if (!p.link) p.ascii('IPX ');
  endpoint(p, offset + 18);
  p.ascii(' > ');
  endpoint(p, offset + 6);
  p.ascii(': ');
  const length = p.u16(offset + 2);
  if (length < HEADER_LENGTH) {
    p.ascii(`[length ${length} < ${HEADER_LENGTH}]`);
    p.invalid();
    return;
  }
  const socket = p.u16(offset + 16);
  const data = offset + HEADER_LENGTH;
  const rest = length - HEADER_LENGTH;
  switch (socket) {
    case SAP:
      printSap(p, data, rest);
      return;
    case RIP:
      printRip(p, data, rest);
      return;
    case EIGRP:
      p.payload.eigrp(p, data, rest);
      return;
    case NCP:
      p.field('ipx-ncp ', rest);
      return;
    case NETBIOS:
      p.field('ipx-netbios ', rest);
      return;
    case DIAGNOSTICS:
      p.field('ipx-diags ', rest);
      return;
    case NWLINK:
      p.field('ipx-nwlink-dgm ', rest);
      return;
  }
  p.ascii(`ipx-#${socket.toString(16)} ${rest}`);
}

/** Service advertisements. */
function printSap(p: Printer, offset: number, length: number): void {
  const command = p.u16(offset);
  if (short(p, length, 2)) return;
  offset += 2;
  length -= 2;
  if (command === 1 || command === 3) {
    p.ascii(command === 1 ? 'ipx-sap-req' : 'ipx-sap-nearest-req');
    p.need(offset, 2);
    p.ascii(' ');
    hex(p, p.u16(offset), 4);
    return;
  }
  if (command !== 2 && command !== 4) {
    p.hexField('ipx-sap-?', command);
    return;
  }
  p.ascii(command === 2 ? 'ipx-sap-resp' : 'ipx-sap-nearest-resp');
  for (let i = 0; i < 8 && length !== 0; i++) {
    if (short(p, length, 2)) return;
    const type = p.u16(offset);
    p.ascii(' ');
    hex(p, type, 4);
    p.ascii(" '");
    offset += 2;
    length -= 2;
    if (length < 48) {
      p.ascii("'");
      p.invalid();
      return;
    }
    printPadded(p, offset, 48);
    p.ascii("'");
    offset += 48;
    length -= 48;
    if (short(p, length, 10)) return;
    p.need(offset, 10);
    p.ascii(' addr ');
    address(p, offset);
    offset += 10;
    length -= 10;
    if (length < 4) {
      p.invalid();
      return;
    }
    p.need(offset, 4);
    offset += 4;
    length -= 4;
  }
}

/** Routes. */
/** A response has no more (IPX Router Specification, 3.2.3). */
const ROUTES = 50;

function printRip(p: Printer, offset: number, length: number): void {
  const command = p.u16(offset);
  if (short(p, length, 2)) return;
  offset += 2;
  length -= 2;
  if (command !== 1 && command !== 2) {
    p.hexField('ipx-rip-?', command);
    return;
  }
  p.ascii(command === 1 ? 'ipx-rip-req' : 'ipx-rip-resp');
  for (let i = 0; i < (command === 1 ? 1 : ROUTES) && length !== 0; i++) {
    if (length < 8) {
      p.invalid();
      return;
    }
    p.need(offset, 8);
    p.ascii(' ');
    hex(p, p.u32(offset), 8);
    p.ascii(`/${p.u16(offset + 4)}.${p.u16(offset + 6)}`);
    offset += 8;
    length -= 8;
  }
}
