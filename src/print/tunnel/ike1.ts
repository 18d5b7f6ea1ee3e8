// The payloads of ISAKMP and IKEv1 (RFC 2407, RFC 2408, RFC 2409).

import type { Printer } from '../engine/printer.ts';
import {
  cut,
  ESP_TRANSFORMS,
  IPSEC_ATTRIBUTES,
  NOWHERE,
  named,
  OAKLEY_ATTRIBUTES,
  PROPOSAL,
  PROTOCOLS,
  payloadName,
  printAttributes,
  printRaw,
  printSome,
  TRANSFORM,
} from './ike.ts';

const SECURITY_ASSOCIATION = 1;
const KEY_EXCHANGE = 4;
const IDENTIFICATION = 5;
const CERTIFICATE = 6;
const REQUEST = 7;
const NONCE = 10;
const NOTIFICATION = 11;
const DELETE = 12;
/** The last of its payloads. */
export const VENDOR = 13;
const IPSEC = 1;

/** What a payload must know of those around it. */
export interface Around {
  /** Protocol of the proposal that a transform belongs to. */
  protocol: number;
  depth: number;
  /** Prints the payloads within, and returns where what follows them begins, or NOWHERE. */
  chain(p: Printer, payload: number, offset: number, around: Around): number;
}

export function printPayload1(
  p: Printer,
  payload: number,
  offset: number,
  length: number,
  around: Around,
): number {
  p.ascii(`${payloadName(payload)}:`);
  switch (payload) {
    case SECURITY_ASSOCIATION:
      return printAssociation(p, offset, around);
    case PROPOSAL:
      return printProposal(p, offset, around);
    case TRANSFORM:
      return printTransform(p, offset, length, around);
    case IDENTIFICATION:
      return printIdentification(p, offset, length);
    case NOTIFICATION:
      return printNotification(p, offset, length);
    case DELETE:
      return printDelete(p, offset);
    default:
      return printOpaque(p, payload, offset, length);
  }
}

/** A payload of which only the length is printed, and with -vvv its bytes. */
function printOpaque(p: Printer, payload: number, offset: number, length: number): number {
  if ((payload === CERTIFICATE || payload === REQUEST) && !p.has(offset, 6)) return cut(p, payload);
  p.field(payload === KEY_EXCHANGE ? ' key len=' : payload === NONCE ? ' n len=' : ' len=', length - 4);
  if (payload === CERTIFICATE || payload === REQUEST)
    p.ascii(` type=${named(CERTIFICATES, p.bytes[offset + 4])}`);
  if (payload === NONCE && p.verbose === 2) {
    p.ascii(' ');
    if (!printSome(p, offset + 4)) return cut(p, payload);
  } else if (p.verbose > 2) {
    p.ascii(' ');
    if (!printRaw(p, offset + 4, length - 4)) return cut(p, payload);
  }
  return offset + length;
}

const CERTIFICATES = 'none pkcs7 pgp dns x509sign x509ke kerberos crl arl spki x509attr'.split(' ');

function printAssociation(p: Printer, offset: number, around: Around): number {
  if (!p.has(offset, 12)) return cut(p, SECURITY_ASSOCIATION);
  const domain = p.view.getUint32(offset + 4);
  const situation = p.view.getUint32(offset + 8);
  if (domain !== IPSEC) {
    p.field(' doi=', domain);
    p.field(' situation=', situation);
    return offset + 12;
  }
  p.ascii(' doi=ipsec situation=');
  p.ascii(['identity', 'secrecy', 'integrity'].filter((_, bit) => (situation & (1 << bit)) !== 0).join('+'));
  let next = offset + 12;
  if (situation !== 1) {
    p.field(' ident=', p.u32(offset + 4));
    next += 4;
  }
  if (!p.has(next, 4)) return cut(p, SECURITY_ASSOCIATION);
  return around.chain(p, PROPOSAL, next, around);
}

function printProposal(p: Printer, offset: number, around: Around): number {
  if (!p.has(offset, 8)) return cut(p, PROPOSAL);
  const protocol = p.bytes[offset + 5];
  p.field(' #', p.bytes[offset + 4]);
  p.ascii(` protoid=${named(PROTOCOLS, protocol)}`);
  p.field(' transform=', p.bytes[offset + 7]);
  const size = p.bytes[offset + 6];
  if (size > 0) {
    p.ascii(' spi=');
    if (!printRaw(p, offset + 8, size)) return cut(p, PROPOSAL);
  }
  if (!p.has(offset + 8 + size, 4)) return cut(p, PROPOSAL);
  return around.chain(p, TRANSFORM, offset + 8 + size, { ...around, protocol });
}

/** Names of transforms, by the protocol of the proposal. */
const TRANSFORMS = [
  [],
  ['', 'ike'],
  ['', '(reserved)', 'md5', 'sha', '1des', 'sha2-256', 'sha2-384', 'sha2-512'],
  ESP_TRANSFORMS,
  ['', 'oui', 'deflate', 'lzs'],
];

function printTransform(p: Printer, offset: number, length: number, { protocol }: Around): number {
  if (!p.has(offset, 8)) return cut(p, TRANSFORM);
  const names = protocol === 0 ? undefined : TRANSFORMS[protocol];
  p.field(' #', p.bytes[offset + 4]);
  p.ascii(` id=${names === undefined ? p.bytes[offset + 5] : named(names, p.bytes[offset + 5])} `);
  const attributes = names === undefined ? [] : protocol === 1 ? OAKLEY_ATTRIBUTES : IPSEC_ATTRIBUTES;
  const next = printAttributes(p, offset + 8, offset + length, attributes);
  if (next === NOWHERE) return cut(p, TRANSFORM);
  if (p.end < offset + length) p.ascii('...');
  return next;
}

const IDENTITIES =
  ',IPv4,FQDN,user FQDN,IPv4net,IPv6,IPv6net,IPv4range,IPv6range,ASN1 DN,ASN1 GN,keyid'.split(',');

function printIdentification(p: Printer, offset: number, length: number): number {
  if (!p.has(offset, 8)) return cut(p, IDENTIFICATION);
  const type = p.bytes[offset + 4];
  p.ascii(` idtype=${named(IDENTITIES, type)}`);
  p.field(' protoid=', p.bytes[offset + 5]);
  p.field(' port=', p.view.getUint16(offset + 6));
  const left = length - 8;
  if (left <= 0) return offset + length;
  if (!p.has(offset + 8, left)) return cut(p, IDENTIFICATION);
  p.field(' len=', left);
  printIdentity(p, type, offset + 8, left);
  return offset + length;
}

function printIdentity(p: Printer, type: number, offset: number, length: number): void {
  const needed = [0, 4, 0, 0, 8, 16, 32, 8, 32][type] ?? 0;
  if (length < needed) {
    p.field(' [bad: < ', needed);
    p.ascii(']');
    return;
  }
  if (type === 0 || type > 8) {
    if (p.verbose > 2) {
      p.ascii(' ');
      p.hexBytes(offset, length);
    }
    return;
  }
  p.ascii(' ');
  switch (type) {
    case 2:
    case 3:
      for (let i = 0; i < length; i++) p.visible(p.bytes[offset + i]);
      return;
    case 1:
      p.ipv4(offset);
      return;
    case 4:
    case 7:
      p.ipv4(offset);
      p.ascii(type === 4 ? '/' : '-');
      p.ipv4(offset + 4);
      return;
    case 5:
      p.ipv6(offset);
      return;
    case 6:
      p.ipv6(offset);
      p.ascii('/0x');
      p.hexBytes(offset + 16, 16);
      return;
    default:
      p.ipv6(offset);
      p.ascii('-');
      p.ipv6(offset + 16);
  }
}

const ERRORS = (
  ' INVALID-PAYLOAD-TYPE DOI-NOT-SUPPORTED SITUATION-NOT-SUPPORTED INVALID-COOKIE INVALID-MAJOR-VERSION ' +
  'INVALID-MINOR-VERSION INVALID-EXCHANGE-TYPE INVALID-FLAGS INVALID-MESSAGE-ID INVALID-PROTOCOL-ID INVALID-SPI ' +
  'INVALID-TRANSFORM-ID ATTRIBUTES-NOT-SUPPORTED NO-PROPOSAL-CHOSEN BAD-PROPOSAL-SYNTAX PAYLOAD-MALFORMED ' +
  'INVALID-KEY-INFORMATION INVALID-ID-INFORMATION INVALID-CERT-ENCODING INVALID-CERTIFICATE CERT-TYPE-UNSUPPORTED ' +
  'INVALID-CERT-AUTHORITY INVALID-HASH-INFORMATION AUTHENTICATION-FAILED INVALID-SIGNATURE ADDRESS-NOTIFICATION ' +
  'NOTIFY-SA-LIFETIME CERTIFICATE-UNAVAILABLE UNSUPPORTED-EXCHANGE-TYPE UNEQUAL-PAYLOAD-LENGTHS'
).split(' ');
const IPSEC_STATUS = ['RESPONDER-LIFETIME', 'REPLAY-STATUS', 'INITIAL-CONTACT'];
const LIFETIME = 24576;
const REPLAY = 24577;

function notificationName(domain: number, type: number): string {
  if (type < 8192) return named(ERRORS, type);
  if (domain === IPSEC && type < 16384) return named(['RESERVED'], type - 8192);
  if (type >= 16384 && type < 24576) return named(['CONNECTED'], type - 16384);
  if (domain === IPSEC && type >= 24576 && type < 32768) return named(IPSEC_STATUS, type - 24576);
  return `#${type}`;
}

function printNotification(p: Printer, offset: number, length: number): number {
  if (!p.has(offset, 12)) return cut(p, NOTIFICATION);
  const domain = p.view.getUint32(offset + 4);
  const protocol = p.bytes[offset + 8];
  const type = p.view.getUint16(offset + 10);
  if (domain === IPSEC) p.ascii(` doi=ipsec proto=${named(PROTOCOLS, protocol)}`);
  else p.ascii(` doi=${domain} proto=${protocol}`);
  p.ascii(` type=${notificationName(domain, type)}`);
  const size = p.bytes[offset + 9];
  if (size > 0) {
    p.ascii(' spi=');
    if (!printRaw(p, offset + 12, size)) return cut(p, NOTIFICATION);
  }
  const data = offset + 12 + size;
  if (domain !== IPSEC) return data;
  if (data < p.end) {
    if (type === LIFETIME) {
      p.ascii(' attrs=(');
      const next = printAttributes(p, data, offset + length, OAKLEY_ATTRIBUTES);
      p.ascii(')');
      if (next === NOWHERE) return cut(p, NOTIFICATION);
    } else if (type === REPLAY) {
      p.ascii(' status=(');
      p.ascii(p.u32(data) !== 0 ? 'replay detection enabled)' : 'replay detection disabled)');
    } else if (p.verbose > 3) {
      p.ascii(' data=(');
      p.hexBytes(data, p.end - data);
      p.ascii(')');
    } else if (!printSome(p, data)) return cut(p, NOTIFICATION);
  }
  return offset + length;
}

function printDelete(p: Printer, offset: number): number {
  if (!p.has(offset, 12)) return cut(p, DELETE);
  const domain = p.view.getUint32(offset + 4);
  const protocol = p.bytes[offset + 8];
  if (domain === IPSEC) p.ascii(` doi=ipsec proto=${named(PROTOCOLS, protocol)}`);
  else p.ascii(` doi=${domain} proto=${protocol}`);
  const size = p.bytes[offset + 9];
  const count = p.view.getUint16(offset + 10);
  p.field(' spilen=', size);
  p.field(' nspi=', count);
  p.ascii(' spi=');
  offset += 12;
  for (let i = 0; i < count; i++) {
    if (i > 0) p.ascii(',');
    if (!printRaw(p, offset, size)) return cut(p, DELETE);
    offset += size;
  }
  return offset;
}
