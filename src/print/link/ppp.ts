// PPP (RFC 1661): the protocol field and what it names.
import { ADDRESS_AND_CONTROL, LINK_HEADER, protocolSize } from '../../wire/ppp.ts';
import * as ppp from '../../wire/registry/ppp-protocols.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';

const ADDRESS = 0xff;
/** Of HDLC-like framing. */
const FLAG = 0x7e;
const ESCAPE = 0x7d;
const CISCO_UNICAST = 0x0f;
const CISCO_BROADCAST = 0x8f;
const INCOMING = 0x0003;
const OUTGOING = 0x0103;

const MULTILINK_FLAGS = [
  [0x80, 'begin'],
  [0x40, 'end'],
] as const;

/** The frame of a capture of a PPP link. */
export function printPppFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'ppp';
  if (p.has(offset, LINK_HEADER)) {
    printPpp(p, offset, length);
    p.linkHeader += LINK_HEADER;
  } else {
    p.truncated();
    p.linkHeader += p.available(offset);
  }
}

/** The frame of a link that may also carry Cisco's framing: the first byte tells. */
export function printPppHdlcFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'ppp_hdlc';
  const first = p.bytes[offset];
  const cisco = first === CISCO_UNICAST || first === CISCO_BROADCAST;
  if (!p.has(offset, cisco ? 2 : LINK_HEADER)) {
    p.truncated();
    p.linkHeader += p.available(offset);
    return;
  }
  if (cisco) {
    p.payload.chdlc(p, offset, length);
    return;
  }
  if (p.link) {
    p.hexBytes(offset, 1);
    p.ascii(' ');
    p.hexBytes(offset + 1, 1);
    p.field(' ', length);
    p.ascii(' ');
  }
  if (first !== ADDRESS) {
    p.ascii('unknown addr ');
    p.hexBytes(offset + 2, 1);
    p.ascii('; ctrl ');
    p.hexBytes(offset + 3, 1);
    p.linkHeader += 2;
    return;
  }
  const protocol = p.u16(offset + 2);
  p.ascii(`${nameOf(p, protocol)}: `);
  printPppProtocol(p, protocol, offset + LINK_HEADER, length - LINK_HEADER);
  p.linkHeader += LINK_HEADER;
}

function nameOf(p: Printer, protocol: number): string {
  const digits = protocol.toString(16).padStart(4, '0');
  return p.payload.pppProtocols.get(protocol) ?? `unknown PPP protocol (0x${digits})`;
}

/** Returns the bytes of header it went past. */
export function printPpp(p: Printer, offset: number, length: number): number {
  p.protocol = 'ppp';
  const start = offset;
  const whole = length;
  if (length < 2) {
    p.truncated();
    return 0;
  }
  const first = p.u16(offset);
  if (first === ADDRESS_AND_CONTROL || first === INCOMING || first === OUTGOING) {
    if (p.link && first !== ADDRESS_AND_CONTROL) p.ascii(first === INCOMING ? 'In  ' : 'Out ');
    offset += 2;
    length -= 2;
  }
  if (length < 2) {
    p.truncated();
    return 0;
  }
  const size = protocolSize(p.u8(offset));
  const protocol = size === 1 ? p.u8(offset) : p.u16(offset);
  if (p.link) {
    const name = p.payload.pppProtocols.get(protocol);
    p.ascii(`${name ?? 'unknown'} (0x`);
    p.out.hexPadded(protocol, 4);
    p.field('), length ', whole);
    if (name === undefined) return offset + size - start;
    p.ascii(': ');
  }
  printPppProtocol(p, protocol, offset + size, length - size);
  return offset + size - start;
}

function printPppProtocol(p: Printer, protocol: number, offset: number, length: number): void {
  // No protocol has this number: what begins with the flag of HDLC-like framing is a frame as a serial line carries it.
  if (protocol >> 8 === FLAG) {
    if (length > 0) printStuffed(p, offset - 1);
    return;
  }
  if (p.payload.pppProtocols.print(p, protocol, offset, length)) return;
  p.ascii(`${nameOf(p, protocol)} `);
  p.unknown(offset, '\n\t', length);
}

/** A frame with bytes escaped (RFC 1662, 4.2), which may begin with its protocol, or with IP's number in one byte. */
function printStuffed(p: Printer, offset: number): void {
  const { bytes, view, end } = p;
  // All that was captured belongs to it, whatever lengths say.
  const frame = unescaped(p, offset);
  p.bytes = frame;
  p.view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  p.end = frame.length;
  try {
    if (frame.length === 0) p.truncated();
    else if (frame[0] === ppp.IPV4 || frame[0] === ppp.IPV6)
      p.payload.pppProtocols.print(p, frame[0], 1, frame.length - 1);
    else if (frame.length < 2) p.truncated();
    else {
      const start = p.u16(0) === ADDRESS_AND_CONTROL ? 2 : 0;
      if (frame.length < start + 2) p.truncated();
      else if (frame[start] === FLAG) p.ascii(`(protocol 0x${p.u16(start).toString(16)} invalid)`);
      else printPppProtocol(p, p.u16(start), start + 2, frame.length - start - 2);
    }
  } finally {
    p.bytes = bytes;
    p.view = view;
    p.end = end;
  }
}

function unescaped(p: Printer, offset: number): Uint8Array {
  const frame: number[] = [];
  const { end } = p;
  for (; offset < end; offset++) {
    if (p.bytes[offset] !== ESCAPE) frame.push(p.bytes[offset]);
    else if (++offset < end) frame.push(p.bytes[offset] ^ 0x20);
  }
  return Uint8Array.from(frame);
}

/** Multilink (RFC 1990): sequence numbers of 12 bits. */
export function printMultilink(p: Printer, offset: number, length: number): void {
  if (!p.link) p.ascii('MLPPP, ');
  if (length < 2 || !p.has(offset, 2)) {
    p.ascii('[|mlppp]');
    return;
  }
  p.ascii('seq 0x');
  p.out.hexPadded(p.view.getUint16(offset) & 0xfff, 3);
  p.ascii(', Flags [');
  writeFlags(p, MULTILINK_FLAGS, 'none', p.bytes[offset] & 0xc0, ', ');
  p.field('], length ', length);
}
