// ipv6.hopopts.*, dstopts.*, routing.*, fraghdr.* and ipv6.opt.*: extension headers and their options (RFC 8200, 4).

import type { Dissection } from '../dissection.ts';
import { entries, type Field, type FieldType, field, number, type ReadEntry, type Where } from '../field.ts';
import { behindOption, isWrongLength } from '../ipv6-options.ts';
import { Layers } from '../layers.ts';
import { OnDemand } from '../on-demand.ts';
import type { Values } from '../values.ts';

const hopopts: Where = (packet) => packet.hopopts;
const dstopts: Where = (packet) => packet.dstopts;
const routing: Where = (packet) => packet.routing;
const fraghdr: Where = (packet) => packet.fraghdr;

/** What every extension header but that of fragments begins with. */
function common(where: Where, name: string): Field[] {
  return [
    number(where, `ipv6.${name}.nxt`, 'Next Header', 'uint8', 0, { room: 2 }),
    number(where, `ipv6.${name}.len`, 'Length', 'uint8', 1),
    field(`ipv6.${name}.len_oct`, 'Length', 'uint16', (packet, out) => {
      const layers = where(packet);
      for (let i = 0; i < layers.count; i++) {
        if (layers.at[i] + 2 <= layers.end[i])
          out.add(i, (layers.view[i].getUint8(layers.at[i] + 1) + 1) << 3);
      }
    }),
  ];
}

// Options (IANA, "Destination Options and Hop-by-Hop Options").
const PAD_1 = 0x00;
const PAD_N = 0x01;
const ROUTER_ALERT = 0x05;
const PATH_MTU = 0x30;

/** The options of all headers of the packet at hand; `parent` is the IPv6 header, `mark` the type. */
class Options extends OnDemand {
  readonly all = new Layers();
  malformed = 0;

  protected read(packet: Dissection): void {
    this.all.count = 0;
    this.malformed = 0;
    this.readAll(packet.hopopts);
    this.readAll(packet.dstopts);
  }

  private readAll(headers: Layers): void {
    for (let i = 0; i < headers.count; i++) this.readOne(headers, i);
  }

  private readOne(headers: Layers, i: number): void {
    const view = headers.view[i];
    const start = headers.at[i];
    if (start + 2 > headers.end[i]) return;
    const limit = headers.end[i];
    const end = Math.min(limit, start + ((view.getUint8(start + 1) + 1) << 3));
    for (let at = start + 2; at < end; ) {
      const type = view.getUint8(at);
      if (type === PAD_1) {
        this.all.push(view, at, at + 1, at + 1, headers.parent[i], type);
        at++;
        continue;
      }
      if (at + 2 > end) return;
      const length = view.getUint8(at + 1);
      const claimed = at + 2 + length;
      const next = behindOption(view, at, limit);
      this.all.push(view, at, Math.min(limit, Math.max(claimed, next)), claimed, headers.parent[i], type);
      if (isWrongLength(type, length)) this.malformed++;
      if (claimed > start + ((view.getUint8(start + 1) + 1) << 3)) return;
      if (next < 0) return;
      at = next;
    }
  }
}

const options = new Options();

const option = (name: string, title: string, type: FieldType, read: ReadEntry, hex = false): Field =>
  entries((packet) => options.of(packet).all, `ipv6.opt${name}`, title, type, read, { hex });

/** Sixteen bits of the value of options of one type. */
function word(type: number, place: number, mask = 0xffff) {
  return (list: Layers, i: number, out: Values): void => {
    const at = list.at[i] + 2 + place;
    if (list.mark[i] === type && at + 2 <= list.end[i])
      out.add(list.parent[i], list.view[i].getUint16(at) & mask);
  };
}

export const IPV6_EXTENSIONS: readonly Field[] = [
  ...common(hopopts, 'hopopts'),
  ...common(dstopts, 'dstopts'),
  ...common(routing, 'routing'),
  number(routing, 'ipv6.routing.type', 'Type', 'uint8', 2),
  number(routing, 'ipv6.routing.segleft', 'Segments Left', 'uint8', 3),
  field('ipv6.routing.deprecated', 'Routing header type is deprecated', 'none', ({ routing: list }, out) => {
    // Type 0 (RFC 5095).
    for (let i = 0; i < list.count; i++)
      if (list.at[i] + 3 <= list.end[i] && list.view[i].getUint8(list.at[i] + 2) === 0) out.add(i, 1);
  }),
  field('ipv6.routing.src.reserved', 'Reserved', 'bytes', ({ routing: list }, out) => {
    for (let i = 0; i < list.count; i++)
      if (list.at[i] + 8 <= list.end[i] && list.view[i].getUint8(list.at[i] + 2) === 0)
        out.span(i, list.view[i], list.at[i] + 4, 4);
  }),
  number(fraghdr, 'ipv6.fraghdr.nxt', 'Next header', 'uint8', 0, { room: 8 }),
  number(fraghdr, 'ipv6.fraghdr.reserved_octet', 'Reserved octet', 'uint8', 1, { hex: true, room: 8 }),
  number(fraghdr, 'ipv6.fraghdr.offset', 'Offset', 'uint16', 2, { mask: 0xfff8, room: 8 }),
  number(fraghdr, 'ipv6.fraghdr.reserved_bits', 'Reserved bits', 'uint16', 2, { mask: 0x0006, room: 8 }),
  number(fraghdr, 'ipv6.fraghdr.more', 'More Fragments', 'boolean', 2, { size: 2, mask: 0x0001, room: 8 }),
  number(fraghdr, 'ipv6.fraghdr.ident', 'Identification', 'uint32', 4, { hex: true }),
  option('', 'IPv6 Option', 'none', (list, i, out) => out.add(list.parent[i], 1)),
  option('.type', 'Type', 'uint8', (list, i, out) => out.add(list.parent[i], list.mark[i]), true),
  option('.type.action', 'Action', 'uint8', (list, i, out) => {
    if (list.mark[i] !== PAD_1) out.add(list.parent[i], list.mark[i] >> 6);
  }),
  option('.type.change', 'May Change', 'boolean', (list, i, out) => {
    if (list.mark[i] !== PAD_1) out.add(list.parent[i], (list.mark[i] >> 5) & 1);
  }),
  option(
    '.type.rest',
    'Low-Order Bits',
    'uint8',
    (list, i, out) => {
      if (list.mark[i] !== PAD_1) out.add(list.parent[i], list.mark[i] & 0x1f);
    },
    true,
  ),
  option('.length', 'Length', 'uint8', (list, i, out) => {
    if (list.mark[i] !== PAD_1) out.add(list.parent[i], list.wireEnd[i] - list.at[i] - 2);
  }),
  field('ipv6.opt.invalid_len', 'Invalid IPv6 option length', 'none', (packet, out) => {
    for (let i = options.of(packet).malformed; i > 0; i--) out.add(0, 1);
  }),
  {
    ...option('.padn', 'PadN', 'bytes', (list, i, out) => {
      if (list.mark[i] === PAD_N && list.end[i] === list.wireEnd[i])
        out.span(list.parent[i], list.view[i], list.at[i] + 2, list.end[i] - list.at[i] - 2);
    }),
    empty: '<none>',
  },
  option('.router_alert', 'Router Alert', 'uint16', word(ROUTER_ALERT, 0)),
  option('.pmtu.min', 'Minimum Reported PMTU', 'uint16', word(PATH_MTU, 0)),
  option('.pmtu.rtn', 'Return Minimum PMTU', 'uint16', word(PATH_MTU, 2, 0xfffe)),
  option('.pmtu.r_flag', 'Return Flag', 'boolean', word(PATH_MTU, 2, 0x0001)),
];
