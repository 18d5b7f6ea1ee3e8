// Ping of label switched paths (RFC 4379).

import { ENTERPRISES } from '../../wire/registry/enterprise-numbers.ts';
import { PSEUDOWIRES } from '../../wire/registry/pseudowire.ts';
import type { Names } from '../engine/names.ts';
import { printTimestamp } from '../engine/ntp-timestamp.ts';
import type { Printer } from '../engine/printer.ts';
import { printDistinguisher } from '../engine/route-distinguisher.ts';

const HEADER_LENGTH = 32;
const TLV_HEADER_LENGTH = 4;
const VERSION = 1;

const MESSAGES: Names = new Map([
  [1, 'MPLS Echo Request'],
  [2, 'MPLS Echo Reply'],
]);
const REPLY_MODES: Names = new Map([
  [1, 'Do not reply'],
  [2, 'Reply via an IPv4/IPv6 UDP packet'],
  [3, 'Reply via an IPv4/IPv6 UDP packet with Router Alert'],
  [4, 'Reply via application level control channel'],
]);
const RETURN_CODES = [
  'No return code or return code contained in the Error Code TLV',
  'Malformed echo request received',
  'One or more of the TLVs was not understood',
  'Replying router is an egress for the FEC at stack depth',
  'Replying router has no mapping for the FEC at stack depth',
  'Reserved',
  'Reserved',
  'Reserved',
  'Label switched at stack-depth',
  'Label switched but no MPLS forwarding at stack-depth',
  'Mapping for this FEC is not the given label at stack depth',
  'No label entry at stack-depth',
  'Protocol not associated with interface at FEC stack depth',
  'Premature termination of ping due to label stack shrinking to a single label',
];
/** Codes whose text ends in a depth of the label stack. */
const WITH_DEPTH = [3, 4, 8, 10, 11, 12];

const TARGET = 1;
const DOWNSTREAM = 2;
const ENTERPRISE = 5;
const DISCRIMINATOR = 15;
const TLVS: Names = new Map([
  [TARGET, 'Target FEC Stack'],
  [DOWNSTREAM, 'Downstream Mapping'],
  [3, 'Pad'],
  [ENTERPRISE, 'Vendor Enterprise Code'],
  [7, 'Interface Label Stack'],
  [9, 'Error Code'],
  [10, 'Reply TOS Byte'],
  [DISCRIMINATOR, 'BFD Discriminator'],
  [0xfc00, 'Vendor Private Code'],
]);

/** What a label is bound to: its name, its size in bytes, and its printer. */
type Target = readonly [name: string, size?: number, print?: (p: Printer, offset: number) => void];
const TARGETS: ReadonlyMap<number, Target> = new Map<number, Target>([
  [1, ['LDP IPv4 prefix', 5, (p, offset) => printPrefix(p, offset, false)]],
  [2, ['LDP IPv6 prefix', 17, (p, offset) => printPrefix(p, offset, true)]],
  [3, ['RSVP IPv4 Session Query', 20, (p, offset) => printSession(p, offset, false)]],
  [4, ['RSVP IPv6 Session Query', 56, (p, offset) => printSession(p, offset, true)]],
  [5, ['Reserved']],
  [6, ['VPN IPv4 prefix', 13, (p, offset) => printVpnPrefix(p, offset, false)]],
  [7, ['VPN IPv6 prefix', 25, (p, offset) => printVpnPrefix(p, offset, true)]],
  [8, ['L2 VPN endpoint', 14, printEndpoint]],
  [9, ['FEC 128 pseudowire (old)', 10, (p, offset) => printPseudowire(p, offset, 'Remote PE: ')]],
  [10, ['FEC 128 pseudowire', 14, printPseudowireBetween]],
  [12, ['BGP labeled IPv4 prefix', 5, (p, offset) => printPrefix(p, offset, false)]],
  [13, ['BGP labeled IPv6 prefix', 17, (p, offset) => printPrefix(p, offset, true)]],
]);

/** Address types of a downstream neighbour: name, bytes of the addresses, bytes of the interface's address. */
const DOWNSTREAMS = new Map<number, readonly [name: string, address: number, interfaceAddress: number]>([
  [1, ['IPv4', 4, 4]],
  [2, ['Unnumbered IPv4', 4, 0]],
  [3, ['IPv6', 16, 16]],
  [4, ['IPv6', 16, 0]],
]);

export function printLspPing(p: Printer, offset: number, length: number): void {
  p.protocol = 'lspping';
  if (length < HEADER_LENGTH) {
    short(p);
    return;
  }
  p.need(offset, HEADER_LENGTH);
  const version = p.u16(offset);
  if (version !== VERSION) {
    p.ascii(`LSP-PING version ${version} packet not supported`);
    return;
  }
  const type = p.bytes[offset + 4];
  if (p.verbose === 0) {
    p.ascii(
      `LSP-PINGv1, ${MESSAGES.get(type) ?? `unknown (${type})`}, seq ${p.u32(offset + 12)}, length: ${length}`,
    );
    return;
  }
  const mode = p.bytes[offset + 5];
  const code = p.bytes[offset + 6];
  const depth = p.bytes[offset + 7];
  p.ascii(`\n\tLSP-PINGv1, msg-type: ${MESSAGES.get(type) ?? 'unknown'} (${type}), length: ${length}`);
  p.ascii(`\n\t  reply-mode: ${REPLY_MODES.get(mode) ?? 'unknown'} (${mode})`);
  p.ascii(
    `\n\t  Return Code: ${RETURN_CODES[code] ?? 'unknown'}${WITH_DEPTH.includes(code) ? ` ${depth}` : ''}`,
  );
  p.ascii(` (${code})\n\t  Return Subcode: (${depth})\n\t  Sender Handle: 0x`);
  p.out.hexPadded(p.u32(offset + 8), 8);
  p.field(', Sequence: ', p.u32(offset + 12));
  p.ascii('\n\t  Sender Timestamp: ');
  printTimestamp(p, offset + 16);
  p.ascii(' Receiver Timestamp: ');
  if (p.u32(offset + 24) !== 0 || p.u32(offset + 28) !== 0) printTimestamp(p, offset + 24);
  else p.ascii('no timestamp');
  printTlvs(p, offset + HEADER_LENGTH, length - HEADER_LENGTH);
}

function short(p: Printer): void {
  p.ascii('\n\t\t packet is too short');
}

function printTlvs(p: Printer, offset: number, length: number): void {
  while (length > 0) {
    if (length < TLV_HEADER_LENGTH) {
      short(p);
      return;
    }
    const type = p.u16(offset);
    const size = p.u16(offset + 2);
    p.ascii(`\n\t  ${TLVS.get(type) ?? 'Unknown'} TLV (${type}), length: ${size}`);
    const value = offset + TLV_HEADER_LENGTH;
    if (length < size + TLV_HEADER_LENGTH) {
      short(p);
      return;
    }
    p.need(value, size);
    const dump = size > 0 && printTlv(p, type, value, size);
    // The stack does not fill its TLV: tcpdump says no more.
    if (dump === undefined) return;
    if (size > 0 && (dump || p.verbose > 1)) p.unknown(value, '\n\t    ', size);
    const whole = TLV_HEADER_LENGTH + ((size + 3) & ~3);
    if (length < whole) {
      short(p);
      return;
    }
    offset += whole;
    length -= whole;
  }
}

/** Returns whether the TLV is to be dumped, too; undefined where the packet is not to be printed further. */
function printTlv(p: Printer, type: number, offset: number, size: number): boolean | undefined {
  switch (type) {
    case TARGET:
      return printTargets(p, offset, size);
    case DOWNSTREAM:
      printDownstream(p, offset, size);
      return true;
    case DISCRIMINATOR:
      if (size < 4) return tooShort(p);
      p.ascii('\n\t    BFD Discriminator 0x');
      p.out.hexPadded(p.u32(offset), 8);
      return false;
    case ENTERPRISE: {
      if (size < 4) return tooShort(p);
      const vendor = p.u32(offset);
      p.ascii(
        `\n\t    Vendor: ${ENTERPRISES.get(vendor) ?? 'Unknown'} (0x${vendor.toString(16).padStart(4, '0')})`,
      );
      return false;
    }
  }
  return p.verbose <= 1;
}

function tooShort(p: Printer): boolean {
  p.ascii('\n\t      TLV is too short');
  return true;
}

function printTargets(p: Printer, offset: number, length: number): boolean | undefined {
  while (length > 0) {
    if (length < TLV_HEADER_LENGTH) return tooShort(p);
    const type = p.u16(offset);
    const size = p.u16(offset + 2);
    if (length < size + TLV_HEADER_LENGTH) return tooShort(p);
    const [name, expected, print] = TARGETS.get(type) ?? ['Unknown'];
    p.ascii(`\n\t    ${name} subTLV (${type}), length: ${size}`);
    const value = offset + TLV_HEADER_LENGTH;
    const right = size === expected;
    if (print !== undefined) {
      p.ascii('\n\t      ');
      if (right) print(p, value);
      else p.field('invalid subTLV length, should be ', expected ?? 0);
    }
    if (!right || p.verbose > 1) p.unknown(value, '\n\t      ', size);
    const whole = TLV_HEADER_LENGTH + ((size + 3) & ~3);
    if (length < whole) {
      p.ascii('\n\t\t TLV is too short');
      return undefined;
    }
    // As tcpdump has it: the header counts, but is not stepped over.
    offset += whole - TLV_HEADER_LENGTH;
    length -= whole;
  }
  return false;
}

function address(p: Printer, offset: number, wide: boolean): void {
  if (wide) p.ipv6(offset);
  else p.ipv4(offset);
}

function printPrefix(p: Printer, offset: number, wide: boolean): void {
  address(p, offset, wide);
  p.field('/', p.u8(offset + (wide ? 16 : 4)));
}

function printVpnPrefix(p: Printer, offset: number, wide: boolean): void {
  p.ascii('RD: ');
  printDistinguisher(p, offset);
  p.ascii(', ');
  printPrefix(p, offset + 8, wide);
}

function printSession(p: Printer, offset: number, wide: boolean): void {
  const width = wide ? 16 : 4;
  p.ascii('tunnel end-point ');
  address(p, offset, wide);
  p.ascii(', tunnel sender ');
  address(p, offset + 4 + 2 * width, wide);
  p.ascii(', lsp-id 0x');
  p.out.hexPadded(p.u16(offset + 6 + 3 * width), 4);
  p.ascii('\n\t      tunnel-id 0x');
  p.out.hexPadded(p.u16(offset + 2 + width), 4);
  p.ascii(', extended tunnel-id ');
  address(p, offset + 4 + width, wide);
}

function printKind(p: Printer, title: string, offset: number): void {
  const kind = p.u16(offset);
  p.ascii(`${title}${PSEUDOWIRES.get(kind) ?? 'unknown'} (${kind})`);
}

function printEndpoint(p: Printer, offset: number): void {
  p.ascii('RD: ');
  printDistinguisher(p, offset);
  p.field(', Sender VE ID: ', p.u16(offset + 8));
  p.field(', Receiver VE ID: ', p.u16(offset + 10));
  printKind(p, '\n\t      Encapsulation Type: ', offset + 12);
}

function printPseudowire(p: Printer, offset: number, title: string): void {
  p.ascii(title);
  p.ipv4(offset);
  p.ascii('\n\t      PW ID: 0x');
  p.out.hexPadded(p.u32(offset + 4), 8);
  printKind(p, ', PW Type: ', offset + 8);
}

function printPseudowireBetween(p: Printer, offset: number): void {
  p.ascii('Sender PE: ');
  p.ipv4(offset);
  printPseudowire(p, offset + 4, ', Remote PE: ');
}

function printDownstream(p: Printer, offset: number, size: number): void {
  if (size < 4) {
    tooShort(p);
    return;
  }
  const type = p.u8(offset + 2);
  const [name, width, own] = DOWNSTREAMS.get(type) ?? ['unknown', 0, 0];
  p.ascii(`\n\t    MTU: ${p.u16(offset)}, Address-Type: ${name} (${type})`);
  let rest = size;
  if (width > 0) {
    const whole = 4 + width + (own || 4);
    if (size < whole) {
      tooShort(p);
      return;
    }
    p.ascii('\n\t    Downstream IP: ');
    address(p, offset + 4, width === 16);
    if (own > 0) {
      p.ascii('\n\t    Downstream Interface IP: ');
      address(p, offset + 4 + width, own === 16);
    } else {
      p.ascii('\n\t    Downstream Interface Index: 0x');
      p.out.hexPadded(p.u32(offset + 4 + width), 8);
    }
    rest -= whole;
  }
  if (rest < 4) tooShort(p);
}
