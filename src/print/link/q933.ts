// Signalling of Frame Relay: ITU-T Q.933, with the status messages of ANSI T1.617 Annex D.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const MESSAGES: Names = new Map([
  [0x00, 'ESC to National'],
  [0x01, 'Alert'],
  [0x02, 'Call proceeding'],
  [0x03, 'Progress'],
  [0x05, 'Setup'],
  [0x07, 'Connect'],
  [0x0f, 'Connect ACK'],
  [0x45, 'Disconnect'],
  [0x46, 'Restart'],
  [0x4d, 'Release'],
  [0x4e, 'Restart ACK'],
  [0x5a, 'Release Complete'],
  [0x75, 'Status Enquiry'],
  [0x7d, 'Status Reply'],
]);

const SINGLE_OCTET = 0x80;
const NON_LOCKING = 0x08;
const ANSI_CODESET = 5;

const ELEMENTS: Names = new Map([
  [0x01, 'ANSI Report Type'],
  [0x03, 'ANSI Link Verify'],
  [0x07, 'ANSI PVC Status'],
  [0x19, 'ANSI Link Verify'],
  [0x51, 'CCITT Report Type'],
  [0x53, 'CCITT Link Verify'],
  [0x57, 'CCITT PVC Status'],
]);
const REPORTS = ['Full Status', 'Link verify', 'Async PVC Status'];

function isShift(code: number): boolean {
  return (code & 0xf0) === 0x90;
}

/** Codesets 0 and 5 have names for elements. */
function hasNames(codeset: number): boolean {
  return codeset === 0 || codeset === ANSI_CODESET;
}

/** Where a message ended too early. */
const NOWHERE = 0;
const HEADER = 1;
const ELEMENT = 2;
/** An element that ends the message, whatever comes behind it. */
const DONE = 3;

/** `offset` is the length of the call reference. */
export function printQ933(p: Printer, offset: number, length: number): void {
  p.protocol = 'q.933';
  if (!p.link) p.ascii('Q.933');
  const early = printMessage(p, offset, length);
  if (early === HEADER) p.field(p.link ? 'length ' : ', length ', length);
  else if (p.verbose === 0 && early !== DONE) p.field(', length ', length);
  if (early === HEADER || early === ELEMENT) p.truncated();
}

/** Returns where the message ended too early. */
function printMessage(p: Printer, offset: number, length: number): number {
  const end = offset + length;
  const reference = offset + 1;
  if (!readable(p, offset, end)) return HEADER;
  const size = p.bytes[offset] & 15;
  for (let i = 0; i < size; i++) if (!readable(p, reference + i, end)) return HEADER;
  offset = reference + size;
  if (!readable(p, offset, end)) return HEADER;
  const message = p.bytes[offset++];
  // What begins with a shift says by it whose elements these are.
  let codeset = 0;
  let back = -1;
  let ansi = false;
  if (offset < end) {
    if (!readable(p, offset, end)) return HEADER;
    const code = p.bytes[offset];
    if (isShift(code)) {
      offset++;
      codeset = code & 7;
      if ((code & NON_LOCKING) !== 0) back = 0;
      else ansi = codeset === ANSI_CODESET;
    }
  }
  if (!p.link) p.ascii(', ');
  p.field(ansi ? 'ANSI, codeset ' : 'CCITT, codeset ', codeset);
  // tcpdump looks for the byte that stands for no reference behind the reference.
  if (size > 1 || (size === 1 && p.u8(offset) !== 0)) {
    p.ascii(', Call Ref: 0x');
    p.hexBytes(reference, size);
  }
  printMessageType(p, message, length);
  return printElements(p, offset, end, codeset, back);
}

function printMessageType(p: Printer, message: number, length: number): void {
  const name = MESSAGES.get(message);
  const digits = `0x${message.toString(16).padStart(2, '0')}`;
  if (p.verbose > 0) p.ascii(`, ${name ?? 'unknown message'} (${digits}), length ${length}`);
  else p.ascii(`, ${name ?? `unknown message ${digits}`}`);
}

/**
 * The information elements, each of the codeset that the shifts before it select: `codeset` at first, and `back` behind
 * the next element where it is not negative. Returns where they end too early.
 */
function printElements(p: Printer, offset: number, end: number, codeset: number, back: number): number {
  // The codeset behind this element.
  let due = -1;
  while (offset < end) {
    if (due >= 0) codeset = due;
    due = back;
    back = -1;
    if (!p.has(offset, 1)) return ELEMENT;
    const code = p.bytes[offset++];
    if (isShift(code)) {
      due = -1;
      if ((code & NON_LOCKING) !== 0) back = codeset;
      codeset = code & 7;
    }
    if ((code & SINGLE_OCTET) !== 0) continue;
    if (offset >= end || !p.has(offset, 1)) return ELEMENT;
    const bytes = p.bytes[offset++];
    if (p.verbose > 0) printElementHeader(p, code, bytes, codeset);
    if (code === 0 || bytes === 0) return DONE;
    if (end - offset < bytes || !p.has(offset, bytes)) return ELEMENT;
    if (hasNames(codeset) && printElement(p, code, offset, bytes)) {
      if (p.verbose > 1) p.unknown(offset, '\n\t  ', bytes);
    } else if (p.verbose > 0) p.unknown(offset, '\n\t', bytes);
    offset += bytes;
  }
  return NOWHERE;
}

function printElementHeader(p: Printer, code: number, bytes: number, codeset: number): void {
  p.ascii(`\n\t${(hasNames(codeset) ? ELEMENTS.get(code) : undefined) ?? 'unknown'} IE (0x`);
  p.out.hexPadded(code, 2);
  p.field('), length ', bytes);
  p.ascii(': ');
}

function readable(p: Printer, offset: number, end: number): boolean {
  return offset < end && p.has(offset, 1);
}

/** Returns false where the element is unknown. */
function printElement(p: Printer, code: number, offset: number, length: number): boolean {
  const bytes = p.bytes;
  switch (code) {
    case 0x01:
    case 0x51:
      if (p.verbose > 0) p.ascii(`${REPORTS[bytes[offset]] ?? 'unknown'} (${bytes[offset]})`);
      return true;
    case 0x03:
    case 0x19:
    case 0x53: {
      if (p.verbose === 0) p.ascii(', ');
      if (length < 2) {
        p.ascii('Invalid LINK VERIFY IE');
        return true;
      }
      const padded = (value: number) => String(value).padStart(3);
      p.ascii(`TX Seq: ${padded(bytes[offset])}, RX Seq: ${padded(bytes[offset + 1])}`);
      return true;
    }
    case 0x07:
    case 0x57:
      if (p.verbose === 0) p.ascii(', ');
      printCircuit(p, offset, length);
      return true;
    default:
      return false;
  }
}

/** The state of a circuit: its number in two to four bytes, the last of which has its highest bit set, then the state. */
function printCircuit(p: Printer, offset: number, length: number): void {
  const bytes = p.bytes;
  const ends = (i: number) => (bytes[offset + i] & 0x80) !== 0;
  let proper = length >= 3 && length <= 5 && !ends(0) && ends(length - 2) && ends(length - 1);
  for (let i = 1; i < length - 2 && proper; i++) proper = !ends(i);
  if (!proper) {
    p.ascii('Invalid DLCI in PVC STATUS IE');
    return;
  }
  let number = ((bytes[offset] & 0x3f) << 4) | ((bytes[offset + 1] & 0x78) >> 3);
  if (length === 4) number = (number << 6) | ((bytes[offset + 2] & 0x7e) >> 1);
  else if (length === 5)
    number = (number << 13) | (bytes[offset + 2] & 0x7f) | ((bytes[offset + 3] & 0x7e) >> 1);
  const state = bytes[offset + length - 1];
  p.field('DLCI ', number);
  p.ascii(`: status ${(state & 8) !== 0 ? 'New, ' : ''}${(state & 2) !== 0 ? 'Active' : 'Inactive'}`);
}
