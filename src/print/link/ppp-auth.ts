// PPP authentication: CHAP (RFC 1994) and PAP (RFC 1334).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const CHALLENGE = 1;
const RESPONSE = 2;
const CHAP_CODES: Names = new Map([
  [CHALLENGE, 'Challenge'],
  [RESPONSE, 'Response'],
  [3, 'Success'],
  [4, 'Fail'],
]);
const REQUEST = 1;
const PAP_CODES: Names = new Map([
  [REQUEST, 'Auth-Req'],
  [2, 'Auth-ACK'],
  [3, 'Auth-NACK'],
]);

/** Code and identifier. Returns the code, or -1 where there is none. */
function printHeader(p: Printer, name: string, codes: Names, offset: number, length: number): number {
  if (length < 1) {
    p.ascii(`[|${name}]`);
    return -1;
  }
  const code = p.u8(offset);
  const hex = `0x${code.toString(16).padStart(2, '0')}`;
  if (length < 4) {
    p.ascii(`[|${name} ${hex}]`);
    return -1;
  }
  p.ascii(`${name.toUpperCase()}, ${codes.get(code) ?? 'unknown'} (${hex})`);
  p.field(', id ', p.u8(offset + 1));
  return code;
}

function printCharacters(p: Printer, title: string, offset: number, length: number): void {
  p.ascii(title);
  for (let i = 0; i < length; i++) p.visible(p.u8(offset + i));
}

export function printChap(p: Printer, offset: number, length: number): void {
  const code = printHeader(p, 'chap', CHAP_CODES, offset, length);
  if (code < 0) return;
  // A length below what was read wraps around in tcpdump: the text then runs on to the end of what was captured.
  const size = p.u16(offset + 2);
  const left = (from: number): number => (size < from ? Number.POSITIVE_INFINITY : size - from);
  if (code === CHALLENGE || code === RESPONSE) {
    if (length < 5) return;
    const value = p.u8(offset + 4);
    if (length - 5 < value) return;
    p.ascii(', Value ');
    p.hexBytes(offset + 5, value);
    printCharacters(p, ', Name ', offset + 5 + value, left(5 + value));
  } else if (CHAP_CODES.has(code)) printCharacters(p, ', Msg ', offset + 4, left(4));
}

export function printPap(p: Printer, offset: number, length: number): void {
  const code = printHeader(p, 'pap', PAP_CODES, offset, length);
  if (code < 0) return;
  const size = p.u16(offset + 2);
  if (size > length) {
    p.field(', length ', size);
    p.ascii(' > packet size');
    return;
  }
  if (size < 4) {
    p.field(', length ', size);
    p.ascii(' < PAP header length');
    return;
  }
  if (!PAP_CODES.has(code)) return;
  if (size < (code === REQUEST ? 6 : 5)) {
    p.ascii('[|pap]');
    return;
  }
  const end = offset + size;
  offset += 4;
  const titles = code === REQUEST ? [', Peer ', ', Name '] : [', Msg '];
  for (const title of titles) {
    if (end - offset < 1) return;
    const text = p.u8(offset++);
    if (end - offset < text) return;
    printCharacters(p, title, offset, text);
    offset += text;
  }
}
