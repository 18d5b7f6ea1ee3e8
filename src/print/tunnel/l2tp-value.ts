// The values of L2TP's attributes (RFC 2661, 4.4; RFC 3145).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const NOTHING = 0;
const SHORT = 1;
const LONG = 2;
const TEXT = 3;
const BYTES = 4;
const EIGHT = 5;
const SIXTEEN = 6;
const MESSAGE = 7;
const RESULT = 8;
const VERSION = 9;
const FRAMING = 10;
const BEARER = 11;
const CAUSE = 12;
const OBSOLETE = 13;
const AUTHENTICATION = 14;
const IDENTIFIER = 15;
const ERRORS = 16;
const CHARACTERS = 17;
const DISCONNECT = 18;

/** Attributes by number: name, and what their value is; those without a name have no meaning here. */
export const VALUES: readonly (readonly [name: string, kind: number])[] = [
  ['MSGTYPE', MESSAGE],
  ['RESULT_CODE', RESULT],
  ['PROTO_VER', VERSION],
  ['FRAMING_CAP', FRAMING],
  ['BEARER_CAP', BEARER],
  ['TIE_BREAKER', EIGHT],
  ['FIRM_VER', SHORT],
  ['HOST_NAME', TEXT],
  ['VENDOR_NAME', TEXT],
  ['ASSND_TUN_ID', SHORT],
  ['RECV_WIN_SIZE', SHORT],
  ['CHALLENGE', BYTES],
  ['Q931_CC', CAUSE],
  ['CHALLENGE_RESP', SIXTEEN],
  ['ASSND_SESS_ID', SHORT],
  ['CALL_SER_NUM', LONG],
  ['MINIMUM_BPS', LONG],
  ['MAXIMUM_BPS', LONG],
  ['BEARER_TYPE', BEARER],
  ['FRAMING_TYPE', FRAMING],
  ['PACKET_PROC_DELAY', OBSOLETE],
  ['CALLED_NUMBER', TEXT],
  ['CALLING_NUMBER', TEXT],
  ['SUB_ADDRESS', TEXT],
  ['TX_CONN_SPEED', LONG],
  ['PHY_CHANNEL_ID', LONG],
  ['INI_RECV_LCP', BYTES],
  ['LAST_SENT_LCP', BYTES],
  ['LAST_RECV_LCP', BYTES],
  ['PROXY_AUTH_TYPE', AUTHENTICATION],
  ['PROXY_AUTH_NAME', TEXT],
  ['PROXY_AUTH_CHAL', BYTES],
  ['PROXY_AUTH_ID', IDENTIFIER],
  ['PROXY_AUTH_RESP', BYTES],
  ['CALL_ERRORS', ERRORS],
  ['ACCM', CHARACTERS],
  ['RANDOM_VECTOR', BYTES],
  ['PRIVATE_GRP_ID', TEXT],
  ['RX_CONN_SPEED', LONG],
  ['SEQ_REQUIRED', NOTHING],
  ['', NOTHING],
  ['', NOTHING],
  ['', NOTHING],
  ['', NOTHING],
  ['', NOTHING],
  ['', NOTHING],
  ['PPP_DISCON_CC', DISCONNECT],
];
/** Bytes that a value of each kind has at least. */
const SHORTEST = [0, 2, 4, 0, 0, 8, 16, 2, 2, 2, 4, 4, 3, 0, 2, 2, 2, 2, 5];

const MESSAGES: Names = new Map([
  [1, 'SCCRQ'],
  [2, 'SCCRP'],
  [3, 'SCCCN'],
  [4, 'StopCCN'],
  [6, 'HELLO'],
  [7, 'OCRQ'],
  [8, 'OCRP'],
  [9, 'OCCN'],
  [10, 'ICRQ'],
  [11, 'ICRP'],
  [12, 'ICCN'],
  [14, 'CDN'],
  [15, 'WEN'],
  [16, 'SLI'],
]);
const AUTHENTICATIONS = ['Reserved', 'Textual', 'CHAP', 'PAP', 'No Auth', 'MS-CHAPv1'];
const COUNTERS = ['CRCErr=', 'FrameErr=', 'HardOver=', 'BufOver=', 'Timeout=', 'AlignErr='];
const DIRECTIONS = ['global error', 'at peer', 'at local'];

export function printValue(p: Printer, type: number, offset: number, length: number): void {
  const kind = VALUES[type]?.[1] ?? NOTHING;
  if (length < SHORTEST[kind]) {
    p.ascii('AVP too short');
    return;
  }
  const end = offset + length;
  switch (kind) {
    case SHORT:
      p.decimal(p.u16(offset));
      break;
    case LONG:
      p.decimal(p.u32(offset));
      break;
    case TEXT:
      printText(p, offset, length);
      break;
    case BYTES:
      p.hexBytes(offset, length);
      break;
    case EIGHT:
      p.hexBytes(offset, 8);
      break;
    case SIXTEEN:
      p.hexBytes(offset, 16);
      break;
    case MESSAGE:
      p.ascii(MESSAGES.get(p.u16(offset)) ?? `MSGTYPE-#${p.u16(offset)}`);
      break;
    case RESULT:
      printResult(p, offset, end);
      break;
    case VERSION:
      p.ascii(`${p.bytes[offset]}.${p.bytes[offset + 1]}`);
      break;
    case FRAMING:
      p.ascii(`${(p.u32(offset) & 2) !== 0 ? 'A' : ''}${(p.u32(offset) & 1) !== 0 ? 'S' : ''}`);
      break;
    case BEARER:
      p.ascii(`${(p.u32(offset) & 2) !== 0 ? 'A' : ''}${(p.u32(offset) & 1) !== 0 ? 'D' : ''}`);
      break;
    case CAUSE:
      p.decimal(p.u16(offset));
      p.ascii(', ');
      p.out.hexPadded(p.u8(offset + 2), 2);
      printRest(p, offset + 3, end);
      break;
    case OBSOLETE:
      p.ascii('obsolete');
      break;
    case AUTHENTICATION:
      p.ascii(AUTHENTICATIONS[p.u16(offset)] ?? `AuthType-#${p.u16(offset)}`);
      break;
    case IDENTIFIER:
      p.decimal(p.u16(offset) & 0xff);
      break;
    case ERRORS:
      printCounters(p, offset + 2, end);
      break;
    case CHARACTERS:
      printMasks(p, offset + 2, end);
      break;
    case DISCONNECT:
      p.out.hexPadded(p.u16(offset), 4);
      p.ascii(', ');
      p.out.hexPadded(p.u16(offset + 2), 4);
      p.ascii(` ${DIRECTIONS[p.u8(offset + 4)] ?? `Direction-#${p.u8(offset + 4)}`}`);
      printRest(p, offset + 5, end);
  }
}

function printRest(p: Printer, offset: number, end: number): void {
  if (offset === end) return;
  p.ascii(' ');
  printText(p, offset, end - offset);
}

function printResult(p: Printer, offset: number, end: number): void {
  p.decimal(p.u16(offset));
  offset += 2;
  if (offset === end) return;
  if (end - offset < 2) {
    p.ascii(' AVP too short');
    return;
  }
  p.field('/', p.u16(offset));
  printRest(p, offset + 2, end);
}

function printCounters(p: Printer, offset: number, end: number): void {
  for (const name of COUNTERS) {
    if (end - offset < 4) {
      p.ascii('AVP too short');
      return;
    }
    p.ascii(`${name}${p.u32(offset)} `);
    offset += 4;
  }
}

function printMasks(p: Printer, offset: number, end: number): void {
  for (const name of ['send=', 'recv=']) {
    if (end - offset < 4) {
      p.ascii('AVP too short');
      return;
    }
    p.ascii(name);
    p.out.hexPadded(p.u32(offset), 8);
    p.ascii(' ');
    offset += 4;
  }
}
