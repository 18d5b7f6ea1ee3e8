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

export const printKerberos = closing((p, at) => {
  p.protocol = 'krb';
  p.check(at, 1);
  const version = p.bytes[at];
  if (version >= 1 && version <= 4) p.field(' v', version);
  else if (version === 106 || version === 107) p.ascii(' v5');
  if (version === 4) printMessage(p, at);
});

function printMessage(p: Printer, at: number): void {
  const kind = p.u8(at + 1);
  const little = (kind & 1) !== 0;
  const type = kind >> 1;
  p.ascii(` ${little ? 'le' : 'be'} ${TYPES.get(type) ?? `#${kind & 0xfe}`}: `);
  switch (type) {
    case REQUEST:
      at = printPrincipal(p, at + 2) + 4;
      p.field(' ', p.u8(at) * 5);
      p.ascii('min ');
      at = printString(p, at + 1);
      p.ascii('.');
      printString(p, at);
      break;
    case APPLICATION_REQUEST:
      p.field('v', p.u8(at + 2));
      p.ascii(' ');
      at = printString(p, at + 3);
      p.ascii(` (${p.u8(at)})`);
      p.ascii(` (${p.u8(at + 1)})`);
      break;
    case REPLY:
      at = printPrincipal(p, at + 2) + 10;
      p.need(at, 2);
      p.ascii(` (${p.view.getUint16(at, little)})`);
      break;
    case ERROR: {
      at = printPrincipal(p, at + 2) + 4;
      p.need(at, 2);
      const code = p.view.getUint16(at, little);
      p.ascii(` ${ERRORS[code] ?? `#${code}`} `);
      printString(p, at + 4);
      break;
    }
    default:
      p.ascii('(unknown)');
  }
}

/** Prints name, instance and realm; answers what follows. */
function printPrincipal(p: Printer, at: number): number {
  at = printString(p, at);
  p.ascii('.');
  at = printString(p, at);
  p.ascii('@');
  return printString(p, at);
}

/** Prints up to a NUL; answers what follows it. */
function printString(p: Printer, at: number): number {
  for (;;) {
    p.check(at, 1);
    const byte = p.bytes[at++];
    if (byte === 0) return at;
    p.visible(byte);
  }
}
