// ipv6.*: IPv6 (RFC 8200).
import * as header from '../../wire/ipv6.ts';
import { either, type Field, number, span, type Where } from '../field.ts';

const ipv6: Where = (packet) => packet.ipv6;

const source = span(ipv6, 'ipv6.src', 'Source Address', 'ipv6', header.SOURCE, 16);
const destination = span(ipv6, 'ipv6.dst', 'Destination Address', 'ipv6', header.DESTINATION, 16);
const host = (name: string, title: string, address: Field): Field => ({ ...address, name, title });

export const IPV6: readonly Field[] = [
  source,
  destination,
  either('ipv6.addr', 'Source or Destination Address', source, destination),
  host('ipv6.src_host', 'Source Host', source),
  host('ipv6.dst_host', 'Destination Host', destination),
  either('ipv6.host', 'Source or Destination Host', source, destination),
  number(ipv6, 'ipv6.version', 'Version', 'uint8', 0, { mask: 0xf0 }),
  number(ipv6, 'ipv6.tclass', 'Traffic Class', 'uint32', 0, { mask: 0x0ff00000, hex: true }),
  number(ipv6, 'ipv6.tclass.dscp', 'Differentiated Services Codepoint', 'uint32', 0, { mask: 0x0fc00000 }),
  number(ipv6, 'ipv6.tclass.ecn', 'Explicit Congestion Notification', 'uint32', 0, { mask: 0x00300000 }),
  number(ipv6, 'ipv6.flow', 'Flow Label', 'uint24', 1, { mask: 0x0fffff, hex: true }),
  number(ipv6, 'ipv6.plen', 'Payload Length', 'uint16', header.PAYLOAD_LENGTH),
  number(ipv6, 'ipv6.nxt', 'Next Header', 'uint8', header.NEXT_HEADER),
  number(ipv6, 'ipv6.hlim', 'Hop Limit', 'uint8', header.HOP_LIMIT),
];
