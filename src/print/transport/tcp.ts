// TCP (RFC 9293).
import { Literal } from '../../base/text.ts';
import * as tcp from '../../wire/tcp.ts';
import { correct, pseudoSum, shouldBe } from '../engine/checksum.ts';
import { CYAN, finder, GREEN, type Printer, RED, TRUNCATED } from '../engine/printer.ts';
import { printEndpoints, printHosts } from './endpoints.ts';
import { RelativeNumbers } from './relative-numbers.ts';
import { printTcpOptions } from './tcp-options.ts';

const PROTOCOL = 6;
/** Characters of a reset's payload that are shown. */
const RESET_TEXT = 30;

const relativeNumbers = finder(RelativeNumbers);

/** The letters of every combination of flags, in tcpdump's order. */
const FLAGS = Array.from({ length: 256 }, (_, flags) => {
  const letters = [...'FSRP.UEW'].filter((_, bit) => (flags & (1 << bit)) !== 0).join('');
  return new Literal(`: Flags [${letters === '' ? 'none' : letters}]`);
});

const SEQUENCE = new Literal(', seq ');
const ACKNOWLEDGED = new Literal(', ack ');
const WINDOW = new Literal(', win ');
const OPTIONS = new Literal(', options [');
const CHECKSUM = new Literal(', cksum 0x');
const CORRECT = new Literal(' (correct)');
const INCORRECT = new Literal(' (incorrect -> 0x');
const LENGTH = new Literal(', length ');
const END_OPTIONS_LENGTH = new Literal('], length ');

export function printTcp(p: Printer, offset: number, length: number): void {
  p.protocol = 'tcp';
  const { ip, ipVersion: version, fragmented } = p;
  const view = p.view;
  const out = p.out;
  if (!p.has(offset, 4)) {
    printHosts(p);
    p.ascii(':');
    p.truncated();
    return;
  }
  const ports = view.getInt32(offset);
  printEndpoints(p, PROTOCOL, ports);
  if (!p.has(offset, tcp.HEADER_LENGTH)) {
    p.ascii(': ');
    p.truncated();
    return;
  }
  const header = (p.bytes[offset + 12] >> 4) << 2;
  if (header < tcp.HEADER_LENGTH) {
    p.field(':  tcp ', (length - header) >>> 0);
    p.field(' [bad hdr length ', header);
    p.ascii(' - too short, < 20]');
    return;
  }
  if (p.quiet) {
    p.field(': tcp ', (length - header) >>> 0);
    if (header > length) tooLong(p, header, length);
    return;
  }
  const flags = p.bytes[offset + 13];
  out.literal(FLAGS[flags]);
  if ((flags & (tcp.SYN | tcp.FIN | tcp.RST)) !== 0) {
    p.colour = (flags & tcp.RST) !== 0 ? RED : (flags & tcp.SYN) !== 0 ? GREEN : CYAN;
  }
  let sequence = view.getInt32(offset + 4);
  let acknowledgment = view.getInt32(offset + 8);
  // Base of the sequence numbers that SACK blocks in this segment name: those of the other side.
  let sackBase = 0;
  if (!p.options.absolute && (flags & tcp.ACK) !== 0) {
    const source = version === 4 ? ip + 12 : ip + 8;
    const destination = version === 4 ? ip + 16 : ip + 24;
    const row = relativeNumbers(p).find(view, version, source, destination, ports, p.packet);
    // The first segment seen of a connection, and each SYN, shows its numbers as they are.
    if (!row.known || (flags & tcp.SYN) !== 0) row.setBases(sequence, acknowledgment - 1);
    else {
      sequence = (sequence - row.senderBase) | 0;
      acknowledgment = (acknowledgment - row.receiverBase) | 0;
    }
    sackBase = row.receiverBase;
  }
  if (header > length) {
    tooLong(p, header, length);
    return;
  }
  if (p.verbose > 0 && p.options.checksums && !fragmented && p.has(offset, length)) {
    printChecksum(p, offset, length, version, ip);
  }
  const payload = length - header;
  if (p.verbose > 1 || payload > 0 || (flags & (tcp.SYN | tcp.FIN | tcp.RST)) !== 0) {
    printSequence(p, sequence, payload);
  }
  if ((flags & tcp.ACK) !== 0) {
    out.literal(ACKNOWLEDGED);
    out.unsigned(acknowledgment);
  }
  out.literal(WINDOW);
  out.decimal(view.getUint16(offset + 14));
  if ((flags & tcp.URG) !== 0) p.field(', urg ', view.getUint16(offset + 18));
  if (header > tcp.HEADER_LENGTH) {
    out.literal(OPTIONS);
    const options = offset + tcp.HEADER_LENGTH;
    if (!printTcpOptions(p, options, header - tcp.HEADER_LENGTH, offset + length, flags, sackBase)) return;
    out.literal(END_OPTIONS_LENGTH);
  } else out.literal(LENGTH);
  out.decimal(payload);
  if (payload <= 0) return;
  if (!p.has(offset, header)) {
    p.field(' [remaining caplen(', p.available(offset));
    p.field(') < header length(', header);
    p.ascii(')]');
    throw TRUNCATED;
  }
  if ((flags & tcp.RST) !== 0 && p.verbose > 0) printReset(p, offset + header, payload);
  else {
    p.sourcePort = ports >>> 16;
    p.destinationPort = ports & 0xffff;
    p.payload.tcpPorts.print(p, offset + header, payload);
  }
}

function printSequence(p: Printer, sequence: number, payload: number): void {
  const out = p.out;
  out.literal(SEQUENCE);
  out.unsigned(sequence);
  if (payload > 0) {
    out.byte(0x3a);
    out.unsigned((sequence + payload) | 0);
  }
}

function tooLong(p: Printer, header: number, length: number): void {
  p.field(' [bad hdr length ', header);
  p.field(' - too long, > ', length >>> 0);
  p.ascii(']');
}

function printChecksum(p: Printer, offset: number, length: number, version: number, ip: number): void {
  const sum = pseudoSum(p, ip, version, PROTOCOL, offset, length);
  const found = p.view.getUint16(offset + 16);
  p.out.literal(CHECKSUM);
  p.out.hex4(found);
  if (correct(sum)) p.out.literal(CORRECT);
  else {
    p.out.literal(INCORRECT);
    p.out.hex4(shouldBe(found, sum));
    p.out.byte(0x29);
  }
}

/** -v: the text some stacks put into a reset (RFC 9293, 3.10.7: it may say why). */
function printReset(p: Printer, offset: number, length: number): void {
  p.ascii(p.has(offset, length) ? ' [RST' : ' [!RST');
  if (length > RESET_TEXT) {
    length = RESET_TEXT;
    p.ascii('+');
  }
  p.ascii(' ');
  for (const end = Math.min(offset + length, p.end); offset < end; offset++) p.visible(p.bytes[offset]);
  p.ascii(']');
}
