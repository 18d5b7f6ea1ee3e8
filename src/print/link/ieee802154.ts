// Frames of IEEE 802.15.4-2015 (low-rate wireless networks), alone and behind its TAP header.

import type { Printer } from '../engine/printer.ts';
import {
  COMMANDS,
  HEADER_ELEMENTS,
  PAYLOAD_ELEMENTS,
  printBeaconFields,
  printCommandData,
} from './ieee802154-payload.ts';

const TYPES = ['Beacon', 'Data', 'ACK', 'Command', 'Reserved', 'Multipurpose', 'Fragment', 'Extended'];
const BEACON = 0;
const COMMAND = 3;
const MULTIPURPOSE = 5;

const SECURED = 0x0008;
const COMPRESSED = 0x0040;
const SUPPRESSED = 0x0100;
const ELEMENTS = 0x0200;
const FLAGS = [
  [SECURED, 'Security Enabled, '],
  [0x0010, 'Frame Pending, '],
  [0x0020, 'AR, '],
  [COMPRESSED, 'PAN ID Compression, '],
  [SUPPRESSED, 'Sequence Number Suppression, '],
  [ELEMENTS, 'IE present, '],
] as const;
/** The same of multipurpose frames whose frame control has two bytes. */
const LONG = 0x0008;
const LONG_NETWORK = 0x0100;
const LONG_SECURED = 0x0200;
const LONG_SUPPRESSED = 0x0400;
const LONG_ELEMENTS = 0x8000;
const LONG_FLAGS = [
  [LONG_SECURED, 'Security Enabled, '],
  [0x0800, 'Frame Pending, '],
  [0x4000, 'AR, '],
  [LONG_NETWORK, 'PAN ID Present, '],
  [LONG_SUPPRESSED, 'Sequence Number Suppression, '],
  [LONG_ELEMENTS, 'IE present, '],
] as const;

/** Bytes of an address by its mode; a mode is reserved. */
const ADDRESS_LENGTHS = [0, -1, 2, 8];
/** Bytes of the message's code by the level of security. */
const CODE_LENGTHS = [0, 4, 8, 16, 0, 4, 8, 16];
const ENCRYPTED = 4;
const PAYLOAD_FOLLOWS = 0x7e;
const HEADER_ENDS = 0x7f;
const LIST_ENDS = 0xf;

/** What is left of a frame. */
interface Rest {
  offset: number;
  left: number;
}

export function print802154Frame(p: Printer, offset: number, _length: number): void {
  p.linkHeader += printFrame(p, offset, p.available(offset));
}

/** The TAP header is not printed. */
export function print802154TapFrame(p: Printer, offset: number, _length: number): void {
  p.protocol = '802.15.4_tap';
  const captured = p.available(offset);
  if (captured < 4) {
    p.truncated();
    p.linkHeader += captured;
    return;
  }
  const header = p.view.getUint16(offset + 2, true);
  if (p.bytes[offset] !== 0 || header < 4) p.invalid();
  else if (captured < header) {
    p.truncated();
    p.linkHeader += captured;
  } else p.linkHeader += header + printFrame(p, offset + header, captured - header);
}

/** A frame inside another protocol, which asks `headerLength` whether it made sense. */
export function print802154(p: Printer, offset: number, length: number): void {
  p.headerLength = printFrame(p, offset, length);
}

/** Returns 0 where the frame is wrong, and what tcpdump takes for the length of its header where it is not: 1. */
function printFrame(p: Printer, offset: number, length: number): number {
  p.protocol = '802.15.4';
  if (length < 2) {
    p.truncated();
    return length;
  }
  const control = u16(p, offset);
  const type = control & 7;
  p.ascii(`IEEE 802.15.4 ${TYPES[type]} packet `);
  if (type <= COMMAND) return printStandard(p, offset, length, control) ? 1 : 0;
  if (type === MULTIPURPOSE) return printMultipurpose(p, offset, length, control) ? 1 : 0;
  return 0;
}

function u16(p: Printer, offset: number): number {
  p.need(offset, 2);
  return p.view.getUint16(offset, true);
}

function take(rest: Rest, bytes: number): number {
  const { offset } = rest;
  rest.offset += bytes;
  rest.left -= bytes;
  return offset;
}

/** What a frame check sequence is and should be, of four or two bytes; it is taken off the rest where it is right. */
function checkSequence(p: Printer, rest: Rest, shortest: number, shortestLong: number): [number, number] {
  const { offset, left } = rest;
  if (left < shortest) return [0, 0];
  const end = offset + left;
  if (left >= shortestLong) {
    p.need(end - 4, 4);
    const found = p.view.getUint32(end - 4, true);
    const computed = remainder(p, offset, end - 4, 0xedb88320);
    if (found === computed) {
      rest.left -= 4;
      return [found, computed];
    }
  }
  const found = u16(p, end - 2);
  const computed = remainder(p, offset, end - 2, 0x8408);
  if (found === computed) rest.left -= 2;
  return [found, computed];
}

/** The cyclic redundancy check with a polynomial whose bits are reversed, begun with 0 (7.2.11). */
function remainder(p: Printer, from: number, to: number, polynomial: number): number {
  let value = 0;
  for (let offset = from; offset < to; offset++) {
    value ^= p.u8(offset);
    for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ polynomial : value >>> 1;
  }
  return value >>> 0;
}

function printStandard(p: Printer, offset: number, length: number, control: number): boolean {
  const rest: Rest = { offset, left: length };
  const sums = checkSequence(p, rest, 4, 4);
  const version = (control >> 12) & 3;
  p.ascii(`v${version} `);
  if (p.verbose > 2) for (const [bit, text] of FLAGS) if ((control & bit) !== 0) p.ascii(text);
  if ((control & SUPPRESSED) !== 0) {
    if (version < 2) p.ascii('[ERROR: Sequence number suppressed on frames where version < 2]');
    if (p.verbose > 0) p.ascii('seq suppressed ');
    if (!fits(p, rest, 2)) return false;
    take(rest, 2);
  } else {
    const sequence = p.u8(offset + 2);
    if (p.verbose > 0) printSequence(p, sequence);
    if (!fits(p, rest, 3)) return false;
    take(rest, 3);
  }
  const destination = ADDRESS_LENGTHS[(control >> 10) & 3];
  const source = ADDRESS_LENGTHS[(control >> 14) & 3];
  if (!printModes(p, source, destination)) return false;
  const compressed = (control & COMPRESSED) !== 0;
  if (version < 2 && compressed && (source === 0 || destination === 0)) {
    p.ascii('[ERROR: PAN ID Compression != 0, and only one address with frame version < 2]');
  }
  const networks = whichNetworks(version, compressed, source, destination);
  if (!printAddress(p, rest, networks.destination, destination)) return false;
  p.ascii(' < ');
  if (!printAddress(p, rest, networks.source, source)) return false;
  p.ascii(' ');
  const elements = (control & ELEMENTS) !== 0;
  if (!printSecured(p, rest, (control & SECURED) !== 0, elements, sums)) return false;
  const type = control & 7;
  if (type === BEACON && version < 2) {
    if (!printBeaconFields(p, rest)) return true;
  } else if (type === COMMAND) printCommand(p, rest);
  p.dumpUnknown(rest.offset, rest.left);
  return true;
}

function fits(p: Printer, rest: Rest, bytes: number): boolean {
  if (rest.left >= bytes) return true;
  p.truncated();
  return false;
}

function printSequence(p: Printer, sequence: number): void {
  p.ascii('seq ');
  p.out.hexPadded(sequence, 2);
  p.ascii(' ');
}

/** False where one of the modes of address is reserved. */
function printModes(p: Printer, source: number, destination: number): boolean {
  if (source >= 0 && destination >= 0) return true;
  p.ascii(`[ERROR: Invalid ${source < 0 ? 'src' : 'dst'} address mode]`);
  return false;
}

/** Which identifiers of networks there are (7.2.2.6). */
function whichNetworks(
  version: number,
  compressed: boolean,
  source: number,
  destination: number,
): { source: boolean; destination: boolean } {
  if (version >= 2) {
    if (source === 8 && destination === 8) return { source: false, destination: !compressed };
    // As stations of 6TiSCH send it, though the standard says otherwise.
    if (!compressed && source === 8 && destination === 2) return { source: false, destination: true };
    if (compressed && (source === 0) !== (destination === 0)) return { source: false, destination: false };
    if (compressed && source === 0) return { source: false, destination: true };
  }
  return { source: !compressed && source > 0, destination: destination > 0 };
}

function printAddress(p: Printer, rest: Rest, network: boolean, length: number): boolean {
  if (network) {
    if (rest.left < 2) {
      p.ascii('[ERROR: Truncated before dst_pan]');
      return false;
    }
    p.out.hexPadded(u16(p, take(rest, 2)), 4);
    p.ascii(':');
  } else p.ascii('-:');
  return printBareAddress(p, rest, length);
}

function printBareAddress(p: Printer, rest: Rest, length: number): boolean {
  if (rest.left < length) {
    p.ascii('[ERROR: Truncated before dst_addr]');
    return false;
  }
  const offset = take(rest, length);
  if (length === 0) p.ascii('none');
  else if (length === 2) p.out.hexPadded(u16(p, offset), 4);
  else printLongAddress(p, offset);
  return true;
}

/** Eight bytes, last first. */
function printLongAddress(p: Printer, offset: number): void {
  p.need(offset, 8);
  for (let i = 7; i >= 0; i--) {
    p.out.hexPadded(p.bytes[offset + i], 2);
    if (i > 0) p.ascii(':');
  }
}

/** The security header, the elements, the message's code, and the check sequence. */
function printSecured(
  p: Printer,
  rest: Rest,
  secured: boolean,
  elements: boolean,
  [found, computed]: [number, number],
): boolean {
  let level = 0;
  if (secured) {
    level = printSecurity(p, rest);
    if (level < 0) return false;
  }
  const code = CODE_LENGTHS[level];
  if (rest.left < code) {
    p.ascii('[ERROR: Truncated before MIC]');
    return false;
  }
  rest.left -= code;
  const codeAt = rest.offset + rest.left;
  if (elements) {
    const last = printElements(p, rest, HEADER_ELEMENTS);
    if (last < 0) return false;
    if (last === PAYLOAD_FOLLOWS) {
      if (level >= ENCRYPTED) p.ascii('Payload IEs present, but encrypted, cannot print ');
      else if (printElements(p, rest, PAYLOAD_ELEMENTS) < 0) return false;
    }
  }
  if (p.verbose > 2) {
    if (code !== 0) {
      p.ascii('\n\tMIC ');
      p.hexBytes(codeAt, code);
      p.ascii(' ');
    }
    if (found === computed) p.ascii(`FCS ${found.toString(16)} `);
    else {
      p.ascii(`wrong FCS ${found.toString(16)} vs ${computed.toString(16)} (assume no FCS stored) `);
    }
  }
  return true;
}

/** The auxiliary security header (9.4). Returns the level of security, below 0 where the header is cut short. */
function printSecurity(p: Printer, rest: Rest): number {
  const short = (what: string) => {
    p.ascii(`[ERROR: Truncated before ${what}]`);
    return -1;
  };
  if (rest.left < 1) return short('Aux Security Header');
  const control = p.u8(take(rest, 1));
  const level = control & 7;
  const mode = (control >> 3) & 3;
  if (p.verbose > 0) p.ascii(`\n\tSecurity Level ${level}, Key Id Mode ${mode}, `);
  const begun = rest.offset - 1;
  if ((control & 0x20) === 0) {
    if (rest.left < 4) return short('Frame Counter');
    const offset = take(rest, 4);
    if (p.verbose > 1) {
      p.need(offset, 4);
      p.ascii('Frame Counter 0x');
      p.out.hexPadded(p.view.getUint32(offset, true), 8);
      p.ascii(' ');
    }
  }
  if (mode === 0) {
    if (p.verbose > 1) p.ascii('Implicit');
    p.need(begun, rest.offset - begun);
    return level;
  }
  if (mode > 1) {
    if (rest.left < (mode === 2 ? 4 : 8)) return short('Key Source');
    // Of the eight bytes tcpdump goes past four.
    const offset = take(rest, 4);
    if (p.verbose > 1 && mode === 2) {
      p.need(offset, 4);
      // A sign of its format is misplaced.
      p.ascii('KeySource 0x');
      p.out.hexPadded(u16(p, offset), 4);
      p.hexField(':', u16(p, offset + 2));
      p.ascii('4x, ');
    } else if (p.verbose > 1) {
      p.need(offset, 8);
      p.ascii('KeySource ');
      printLongAddress(p, offset);
      p.ascii(', ');
    }
  }
  if (rest.left < 1) return short('Key Index');
  const offset = take(rest, 1);
  if (p.verbose > 1) {
    p.need(offset, 1);
    p.ascii('KeyIndex 0x');
    p.out.hexPadded(p.u8(offset), 2);
    p.ascii(', ');
  }
  p.need(begun, rest.offset - begun);
  return level;
}

/** Information elements of the header (7.4.2) or of the payload (7.4.3). Returns the last one's number, below 0 where one is cut short. */
function printElements(p: Printer, rest: Rest, names: readonly string[]): number {
  const header = names === HEADER_ELEMENTS;
  for (;;) {
    if (rest.left < 2) {
      p.ascii('[ERROR: Truncated header IE]');
      return -1;
    }
    const element = u16(p, rest.offset);
    const long = (element & 0x8000) !== 0;
    if (header && long) p.ascii('[ERROR: Header IE with type 1] ');
    if (!header && !long) p.ascii('[ERROR: Payload IE with type 0] ');
    const length = element & (header ? 0x7f : 0x3ff);
    const number = header ? (element >> 7) & 0xff : (element >> 11) & 0xf;
    if (number > HEADER_ENDS) {
      p.ascii(`Reserved Element ID ${number.toString(16).padStart(2, '0')}, length = ${length} `);
    } else p.ascii(`\n\t${names[number]} [${length === 0 ? '' : ` length = ${length}, `}`);
    if (rest.left < 2 + length) {
      p.ascii('[ERROR: Truncated IE data]');
      return -1;
    }
    take(rest, 2);
    const offset = take(rest, length);
    if (length !== 0) p.ascii('IE Data = ');
    for (let i = 0; i < length; i++) {
      p.out.hexPadded(p.u8(offset + i), 2);
      p.ascii(' ');
    }
    p.ascii(header ? '] ' : ']\n\t');
    if (rest.left === 0 || number === (header ? HEADER_ENDS : LIST_ENDS)) return number;
    if (header && number === PAYLOAD_FOLLOWS) return number;
  }
}

function printCommand(p: Printer, rest: Rest): void {
  if (rest.left < 1) {
    p.ascii('[ERROR: Truncated before Command ID]');
    return;
  }
  const command = p.u8(take(rest, 1));
  p.ascii(`Command ID = ${COMMANDS[command] ?? `Reserved 0x${command.toString(16).padStart(2, '0')}`} `);
  if (rest.left !== 0) take(rest, printCommandData(p, command, rest.offset, rest.left));
}

function printMultipurpose(p: Printer, offset: number, length: number, control: number): boolean {
  const rest: Rest = { offset, left: length };
  const sums = checkSequence(p, rest, 3, 5);
  const long = (control & LONG) !== 0;
  const has = (bit: number) => long && (control & bit) !== 0;
  if (long) {
    p.ascii(`v${(control >> 12) & 3} `);
    if (p.verbose > 2) for (const [bit, text] of LONG_FLAGS) if ((control & bit) !== 0) p.ascii(text);
  }
  const size = has(LONG_SUPPRESSED) ? 0 : long ? 3 : 2;
  if (size === 0) {
    if (!fits(p, rest, 2)) return false;
    take(rest, 2);
  } else {
    const sequence = p.u8(offset + size - 1);
    if (p.verbose > 0) printSequence(p, sequence);
    if (long && !fits(p, rest, 3)) return false;
    take(rest, size);
  }
  const destination = ADDRESS_LENGTHS[(control >> 4) & 3];
  const source = ADDRESS_LENGTHS[(control >> 6) & 3];
  if (!printModes(p, source, destination)) return false;
  if (!printAddress(p, rest, has(LONG_NETWORK), destination)) return false;
  p.ascii(' <  -:');
  if (!printBareAddress(p, rest, source)) return false;
  p.ascii(' ');
  if (!printSecured(p, rest, has(LONG_SECURED), has(LONG_ELEMENTS), sums)) return false;
  p.dumpUnknown(rest.offset, rest.left);
  return true;
}
