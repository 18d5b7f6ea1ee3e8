// What frames of IEEE 802.15.4-2015 carry: elements and commands by name, the fields of beacons, and data of commands.
import type { Printer } from '../engine/printer.ts';

/** Names by number; those without one are reserved. */
function table(
  length: number,
  named: readonly (readonly [first: number, names: readonly string[]])[],
): string[] {
  const names = Array.from({ length }, (_, i) => `Reserved 0x${i.toString(16).padStart(2, '0')}`);
  for (const [first, list] of named) for (const [i, name] of list.entries()) names[first + i] = name;
  return names;
}

/** Tables 7-7, 7-15 and 7-49 of the standard. */
export const HEADER_ELEMENTS = table(128, [
  [0, ['Vendor Specific Header IE']],
  [0x1a, ['LE CSL IE', 'LE RIT IE', 'DSME PAN descriptor IE', 'Rendezvous Time IE', 'Time Correction IE']],
  [
    0x21,
    [
      'Extended DSME PAN descriptor IE',
      'Fragment Sequence Context Description IE',
      'Simplified Superframe Specification IE',
      'Simplified GTS Specification IE',
      'LECIM Capabilities IE',
      'TRLE Descriptor IE',
      'RCC Capabilities IE',
      'RCCN Descriptor IE',
      'Global Time IE',
      'Omnibus Header IE',
      'DA IE',
    ],
  ],
  [0x7e, ['Header Termination 1 IE', 'Header Termination 2 IE']],
]);
export const PAYLOAD_ELEMENTS = table(16, [
  [
    0,
    [
      'ESDU IE',
      'MLME IE',
      'Vendor Specific Nested IE',
      'Multiplexed IE (802.15.9)',
      'Omnibus Payload Group IE',
      'IETF IE',
    ],
  ],
  [0xf, ['List termination']],
]);
export const COMMANDS = table(0x30, [
  [
    1,
    [
      'Association Request command',
      'Association Response command',
      'Disassociation Notification command',
      'Data Request command',
      'PAN ID Conflict Notification command',
      'Orphan Notification command',
      'Beacon Request command',
      'Coordinator realignment command',
      'GTS request command',
      'TRLE Management Request command',
      'TRLE Management Response command',
    ],
  ],
  [
    0x13,
    [
      'DSME Association Request command',
      'DSME Association Response command',
      'DSME GTS Request command',
      'DSME GTS Response command',
      'DSME GTS Notify command',
      'DSME Information Request command',
      'DSME Information Response command',
      'DSME Beacon Allocation Notification command',
      'DSME Beacon Collision Notification command',
      'DSME Link Report command',
    ],
  ],
  [
    0x20,
    [
      'RIT Data Request command',
      'DBS Request command',
      'DBS Response command',
      'RIT Data Response command',
      'Vendor Specific command',
    ],
  ],
]);

function u16(p: Printer, offset: number): number {
  p.need(offset, 2);
  return p.view.getUint16(offset, true);
}

function shortAddress(p: Printer, offset: number): void {
  p.out.hexPadded(u16(p, offset), 4);
}

/** What comes before a beacon's payload (7.3.1). Returns false where it is cut short, after which nothing is dumped but bytes. */
export function printBeaconFields(p: Printer, rest: { offset: number; left: number }): boolean {
  const advance = (bytes: number) => {
    rest.offset += bytes;
    rest.left -= bytes;
  };
  if (rest.left < 2) {
    p.ascii('[ERROR: Truncated before beacon information]');
    return false;
  }
  const superframe = u16(p, rest.offset);
  if (p.verbose > 0) {
    p.ascii(`\n\tBeacon order = ${superframe & 15}, Superframe order = ${(superframe >> 4) & 15}, `);
    p.field('Final CAP Slot = ', (superframe >> 8) & 15);
    if ((superframe & 0x1000) !== 0) p.ascii(', BLE enabled');
    if ((superframe & 0x4000) !== 0) p.ascii(', PAN Coordinator');
    if ((superframe & 0x8000) !== 0) p.ascii(', Association Permit');
  }
  advance(2);
  if (rest.left < 1) {
    p.ascii('[ERROR: Truncated before GTS info]');
    return false;
  }
  const slots = printSlots(p, rest.offset, rest.left);
  if (slots < 0) return false;
  advance(slots);
  if (rest.left < 1) {
    p.ascii('[ERROR: Truncated before pending addresses]');
    return false;
  }
  const pending = printPending(p, rest.offset, rest.left);
  if (pending < 0) return false;
  p.need(rest.offset, pending);
  advance(pending);
  return true;
}

/** Guaranteed time slots. Answers their bytes, below 0 where they are cut short. */
function printSlots(p: Printer, offset: number, left: number): number {
  const count = p.u8(offset) & 7;
  if (count === 0) {
    if (p.verbose > 0) p.ascii('\n\tGTS Descriptor Count = 0, ');
    return 1;
  }
  const size = 2 + count * 3;
  if (left < size) {
    p.ascii(' [ERROR: Truncated GTS Info List]');
    return -1;
  }
  if (p.verbose < 2) return size;
  p.field('GTS Descriptor Count = ', count);
  p.ascii(', ');
  const mask = p.u8(offset + 1) & 0x7f;
  p.ascii('GTS Directions Mask = ');
  p.out.hexPadded(mask, 2);
  p.ascii(', [ ');
  for (let slot = offset + 2; slot < offset + size; slot += 3) {
    p.ascii('[ ');
    shortAddress(p, slot);
    // tcpdump takes the slot's numbers from the address.
    const numbers = p.u8(slot + 1);
    p.ascii(`, Start slot = ${numbers & 15}, Length = ${numbers >> 4} ] `);
  }
  p.ascii(']');
  return size;
}

/** Addresses for which data is waiting. Answers their bytes, below 0 where they are cut short. */
function printPending(p: Printer, offset: number, left: number): number {
  const short = p.u8(offset) & 7;
  const long = (p.u8(offset) >> 4) & 7;
  const size = 1 + short * 2 + long * 8;
  if (p.verbose > 0) {
    p.ascii('\n\tPending address list, ');
    p.ascii(`# short addresses = ${short}, # extended addresses = ${long}`);
  }
  if (left < size) {
    p.ascii(' [ERROR: Pending address list truncated]');
    return -1;
  }
  if (p.verbose < 2) return size;
  let next = offset + 1;
  if (short !== 0) {
    p.ascii(', Short address list = [ ');
    for (let i = 0; i < short; i++, next += 2) {
      shortAddress(p, next);
      p.ascii(' ');
    }
    p.ascii(']');
  }
  if (long !== 0) {
    p.ascii(', Extended address list = [ ');
    for (let i = 0; i < long; i++, next += 8) {
      p.need(next, 8);
      for (let j = 7; j >= 0; j--) {
        p.out.hexPadded(p.bytes[next + j], 2);
        p.ascii(j === 0 ? ' ' : ':');
      }
    }
    p.ascii(']');
  }
  return size;
}

const CAPABILITIES = [
  [0x04, 'AC powered, '],
  [0x08, 'Receiver on when idle, '],
  [0x10, 'Fast association, '],
  [0x40, 'Security supported, '],
  [0x80, 'Allocate address, '],
] as const;
const STATUSES = new Map([
  [0, 'Association successful'],
  [1, 'PAN at capacity'],
  [2, 'PAN access denied'],
  [3, 'Hooping sequence offset duplication'],
  [0x80, 'Fast association successful'],
]);
const REASONS = [
  'Reserved',
  'Reason = The coordinator wishes the device to leave PAN',
  'Reason = The device wishes to leave the PAN',
];

/** Returns the bytes that are not to be dumped any more. */
export function printCommandData(p: Printer, command: number, offset: number, left: number): number {
  const proper = (fits: boolean, name: string) => {
    if (!fits) p.ascii(`Invalid ${name} command length`);
    return fits;
  };
  switch (command) {
    case 1: {
      if (!proper(left === 1, 'Association request')) return 0;
      const capabilities = p.u8(offset);
      p.ascii((capabilities & 2) !== 0 ? 'FFD, ' : 'RFD, ');
      for (const [bit, text] of CAPABILITIES) if ((capabilities & bit) !== 0) p.ascii(text);
      return left;
    }
    case 2: {
      if (!proper(left === 3, 'Association response')) return 0;
      p.ascii('Short address = ');
      shortAddress(p, offset);
      const status = p.u8(offset + 2);
      p.ascii(`, ${STATUSES.get(status) ?? `Status = 0x${status.toString(16).padStart(2, '0')}`}`);
      return left;
    }
    case 3: {
      if (!proper(left === 1, 'Disassociation Notification')) return 0;
      const reason = REASONS[p.u8(offset)];
      // An unknown one is looked for two bytes too far.
      p.ascii(
        reason ??
          `Reason = 0x${p
            .u8(offset + 2)
            .toString(16)
            .padStart(2, '0')}`,
      );
      return left;
    }
    case 4:
    case 5:
    case 6:
    case 7:
      return 0;
    case 8:
      if (!proper(left === 7 || left === 8, 'Coordinator Realignment')) return 0;
      printRealignment(p, offset, left);
      return left;
    case 9: {
      if (!proper(left === 1, 'GTS Request')) return 0;
      const slot = p.u8(offset);
      p.ascii(`GTS Length = ${slot & 15}, ${(slot & 16) !== 0 ? 'Receive' : 'Transmit'}-only GTS, `);
      p.ascii((slot & 32) !== 0 ? 'GTS allocation' : 'GTS deallocations');
      return left;
    }
    default:
      p.ascii('Command Data = ');
      for (let i = 0; i < left; i++) {
        p.out.hexPadded(p.u8(offset + i), 2);
        p.ascii(' ');
      }
      return 0;
  }
}

function printRealignment(p: Printer, offset: number, left: number): void {
  const network = u16(p, offset);
  p.ascii('Pan ID = 0x');
  p.out.hexPadded(network, 4);
  p.ascii(', Coordinator short address = ');
  shortAddress(p, offset + 2);
  const channel = p.u8(offset + 4);
  const page = left === 8 ? p.u8(offset + 7) : 0x80;
  if ((page & 0x80) !== 0) p.field(', Channel Number = ', channel | ((page & 0x7f) << 8));
  else p.ascii(`, Channel Number = ${channel}, page = ${page}`);
  p.ascii(', Short address = ');
  shortAddress(p, offset + 5);
}
