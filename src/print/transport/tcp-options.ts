// TCP options, every kind tcpdump names.
import { Literal } from '../../base/text.ts';
import type { Printer } from '../engine/printer.ts';
import { printMptcp } from './mptcp.ts';

const END = 0;
const NO_OPERATION = 1;
const MAXIMUM_SEGMENT_SIZE = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const ECHO = 6;
const ECHO_REPLY = 7;
const TIMESTAMPS = 8;
const CONNECTION_COUNT = 11;
const CONNECTION_COUNT_ECHO = 13;
const SIGNATURE = 19;
const SCPS = 20;
const USER_TIMEOUT = 28;
const AUTHENTICATION = 29;
const MULTIPATH = 30;
const FAST_OPEN = 34;
const EXPERIMENT = 254;
/** RFC 6994 experiment identifier of TCP Fast Open before it had an option of its own. */
const FAST_OPEN_EXPERIMENT = 0xf989;

const NAMES: (string | undefined)[] = [];
NAMES[END] = 'eol';
NAMES[NO_OPERATION] = 'nop';
NAMES[MAXIMUM_SEGMENT_SIZE] = 'mss';
NAMES[WINDOW_SCALE] = 'wscale';
NAMES[SACK_PERMITTED] = 'sackOK';
NAMES[SACK] = 'sack';
NAMES[ECHO] = 'echo';
NAMES[ECHO_REPLY] = 'echoreply';
NAMES[TIMESTAMPS] = 'TS';
NAMES[CONNECTION_COUNT] = 'cc';
NAMES[12] = 'ccnew';
NAMES[CONNECTION_COUNT_ECHO] = '';
NAMES[SIGNATURE] = 'md5';
NAMES[SCPS] = 'scps';
NAMES[USER_TIMEOUT] = 'uto';
NAMES[AUTHENTICATION] = 'tcp-ao';
NAMES[MULTIPATH] = 'mptcp';
NAMES[FAST_OPEN] = 'tfo';
NAMES[EXPERIMENT] = 'exp';

/** Two no-operations and time stamps: what nearly every segment of an established connection carries. */
const USUAL = 0x0101080a;
const USUAL_LENGTH = 12;
const USUAL_VALUE = new Literal('nop,nop,TS val ');
const VALUE = new Literal(' val ');
const ECHOED = new Literal(' ecr ');

/** What the printer of one option answers: how many bytes behind kind and length it used, or one of these. */
const BAD = -1;
const CUT = -2;

/**
 * Prints the options. `segmentEnd` is where the segment ends on the wire, `sackBase` the base of the other side's
 * sequence numbers. Answers false where the line ends with them: one was malformed or not captured whole.
 */
export function printTcpOptions(
  p: Printer,
  at: number,
  rest: number,
  segmentEnd: number,
  flags: number,
  sackBase: number,
): boolean {
  const out = p.out;
  if (rest === USUAL_LENGTH && p.has(at, USUAL_LENGTH) && p.view.getInt32(at) === USUAL) {
    out.literal(USUAL_VALUE);
    out.unsigned(p.view.getInt32(at + 4));
    out.literal(ECHOED);
    out.unsigned(p.view.getInt32(at + 8));
    return true;
  }
  for (let first = true; rest > 0; first = false) {
    if (!first) out.byte(0x2c);
    const kind = p.u8(at++);
    let size = 1;
    if (kind !== END && kind !== NO_OPERATION) {
      size = p.u8(at++);
      if (size < 2 || size > rest) return bad(p, first);
      rest--;
    }
    rest--;
    const name = NAMES[kind];
    if (name === undefined) p.field('unknown-', kind);
    else out.ascii(name);
    const used = kind > NO_OPERATION ? printOption(p, kind, at, size, rest, segmentEnd, flags, sackBase) : 0;
    if (used === BAD) return bad(p, first);
    if (used === CUT) {
      p.truncated();
      if (!first) p.ascii('>');
      return false;
    }
    at += used;
    rest -= used;
    const printed = kind > NO_OPERATION ? used + 2 : 1;
    if (printed !== size) {
      p.field('[len ', size);
      p.ascii(']');
    }
    if (kind === END) break;
  }
  return true;
}

function bad(p: Printer, first: boolean): boolean {
  p.ascii('[bad opt]');
  if (!first) p.ascii(']');
  return false;
}

/** `n` bytes at `at`: 0 where they are there, else BAD or CUT. */
function check(p: Printer, at: number, n: number, rest: number): number {
  if (n > rest) return BAD;
  return p.has(at, n) ? 0 : CUT;
}

function printOption(
  p: Printer,
  kind: number,
  at: number,
  size: number,
  rest: number,
  segmentEnd: number,
  flags: number,
  sackBase: number,
): number {
  const out = p.out;
  const view = p.view;
  let failed = 0;
  switch (kind) {
    case SACK_PERMITTED:
      return 0;
    case TIMESTAMPS:
      failed = check(p, at, 8, rest);
      if (failed !== 0) return failed;
      out.literal(VALUE);
      out.unsigned(view.getInt32(at));
      out.literal(ECHOED);
      out.unsigned(view.getInt32(at + 4));
      return 8;
    case MAXIMUM_SEGMENT_SIZE:
      failed = check(p, at, 2, rest);
      if (failed !== 0) return failed;
      p.field(' ', view.getUint16(at));
      return 2;
    case WINDOW_SCALE:
      failed = check(p, at, 1, rest);
      if (failed !== 0) return failed;
      p.field(' ', p.bytes[at]);
      return 1;
    case SACK:
      return printSack(p, at, size - 2, rest, sackBase);
    case ECHO:
    case ECHO_REPLY:
    case CONNECTION_COUNT:
    case 12:
    case CONNECTION_COUNT_ECHO:
      failed = check(p, at, 4, rest);
      if (failed !== 0) return failed;
      p.field(' ', view.getUint32(at));
      return 4;
    case SIGNATURE:
      failed = check(p, at, 16, rest);
      if (failed !== 0) return failed;
      return printSignature(p, at, segmentEnd);
    case SCPS:
      failed = check(p, at, 2, rest);
      if (failed !== 0) return failed;
      p.ascii(' cap ');
      out.hexPadded(p.bytes[at], 2);
      p.field(' id ', p.bytes[at + 1]);
      return 2;
    case USER_TIMEOUT: {
      failed = check(p, at, 2, rest);
      if (failed !== 0) return failed;
      const value = view.getUint16(at);
      p.hexField(' 0x', value);
      p.field(' ', (value & 1) !== 0 ? (value >> 1) * 60 : value >> 1);
      return 2;
    }
    case AUTHENTICATION:
      return printAuthentication(p, at, size - 2, rest);
    case MULTIPATH: {
      failed = check(p, at, size - 2, rest);
      if (failed !== 0) return failed;
      const end = p.end;
      p.end = Math.min(end, at - 2 + size);
      const whole = printMptcp(p, at - 2, size, flags);
      p.end = end;
      return whole ? size - 2 : BAD;
    }
    case FAST_OPEN:
      failed = check(p, at, size - 2, rest);
      if (failed !== 0) return failed;
      p.ascii(' ');
      printFastOpen(p, at, size - 2);
      return size - 2;
    case EXPERIMENT: {
      failed = check(p, at, size - 2, rest);
      if (failed !== 0) return failed;
      if (size < 4) return BAD;
      const experiment = view.getUint16(at);
      p.ascii('-');
      if (experiment === FAST_OPEN_EXPERIMENT) {
        p.ascii('tfo');
        printFastOpen(p, at + 2, size - 4);
      } else out.hexPadded(experiment, 4);
      return size - 2;
    }
    default: {
      const data = size - 2;
      if (data > 0) p.ascii(' 0x');
      for (let i = 0; i < data; i++) {
        failed = check(p, at, i + 1, rest);
        if (failed !== 0) return failed;
        out.hexPadded(p.bytes[at + i], 2);
      }
      return data;
    }
  }
}

/** SACK blocks (RFC 2018), relative as the acknowledgment number is. */
function printSack(p: Printer, at: number, data: number, rest: number, base: number): number {
  if (data % 8 !== 0) {
    p.ascii(' invalid sack');
    return data;
  }
  p.field(' ', data >> 3);
  p.ascii(' ');
  for (let i = 0; i < data; i += 8) {
    const failed = check(p, at, i + 8, rest);
    if (failed !== 0) return failed;
    p.field('{', (p.view.getInt32(at + i) - base) >>> 0);
    p.field(':', (p.view.getInt32(at + i + 4) - base) >>> 0);
    p.ascii('}');
  }
  return data;
}

/** The MD5 signature (RFC 2385): without the shared secret it can only be shown. */
function printSignature(p: Printer, at: number, segmentEnd: number): number {
  p.ascii(segmentEnd > p.end ? ' snaplen too short, ' : ' shared secret not supplied with -M, ');
  p.ascii("can't check - ");
  p.hexBytes(at, 16);
  return 16;
}

/** TCP-AO (RFC 5925, 2.2). */
function printAuthentication(p: Printer, at: number, data: number, rest: number): number {
  if (data < 2) {
    p.invalid();
    return data;
  }
  let failed = check(p, at, 1, rest);
  if (failed !== 0) return failed;
  p.field(' keyid ', p.bytes[at]);
  failed = check(p, at, 2, rest);
  if (failed !== 0) return failed;
  p.field(' rnextkeyid ', p.bytes[at + 1]);
  if (data > 2) p.ascii(' mac 0x');
  for (let i = 2; i < data; i++) {
    failed = check(p, at, i + 1, rest);
    if (failed !== 0) return failed;
    p.out.hexPadded(p.bytes[at + i], 2);
  }
  return data;
}

/** A TCP Fast Open cookie, or the request for one (RFC 7413). */
function printFastOpen(p: Printer, at: number, data: number): void {
  if (data === 0) p.ascii(' cookiereq');
  else if (data % 2 !== 0 || data < 4 || data > 16) p.invalid();
  else {
    p.ascii(' cookie ');
    p.hexBytes(at, data);
  }
}
