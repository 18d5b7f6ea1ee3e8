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
export function arcnet(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8)) return NONE;
  const protocol = bytes.getUint8(at);
  if (protocol === ARCNET_IP_1051) return go(packet, TYPE, at + 1, ethertype.IPV4);
  // The exception stands before the same once more.
  const from = bytes.getUint8(at + 1) === EXCEPTION ? at + 4 : at;
  if (protocol === ARCNET_IP_1201) return go(packet, TYPE, from + 4, ethertype.IPV4);
  return protocol === ARCNET_IPV6 ? go(packet, TYPE, from + 4, ethertype.IPV6) : NONE;
}

/** IEEE 802.5: access and frame control, addresses, and a route where the source's first bit says so. */
export function tokenRing(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 16)) return NONE;
  const routed = (bytes.getUint8(at + 8) & 0x80) !== 0;
  return go(packet, LLC, at + 14 + (routed ? bytes.getUint8(at + 14) & 0x1f : 0));
}

/** Linux's netfilter log: TLVs in host order, of which one is the packet, from its network header on. */
export function nflog(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  at += 4;
  while (readable(packet, at, 4)) {
    const length = bytes.getUint16(at, true);
    if (length < 4) return NONE;
    if (bytes.getUint16(at + 2, true) === NFLOG_PACKET) {
      endAt(packet, at + length);
      return go(packet, VERSION, at + 4);
    }
    at += (length + 3) & ~3;
  }
  return NONE;
}

/** Endace's extensible record format: time, type, flags, lengths, and more headers of eight bytes. */
export function erf(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, ERF_HEADER)) return NONE;
  const type = bytes.getUint8(at + 8) & 0x7f;
  endAt(packet, at + bytes.getUint16(at + 10));
  let more = bytes.getUint8(at + 8);
  at += ERF_HEADER;
  while ((more & ERF_MORE) !== 0) {
    if (!readable(packet, at, 8)) return NONE;
    more = bytes.getUint8(at);
    at += 8;
  }
  if (ERF_ETHERNET.includes(type)) return go(packet, MAC, at + 2);
  if (type === ERF_IPV4 || type === ERF_IPV6) return go(packet, VERSION, at);
  if (!ERF_SERIAL.includes(type) || !readable(packet, at, 2)) return NONE;
  const address = bytes.getUint16(at);
  if (address === 0x0f00 || address === 0x8f00) return go(packet, HDLC, at);
  return go(packet, address === ADDRESS_AND_CONTROL ? PPP : FRAME_RELAY, at);
}

/** Wireshark's exported PDUs: tags, and what a dissector named there would read. */
export function exported(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  let name = 0;
  while (readable(packet, at, 6)) {
    const tag = bytes.getUint16(at);
    const length = bytes.getUint16(at + 2);
    if (tag === DISSECTOR) name = bytes.getUint16(at + 4);
    at += 4 + length;
    if (tag !== 0) continue;
    if (name === NAME_IP) return go(packet, VERSION, at);
    return name === NAME_ETHERNET ? go(packet, MAC, at) : NONE;
  }
  return NONE;
}

/** Juniper's routers: a header, and behind it what the link type says. */
export function juniper(packet: Packet, at: number, linkType: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8) || bytes.getUint32(at) >>> 8 !== JUNIPER_MAGIC) return NONE;
  const flags = bytes.getUint8(at + 3);
  if ((flags & JUNIPER_NO_LINK) !== 0) return NONE;
  at += (flags & JUNIPER_EXTENDED) === 0 ? 4 : 6 + bytes.getUint16(at + 4);
  switch (linkType) {
    case link.JUNIPER_ETHER:
    case link.JUNIPER_PPPOE:
      return go(packet, MAC, at);
    case link.JUNIPER_PPP:
      return go(packet, PPP, at);
    case link.JUNIPER_FRELAY:
      return go(packet, FRAME_RELAY, at);
    case link.JUNIPER_CHDLC:
      return go(packet, HDLC, at);
    case link.JUNIPER_ATM1:
      return go(packet, LLC, at + 4);
    case link.JUNIPER_ATM2:
      return go(packet, LLC, at + 8);
    case link.JUNIPER_VP:
      return go(packet, VERSION, at + 18);
  }
  return NONE;
}
