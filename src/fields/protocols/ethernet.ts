// eth.*, vlan.*, sll.* and arp.*
import * as arp from '../../wire/arp.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { COOKED_2, WITH_LENGTH } from '../dissection.ts';
import { either, type Field, field, ipv4, number, type Read, span, type Where } from '../field.ts';

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

/** A field for a number of two bytes that is a type, or a length. */
function typeOrLength(where: Where, name: string, title: string, place: number, isLength: boolean): Field {
  const wanted = isLength ? WITH_LENGTH : 0;
  const read: Read = (packet, out) => {
    const layers = where(packet);
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + place;
      if (at + 2 <= layers.end[i] && (layers.mark[i] & WITH_LENGTH) === wanted)
        out.add(i, layers.view[i].getUint16(at));
    }
  };
  return field(name, title, 'uint16', read, { hex: !isLength });
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

export const ARP: readonly Field[] = [
  number(arpLayers, 'arp.hw.type', 'Hardware type', 'uint16', arp.HARDWARE),
  number(arpLayers, 'arp.proto.type', 'Protocol type', 'uint16', arp.PROTOCOL, { hex: true }),
  number(arpLayers, 'arp.hw.size', 'Hardware size', 'uint8', arp.HARDWARE_LENGTH),
  number(arpLayers, 'arp.proto.size', 'Protocol size', 'uint8', arp.PROTOCOL_LENGTH),
  number(arpLayers, 'arp.opcode', 'Opcode', 'uint16', arp.OPERATION),
  span(arpLayers, 'arp.src.hw_mac', 'Sender MAC address', 'ether', arp.HEADER_LENGTH, 6),
  ipv4(arpLayers, 'arp.src.proto_ipv4', 'Sender IP address', arp.HEADER_LENGTH + 6),
  span(arpLayers, 'arp.dst.hw_mac', 'Target MAC address', 'ether', arp.HEADER_LENGTH + 10, 6),
  ipv4(arpLayers, 'arp.dst.proto_ipv4', 'Target IP address', arp.HEADER_LENGTH + 16),
];
