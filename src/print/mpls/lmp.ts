// Link management (RFC 4204), and the discovery of services in the OIF's UNI 1.0.

import { ENCODINGS, SWITCHING_CAPABILITIES } from '../../wire/registry/gmpls.ts';
import { megabits } from '../engine/c-float.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 8;
const OBJECT_HEADER_LENGTH = 4;
const VERSION = 1;

const MESSAGES: Names = new Map([
  ...[
    'Config',
    'Config ACK',
    'Config NACK',
    'Hello',
    'Begin Verify',
    'Begin Verify ACK',
    'Begin Verify NACK',
    'End Verify',
    'End Verify ACK',
    'Test',
    'Test Status Success',
    'Test Status Failure',
    'Test Status ACK',
    'Link Summary',
    'Link Summary ACK',
    'Link Summary NACK',
    'Channel Status',
    'Channel Status ACK',
    'Channel Status Request',
    'Channel Status Response',
  ].map((name, i) => [i + 1, name] as const),
  [50, 'Service Config'],
  [51, 'Service Config ACK'],
  [52, 'Service Config NACK'],
]);
const MESSAGE_FLAGS = [
  [1, 'Control Channel Down'],
  [2, 'LMP restart'],
] as const;

const CHANNEL_ID = 1;
const NODE_ID = 2;
const LINK_ID = 3;
const INTERFACE_ID = 4;
const MESSAGE_ID = 5;
const CONFIGURATION = 6;
const HELLO = 7;
const VERIFY_BEGIN = 8;
const VERIFY_BEGIN_ACK = 9;
const VERIFY_ID = 10;
const TE_LINK = 11;
const DATA_LINK = 12;
const CHANNEL_STATUS = 13;
const CHANNEL_STATUS_REQUEST = 14;
const ERROR_CODE = 20;
const SERVICE = 51;

const SIDES = ['Local', 'Remote'];
const NUMBERED = [
  'IPv4 Local',
  'IPv4 Remote',
  'IPv6 Local',
  'IPv6 Remote',
  'Unnumbered Local',
  'Unnumbered Remote',
];
const FAMILIES = ['IPv4', 'IPv6', 'Unnumbered'];
/** Classes of objects: the name, and those of its types from 1 on. */
const OBJECTS: ReadonlyMap<number, readonly [name: string, types: readonly string[]]> = new Map([
  [CHANNEL_ID, ['Control Channel ID', SIDES]],
  [NODE_ID, ['Node ID', SIDES]],
  [LINK_ID, ['Link ID', NUMBERED]],
  [INTERFACE_ID, ['Interface ID', NUMBERED]],
  [MESSAGE_ID, ['Message ID', ['1', '2']]],
  [CONFIGURATION, ['Configuration', ['1']]],
  [HELLO, ['Hello', ['1']]],
  [VERIFY_BEGIN, ['Verify Begin', ['1']]],
  [VERIFY_BEGIN_ACK, ['Verify Begin ACK', ['1']]],
  [VERIFY_ID, ['Verify ID', ['1']]],
  [TE_LINK, ['TE Link', FAMILIES]],
  [DATA_LINK, ['Data Link', FAMILIES]],
  [CHANNEL_STATUS, ['Channel Status', FAMILIES]],
  [CHANNEL_STATUS_REQUEST, ['Channel Status Request', FAMILIES]],
  [ERROR_CODE, ['Error Code', ['1', '2']]],
  [SERVICE, ['Service Config', ['1', '2', '3', '4']]],
]);
const TE_FLAGS = [
  [1, 'Fault Management Supported'],
  [2, 'Link Verification Supported'],
] as const;
const DATA_FLAGS = [
  [1, 'Data Link Port'],
  [2, 'Allocated for user traffic'],
  [4, 'Failed link'],
] as const;
const VERIFY_FLAGS = [
  [1, 'Verify all links'],
  [2, 'Data link type'],
] as const;
const VERIFY_ERRORS = [
  [0x01, 'Link Verification Procedure Not supported'],
  [0x02, 'Unwilling to verify'],
  [0x04, 'Unsupported verification transport mechanism'],
  [0x08, 'Link-Id configuration error'],
  [0x10, 'Unknown object c-type'],
] as const;
const SUMMARY_ERRORS = [
  [0x01, 'Unacceptable non-negotiable LINK-SUMMARY parameters'],
  [0x02, 'Renegotiate LINK-SUMMARY parameters'],
  [0x04, 'Invalid TE-LINK Object'],
  [0x08, 'Invalid DATA-LINK Object'],
  [0x10, 'Unknown TE-LINK Object c-type'],
  [0x20, 'Unknown DATA-LINK Object c-type'],
] as const;
const STATES = ['Unknown', 'Signal Okay', 'Signal Degraded', 'Signal Fail'];
const SUBOBJECTS = ['Unknown', 'Interface Switching Type', 'Wavelength'];
const PROTOCOLS = [
  [1, 'RSVP Supported'],
  [2, 'LDP Supported'],
] as const;
const CLIENT_TRANSPARENCY = [
  [1, 'Path/VC Overhead Transparency Supported'],
  [2, 'Line/MS Overhead Transparency Supported'],
  [4, 'Section/RS Overhead Transparency Supported'],
] as const;
const CONCATENATION = [[1, 'Contiguous Concatenation Types Supported']] as const;
const TRANSPARENCY = [
  [1, 'Standard SOH/RSOH Transparency Supported'],
  [2, 'Standard LOH/MSOH Transparency Supported'],
] as const;
const MONITORING = [[1, 'Transparent Tandem Connection Monitoring Supported']] as const;
const DIVERSITY = [
  [1, 'Node Diversity Supported'],
  [2, 'Link Diversity Supported'],
  [4, 'SRLG Diversity Supported'],
] as const;
const SDH = 5;
const SONET = 6;
const LINK_TYPES: Names = new Map([
  [SDH, 'SDH ITU-T G.707'],
  [SONET, 'SONET ANSI T1.105'],
]);
/** Signals from 5 on. */
const FIRST_SIGNAL = 5;
const SDH_SIGNALS = ['VC-3', 'VC-4', 'STM-0', 'STM-1', 'STM-4', 'STM-16', 'STM-64', 'STM-256'];
const SONET_SIGNALS = ['STS-1 SPE', 'STS-3c SPE', 'STS-1', 'STM-3', 'STM-12', 'STM-48', 'STM-192', 'STM-768'];

export function printLmp(p: Printer, offset: number, length: number): void {
  p.protocol = 'lmp';
  p.need(offset, HEADER_LENGTH);
  const version = p.bytes[offset] >> 4;
  if (version !== VERSION) {
    p.ascii(`LMP version ${version} packet not supported`);
    return;
  }
  const type = p.bytes[offset + 3];
  const message = MESSAGES.get(type);
  if (p.verbose === 0) {
    p.ascii(`LMPv1 ${message ?? `unknown (${type})`} Message, length: ${length}`);
    return;
  }
  let left = p.u16(offset + 4);
  p.ascii(`\n\tLMPv1, msg-type: ${message ?? `unknown, type: ${type}`}, Flags: [`);
  writeFlags(p, MESSAGE_FLAGS, 'none', p.bytes[offset + 2], ', ');
  p.field('], length: ', left);
  if (left < HEADER_LENGTH) {
    p.ascii(' (too short)');
    return;
  }
  if (left > length) {
    p.ascii(' (too long)');
    left = length;
  }
  offset += HEADER_LENGTH;
  left -= HEADER_LENGTH;
  // A header that claims more than the datagram has, where that has less than a header, is read on: bytes end it.
  while (left !== 0) {
    const size = printObject(p, offset);
    if (size === 0) return;
    if (left >= 0 && left < size) {
      p.ascii(` [remaining objects length ${left} < ${size}]`);
      p.invalid();
      return;
    }
    offset += size;
    left -= size;
  }
}

/** Returns its length, 0 if that is not valid. */
function printObject(p: Printer, offset: number): number {
  const size = p.u16(offset + 2);
  const negotiable = p.u8(offset) > 0x7f;
  const type = p.u8(offset) & 0x7f;
  const kind = p.u8(offset + 1);
  const [name, types] = OBJECTS.get(kind) ?? ['Unknown', []];
  p.ascii(`\n\t  ${name} Object (${kind}), Class-Type: ${types[type - 1] ?? 'Unknown'} (${type})`);
  p.ascii(` Flags: [${negotiable ? '' : 'non-'}negotiable], length: ${size}`);
  if (size < OBJECT_HEADER_LENGTH) {
    p.ascii(' (too short)');
    return 0;
  }
  if (size % 4 !== 0) {
    p.ascii(' (not a multiple of 4)');
    return 0;
  }
  p.need(offset, size);
  const value = offset + OBJECT_HEADER_LENGTH;
  const rest = size - OBJECT_HEADER_LENGTH;
  let dump = p.verbose > 1;
  if (!OBJECTS.has(kind)) dump ||= p.verbose <= 1;
  else if (types[type - 1] === undefined || !printValue(p, kind, type, value, rest)) dump = true;
  if (dump) p.unknown(value, '\n\t    ', rest);
  return size;
}

/** True if an object has the size that its type needs; prints an error if not. */
function sized(p: Printer, right: boolean): boolean {
  if (!right) p.ascii(' (not correct for object)');
  return right;
}

function number(p: Printer, title: string, offset: number): void {
  p.field(title, p.u32(offset));
  bracket(p, offset);
}

function bracket(p: Printer, offset: number): void {
  p.ascii(' (0x');
  p.out.hexPadded(p.u32(offset), 8);
  p.ascii(')');
}

/** An address, or the number of an interface without one, and its first 32 bits. */
function identifier(p: Printer, title: string, offset: number, family: number): void {
  if (family === 3) {
    number(p, title, offset);
    return;
  }
  p.ascii(title);
  if (family === 1) p.ipv4(offset);
  else p.ipv6(offset);
  bracket(p, offset);
}

/** The bytes that an object's value takes, by its type where they depend on it; the others take as many as they like. */
const SIZES: ReadonlyMap<number, number | ((type: number) => number)> = new Map<
  number,
  number | ((type: number) => number)
>([
  [CHANNEL_ID, 4],
  [NODE_ID, 4],
  [LINK_ID, (type) => (familyOfLink(type) === 2 ? 16 : 4)],
  [INTERFACE_ID, (type) => (familyOfLink(type) === 2 ? 16 : 4)],
  [MESSAGE_ID, 4],
  [CONFIGURATION, 4],
  [HELLO, 8],
  [VERIFY_BEGIN, 20],
  [VERIFY_BEGIN_ACK, 4],
  [VERIFY_ID, 4],
  [TE_LINK, linkSize],
  [ERROR_CODE, 4],
  [SERVICE, (type) => [4, 16, 8, 4][type - 1]],
]);

/** Local and remote links have types of their own: 1 and 2 of IPv4, 3 and 4 of IPv6, 5 and 6 without numbers. */
function familyOfLink(type: number): number {
  return (type + 1) >> 1;
}

function linkSize(type: number): number {
  return type === 2 ? 36 : 12;
}

/** Returns false where the object is to be dumped besides. */
function printValue(p: Printer, kind: number, type: number, offset: number, rest: number): boolean {
  const size = SIZES.get(kind);
  if (size !== undefined && !sized(p, rest === (typeof size === 'number' ? size : size(type)))) return true;
  switch (kind) {
    case CHANNEL_ID:
      number(p, '\n\t    Control Channel ID: ', offset);
      break;
    case NODE_ID:
      identifier(p, '\n\t    Node ID: ', offset, 1);
      break;
    case LINK_ID:
    case INTERFACE_ID: {
      const family = familyOfLink(type);
      identifier(p, `\n\t    ${['IPv4 ', 'IPv6 ', ''][family - 1]}Link ID: `, offset, family);
      break;
    }
    case MESSAGE_ID:
      number(p, type === 1 ? '\n\t    Message ID: ' : '\n\t    Message ID Ack: ', offset);
      break;
    case CONFIGURATION:
      p.field('\n\t    Hello Interval: ', p.u16(offset));
      p.field('\n\t    Hello Dead Interval: ', p.u16(offset + 2));
      break;
    case HELLO:
      p.field('\n\t    Tx Seq: ', p.u32(offset));
      p.field(', Rx Seq: ', p.u32(offset + 4));
      break;
    case VERIFY_BEGIN:
      printVerifyBegin(p, offset);
      break;
    case VERIFY_BEGIN_ACK:
      p.field('\n\t    Verify Dead Interval: ', p.u16(offset));
      p.field('\n\t    Verify Transport Response: ', p.u16(offset + 2));
      break;
    case VERIFY_ID:
      p.field('\n\t    Verify ID: ', p.u32(offset));
      break;
    case TE_LINK:
      printLink(p, 'Link-ID', TE_FLAGS, type, offset);
      break;
    case DATA_LINK: {
      const own = linkSize(type);
      if (!sized(p, rest >= own)) break;
      printLink(p, 'Interface ID', DATA_FLAGS, type, offset);
      return printSubobjects(p, offset + own, rest - own);
    }
    case CHANNEL_STATUS:
      for (const size = type === 2 ? 20 : 8; rest >= size; offset += size, rest -= size)
        printStatus(p, type, offset, size - 4);
      break;
    case CHANNEL_STATUS_REQUEST:
      for (const size = type === 2 ? 16 : 4; rest >= size; offset += size, rest -= size) {
        identifier(p, '\n\t    Interface ID: ', offset, type);
      }
      break;
    case ERROR_CODE:
      flags(p, '\n\t    Error Code: ', type === 1 ? VERIFY_ERRORS : SUMMARY_ERRORS, p.u32(offset));
      break;
    case SERVICE:
      printService(p, type, offset);
  }
  return true;
}

function flags(
  p: Printer,
  title: string,
  names: readonly (readonly [number, string])[],
  value: number,
): void {
  p.ascii(title);
  writeFlags(p, names, 'none', value, ', ');
}

function printLink(
  p: Printer,
  what: string,
  names: readonly (readonly [number, string])[],
  family: number,
  offset: number,
): void {
  flags(p, '\n\t    Flags: [', names, p.u8(offset));
  p.ascii(']');
  identifier(p, `\n\t    Local ${what}: `, offset + 4, family);
  identifier(p, `\n\t    Remote ${what}: `, offset + (family === 2 ? 20 : 8), family);
}

/** Returns false where one is unknown. */
function printSubobjects(p: Printer, offset: number, left: number): boolean {
  while (left > 0) {
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    p.ascii(`\n\t    Subobject, Type: ${SUBOBJECTS[type] ?? 'Unknown'} (${type}), Length: ${size}`);
    const wrong =
      size < 4
        ? ' (too short)'
        : size % 4 !== 0
          ? ' (not a multiple of 4)'
          : left < size
            ? ' (goes past the end of the object)'
            : '';
    if (wrong !== '') {
      p.ascii(wrong);
      return true;
    }
    if (type === 1) {
      const capability = p.u8(offset + 2);
      const encoding = p.u8(offset + 3);
      p.ascii(
        `\n\t      Switching Type: ${SWITCHING_CAPABILITIES.get(capability) ?? 'Unknown'} (${capability})`,
      );
      p.ascii(`\n\t      Encoding Type: ${ENCODINGS.get(encoding) ?? 'Unknown'} (${encoding})`);
      p.ascii(`\n\t      Min Reservable Bandwidth: ${megabits(p, offset + 4)} Mbps`);
      p.ascii(`\n\t      Max Reservable Bandwidth: ${megabits(p, offset + 8)} Mbps`);
    } else if (type === 2) p.field('\n\t      Wavelength: ', p.u32(offset + 4));
    else return false;
    offset += size;
    left -= size;
  }
  return true;
}

function printVerifyBegin(p: Printer, offset: number): void {
  flags(p, '\n\t    Flags: ', VERIFY_FLAGS, p.u16(offset));
  p.field('\n\t    Verify Interval: ', p.u16(offset + 2));
  p.field('\n\t    Data links: ', p.u32(offset + 4));
  p.ascii(`\n\t    Encoding type: ${ENCODINGS.get(p.u8(offset + 8)) ?? 'Unknown'}`);
  const mechanism = p.u16(offset + 10);
  // As tcpdump has it: the mask is a decimal number.
  const capable = (mechanism & 8000) !== 0 ? ' (Payload test messages capable)' : '';
  p.ascii(`\n\t    Verify Transport Mechanism: ${mechanism} (0x${mechanism.toString(16)})${capable}`);
  p.ascii(`\n\t    Transmission Rate: ${megabits(p, offset + 12)} Mbps`);
  p.field('\n\t    Wavelength: ', p.u32(offset + 16));
}

function printStatus(p: Printer, family: number, offset: number, width: number): void {
  identifier(p, '\n\t    Interface ID: ', offset, family);
  const status = p.u32(offset + width);
  const active = status >>> 31;
  const direction = (status >>> 30) & 1;
  const state = status & 0x3ffffff;
  p.ascii(`\n\t\t    Active: ${active === 1 ? 'Allocated' : 'Non-allocated'} (${active})`);
  p.ascii(`\n\t\t    Direction: ${direction === 1 ? 'Transmit' : 'Receive'} (${direction})`);
  p.ascii(`\n\t\t    Channel Status: ${STATES[state] ?? 'Unknown'} (${state})`);
}

function printService(p: Printer, type: number, offset: number): void {
  switch (type) {
    case 1:
      flags(p, '\n\t Flags: ', PROTOCOLS, p.u8(offset));
      p.field('\n\t  UNI Version: ', p.u8(offset + 1));
      break;
    case 2: {
      const link = p.u8(offset);
      const signal = p.u8(offset + 1);
      p.ascii(`\n\t Link Type: ${LINK_TYPES.get(link) ?? 'Unknown'} (${link})`);
      if (link === SDH || link === SONET) {
        const names = link === SDH ? SDH_SIGNALS : SONET_SIGNALS;
        p.ascii(`\n\t Signal Type: ${names[signal - FIRST_SIGNAL] ?? 'Unknown'} (${signal})`);
      }
      flags(p, '\n\t Transparency: ', CLIENT_TRANSPARENCY, p.u8(offset + 2));
      flags(p, '\n\t Contiguous Concatenation Types: ', CONCATENATION, p.u8(offset + 3));
      p.field('\n\t Minimum NCC: ', p.u16(offset + 4));
      p.field('\n\t Maximum NCC: ', p.u16(offset + 6));
      p.field('\n\t Minimum NVC:', p.u16(offset + 8));
      p.field('\n\t Maximum NVC:', p.u16(offset + 10));
      identifier(p, '\n\t    Local Interface ID: ', offset + 12, 1);
      break;
    }
    case 3:
      flags(p, '\n\t Transparency Flags: ', TRANSPARENCY, p.u32(offset));
      flags(p, '\n\t TCM Monitoring Flags: ', MONITORING, p.u8(offset + 7));
      break;
    case 4:
      flags(p, '\n\t Diversity: Flags: ', DIVERSITY, p.u8(offset + 3));
  }
}
