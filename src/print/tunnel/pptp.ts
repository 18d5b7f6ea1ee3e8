// The control connection of PPTP (RFC 2637).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const HEADER_LENGTH = 12;
const COOKIE = 0x1a2b3c4d;
const MESSAGES = [
  'NOT_DEFINED',
  'SCCRQ',
  'SCCRP',
  'StopCCRQ',
  'StopCCRP',
  'ECHORQ',
  'ECHORP',
  'OCRQ',
  'OCRP',
  'ICRQ',
  'ICRP',
  'ICCN',
  'CCRQ',
  'CDN',
  'WEN',
  'SLI',
];
const KINDS = ['', ' CTRL-MSG', ' MGMT-MSG'];
const START_REPLY = 2;
const STOP_REPLY = 4;
const ECHO_REPLY = 6;
const OUTGOING_REPLY = 8;
const INCOMING_REPLY = 10;
const DISCONNECT = 13;

const ECHO_RESULTS = ['?', 'OK', 'General Error'];
/** What came of it, by message. */
const RESULTS: ReadonlyMap<number, readonly string[]> = new Map([
  [
    START_REPLY,
    [
      '?',
      'Successful channel establishment',
      'General error',
      'Command channel already exists',
      'Requester is not authorized to establish a command channel',
      'The protocol version of the requester is not supported',
    ],
  ],
  [STOP_REPLY, ECHO_RESULTS],
  [ECHO_REPLY, ECHO_RESULTS],
  [
    OUTGOING_REPLY,
    ['?', 'Connected', 'General Error', 'No Carrier', 'Busy', 'No Dial Tone', 'Time-out', 'Do Not Accept'],
  ],
  [INCOMING_REPLY, ['?', 'Connect', 'General Error', 'Do Not Accept']],
  [DISCONNECT, ['?', 'Lost Carrier', 'General Error', 'Admin Shutdown', 'Request']],
]);
const ERRORS = [
  'None',
  'Not-Connected',
  'Bad-Format',
  'Bad-Value',
  'No-Resource',
  'Bad-Call-ID',
  'PAC-Error',
];
const REASONS = ['?', 'None', 'Stop-Protocol', 'Stop-Local-Shutdown'];
const BEARERS: Names = new Map([
  [1, 'A'],
  [2, 'D'],
  [3, 'Any'],
]);
const FRAMINGS: Names = new Map([
  [1, 'A'],
  [2, 'S'],
  [3, 'E'],
]);

/** What may lie in a message, in the order of its bytes: a letter each. */
const LAYOUTS: readonly string[] = [
  '',
  'v r2 f b m w h n',
  'v R E f b m w h n',
  'o r1 r2',
  'R E r2',
  'i',
  'i R E r2',
  'c s B> B< t F W d P r2 p a',
  'c k R E u S W d y',
  'c s t y l L q Q a',
  'c k R E W d r2',
  'k r2 S W d F',
  'c r2',
  'c R E u r2 x',
  'k r2 N0 N1 N2 N3 N4 N5',
  'k r2 A> A<',
];
const COUNTERS = ['CRC_ERR', 'FRAMING_ERR', 'HARDWARE_OVERRUN', 'BUFFER_OVERRUN', 'TIMEOUT_ERR', 'ALIGN_ERR'];
/** Numbers of two and four bytes by letter. */
const SHORTS: ReadonlyMap<string, string> = new Map([
  ['c', 'CALL_ID'],
  ['d', 'PROC_DELAY'],
  ['k', 'PEER_CALL_ID'],
  ['l', 'DIALED_NO_LEN'],
  ['L', 'DIALING_NO_LEN'],
  ['m', 'MAX_CHAN'],
  ['P', 'PHONE_NO_LEN'],
  ['s', 'CALL_SER_NUM'],
  ['u', 'CAUSE_CODE'],
  ['w', 'FIRM_REV'],
  ['W', 'RECV_WIN'],
]);
const LONGS: ReadonlyMap<string, string> = new Map([
  ['B>', 'MIN_BPS'],
  ['B<', 'MAX_BPS'],
  ['i', 'ID'],
  ['S', 'CONN_SPEED'],
  ['y', 'PHY_CHAN_ID'],
  ...COUNTERS.map((name, i) => [`N${i}`, name] as const),
]);
/** Texts of 64 bytes, or 128, of which a number before them says how much is used where one is named. */
const TEXTS: ReadonlyMap<string, readonly [name: string, size: number, length: string]> = new Map([
  ['a', ['SUB_ADDR', 64, '']],
  ['h', ['HOSTNAME', 64, '']],
  ['n', ['VENDOR', 64, '']],
  ['p', ['PHONE_NO', 64, 'P']],
  ['q', ['DIALED_NO', 64, 'l']],
  ['Q', ['DIALING_NO', 64, 'L']],
  ['x', ['CALL_STATS', 128, '']],
]);

export function printPptp(p: Printer, offset: number): void {
  p.protocol = 'pptp';
  p.ascii(': pptp');
  if (p.verbose > 0) {
    p.field(' Length=', p.u16(offset));
    p.ascii(KINDS[p.u16(offset + 2)] || ' UNKNOWN-MSG-TYPE');
  }
  const cookie = p.u32(offset + 4);
  if (cookie !== COOKIE) {
    p.ascii(' UNEXPECTED Magic-Cookie!!(');
    p.out.hexPadded(cookie, 8);
    p.ascii(')');
  }
  if (p.verbose > 0 || cookie !== COOKIE) {
    p.ascii(' Magic-Cookie=');
    p.out.hexPadded(cookie, 8);
  }
  const type = p.u16(offset + 8);
  const name = MESSAGES[type];
  p.ascii(name === undefined ? ` UNKNOWN_CTRL_MSGTYPE(${type})` : ` CTRL_MSGTYPE=${name}`);
  printReserved(p, p.u16(offset + 10));
  const layout = LAYOUTS[type];
  if (layout) printFields(p, type, layout.split(' '), offset + HEADER_LENGTH);
}

function printReserved(p: Printer, value: number): void {
  if (value !== 0) p.ascii(` [ERROR: reserved=${value} must be zero]`);
}

function printFields(p: Printer, type: number, fields: readonly string[], offset: number): void {
  const lengths = new Map<string, number>();
  for (const field of fields) {
    const short = SHORTS.get(field);
    const long = LONGS.get(field);
    const text = TEXTS.get(field);
    if (short !== undefined) {
      lengths.set(field, p.u16(offset));
      p.ascii(` ${short}(${p.u16(offset)})`);
      offset += 2;
    } else if (long !== undefined) {
      p.ascii(` ${long}(${p.u32(offset)})`);
      offset += 4;
    } else if (text !== undefined) {
      const [name, size, length] = text;
      p.ascii(` ${name}(`);
      printPadded(p, offset, Math.min(size, lengths.get(length) ?? size));
      p.ascii(')');
      offset += size;
    } else offset += printField(p, type, field, offset);
  }
}

/** Prints a field that is no plain number; returns its size. */
function printField(p: Printer, type: number, field: string, offset: number): number {
  switch (field) {
    case 'r1':
      printReserved(p, p.u8(offset));
      return 1;
    case 'r2':
      printReserved(p, p.u16(offset));
      return 2;
    case 'v': {
      const version = p.u16(offset);
      p.ascii(` PROTO_VER(${version >> 8}.${version & 0xff})`);
      return 2;
    }
    case 'f':
      p.ascii(' FRAME_CAP(');
      p.ascii((p.u32(offset) & 1) !== 0 ? 'A' : '');
      p.ascii((p.u32(offset) & 2) !== 0 ? 'S)' : ')');
      return 4;
    case 'b': {
      const capability = p.u32(offset);
      p.ascii(` BEARER_CAP(${(capability & 2) !== 0 ? 'D' : ''}${(capability & 1) !== 0 ? 'A' : ''})`);
      return 4;
    }
    case 't':
      p.ascii(` BEARER_TYPE(${BEARERS.get(p.u32(offset)) ?? '?'})`);
      return 4;
    case 'F':
      p.ascii(` FRAME_TYPE(${FRAMINGS.get(p.u32(offset)) ?? '?'})`);
      return 4;
    case 'R':
      printCode(p, ' RESULT_CODE(', RESULTS.get(type) ?? [], p.u8(offset));
      return 1;
    case 'E':
      printCode(p, ' ERR_CODE(', ERRORS, p.u8(offset));
      return 1;
    case 'o':
      printCode(p, ' REASON(', REASONS, p.u8(offset));
      return 1;
  }
  // The two masks of characters to be escaped.
  const mask = p.u32(offset);
  p.ascii(field === 'A>' ? ' SEND_ACCM(0x' : ' RECV_ACCM(0x');
  p.out.hexPadded(mask, 8);
  p.ascii(')');
  return 4;
}

function printCode(p: Printer, title: string, names: readonly string[], code: number): void {
  p.field(title, code);
  if (p.verbose > 0) p.ascii(`:${names[code] ?? '?'}`);
  p.ascii(')');
}
