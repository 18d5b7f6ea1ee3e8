// The headers of Linux "cooked" captures: LINUX_SLL and LINUX_SLL2.
import * as ethertype from '../../wire/registry/ethertypes.ts';
import type { Printer } from '../engine/printer.ts';
import { printTag } from './ethernet.ts';
import { printLlc } from './llc.ts';

const HEADER_LENGTH = 16;
const HEADER_LENGTH_2 = 20;
const NOVELL_802_3 = 0x0001;
const IEEE_802_2 = 0x0004;
/** The hardware type of frames behind a radiotap header (ARPHRD_IEEE80211_RADIOTAP). */
const RADIOTAP = 803;
const DIRECTIONS = ['In', 'B', 'M', 'P', 'Out'];

export function printSll(p: Printer, offset: number, length: number): void {
  p.protocol = 'sll';
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  const type = p.view.getUint16(offset + 14);
  if (p.link) printHeader(p, offset, type, length);
  if (p.view.getUint16(offset + 2) === RADIOTAP) {
    p.payload.radiotap(p, offset + HEADER_LENGTH, length - HEADER_LENGTH);
    p.linkHeader += HEADER_LENGTH;
  } else p.linkHeader += printPayload(p, offset, HEADER_LENGTH, type, length, printHeader);
}

function printHeader(p: Printer, offset: number, type: number, length: number): void {
  p.protocol = 'sll';
  const direction = DIRECTIONS[p.view.getUint16(offset)] ?? '?';
  p.ascii(direction.padStart(3));
  p.ascii(' ');
  if (p.view.getUint16(offset + 4) === 6) {
    p.mac(offset + 6);
    p.ascii(' ');
  }
  printProtocol(p, type, length);
}

export function printSll2(p: Printer, offset: number, length: number): void {
  p.protocol = 'sll2';
  if (!p.has(offset, HEADER_LENGTH_2)) {
    p.truncated();
    return;
  }
  // 0 is the index of no interface.
  const index = p.view.getUint32(offset + 4);
  p.out.utf8((index === 0 ? '?' : p.options.interfaceName(p.interface, index)).padEnd(5));
  p.ascii(' ');
  p.ascii((DIRECTIONS[p.bytes[offset + 10]] ?? '?').padEnd(3));
  p.ascii(' ');
  const type = p.view.getUint16(offset);
  if (p.link) printHeader2(p, offset, type, length);
  if (p.view.getUint16(offset + 8) === RADIOTAP) {
    p.payload.radiotap(p, offset + HEADER_LENGTH_2, length - HEADER_LENGTH_2);
    p.linkHeader += HEADER_LENGTH_2;
  } else p.linkHeader += printPayload(p, offset, HEADER_LENGTH_2, type, length, printHeader2);
}

function printHeader2(p: Printer, offset: number, type: number, length: number): void {
  p.protocol = 'sll2';
  p.field('ifindex ', p.view.getUint32(offset + 4));
  p.ascii(' ');
  if (p.bytes[offset + 11] === 6) {
    p.mac(offset + 12);
    p.ascii(' ');
  }
  printProtocol(p, type, length);
}

function printProtocol(p: Printer, type: number, length: number): void {
  if (p.quiet) return;
  if (type === NOVELL_802_3) p.ascii('802.3');
  else if (type === IEEE_802_2) p.ascii('802.2');
  else {
    p.ascii('ethertype ');
    p.ascii((type > ethertype.LONGEST_LENGTH ? p.payload.etherTypes.get(type) : undefined) ?? 'Unknown');
    p.ascii(' (0x');
    p.out.hexPadded(type, 4);
    p.ascii(')');
  }
  p.field(', length ', length);
  p.ascii(': ');
}

/** What lies behind the header. Returns the bytes of header, VLAN tags and LLC included. */
function printPayload(
  p: Printer,
  start: number,
  header: number,
  type: number,
  length: number,
  describe: (p: Printer, offset: number, type: number, length: number) => void,
): number {
  const first = type;
  let offset = start + header;
  let rest = length - header;
  while (type === ethertype.VLAN) {
    if (!p.has(offset, 4)) {
      p.protocol = 'vlan';
      p.truncated();
      return offset - start + p.available(offset);
    }
    if (p.link) printTag(p, p.view.getUint16(offset));
    type = p.view.getUint16(offset + 2);
    if (type <= ethertype.LONGEST_LENGTH) type = IEEE_802_2;
    if (!p.quiet) {
      p.ascii('ethertype ');
      p.ascii(p.payload.etherTypes.get(type) ?? 'Unknown');
      p.ascii(', ');
    }
    offset += 4;
    rest -= 4;
  }
  if (type === IEEE_802_2) return offset - start + Math.max(0, printLlc(p, offset, rest));
  if (type === NOVELL_802_3) p.payload.ipx(p, offset, rest);
  else if (type <= ethertype.LONGEST_LENGTH) p.dumpUnknown(offset);
  else if (!p.payload.etherTypes.print(p, type, offset, rest)) {
    if (!p.link) describe(p, start, first, rest + header);
    p.dumpUnknown(offset);
  }
  return offset - start;
}
