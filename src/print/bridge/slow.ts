// Slow protocols (IEEE 802.3, annex 57A): link aggregation, its marker, and operations, administration, maintenance.

import { OUIS } from '../../wire/registry/oui.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';

const LACP = 1;
const MARKER = 2;
const OAM = 3;
const PROTOCOLS: Names = new Map([
  [LACP, 'LACP'],
  [MARKER, 'MARKER'],
  [OAM, 'OAM'],
]);
const VERSION = 1;
/** Type and length, which counts both. */
const TLV_HEADER_LENGTH = 2;

const ACTOR = 0x101;
const PARTNER = 0x102;
const COLLECTOR = 0x103;
const MARKED = 0x201;
/** Types of both protocols, that of the protocol in the upper byte. */
const TLVS: Names = new Map([
  [0x100, 'Terminator'],
  [ACTOR, 'Actor Information'],
  [PARTNER, 'Partner Information'],
  [COLLECTOR, 'Collector Information'],
  [0x200, 'Terminator'],
  [MARKED, 'Marker Information'],
]);
const STATES = [
  [0x01, 'Activity'],
  [0x02, 'Timeout'],
  [0x04, 'Aggregation'],
  [0x08, 'Synchronization'],
  [0x10, 'Collecting'],
  [0x20, 'Distributing'],
  [0x40, 'Default'],
  [0x80, 'Expired'],
] as const;

const FLAGS = [
  [0x01, 'Link Fault'],
  [0x02, 'Dying Gasp'],
  [0x04, 'Critical Event'],
  [0x08, 'Local Evaluating'],
  [0x10, 'Local Stable'],
  [0x20, 'Remote Evaluating'],
  [0x40, 'Remote Stable'],
] as const;
const INFORMATION = 0;
const EVENT = 1;
const LOOPBACK = 4;
const CODES: Names = new Map([
  [INFORMATION, 'Information'],
  [EVENT, 'Event Notification'],
  [2, 'Variable Request'],
  [3, 'Variable Response'],
  [LOOPBACK, 'Loopback Control'],
  [0xfe, 'Vendor Private'],
]);
const END = 0;
const REMOTE = 2;
const INFORMATION_LENGTH = 16;
const INFORMATIONS: Names = new Map([
  [END, 'End of TLV marker'],
  [1, 'Local'],
  [REMOTE, 'Remote'],
  [0xfe, 'Organization specific'],
]);
const PARSERS = ['forwarding', 'looping back', 'discarding', 'reserved'];
const CONFIGURATIONS = [
  [0x01, 'Active'],
  [0x02, 'Unidirectional'],
  [0x04, 'Remote-Loopback'],
  [0x08, 'Link-Events'],
  [0x10, 'Variable-Retrieval'],
] as const;
const LAST_EVENT = 4;
const EVENT_LENGTH = 40;
const EVENTS: Names = new Map([
  [END, 'End of TLV marker'],
  [1, 'Errored Symbol Period Event'],
  [2, 'Errored Frame Event'],
  [3, 'Errored Frame Period Event'],
  [LAST_EVENT, 'Errored Frame Seconds Summary Event'],
  [0xfe, 'Organization specific'],
]);
const COMMANDS = ['Unknown', 'Enable OAM Remote Loopback', 'Disable OAM Remote Loopback'];

export function printSlow(p: Printer, offset: number, length: number): void {
  p.protocol = 'slow';
  if (length < 1) {
    p.ascii(p.verbose === 0 ? ' (packet is too short)' : '\n\t\t packet is too short');
    return;
  }
  const protocol = p.u8(offset);
  const name = PROTOCOLS.get(protocol);
  const versioned = protocol === LACP || protocol === MARKER;
  if (versioned) {
    if (length < 2) {
      p.ascii(p.verbose === 0 ? ' (packet is too short)' : '\n\t\t packet is too short');
      return;
    }
    const version = p.u8(offset + 1);
    if (version !== VERSION) {
      p.ascii(`${name} version ${version} packet not supported`);
      return;
    }
  }
  p.ascii(`${name ?? `unknown (${protocol})`}${versioned ? 'v1' : ''}, length ${length}`);
  if (name === undefined) p.unknown(offset, '\n\t', length);
  else if (p.verbose === 0) return;
  else if (
    !(versioned ? printTlvs(p, protocol, offset + 2, length - 2) : printOam(p, offset + 1, length - 1))
  ) {
    p.ascii('\n\t\t packet is too short');
  }
}

function illegal(p: Printer, expected: number, least = ''): void {
  p.ascii(`\n\t    ERROR: illegal length - should be ${least}${expected}`);
}

/** Returns false where the packet ends too early; so do those below. */
function printTlvs(p: Printer, protocol: number, offset: number, length: number): boolean {
  while (length > 0) {
    if (length < TLV_HEADER_LENGTH) return false;
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    const kind = (protocol << 8) + type;
    p.ascii(`\n\t${TLVS.get(kind) ?? 'Unknown'} TLV (0x`);
    p.out.hexPadded(type, 2);
    p.field('), length ', size);
    if (type === END) return true;
    if (size < TLV_HEADER_LENGTH) {
      illegal(p, TLV_HEADER_LENGTH, '>= ');
      return true;
    }
    if (length < size) return false;
    p.need(offset, size);
    printValue(p, kind, offset + TLV_HEADER_LENGTH, size - TLV_HEADER_LENGTH);
    if (p.verbose > 1) p.unknown(offset + TLV_HEADER_LENGTH, '\n\t  ', size - TLV_HEADER_LENGTH);
    offset += size;
    length -= size;
  }
  return true;
}

function printValue(p: Printer, kind: number, offset: number, size: number): void {
  switch (kind) {
    case ACTOR:
    case PARTNER:
      if (size !== 18) {
        illegal(p, 20);
        return;
      }
      p.ascii('\n\t  System ');
      p.mac(offset + 2);
      p.field(', System Priority ', p.u16(offset));
      p.field(', Key ', p.u16(offset + 8));
      p.field(', Port ', p.u16(offset + 12));
      p.field(', Port Priority ', p.u16(offset + 10));
      p.ascii('\n\t  State Flags [');
      writeFlags(p, STATES, 'none', p.u8(offset + 14), ', ');
      p.ascii(']');
      return;
    case COLLECTOR:
      if (size !== 14) illegal(p, 16);
      else p.field('\n\t  Max Delay ', p.u16(offset));
      return;
    case MARKED:
      if (size !== 14) {
        illegal(p, 16);
        return;
      }
      p.ascii('\n\t  Request System ');
      p.mac(offset + 2);
      p.field(', Request Port ', p.u16(offset));
      p.ascii(', Request Transaction ID 0x');
      p.out.hexPadded(p.u32(offset + 8), 8);
      return;
  }
  if (p.verbose <= 1) p.unknown(offset, '\n\t  ', size);
}

function printOam(p: Printer, offset: number, length: number): boolean {
  if (length < 3) return false;
  p.need(offset, 3);
  const code = p.bytes[offset + 2];
  p.ascii(`\n\tCode ${CODES.get(code) ?? `Unknown (${code})`} OAM PDU, Flags [`);
  writeFlags(p, FLAGS, 'none', p.u16(offset), ', ');
  p.ascii(']');
  offset += 3;
  length -= 3;
  switch (code) {
    case INFORMATION:
      return printOamTlvs(p, offset, length, INFORMATIONS, 'Information', printInformation);
    case EVENT:
      if (length < 2) return false;
      p.field('\n\t  Sequence Number ', p.u16(offset));
      return printOamTlvs(p, offset + 2, length - 2, EVENTS, 'Link Event', printEvent);
    case LOOPBACK: {
      if (length < 1) return false;
      const command = p.u8(offset);
      p.ascii(`\n\t  Command ${COMMANDS[command] ?? 'Unknown'} (${command})`);
      return true;
    }
  }
  if (p.verbose <= 1) p.unknown(offset, '\n\t  ', length);
  return true;
}

function printOamTlvs(
  p: Printer,
  offset: number,
  length: number,
  names: Names,
  title: string,
  print: (p: Printer, type: number, offset: number, size: number) => boolean,
): boolean {
  while (length > 0) {
    if (length < TLV_HEADER_LENGTH) return false;
    p.need(offset, TLV_HEADER_LENGTH);
    const type = p.bytes[offset];
    const size = p.bytes[offset + 1];
    p.ascii(`\n\t  ${names.get(type) ?? 'Reserved'} ${title} Type (${type}), length ${size}`);
    if (type === END) return true;
    if (size < TLV_HEADER_LENGTH) {
      illegal(p, TLV_HEADER_LENGTH, '>= ');
      return true;
    }
    if (length < size) return false;
    p.need(offset, size);
    if (!print(p, type, offset, size) || p.verbose > 1) p.unknown(offset, '\n\t  ', size);
    offset += size;
    length -= size;
  }
  return true;
}

/** Returns false where it is to be dumped. */
function printInformation(p: Printer, type: number, offset: number, size: number): boolean {
  if (type > REMOTE) return false;
  if (size !== INFORMATION_LENGTH) {
    illegal(p, INFORMATION_LENGTH);
    return false;
  }
  const state = p.u8(offset + 5);
  const organisation = p.u24(offset + 9);
  p.ascii(`\n\t    OAM-Version ${p.u8(offset + 2)}, Revision ${p.u16(offset + 3)}`);
  p.ascii(`\n\t    State-Parser-Action ${PARSERS[state & 3]}`);
  p.ascii(`, State-MUX-Action ${(state & 4) === 0 ? 'forwarding' : 'discarding'}\n\t    OAM-Config Flags [`);
  writeFlags(p, CONFIGURATIONS, 'none', p.u8(offset + 6), ', ');
  p.field('], OAM-PDU-Config max-PDU size ', p.u16(offset + 7) & 0x7ff);
  p.ascii(`\n\t    OUI ${OUIS.get(organisation) ?? 'Unknown'} (0x`);
  p.out.hexPadded(organisation, 6);
  p.ascii('), Vendor-Private 0x');
  p.out.hexPadded(p.u32(offset + 12), 8);
  return true;
}

/** Returns false where it is to be dumped. */
function printEvent(p: Printer, type: number, offset: number, size: number): boolean {
  if (type > LAST_EVENT) return false;
  if (size !== EVENT_LENGTH) {
    illegal(p, EVENT_LENGTH);
    return false;
  }
  p.ascii(`\n\t    Timestamp ${p.u16(offset + 2) * 100} ms, Errored Window ${p.u64(offset + 4)}`);
  p.ascii(`\n\t    Errored Threshold ${p.u64(offset + 12)}\n\t    Errors ${p.u64(offset + 20)}`);
  p.ascii(
    `\n\t    Error Running Total ${p.u64(offset + 28)}\n\t    Event Running Total ${p.u32(offset + 36)}`,
  );
  return true;
}
