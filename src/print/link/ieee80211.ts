// Frames of IEEE 802.11: management, control, and data with LLC in it.

import type { Printer } from '../engine/printer.ts';
import { printManagement } from './ieee80211-management.ts';
import { printLlc } from './llc.ts';

const MANAGEMENT = 0;
const CONTROL = 1;
const DATA = 2;

/** Bits of frame control. */
const TO_SYSTEM = 0x0100;
const FROM_SYSTEM = 0x0200;
const PROTECTED = 0x4000;
const FLAGS = [
  [0x2000, 'More Data '],
  [0x0400, 'More Fragments '],
  [0x1000, 'Pwr Mgmt '],
  [0x0800, 'Retry '],
  [0x8000, 'Strictly Ordered '],
  [PROTECTED, 'Protected '],
] as const;
/** Bits of the subtype of data. */
const ACKNOWLEDGES = 0x1;
const POLLS = 0x2;
const EMPTY = 0x4;
const QUALITY = 0x8;

const FIRST = 4;
const SECOND = 10;
const THIRD = 16;
const FOURTH = 24;

/** Names and bytes of header of control frames. */
const CONTROLS = new Map<number, readonly [name: string, header: number]>([
  [7, ['Control Wrapper', 16]],
  [8, ['BAR', 20]],
  [9, ['BA', 10]],
  [10, ['Power Save-Poll', 16]],
  [11, ['Request-To-Send', 16]],
  [12, ['Clear-To-Send', 10]],
  [13, ['Acknowledgment', 10]],
  [14, ['CF-End', 16]],
  [15, ['CF-End+CF-Ack', 16]],
]);
const BLOCK_REQUEST = 8;
const BLOCK_ACKNOWLEDGEMENT = 9;
const POLL = 10;
const REQUEST_TO_SEND = 11;
const CLEAR_TO_SEND = 12;
const ACKNOWLEDGEMENT = 13;
const END = 14;
const END_ACKNOWLEDGED = 15;

/** The frame of a capture without anything before it; sets the bytes of link header. */
export function print80211Frame(p: Printer, offset: number, length: number): void {
  p.linkHeader += print80211(p, offset, length, false, 0);
}

/**
 * A frame, which may have its header padded to a multiple of four bytes, and bytes of check sequence at its end. Answers
 * the bytes of header it went past.
 */
export function print80211(
  p: Printer,
  offset: number,
  length: number,
  padded: boolean,
  check: number,
): number {
  p.protocol = '802.11';
  const captured = p.available(offset);
  if (length < check) {
    p.truncated();
    return captured;
  }
  length -= check;
  const end = p.end;
  p.end = Math.min(end, offset + length);
  // Where a layer above ends the packet nobody asks for the end again.
  const header = printFrame(p, offset, length, padded, captured);
  p.end = end;
  return header;
}

function printFrame(p: Printer, offset: number, length: number, padded: boolean, captured: number): number {
  if (!p.has(offset, 2)) {
    p.truncated();
    return captured;
  }
  const control = p.view.getUint16(offset, true);
  const type = (control >> 2) & 3;
  const subtype = (control >> 4) & 15;
  let header = headerLength(p, control, type, subtype);
  if (header === 0) return 0;
  if (padded) header = (header + 3) & ~3;
  if (!p.has(offset, header)) {
    p.truncated();
    return header;
  }
  if (p.link) printHeader(p, offset, control, type, subtype);
  const body = offset + header;
  const rest = length - header;
  const cipher = (control & PROTECTED) !== 0 ? printCipher : undefined;
  let whole = true;
  if (type === MANAGEMENT) whole = printManagement(p, subtype, cipher, body, rest, offset + SECOND);
  else if (type === CONTROL) printControl(p, offset, subtype);
  else if ((subtype & EMPTY) !== 0) return header;
  else if (cipher !== undefined) {
    p.ascii('Data');
    whole = cipher(p, body);
  } else {
    const [source, destination] = ends(control);
    p.linkAddresses(offset + source, offset + destination);
    return header + Math.abs(printLlc(p, body, rest));
  }
  if (!whole) p.truncated();
  return header;
}

/** Bytes of header, 0 where the frame is of no known kind. */
function headerLength(p: Printer, control: number, type: number, subtype: number): number {
  if (type === MANAGEMENT) return 24;
  if (type === CONTROL) {
    const header = CONTROLS.get(subtype)?.[1] ?? 0;
    if (header === 0) p.ascii(`unknown 802.11 ctrl frame subtype (${subtype})`);
    return header;
  }
  if (type !== DATA) {
    p.ascii(`unknown 802.11 frame type (${type})`);
    return 0;
  }
  const both = (control & TO_SYSTEM) !== 0 && (control & FROM_SYSTEM) !== 0;
  return (both ? 30 : 24) + ((subtype & QUALITY) !== 0 ? 2 : 0);
}

/** Where the addresses of sender and receiver of data lie. */
function ends(control: number): readonly [source: number, destination: number] {
  const from = (control & FROM_SYSTEM) !== 0;
  if ((control & TO_SYSTEM) === 0) return [from ? THIRD : SECOND, FIRST];
  return [from ? FOURTH : SECOND, THIRD];
}

/** What is ciphered begins with an initialization vector. */
function printCipher(p: Printer, offset: number): boolean {
  if (!p.has(offset, 4)) return false;
  const vector = p.view.getUint32(offset, true);
  p.ascii(` IV:${(vector & 0xffffff).toString(16).padStart(3)} Pad ${((vector >>> 24) & 0x3f).toString(16)}`);
  p.hexField(' KeyID ', vector >>> 30);
  return true;
}

function address(p: Printer, title: string, offset: number): void {
  p.ascii(title);
  p.mac(offset);
  p.ascii(' ');
}

function printHeader(p: Printer, offset: number, control: number, type: number, subtype: number): void {
  if (p.verbose > 0) {
    for (const [bit, text] of FLAGS) if ((control & bit) !== 0) p.ascii(text);
    // A poll has an association's number there.
    if (type !== CONTROL || subtype !== POLL) p.ascii(`${p.view.getUint16(offset + 2, true)}us `);
  }
  if (type === MANAGEMENT) {
    address(p, 'BSSID:', offset + THIRD);
    address(p, 'DA:', offset + FIRST);
    address(p, 'SA:', offset + SECOND);
  } else if (type === CONTROL) printControlHeader(p, offset, subtype);
  else printDataHeader(p, offset, control, subtype);
}

function printDataHeader(p: Printer, offset: number, control: number, subtype: number): void {
  if ((subtype & (ACKNOWLEDGES | POLLS | QUALITY)) !== 0) {
    const names = ['', 'Ack', 'Poll', 'Ack/Poll'];
    p.ascii(`CF ${names[subtype & (ACKNOWLEDGES | POLLS)]}${(subtype & QUALITY) !== 0 ? '+QoS' : ''} `);
  }
  const from = (control & FROM_SYSTEM) !== 0;
  const to = (control & TO_SYSTEM) !== 0;
  const titles = to
    ? from
      ? ['RA:', 'TA:', 'DA:']
      : ['BSSID:', 'SA:', 'DA:']
    : from
      ? ['DA:', 'BSSID:', 'SA:']
      : ['DA:', 'SA:', 'BSSID:'];
  address(p, titles[0], offset + FIRST);
  address(p, titles[1], offset + SECOND);
  address(p, titles[2], offset + THIRD);
  if (from && to) address(p, 'SA:', offset + FOURTH);
}

function printControlHeader(p: Printer, offset: number, subtype: number): void {
  switch (subtype) {
    case BLOCK_REQUEST:
      printBlockRequest(p, offset);
      return;
    case BLOCK_ACKNOWLEDGEMENT:
    case CLEAR_TO_SEND:
    case ACKNOWLEDGEMENT:
      address(p, 'RA:', offset + FIRST);
      return;
    case POLL:
      address(p, 'BSSID:', offset + FIRST);
      address(p, 'TA:', offset + SECOND);
      return;
    case REQUEST_TO_SEND:
      address(p, 'RA:', offset + FIRST);
      address(p, 'TA:', offset + SECOND);
      return;
    case END:
    case END_ACKNOWLEDGED:
      address(p, 'RA:', offset + FIRST);
      address(p, 'BSSID:', offset + SECOND);
  }
}

function printBlockRequest(p: Printer, offset: number): void {
  address(p, ' RA:', offset + FIRST);
  address(p, 'TA:', offset + SECOND);
  p.hexField('CTL(', p.view.getUint16(offset + 16, true));
  p.field(') SEQ(', p.view.getUint16(offset + 18, true));
  p.ascii(') ');
}

/** A control frame's name, and what -e has not said already. */
function printControl(p: Printer, offset: number, subtype: number): void {
  p.ascii(CONTROLS.get(subtype)?.[0] ?? '');
  if (subtype === POLL) {
    p.hexField(' AID(', p.view.getUint16(offset + 2, true));
    p.ascii(')');
  } else if (p.link) return;
  else if (subtype === BLOCK_REQUEST) printBlockRequest(p, offset);
  else if (subtype === REQUEST_TO_SEND) address(p, ' TA:', offset + SECOND);
  else if (subtype > REQUEST_TO_SEND || subtype === BLOCK_ACKNOWLEDGEMENT) address(p, ' RA:', offset + FIRST);
}
