// Ethernet II and IEEE 802.3 frames, and VLAN tags.

import { Literal } from '../../base/text.ts';
import { TextCache } from '../../base/text-cache.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import { finder, type Printer, State } from '../engine/printer.ts';
import { printArista } from './arista.ts';
import { printLlc } from './llc.ts';
import { CHECK_LENGTH, CIPHERED, macsecLength, NOTHING, printMacsec } from './macsec.ts';

/** What is no EtherType but an IEEE 802.3 length. */

const TO = new Literal(' > ');
const COMMA = new Literal(', ');
const COLON = new Literal(': ');
const LENGTH = new Literal(', length ');
/** The usual types, up to the length behind them. */
const IPV4_LENGTH = new Literal('ethertype IPv4 (0x0800), length ');
const IPV6_LENGTH = new Literal('ethertype IPv6 (0x86dd), length ');

/** What -e writes of frames, up to their length. */
class HeaderTexts extends State {
  readonly cache = new TextCache(256);
}
const headerTexts = finder(HeaderTexts);

/** The frame of a capture; sets the bytes of link header. */
export function printEthernetFrame(p: Printer, offset: number, length: number): void {
  p.linkHeader += printEthernet(p, offset, length);
}

/** An Ethernet frame, also inside another protocol. Returns the bytes of header it went past. */
export function printEthernet(p: Printer, offset: number, length: number): number {
  p.protocol = 'ether';
  const captured = p.available(offset);
  if (length < captured) {
    p.ascii(`[length ${length} < caplen ${captured}]`);
    p.invalid();
    return length;
  }
  if (captured < ethernet.HEADER_LENGTH) {
    p.truncated();
    return captured;
  }
  const frame = offset;
  const type = p.view.getUint16(offset + 12);
  if ((type === ethertype.IPV4 || type === ethertype.IPV6) && !p.quiet) {
    if (p.link) printInternet(p, frame, type, length);
    offset += ethernet.HEADER_LENGTH;
    p.linkAddresses(frame + ethernet.SOURCE, frame);
    p.payload.etherTypes.print(p, type, offset, length - ethernet.HEADER_LENGTH);
    return ethernet.HEADER_LENGTH;
  }
  if (p.link) printAddresses(p, frame);
  offset += ethernet.HEADER_LENGTH;
  const rest = length - ethernet.HEADER_LENGTH;
  return type === ethertype.MACSEC
    ? printSecured(p, offset, rest, frame, length)
    : printTyped(p, type, offset, rest, frame, length, false);
}

/** What lies behind addresses and type, VLAN tags before it; `lengthPrinted`: -e has told how long the frame is. */
function printTyped(
  p: Printer,
  type: number,
  offset: number,
  rest: number,
  frame: number,
  length: number,
  lengthPrinted: boolean,
): number {
  for (;;) {
    while (isVlan(type)) {
      if (p.available(offset) < 4 || rest < 4) {
        p.protocol = 'vlan';
        p.truncated();
        return offset - frame + Math.min(rest, p.available(offset));
      }
      if (p.link) {
        printType(p, type, lengthPrinted ? -1 : length);
        lengthPrinted = true;
        printTag(p, p.view.getUint16(offset));
      }
      type = p.view.getUint16(offset + 2);
      offset += 4;
      rest -= 4;
    }
    if (type !== ethertype.ARISTA) break;
    if (!p.has(offset, 2)) {
      p.ascii('[|arista]');
      return offset - frame + p.available(offset);
    }
    // tcpdump names this type even without -e.
    printType(p, type, length);
    const used = printArista(p, offset);
    if (used < 0) {
      if (!p.link) {
        printAddresses(p, frame);
        printType(p, type, length);
      }
      p.dumpUnknown(offset);
      return offset - frame;
    }
    type = p.u16(offset + used);
    offset += used + 2;
    rest -= used + 2;
    lengthPrinted = false;
  }
  p.linkAddresses(frame + ethernet.SOURCE, frame);
  if (type <= ethertype.LONGEST_LENGTH) {
    if (type < rest) rest = type;
    const end = p.end;
    p.end = Math.min(end, offset + rest);
    if (p.link) {
      p.ascii('802.3');
      // After a VLAN tag tcpdump writes nothing between.
      if (!lengthPrinted) {
        p.field(', length ', rest);
        p.ascii(': ');
      }
    }
    const header = Math.abs(printLlc(p, offset, rest));
    p.end = end;
    return offset - frame + header;
  }
  if (type === ethertype.JUMBO) return offset - frame + Math.abs(printLlc(p, offset, rest));
  if (p.link) printType(p, type, lengthPrinted ? -1 : length);
  if (!p.payload.etherTypes.print(p, type, offset, rest)) {
    if (!p.link) {
      printAddresses(p, frame);
      printType(p, type, length);
    }
    // Behind MACsec more may have been captured than the frame says.
    p.dumpUnknown(offset, Math.min(rest, p.available(offset)));
  }
  return offset - frame;
}

/** MACsec, and what it left in plain text: a frame without its addresses, and without the integrity check value. */
function printSecured(p: Printer, offset: number, rest: number, frame: number, length: number): number {
  if (p.link) printType(p, ethertype.MACSEC, length);
  const captured = p.available(frame);
  const header = printMacsec(p, offset, rest, frame);
  if (header === CIPHERED) {
    const used = macsecLength(p, offset);
    p.dumpUnknown(offset + used);
    return offset - frame + used;
  }
  if (header === NOTHING) return captured;
  const short = p.bytes[offset + 1] & 0x3f;
  const left = rest - header - CHECK_LENGTH;
  const there = p.available(offset) - header - CHECK_LENGTH;
  if (left < 0 || there < 0 || short > left || short > there) {
    p.truncated();
    return captured;
  }
  const end = p.end;
  p.end -= CHECK_LENGTH;
  p.protocol = 'ether';
  const type = p.u16(offset + header);
  const size = short === 0 ? left : short;
  if (size < 2) {
    p.ascii(` [caplen ${size} < 2]`);
    p.end = end;
    return offset - frame + header;
  }
  const used = printTyped(p, type, offset + header + 2, size - 2, frame, length, p.link);
  p.end = end;
  return used;
}

function isVlan(type: number): boolean {
  return (
    type === ethertype.VLAN ||
    type === ethertype.QINQ ||
    type === ethertype.QINQ_9100 ||
    type === ethertype.VLAN_9200
  );
}

/** -e before an IP packet, which most frames carry. */
function printInternet(p: Printer, frame: number, type: number, length: number): void {
  const { out, view } = p;
  const known = headerTexts(p).cache;
  const a = view.getInt32(frame);
  const b = view.getInt32(frame + 4);
  if (!known.write(out, a, b, view.getInt32(frame + 8), type)) {
    const start = out.length;
    printAddresses(p, frame);
    out.literal(type === ethertype.IPV4 ? IPV4_LENGTH : IPV6_LENGTH);
    known.remember(out, start);
  }
  out.decimal(length);
  out.literal(COLON);
}

function printAddresses(p: Printer, frame: number): void {
  p.mac(frame + 6);
  p.out.literal(TO);
  p.mac(frame);
  p.out.literal(COMMA);
}

/** `ethertype IPv4 (0x0800)` (under -q only the name) and the frame's length, left out where it is negative. */
function printType(p: Printer, type: number, length: number): void {
  printTypeName(p, type);
  if (length >= 0) {
    p.put(LENGTH, length);
    p.out.literal(COLON);
  } else p.out.literal(COMMA);
}

function printTypeName(p: Printer, type: number): void {
  const name = p.payload.etherTypes.get(type);
  if (p.quiet) {
    p.ascii(name ?? 'Unknown Ethertype (0x');
    if (name !== undefined) return;
  } else {
    p.ascii('ethertype ');
    p.ascii(name ?? 'Unknown');
    p.ascii(' (0x');
  }
  p.out.hexPadded(type, 4);
  p.ascii(')');
}

/** `vlan 100, p 1, ` (IEEE 802.1Q tag control information). */
export function printTag(p: Printer, tag: number): void {
  p.field('vlan ', tag & 0xfff);
  p.field(', p ', tag >> 13);
  if ((tag & 0x1000) !== 0) p.ascii(', DEI');
  p.ascii(', ');
}
