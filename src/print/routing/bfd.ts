// Bidirectional forwarding detection (RFC 5880), and its version 0.
import type { Printer } from '../engine/printer.ts';
import { writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 24;
const ECHO = 3785;
const MULTIHOP = 4784;
const LAG = 6784;

const DIAGNOSTICS = [
  'No Diagnostic',
  'Control Detection Time Expired',
  'Echo Function Failed',
  'Neighbor Signaled Session Down',
  'Forwarding Plane Reset',
  'Path Down',
  'Concatenated Path Down',
  'Administratively Down',
  'Reverse Concatenated Path Down',
];
const STATES = ['AdminDown', 'Down', 'Init', 'Up'];
const AUTHENTICATED = 0x04;
const FLAGS_0 = [
  [0x80, 'I Hear You'],
  [0x40, 'Demand'],
  [0x20, 'Poll'],
  [0x10, 'Final'],
  [0x08, 'Control Plane Independent'],
  [AUTHENTICATED, 'Authentication Present'],
  [0x02, 'Reserved'],
  [0x01, 'Reserved'],
] as const;
const FLAGS_1 = [
  [0x20, 'Poll'],
  [0x10, 'Final'],
  [0x08, 'Control Plane Independent'],
  [AUTHENTICATED, 'Authentication Present'],
  [0x02, 'Demand'],
  [0x01, 'Multipoint'],
] as const;
const PASSWORD = 1;
const AUTHENTICATION = [
  '',
  'Simple Password',
  'Keyed MD5',
  'Meticulous Keyed MD5',
  'Keyed SHA1',
  'Meticulous Keyed SHA1',
];

/** What goes to one of BFD's ports. */
export function printBfd(p: Printer, offset: number, length: number): void {
  const port = p.destinationPort;
  p.protocol = 'bfd';
  if (port === ECHO) {
    p.field('BFD, Echo, length: ', length);
    if (p.verbose > 0) p.unknown(offset, '\n\t', length);
    return;
  }
  p.need(offset, HEADER_LENGTH);
  const version = p.bytes[offset] >> 5;
  if (version > 1) {
    p.ascii(`BFDv${version}, Control, length: ${length}`);
    if (p.verbose > 0) p.unknown(offset, '\n\t', length);
    return;
  }
  const flags = p.bytes[offset + 1];
  p.field('BFDv', version);
  if (p.verbose > 0) {
    p.field(', length: ', length);
    p.ascii('\n\t');
  } else p.ascii(', ');
  if (version === 0) p.ascii('Control');
  else {
    p.ascii(port === MULTIHOP ? 'Multihop' : port === LAG ? 'Lag' : 'Control');
    p.ascii(`, State ${STATES[flags >> 6]}`);
  }
  p.ascii(', Flags: [');
  if (version === 0) writeFlags(p, FLAGS_0, 'none', flags, ', ');
  else writeFlags(p, FLAGS_1, 'none', flags & 0x3f, ', ');
  p.ascii(']');
  if (p.verbose === 0) {
    p.field(', length: ', length);
    return;
  }
  printDetails(p, offset);
  if ((flags & AUTHENTICATED) !== 0) printAuthentication(p, offset + HEADER_LENGTH);
}

function printDetails(p: Printer, offset: number): void {
  const diagnostic = p.u8(offset) & 0x1f;
  p.ascii(`, Diagnostic: ${DIAGNOSTICS[diagnostic] ?? 'unknown'} (0x`);
  p.out.hexPadded(diagnostic, 2);
  const multiplier = p.u8(offset + 2);
  // In microseconds, 32 bits wide as with tcpdump.
  const detection = Math.imul(multiplier, p.u32(offset + 12)) >>> 0;
  p.ascii(
    `)\n\tDetection Timer Multiplier: ${multiplier} (${Math.floor(detection / 1000)} ms Detection time)`,
  );
  p.field(', BFD Length: ', p.u8(offset + 3));
  p.ascii('\n\tMy Discriminator: 0x');
  p.out.hexPadded(p.u32(offset + 4), 8);
  p.ascii(', Your Discriminator: 0x');
  p.out.hexPadded(p.u32(offset + 8), 8);
  interval(p, 'Desired min Tx Interval:   ', p.u32(offset + 12));
  interval(p, 'Required min Rx Interval:  ', p.u32(offset + 16));
  interval(p, 'Required min Echo Interval:', p.u32(offset + 20));
}

function interval(p: Printer, title: string, microseconds: number): void {
  p.ascii(`\n\t  ${title} ${String(Math.floor(microseconds / 1000)).padStart(4)} ms`);
}

function printAuthentication(p: Printer, offset: number): void {
  p.need(offset, 4);
  const type = p.u8(offset);
  const length = p.u8(offset + 1);
  p.ascii(`\n\tAuthentication: ${AUTHENTICATION[type] || 'Unknown'} (${type}), length: ${length}`);
  p.field('\n\t  Auth Key ID: ', p.u8(offset + 2));
  if (AUTHENTICATION[type] === undefined || type === 0) return;
  const md5 = type < 4;
  if (type === PASSWORD ? length < 4 || length > 19 : length !== (md5 ? 24 : 28)) {
    p.ascii(`[invalid length ${length}]`);
    return;
  }
  if (type === PASSWORD) {
    p.ascii(', Password: ');
    for (let i = 3; i < length; i++) p.visible(p.u8(offset + i));
    return;
  }
  const sequence = p.u32(offset + 4);
  p.ascii(', Sequence Number: 0x');
  p.out.hexPadded(sequence, 8);
  p.need(offset + 8, length - 8);
  p.ascii(md5 ? '\n\t  Digest: ' : '\n\t  Hash: ');
  p.hexBytes(offset + 8, length - 8);
}
