// Opaque link state advertisements: traffic engineering (RFC 3630, RFC 4203), graceful restart (RFC 3623), router
// information (RFC 7770).

import { ENCODINGS, PROTECTIONS, SWITCHING_CAPABILITIES } from '../../wire/registry/gmpls.ts';
import { megabits } from '../engine/c-float.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';

const GRACE: Names = new Map([
  [1, 'Grace Period'],
  [2, 'Graceful restart Reason'],
  [3, 'IPv4 interface address'],
]);
const REASONS = ['Unknown', 'Software Restart', 'Software Reload/Upgrade', 'Control Processor Switch'];
const CAPABILITIES = [
  [1, 'Reserved'],
  [2, 'Reserved'],
  [4, 'Reserved'],
  [8, 'Reserved'],
  [16, 'graceful restart capable'],
  [32, 'graceful restart helper'],
  [64, 'Stub router support'],
  [128, 'Traffic engineering'],
  [256, 'p2p over LAN'],
  [512, 'path computation server'],
] as const;

const ROUTER_ADDRESS = 1;
const LINK = 2;
const TLVS: Names = new Map([
  [ROUTER_ADDRESS, 'Router Address'],
  [LINK, 'Link'],
]);
const LINK_TYPE = 1;
const LINK_ID = 2;
const LOCAL_ADDRESS = 3;
const REMOTE_ADDRESS = 4;
const METRIC = 5;
const MAXIMUM_BANDWIDTH = 6;
const RESERVABLE_BANDWIDTH = 7;
const UNRESERVED_BANDWIDTH = 8;
const GROUP = 9;
const IDENTIFIERS = 11;
const PROTECTION = 14;
const SWITCHING = 15;
const SHARED_RISK = 16;
const CONSTRAINTS = 17;
const LINK_TLVS: Names = new Map([
  [LINK_TYPE, 'Link Type'],
  [LINK_ID, 'Link ID'],
  [LOCAL_ADDRESS, 'Local Interface IP address'],
  [REMOTE_ADDRESS, 'Remote Interface IP address'],
  [METRIC, 'Traffic Engineering Metric'],
  [MAXIMUM_BANDWIDTH, 'Maximum Bandwidth'],
  [RESERVABLE_BANDWIDTH, 'Maximum Reservable Bandwidth'],
  [UNRESERVED_BANDWIDTH, 'Unreserved Bandwidth'],
  [GROUP, 'Administrative Group'],
  [IDENTIFIERS, 'Link Local/Remote Identifier'],
  [PROTECTION, 'Link Protection Type'],
  [SWITCHING, 'Interface Switching Capability'],
  [SHARED_RISK, 'Shared Risk Link Group'],
  [CONSTRAINTS, 'Bandwidth Constraints'],
]);
const LINK_TYPES: Names = new Map([
  [1, 'Point-to-point'],
  [2, 'Multi-Access'],
]);
const MODELS: Names = new Map([
  [0, 'Russian dolls'],
  [1, 'Maximum allocation'],
  [254, 'Maximum allocation with E-LSP support'],
]);
/** Prints `text`, and returns false where `length` is not one of these: what follows cannot be read. */
function wrong(p: Printer, complaint: string): boolean {
  p.ascii(complaint);
  return false;
}

function remaining(p: Printer, what: string, left: number): boolean {
  return wrong(p, `\n\t    Remaining ${what} length ${left} < 4`);
}

/** TLVs are padded to multiples of four bytes. */
function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Returns false where the TLVs are not what they should be, or not captured. So do the other two. */
export function printRouterInformation(p: Printer, offset: number, end: number): boolean {
  while (offset !== end) {
    p.need(offset, 4);
    if (end - offset < 4) return remaining(p, 'LS', end - offset);
    const type = p.u16(offset);
    const length = p.u16(offset + 2);
    offset += 4;
    p.ascii(
      `\n\t    ${type === 1 ? 'Router Capabilities' : 'unknown'} TLV (${type}), length: ${length}, value: `,
    );
    if (length > end - offset)
      return wrong(p, `\n\t    Bogus length ${length} > remaining LS length ${end - offset}`);
    p.need(offset, length);
    if (type === 1) {
      if (length !== 4) return wrong(p, `\n\t    Bogus length ${length} != 4`);
      p.ascii('Capabilities: ');
      writeFlags(p, CAPABILITIES, 'Unknown', p.u32(offset), ', ');
    } else if (p.verbose <= 1) p.unknown(offset, '\n\t      ', length);
    // Unlike the others these are taken without their padding, as in tcpdump.
    offset += length;
  }
  return true;
}

export function printGrace(p: Printer, offset: number, end: number): boolean {
  while (offset < end) {
    if (!p.has(offset, 4)) return false;
    if (end - offset < 4) return remaining(p, 'LS', end - offset);
    const type = p.u16(offset);
    const length = p.u16(offset + 2);
    offset += 4;
    p.ascii(`\n\t    ${GRACE.get(type) ?? 'unknown'} TLV (${type}), length ${length}, value: `);
    if (length > end - offset) return wrong(p, `\n\t    Bogus length ${length} > ${end - offset}`);
    if (type === 0 || length === 0) return false;
    if (!p.has(offset, length)) return false;
    const expected = type === 2 ? 1 : 4;
    if (GRACE.has(type) && length !== expected)
      return wrong(p, `\n\t    Bogus length ${length} != ${expected}`);
    if (type === 1) {
      p.decimal(p.u32(offset));
      p.ascii('s');
    } else if (type === 2) p.ascii(`${REASONS[p.bytes[offset]] ?? 'Unknown'} (${p.bytes[offset]})`);
    else if (type === 3) p.ipv4(offset);
    else if (p.verbose <= 1) p.unknown(offset, '\n\t      ', length);
    offset += padded(length);
  }
  return true;
}

export function printTrafficEngineering(p: Printer, offset: number, end: number): boolean {
  // As in tcpdump what is left does not shrink by what a link holds, so that it reads on behind the last one.
  for (let left = end - offset; left !== 0; ) {
    if (!p.has(offset, 4)) return false;
    if (left < 4) return remaining(p, 'LS', left);
    const type = p.u16(offset);
    const length = p.u16(offset + 2);
    offset += 4;
    left -= 4;
    p.ascii(`\n\t    ${TLVS.get(type) ?? 'unknown'} TLV (${type}), length: ${length}`);
    if (length > left) return wrong(p, `\n\t    Bogus length ${length} > ${left}`);
    if (type === 0 || length === 0) return false;
    if (type === LINK) {
      offset = printLink(p, offset, offset + length);
      if (offset < 0) return false;
      continue;
    }
    if (type === ROUTER_ADDRESS) {
      if (length < 4) return wrong(p, `\n\t    TLV length ${length} < 4`);
      p.need(offset, 4);
      p.ascii(', ');
      p.ipv4(offset);
    } else if (p.verbose <= 1) p.unknown(offset, '\n\t      ', length);
    const size = padded(length);
    if (size > left) return wrong(p, `\n\t    Bogus padded length ${size} > ${left}`);
    left -= size;
    offset += size;
  }
  return true;
}

/** Returns where the link ends, below 0 where it cannot be read. */
function printLink(p: Printer, offset: number, end: number): number {
  for (let left = end - offset; left !== 0; ) {
    if (left < 4) {
      remaining(p, 'TLV', left);
      return -1;
    }
    const type = p.u16(offset);
    const length = p.u16(offset + 2);
    offset += 4;
    left -= 4;
    if (type === 0 || length === 0) {
      p.invalid();
      return -1;
    }
    p.ascii(`\n\t      ${LINK_TLVS.get(type) ?? 'unknown'} subTLV (${type}), length: ${length}`);
    if (left < length) {
      wrong(p, `\n\t    Remaining TLV length ${left + 4} < ${length + 4}`);
      return -1;
    }
    if (!p.has(offset, length)) return -1;
    if (!printLinkTlv(p, type, offset, length)) {
      p.invalid();
      return -1;
    }
    const size = padded(length);
    if (left < size) {
      wrong(p, `\n\t    Remaining TLV length ${left + 4} < ${size + 4}`);
      return -1;
    }
    left -= size;
    // As in tcpdump groups are passed twice.
    offset += type === SHARED_RISK ? length + size : size;
  }
  return offset;
}

const exactly = (size: number) => ({
  fits: (length: number) => length === size,
  complaint: ` != ${size}`,
});
const atLeast = (least: number) => ({
  fits: (length: number) => length >= least,
  complaint: ` < ${least}`,
});

/** Whether a TLV of a link can have that many bytes, by its type, and what tcpdump says where it cannot. */
const LINK_TLV_LENGTHS: ReadonlyMap<number, { fits(length: number): boolean; complaint: string }> = new Map([
  [LINK_TYPE, exactly(1)],
  [LINK_ID, { fits: (length) => length === 4 || length === 8, complaint: ' != 4 && != 8' }],
  [LOCAL_ADDRESS, exactly(4)],
  [REMOTE_ADDRESS, exactly(4)],
  [METRIC, exactly(4)],
  [MAXIMUM_BANDWIDTH, exactly(4)],
  [RESERVABLE_BANDWIDTH, exactly(4)],
  [UNRESERVED_BANDWIDTH, exactly(32)],
  [GROUP, exactly(4)],
  [IDENTIFIERS, { fits: (length) => length === 4 || length === 8, complaint: ' != 4 && != 8' }],
  [PROTECTION, exactly(4)],
  [SWITCHING, atLeast(36)],
  [SHARED_RISK, { fits: (length) => length % 4 === 0, complaint: ' != N x 4' }],
  [CONSTRAINTS, atLeast(4)],
]);

function printLinkTlv(p: Printer, type: number, offset: number, length: number): boolean {
  const size = LINK_TLV_LENGTHS.get(type);
  if (size !== undefined && !size.fits(length)) return wrong(p, size.complaint);
  switch (type) {
    case GROUP:
      p.ascii(', 0x');
      p.out.hexPadded(p.u32(offset), 8);
      return true;
    case LINK_ID:
    case IDENTIFIERS:
      for (let i = 0; i < length; i += 4) {
        p.ascii(', ');
        p.ipv4(offset + i);
        p.ascii(' (0x');
        p.out.hexPadded(p.u32(offset + i), 8);
        p.ascii(')');
      }
      return true;
    case LOCAL_ADDRESS:
    case REMOTE_ADDRESS:
      p.ascii(', ');
      p.ipv4(offset);
      return true;
    case MAXIMUM_BANDWIDTH:
    case RESERVABLE_BANDWIDTH:
      p.ascii(`, ${megabits(p, offset)} Mbps`);
      return true;
    case UNRESERVED_BANDWIDTH:
      for (let i = 0; i < 8; i++) p.ascii(`\n\t\tTE-Class ${i}: ${megabits(p, offset + i * 4)} Mbps`);
      return true;
    case CONSTRAINTS:
      return printConstraints(p, offset, length);
    case METRIC:
      p.field(', Metric ', p.u32(offset));
      return true;
    case PROTECTION:
      p.ascii(', ');
      writeFlags(p, PROTECTIONS, 'none', p.bytes[offset], ', ');
      return true;
    case SWITCHING:
      p.ascii(
        `\n\t\tInterface Switching Capability: ${SWITCHING_CAPABILITIES.get(p.bytes[offset]) ?? 'Unknown'}`,
      );
      p.ascii(
        `\n\t\tLSP Encoding: ${ENCODINGS.get(p.bytes[offset + 1]) ?? 'Unknown'}\n\t\tMax LSP Bandwidth:`,
      );
      for (let i = 0; i < 8; i++)
        p.ascii(`\n\t\t  priority level ${i}: ${megabits(p, offset + 4 + i * 4)} Mbps`);
      return true;
    case LINK_TYPE:
      p.ascii(`, ${LINK_TYPES.get(p.bytes[offset]) ?? 'unknown'} (${p.bytes[offset]})`);
      return true;
    case SHARED_RISK:
      p.ascii('\n\t\t  Shared risk group: ');
      for (let i = 0; i < length; i += 4) {
        if (i > 0) p.ascii(', ');
        p.decimal(p.u32(offset + i));
      }
      return true;
  }
  if (p.verbose <= 1) p.unknown(offset, '\n\t\t', length);
  return true;
}

/** The model and each class type's constraint (RFC 4124, 5.1). */
function printConstraints(p: Printer, offset: number, length: number): boolean {
  const model = p.bytes[offset];
  p.ascii(`\n\t\tBandwidth Constraints Model ID: ${MODELS.get(model) ?? 'unknown'} (${model})`);
  if (length % 4 !== 0) return wrong(p, `\n\t\tlength ${length} != N x 4`);
  if (length > 36) return wrong(p, `\n\t\tlength ${length} > 36`);
  for (let i = 0; i < length / 4 - 1; i++)
    p.ascii(`\n\t\t  Bandwidth constraint CT${i}: ${megabits(p, offset + 4 + i * 4)} Mbps`);
  return true;
}
