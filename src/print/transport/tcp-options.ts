// TCP options, every kind tcpdump names.
import { Literal } from '../../base/text.ts';
import * as kinds from '../../wire/registry/tcp-options.ts';
import type { Printer } from '../engine/printer.ts';
import { printMptcp } from './mptcp.ts';

const NAMES: (string | undefined)[] = [];
NAMES[kinds.END] = 'eol';
NAMES[kinds.NO_OPERATION] = 'nop';
NAMES[kinds.MAXIMUM_SEGMENT_SIZE] = 'mss';
NAMES[kinds.WINDOW_SCALE] = 'wscale';
NAMES[kinds.SACK_PERMITTED] = 'sackOK';
NAMES[kinds.SACK] = 'sack';
NAMES[kinds.ECHO] = 'echo';
NAMES[kinds.ECHO_REPLY] = 'echoreply';
NAMES[kinds.TIMESTAMPS] = 'TS';
NAMES[kinds.CONNECTION_COUNT] = 'cc';
NAMES[kinds.CONNECTION_COUNT_NEW] = 'ccnew';
NAMES[kinds.CONNECTION_COUNT_ECHO] = '';
NAMES[kinds.SIGNATURE] = 'md5';
NAMES[kinds.SCPS] = 'scps';
NAMES[kinds.USER_TIMEOUT] = 'uto';
NAMES[kinds.AUTHENTICATION] = 'tcp-ao';
NAMES[kinds.MULTIPATH] = 'mptcp';
NAMES[kinds.FAST_OPEN] = 'tfo';
NAMES[kinds.EXPERIMENT_2] = 'exp';

const USUAL_VALUE = new Literal('nop,nop,TS val ');
const VALUE = new Literal(' val ');
const ECHOED = new Literal(' ecr ');

/** What the printer of one option answers: how many bytes behind kind and length it used, or one of these. */
const BAD = -1;
const CUT = -2;

/**
 * Prints the options. `segmentEnd` is where the segment ends on the wire, `sackBase` the base of the other side's
 * sequence numbers. Returns false where the line ends with them: one was malformed or not captured whole.
 */
export function printTcpOptions(
  p: Printer,
  offset: number,
  rest: number,
  segmentEnd: number,
  flags: number,
  sackBase: number,
): boolean {
  const out = p.out;
  if (
    rest === kinds.USUAL_LENGTH &&
    p.has(offset, kinds.USUAL_LENGTH) &&
    p.view.getInt32(offset) === kinds.USUAL
  ) {
    out.literal(USUAL_VALUE);
    out.unsigned(p.view.getInt32(offset + 4));
    out.literal(ECHOED);
    out.unsigned(p.view.getInt32(offset + 8));
    return true;
  }
  for (let first = true; rest > 0; first = false) {
    if (!first) out.byte(0x2c);
    const kind = p.u8(offset++);
    let size = 1;
    if (kind !== kinds.END && kind !== kinds.NO_OPERATION) {
      size = p.u8(offset++);
      if (size < 2 || size > rest) return bad(p, first);
      rest--;
    }
    rest--;
    const name = NAMES[kind];
    if (name === undefined) p.field('unknown-', kind);
    else out.ascii(name);
    const used =
      kind > kinds.NO_OPERATION ? printOption(p, kind, offset, size, rest, segmentEnd, flags, sackBase) : 0;
    if (used === BAD) return bad(p, first);
    if (used === CUT) {
      p.truncated();
      if (!first) p.ascii('>');
      return false;
    }
    offset += used;
    rest -= used;
    const printed = kind > kinds.NO_OPERATION ? used + 2 : 1;
    if (printed !== size) {
      p.field('[len ', size);
      p.ascii(']');
    }
    if (kind === kinds.END) break;
  }
  return true;
}

function bad(p: Printer, first: boolean): boolean {
  p.ascii('[bad opt]');
  if (!first) p.ascii(']');
  return false;
}

/** `n` bytes at `offset`: 0 where they are there, else BAD or CUT. */
function check(p: Printer, offset: number, n: number, rest: number): number {
  if (n > rest) return BAD;
  return p.has(offset, n) ? 0 : CUT;
}

function printOption(
  p: Printer,
  kind: number,
  offset: number,
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
    case kinds.SACK_PERMITTED:
      return 0;
    case kinds.TIMESTAMPS:
      failed = check(p, offset, 8, rest);
      if (failed !== 0) return failed;
      out.literal(VALUE);
      out.unsigned(view.getInt32(offset));
      out.literal(ECHOED);
      out.unsigned(view.getInt32(offset + 4));
      return 8;
    case kinds.MAXIMUM_SEGMENT_SIZE:
      failed = check(p, offset, 2, rest);
      if (failed !== 0) return failed;
      p.field(' ', view.getUint16(offset));
      return 2;
    case kinds.WINDOW_SCALE:
      failed = check(p, offset, 1, rest);
      if (failed !== 0) return failed;
      p.field(' ', p.bytes[offset]);
      return 1;
    case kinds.SACK:
      return printSack(p, offset, size - 2, rest, sackBase);
    case kinds.ECHO:
    case kinds.ECHO_REPLY:
    case kinds.CONNECTION_COUNT:
    case 12:
    case kinds.CONNECTION_COUNT_ECHO:
      failed = check(p, offset, 4, rest);
      if (failed !== 0) return failed;
      p.field(' ', view.getUint32(offset));
      return 4;
    case kinds.SIGNATURE:
      failed = check(p, offset, 16, rest);
      if (failed !== 0) return failed;
      return printSignature(p, offset, segmentEnd);
    case kinds.SCPS:
      failed = check(p, offset, 2, rest);
      if (failed !== 0) return failed;
      p.ascii(' cap ');
      out.hexPadded(p.bytes[offset], 2);
      p.field(' id ', p.bytes[offset + 1]);
      return 2;
    case kinds.USER_TIMEOUT: {
      failed = check(p, offset, 2, rest);
      if (failed !== 0) return failed;
      const value = view.getUint16(offset);
      p.hexField(' 0x', value);
      p.field(' ', (value & 1) !== 0 ? (value >> 1) * 60 : value >> 1);
      return 2;
    }
    case kinds.AUTHENTICATION:
      return printAuthentication(p, offset, size - 2, rest);
    case kinds.MULTIPATH: {
      failed = check(p, offset, size - 2, rest);
      if (failed !== 0) return failed;
      const end = p.end;
      p.end = Math.min(end, offset - 2 + size);
      const whole = printMptcp(p, offset - 2, size, flags);
      p.end = end;
      return whole ? size - 2 : BAD;
    }
    case kinds.FAST_OPEN:
      failed = check(p, offset, size - 2, rest);
      if (failed !== 0) return failed;
      p.ascii(' ');
      printFastOpen(p, offset, size - 2);
      return size - 2;
    case kinds.EXPERIMENT_2: {
      failed = check(p, offset, size - 2, rest);
      if (failed !== 0) return failed;
      if (size < 4) return BAD;
      const experiment = view.getUint16(offset);
      p.ascii('-');
      if (experiment === kinds.FAST_OPEN_EXPERIMENT) {
        p.ascii('tfo');
        printFastOpen(p, offset + 2, size - 4);
      } else out.hexPadded(experiment, 4);
      return size - 2;
    }
    default: {
      const data = size - 2;
      if (data > 0) p.ascii(' 0x');
      for (let i = 0; i < data; i++) {
        failed = check(p, offset, i + 1, rest);
        if (failed !== 0) return failed;
        out.hexPadded(p.bytes[offset + i], 2);
      }
      return data;
    }
  }
}

/** kinds.SACK blocks (RFC 2018), relative as the acknowledgment number is. */
function printSack(p: Printer, offset: number, data: number, rest: number, base: number): number {
  if (data % 8 !== 0) {
    p.ascii(' invalid sack');
    return data;
  }
  p.field(' ', data >> 3);
  p.ascii(' ');
  for (let i = 0; i < data; i += 8) {
    const failed = check(p, offset, i + 8, rest);
    if (failed !== 0) return failed;
    p.field('{', (p.view.getInt32(offset + i) - base) >>> 0);
    p.field(':', (p.view.getInt32(offset + i + 4) - base) >>> 0);
    p.ascii('}');
  }
  return data;
}

/** The MD5 signature (RFC 2385): without the shared secret it can only be shown. */
function printSignature(p: Printer, offset: number, segmentEnd: number): number {
  p.ascii(segmentEnd > p.end ? ' snaplen too short, ' : ' shared secret not supplied with -M, ');
  p.ascii("can't check - ");
  p.hexBytes(offset, 16);
  return 16;
}

/** TCP-AO (RFC 5925, 2.2). */
function printAuthentication(p: Printer, offset: number, data: number, rest: number): number {
  if (data < 2) {
    p.invalid();
    return data;
  }
  let failed = check(p, offset, 1, rest);
  if (failed !== 0) return failed;
  p.field(' keyid ', p.bytes[offset]);
  failed = check(p, offset, 2, rest);
  if (failed !== 0) return failed;
  p.field(' rnextkeyid ', p.bytes[offset + 1]);
  if (data > 2) p.ascii(' mac 0x');
  for (let i = 2; i < data; i++) {
    failed = check(p, offset, i + 1, rest);
    if (failed !== 0) return failed;
    p.out.hexPadded(p.bytes[offset + i], 2);
  }
  return data;
}

/** A TCP Fast Open cookie, or the request for one (RFC 7413). */
function printFastOpen(p: Printer, offset: number, data: number): void {
  if (data === 0) p.ascii(' cookiereq');
  else if (data % 2 !== 0 || data < 4 || data > 16) p.invalid();
  else {
    p.ascii(' cookie ');
    p.hexBytes(offset, data);
  }
}
