// HTTP, SMTP, FTP, whois, SIP, RTSP: protocols whose first line says it all.
import type { Dissector, Printer } from '../engine/printer.ts';

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
  const known = byLength(commands.split(' '));
  return (p, offset, length) => {
    p.protocol = protocol;
    print(p, offset, length, begins(p, offset, offset + length, known, codeIsSecond));
  };
}

/** A protocol whose every segment is printed as text. */
function lines(protocol: string): Dissector {
  return (p, offset, length) => {
    p.protocol = protocol;
    print(p, offset, length, true);
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

function print(p: Printer, offset: number, length: number, asText: boolean): void {
  p.ascii(p.protocol.toUpperCase());
  if (!asText) return;
  const end = offset + length;
  if (p.verbose === 0) {
    printLine(p, ': ', offset, end);
    return;
  }
  p.field(', length: ', length);
  while (offset < end) {
    offset = printLine(p, '\n\t', offset, end);
    if (offset === 0) return;
  }
}

/** Where what follows the word at `offset` and the spaces behind it begins; 0 where there is no word. */
function skipWord(p: Printer, offset: number, end: number): number {
  const start = offset;
  for (; offset < end; offset++) {
    if (!p.has(offset, 1)) return 0;
    const byte = p.bytes[offset];
    if (byte === SPACE || byte === TAB || byte === CR || byte === LF) break;
    if (byte < SPACE || byte > 0x7e || offset - start >= MAXIMUM_TOKEN) return 0;
  }
  if (offset === start) return 0;
  while (offset < end && p.has(offset, 1) && p.bytes[offset] === SPACE) offset++;
  return offset;
}

/** Commands as bytes, in a list for each length. */
type Commands = readonly (readonly Uint8Array[] | undefined)[];

function byLength(commands: readonly string[]): Commands {
  const lists: Uint8Array[][] = [];
  for (const command of commands) {
    lists[command.length] ??= [];
    lists[command.length].push(Uint8Array.from(command, (letter) => letter.charCodeAt(0)));
  }
  return lists;
}

function begins(p: Printer, offset: number, end: number, known: Commands, codeIsSecond: boolean): boolean {
  let next = skipWord(p, offset, end);
  if (next === 0) return false;
  const length = wordLength(p.bytes, offset, next);
  if (isKnown(p.bytes, offset, length, known)) return true;
  if (!codeIsSecond) return isCode(p.bytes, offset, length);
  offset = next;
  next = skipWord(p, offset, end);
  return next !== 0 && isCode(p.bytes, offset, wordLength(p.bytes, offset, next));
}

/** Bytes of the word at `offset`, of which skipWord has said that what follows begins at `next`. */
function wordLength(bytes: Uint8Array, offset: number, next: number): number {
  let end = offset;
  for (; end < next; end++) {
    const byte = bytes[end];
    if (byte === SPACE || byte === TAB || byte === CR || byte === LF) break;
  }
  return end - offset;
}

function isKnown(bytes: Uint8Array, offset: number, length: number, known: Commands): boolean {
  const commands = known[length];
  if (commands === undefined) return false;
  for (let i = 0; i < commands.length; i++) if (isWord(bytes, offset, commands[i])) return true;
  return false;
}

/** Does the word, in capitals, stand there in any case? */
function isWord(bytes: Uint8Array, offset: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) {
    const byte = bytes[offset + i];
    if ((byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte) !== word[i]) return false;
  }
  return true;
}

/** Is it three digits? */
function isCode(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length !== 3) return false;
  for (let i = offset; i < offset + 3; i++) if (bytes[i] < 0x30 || bytes[i] > 0x39) return false;
  return true;
}

/**
 * A line, without its end. Returns where the next one begins, or 0 where there is none. Nothing is printed of what
 * holds bytes that are no text.
 */
function printLine(p: Printer, prefix: string, offset: number, end: number): number {
  let to = offset;
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
  p.out.raw(p.bytes, offset, to);
  // A line that goes on in the next segment.
  if (next === 0) p.truncated();
  return next;
}
