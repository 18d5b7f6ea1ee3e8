// BGP (RFC 4271): the messages of a TCP segment.

import { AFI, SAFI } from '../../wire/registry/address-families.ts';
import { dumpHex } from '../engine/dump.ts';
import type { Names } from '../engine/names.ts';
import { CLOSED, type Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';
import { printAttributes } from './bgp-attribute.ts';
import { printCapabilities } from './bgp-capability.ts';
import { addsPaths, CUT, ILLEGAL, printPrefix4 } from './bgp-prefix.ts';

const HEADER_LENGTH = 19;
const MARKER_LENGTH = 16;
const OPEN_LENGTH = 29;
const NOTIFICATION_LENGTH = 21;
const REFRESH_LENGTH = 23;

const OPEN = 1;
const UPDATE = 2;
const NOTIFICATION = 3;
const KEEPALIVE = 4;
const ROUTE_REFRESH = 5;
const CAPABILITIES = 2;
/** Codes of a notification, and the reasons for it to cease. */
const FSM_ERROR = 5;
const CEASE = 6;
const CAPABILITY_ERROR = 7;
const MAXIMUM_PREFIXES = 1;
const SHUTDOWN = 2;
const RESET = 4;

const MESSAGES: Names = new Map([
  [OPEN, 'Open'],
  [UPDATE, 'Update'],
  [NOTIFICATION, 'Notification'],
  [KEEPALIVE, 'Keepalive'],
  [ROUTE_REFRESH, 'Route Refresh'],
]);
const PARAMETERS: Names = new Map([
  [1, 'Authentication Information'],
  [CAPABILITIES, 'Capabilities Advertisement'],
]);
const ERRORS: Names = new Map([
  [1, 'Message Header Error'],
  [2, 'OPEN Message Error'],
  [3, 'UPDATE Message Error'],
  [4, 'Hold Timer Expired'],
  [FSM_ERROR, 'Finite State Machine Error'],
  [CEASE, 'Cease'],
  [CAPABILITY_ERROR, 'Capability Message Error'],
]);
/** Subcodes by code; codes without an entry have none. */
const SUBCODES = new Map<number, Names>([
  [
    1,
    new Map([
      [1, 'Connection Not Synchronized'],
      [2, 'Bad Message Length'],
      [3, 'Bad Message Type'],
    ]),
  ],
  [
    2,
    new Map([
      [1, 'Unsupported Version Number'],
      [2, 'Bad Peer AS'],
      [3, 'Bad BGP Identifier'],
      [4, 'Unsupported Optional Parameter'],
      [5, 'Authentication Failure'],
      [6, 'Unacceptable Hold Time'],
      [7, 'Capability Message Error'],
    ]),
  ],
  [
    3,
    new Map([
      [1, 'Malformed Attribute List'],
      [2, 'Unrecognized Well-known Attribute'],
      [3, 'Missing Well-known Attribute'],
      [4, 'Attribute Flags Error'],
      [5, 'Attribute Length Error'],
      [6, 'Invalid ORIGIN Attribute'],
      [7, 'AS Routing Loop'],
      [8, 'Invalid NEXT_HOP Attribute'],
      [9, 'Optional Attribute Error'],
      [10, 'Invalid Network Field'],
      [11, 'Malformed AS_PATH'],
    ]),
  ],
  [
    FSM_ERROR,
    new Map([
      [0, 'Unspecified Error'],
      [1, 'In OpenSent State'],
      [2, 'In OpenConfirm State'],
      [3, 'In Established State'],
    ]),
  ],
  [
    CEASE,
    new Map([
      [MAXIMUM_PREFIXES, 'Maximum Number of Prefixes Reached'],
      [SHUTDOWN, 'Administrative Shutdown'],
      [3, 'Peer Unconfigured'],
      [RESET, 'Administrative Reset'],
      [5, 'Connection Rejected'],
      [6, 'Other Configuration Change'],
      [7, 'Connection Collision Resolution'],
    ]),
  ],
  [
    CAPABILITY_ERROR,
    new Map([
      [1, 'Invalid Action Value'],
      [2, 'Invalid Capability Length'],
      [3, 'Malformed Capability Value'],
      [4, 'Unsupported Capability Code'],
    ]),
  ],
]);

/** Messages are found by their markers: a segment may begin in the middle of one. */
export function printBgp(p: Printer, offset: number): void {
  p.protocol = 'bgp';
  p.ascii(': BGP');
  if (p.verbose === 0) return;
  let start = offset;
  while (p.has(offset, MARKER_LENGTH)) {
    if (!isMarker(p.bytes, offset)) {
      offset++;
      continue;
    }
    if (!p.whole(offset, HEADER_LENGTH)) return;
    if (offset !== start) p.truncated();
    const length = p.view.getUint16(offset + MARKER_LENGTH);
    if (length < HEADER_LENGTH) {
      p.field('\nmessage length ', length);
      p.field(' < ', HEADER_LENGTH);
      p.invalid();
      return;
    }
    const type = p.bytes[offset + 18];
    if (!p.has(offset, length)) {
      p.ascii(`\n[|BGP ${MESSAGES.get(type) ?? 'Unknown Message Type'}]`);
      return;
    }
    try {
      printMessage(p, type, offset, length);
    } catch (error) {
      if (error !== CLOSED) throw error;
      p.truncated();
    }
    offset += length;
    start = offset;
  }
}

function isMarker(bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < MARKER_LENGTH; i++) if (bytes[offset + i] !== 0xff) return false;
  return true;
}

function printMessage(p: Printer, type: number, offset: number, length: number): void {
  p.ascii(`\n\t${MESSAGES.get(type) ?? 'Unknown'} Message (${type}), length: ${length}`);
  switch (type) {
    case OPEN:
      if (length < OPEN_LENGTH || !printOpen(p, offset, length)) p.truncated();
      break;
    case UPDATE:
      if (!printUpdate(p, offset + HEADER_LENGTH, offset + length)) p.truncated();
      break;
    case NOTIFICATION:
      if (!p.has(offset, NOTIFICATION_LENGTH)) p.truncated();
      else if (length >= NOTIFICATION_LENGTH) printNotification(p, offset, length);
      break;
    case KEEPALIVE:
      break;
    case ROUTE_REFRESH:
      if (!p.has(offset, REFRESH_LENGTH)) p.truncated();
      if (length < REFRESH_LENGTH || !p.has(offset, REFRESH_LENGTH)) break;
      p.ascii('\n\t  ');
      printFamily(p, p.u16(offset + HEADER_LENGTH), p.u8(offset + 22));
      if (p.verbose > 1) p.unknown(offset, '\n\t  ', length);
      break;
    default:
      p.field('\n\t  no Message ', type);
      p.ascii(' decoder');
      p.unknown(offset, '\n\t  ', length);
  }
}

function printFamily(p: Printer, afi: number, safi: number): void {
  p.ascii(`AFI ${AFI.get(afi) ?? 'Unknown'} (${afi}), SAFI ${SAFI.get(safi) ?? 'Unknown'} (${safi})`);
}

/** Returns false where the message ends in the middle of a parameter. */
function printOpen(p: Printer, offset: number, length: number): boolean {
  p.field('\n\t  Version ', p.u8(offset + 19));
  p.field(', my AS ', p.u16(offset + 20));
  p.field(', Holdtime ', p.u16(offset + 22));
  p.ascii('s, ID ');
  p.ipv4(offset + 24);
  const parameters = p.u8(offset + 28);
  p.field('\n\t  Optional parameters, length: ', parameters);
  const first = offset + OPEN_LENGTH;
  for (let i = 0; i < parameters; ) {
    if (!p.has(first + i, 2) || length - OPEN_LENGTH < i + 2) return false;
    const type = p.bytes[first + i];
    const size = p.bytes[first + i + 1];
    if (i + 2 + size > parameters) {
      p.ascii(`\n\t     Option ${type}, length: ${size}, goes past the end of the options`);
      break;
    }
    p.ascii(`\n\t    Option ${PARAMETERS.get(type) ?? 'Unknown'} (${type}), length: ${size}`);
    if (type === CAPABILITIES) printCapabilities(p, first + i + 2, size);
    else p.field('\n\t      no decoder for option ', type);
    i += 2 + size;
  }
  return true;
}

/** Returns false where something claims to go on beyond what holds it. */
function printUpdate(p: Printer, offset: number, end: number): boolean {
  if (!p.has(offset, 2) || end - offset < 2) return false;
  const withdrawn = p.view.getUint16(offset);
  offset += 2;
  if (!p.has(offset, withdrawn) || end - offset < withdrawn) return false;
  let left = withdrawn;
  if (withdrawn > 1) {
    p.ascii('\n\t  Withdrawn routes:');
    const next = printRoutes(p, offset, offset + withdrawn, true);
    if (next < 0) return false;
    left = offset + withdrawn - next;
    offset = next;
  } else offset += withdrawn;
  if (!p.has(offset, 2) || end - offset < 2) return false;
  const attributes = p.view.getUint16(offset);
  offset += 2;
  if (left === 0 && attributes === 0 && offset === end) {
    p.ascii('\n\t  End-of-Rib Marker (empty NLRI)');
    return true;
  }
  if (end - offset < attributes || !printAttributes(p, offset, offset + attributes, end)) return false;
  offset += attributes;
  if (offset === end) return true;
  p.ascii('\n\t  Updated routes:');
  return printRoutes(p, offset, end, false) >= 0;
}

/** Returns where the next thing lies: the end, or a prefix that cannot be; below 0 where the last one is cut off. */
function printRoutes(p: Printer, offset: number, end: number, withdrawn: boolean): number {
  const paths = addsPaths(p, offset, end - offset, 32);
  while (offset !== end) {
    let path = 0;
    if (paths) {
      if (end - offset < 4) return withdrawn ? end : -1;
      if (!withdrawn && !p.has(offset, 4)) return -1;
      path = p.u32(offset);
      offset += 4;
    }
    const size = printPrefix4(p, '\n\t    ', offset, end - offset);
    if (size === CUT) return -1;
    if (size === ILLEGAL) {
      p.ascii('\n\t    (illegal prefix length)');
      return offset;
    }
    if (paths) p.field('   Path Id: ', path);
    offset += size;
  }
  return offset;
}

function printNotification(p: Printer, offset: number, length: number): void {
  const code = p.u8(offset + 19);
  const subcode = p.u8(offset + 20);
  p.ascii(`, ${ERRORS.get(code) ?? 'Unknown Error'} (${code})`);
  const names = SUBCODES.get(code);
  if (names === undefined) return;
  if (code !== FSM_ERROR && code !== CAPABILITY_ERROR) p.ascii(',');
  p.ascii(` subcode ${names.get(subcode) ?? 'Unknown'} (${subcode})`);
  if (code !== CEASE) return;
  const data = offset + NOTIFICATION_LENGTH;
  const rest = length - NOTIFICATION_LENGTH;
  if (subcode === MAXIMUM_PREFIXES && rest >= 7) {
    p.check(data, 7);
    p.ascii(', ');
    printFamily(p, p.u16(data), p.u8(data + 2));
    p.field(', Max Prefixes: ', p.u32(data + 3));
  }
  if ((subcode === SHUTDOWN || subcode === RESET) && rest >= 1) printCommunication(p, data, rest);
}

/** Why the administrator shut the session down (RFC 9003). */
function printCommunication(p: Printer, offset: number, rest: number): void {
  const size = p.u8(offset);
  let shown = 0;
  if (size > rest - 1) p.ascii(', invalid Shutdown Communication length');
  else if (size === 0) {
    p.ascii(', empty Shutdown Communication');
    shown = 1;
  } else {
    p.field(', Shutdown Communication (length: ', size);
    p.ascii('): "');
    printText(p, offset + 1, size);
    p.ascii('"');
    shown = size + 1;
  }
  if (rest === shown) return;
  p.field(', Data: (length: ', rest - shown);
  p.ascii(')');
  dumpHex(p.out, '\n\t\t', p.bytes, offset + shown, offset + rest);
}
