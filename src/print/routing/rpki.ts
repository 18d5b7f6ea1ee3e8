// Routers that fetch what origins of routes are valid (RPKI to Router, RFC 6810).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const HEADER_LENGTH = 8;
const NOTIFY = 0;
const QUERY = 1;
const RESET_QUERY = 2;
const RESPONSE = 3;
const PREFIX4 = 4;
const PREFIX6 = 6;
const END = 7;
const RESET = 8;
const ERROR = 10;

const TYPES: Names = new Map([
  [NOTIFY, 'Serial Notify'],
  [QUERY, 'Serial Query'],
  [RESET_QUERY, 'Reset Query'],
  [RESPONSE, 'Cache Response'],
  [PREFIX4, 'IPV4 Prefix'],
  [PREFIX6, 'IPV6 Prefix'],
  [END, 'End of Data'],
  [RESET, 'Cache Reset'],
  [ERROR, 'Error Report'],
]);
const ERRORS = [
  'Corrupt Data',
  'Internal Error',
  'No Data Available',
  'Invalid Request',
  'Unsupported Protocol Version',
  'Unsupported PDU Type',
  'Withdrawal of Unknown Record',
  'Duplicate Announcement Received',
];

export function printRpki(p: Printer, at: number, length: number): void {
  p.protocol = 'rpki_rtr';
  if (p.verbose === 0) {
    p.ascii(', RPKI-RTR');
    return;
  }
  const end = at + length;
  while (at !== end) at += printUnit(p, at, end - at, '\n\t', true);
}

/** Answers the bytes it takes. */
function printUnit(p: Printer, at: number, length: number, indent: string, outer: boolean): number {
  const version = p.u8(at);
  if (version !== 0) {
    p.ascii(`\n\tRPKI-RTRv${version} (unknown)`);
    return length;
  }
  if (length < HEADER_LENGTH) {
    p.ascii(`(${length} bytes is too few to decode)`);
    return invalid(p, at, length);
  }
  p.need(at, HEADER_LENGTH);
  const type = p.bytes[at + 1];
  const size = p.view.getUint32(at + 4);
  p.ascii(`\n\tRPKI-RTRv0, ${TYPES.get(type) ?? 'Unknown'} PDU (${type}), length: ${size}`);
  if (size < HEADER_LENGTH || size > length || !printBody(p, type, at, size, indent, outer))
    return invalid(p, at, length);
  if (p.verbose > 1 || !TYPES.has(type)) p.unknown(at, '\n\t  ', size);
  return size;
}

function invalid(p: Printer, at: number, length: number): number {
  p.invalid();
  p.need(at, length);
  return length;
}

function session(p: Printer, at: number, indent: string): void {
  p.ascii(`${indent}  Session ID: 0x`);
  p.out.hexPadded(p.u16(at + 2), 4);
}

/** Answers false where the size cannot be. */
function printBody(
  p: Printer,
  type: number,
  at: number,
  size: number,
  indent: string,
  outer: boolean,
): boolean {
  switch (type) {
    case NOTIFY:
    case QUERY:
    case END:
      if (size !== 12) return false;
      p.need(at, size);
      session(p, at, indent);
      p.field(', Serial: ', p.u32(at + 8));
      return true;
    case RESET_QUERY:
    case RESET:
      return size === HEADER_LENGTH;
    case RESPONSE:
      if (size !== HEADER_LENGTH) return false;
      session(p, at, indent);
      return true;
    case PREFIX4:
    case PREFIX6: {
      const address = type === PREFIX4 ? 4 : 16;
      if (size !== 16 + address) return false;
      p.need(at, size);
      p.ascii(`${indent}  ${type === PREFIX4 ? 'IPv4' : 'IPv6'} Prefix `);
      if (type === PREFIX4) p.ipv4(at + 12);
      else p.ipv6(at + 12);
      p.field('/', p.u8(at + 9));
      p.field('-', p.u8(at + 10));
      p.field(', origin-as ', p.u32(at + 12 + address));
      p.ascii(', flags 0x');
      p.out.hexPadded(p.u8(at + 8), 2);
      return true;
    }
    case ERROR:
      return printError(p, at, size, indent, outer);
  }
  p.need(at, size);
  return true;
}

function printError(p: Printer, at: number, size: number, indent: string, outer: boolean): boolean {
  let used = HEADER_LENGTH + 4;
  if (size < used) return false;
  p.need(at, used);
  const code = p.u16(at + 2);
  const enclosed = p.u32(at + 8);
  p.ascii(
    `${indent}  Error code: ${ERRORS[code] ?? 'Unknown'} (${code}), Encapsulated PDU length: ${enclosed}`,
  );
  if (enclosed > 0) {
    if (size < used + enclosed) return false;
    if (outer) {
      p.ascii(`${indent}    -----encapsulated PDU-----`);
      printUnit(p, at + used, enclosed, `${indent}  `, false);
    } else p.need(at, used + enclosed);
    used += enclosed;
  }
  if (size < used + 4) return false;
  p.need(at, used + 4);
  const text = p.u32(at + used);
  used += 4;
  if (text === 0) return true;
  if (size < used + text) return false;
  p.ascii(`${indent}  Error text: `);
  if (!printText(p, at + used, text)) p.need(at + used, text);
  return true;
}
