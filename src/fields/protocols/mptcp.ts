// tcp.options.mptcp.*: Multipath TCP (RFC 8684, and RFC 6824 before it).

import { MULTIPATH } from '../../wire/registry/tcp-options.ts';
import type { Field, FieldType } from '../field.ts';
import type { Layers } from '../layers.ts';
import type { Values } from '../values.ts';
import { is, ofOptions } from './tcp-options.ts';

// Multipath TCP's subtypes.
const CAPABLE = 0;
const JOIN = 1;
const DSS = 2;
const ADD_ADDRESS = 3;
const REMOVE_ADDRESS = 4;
const PRIORITY = 5;
const FAIL = 6;
const FAST_CLOSE = 7;
const RESET = 8;

/** Bits of the flags of a data sequence signal. */
const ACK_PRESENT = 1;
const ACK_LONG = 2;
const SEQUENCE_PRESENT = 4;
const SEQUENCE_LONG = 8;

/** One option of Multipath TCP, placed once for each that a field looks at. */
class Multipath {
  list!: Layers;
  i = 0;
  subtype = 0;
  length = 0;

  place(list: Layers, i: number): void {
    this.list = list;
    this.i = i;
    this.length = list.end[i] - list.at[i];
    this.subtype = this.byte(2) >> 4;
  }

  byte(place: number): number {
    return place < this.length ? this.list.view[this.i].getUint8(this.list.at[this.i] + place) : 0;
  }

  /** Where the flags are: -1 for none. */
  get flagsAt(): number {
    if (this.subtype === CAPABLE || this.subtype === DSS) return this.length > 3 ? 3 : -1;
    return this.isJoin || this.subtype === PRIORITY || this.subtype === RESET ? 2 : -1;
  }

  /** Of a SYN, or of what answers it; further joins have no flags. */
  get isJoin(): boolean {
    return this.subtype === JOIN && (this.length === 12 || this.length === 16);
  }

  /** Lengths of the messages with keys. */
  get hasKey(): boolean {
    return this.subtype === CAPABLE && [12, 20, 22, 24].includes(this.length);
  }

  get flags(): number {
    return this.byte(3);
  }

  get hasAck(): boolean {
    return this.subtype === DSS && this.length > 3 && (this.flags & ACK_PRESENT) !== 0;
  }

  get hasMapping(): boolean {
    return this.subtype === DSS && this.length > 3 && (this.flags & SEQUENCE_PRESENT) !== 0;
  }

  /** Where the mapping's sequence number is, behind the acknowledgment. */
  get mappingAt(): number {
    if (!this.hasAck) return 4;
    return (this.flags & ACK_LONG) === 0 ? 8 : 12;
  }

  /** Where what follows the sequence number is. */
  get behindSequence(): number {
    return this.mappingAt + ((this.flags & SEQUENCE_LONG) === 0 ? 4 : 8);
  }

  /** Version 0 has a version of IP where version 1 has flags. */
  get isVersion0Address(): boolean {
    const low = this.byte(2) & 15;
    return low === 4 || low === 6;
  }

  get isIpv4Address(): boolean {
    return [8, 10, 16, 18].includes(this.length);
  }
}

const multipath = new Multipath();
const scratch = new DataView(new ArrayBuffer(8 * 64));
let scratched = 0;

function mptcp(
  name: string,
  title: string,
  type: FieldType,
  read: (one: Multipath, out: Values, layer: number) => void,
  hex = false,
): Field {
  return ofOptions(
    is(MULTIPATH),
    `tcp.options.mptcp.${name}`,
    title,
    type,
    (list, i, out) => {
      multipath.place(list, i);
      if (multipath.length > 2) read(multipath, out, list.parent[i]);
    },
    hex,
  );
}

function flag(
  name: string,
  title: string,
  subtype: number,
  mask: number,
  versions?: readonly number[],
  hex = false,
): Field {
  const shift = 31 - Math.clz32(mask & -mask);
  return mptcp(
    name,
    title,
    'uint8',
    (one, out, layer) => {
      if (one.subtype !== subtype || one.length < 4) return;
      if (subtype === CAPABLE && versions !== undefined && !versions.includes(one.byte(2) & 15)) return;
      out.add(layer, (one.flags & mask) >> shift);
    },
    hex,
  );
}

/** A number of eight bytes at a place, where the option is long enough. */
function long(one: Multipath, place: number, out: Values, layer: number): void {
  if (place + 8 <= one.length) out.span(layer, one.list.view[one.i], one.list.at[one.i] + place, 8);
}

/** A number of four bytes as one of eight. */
function short(one: Multipath, place: number, out: Values, layer: number): void {
  if (place + 4 > one.length) return;
  scratched = (scratched + 1) & 63;
  scratch.setUint32(scratched * 8, 0);
  scratch.setUint32(scratched * 8 + 4, one.list.view[one.i].getUint32(one.list.at[one.i] + place));
  out.span(layer, scratch, scratched * 8, 8);
}

function word(one: Multipath, place: number, out: Values, layer: number): void {
  if (place + 2 <= one.length) out.add(layer, (one.byte(place) << 8) | one.byte(place + 1));
}

export const MULTIPATH_TCP: readonly Field[] = [
  mptcp('subtype', 'Multipath TCP subtype', 'uint8', (one, out, layer) => out.add(layer, one.subtype)),
  mptcp('version', 'Multipath TCP version', 'uint8', (one, out, layer) => {
    if (one.subtype === CAPABLE) out.add(layer, one.byte(2) & 15);
  }),
  mptcp(
    'flags',
    'Multipath TCP flags',
    'uint8',
    (one, out, layer) => {
      if (one.flagsAt >= 0) out.add(layer, one.byte(one.flagsAt));
    },
    true,
  ),
  flag('checksumreq.flags', 'Checksum required', CAPABLE, 0x80),
  flag('extensibility.flag', 'Extensibility', CAPABLE, 0x40),
  flag(
    'nomoresubflows.flag',
    'Do not attempt to establish new subflows to this address and port',
    CAPABLE,
    0x20,
    [1],
  ),
  mptcp(
    'reserved.flag',
    'Reserved',
    'uint8',
    (one, out, layer) => {
      if (one.subtype === CAPABLE && one.length > 3)
        out.add(layer, (one.flags & ((one.byte(2) & 15) === 1 ? 0x1e : 0x3e)) >> 1);
    },
    true,
  ),
  flag('sha256.flag', 'Use HMAC-SHA256', CAPABLE, 0x01, [1]),
  mptcp('sendkey', "Sender's Key", 'uint64', (one, out, layer) => {
    if (one.hasKey) long(one, 4, out, layer);
  }),
  mptcp('recvkey', "Receiver's Key", 'uint64', (one, out, layer) => {
    if (one.hasKey && one.length >= 20) long(one, 12, out, layer);
    else if (one.subtype === FAST_CLOSE) long(one, 4, out, layer);
  }),
  flag('dataackpresent.flag', 'Data ACK is present', DSS, ACK_PRESENT),
  flag('dataack8.flag', 'Data ACK is 8 octets', DSS, ACK_LONG),
  flag(
    'dseqnpresent.flag',
    'Data Sequence Number, Subflow Sequence Number, Data-level Length, Checksum present',
    DSS,
    SEQUENCE_PRESENT,
  ),
  flag('dseqn8.flag', 'Data Sequence Number is 8 octets', DSS, SEQUENCE_LONG),
  flag('datafin.flag', 'DATA_FIN', DSS, 0x10),
  mptcp('rawdataack', 'Original MPTCP Data ACK', 'uint64', (one, out, layer) => {
    if (one.hasAck) ((one.flags & ACK_LONG) === 0 ? short : long)(one, 4, out, layer);
  }),
  mptcp('rawdataseqno', 'Data Sequence Number', 'uint64', (one, out, layer) => {
    if (one.hasMapping) ((one.flags & SEQUENCE_LONG) === 0 ? short : long)(one, one.mappingAt, out, layer);
    else if (one.subtype === FAIL) long(one, 4, out, layer);
  }),
  mptcp('subflowseqno', 'Subflow Sequence Number', 'uint32', (one, out, layer) => {
    const place = one.behindSequence;
    if (one.hasMapping && place + 4 <= one.length)
      out.add(layer, one.list.view[one.i].getUint32(one.list.at[one.i] + place));
  }),
  mptcp('datalvllen', 'Data-level Length', 'uint16', (one, out, layer) => {
    if (one.hasMapping) word(one, one.behindSequence + 4, out, layer);
    else if (one.hasKey && one.length >= 22) word(one, 20, out, layer);
  }),
  mptcp('addrid', 'Address ID', 'uint8', (one, out, layer) => {
    const has =
      one.subtype === ADD_ADDRESS ||
      one.subtype === REMOVE_ADDRESS ||
      one.isJoin ||
      (one.subtype === PRIORITY && one.length === 4);
    if (!has || one.length < 4) return;
    const last = one.subtype === REMOVE_ADDRESS ? one.length : 4;
    for (let place = 3; place < last; place++) out.add(layer, one.byte(place));
  }),
  mptcp('echo', 'Echo', 'uint8', (one, out, layer) => {
    if (one.subtype === ADD_ADDRESS && !one.isVersion0Address) out.add(layer, one.byte(2) & 1);
  }),
  mptcp('ipv4', 'Advertised IPv4 Address', 'ipv4', (one, out, layer) => {
    if (one.subtype === ADD_ADDRESS && one.isIpv4Address && one.length >= 8)
      out.add(layer, one.list.view[one.i].getUint32(one.list.at[one.i] + 4));
  }),
  mptcp('addaddrtrunchmac', 'Truncated HMAC', 'uint64', (one, out, layer) => {
    const isLong = [16, 18, 28, 30].includes(one.length);
    if (one.subtype === ADD_ADDRESS && isLong) long(one, one.length - 8, out, layer);
  }),
];
