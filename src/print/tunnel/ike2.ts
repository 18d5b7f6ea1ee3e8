// The payloads of IKEv2 (RFC 7296).

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import {
  cut,
  ENCRYPTION_ATTRIBUTES,
  ESP_TRANSFORMS,
  GROUPS,
  NOWHERE,
  named,
  open,
  PROPOSAL,
  PROTOCOLS,
  payloadName,
  printAttributes,
  printRaw,
  printSome,
  TRANSFORM,
} from './ike.ts';

const FIRST = 33;
const SECURITY_ASSOCIATION = 33;
const KEY_EXCHANGE = 34;
const INITIATOR = 35;
const RESPONDER = 36;
const AUTHENTICATION = 39;
const NONCE = 40;
const NOTIFICATION = 41;
const VENDOR = 43;
export const ENCRYPTED = 46;
const LAST = 48;
/** How a notification is called in messages about it: as IKEv1's. */
const OLD_NOTIFICATION = 11;

/** The name, marked where the payload is critical. */
function printTitle(p: Printer, name: string, offset: number): void {
  p.ascii(name);
  p.ascii((p.bytes[offset + 1] & 0x80) !== 0 ? '[C]:' : ':');
}

/** True for a payload of IKEv2, but the encrypted one: what that says follows it is inside of it. */
export function isVersion2(payload: number): boolean {
  return payload >= FIRST && payload <= LAST && payload !== ENCRYPTED;
}

export function printEncrypted(p: Printer, payload: number, offset: number, length: number): void {
  printTitle(p, payloadName(payload), offset);
  p.field(' len=', length - 4);
  if (length > 8) printBytes(p, offset, length);
}

export function printPayload2(
  p: Printer,
  payload: number,
  offset: number,
  length: number,
  depth: number,
): number {
  switch (payload) {
    case SECURITY_ASSOCIATION:
      return printAssociation(p, payload, offset, length, depth);
    case KEY_EXCHANGE:
      return printKeyExchange(p, payload, offset, length);
    case INITIATOR:
    case RESPONDER:
      return printIdentification(p, payload, offset, length);
    case AUTHENTICATION:
      return printAuthentication(p, payload, offset, length);
    case NONCE:
      return printNonce(p, payload, offset, length);
    case NOTIFICATION:
      return printNotification(p, offset, length);
    case VENDOR:
      printTitle(p, payloadName(payload), offset);
      p.field(' len=', length - 4);
      p.ascii(' vid=');
      printVisible(p, offset + 4, length - 4);
      if (length > 8) printBytes(p, offset, length);
      return offset + length;
  }
  printTitle(p, payloadName(payload), offset);
  p.field(' len=', length - 4);
  printBytes(p, offset, length);
  return offset + length;
}

/** With -vvv the bytes of a payload. */
function printBytes(p: Printer, offset: number, length: number): void {
  if (p.verbose < 3) return;
  p.ascii(' ');
  p.hexBytes(offset + 4, length - 4);
}

function printVisible(p: Printer, offset: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const byte = p.bytes[offset + i];
    p.out.byte(byte >= 0x20 && byte <= 0x7e ? byte : 0x2e);
  }
}

/**
 * The parts of a payload, one in brackets each. The first is of type `part`, and what comes behind it says of what type
 * it is. Returns where they end, or NOWHERE.
 */
function printParts(
  p: Printer,
  payload: number,
  part: number,
  offset: number,
  left: number,
  depth: number,
  print: (offset: number, length: number, count: number) => number,
): number {
  let type = part;
  for (let count = 1; type !== 0; count++) {
    if (left < 4) return tooLong(p, payload, offset + left);
    if (!p.has(offset, 4)) return cut(p, payload);
    const length = p.view.getUint16(offset + 2);
    if (length <= 4) return cut(p, payload);
    if (left < length) return tooLong(p, payload, offset + left);
    if (!p.has(offset, length)) return cut(p, payload);
    open(p, depth);
    const next = type === part ? print(offset, length, count) : offset + length;
    if (type !== part) p.ascii(payloadName(type));
    if (next === NOWHERE) return NOWHERE;
    p.ascii(')');
    left -= length;
    type = p.bytes[offset];
    offset = next;
  }
  return offset;
}

function tooLong(p: Printer, payload: number, next: number): number {
  cut(p, payload);
  return next;
}

function printAssociation(
  p: Printer,
  payload: number,
  offset: number,
  length: number,
  depth: number,
): number {
  printTitle(p, 'sa', offset);
  p.field(' len=', length - 4);
  return printParts(p, payload, PROPOSAL, offset + 4, length - 4, depth + 1, (proposal, size) =>
    printProposal(p, proposal, size, depth + 2),
  );
}

function printProposal(p: Printer, offset: number, length: number, depth: number): number {
  if (!p.has(offset, 8)) return cut(p, PROPOSAL);
  printTitle(p, payloadName(PROPOSAL), offset);
  p.field(' #', p.bytes[offset + 4]);
  p.ascii(` protoid=${named(PROTOCOLS, p.bytes[offset + 5])}`);
  p.field(' transform=', p.bytes[offset + 7]);
  p.field(' len=', length);
  const size = p.bytes[offset + 6];
  let left = length - 4;
  offset += 8;
  if (size > 0) {
    if (left < size) return tooLong(p, PROPOSAL, offset + left);
    p.ascii(' spi=');
    if (!printRaw(p, offset, size)) return cut(p, PROPOSAL);
    offset += size;
    left -= size;
  }
  return printParts(p, PROPOSAL, TRANSFORM, offset, left, depth, (transform, bytes, count) =>
    printTransform(p, transform, bytes, count),
  );
}

const TRANSFORM_TYPES = ['', 'encr', 'prf', 'integ', 'dh', 'esn'];
/** Names of transforms, by their type. */
const TRANSFORMS = [
  [],
  ESP_TRANSFORMS,
  ['', 'hmac-md5', 'hmac-sha', 'hmac-tiger', 'aes128_xcbc'],
  ['', 'hmac-md5', 'hmac-sha', 'dec-mac', 'kpdk-md5', 'aes-xcbc'],
  GROUPS,
  ['no-esn', 'esn'],
];

function printTransform(p: Printer, offset: number, length: number, count: number): number {
  if (!p.has(offset, 8)) return cut(p, TRANSFORM);
  printTitle(p, payloadName(TRANSFORM), offset);
  const type = p.bytes[offset + 4];
  const id = p.view.getUint16(offset + 6);
  const names = type === 0 ? undefined : TRANSFORMS[type];
  p.field(' #', count);
  p.ascii(` type=${named(TRANSFORM_TYPES, type)} id=${names === undefined ? id : named(names, id)} `);
  const next = printAttributes(p, offset + 8, offset + length, type === 1 ? ENCRYPTION_ATTRIBUTES : []);
  if (next === NOWHERE) return cut(p, TRANSFORM);
  if (p.end < offset + length) p.ascii('...');
  return next;
}

function printKeyExchange(p: Printer, payload: number, offset: number, length: number): number {
  if (!p.has(offset, 8)) return cut(p, payload);
  printTitle(p, payloadName(payload), offset);
  if (length < 8) {
    p.field(' len=', length);
    p.ascii(' < 8');
    return offset + length;
  }
  p.field(' len=', length - 8);
  p.ascii(` group=${named(GROUPS, p.view.getUint16(offset + 4))}`);
  if (p.verbose > 2 && length > 8) {
    p.ascii(' ');
    p.hexBytes(offset + 8, length - 8);
  }
  return offset + length;
}

const IDENTITIES: Names = new Map([
  [1, 'ipv4'],
  [2, 'fqdn'],
  [3, 'rfc822'],
  [5, 'ipv6'],
  [9, 'dn'],
  [10, 'gn'],
  [11, 'keyid'],
]);

function printIdentification(p: Printer, payload: number, offset: number, length: number): number {
  if (!p.has(offset, 8)) return cut(p, payload);
  printTitle(p, payloadName(payload), offset);
  p.field(' len=', length - 4);
  printBytes(p, offset, length);
  const type = p.bytes[offset + 4];
  const name = IDENTITIES.get(type);
  if (name === undefined) return offset + length;
  p.ascii(` ${name}:`);
  // A length below the header's wraps around in tcpdump, to more than any packet has.
  if (length < 8) return cut(p, payload);
  if (type === 2 || type === 3) printVisible(p, offset + 8, length - 8);
  else p.hexBytes(offset + 8, length - 8);
  return offset + length;
}

const METHODS = ['invalid', 'rsasig', 'shared-secret', 'dsssig'];

function printAuthentication(p: Printer, payload: number, offset: number, length: number): number {
  if (!p.has(offset, 8)) return cut(p, payload);
  printTitle(p, payloadName(payload), offset);
  p.field(' len=', length - 4);
  p.ascii(` method=${named(METHODS, p.bytes[offset + 4])}`);
  if (p.verbose > 1) {
    p.ascii(' authdata=(');
    if (length < 8 || !printRaw(p, offset + 8, length - 8)) return cut(p, payload);
    p.ascii(') ');
  } else if (!printSome(p, offset + 8)) return cut(p, payload);
  return offset + length;
}

function printNonce(p: Printer, payload: number, offset: number, length: number): number {
  printTitle(p, 'nonce', offset);
  p.field(' len=', length - 4);
  if (p.verbose > 1) {
    p.ascii(' nonce=(');
    p.hexBytes(offset + 4, length - 4);
    p.ascii(') ');
  } else if (!printSome(p, offset + 4)) return cut(p, payload);
  return offset + length;
}

/** What a notification says; with `+` where the index of the association it is about is shown. */
const NOTIFICATIONS: Names = new Map([
  [1, 'unsupported_critical_payload'],
  [4, '+invalid_ike_spi'],
  [5, 'invalid_major_version'],
  [7, '+invalid_syntax'],
  [9, '+invalid_message_id'],
  [11, '+invalid_spi'],
  [14, '+no_protocol_chosen'],
  [17, '+invalid_ke_payload'],
  [24, '+authentication_failed'],
  [34, '+single_pair_required'],
  [35, 'no_additional_sas'],
  [36, 'internal_address_failure'],
  [37, 'failed:cp_required'],
  [39, 'invalid_selectors'],
  [16384, 'initial_contact'],
  [16385, 'set_window_size'],
  [16386, 'additional_ts_possible'],
  [16387, 'ipcomp_supported'],
  [16388, '+nat_detection_source_ip'],
  [16389, '+nat_detection_destination_ip'],
  [16390, '+cookie'],
  [16391, 'use_transport_mode'],
  [16392, 'http_cert_lookup_supported'],
  [16393, '+rekey_sa'],
  [16394, 'tfc_padding_not_supported'],
  [16395, 'non_first_fragment_also'],
]);
const COOKIE = 16390;

function notificationName(type: number): string {
  if (type < 8192) return '+error';
  if (type < 16384) return '+private-error';
  return type < 40960 ? '+status' : '+private-status';
}

function printNotification(p: Printer, offset: number, length: number): number {
  if (!p.has(offset, 8)) return cut(p, OLD_NOTIFICATION);
  printTitle(p, payloadName(OLD_NOTIFICATION), offset);
  p.ascii(` prot_id=${named(PROTOCOLS, p.bytes[offset + 4])}`);
  const type = p.view.getUint16(offset + 6);
  const name = NOTIFICATIONS.get(type) ?? notificationName(type);
  const indexed = name[0] === '+';
  p.ascii(` type=${type}(${indexed ? name.slice(1) : name})`);
  const size = p.bytes[offset + 5];
  if (indexed && size > 0) {
    p.ascii(' spi=');
    if (!printRaw(p, offset + 8, size)) return cut(p, OLD_NOTIFICATION);
  }
  const data = offset + 8 + size;
  if (data < p.end) {
    if (p.verbose > 3 || (type === COOKIE && p.end - data < 30)) {
      p.ascii(' data=(');
      p.hexBytes(data, p.end - data);
      p.ascii(')');
    } else if (type === COOKIE && !printSome(p, data)) return cut(p, OLD_NOTIFICATION);
  }
  return offset + length;
}
