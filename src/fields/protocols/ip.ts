// ip.*: IPv4 (RFC 791).
import * as header from '../../wire/ipv4.ts';
import { either, type Field, field, ipv4, number, type Read, type Where } from '../field.ts';

const ip: Where = (packet) => packet.ip;

const source = ipv4(ip, 'ip.src', 'Source Address', header.SOURCE);
const destination = ipv4(ip, 'ip.dst', 'Destination Address', header.DESTINATION);
/** Names are not looked up: a host is its address. */
const host = (name: string, title: string, address: Field): Field => ({
  ...address,
  name,
  title,
  type: 'ipv4',
});

const flag = (name: string, title: string, mask: number) =>
  number(ip, name, title, 'boolean', header.FRAGMENT, { size: 1, mask });

const headerLength: Read = ({ ip: layers }, out) => {
  for (let i = 0; i < layers.count; i++) {
    if (layers.at[i] < layers.end[i]) out.add(i, (layers.view[i].getUint8(layers.at[i]) & 15) << 2);
  }
};

export const IP: readonly Field[] = [
  source,
  destination,
  either('ip.addr', 'Source or Destination Address', source, destination),
  host('ip.src_host', 'Source Host', source),
  host('ip.dst_host', 'Destination Host', destination),
  host('ip.host', 'Source or Destination Host', either('ip.host', '', source, destination)),
  field('ip.version', 'Version', 'uint8', (packet, out) => {
    for (const layers of [packet.ip, packet.ipv6]) {
      for (let i = 0; i < layers.count; i++)
        if (layers.at[i] < layers.end[i]) out.add(i, layers.view[i].getUint8(layers.at[i]) >> 4);
    }
  }),
  field('ip.hdr_len', 'Header Length', 'uint8', headerLength),
  number(ip, 'ip.dsfield', 'Differentiated Services Field', 'uint8', header.TOS, { hex: true }),
  number(ip, 'ip.dsfield.dscp', 'Differentiated Services Codepoint', 'uint8', header.TOS, { mask: 0xfc }),
  number(ip, 'ip.dsfield.ecn', 'Explicit Congestion Notification', 'uint8', header.TOS, { mask: 0x03 }),
  number(ip, 'ip.len', 'Total Length', 'uint16', header.TOTAL_LENGTH),
  number(ip, 'ip.id', 'Identification', 'uint16', header.IDENTIFICATION, { hex: true }),
  number(ip, 'ip.flags', 'Flags', 'uint8', header.FRAGMENT, { hex: true, mask: 0xe0 }),
  flag('ip.flags.rb', 'Reserved bit', 0x80),
  flag('ip.flags.df', "Don't fragment", 0x40),
  flag('ip.flags.mf', 'More fragments', 0x20),
  number(ip, 'ip.frag_offset', 'Fragment Offset', 'uint16', header.FRAGMENT, { mask: 0x1fff }),
  number(ip, 'ip.ttl', 'Time to Live', 'uint8', header.TTL),
  number(ip, 'ip.proto', 'Protocol', 'uint8', header.PROTOCOL),
  number(ip, 'ip.checksum', 'Header Checksum', 'uint16', header.CHECKSUM, { hex: true }),
  // Checksums of IP, TCP and UDP are not verified, for offload leaves them out: status 2.
  field('ip.checksum.status', 'Header checksum status', 'uint8', ({ ip: layers }, out) => {
    for (let i = 0; i < layers.count; i++)
      if (layers.at[i] + header.CHECKSUM + 2 <= layers.end[i]) out.add(i, 2);
  }),
];
