// icmpv6.opt.*: options of neighbor discovery (RFC 4861, 4191, 8106, 3971, 8781).

import { NEIGHBOR_OPTIONS_AT } from '../../wire/icmp.ts';
import type { Dissection } from '../dissection.ts';
import { writeName } from '../dns-message.ts';
import { type Field, type FieldType, field } from '../field.ts';
import { Layers } from '../layers.ts';
import { OnDemand } from '../on-demand.ts';
import type { Values } from '../values.ts';
import { at, bytesAt, type Parts, present, type Reader } from './icmpv6-message.ts';

/** The options of the messages at hand; `parent` is the message, `mark` the type. */
class Options extends OnDemand {
  readonly all = new Layers();
  malformed = 0;

  protected read(packet: Dissection): void {
    this.all.count = 0;
    this.malformed = 0;
    const { icmpv6: messages } = packet;
    for (let i = 0; i < messages.count; i++) this.readOne(messages, i);
  }

  private readOne(messages: Layers, i: number): void {
    const view = messages.view[i];
    const end = messages.end[i];
    const start = messages.at[i];
    const place = start < end ? NEIGHBOR_OPTIONS_AT[view.getUint8(start)] : undefined;
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
      if (isWrongLength(view, from, end, length)) this.malformed++;
      from += length;
    }
  }
}

/** A length that options of the type cannot have: of those with prefixes, whose length depends on that of the prefix. */
function isWrongLength(view: DataView, from: number, end: number, length: number): boolean {
  switch (view.getUint8(from)) {
    case ROUTE:
    case CONTEXT:
      return length > 24;
    case PREF_64:
      return from + 4 <= end && (view.getUint8(from + 3) & 7) >= PREFIX_BYTES.length;
  }
  return false;
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

/** Builds fields of options of one type, whose names begin alike. */
function optionsOf(kind: number, prefix: string) {
  return (name: string, title: string, type: FieldType, read: Reader, hex = false): Field =>
    option([kind], prefix + name, title, type, read, hex);
}

// Options (RFC 4861, 4191, 8106, 3971, 8781).
const SOURCE_LINK = 1;
const TARGET_LINK = 2;
const PREFIX = 3;
const REDIRECTED = 4;
const MTU = 5;
const NONCE = 14;
const TRUST_ANCHOR = 15;
const ACKNOWLEDGED = 20;
const ROUTE = 24;
const SERVERS = 25;
const SEARCH_LIST = 31;
const CONTEXT = 34;
const PREF_64 = 38;
/** Bytes of the prefix by its code (RFC 8781, 4). */
const PREFIX_BYTES = [12, 8, 7, 6, 5, 4];
/** Where what options have no use for is, and how many bytes it has: of 6 there are two. */
const RESERVED: Parts = {
  [PREFIX]: [[12, 4]],
  [REDIRECTED]: [[2, 6]],
  [MTU]: [[2, 2]],
  6: [
    [2, 1],
    [3, 4],
  ],
  7: [[2, 2]],
  8: [[2, 2]],
  9: [[2, 6]],
  10: [[2, 6]],
  11: [[3, 1]],
  12: [[2, 2]],
  13: [[2, 6]],
  16: [[3, 1]],
  17: [[4, 4]],
  18: [[4, 4]],
  [ACKNOWLEDGED]: [[4, 4]],
  [SERVERS]: [[2, 2]],
  26: [[4, 4]],
  [SEARCH_LIST]: [[2, 2]],
  32: [[2, 2]],
  33: [[3, 3]],
  [CONTEXT]: [[4, 2]],
};

const behindLength: Reader = (view, start, end, out, i) => {
  if (end > start + 2) out.span(i, view, start + 2, end - start - 2);
};
/** A link-layer address: of six bytes, of eight with padding behind, or all that there is. */
const linkAddress: Reader = (view, start, end, out, i) => {
  const length = view.getUint8(start + 1) << 3;
  if (length === 0 || start + length > end) return;
  const isPadded = length === 16 && view.getUint32(start + 10) === 0 && view.getUint16(start + 14) === 0;
  if (isPadded && view.getUint8(start) === TARGET_LINK) return;
  out.span(i, view, start + 2, isPadded ? 8 : length - 2);
};

/** The prefix of a PREF64 option, as long as its code says, as an address. */
const pref64Address: Reader = (view, start, end, out, i) => {
  const bytes = start + 16 <= end ? PREFIX_BYTES[view.getUint8(start + 3) & 7] : undefined;
  if (bytes === undefined) return;
  const padded = new DataView(new ArrayBuffer(16));
  for (let k = 0; k < bytes; k++) padded.setUint8(k, view.getUint8(start + 4 + k));
  out.span(i, padded, 0, 16);
};

/** A prefix of a route, of as many bytes as there are. */
const routePrefix: Reader = (view, start, end, out, i) => {
  const length = view.getUint8(start + 1) << 3;
  if ((length !== 16 && length !== 24) || start + length > end) return;
  const padded = new DataView(new ArrayBuffer(16));
  for (let k = 0; k < 16 && start + 8 + k < end; k++) padded.setUint8(k, view.getUint8(start + 8 + k));
  out.span(i, padded, 0, 16);
};

const servers: Reader = (view, start, end, out, i) => {
  for (let from = start + 8; from + 16 <= end; from += 16) out.span(i, view, from, 16);
};

/** Is there something behind what an option has? */
const padding: Reader = (view, start, end, out, i) => {
  const length = view.getUint8(start + 1) << 3;
  if (length === 0 || start + length > end) return;
  switch (view.getUint8(start)) {
    case SEARCH_LIST: {
      let at = start + 8;
      while (at >= 0 && at < end && view.getUint8(at) !== 0) at = writeName(undefined, view, at, at, end);
      if (at >= 0 && at < end) out.add(i, 1);
      return;
    }
    case TRUST_ANCHOR:
      if (view.getUint8(start + 3) + 4 <= length) out.add(i, 1);
      return;
    default:
      if (length === 16 && view.getUint32(start + 10) === 0 && view.getUint16(start + 14) === 0)
        out.add(i, 1);
  }
};

const prefix = optionsOf(PREFIX, '.prefix');
const route = optionsOf(ROUTE, '.route_');
const server = optionsOf(SERVERS, '.rdnss');
const pref64 = optionsOf(PREF_64, '.pref64');

export const NEIGHBOR_OPTIONS: readonly Field[] = [
  option([], '', 'ICMPv6 Option', 'none', present),
  option([], '.type', 'Type', 'uint8', at(0, 1)),
  option([], '.length', 'Length', 'uint8', at(1, 1)),
  field('icmpv6.invalid_option_length', 'Invalid Option Length', 'none', (packet, out) => {
    for (let i = options.of(packet).malformed; i > 0; i--) out.add(0, 1);
  }),
  {
    ...option([SOURCE_LINK, TARGET_LINK], '.linkaddr', 'Link-layer address', 'bytes', linkAddress),
    separator: ':',
    separated: 6,
  },
  {
    ...option([SOURCE_LINK], '.src_linkaddr', 'Source Link-layer address', 'bytes', linkAddress),
    separator: ':',
    separated: 6,
  },
  {
    ...option([TARGET_LINK], '.target_linkaddr', 'Target Link-layer address', 'bytes', linkAddress),
    separator: ':',
    separated: 6,
  },
  option([PREFIX, ROUTE], '.prefix.length', 'Prefix Length', 'uint8', at(2, 1)),
  prefix('.flag', 'Flag', 'uint8', at(3, 1), true),
  prefix('.flag.l', 'On-link flag(L)', 'boolean', at(3, 1, 0x80)),
  prefix('.flag.a', 'Autonomous address-configuration flag(A)', 'boolean', at(3, 1, 0x40)),
  prefix('.flag.r', 'Router address flag(R)', 'boolean', at(3, 1, 0x20)),
  prefix('.flag.reserved', 'Reserved', 'uint8', at(3, 1, 0x1f)),
  prefix('.valid_lifetime', 'Valid Lifetime', 'uint32', at(4, 4)),
  prefix('.preferred_lifetime', 'Preferred Lifetime', 'uint32', at(8, 4)),
  option([PREFIX, ROUTE], '.prefix', 'Prefix', 'ipv6', (view, start, end, out, i) =>
    view.getUint8(start) === PREFIX
      ? bytesAt(16, 16)(view, start, end, out, i)
      : routePrefix(view, start, end, out, i),
  ),
  option([], '.reserved', 'Reserved', 'none', (view, start, end, out, i) => {
    const type = view.getUint8(start);
    // In place of it a status of 2 has an address (RFC 5568, 6.4.6).
    if (type === ACKNOWLEDGED && start + 4 <= end && view.getUint8(start + 3) === 2) return;
    for (const [place, length] of RESERVED[type] ?? [])
      if (start + place < end || start + place + length <= end) out.add(i, 1);
  }),
  option([SOURCE_LINK, TARGET_LINK, TRUST_ANCHOR, SEARCH_LIST], '.padding', 'Padding', 'none', padding),
  option([REDIRECTED], '.redirected_packet', 'Redirected Packet', 'none', (view, start, end, out, i) => {
    if (start + 8 < end) present(view, start, end, out, i);
  }),
  option([MTU], '.mtu', 'MTU', 'uint32', at(4, 4)),
  option([NONCE], '.nonce', 'Nonce', 'bytes', behindLength),
  route('info.flag', 'Flag', 'uint8', at(3, 1), true),
  route('info.flag.route_preference', 'Route Preference', 'uint8', at(3, 1, 0x18)),
  route('info.flag.reserved', 'Reserved', 'uint8', at(3, 1, 0xe7)),
  route('lifetime', 'Route Lifetime', 'uint32', at(4, 4)),
  server('.lifetime', 'Lifetime', 'uint32', at(4, 4)),
  server('', 'Recursive DNS Servers', 'ipv6', servers),
  option([SEARCH_LIST], '.dnssl.lifetime', 'Lifetime', 'uint32', at(4, 4)),
  field('icmpv6.opt.dnssl', 'Domain Names', 'string', (packet, out) => {
    const { all } = options.of(packet);
    for (let i = 0; i < all.count; i++) if (all.mark[i] === SEARCH_LIST) names(packet, all, i, out);
  }),
  pref64('.scaled_lifetime', 'Scaled Lifetime', 'uint16', at(2, 2, 0xfff8)),
  pref64('.plc', 'PLC (Prefix Length Code)', 'uint16', at(2, 2, 0x0007), true),
  pref64('.prefix', 'Prefix', 'ipv6', pref64Address),
];

/** The domain names of a search list (RFC 8106, 5.2): each ends within the message. */
function names({ texts, icmpv6: messages }: Dissection, list: Layers, i: number, out: Values): void {
  const view = list.view[i];
  const message = list.parent[i];
  for (let at = list.at[i] + 8; at >= 0 && at < list.end[i] && view.getUint8(at) !== 0; ) {
    texts.reserve(8192);
    const start = texts.length;
    at = writeName(texts, view, at, at, messages.end[message]);
    if (at >= 0) texts.end(out, message, start);
    else texts.length = start;
  }
}
