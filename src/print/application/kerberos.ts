// Kerberos: versions, and the messages of version 4.
import type { Names } from '../engine/names.ts';
import { closing, type Printer } from '../engine/printer.ts';

const REQUEST = 1;
const REPLY = 2;
const APPLICATION_REQUEST = 3;
const ERROR = 5;
const TYPES: Names = new Map([
  [REQUEST, 'KDC_REQUEST'],
  [REPLY, 'KDC_REPLY'],
  [APPLICATION_REQUEST, 'APPL_REQUEST'],
  [4, 'APPL_REQUEST_MUTUAL'],
  [ERROR, 'ERR_REPLY'],
  [6, 'PRIVATE'],
  [7, 'SAFE'],
  [8, 'APPL_ERR'],
  [63, 'DIE'],
]);
const ERRORS = [
  'OK',
  'NAME_EXP',
  'SERVICE_EXP',
  'AUTH_EXP',
  'PKT_VER',
  'NAME_MAST_KEY_VER',
  'SERV_MAST_KEY_VER',
  'BYTE_ORDER',
  'PRINCIPAL_UNKNOWN',
  'PRINCIPAL_NOT_UNIQUE',
  'NULL_KEY',
];

export const printKerberos = closing((p, offset) => {
  p.protocol = 'krb';
  p.check(offset, 1);
  const version = p.bytes[offset];
  if (version >= 1 && version <= 4) p.field(' v', version);
  else if (version === 106 || version === 107) p.ascii(' v5');
  if (version === 4) printMessage(p, offset);
});

function printMessage(p: Printer, offset: number): void {
  const kind = p.u8(offset + 1);
  const little = (kind & 1) !== 0;
  const type = kind >> 1;
  p.ascii(` ${little ? 'le' : 'be'} ${TYPES.get(type) ?? `#${kind & 0xfe}`}: `);
  switch (type) {
    case REQUEST:
      offset = printPrincipal(p, offset + 2) + 4;
      p.field(' ', p.u8(offset) * 5);
      p.ascii('min ');
      offset = printString(p, offset + 1);
      p.ascii('.');
      printString(p, offset);
      break;
    case APPLICATION_REQUEST:
      p.field('v', p.u8(offset + 2));
      p.ascii(' ');
      offset = printString(p, offset + 3);
      p.ascii(` (${p.u8(offset)})`);
      p.ascii(` (${p.u8(offset + 1)})`);
      break;
    case REPLY:
      offset = printPrincipal(p, offset + 2) + 10;
      p.need(offset, 2);
      p.ascii(` (${p.view.getUint16(offset, little)})`);
      break;
    case ERROR: {
      offset = printPrincipal(p, offset + 2) + 4;
      p.need(offset, 2);
      const code = p.view.getUint16(offset, little);
      p.ascii(` ${ERRORS[code] ?? `#${code}`} `);
      printString(p, offset + 4);
      break;
    }
    default:
      p.ascii('(unknown)');
  }
}

/** Prints name, instance and realm; returns what follows. */
function printPrincipal(p: Printer, offset: number): number {
  offset = printString(p, offset);
  p.ascii('.');
  offset = printString(p, offset);
  p.ascii('@');
  return printString(p, offset);
}

/** Prints up to a NUL; returns what follows it. */
function printString(p: Printer, offset: number): number {
  for (;;) {
    p.check(offset, 1);
    const byte = p.bytes[offset++];
    if (byte === 0) return offset;
    p.visible(byte);
  }
}
