// gre.* (RFC 2784, 2890) and vxlan.* (RFC 7348, with the group policy of draft-smith-vxlan-group-policy).
import * as header from '../../wire/gre.ts';
import { type Field, field, number, type Where } from '../field.ts';
import type { Layers } from '../layers.ts';

const gre: Where = (packet) => packet.gre;
const vxlan: Where = (packet) => packet.vxlan;

const greBit = (name: string, title: string, mask: number) =>
  number(gre, `gre.flags.${name}`, title, 'boolean', 0, { size: 2, mask });
const vxlanBit = (name: string, title: string, mask: number) =>
  number(vxlan, `vxlan.${name}`, title, 'boolean', 0, { size: 2, mask });

/** A number that is there where its bit is set, behind those of earlier bits; `isPpp`: only where PPP is carried, or only where it is not. */
function optional(name: string, title: string, size: 2 | 4, bit: number, more: Optional = {}): Field {
  const { isPpp, place = 0, hex = false } = more;
  const type = size === 2 ? 'uint16' : 'uint32';
  return field(
    `gre.${name}`,
    title,
    type,
    ({ gre: layers }, out) => {
      for (let i = 0; i < layers.count; i++) {
        const view = layers.view[i];
        if (layers.at[i] + header.LEAST > layers.end[i]) continue;
        const flags = view.getUint16(layers.at[i]);
        if ((flags & bit) === 0 || (isPpp !== undefined && carriesPpp(layers, i) !== isPpp)) continue;
        let at = layers.at[i] + header.LEAST + place;
        if (bit !== header.CHECKSUM && (flags & (header.CHECKSUM | header.ROUTING)) !== 0) at += 4;
        if (bit < header.KEY && (flags & header.KEY) !== 0) at += 4;
        if (bit < header.SEQUENCE && (flags & header.SEQUENCE) !== 0) at += 4;
        if (at + size <= layers.end[i]) out.add(i, size === 2 ? view.getUint16(at) : view.getUint32(at));
      }
    },
    { hex },
  );
}

interface Optional {
  isPpp?: boolean;
  place?: number;
  hex?: boolean;
}

/** What PPTP's headers carry (RFC 2637, 4.1), whose key is two numbers. */
const PPP = 0x880b;

/** Of a header of four bytes. */
function carriesPpp({ view, at }: Layers, i: number): boolean {
  return view[i].getUint16(at[i] + header.PROTOCOL) === PPP;
}

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
      // PPP's has a bit for acknowledgments there (RFC 2637, 4.1).
      out.add(
        i,
        (layers.at[i] + header.LEAST <= layers.end[i] && carriesPpp(layers, i)
          ? flags & 0x78
          : flags & 0xf8) >> 3,
      );
    }
  }),
  number(gre, 'gre.flags.version', 'Version', 'uint16', 0, { mask: 0x0007 }),
  number(gre, 'gre.proto', 'Protocol Type', 'uint16', 2, { hex: true }),
  optional('checksum', 'Checksum', 2, header.CHECKSUM, { hex: true }),
  optional('key', 'Key', 4, header.KEY, { isPpp: false, hex: true }),
  optional('key.payload_length', 'Payload Length', 2, header.KEY, { isPpp: true }),
  optional('key.call_id', 'Call ID', 2, header.KEY, { isPpp: true, place: 2 }),
  optional('sequence_number', 'Sequence Number', 4, header.SEQUENCE),
  optional('ack_number', 'Acknowledgment Number', 4, header.ACKNOWLEDGMENT, { isPpp: true }),
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
