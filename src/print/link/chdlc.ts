// Cisco's framing of HDLC, and the serial line address resolution in it.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 4;
const UNICAST = 0x0f;
const BROADCAST = 0x8f;

/** An address resolution, without and with the time the link has been up. */
const SHORTEST = 14;
const WITH_UPTIME = 18;
const REQUEST = 0;
const REPLY = 1;
const KEEPALIVE = 2;

/** The frame of a capture; sets the bytes of link header. */
export function printChdlcFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'chdlc';
  if (length < HEADER_LENGTH || !p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    // Too short on the wire it is a header all of it, and no byte is left for -x; cut by the snapshot length it is none.
    if (length < HEADER_LENGTH) p.linkHeader += p.available(offset);
    return;
  }
  const address = p.bytes[offset];
  const protocol = p.u16(offset + 2);
  if (p.link) {
    if (address === UNICAST) p.ascii('unicast');
    else if (address === BROADCAST) p.ascii('bcast');
    else p.ascii(`0x${address.toString(16).padStart(2, '0')}`);
    const digits = protocol.toString(16).padStart(4, '0');
    p.ascii(
      `, ethertype ${p.payload.etherTypes.get(protocol) ?? 'Unknown'} (0x${digits}), length ${length}: `,
    );
  }
  const isKnown = p.payload.chdlcProtocols.print(p, protocol, offset + HEADER_LENGTH, length - HEADER_LENGTH);
  if (!isKnown && !p.link) p.ascii(`unknown CHDLC protocol (0x${protocol.toString(16).padStart(4, '0')})`);
  p.linkHeader += HEADER_LENGTH;
}

/** Serial line address resolution. */
export function printSlarp(p: Printer, offset: number, length: number): void {
  p.protocol = 'chdlc_slarp';
  p.ascii(`SLARP (length: ${length}), `);
  if (length < SHORTEST || !p.has(offset, SHORTEST)) {
    p.truncated();
    return;
  }
  const code = p.u32(offset);
  // Bytes that -vv does not dump.
  let shown = 4;
  switch (code) {
    case REQUEST:
      p.ascii('request');
      break;
    case REPLY:
      p.ascii('reply ');
      p.ipv4(offset + 4);
      p.ascii('/');
      p.ipv4(offset + 8);
      break;
    case KEEPALIVE:
      printKeepalive(p, offset, length);
      if (length >= WITH_UPTIME) shown = WITH_UPTIME;
      break;
    default:
      p.ascii(`0x${code.toString(16).padStart(2, '0')} unknown`);
      if (p.verbose <= 1) p.unknown(offset + 4, '\n\t', length - 4);
  }
  if (length > WITH_UPTIME && p.verbose > 0) p.ascii(`, (trailing junk: ${length - WITH_UPTIME} bytes)`);
  if (p.verbose > 1) p.unknown(offset + shown, '\n\t', length - shown);
}

function printKeepalive(p: Printer, offset: number, length: number): void {
  p.ascii('keepalive: mineseen=0x');
  p.out.hexPadded(p.u32(offset + 4), 8);
  p.ascii(', yourseen=0x');
  p.out.hexPadded(p.u32(offset + 8), 8);
  p.ascii(', reliability=0x');
  p.out.hexPadded(p.u16(offset + 12), 4);
  if (length < WITH_UPTIME) return;
  const seconds = Math.floor(p.u32(offset + 14) / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  p.ascii(`, link uptime=${Math.floor(hours / 24)}d${hours % 24}h${minutes % 60}m${seconds % 60}s`);
}
