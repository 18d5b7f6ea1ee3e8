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

export function printRpki(p: Printer, offset: number, length: number): void {
  p.protocol = 'rpki_rtr';
  if (p.verbose === 0) {
    p.ascii(', RPKI-RTR');
    return;
  }
  const end = offset + length;
  while (offset !== end) offset += printUnit(p, offset, end - offset, '\n\t', true);
}

/** Returns the bytes it takes. */
function printUnit(p: Printer, offset: number, length: number, indent: string, outer: boolean): number {
  const version = p.u8(offset);
  if (version !== 0) {
    p.ascii(`\n\tRPKI-RTRv${version} (unknown)`);
    return length;
  }
  if (length < HEADER_LENGTH) {
    p.ascii(`(${length} bytes is too few to decode)`);
    return invalid(p, offset, length);
  }
  p.need(offset, HEADER_LENGTH);
  const type = p.bytes[offset + 1];
  const size = p.view.getUint32(offset + 4);
  p.ascii(`\n\tRPKI-RTRv0, ${TYPES.get(type) ?? 'Unknown'} PDU (${type}), length: ${size}`);
  if (size < HEADER_LENGTH || size > length || !printBody(p, type, offset, size, indent, outer))
    return invalid(p, offset, length);
  if (p.verbose > 1 || !TYPES.has(type)) p.unknown(offset, '\n\t  ', size);
  return size;
}

function invalid(p: Printer, offset: number, length: number): number {
  p.invalid();
  p.need(offset, length);
  return length;
}

function session(p: Printer, offset: number, indent: string): void {
  p.ascii(`${indent}  Session ID: 0x`);
  p.out.hexPadded(p.u16(offset + 2), 4);
}

/** Returns false where the size cannot be. */
function printBody(
  p: Printer,
  type: number,
  offset: number,
  size: number,
  indent: string,
  outer: boolean,
): boolean {
  switch (type) {
    case NOTIFY:
    case QUERY:
    case END:
      if (size !== 12) return false;
      p.need(offset, size);
      session(p, offset, indent);
      p.field(', Serial: ', p.u32(offset + 8));
      return true;
    case RESET_QUERY:
    case RESET:
      return size === HEADER_LENGTH;
    case RESPONSE:
      if (size !== HEADER_LENGTH) return false;
      session(p, offset, indent);
      return true;
    case PREFIX4:
    case PREFIX6: {
      const address = type === PREFIX4 ? 4 : 16;
      if (size !== 16 + address) return false;
      p.need(offset, size);
      p.ascii(`${indent}  ${type === PREFIX4 ? 'IPv4' : 'IPv6'} Prefix `);
      if (type === PREFIX4) p.ipv4(offset + 12);
      else p.ipv6(offset + 12);
      p.field('/', p.u8(offset + 9));
      p.field('-', p.u8(offset + 10));
      p.field(', origin-as ', p.u32(offset + 12 + address));
      p.ascii(', flags 0x');
      p.out.hexPadded(p.u8(offset + 8), 2);
      return true;
    }
    case ERROR:
      return printError(p, offset, size, indent, outer);
  }
  p.need(offset, size);
  return true;
}

function printError(p: Printer, offset: number, size: number, indent: string, outer: boolean): boolean {
  let used = HEADER_LENGTH + 4;
  if (size < used) return false;
  p.need(offset, used);
  const code = p.u16(offset + 2);
  const enclosed = p.u32(offset + 8);
  p.ascii(
    `${indent}  Error code: ${ERRORS[code] ?? 'Unknown'} (${code}), Encapsulated PDU length: ${enclosed}`,
  );
  if (enclosed > 0) {
    if (size < used + enclosed) return false;
    if (outer) {
      p.ascii(`${indent}    -----encapsulated PDU-----`);
      printUnit(p, offset + used, enclosed, `${indent}  `, false);
    } else p.need(offset, used + enclosed);
    used += enclosed;
  }
  if (size < used + 4) return false;
  p.need(offset, used + 4);
  const text = p.u32(offset + used);
  used += 4;
  if (text === 0) return true;
  if (size < used + text) return false;
  p.ascii(`${indent}  Error text: `);
  if (!printText(p, offset + used, text)) p.need(offset + used, text);
  return true;
}
