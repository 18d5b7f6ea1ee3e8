// IEEE 802.11, and what stands before its frames: radiotap, Prism, AVS, TZSP.
import type { Packet } from '../packet.ts';
import { endAt, go, LINK, LLC, MAC, type Next, NONE, readable, WIRELESS } from './next.ts';

// Headers before IEEE 802.11: AVS's first word, Prism's message codes and length.
const AVS = 0x80211001;
const PRISM: readonly number[] = [0x41, 0x44];
const PRISM_LENGTH = 144;
/** No header is longer, whatever it says. */
const LONGEST = 0xffff;

/** Bits of the QoS control field: an aggregate of several, and a mesh control behind it. */
const AGGREGATE = 0x80;
const MESH = 0x01;
/** An aggregate's header of each: addresses and length. */
const AGGREGATE_HEADER = 14;

// TZSP: versions and types that carry a frame, tags without a length, protocols.
const TZSP_PADDING = 0;
const TZSP_END = 1;
const TZSP_ETHERNET = 1;
const TZSP_WIRELESS = 0x12;
const TZSP_PRISM = 0x77;
const TZSP_AVS = 0x7f;

/** A data frame (IEEE 802.11, 9.3.2), where it is not encrypted. */
export function wireless(packet: Packet, at: number): Next {
  if (!readable(packet, at, 24)) return NONE;
  const bytes = packet.batch.view;
  return dataFrame(packet, at, bytes.getUint8(at), bytes.getUint8(at + 1));
}

/** The same, with the two bytes of its frame control the other way round. */
export function swapped(packet: Packet, at: number): Next {
  if (!readable(packet, at, 24)) return NONE;
  const bytes = packet.batch.view;
  return dataFrame(packet, at, bytes.getUint8(at + 1), bytes.getUint8(at));
}

function dataFrame(packet: Packet, at: number, control: number, flags: number): Next {
  const bytes = packet.batch.view;
  const carries = (control & 0x0c) === 0x08 && (control & 0x40) === 0;
  if (!carries || (flags & 0x40) !== 0) return NONE;
  at += (flags & 3) === 3 ? 30 : 24;
  if ((control & 0x80) === 0) return go(packet, LLC, at);
  if (!readable(packet, at, 2)) return NONE;
  const aggregate = (bytes.getUint8(at) & AGGREGATE) !== 0;
  const mesh = (bytes.getUint8(at + 1) & MESH) !== 0 && (flags & 3) === 3;
  at += (flags & 0x80) !== 0 ? 6 : 2;
  if (mesh) {
    // 9.2.4.8.3: flags, TTL, sequence, and none, one or two more addresses.
    if (!readable(packet, at, 6)) return NONE;
    at += 6 + 6 * (bytes.getUint8(at) & 3);
  }
  return aggregate ? first(packet, at) : go(packet, LLC, at);
}

/** The first frame of an aggregate; more are not looked at. */
function first(packet: Packet, at: number): Next {
  if (!readable(packet, at, AGGREGATE_HEADER)) return NONE;
  endAt(packet, at + AGGREGATE_HEADER + packet.batch.view.getUint16(at + 12));
  return go(packet, LLC, at + AGGREGATE_HEADER);
}

/** Behind radiotap: version, pad, length in the byte order of Intel. */
export function radiotap(packet: Packet, at: number): Next {
  return readable(packet, at, 4)
    ? go(packet, WIRELESS, at + packet.batch.view.getUint16(at + 2, true))
    : NONE;
}

/** Behind the header of AVS, of Prism, or, where it is neither, behind none. */
export function monitored(packet: Packet, at: number, isAvs: boolean): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8)) return NONE;
  if (isAvs || bytes.getUint32(at) === AVS)
    return go(packet, WIRELESS, at + Math.min(bytes.getUint32(at + 4), LONGEST));
  const prism = PRISM.includes(bytes.getUint32(at)) || PRISM.includes(bytes.getUint32(at, true));
  return go(packet, WIRELESS, prism ? at + PRISM_LENGTH : at);
}

/** LWAPP (RFC 5412, 4): data, not control. */
export function lwapp(packet: Packet, at: number): Next {
  if (!readable(packet, at, 6) || (packet.batch.view.getUint8(at) & 4) !== 0) return NONE;
  return go(packet, WIRELESS, at + 6);
}

/** TZSP: version, type, protocol, and tags of which the last is an end. */
export function tzsp(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 5) || bytes.getUint8(at) !== 1 || bytes.getUint8(at + 1) > 1) return NONE;
  const protocol = bytes.getUint16(at + 2);
  at += 4;
  for (let tag = TZSP_PADDING; tag !== TZSP_END; ) {
    if (!readable(packet, at, 2)) return NONE;
    tag = bytes.getUint8(at++);
    if (tag !== TZSP_PADDING && tag !== TZSP_END) at += 1 + bytes.getUint8(at);
  }
  switch (protocol) {
    case TZSP_ETHERNET:
      return go(packet, MAC, at);
    case TZSP_WIRELESS:
      return go(packet, WIRELESS, at);
    case TZSP_PRISM:
      return monitored(packet, at, false);
    case TZSP_AVS:
      return monitored(packet, at, true);
  }
  return NONE;
}

/** Per-packet information: version, flags, length and link type, in the byte order of Intel. */
export function perPacket(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8)) return NONE;
  return go(packet, LINK, at + bytes.getUint16(at + 2, true), bytes.getUint32(at + 4, true));
}
