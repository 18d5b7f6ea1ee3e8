// What both versions of IKE have in common: names, attributes, and payloads within payloads.
import type { Printer } from '../engine/printer.ts';

/** Answered instead of a position where nothing can follow. */
export const NOWHERE = -1;

/** Payloads in payloads are followed this deep: a packet could nest thousands. */
export const MAXIMUM_DEPTH = 32;

export const PROPOSAL = 2;
export const TRANSFORM = 3;

const NAMES = [
  ...'none sa p t ke id cert cr hash sig nonce n d vid'.split(' '),
  ...Array.from({ length: 19 }, (_, i) => `pay${i + 14}`),
  ...'v2sa v2ke v2IDi v2IDr v2cert v2cr v2auth v2nonce v2n v2d v2vid v2TSi v2TSr v2e v2cp v2eap'.split(' '),
];

export function payloadName(payload: number): string {
  return NAMES[payload] ?? `#${payload}`;
}

/** An entry of a table of names, or the number. */
export function named(names: readonly string[], value: number): string {
  return names[value] || `#${value}`;
}

export const PROTOCOLS = ['', 'isakmp', 'ipsec-ah', 'ipsec-esp', 'ipcomp'];
export const ESP_TRANSFORMS = [
  '',
  ...'1des-iv64 1des 3des rc5 idea cast blowfish 3idea 1des-iv32 rc4 null aes'.split(' '),
];
export const GROUPS = [
  '',
  'modp768',
  'modp1024',
  'EC2N 2^155',
  'EC2N 2^185',
  'modp1536',
  ...Array.from({ length: 8 }, (_, i) => `iana-grp${String(i + 6).padStart(2, '0')}`),
  'modp2048',
  'modp3072',
  'modp4096',
  'modp6144',
  'modp8192',
];

/** ` [|name]`: a payload that is cut short. */
export function cut(p: Printer, payload: number): number {
  p.ascii(` [|${payloadName(payload)}]`);
  return NOWHERE;
}

/** A new line, indented by its depth, and the bracket that opens a payload. */
export function open(p: Printer, depth: number): void {
  p.ascii(`\n${'    '.repeat(depth)}(`);
}

/** `length` bytes in hex. Returns false, having written nothing, where they were not captured. */
export function printRaw(p: Printer, offset: number, length: number): boolean {
  if (!p.has(offset, length)) return false;
  p.hexBytes(offset, length);
  return true;
}

/** The first ten and the last twenty bytes of what is left of the packet. Returns false where there are too few. */
export function printSome(p: Printer, offset: number): boolean {
  const left = Math.min(p.end - offset, 10);
  let last = p.end - 20;
  if (last < offset + left) last = offset + left;
  p.ascii(' data=(');
  if (!printRaw(p, offset, left)) return false;
  p.ascii('...');
  p.hexBytes(last, p.end - last);
  p.ascii(')');
  return true;
}

/** What an attribute is called, and the names of its values. */
export type Attributes = readonly (readonly [name: string, values?: readonly string[]])[];

export const ENCRYPTION_ATTRIBUTES: Attributes = [...Array(14).fill(['']), ['keylen']];
export const IPSEC_ATTRIBUTES: Attributes = [
  [''],
  ['lifetype', ['', 'sec', 'kb']],
  ['life'],
  ['group desc', GROUPS.slice(0, 18)],
  ['enc mode', ['', 'tunnel', 'transport']],
  ['auth', ['', 'hmac-md5', 'hmac-sha1', '1des-mac', 'keyed']],
  ['keylen'],
  ['rounds'],
  ['dictsize'],
  ['privalg'],
];
export const OAKLEY_ATTRIBUTES: Attributes = [
  [''],
  ['enc', ['', '1des', 'idea', 'blowfish', 'rc5', '3des', 'cast', 'aes']],
  ['hash', ['', 'md5', 'sha1', 'tiger', 'sha2-256', 'sha2-384', 'sha2-512']],
  ['auth', ['', 'preshared', 'dss', 'rsa sig', 'rsa enc', 'rsa enc revised']],
  ['group desc', GROUPS.slice(0, 18)],
  ['group type', ['', 'MODP', 'ECP', 'EC2N']],
  ['group prime'],
  ['group gen1'],
  ['group gen2'],
  ['group curve A'],
  ['group curve B'],
  ['lifetype', ['', 'sec', 'kb']],
  ['lifeduration'],
  ['prf'],
  ['keylen'],
  ['field'],
  ['order'],
];

/** Prints the attributes from `offset` up to `end`. Returns where they end, or NOWHERE where one is cut short. */
export function printAttributes(p: Printer, offset: number, end: number, names: Attributes): number {
  while (offset < p.end && offset < end) {
    const short = (p.u8(offset) & 0x80) !== 0;
    const size = short ? 4 : 4 + p.u16(offset + 2);
    if (offset + size > end) {
      p.ascii('[|attr]');
      return end + 1;
    }
    const type = p.u16(offset) & 0x7fff;
    const known = names[type];
    p.ascii(known?.[0] ? `(type=${known[0]} ` : `(type=#${type} `);
    if (short) {
      p.ascii('value=');
      const value = known?.[1]?.[p.u16(offset + 2)];
      if (value) p.ascii(value);
      else p.hexBytes(offset + 2, 2);
    } else {
      p.field('len=', size - 4);
      p.ascii(' value=');
      if (!printRaw(p, offset + 4, size - 4)) {
        p.ascii(')');
        return NOWHERE;
      }
    }
    p.ascii(')');
    offset += size;
  }
  return offset;
}
