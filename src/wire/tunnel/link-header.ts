// Headers of link types that take more than a line: ARCNET, token ring, NFLOG, ERF, exported PDUs, Juniper's.
import * as link from '../linktype.ts';
import type { Packet } from '../packet.ts';
import { ADDRESS_AND_CONTROL } from '../ppp.ts';
import * as ethertype from '../registry/ethertypes.ts';
import {
  endAt,
  FRAME_RELAY,
  go,
  HDLC,
  LLC,
  MAC,
  type Next,
  NONE,
  PPP,
  readable,
  TYPE,
  VERSION,
} from './next.ts';

// ARCNET protocols: IP by RFC 1051, IP by RFC 1201, IPv6 (RFC 2497).
const ARCNET_IP_1051 = 0xf0;
const ARCNET_IP_1201 = 0xd4;
const ARCNET_IPV6 = 0xc4;
/** The split flag of a packet that its sender had to make longer. */
const EXCEPTION = 0xff;

/** NFLOG: the type of the packet among its TLVs. */
const NFLOG_PACKET = 9;

// ERF: bytes of the header, more headers follow, types.
const ERF_HEADER = 16;
const ERF_MORE = 0x80;
const ERF_ETHERNET: readonly number[] = [2, 11, 16, 20];
const ERF_SERIAL: readonly number[] = [1, 10, 15, 17];
const ERF_IPV4 = 22;
const ERF_IPV6 = 23;

/** Exported PDUs: the tag of a dissector's name. */
const DISSECTOR = 12;
/** `ip` and `et`, with which the names of those begin that are looked into. */
const NAME_IP = 0x6970;
const NAME_ETHERNET = 0x6574;

/** Juniper: `MGC`, bytes of the header, and flags for more of it and for no link layer. */
const JUNIPER_MAGIC = 0x4d4743;
const JUNIPER_EXTENDED = 0x80;
const JUNIPER_NO_LINK = 0x02;

/** ARCNET from the protocol on: RFC 1051 has nothing behind it, RFC 1201 a split flag and a sequence number. */
export function arcnet(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 8)) return NONE;
  const protocol = bytes.getUint8(offset);
  if (protocol === ARCNET_IP_1051) return go(packet, TYPE, offset + 1, ethertype.IPV4);
  // The exception stands before the same once more.
  const from = bytes.getUint8(offset + 1) === EXCEPTION ? offset + 4 : offset;
  if (protocol === ARCNET_IP_1201) return go(packet, TYPE, from + 4, ethertype.IPV4);
  return protocol === ARCNET_IPV6 ? go(packet, TYPE, from + 4, ethertype.IPV6) : NONE;
}

/** IEEE 802.5: access and frame control, addresses, and a route where the source's first bit says so. */
export function tokenRing(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 16)) return NONE;
  const routed = (bytes.getUint8(offset + 8) & 0x80) !== 0;
  return go(packet, LLC, offset + 14 + (routed ? bytes.getUint8(offset + 14) & 0x1f : 0));
}

/** Linux's netfilter log: TLVs in host order, of which one is the packet, from its network header on. */
export function nflog(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  offset += 4;
  while (readable(packet, offset, 4)) {
    const length = bytes.getUint16(offset, true);
    if (length < 4) return NONE;
    if (bytes.getUint16(offset + 2, true) === NFLOG_PACKET) {
      endAt(packet, offset + length);
      return go(packet, VERSION, offset + 4);
    }
    offset += (length + 3) & ~3;
  }
  return NONE;
}

/** Endace's extensible record format: time, type, flags, lengths, and more headers of eight bytes. */
export function erf(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, ERF_HEADER)) return NONE;
  const type = bytes.getUint8(offset + 8) & 0x7f;
  endAt(packet, offset + bytes.getUint16(offset + 10));
  let more = bytes.getUint8(offset + 8);
  offset += ERF_HEADER;
  while ((more & ERF_MORE) !== 0) {
    if (!readable(packet, offset, 8)) return NONE;
    more = bytes.getUint8(offset);
    offset += 8;
  }
  if (ERF_ETHERNET.includes(type)) return go(packet, MAC, offset + 2);
  if (type === ERF_IPV4 || type === ERF_IPV6) return go(packet, VERSION, offset);
  if (!ERF_SERIAL.includes(type) || !readable(packet, offset, 2)) return NONE;
  const address = bytes.getUint16(offset);
  if (address === 0x0f00 || address === 0x8f00) return go(packet, HDLC, offset);
  return go(packet, address === ADDRESS_AND_CONTROL ? PPP : FRAME_RELAY, offset);
}

/** Wireshark's exported PDUs: tags, and what a dissector named there would read. */
export function exported(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  let name = 0;
  while (readable(packet, offset, 6)) {
    const tag = bytes.getUint16(offset);
    const length = bytes.getUint16(offset + 2);
    if (tag === DISSECTOR) name = bytes.getUint16(offset + 4);
    offset += 4 + length;
    if (tag !== 0) continue;
    if (name === NAME_IP) return go(packet, VERSION, offset);
    return name === NAME_ETHERNET ? go(packet, MAC, offset) : NONE;
  }
  return NONE;
}

/** Juniper's routers: a header, and behind it what the link type says. */
export function juniper(packet: Packet, offset: number, linkType: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 8) || bytes.getUint32(offset) >>> 8 !== JUNIPER_MAGIC) return NONE;
  const flags = bytes.getUint8(offset + 3);
  if ((flags & JUNIPER_NO_LINK) !== 0) return NONE;
  offset += (flags & JUNIPER_EXTENDED) === 0 ? 4 : 6 + bytes.getUint16(offset + 4);
  switch (linkType) {
    case link.JUNIPER_ETHER:
    case link.JUNIPER_PPPOE:
      return go(packet, MAC, offset);
    case link.JUNIPER_PPP:
      return go(packet, PPP, offset);
    case link.JUNIPER_FRELAY:
      return go(packet, FRAME_RELAY, offset);
    case link.JUNIPER_CHDLC:
      return go(packet, HDLC, offset);
    case link.JUNIPER_ATM1:
      return go(packet, LLC, offset + 4);
    case link.JUNIPER_ATM2:
      return go(packet, LLC, offset + 8);
    case link.JUNIPER_VP:
      return go(packet, VERSION, offset + 18);
  }
  return NONE;
}
