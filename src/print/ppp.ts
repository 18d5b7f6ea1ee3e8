// PPP (RFC 1661): the protocol field and what it names.
import { printChdlcFrame } from './chdlc.ts';
import { printIp } from './ip.ts';
import { printIp6 } from './ip6.ts';
import { printIpx } from './ipx.ts';
import { printMpls } from './mpls.ts';
import { printOsi } from './osi.ts';
import { printChap, printPap } from './ppp-auth.ts';
import { printControl } from './ppp-control.ts';
import { PPP_PROTOCOLS } from './ppp-protocols.ts';
import { type Printer, writeFlags } from './printer.ts';

const ADDRESS = 0xff;
const ADDRESS_AND_CONTROL = 0xff03;
const CISCO_UNICAST = 0x0f;
const CISCO_BROADCAST = 0x8f;
const INCOMING = 0x0003;
const OUTGOING = 0x0103;

const MULTILINK_FLAGS = [
  [0x80, 'begin'],
  [0x40, 'end'],
] as const;

/** Bytes of address, control and protocol that begin a frame of a PPP link. */
const LINK_HEADER = 4;

/** The frame of a capture of a PPP link. */
export function printPppFrame(p: Printer, at: number, length: number): void {
  p.protocol = 'ppp';
  if (p.has(at, LINK_HEADER)) {
    printPpp(p, at, length);
    p.linkHeader += LINK_HEADER;
  } else {
    p.truncated();
    p.linkHeader += p.available(at);
  }
}

/** The frame of a link that may also carry Cisco's framing: the first byte tells. */
export function printPppHdlcFrame(p: Printer, at: number, length: number): void {
  p.protocol = 'ppp_hdlc';
  const first = p.bytes[at];
  const cisco = first === CISCO_UNICAST || first === CISCO_BROADCAST;
  if (!p.has(at, cisco ? 2 : LINK_HEADER)) {
    p.truncated();
    p.linkHeader += p.available(at);
    return;
  }
  if (cisco) {
    printChdlcFrame(p, at, length);
    return;
  }
  if (p.link) {
    p.hexBytes(at, 1);
    p.ascii(' ');
    p.hexBytes(at + 1, 1);
    p.field(' ', length);
    p.ascii(' ');
  }
  if (first !== ADDRESS) {
    p.ascii('unknown addr ');
    p.hexBytes(at + 2, 1);
    p.ascii('; ctrl ');
    p.hexBytes(at + 3, 1);
    p.linkHeader += 2;
    return;
  }
  const protocol = p.u16(at + 2);
  p.ascii(`${nameOf(protocol)}: `);
  printPppProtocol(p, protocol, at + LINK_HEADER, length - LINK_HEADER);
  p.linkHeader += LINK_HEADER;
}

function nameOf(protocol: number): string {
  const digits = protocol.toString(16).padStart(4, '0');
  return PPP_PROTOCOLS.get(protocol) ?? `unknown PPP protocol (0x${digits})`;
}

/** Answers the bytes of header it went past. */
export function printPpp(p: Printer, at: number, length: number): number {
  p.protocol = 'ppp';
  const start = at;
  const whole = length;
  if (length < 2) {
    p.truncated();
    return 0;
  }
  const first = p.u16(at);
  if (first === ADDRESS_AND_CONTROL || first === INCOMING || first === OUTGOING) {
    if (p.link && first !== ADDRESS_AND_CONTROL) p.ascii(first === INCOMING ? 'In  ' : 'Out ');
    at += 2;
    length -= 2;
  }
  if (length < 2) {
    p.truncated();
    return 0;
  }
  // One byte where it is odd: the field was compressed.
  const size = p.u8(at) % 2 !== 0 ? 1 : 2;
  const protocol = size === 1 ? p.u8(at) : p.u16(at);
  if (p.link) {
    const name = PPP_PROTOCOLS.get(protocol);
    p.ascii(`${name ?? 'unknown'} (0x`);
    p.out.hexPadded(protocol, 4);
    p.field('), length ', whole);
    if (name === undefined) return at + size - start;
    p.ascii(': ');
  }
  printPppProtocol(p, protocol, at + size, length - size);
  return at + size - start;
}

function printPppProtocol(p: Printer, protocol: number, at: number, length: number): void {
  switch (protocol) {
    case 0xc021:
    case 0x8021:
    case 0x8023:
    case 0x8281:
    case 0x8057:
    case 0x80fd:
    case 0xc02b:
      printControl(p, protocol, at, length);
      return;
    case 0x003d:
      printMultilink(p, at, length);
      return;
    case 0xc223:
      printChap(p, at, length);
      return;
    case 0xc023:
      printPap(p, at, length);
      return;
    case 0xc02d: // bandwidth allocation is not taken apart
      return;
    case 0x0800:
    case 0x002f:
    case 0x0021:
      printIp(p, at, length);
      return;
    case 0x86dd:
    case 0x0057:
      printIp6(p, at, length);
      return;
    case 0x0023:
      printOsi(p, at, length);
      return;
    case 0x002b:
      printIpx(p, at, length);
      return;
    case 0x0281:
    case 0x0283:
      printMpls(p, at, length);
      return;
    case 0x00fd:
      p.ascii('compressed PPP data');
      return;
    default:
      p.ascii(`${nameOf(protocol)} `);
      p.unknown(at, '\n\t', length);
  }
}

/** Multilink (RFC 1990): sequence numbers of 12 bits. */
function printMultilink(p: Printer, at: number, length: number): void {
  if (!p.link) p.ascii('MLPPP, ');
  if (length < 2 || !p.has(at, 2)) {
    p.ascii('[|mlppp]');
    return;
  }
  p.ascii('seq 0x');
  p.out.hexPadded(p.view.getUint16(at) & 0xfff, 3);
  p.ascii(', Flags [');
  writeFlags(p, MULTILINK_FLAGS, 'none', p.bytes[at] & 0xc0, ', ');
  p.field('], length ', length);
}
