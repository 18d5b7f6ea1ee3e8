// HTTP, SMTP, FTP, whois, SIP, RTSP: protocols whose first line says it all.
import type { Dissector, Printer } from './printer.ts';

/** Characters of a command or response code that are looked at. */
const MAXIMUM_TOKEN = 128;
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;

/**
 * A protocol whose messages begin with one of `commands` (in any case) or with a line that has a three-digit code, as
 * its first word or its second. What begins otherwise goes on with an earlier message and is only named.
 */
function messages(protocol: string, commands: string, codeIsSecond: boolean): Dissector {
  const known = new Set(commands.split(' '));
  return (p, at, length) => {
    p.protocol = protocol;
    print(p, at, length, begins(p, at, at + length, known, codeIsSecond));
  };
}

/** A protocol whose every segment is printed as text. */
function lines(protocol: string): Dissector {
  return (p, at, length) => {
    p.protocol = protocol;
    print(p, at, length, true);
  };
}

const HTTP_COMMANDS =
  'GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE LABEL MERGE DELETE SEARCH UNLOCK REPORT UPDATE NOTIFY BDELETE CONNECT OPTIONS CHECKIN PROPFIND CHECKOUT CCM_POST SUBSCRIBE PROPPATCH BPROPFIND BPROPPATCH UNCHECKOUT MKACTIVITY MKWORKSPACE UNSUBSCRIBE RPC_CONNECT VERSION-CONTROL BASELINE-CONTROL';
const SIP_COMMANDS =
  'ACK BYE CANCEL DO INFO INVITE MESSAGE NOTIFY OPTIONS PRACK QAUTH REFER REGISTER SPRACK SUBSCRIBE UPDATE PUBLISH';
const RTSP_COMMANDS =
  'ANNOUNCE DESCRIBE GET_PARAMETER OPTIONS PAUSE PLAY RECORD REDIRECT SET_PARAMETER SETUP TEARDOWN';

export const printHttp: Dissector = messages('http', HTTP_COMMANDS, true);
export const printSip: Dissector = messages('sip', SIP_COMMANDS, true);
export const printRtsp: Dissector = messages('rtsp', RTSP_COMMANDS, true);
export const printSmtp: Dissector = lines('smtp');
export const printFtp: Dissector = lines('ftp');
export const printWhois: Dissector = lines('whois');

function print(p: Printer, at: number, length: number, asText: boolean): void {
  p.ascii(p.protocol.toUpperCase());
  if (!asText) return;
  const end = at + length;
  if (p.verbose === 0) {
    printLine(p, ': ', at, end);
    return;
  }
  p.field(', length: ', length);
  while (at < end) {
    at = printLine(p, '\n\t', at, end);
    if (at === 0) return;
  }
}

/** Where what follows the word at `at` and the spaces behind it begins; 0 where there is no word. */
function skipWord(p: Printer, at: number, end: number): number {
  const start = at;
  for (; at < end; at++) {
    if (!p.has(at, 1)) return 0;
    const byte = p.bytes[at];
    if (byte === SPACE || byte === TAB || byte === CR || byte === LF) break;
    if (byte < SPACE || byte > 0x7e || at - start >= MAXIMUM_TOKEN) return 0;
  }
  if (at === start) return 0;
  while (at < end && p.has(at, 1) && p.bytes[at] === SPACE) at++;
  return at;
}

function begins(
  p: Printer,
  at: number,
  end: number,
  known: ReadonlySet<string>,
  codeIsSecond: boolean,
): boolean {
  let next = skipWord(p, at, end);
  if (next === 0) return false;
  const text = word(p, at, next);
  if (known.has(text.toUpperCase())) return true;
  if (!codeIsSecond) return /^\d{3}$/.test(text);
  at = next;
  next = skipWord(p, at, end);
  return next !== 0 && /^\d{3}$/.test(word(p, at, next));
}

function word(p: Printer, at: number, next: number): string {
  return String.fromCharCode(...p.bytes.subarray(at, next)).split(/[ \t\r\n]/, 1)[0];
}

/**
 * A line, without its end. Answers where the next one begins, or 0 where there is none. Nothing is printed of what
 * holds bytes that are no text.
 */
function printLine(p: Printer, prefix: string, at: number, end: number): number {
  let to = at;
  let next = 0;
  for (; to < end; to++) {
    const byte = p.u8(to);
    if (byte === LF) {
      next = to + 1;
      break;
    }
    if (byte === CR) {
      if (to + 1 >= end || p.u8(to + 1) !== LF) return 0;
      next = to + 2;
      break;
    }
    if ((byte < SPACE || byte > 0x7e) && byte !== TAB) return 0;
  }
  p.ascii(prefix);
  p.out.raw(p.bytes, at, to);
  // A line that goes on in the next segment.
  if (next === 0) p.truncated();
  return next;
}
