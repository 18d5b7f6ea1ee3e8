// eth.*, vlan.*, sll.* and arp.*
import * as arp from '../../wire/arp.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Dissection } from '../dissection.ts';
import { either, type Field, type FieldType, field, number, type Read, span, type Where } from '../field.ts';
import type { Layers } from '../layers.ts';
import { COOKED_2, ENDED, WITH_LENGTH } from '../marks.ts';
import type { Values } from '../values.ts';

const eth: Where = (packet) => packet.eth;
const vlan: Where = (packet) => packet.vlan;
const arpLayers: Where = (packet) => packet.arp;

const LOCAL = 0x020000;
const GROUP = 0x010000;

const destination = span(eth, 'eth.dst', 'Destination', 'ether', 0, 6);
const source = span(eth, 'eth.src', 'Source', 'ether', 6, 6);
const bit = (name: string, title: string, place: number, mask: number) =>
  number(eth, name, title, 'boolean', place, { size: 3, mask });
const destinationLocal = bit('eth.dst.lg', 'LG bit', 0, LOCAL);
const destinationGroup = bit('eth.dst.ig', 'IG bit', 0, GROUP);
const sourceLocal = bit('eth.src.lg', 'LG bit', 6, LOCAL);
const sourceGroup = bit('eth.src.ig', 'IG bit', 6, GROUP);

/** The first half of an address: which organization it was given to. */
const organization = (name: string, title: string, place: number) =>
  number(eth, name, title, 'uint24', place, { room: place + 6 });
const destinationOrganization = organization('eth.dst.oui', 'Destination OUI', 0);
const sourceOrganization = organization('eth.src.oui', 'Source OUI', 6);

/** A field for a number of two bytes that is a type, or a length. */
function typeOrLength(where: Where, name: string, title: string, place: number, isLength: boolean): Field {
  const wanted = isLength ? WITH_LENGTH : 0;
  const read: Read = (packet, out) => {
    const layers = where(packet);
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + place;
      if (at + 2 > layers.end[i] || (layers.mark[i] & WITH_LENGTH) !== wanted) continue;
      const value = layers.view[i].getUint16(at);
      if (isLength || where !== eth || value >= LEAST_ETHER_TYPE || value === 0) out.add(i, value);
    }
  };
  return field(name, title, 'uint16', read, { hex: !isLength });
}

/** Bytes that a frame has at least without its check sequence (IEEE 802.3, 4.2.3.3), and bytes of that. */
const SHORTEST = 60;
const FCS = 4;

/** What stands behind what a frame carries. */
class Tail {
  /** Where padding, trailer, and check sequence begin, and the end: each part may be empty. */
  padding = 0;
  trailer = 0;
  fcs = 0;
  end = 0;
  isPaddingBad = false;
  /** The trailer is that of a VLAN tag. */
  isTagged = false;

  /** Places it over frame `i`; false where nothing is behind. */
  place({ eth, vlan: tags, batch, index }: Dissection, layers: Layers, i: number): boolean {
    const at = layers.at[i];
    const end = layers === eth ? layers.parent[i] : at + Math.max(batch.wire[index], batch.captured[index]);
    const from = layers.wireEnd[i];
    if ((layers.mark[i] & ENDED) === 0 || from >= end) return false;
    const isOuter = at === batch.offset[index] && layers.view[i] === batch.view;
    this.isTagged = isOuter && tags.count > 0;
    this.isPaddingBad = false;
    this.padding = from;
    this.trailer = from;
    this.fcs = end;
    this.end = end;
    if (!isOuter || end - at < SHORTEST) return true;
    const padded = Math.max(from, at + SHORTEST);
    if (padded > from) {
      this.isPaddingBad = !isZero(layers.view[i], from, Math.min(padded, layers.end[i]));
      if (!this.isPaddingBad) this.trailer = padded;
    }
    const hasRoom = end - at >= SHORTEST + FCS && end - this.trailer >= FCS;
    if (hasRoom && !this.isTagged && end <= layers.end[i]) this.fcs = end - FCS;
    return true;
  }
}

function isZero(view: DataView, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (view.getUint8(at) !== 0) return false;
  return true;
}

const tail = new Tail();

/** A part of what stands behind a frame's payload. */
function behind(
  name: string,
  title: string,
  type: FieldType,
  read: (layers: Layers, i: number, out: Values) => void,
  hex = false,
): Field {
  return field(
    name,
    title,
    type,
    (packet, out) => {
      const { eth: layers } = packet;
      for (let i = 0; i < layers.count; i++) if (tail.place(packet, layers, i)) read(layers, i, out);
    },
    { hex },
  );
}

/** Padding is shown whole or not at all. */
function whole(layers: Layers, i: number, from: number, to: number, out: Values): void {
  if (to <= layers.end[i]) part(layers, i, from, to, out);
}

function part(layers: Layers, i: number, from: number, to: number, out: Values): void {
  const end = Math.min(to, layers.end[i]);
  if (end > from) out.span(i, layers.view[i], from, end - from);
}

export const ETHERNET: readonly Field[] = [
  destination,
  source,
  either('eth.addr', 'Address', destination, source),
  typeOrLength(eth, 'eth.type', 'Type', ethernet.HEADER_LENGTH - 2, false),
  typeOrLength(eth, 'eth.len', 'Length', ethernet.HEADER_LENGTH - 2, true),
  destinationLocal,
  destinationGroup,
  sourceLocal,
  sourceGroup,
  destinationOrganization,
  sourceOrganization,
  either('eth.addr.oui', 'Address OUI', destinationOrganization, sourceOrganization),
  either('eth.lg', 'LG bit', destinationLocal, sourceLocal),
  either('eth.ig', 'IG bit', destinationGroup, sourceGroup),
  field(
    'eth.src_not_group',
    'Source MAC must not be a group address: IEEE 802.3-2002, Section 3.2.3(b)',
    'none',
    (packet, out) => {
      const layers = packet.eth;
      for (let i = 0; i < layers.count; i++)
        if (layers.at[i] + 12 <= layers.end[i] && (layers.view[i].getUint8(layers.at[i] + 6) & 1) !== 0)
          out.add(i, 1);
    },
  ),
];

export const ETHERNET_TAIL: readonly Field[] = [
  field('eth.padding', 'Padding', 'bytes', (packet, out) => {
    // Behind a cooked header it has the same name.
    for (const layers of [packet.eth, packet.sll])
      for (let i = 0; i < layers.count; i++)
        if (tail.place(packet, layers, i)) whole(layers, i, tail.padding, tail.trailer, out);
  }),
  behind(
    'eth.padding_bad',
    'Padding identification may be inaccurate and impact trailer dissector',
    'none',
    (_layers, i, out) => {
      if (tail.isPaddingBad) out.add(i, 1);
    },
  ),
  behind('eth.trailer', 'Trailer', 'bytes', (layers, i, out) => {
    if (!tail.isTagged) part(layers, i, tail.trailer, tail.fcs, out);
  }),
  behind('vlan.trailer', 'Trailer', 'bytes', (layers, i, out) => {
    if (tail.isTagged) part(layers, i, tail.trailer, tail.fcs, out);
  }),
  behind(
    'eth.fcs',
    'Frame check sequence',
    'uint32',
    (layers, i, out) => {
      if (tail.fcs < tail.end) out.add(i, layers.view[i].getUint32(tail.fcs));
    },
    true,
  ),
  // Not verified, as those of IP: status 2.
  behind('eth.fcs.status', 'FCS Status', 'uint8', (_layers, i, out) => {
    if (tail.fcs < tail.end) out.add(i, 2);
  }),
];

export const VLAN: readonly Field[] = [
  number(vlan, 'vlan.id', 'ID', 'uint16', 0, { mask: 0x0fff }),
  number(vlan, 'vlan.priority', 'Priority', 'uint16', 0, { mask: 0xe000 }),
  number(vlan, 'vlan.dei', 'DEI', 'boolean', 0, { size: 2, mask: 0x1000 }),
  typeOrLength(vlan, 'vlan.etype', 'Type', 2, false),
  typeOrLength(vlan, 'vlan.len', 'Length', 2, true),
];

/** A number of both versions' headers (linktypes LINUX_SLL and LINUX_SLL2), which stand at different places. */
function cooked(
  name: string,
  title: string,
  place: number,
  size: 1 | 2,
  place2: number,
  size2: 1 | 2,
  hex = false,
): Field {
  const read: Read = ({ sll }, out) => {
    for (let i = 0; i < sll.count; i++) {
      const second = (sll.mark[i] & COOKED_2) !== 0;
      const at = sll.at[i] + (second ? place2 : place);
      const wide = second ? size2 : size;
      if (at + wide > sll.end[i]) continue;
      if (name === 'sll.etype' && (!hasEtherType(sll, i) || sll.view[i].getUint16(at) < LEAST_ETHER_TYPE))
        continue;
      out.add(i, wide === 1 ? sll.view[i].getUint8(at) : sll.view[i].getUint16(at));
    }
  };
  return field(name, title, 'uint16', read, { hex });
}

export const COOKED: readonly Field[] = [
  cooked('sll.pkttype', 'Packet type', 0, 2, 10, 1),
  cooked('sll.hatype', 'Link-layer address type', 2, 2, 8, 2),
  cooked('sll.halen', 'Link-layer address length', 4, 2, 11, 1),
  cooked('sll.etype', 'Protocol', 14, 2, 0, 2, true),
];

/** Numbers below are those of Linux: IEEE 802.2 and others (if_ether.h). */
const LEAST_ETHER_TYPE = 0x600;

/** Of GRE and of netlink the last field is no EtherType (packet(7), the kernel's if_arp.h). */
const NO_ETHER_TYPE = [778, 824];

function hasEtherType({ view, at, end, mark }: Layers, i: number): boolean {
  const place = at[i] + ((mark[i] & COOKED_2) !== 0 ? 8 : 2);
  return place + 2 <= end[i] && !NO_ETHER_TYPE.includes(view[i].getUint16(place));
}

/** Bytes of the sender's address in a cooked header, which has room for eight. */
const ROOM = 8;

/** A part of the address of a cooked header: of `size` bytes as it says, or what is left of the room. */
function cookedAddress(name: string, title: string, type: FieldType, size: number | undefined): Field {
  return field(name, title, type, ({ sll }, out) => {
    for (let i = 0; i < sll.count; i++) {
      const second = (sll.mark[i] & COOKED_2) !== 0;
      const at = sll.at[i] + (second ? 12 : 6);
      if (at + ROOM > sll.end[i]) continue;
      const view = sll.view[i];
      const length = second ? view.getUint8(at - 1) : view.getUint16(at - 2);
      if (size === undefined) {
        if (length < ROOM) out.span(i, view, at + length, ROOM - length);
      } else if (length === size && type === 'ipv4') out.add(i, view.getUint32(at));
      else if (length === size) out.span(i, view, at, size);
    }
  });
}

export const COOKED_ADDRESS: readonly Field[] = [
  cookedAddress('sll.src.eth', 'Source', 'ether', 6),
  cookedAddress('sll.src.ipv4', 'Source', 'ipv4', 4),
  cookedAddress('sll.unused', 'Unused', 'bytes', undefined),
];

/** Where the addresses of the sender (0) or the target (1) begin, the hardware address first: both sizes are in the header. */
function addressesAt(view: DataView, at: number, which: number): number {
  const pair = view.getUint8(at + arp.HARDWARE_LENGTH) + view.getUint8(at + arp.PROTOCOL_LENGTH);
  return at + arp.HEADER_LENGTH + which * pair;
}

/** Hardware whose addresses are MAC addresses (IANA): Ethernet, IEEE 802. Protocols: IPv4, and IPv4 as AX.25 numbers it. */
const ETHERNETS = [1, 6];
const IPV4_NUMBERS = [0x0800, 0x00cc];

/** Wireshark shows the addresses of a message that was captured whole. */
function isWhole({ view, at, end }: Layers, i: number): boolean {
  return addressesAt(view[i], at[i], 2) <= end[i];
}

function hardwareAddress(name: string, title: string, which: number): Field {
  return field(name, title, 'ether', ({ arp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const view = layers.view[i];
      if (layers.at[i] + arp.HEADER_LENGTH > layers.end[i]) continue;
      if (view.getUint8(layers.at[i] + arp.HARDWARE_LENGTH) !== 6 || !isWhole(layers, i)) continue;
      if (!ETHERNETS.includes(view.getUint16(layers.at[i] + arp.HARDWARE))) continue;
      const at = addressesAt(view, layers.at[i], which);
      if (at + 6 <= layers.end[i]) out.span(i, view, at, 6);
    }
  });
}

function protocolAddress(name: string, title: string, which: number): Field {
  return field(name, title, 'ipv4', ({ arp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const view = layers.view[i];
      if (layers.at[i] + arp.HEADER_LENGTH > layers.end[i]) continue;
      if (view.getUint8(layers.at[i] + arp.PROTOCOL_LENGTH) !== 4 || !isWhole(layers, i)) continue;
      if (!IPV4_NUMBERS.includes(view.getUint16(layers.at[i] + arp.PROTOCOL))) continue;
      const at = addressesAt(view, layers.at[i], which) + view.getUint8(layers.at[i] + arp.HARDWARE_LENGTH);
      if (at + 4 <= layers.end[i]) out.add(i, view.getUint32(at));
    }
  });
}

export const ARP: readonly Field[] = [
  number(arpLayers, 'arp.hw.type', 'Hardware type', 'uint16', arp.HARDWARE),
  number(arpLayers, 'arp.proto.type', 'Protocol type', 'uint16', arp.PROTOCOL, { hex: true }),
  number(arpLayers, 'arp.hw.size', 'Hardware size', 'uint8', arp.HARDWARE_LENGTH),
  number(arpLayers, 'arp.proto.size', 'Protocol size', 'uint8', arp.PROTOCOL_LENGTH),
  number(arpLayers, 'arp.opcode', 'Opcode', 'uint16', arp.OPERATION),
  hardwareAddress('arp.src.hw_mac', 'Sender MAC address', 0),
  protocolAddress('arp.src.proto_ipv4', 'Sender IP address', 0),
  hardwareAddress('arp.dst.hw_mac', 'Target MAC address', 1),
  protocolAddress('arp.dst.proto_ipv4', 'Target IP address', 1),
];

/** Addresses of a request or reply that says who has the sender's own address, or asks for one without having one (RFC 5227). */
function stated(
  name: string,
  title: string,
  states: (sender: number, target: number, isRequest: boolean) => boolean,
) {
  return field(`arp.${name}`, title, 'boolean', ({ arp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const view = layers.view[i];
      const at = layers.at[i];
      if (at + arp.HEADER_LENGTH > layers.end[i] || !isWhole(layers, i)) continue;
      const hardware = view.getUint8(at + arp.HARDWARE_LENGTH);
      const operation = view.getUint16(at + arp.OPERATION);
      if (view.getUint8(at + arp.PROTOCOL_LENGTH) !== 4 || operation < 1 || operation > 2) continue;
      if (!IPV4_NUMBERS.includes(view.getUint16(at + arp.PROTOCOL))) continue;
      const sender = view.getUint32(addressesAt(view, at, 0) + hardware);
      const target = view.getUint32(addressesAt(view, at, 1) + hardware);
      if (states(sender, target, operation === 1)) out.add(i, 1);
    }
  });
}

export const ARP_STATES: readonly Field[] = [
  stated('isgratuitous', 'Is gratuitous', (sender, target) => sender === target),
  stated('isprobe', 'Is a probe', (sender, target, isRequest) => isRequest && sender === 0 && target !== 0),
  stated(
    'isannouncement',
    'Is an announcement',
    (sender, target, isRequest) => isRequest && sender === target,
  ),
];
