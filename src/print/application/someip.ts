// SOME/IP of AUTOSAR.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 16;
const EVENT = 0x8000;
const TYPES: Names = new Map([
  [0x00, 'REQUEST'],
  [0x01, 'REQUEST_NO_RETURN'],
  [0x02, 'NOTIFICATION'],
  [0x80, 'RESPONSE'],
  [0x81, 'ERROR'],
  [0x20, 'TP_REQUEST'],
  [0x21, 'TP_REQUEST_NO_RETURN'],
  [0x22, 'TP_NOTIFICATION'],
  [0xa0, 'TP_RESPONSE'],
  [0xa1, 'TP_ERROR'],
]);
const CODES = [
  'E_OK',
  'E_NOT_OK',
  'E_UNKNOWN_SERVICE',
  'E_UNKNOWN_METHOD',
  'E_NOT_READY',
  'E_NOT_REACHABLE',
  'E_TIMEOUT',
  'E_WRONG_PROTOCOL_VERSION',
  'E_WRONG_INTERFACE_VERSION',
  'E_MALFORMED_MESSAGE',
  'E_WRONG_MESSAGE_TYPE',
  'E_E2E_REPEATED',
  'E_E2E_WRONG_SEQUENCE',
  'E_E2E',
  'E_E2E_NOT_AVAILABLE',
  'E_E2E_NO_NEW_DATA',
];

export function printSomeip(p: Printer, offset: number, length: number): void {
  p.protocol = 'someip';
  p.ascii('SOMEIP');
  if (length < HEADER_LENGTH) {
    p.invalid();
    return;
  }
  p.need(offset, 4);
  const method = p.u16(offset + 2);
  p.field(', service ', p.u16(offset));
  p.field((method & EVENT) !== 0 ? ', event ' : ', method ', method & 0x7fff);
  p.field(', len ', p.u32(offset + 4));
  p.need(offset + 8, 4);
  p.field(', client ', p.u16(offset + 8));
  p.field(', session ', p.u16(offset + 10));
  p.field(', pver ', p.u8(offset + 12));
  p.field(', iver ', p.u8(offset + 13));
  const type = p.u8(offset + 14);
  p.ascii(`, msgtype ${TYPES.get(type) ?? 'Unknown'}`);
  const code = p.u8(offset + 15);
  p.ascii(`, retcode ${CODES[code] ?? 'Unknown'}\n`);
}
