// ipv6.*: IPv6 (RFC 8200).

import { Text } from '../../base/text.ts';
import { writeIpv6 } from '../../print/engine/address.ts';
import * as header from '../../wire/ipv6.ts';
import { either, type Field, field, number, span, type Where } from '../field.ts';
import { Values } from '../values.ts';

const ipv6: Where = (packet) => packet.ipv6;

const source = span(ipv6, 'ipv6.src', 'Source Address', 'ipv6', header.SOURCE, 16);
const destination = span(ipv6, 'ipv6.dst', 'Destination Address', 'ipv6', header.DESTINATION, 16);
/** Names are not looked up: a host is its address, as text. */
function host(name: string, title: string, address: Field): Field {
  const addresses = new Values();
  const text = new Text(64);
  return field(name, title, 'string', (packet, out) => {
    addresses.count = 0;
    address.read(packet, addresses);
    for (let i = 0; i < addresses.count; i++) {
      text.clear();
      writeIpv6(text, addresses.view[i], addresses.offset[i]);
      packet.texts.copy(out, addresses.layer[i], text.bytes, text.length);
    }
  });
}

/** The MAC address that an interface identifier was made of: ff:fe in its middle (RFC 4291, appendix A). */
function slaac(name: string, title: string, place: number): Field {
  return field(name, title, 'ether', ({ ipv6: layers, texts }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + place;
      if (layers.at[i] + header.HEADER_LENGTH > layers.end[i]) continue;
      const view = layers.view[i];
      if (view.getUint16(at + 11) !== 0xfffe || (view.getUint8(at + 8) & 2) === 0) continue;
      texts.reserve(6);
      const start = texts.length;
      for (const k of [8, 9, 10, 13, 14, 15]) texts.byte(view.getUint8(at + k) ^ (k === 8 ? 2 : 0));
      texts.end(out, i, start);
    }
  });
}

const sourceMac = slaac('ipv6.src_slaac_mac', 'Source SLAAC MAC', header.SOURCE);
const destinationMac = slaac('ipv6.dst_slaac_mac', 'Destination SLAAC MAC', header.DESTINATION);

export const IPV6: readonly Field[] = [
  source,
  destination,
  either('ipv6.addr', 'Source or Destination Address', source, destination),
  host('ipv6.src_host', 'Source Host', source),
  host('ipv6.dst_host', 'Destination Host', destination),
  host('ipv6.host', 'Source or Destination Host', either('ipv6.addr', '', source, destination)),
  sourceMac,
  destinationMac,
  either('ipv6.slaac_mac', 'SLAAC MAC', sourceMac, destinationMac),
  number(ipv6, 'ipv6.version', 'Version', 'uint8', 0, { mask: 0xf0 }),
  number(ipv6, 'ipv6.tclass', 'Traffic Class', 'uint32', 0, { mask: 0x0ff00000, hex: true }),
  number(ipv6, 'ipv6.tclass.dscp', 'Differentiated Services Codepoint', 'uint32', 0, { mask: 0x0fc00000 }),
  number(ipv6, 'ipv6.tclass.ecn', 'Explicit Congestion Notification', 'uint32', 0, { mask: 0x00300000 }),
  number(ipv6, 'ipv6.flow', 'Flow Label', 'uint24', 1, { mask: 0x0fffff, hex: true }),
  number(ipv6, 'ipv6.plen', 'Payload Length', 'uint16', header.PAYLOAD_LENGTH, { room: header.HOP_LIMIT }),
  number(ipv6, 'ipv6.nxt', 'Next Header', 'uint8', header.NEXT_HEADER),
  number(ipv6, 'ipv6.hlim', 'Hop Limit', 'uint8', header.HOP_LIMIT),
];
