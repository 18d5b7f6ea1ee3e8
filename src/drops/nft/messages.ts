// Messages of nf_tables over netlink (linux/netfilter/nf_tables.h): big-endian numbers in attributes, in a batch.
import { attributes } from '../../binding/netlink.ts';

/** The multicast group of traces. */
export const NFNLGRP_NFTRACE = 9;

export const FAMILIES: Record<number, string> = {
  1: 'inet',
  2: 'ip',
  3: 'arp',
  5: 'netdev',
  7: 'bridge',
  10: 'ip6',
};

const NF_TABLES = 10;
export const NEW_TABLE = 0;
export const GET_TABLE = 1;
export const NEW_CHAIN = 3;
export const GET_CHAIN = 4;
export const NEW_RULE = 6;
const TRACE = 17;

const ERROR = 2;
const DONE = 3;
const BATCH_BEGIN = 16;
const BATCH_END = 17;

const REQUEST = 1;
const ACKNOWLEDGE = 4;
const DUMP = 0x300;
const CREATE = 0x400;
const APPEND = 0x800;
const NESTED = 0x8000;
/** struct nlmsghdr, followed by struct nfgenmsg. */
const HEADER = 16;
const GENERIC = 4;

export type Attribute = [type: number, value: number | bigint | string | Uint8Array | Attribute[]];

/** Attributes in bytes. A number is 32 bits wide, a bigint 64; a string ends with a zero byte. */
function encode(attributes: readonly Attribute[]): Buffer {
  return Buffer.concat(attributes.map(([type, value]) => attribute(type, value)));
}

function attribute(type: number, value: Attribute[1]): Buffer {
  const nested = Array.isArray(value);
  const body = nested ? encode(value) : plain(value);
  const bytes = Buffer.alloc(4 + ((body.length + 3) & ~3));
  bytes.writeUInt16LE(4 + body.length, 0);
  bytes.writeUInt16LE(nested ? type | NESTED : type, 2);
  body.copy(bytes, 4);
  return bytes;
}

function plain(value: number | bigint | string | Uint8Array): Buffer {
  if (typeof value === 'string') return Buffer.from(`${value}\0`);
  if (typeof value === 'object') return Buffer.from(value);
  const bytes = Buffer.alloc(typeof value === 'number' ? 4 : 8);
  if (typeof value === 'number') bytes.writeInt32BE(value | 0);
  else bytes.writeBigUInt64BE(value);
  return bytes;
}

function message(type: number, flags: number, family: number, resource: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEADER + GENERIC);
  bytes.writeUInt32LE(HEADER + GENERIC + body.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(REQUEST | flags, 6);
  bytes[HEADER] = family;
  bytes.writeUInt16BE(resource, HEADER + 2);
  return Buffer.concat([bytes, body]);
}

/** One batch of additions, each acknowledged: all of them are done, or none. */
export function batch(family: number, additions: readonly (readonly [type: number, Attribute[]])[]): Buffer {
  const none = new Uint8Array(0);
  return Buffer.concat([
    message(BATCH_BEGIN, 0, 0, NF_TABLES, none),
    ...additions.map(([type, attributes]) =>
      message((NF_TABLES << 8) | type, ACKNOWLEDGE | CREATE | APPEND, family, 0, encode(attributes)),
    ),
    message(BATCH_END, 0, 0, NF_TABLES, none),
  ]);
}

/** A request for a list of all of that type. */
export function dump(type: number): Buffer {
  return message((NF_TABLES << 8) | type, DUMP, 0, 0, new Uint8Array(0));
}

/** A message of nf_tables as received; `done` follows the last of a list. */
export interface Message {
  kind: 'trace' | 'other' | 'done';
  family: number;
  attributes: Map<number, Buffer>;
}

/** Reads what one receive gave. `error` is called with each acknowledgement: 0, or a negative error number. */
export function* messages(bytes: Buffer, error: (code: number) => void): Generator<Message> {
  for (let offset = 0; offset + HEADER <= bytes.length; ) {
    const length = bytes.readUInt32LE(offset);
    const type = bytes.readUInt16LE(offset + 4);
    if (length < HEADER || offset + length > bytes.length) return;
    if (type === ERROR) error(bytes.readInt32LE(offset + HEADER));
    else if (type === DONE) yield { kind: 'done', family: 0, attributes: new Map() };
    else if (type >>> 8 === NF_TABLES && length >= HEADER + GENERIC) {
      const found = attributes(bytes.subarray(offset, offset + length), HEADER + GENERIC);
      const kind = type === ((NF_TABLES << 8) | TRACE) ? 'trace' : 'other';
      yield { kind, family: bytes[offset + HEADER], attributes: found };
    }
    offset += (length + 3) & ~3;
  }
}

/** A string attribute without its final zero byte. */
export function textOf(bytes: Buffer | undefined): string {
  if (bytes === undefined) return '';
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
