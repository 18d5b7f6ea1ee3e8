// gre.* (RFC 2784, 2890) and vxlan.* (RFC 7348, with the group policy of draft-smith-vxlan-group-policy).
import * as header from '../../wire/gre.ts';
import { type Field, field, number, type Where } from '../field.ts';

const gre: Where = (packet) => packet.gre;
const vxlan: Where = (packet) => packet.vxlan;

const greBit = (name: string, title: string, mask: number) =>
  number(gre, `gre.flags.${name}`, title, 'boolean', 0, { size: 2, mask });
const vxlanBit = (name: string, title: string, mask: number) =>
  number(vxlan, `vxlan.${name}`, title, 'boolean', 0, { size: 2, mask });

export const TUNNELS: readonly Field[] = [
  number(gre, 'gre.flags_and_version', 'Flags and Version', 'uint16', 0, { hex: true }),
  greBit('checksum', 'Checksum Bit', header.CHECKSUM),
  greBit('routing', 'Routing Bit', header.ROUTING),
  greBit('key', 'Key Bit', header.KEY),
  greBit('sequence_number', 'Sequence Number Bit', header.SEQUENCE),
  greBit('strict_source_route', 'Strict Source Route Bit', 0x0800),
  number(gre, 'gre.flags.recursion_control', 'Recursion control', 'uint16', 0, { mask: 0x0700 }),
  field('gre.flags.reserved', 'Flags (Reserved)', 'uint16', ({ gre: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      if (layers.at[i] + 2 > layers.end[i]) continue;
      const flags = layers.view[i].getUint16(layers.at[i]);
      // Version 1 has a bit for acknowledgments there (RFC 2637, 4.1).
      out.add(i, ((flags & header.VERSION) === 1 ? flags & 0x78 : flags & 0xf8) >> 3);
    }
  }),
  number(gre, 'gre.flags.version', 'Version', 'uint16', 0, { mask: 0x0007 }),
  number(gre, 'gre.proto', 'Protocol Type', 'uint16', 2, { hex: true }),
  number(vxlan, 'vxlan.flags', 'Flags', 'uint16', 0, { hex: true }),
  vxlanBit('flag_g', 'GBP Extension', 0x8000),
  vxlanBit('flag_i', 'VXLAN Network ID (VNI)', 0x0800),
  vxlanBit('flag_d', "Don't Learn", 0x0040),
  vxlanBit('flag_a', 'Policy Applied', 0x0008),
  number(vxlan, 'vxlan.flags_reserved', 'Reserved(R)', 'uint16', 0, { mask: 0x77b7, hex: true }),
  number(vxlan, 'vxlan.gbp', 'Group Policy ID', 'uint16', 2),
  number(vxlan, 'vxlan.vni', 'VXLAN Network Identifier (VNI)', 'uint24', 4),
  number(vxlan, 'vxlan.reserved8', 'Reserved', 'uint8', 7),
];
