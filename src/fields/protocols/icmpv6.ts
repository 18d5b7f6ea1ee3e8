// icmpv6.*: RFC 4443, neighbour discovery (RFC 4861), multicast listeners (RFC 2710, 3810).

import * as header from '../../wire/icmp.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { pseudoHeaderSum } from '../../wire/pseudo-header.ts';
import { ICMPV6 as PROTOCOL } from '../../wire/registry/ip-protocols.ts';
import { type Dissection, QUOTED } from '../dissection.ts';
import { type Field, type FieldType, field, number, type Where } from '../field.ts';
import { Layers } from '../layers.ts';
import { ECHO } from '../needs.ts';
import type { Values } from '../values.ts';
import { statusOf } from './icmp.ts';

const icmpv6: Where = (packet) => packet.icmpv6;

// Types.
const QUERY = 130;
const REPORT = 131;
const DONE = 132;
const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
const REDIRECT = 137;
const REPORT_2 = 143;

/** Where the options of neighbour discovery begin, by type. */
const OPTIONS_AT: Record<number, number> = {
  [ROUTER_SOLICITATION]: 8,
  [ROUTER_ADVERTISEMENT]: 16,
  [NEIGHBOUR_SOLICITATION]: 24,
  [NEIGHBOUR_ADVERTISEMENT]: 24,
  [REDIRECT]: 40,
};

type Reader = (view: DataView, at: number, end: number, out: Values, i: number) => void;

/** A field of messages of some types. */
function ofTypes(
  types: readonly number[],
  name: string,
  title: string,
  type: FieldType,
  read: Reader,
  hex = false,
): Field {
  return field(
    `icmpv6.${name}`,
    title,
    type,
    ({ icmpv6: layers }, out) => {
      for (let i = 0; i < layers.count; i++) {
        const at = layers.at[i];
        if (at >= layers.end[i] || !types.includes(layers.view[i].getUint8(at))) continue;
        read(layers.view[i], at, layers.end[i], out, i);
      }
    },
    { hex },
  );
}

/** A number at a place of a message or option, or bits of it. */
function at(place: number, size: 1 | 2 | 4, mask = 0): Reader {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  return (view, start, end, out, i) => {
    const from = start + place;
    if (from + size > end) return;
    const value = size === 1 ? view.getUint8(from) : size === 2 ? view.getUint16(from) : view.getUint32(from);
    out.add(i, mask === 0 ? value : (value & mask) >>> shift);
  };
}

const bytesAt =
  (place: number, length: number): Reader =>
  (view, start, end, out, i) => {
    if (start + place + length <= end) out.span(i, view, start + place, length);
  };

/** The options of the messages at hand; `parent` is the message, `mark` the type. */
class Options {
  readonly all = new Layers();
  malformed = 0;
  private serial = -1;
  private packet: Dissection | undefined;

  of(packet: Dissection): this {
    if (this.serial === packet.serial && this.packet === packet) return this;
    this.serial = packet.serial;
    this.packet = packet;
    this.all.count = 0;
    this.malformed = 0;
    const { icmpv6: messages } = packet;
    for (let i = 0; i < messages.count; i++) this.read(messages, i);
    return this;
  }

  private read(messages: Layers, i: number): void {
    const view = messages.view[i];
    const end = messages.end[i];
    const start = messages.at[i];
    const place = start < end ? OPTIONS_AT[view.getUint8(start)] : undefined;
    if (place === undefined) return;
    for (let from = start + place; from + 2 <= end; ) {
      const length = view.getUint8(from + 1) << 3;
      this.all.push(
        view,
        from,
        length === 0 ? from + 2 : Math.min(end, from + length),
        from + length,
        i,
        view.getUint8(from),
      );
      if (length === 0) {
        this.malformed++;
        return;
      }
      from += length;
    }
  }
}

const options = new Options();

/** A field of options of some types; all where there are none given. */
function option(
  types: readonly number[],
  name: string,
  title: string,
  type: FieldType,
  read: Reader,
  hex = false,
): Field {
  return field(
    `icmpv6.opt${name}`,
    title,
    type,
    (packet, out) => {
      const { all } = options.of(packet);
      for (let i = 0; i < all.count; i++) {
        if (types.length > 0 && !types.includes(all.mark[i])) continue;
        read(all.view[i], all.at[i], all.end[i], out, all.parent[i]);
      }
    },
    { hex },
  );
}

// Options (RFC 4861, 4191, 8106, 3971, 8781).
const SOURCE_LINK = 1;
const TARGET_LINK = 2;
const PREFIX = 3;
const REDIRECTED = 4;
const MTU = 5;
const NONCE = 14;
const ROUTE = 24;
const SERVERS = 25;
const SEARCH_LIST = 31;
const PREF_64 = 38;

const present: Reader = (_view, _at, _end, out, i) => out.add(i, 1);
const behindLength: Reader = (view, start, end, out, i) => {
  if (end > start + 2) out.span(i, view, start + 2, end - start - 2);
};
/** A link-layer address of six bytes, as Wireshark writes it; of others, their bytes. */
const linkAddress: Reader = (view, start, end, out, i) => {
  if (end > start + 2) out.span(i, view, start + 2, Math.min(6, end - start - 2));
};

/** Records of a listener report, each with sources and other data behind it. */
function records(name: string, title: string, type: FieldType, read: Reader): Field {
  return ofTypes([REPORT_2], `mldr.mar${name}`, title, type, (view, start, end, out, i) => {
    if (start + 8 > end) return;
    let from = start + 8;
    for (let left = view.getUint16(start + 6); left > 0 && from + 20 <= end; left--) {
      read(view, from, end, out, i);
      from += 20 + 16 * view.getUint16(from + 2) + 4 * view.getUint8(from + 1);
    }
  });
}

/** The fields of a query's second version; one of the first is no longer than 24 bytes. */
const query2 =
  (read: Reader): Reader =>
  (view, start, end, out, i) => {
    if (end - start >= 28) read(view, start, end, out, i);
  };

/** The prefix of a PREF64 option, of 96 bits at most, as an address. */
const pref64: Reader = (view, start, end, out, i) => {
  if (start + 16 > end) return;
  const padded = new DataView(new ArrayBuffer(16));
  for (let k = 0; k < 12; k++) padded.setUint8(k, view.getUint8(start + 4 + k));
  out.span(i, padded, 0, 16);
};

/** A prefix of a route, of as many bytes as there are. */
const routePrefix: Reader = (view, start, end, out, i) => {
  const padded = new DataView(new ArrayBuffer(16));
  for (let k = 0; k < 16 && start + 8 + k < end; k++) padded.setUint8(k, view.getUint8(start + 8 + k));
  out.span(i, padded, 0, 16);
};

const servers: Reader = (view, start, end, out, i) => {
  for (let from = start + 8; from + 16 <= end; from += 16) out.span(i, view, from, 16);
};

const RESERVED_BYTES: Record<number, number> = {
  1: 4,
  3: 4,
  [QUERY]: 2,
  [REPORT]: 2,
  [DONE]: 2,
  [ROUTER_SOLICITATION]: 4,
  [NEIGHBOUR_SOLICITATION]: 4,
  [REDIRECT]: 4,
  [REPORT_2]: 2,
};

const reserved: Reader = (view, start, end, out, i) => {
  const type = view.getUint8(start);
  const length = RESERVED_BYTES[type]!;
  const place = type >= QUERY && type <= DONE ? 6 : 4;
  if (start + place + length <= end) out.span(i, view, start + place, length);
};

export const ICMPV6: readonly Field[] = [
  number(icmpv6, 'icmpv6.type', 'Type', 'uint8', header.TYPE),
  number(icmpv6, 'icmpv6.code', 'Code', 'uint8', header.CODE),
  number(icmpv6, 'icmpv6.checksum', 'Checksum', 'uint16', header.CHECKSUM, { hex: true }),
  field('icmpv6.checksum.status', 'Checksum Status', 'uint8', ({ icmpv6: layers, ipv6: carriers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      if (layers.at[i] + 4 > layers.end[i]) continue;
      const parent = layers.parent[i];
      const source = carriers.at[parent] + ipv6.SOURCE;
      const length = layers.end[i] - layers.at[i];
      const sum =
        carriers.count > parent
          ? pseudoHeaderSum(carriers.view[parent], 6, source, source + 16, PROTOCOL, length)
          : 0;
      const isQuoted = (layers.mark[i] & QUOTED) !== 0;
      out.add(
        i,
        isQuoted ? 2 : statusOf(layers.view[i], layers.at[i], layers.end[i], layers.wireEnd[i], sum),
      );
    }
  }),
  ofTypes(Object.keys(RESERVED_BYTES).map(Number), 'reserved', 'Reserved', 'bytes', reserved),
  ofTypes(
    [header.V6_ECHO_REQUEST, header.V6_ECHO_REPLY],
    'echo.identifier',
    'Identifier',
    'uint16',
    at(4, 2),
    true,
  ),
  ofTypes(
    [header.V6_ECHO_REQUEST, header.V6_ECHO_REPLY],
    'echo.sequence_number',
    'Sequence',
    'uint16',
    at(6, 2),
  ),
  field(
    'icmpv6.resp_to',
    'Response To',
    'framenum',
    ({ echoes, icmpv6: layers }, out) => {
      if (layers.count > 0 && echoes.frame !== 0) out.add(0, echoes.frame);
    },
    { needs: ECHO },
  ),
  field(
    'icmpv6.resptime',
    'Response Time',
    'double',
    ({ echoes, icmpv6: layers }, out) => {
      if (layers.count > 0 && echoes.frame !== 0) out.add(0, echoes.milliseconds);
    },
    { needs: ECHO },
  ),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.cur_hop_limit', 'Cur hop limit', 'uint8', at(4, 1)),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.flag', 'Flags', 'uint8', at(5, 1), true),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.flag.m', 'Managed address configuration', 'boolean', at(5, 1, 0x80)),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.flag.o', 'Other configuration', 'boolean', at(5, 1, 0x40)),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.flag.h', 'Home Agent', 'boolean', at(5, 1, 0x20)),
  ofTypes(
    [ROUTER_ADVERTISEMENT],
    'nd.ra.flag.prf',
    'Prf (Default Router Preference)',
    'uint8',
    at(5, 1, 0x18),
  ),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.flag.p', 'Proxy', 'boolean', at(5, 1, 0x04)),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.flag.rsv', 'Reserved', 'uint8', at(5, 1, 0x03)),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.router_lifetime', 'Router lifetime (s)', 'uint16', at(6, 2)),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.reachable_time', 'Reachable time (ms)', 'uint32', at(8, 4)),
  ofTypes([ROUTER_ADVERTISEMENT], 'nd.ra.retrans_timer', 'Retrans timer (ms)', 'uint32', at(12, 4)),
  ofTypes([NEIGHBOUR_SOLICITATION], 'nd.ns.target_address', 'Target Address', 'ipv6', bytesAt(8, 16)),
  ofTypes([NEIGHBOUR_ADVERTISEMENT], 'nd.na.flag', 'Flags', 'uint32', at(4, 4), true),
  ofTypes([NEIGHBOUR_ADVERTISEMENT], 'nd.na.flag.r', 'Router', 'boolean', at(4, 4, 0x80000000)),
  ofTypes([NEIGHBOUR_ADVERTISEMENT], 'nd.na.flag.s', 'Solicited', 'boolean', at(4, 4, 0x40000000)),
  ofTypes([NEIGHBOUR_ADVERTISEMENT], 'nd.na.flag.o', 'Override', 'boolean', at(4, 4, 0x20000000)),
  ofTypes([NEIGHBOUR_ADVERTISEMENT], 'nd.na.flag.rsv', 'Reserved', 'uint32', at(4, 4, 0x1fffffff)),
  ofTypes([NEIGHBOUR_ADVERTISEMENT], 'nd.na.target_address', 'Target Address', 'ipv6', bytesAt(8, 16)),
  ofTypes([REDIRECT], 'nd.rd.target_address', 'Target Address', 'ipv6', bytesAt(8, 16)),
  ofTypes([REDIRECT], 'rd.na.destination_address', 'Destination Address', 'ipv6', bytesAt(24, 16)),
  ofTypes(
    [QUERY, REPORT, DONE],
    'mld.maximum_response_code',
    'Maximum Response Code',
    'uint16',
    query2(at(4, 2)),
  ),
  ofTypes([QUERY, REPORT, DONE], 'mld.multicast_address', 'Multicast Address', 'ipv6', bytesAt(8, 16)),
  ofTypes([QUERY], 'mld.flag', 'Flags', 'uint8', query2(at(24, 1)), true),
  ofTypes([QUERY], 'mld.flag.s', 'Suppress Router-Side Processing', 'boolean', query2(at(24, 1, 0x08))),
  ofTypes([QUERY], 'mld.flag.qrv', "QRV (Querier's Robustness Variable)", 'uint8', query2(at(24, 1, 0x07))),
  ofTypes([QUERY], 'mld.flag.reserved', 'Reserved', 'uint8', query2(at(24, 1, 0xf0))),
  ofTypes([QUERY], 'mld.qqi', "QQIC (Querier's Query Interval Code)", 'uint8', query2(at(25, 1))),
  ofTypes([QUERY], 'mld.nb_sources', 'Number of Sources', 'uint16', query2(at(26, 2))),
  ofTypes([REPORT_2], 'mldr.nb_mcast_records', 'Number of Multicast Address Records', 'uint16', at(6, 2)),
  records('', 'Multicast Address Record', 'none', present),
  records('.record_type', 'Record Type', 'uint8', at(0, 1)),
  records('.aux_data_len', 'Aux Data Len', 'uint8', at(1, 1)),
  records('.nb_sources', 'Number of Sources', 'uint16', at(2, 2)),
  records('.multicast_address', 'Multicast Address', 'ipv6', bytesAt(4, 16)),
  option([], '', 'ICMPv6 Option', 'none', present),
  option([], '.type', 'Type', 'uint8', at(0, 1)),
  option([], '.length', 'Length', 'uint8', at(1, 1)),
  field('icmpv6.invalid_option_length', 'Invalid Option Length', 'none', (packet, out) => {
    for (let i = options.of(packet).malformed; i > 0; i--) out.add(0, 1);
  }),
  {
    ...option([SOURCE_LINK, TARGET_LINK], '.linkaddr', 'Link-layer address', 'bytes', linkAddress),
    separator: ':',
  },
  {
    ...option([SOURCE_LINK], '.src_linkaddr', 'Source Link-layer address', 'bytes', linkAddress),
    separator: ':',
  },
  {
    ...option([TARGET_LINK], '.target_linkaddr', 'Target Link-layer address', 'bytes', linkAddress),
    separator: ':',
  },
  option([PREFIX], '.prefix.length', 'Prefix Length', 'uint8', at(2, 1)),
  option([PREFIX], '.prefix.flag', 'Flag', 'uint8', at(3, 1), true),
  option([PREFIX], '.prefix.flag.l', 'On-link flag(L)', 'boolean', at(3, 1, 0x80)),
  option([PREFIX], '.prefix.flag.a', 'Autonomous address-configuration flag(A)', 'boolean', at(3, 1, 0x40)),
  option([PREFIX], '.prefix.flag.r', 'Router address flag(R)', 'boolean', at(3, 1, 0x20)),
  option([PREFIX], '.prefix.flag.reserved', 'Reserved', 'uint8', at(3, 1, 0x1f)),
  option([PREFIX], '.prefix.valid_lifetime', 'Valid Lifetime', 'uint32', at(4, 4)),
  option([PREFIX], '.prefix.preferred_lifetime', 'Preferred Lifetime', 'uint32', at(8, 4)),
  option([PREFIX, ROUTE], '.prefix', 'Prefix', 'ipv6', (view, start, end, out, i) =>
    view.getUint8(start) === PREFIX
      ? bytesAt(16, 16)(view, start, end, out, i)
      : routePrefix(view, start, end, out, i),
  ),
  option([PREFIX, REDIRECTED, MTU, SERVERS, SEARCH_LIST], '.reserved', 'Reserved', 'none', present),
  option([], '.padding', 'Padding', 'none', () => {}),
  option([REDIRECTED], '.redirected_packet', 'Redirected Packet', 'none', present),
  option([MTU], '.mtu', 'MTU', 'uint32', at(4, 4)),
  option([NONCE], '.nonce', 'Nonce', 'bytes', behindLength),
  option([ROUTE], '.route_info.flag', 'Flag', 'uint8', at(3, 1), true),
  option([ROUTE], '.route_info.flag.route_preference', 'Route Preference', 'uint8', at(3, 1, 0x18)),
  option([ROUTE], '.route_info.flag.reserved', 'Reserved', 'uint8', at(3, 1, 0xe7)),
  option([ROUTE], '.route_lifetime', 'Route Lifetime', 'uint32', at(4, 4)),
  option([SERVERS], '.rdnss.lifetime', 'Lifetime', 'uint32', at(4, 4)),
  option([SERVERS], '.rdnss', 'Recursive DNS Servers', 'ipv6', servers),
  option([SEARCH_LIST], '.dnssl.lifetime', 'Lifetime', 'uint32', at(4, 4)),
  field('icmpv6.opt.dnssl', 'Domain Names', 'string', (packet, out) => {
    const { all } = options.of(packet);
    for (let i = 0; i < all.count; i++) if (all.mark[i] === SEARCH_LIST) names(packet, all, i, out);
  }),
  option([PREF_64], '.pref64.scaled_lifetime', 'Scaled Lifetime', 'uint16', at(2, 2, 0xfff8)),
  option([PREF_64], '.pref64.plc', 'PLC (Prefix Length Code)', 'uint16', at(2, 2, 0x0007), true),
  option([PREF_64], '.pref64.prefix', 'Prefix', 'ipv6', pref64),
];

/** The domain names of a search list, without compression (RFC 8106, 5.2). */
function names({ texts }: Dissection, list: Layers, i: number, out: Values): void {
  const view = list.view[i];
  const end = list.end[i];
  for (let from = list.at[i] + 8; from < end && view.getUint8(from) !== 0; ) {
    texts.reserve(end - from);
    const start = texts.length;
    while (from < end && view.getUint8(from) !== 0) {
      const length = view.getUint8(from++);
      if (texts.length > start) texts.byte(0x2e);
      for (let k = 0; k < length && from < end; k++) texts.byte(view.getUint8(from++));
    }
    from++;
    texts.end(out, list.parent[i], start);
  }
}
