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
export function wireless(packet: Packet, offset: number): Next {
  if (!readable(packet, offset, 24)) return NONE;
  const bytes = packet.batch.view;
  return dataFrame(packet, offset, bytes.getUint8(offset), bytes.getUint8(offset + 1));
}

/** The same, with the two bytes of its frame control the other way round. */
export function swapped(packet: Packet, offset: number): Next {
  if (!readable(packet, offset, 24)) return NONE;
  const bytes = packet.batch.view;
  return dataFrame(packet, offset, bytes.getUint8(offset + 1), bytes.getUint8(offset));
}

function dataFrame(packet: Packet, offset: number, control: number, flags: number): Next {
  const bytes = packet.batch.view;
  const carries = (control & 0x0c) === 0x08 && (control & 0x40) === 0;
  if (!carries || (flags & 0x40) !== 0) return NONE;
  offset += (flags & 3) === 3 ? 30 : 24;
  if ((control & 0x80) === 0) return go(packet, LLC, offset);
  if (!readable(packet, offset, 2)) return NONE;
  const aggregate = (bytes.getUint8(offset) & AGGREGATE) !== 0;
  const mesh = (bytes.getUint8(offset + 1) & MESH) !== 0 && (flags & 3) === 3;
  offset += (flags & 0x80) !== 0 ? 6 : 2;
  if (mesh) {
    // 9.2.4.8.3: flags, TTL, sequence, and none, one or two more addresses.
    if (!readable(packet, offset, 6)) return NONE;
    offset += 6 + 6 * (bytes.getUint8(offset) & 3);
  }
  return aggregate ? first(packet, offset) : go(packet, LLC, offset);
}

/** The first frame of an aggregate; more are not looked at. */
function first(packet: Packet, offset: number): Next {
  if (!readable(packet, offset, AGGREGATE_HEADER)) return NONE;
  endAt(packet, offset + AGGREGATE_HEADER + packet.batch.view.getUint16(offset + 12));
  return go(packet, LLC, offset + AGGREGATE_HEADER);
}

/** Behind radiotap: version, pad, length in the byte order of Intel. */
export function radiotap(packet: Packet, offset: number): Next {
  return readable(packet, offset, 4)
    ? go(packet, WIRELESS, offset + packet.batch.view.getUint16(offset + 2, true))
    : NONE;
}

/** Behind the header of AVS, of Prism, or, where it is neither, behind none. */
export function monitored(packet: Packet, offset: number, isAvs: boolean): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 8)) return NONE;
  if (isAvs || bytes.getUint32(offset) === AVS)
    return go(packet, WIRELESS, offset + Math.min(bytes.getUint32(offset + 4), LONGEST));
  const prism = PRISM.includes(bytes.getUint32(offset)) || PRISM.includes(bytes.getUint32(offset, true));
  return go(packet, WIRELESS, prism ? offset + PRISM_LENGTH : offset);
}

/** LWAPP (RFC 5412, 4): data, not control. */
export function lwapp(packet: Packet, offset: number): Next {
  if (!readable(packet, offset, 6) || (packet.batch.view.getUint8(offset) & 4) !== 0) return NONE;
  return go(packet, WIRELESS, offset + 6);
}

/** TZSP: version, type, protocol, and tags of which the last is an end. */
export function tzsp(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 5) || bytes.getUint8(offset) !== 1 || bytes.getUint8(offset + 1) > 1)
    return NONE;
  const protocol = bytes.getUint16(offset + 2);
  offset += 4;
  for (let tag = TZSP_PADDING; tag !== TZSP_END; ) {
    if (!readable(packet, offset, 2)) return NONE;
    tag = bytes.getUint8(offset++);
    if (tag !== TZSP_PADDING && tag !== TZSP_END) offset += 1 + bytes.getUint8(offset);
  }
  switch (protocol) {
    case TZSP_ETHERNET:
      return go(packet, MAC, offset);
    case TZSP_WIRELESS:
      return go(packet, WIRELESS, offset);
    case TZSP_PRISM:
      return monitored(packet, offset, false);
    case TZSP_AVS:
      return monitored(packet, offset, true);
  }
  return NONE;
}

/** Per-packet information: version, flags, length and link type, in the byte order of Intel. */
export function perPacket(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 8)) return NONE;
  return go(packet, LINK, offset + bytes.getUint16(offset + 2, true), bytes.getUint32(offset + 4, true));
}
