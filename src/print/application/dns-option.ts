// EDNS options (RFC 6891 and the IANA registry "DNS EDNS0 Option Codes").
import { NOWHERE, printName } from '../engine/domain-name.ts';
import type { Names } from '../engine/names.ts';
import { printPrefix4, printPrefix6 } from '../engine/prefix.ts';
import type { Printer } from '../engine/printer.ts';

const DAU = 5;
const DHU = 6;
const N3U = 7;
const CLIENT_SUBNET = 8;
const EXPIRE = 9;
const COOKIE = 10;
const KEEPALIVE = 11;
const PADDING = 12;
const CHAIN = 13;
const KEY_TAG = 14;

const OPTIONS: Names = new Map([
  [1, 'LLQ'],
  [2, 'UL'],
  [3, 'NSID'],
  [DAU, 'DAU'],
  [DHU, 'DHU'],
  [N3U, 'N3U'],
  [CLIENT_SUBNET, 'ECS'],
  [EXPIRE, 'EXPIRE'],
  [COOKIE, 'COOKIE'],
  [KEEPALIVE, 'KEEPALIVE'],
  [PADDING, 'PADDING'],
  [CHAIN, 'CHAIN'],
  [KEY_TAG, 'KEY-TAG'],
  [16, 'CLIENT-TAG'],
  [17, 'SERVER-TAG'],
]);
const SIGNATURES: Names = new Map([
  [0, 'DELETE'],
  [1, 'RSAMD5'],
  [2, 'DH'],
  [3, 'DS'],
  [5, 'RSASHA1'],
  [6, 'DSA-NSEC3-SHA1'],
  [7, 'RSASHA1-NSEC3-SHA1'],
  [8, 'RSASHA256'],
  [10, 'RSASHA512'],
  [12, 'ECC-GOST'],
  [13, 'ECDSAP256SHA256'],
  [14, 'ECDSAP384SHA384'],
  [15, 'ED25519'],
  [16, 'ED448'],
  [252, 'INDIRECT'],
  [253, 'PRIVATEDNS'],
  [254, 'PRIVATEOID'],
]);
const DIGESTS: Names = new Map([
  [1, 'SHA-1'],
  [2, 'SHA-256'],
  [3, 'GOST_R_34.11-94'],
  [4, 'SHA-384'],
]);
const HASHES: Names = new Map([[1, 'SHA-1']]);

/** Prints an option. Returns where the next one begins, or NOWHERE. */
export function printOption(p: Printer, offset: number): number {
  if (!p.has(offset, 2)) return NOWHERE;
  const code = p.view.getUint16(offset);
  const name = OPTIONS.get(code);
  if (name === undefined) p.field('Opt', code);
  else p.ascii(name);
  if (!p.has(offset, 4)) return NOWHERE;
  const length = p.view.getUint16(offset + 2);
  offset += 4;
  if (!p.has(offset, length)) return NOWHERE;
  if (length > 0) {
    p.ascii(' ');
    printValue(p, code, offset, length);
  }
  return offset + length;
}

function printValue(p: Printer, code: number, offset: number, length: number): void {
  const bytes = p.bytes;
  switch (code) {
    case CLIENT_SUBNET:
      printSubnet(p, offset, length);
      break;
    case COOKIE:
      if (length < 8 || (length > 8 && length < 16) || length > 40) p.invalid();
      else {
        p.hexBytes(offset, 8);
        if (length > 8) {
          p.ascii(' ');
          p.hexBytes(offset + 8, length - 8);
        }
      }
      break;
    case KEEPALIVE:
      // In steps of 100 ms.
      if (length !== 2) p.invalid();
      else p.ascii(`${(p.u16(offset) / 10).toFixed(1)} sec`);
      break;
    case EXPIRE:
      if (length !== 4) p.invalid();
      else {
        p.decimal(p.u32(offset));
        p.ascii(' sec');
      }
      break;
    case PADDING:
      p.field('(', length);
      p.ascii(')');
      break;
    case KEY_TAG:
      if (length % 2 !== 0) p.invalid();
      else for (let i = 0; i < length; i += 2) p.field(i > 0 ? ' ' : '', p.u16(offset + i));
      break;
    case DAU:
    case DHU:
    case N3U: {
      const names = code === DAU ? SIGNATURES : code === DHU ? DIGESTS : HASHES;
      for (let i = 0; i < length; i++) {
        if (i > 0) p.ascii(' ');
        const name = names.get(bytes[offset + i]);
        if (name === undefined) p.field('Alg_', bytes[offset + i]);
        else p.ascii(name);
      }
      break;
    }
    case CHAIN:
      printName(p, offset, offset + length);
      break;
    default:
      p.hexBytes(offset, length);
  }
}

/** Client subnet (RFC 7871): family, bits asked for and answered for, and as much of the address as those need. */
function printSubnet(p: Printer, offset: number, length: number): void {
  const family = length < 4 ? 0 : p.u16(offset);
  const bits = family === 1 ? 32 : family === 2 ? 128 : 0;
  const source = bits === 0 ? 0 : p.u8(offset + 2);
  const scope = bits === 0 ? 0 : p.u8(offset + 3);
  const bytes = length - 4;
  if (bits === 0 || bytes > bits / 8 || source > bits || scope > bits || (source + 7) >> 3 !== bytes) {
    p.invalid();
    return;
  }
  if (family === 1) printPrefix4(p, offset + 4, bytes);
  else printPrefix6(p, offset + 4, 0, bytes);
  p.field('/', source);
  p.field('/', scope);
}
