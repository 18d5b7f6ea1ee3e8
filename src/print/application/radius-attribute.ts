// The values of RADIUS attributes.
import { localOffset } from '../../base/zone.ts';
import { ENTERPRISES } from '../../wire/registry/enterprise-numbers.ts';
import { dumpHexAscii } from '../engine/dump.ts';
import type { Names } from '../engine/names.ts';
import { printTimestamp } from '../engine/ntp-timestamp.ts';
import { printPrefix6 } from '../engine/prefix.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';
import { printEap } from './eap.ts';
import type { Attribute } from './radius-names.ts';

const FRAMED_ADDRESS = 8;
const LOGIN_HOST = 14;
const IPX_NETWORK = 23;
const APPLETALK_LINK = 37;
const APPLETALK_NETWORK = 38;
const EGRESS_VLAN = 56;
const EGRESS_VLAN_NAME = 58;
const TUNNEL_TYPE = 64;
const TUNNEL_MEDIUM = 65;
const TUNNEL_PASSWORD = 69;
const ARAP_PASSWORD = 70;
const ARAP_FEATURES = 71;
const EAP_MESSAGE = 79;
const TUNNEL_PREFERENCE = 83;
const ARAP_RESPONSE = 84;
const ERROR_CAUSE = 101;
const FEATURE_VECTOR = 124;
const HOME_PREFIX = 125;
const OPERATOR = 126;
const LOCATION = 127;
const LOCATION_DATA = 128;
/** Attributes that are spans of time. */
const SPANS = new Set([27, 28, 41, 46, 85]);
/** Texts of tunnels begin with a tag where their first byte is small enough to be one (RFC 2868, 3.3). */
const TAGGED = new Set([66, 67, 81, 82, 90, 91]);

export function printAttribute(
  p: Printer,
  attribute: Attribute,
  type: number,
  offset: number,
  length: number,
): void {
  switch (attribute.form) {
    case 's':
      if (!p.has(offset, length) || !printString(p, type, offset, length)) p.truncated();
      return;
    case 'n':
      if (proper(p, length, 4)) printNumber(p, attribute, type, offset);
      return;
    case 'a':
      if (proper(p, length, 4)) printAddress(p, type, offset);
      return;
    case '6':
      if (proper(p, length, 16)) p.ipv6(offset);
      return;
    case 'p':
      printPrefix(p, offset, length);
      return;
    case 't':
      if (proper(p, length, 4)) printTime(p, p.u32(offset));
      return;
    case 'v':
      if (!printVendor(p, offset, length)) p.truncated();
      return;
    case 'x':
      printSpecial(p, type, offset, length);
  }
}

function proper(p: Printer, length: number, wanted: number): boolean {
  if (length === wanted) return true;
  p.ascii(`ERROR: length ${length} != ${wanted}`);
  return false;
}

function printTag(p: Printer, tag: number): void {
  p.ascii(tag === 0 ? 'Tag[Unused] ' : `Tag[${tag}] `);
}

function printVlanTag(p: Printer, tag: number): void {
  p.ascii(tag === 0x31 ? 'Tagged' : tag === 0x32 ? 'Untagged' : 'Unknown tag');
  p.ascii(' (0x');
  p.out.hexPadded(tag, 2);
  p.ascii(') ');
}

/** Returns false where it is too short for what comes before the text. */
function printString(p: Printer, type: number, offset: number, length: number): boolean {
  const first = p.bytes[offset];
  if (type === TUNNEL_PASSWORD) {
    if (length < 3) return false;
    printTag(p, first <= 0x1f ? first : 0);
    p.field('Salt ', p.view.getUint16(offset + 1));
    p.ascii(' ');
    offset += 3;
    length -= 3;
  } else if (TAGGED.has(type) && first <= 0x1f) {
    printTag(p, first);
    offset++;
    length--;
  } else if (type === EGRESS_VLAN_NAME) {
    printVlanTag(p, first);
    offset++;
    length--;
  } else if (type === EAP_MESSAGE) {
    printEap(p, offset, length);
    return true;
  }
  printVisible(p, offset, length, true);
  return true;
}

/** Text with points for what cannot be seen, up to its end or a NUL. */
function printVisible(p: Printer, offset: number, length: number, terminated: boolean): void {
  for (let i = 0; i < length; i++) {
    const byte = p.u8(offset + i);
    if (byte === 0 && terminated) return;
    p.out.byte(byte >= 0x20 && byte <= 0x7e ? byte : 0x2e);
  }
}

function printNumber(p: Printer, attribute: Attribute, type: number, offset: number): void {
  const value = p.u32(offset);
  if (attribute.values.length > 0) {
    const tagged = type === TUNNEL_TYPE || type === TUNNEL_MEDIUM;
    if (tagged) printTag(p, value >>> 24);
    const number = tagged ? value & 0xffffff : value;
    p.ascii(attribute.values[number] || `#${number}`);
  } else if (type === TUNNEL_PREFERENCE) {
    printTag(p, value >>> 24);
    p.decimal(value & 0xffffff);
  } else if (type === EGRESS_VLAN) {
    printVlanTag(p, value >>> 24);
    p.decimal(value & 0xffffff);
  } else if (SPANS.has(type)) printSpan(p, value);
  else if (type === IPX_NETWORK && value === 0xfffffffe) p.ascii('NAS Select');
  else if (type === APPLETALK_LINK && value === 0) p.ascii('Unnumbered');
  else if (type === APPLETALK_NETWORK && value === 0) p.ascii('NAS assigned');
  else p.decimal(value);
}

function printSpan(p: Printer, seconds: number): void {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (seconds < 60) p.ascii(`${two(seconds)} secs`);
  else if (seconds < 3600) p.ascii(`${two(seconds / 60)}:${two(seconds % 60)} min`);
  else p.ascii(`${two(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)} hours`);
}

function printAddress(p: Printer, type: number, offset: number): void {
  const address = p.u32(offset);
  const chosen = type === FRAMED_ADDRESS || type === LOGIN_HOST;
  if (chosen && address === 0xffffffff) p.ascii('User Selected');
  else if (chosen && address === 0xfffffffe) p.ascii('NAS Select');
  else p.ipv4(offset);
}

function printPrefix(p: Printer, offset: number, length: number): void {
  if (length < 2 || length > 18) {
    p.ascii(`ERROR: length ${length} not in range (2..18)`);
    return;
  }
  if (!p.has(offset, length)) {
    p.truncated();
    return;
  }
  const bits = p.bytes[offset + 1];
  if (bits > 128) {
    p.ascii(`ERROR: netmask ${bits} not in range (0..128)`);
    return;
  }
  printPrefix6(p, offset + 2, 0, length - 2);
  p.field('/', bits);
  if (bits > 8 * (length - 2)) p.ascii(' (inconsistent prefix length)');
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** As ctime(3) writes it, in local time. */
function printTime(p: Printer, seconds: number): void {
  const time = new Date((seconds + localOffset(seconds)) * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(time.getUTCDate()).padStart(2);
  const clock = `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
  p.ascii(`${DAYS[time.getUTCDay()]} ${MONTHS[time.getUTCMonth()]} ${day} ${clock} ${time.getUTCFullYear()}`);
}

/** Vendor-specific (RFC 2865, 5.26). Returns false where it is too short. */
function printVendor(p: Printer, offset: number, left: number): boolean {
  if (left < 4) return false;
  const vendor = p.u32(offset);
  p.ascii(`Vendor: ${ENTERPRISES.get(vendor) ?? 'Unknown'} (${vendor})`);
  offset += 4;
  left -= 4;
  while (left >= 2) {
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    if (size < 2 || size > left) {
      const why = size < 2 ? 'must be >= 2' : 'goes past end of vendor-specific attribute';
      p.ascii(`\n\t    Vendor Attribute: ${type}, Length: ${size} (bogus, ${why})`);
      return true;
    }
    if (!p.has(offset + 2, size - 2)) return false;
    p.ascii(`\n\t    Vendor Attribute: ${type}, Length: ${size - 2}, Value: `);
    printVisible(p, offset + 2, size - 2, false);
    offset += size;
    left -= size;
  }
  return true;
}

const CAUSES: Names = new Map([
  [201, 'Residual Session Context Removed'],
  [202, 'Invalid EAP Packet (Ignored)'],
  [401, 'Unsupported Attribute'],
  [402, 'Missing Attribute'],
  [403, 'NAS Identification Mismatch'],
  [404, 'Invalid Request'],
  [405, 'Unsupported Service'],
  [406, 'Unsupported Extension'],
  [407, 'Invalid Attribute Value'],
  [501, 'Administratively Prohibited'],
  [502, 'Request Not Routable (Proxy)'],
  [503, 'Session Context Not Found'],
  [504, 'Session Context Not Removable'],
  [505, 'Other Proxy Processing Error'],
  [506, 'Resources Unavailable'],
  [507, 'Request Initiated'],
  [508, 'Multiple Session Selection Unsupported'],
  [509, 'Location Info Required'],
]);
const FEATURES: readonly (readonly [bit: bigint, name: string])[] = [
  [0n, 'MIP6_INTEGRATED'],
  [1n, 'LOCAL_HOME_AGENT_ASSIGNMENT'],
  [40n, 'PMIP6_SUPPORTED'],
  [41n, 'IP4_HOA_SUPPORTED'],
  [42n, 'LOCAL_MAG_ROUTING_SUPPORTED'],
  [43n, 'ASSIGN_LOCAL_IP'],
  [44n, 'MIP4_SUPPORTED'],
  [45n, 'OPTIMIZED_IDLE_MODE_MOBILITY'],
  [46n, 'GTPv2_SUPPORTED'],
  [47n, 'IP4_TRANSPORT_SUPPORTED'],
  [48n, 'IP4_HOA_ONLY_SUPPORTED'],
  [49n, 'INTER_MAG_ROUTING_SUPPORTED'],
];
const NAMESPACES = ['TADIG', 'REALM', 'E212', 'ICC'];
const POLICY_FLAGS = [
  ...Array.from({ length: 15 }, (_, i) => [1 << i, `MBZ-${15 - i}`] as const),
  [0x8000, 'Retransmission Allowed'] as const,
];

/** Bytes as hex digits, with capital letters. */
function capitals(p: Printer, offset: number, length: number): void {
  for (let i = offset; i < offset + length; i++) p.ascii(p.u8(i).toString(16).padStart(2, '0').toUpperCase());
}

function printSpecial(p: Printer, type: number, offset: number, length: number): void {
  switch (type) {
    case ARAP_PASSWORD:
      if (!proper(p, length, 16)) return;
      p.ascii('User_challenge (');
      capitals(p, offset, 8);
      p.ascii(') User_resp(');
      capitals(p, offset + 8, 8);
      p.ascii(')');
      return;
    case ARAP_FEATURES:
      if (!proper(p, length, 14)) return;
      p.ascii(p.u8(offset) !== 0 ? 'User can change password' : 'User cannot change password');
      p.field(', Min password length: ', p.u8(offset + 1));
      p.ascii(', created at: ');
      capitals(p, offset + 2, 4);
      p.ascii(', expires in: ');
      capitals(p, offset + 6, 4);
      p.ascii(', Current Time: ');
      capitals(p, offset + 10, 4);
      return;
    case ARAP_RESPONSE:
      if (length < 8) p.ascii(`ERROR: length ${length} != 8`);
      else capitals(p, offset, 8);
      return;
    case ERROR_CAUSE:
      if (length !== 4) p.ascii(`Error: length ${length} != 4`);
      else
        p.ascii(
          `Error cause ${p.u32(offset)}: ${CAUSES.get(p.u32(offset)) ?? `Error-Cause ${p.u32(offset)} not known`}`,
        );
      return;
    case FEATURE_VECTOR: {
      if (!proper(p, length, 8)) return;
      p.ascii('[');
      const vector = p.u64(offset);
      p.ascii(
        FEATURES.filter(([bit]) => ((vector >> bit) & 1n) !== 0n)
          .map(([, name]) => name)
          .join(', '),
      );
      p.ascii(']');
      return;
    }
    case HOME_PREFIX:
      if (proper(p, length, 17)) printHomePrefix(p, offset);
      return;
    default:
      if (p.has(offset, length)) printLocation(p, type, offset, length);
      else p.truncated();
  }
}

function printHomePrefix(p: Printer, offset: number): void {
  if (!p.has(offset, 17)) {
    p.truncated();
    return;
  }
  const bits = p.bytes[offset];
  if (bits > 128) {
    p.ascii(`ERROR: netmask ${bits} not in range (0..128)`);
    return;
  }
  p.ipv6(offset + 1);
  p.field('/', bits);
}

/** Operator and location attributes (RFC 5580). */
function printLocation(p: Printer, type: number, offset: number, length: number): void {
  const needed = type === OPERATOR ? 2 : type === LOCATION ? 21 : type === LOCATION_DATA ? 3 : 10;
  if (length < needed) {
    p.ascii(`ERROR: length ${length} < ${needed}`);
    return;
  }
  const index = p.view.getUint16(offset);
  if (type === OPERATOR) {
    const space = p.bytes[offset];
    p.ascii(`[${NAMESPACES[space - 0x30] ?? `unknown namespace ${space}`}] `);
    printText(p, offset + 1, length - 1);
  } else if (type === LOCATION) {
    const code = p.bytes[offset + 2];
    const entity = p.bytes[offset + 3];
    p.ascii(`index ${index}, code ${['Civic', 'Geospatial'][code] ?? `Unknown (${code})`}`);
    p.ascii(`, entity ${['User', 'RADIUS'][entity] ?? `Unknown (${entity})`}, sighting time `);
    printTimestamp(p, offset + 4);
    p.ascii(', time to live ');
    printTimestamp(p, offset + 12);
    p.ascii(', method "');
    printText(p, offset + 20, length - 20);
    p.ascii('"');
  } else if (type === LOCATION_DATA) {
    p.ascii(`index ${index}, location`);
    dumpHexAscii(p.out, '\n\t    ', p.bytes, offset + 2, offset + length);
  } else {
    p.ascii('flags [');
    writeFlags(p, POLICY_FLAGS, 'none', index, ', ');
    p.ascii('], retention expires ');
    printTimestamp(p, offset + 2);
    if (length > 10) {
      p.ascii(', note well "');
      printText(p, offset + 10, length - 10);
      p.ascii('"');
    }
  }
}
