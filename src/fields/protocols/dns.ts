// dns.* of DNS, multicast DNS and LLMNR (RFC 1035 and many others).

import {
  A,
  AAAA,
  CNAME,
  DNAME,
  DNSKEY,
  DS,
  MX,
  NS,
  NSEC,
  NSEC3,
  OPT,
  PTR,
  RRSIG,
  SOA,
  SRV,
  TSIG,
  TXT,
} from '../../wire/registry/dns-types.ts';
import * as ports from '../../wire/registry/ports.ts';
import type { Dissection } from '../dissection.ts';
import { DnsMessages, lastName, writeName } from '../dns-message.ts';
import {
  entries,
  type Field,
  type FieldType,
  field,
  number,
  type Read,
  type ReadEntry,
  type Where,
} from '../field.ts';
import type { Layers } from '../layers.ts';
import { OVER_TCP } from '../marks.ts';
import { DNS_EXCHANGES, DNS_STREAMS } from '../needs.ts';
import type { Values } from '../values.ts';

const dns: Where = (packet) => packet.dns;
const messages = new DnsMessages();

// Types of records (IANA).
/** Bytes between a record's name and its data: type, class, time to live, length. */
const FIXED = 10;

const RESPONSE = 0x8000;

/** LLMNR has other flags in the same places (RFC 4795, 2.1.1). */
function isLlmnr({ dns: layers, udp }: Dissection, i: number): boolean {
  if ((layers.mark[i] & OVER_TCP) !== 0) return false;
  const carrier = layers.parent[i];
  const at = udp.at[carrier];
  const view = udp.view[carrier];
  return view.getUint16(at) === ports.LLMNR || view.getUint16(at + 2) === ports.LLMNR;
}

/** A bit of the flags; `only`: in responses, or also where it is set. */
function flag(name: string, title: string, mask: number, only?: 'response'): Field {
  const isCommon = mask === RESPONSE || mask === 0x0200;
  const read: Read = (packet, out) => {
    const { dns: layers } = packet;
    for (let i = 0; i < layers.count; i++) {
      if (layers.at[i] + 4 > layers.end[i]) continue;
      const flags = layers.view[i].getUint16(layers.at[i] + 2);
      if ((only !== undefined && (flags & RESPONSE) === 0) || (!isCommon && isLlmnr(packet, i))) continue;
      out.add(i, (flags & mask) === 0 ? 0 : 1);
    }
  };
  return field(`dns.flags.${name}`, title, 'boolean', read);
}

const onQuestions = (name: string, title: string, type: FieldType, read: ReadEntry, hex = false): Field =>
  entries((packet) => messages.of(packet).questions, `dns.${name}`, title, type, read, { hex });

/** Of records of some types; all where there are none given. */
function onRecords(
  types: readonly number[],
  name: string,
  title: string,
  type: FieldType,
  read: ReadEntry,
  hex = false,
): Field {
  const takes = types.length === 0 ? undefined : (type: number) => types.includes(type);
  return entries((packet) => messages.of(packet).records, `dns.${name}`, title, type, read, { hex }, takes);
}

/** The name at the beginning of an item. */
const owner: ReadEntry = (list, i, out, packet) => nameAt(list, i, list.at[i], out, packet);

/** A name at a place; returns where what follows it begins. */
function nameAt(
  list: Layers,
  i: number,
  at: number,
  out: Values,
  { texts, dns: layers }: Dissection,
): number {
  const message = list.parent[i];
  texts.reserve(8192);
  const start = texts.length;
  const next = writeName(texts, list.view[i], at, layers.at[message], layers.end[message]);
  if (next >= 0) texts.end(out, message, start);
  else texts.length = start;
  return next;
}

/** The name at a place of a record's data. */
const dataName =
  (place: number): ReadEntry =>
  (list, i, out, packet) => {
    nameAt(list, i, list.wireEnd[i] + FIXED + place, out, packet);
  };

/** A number behind the name: at `place` from there on, with bits masked. */
const behindName =
  (place: number, size: 1 | 2 | 4, mask = -1): ReadEntry =>
  (list, i, out) => {
    const at = list.wireEnd[i] + place;
    const limit = place < FIXED ? Math.max(list.end[i], list.wireEnd[i] + FIXED) : list.end[i];
    if (at + size > limit) return;
    const value =
      size === 1
        ? list.view[i].getUint8(at)
        : size === 2
          ? list.view[i].getUint16(at)
          : list.view[i].getUint32(at);
    out.add(list.parent[i], mask === -1 ? value : value & mask);
  };
const data = (place: number, size: 1 | 2 | 4, mask = -1) => behindName(FIXED + place, size, mask);

const dataBytes =
  (place: number, length?: number): ReadEntry =>
  (list, i, out) => {
    const at = list.wireEnd[i] + FIXED + place;
    const size = length ?? list.end[i] - at;
    if (size >= 0 && at + size <= list.end[i]) out.span(list.parent[i], list.view[i], at, size);
  };

/** Multicast DNS has a bit of its own in what is the class elsewhere (RFC 6762, 10.2). */
const classOf: ReadEntry = (list, i, out, packet) => {
  const at = list.wireEnd[i] + 2;
  const message = list.parent[i];
  if (at + 2 <= packet.dns.end[message])
    out.add(message, list.view[i].getUint16(at) & (isMulticast(packet, message) ? 0x7fff : 0xffff));
};

const classBit: ReadEntry = (list, i, out, packet) => {
  const at = list.wireEnd[i] + 2;
  const message = list.parent[i];
  if (at + 2 <= packet.dns.end[message] && isMulticast(packet, message))
    out.add(message, list.view[i].getUint16(at) >> 15);
};

function isMulticast({ dns: layers, udp }: Dissection, message: number): boolean {
  if ((layers.mark[message] & OVER_TCP) !== 0) return false;
  const carrier = layers.parent[message];
  return (
    udp.view[carrier].getUint16(udp.at[carrier]) === ports.MULTICAST_DNS ||
    udp.view[carrier].getUint16(udp.at[carrier] + 2) === ports.MULTICAST_DNS
  );
}

const unlessOpt =
  (read: ReadEntry): ReadEntry =>
  (list, i, out, packet) => {
    if (list.mark[i] !== OPT) read(list, i, out, packet);
  };

/** The five numbers behind the two names of a SOA record. */
const soaNumber =
  (which: number): ReadEntry =>
  (list, i, out, { dns: layers }) => {
    const message = list.parent[i];
    const view = list.view[i];
    const second = writeName(
      undefined,
      view,
      list.wireEnd[i] + FIXED,
      layers.at[message],
      layers.end[message],
    );
    const third =
      second < 0 ? -1 : writeName(undefined, view, second, layers.at[message], layers.end[message]);
    const at = third + 4 * which;
    if (third >= 0 && at + 4 <= list.end[i]) out.add(message, view.getUint32(at));
  };

const soaMailbox: ReadEntry = (list, i, out, packet) => {
  const { dns: layers } = packet;
  const message = list.parent[i];
  const second = writeName(
    undefined,
    list.view[i],
    list.wireEnd[i] + FIXED,
    layers.at[message],
    layers.end[message],
  );
  if (second >= 0) nameAt(list, i, second, out, packet);
};

/** Where what is behind the first name of the data begins; -1 where there is none. */
function behindDataName(list: Layers, i: number, { dns: layers }: Dissection, place: number): number {
  const message = list.parent[i];
  return writeName(
    undefined,
    list.view[i],
    list.wireEnd[i] + FIXED + place,
    layers.at[message],
    layers.end[message],
  );
}

/** Strings of a TXT record. */
const strings =
  (isLength: boolean): ReadEntry =>
  (list, i, out) => {
    for (let at = list.wireEnd[i] + FIXED; at < list.end[i]; ) {
      const length = list.view[i].getUint8(at);
      if (isLength) out.add(list.parent[i], length);
      else if (at + 1 + length <= list.end[i]) out.span(list.parent[i], list.view[i], at + 1, length);
      at += 1 + length;
    }
  };

/** Parts of the owner's name of an SRV record: `_service._proto.name`. */
function ownerPart(which: 0 | 1 | 2): ReadEntry {
  return (list, i, out, packet) => {
    const { texts } = packet;
    texts.reserve(8192);
    const start = texts.length;
    const message = list.parent[i];
    if (writeName(texts, list.view[i], list.at[i], packet.dns.at[message], packet.dns.end[message]) < 0)
      return;
    let from = start;
    let part = 0;
    let at = start;
    for (; at < texts.length; at++) {
      if (texts.bytes[at] !== 0x2e || part === 2) continue;
      if (part === which) break;
      part++;
      from = at + 1;
    }
    if (part === which) out.span(message, texts.view, from, (which === 2 ? texts.length : at) - from);
  };
}

/** Options of EDNS(0) (RFC 6891, 6.1.2). */
type EdnsOption = (list: Layers, i: number, code: number, at: number, length: number, out: Values) => void;

function onOptions(name: string, title: string, type: FieldType, read: EdnsOption): Field {
  return onRecords([OPT], name, title, type, (list, i, out) => {
    for (let at = list.wireEnd[i] + FIXED; at + 4 <= list.end[i]; ) {
      const length = list.view[i].getUint16(at + 2);
      read(list, i, list.view[i].getUint16(at), at + 4, Math.min(length, list.end[i] - at - 4), out);
      at += 4 + length;
    }
  });
}

const COOKIE = 10;
const CLIENT_COOKIE = 8;

/** A time in seconds since 1970. */
const moment =
  (place: number): ReadEntry =>
  (list, i, out) => {
    const at = list.wireEnd[i] + FIXED + place;
    if (at + 4 <= list.end[i]) out.time(list.parent[i], list.view[i].getUint32(at), 0);
  };

/** What stands behind the algorithm's name of a TSIG record (RFC 8945, 4.2). */
const tsig =
  (read: (view: DataView, at: number, end: number, out: Values, message: number) => void): ReadEntry =>
  (list, i, out, packet) => {
    const at = behindDataName(list, i, packet, 0);
    if (at >= 0 && at + 10 <= list.end[i]) read(list.view[i], at, list.end[i], out, list.parent[i]);
  };

const behindMac =
  (place: number) =>
  (view: DataView, at: number, end: number, out: Values, message: number): void => {
    const from = at + 10 + view.getUint16(at + 8) + place;
    if (from + 2 <= end) out.add(message, view.getUint16(from));
  };

/** What is known of the exchange that a message is of. */
function exchange(
  name: string,
  title: string,
  type: FieldType,
  read: (packet: Dissection, i: number, out: Values) => void,
): Field {
  return field(
    `dns.${name}`,
    title,
    type,
    (packet, out) => {
      const { complete } = messages.of(packet);
      const { count } = packet.dns;
      // Wireshark shows it behind the message's last record.
      for (let i = 0; i < count; i++) if (complete[i] !== 0) read(packet, i, out);
    },
    { needs: DNS_EXCHANGES },
  );
}

/** The types that an NSEC or NSEC3 record says there are: windows of bits (RFC 4034, 4.1.2; RFC 5155, 3.2). */
function listedTypes(list: Layers, i: number, out: Values, packet: Dissection): void {
  const view = list.view[i];
  const end = list.end[i];
  let at = -1;
  if (list.mark[i] === NSEC) at = behindDataName(list, i, packet, 0);
  if (list.mark[i] === NSEC3) {
    at = list.wireEnd[i] + FIXED + 4; // hash algorithm, flags, iterations; then salt and hash, each behind its length
    for (let part = 0; part < 2 && at >= 0; part++) at = at < end ? at + 1 + view.getUint8(at) : -1;
  }
  while (at >= 0 && at + 2 <= end) {
    const window = view.getUint8(at) << 8;
    const first = at + 2;
    at = first + view.getUint8(at + 1);
    for (let place = first; place < Math.min(at, end); place++)
      for (let bit = 0; bit < 8; bit++)
        if ((view.getUint8(place) & (0x80 >> bit)) !== 0)
          out.add(list.parent[i], window + (place - first) * 8 + bit);
  }
}

const FIELDS: readonly Field[] = [
  field('dns.length', 'Length', 'uint16', ({ dns: layers }, out) => {
    for (let i = 0; i < layers.count; i++)
      if ((layers.mark[i] & OVER_TCP) !== 0) out.add(i, layers.view[i].getUint16(layers.at[i] - 2));
  }),
  number(dns, 'dns.id', 'Transaction ID', 'uint16', 0, { hex: true }),
  number(dns, 'dns.flags', 'Flags', 'uint16', 2, { hex: true }),
  flag('response', 'Response', RESPONSE),
  number(dns, 'dns.flags.opcode', 'Opcode', 'uint16', 2, { mask: 0x7800 }),
  flag('authoritative', 'Authoritative', 0x0400, 'response'),
  flag('truncated', 'Truncated', 0x0200),
  flag('recdesired', 'Recursion desired', 0x0100),
  flag('recavail', 'Recursion available', 0x0080, 'response'),
  flag('z', 'Z', 0x0040),
  field('dns.flags.authenticated', 'Answer authenticated', 'boolean', (packet, out) => {
    const { dns: layers } = packet;
    for (let i = 0; i < layers.count; i++) {
      if (layers.at[i] + 4 > layers.end[i]) continue;
      const flags = layers.view[i].getUint16(layers.at[i] + 2);
      if ((flags & (RESPONSE | 0x0020)) !== 0 && !isLlmnr(packet, i)) out.add(i, (flags >> 5) & 1);
    }
  }),
  flag('checkdisable', 'Non-authenticated data', 0x0010),
  field('dns.flags.rcode', 'Reply code', 'uint16', ({ dns: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      if (layers.at[i] + 4 > layers.end[i]) continue;
      const flags = layers.view[i].getUint16(layers.at[i] + 2);
      if ((flags & RESPONSE) !== 0) out.add(i, flags & 15);
    }
  }),
  number(dns, 'dns.count.queries', 'Questions', 'uint16', 4),
  number(dns, 'dns.count.answers', 'Answer RRs', 'uint16', 6),
  number(dns, 'dns.count.auth_rr', 'Authority RRs', 'uint16', 8),
  number(dns, 'dns.count.add_rr', 'Additional RRs', 'uint16', 10),
  onQuestions('qry.name', 'Name', 'string', owner),
  onQuestions('qry.name.len', 'Name Length', 'uint16', (list, i, out, packet) => {
    const { texts } = packet;
    const message = list.parent[i];
    texts.reserve(8192);
    const start = texts.length;
    writeName(texts, list.view[i], list.at[i], packet.dns.at[message], packet.dns.end[message]);
    texts.length = start;
    out.add(message, lastName.length);
  }),
  onQuestions('count.labels', 'Label Count', 'uint16', (list, i, out, { dns: layers }) => {
    const message = list.parent[i];
    writeName(undefined, list.view[i], list.at[i], layers.at[message], layers.end[message]);
    out.add(message, lastName.labels);
  }),
  onQuestions('qry.type', 'Type', 'uint16', (list, i, out) => {
    if (list.wireEnd[i] + 2 <= list.end[i]) out.add(list.parent[i], list.view[i].getUint16(list.wireEnd[i]));
  }),
  onQuestions('qry.class', 'Class', 'uint16', classOf, true),
  onQuestions('qry.qu', '"QU" question', 'boolean', classBit),
  onRecords([], 'resp.name', 'Name', 'string', owner),
  onRecords([], 'resp.type', 'Type', 'uint16', (list, i, out, packet) => {
    out.add(list.parent[i], list.mark[i]);
    listedTypes(list, i, out, packet);
  }),
  onRecords([], 'resp.class', 'Class', 'uint16', unlessOpt(classOf), true),
  onRecords([], 'resp.cache_flush', 'Cache flush', 'boolean', unlessOpt(classBit)),
  onRecords([], 'resp.ttl', 'Time to live', 'uint32', unlessOpt(behindName(4, 4))),
  onRecords([], 'resp.len', 'Data length', 'uint16', behindName(8, 2)),
  onRecords([OPT], 'rr.udp_payload_size', 'UDP payload size', 'uint16', behindName(2, 2)),
  onRecords([OPT], 'resp.ext_rcode', 'Higher bits in extended RCODE', 'uint8', behindName(4, 1), true),
  onRecords([OPT], 'resp.edns0_version', 'EDNS0 version', 'uint8', behindName(5, 1)),
  onRecords([OPT], 'resp.z', 'Z', 'uint16', behindName(6, 2), true),
  onRecords([OPT], 'resp.z.do', 'DO bit', 'boolean', (list, i, out) =>
    out.add(list.parent[i], list.view[i].getUint16(list.wireEnd[i] + 6) >> 15),
  ),
  onRecords([OPT], 'resp.z.reserved', 'Reserved', 'uint16', behindName(6, 2, 0x7fff), true),
  onOptions('opt', 'Option', 'none', (list, i, _code, _at, _length, out) => out.add(list.parent[i], 1)),
  onOptions('opt.code', 'Option Code', 'uint16', (list, i, code, _at, _length, out) =>
    out.add(list.parent[i], code),
  ),
  onOptions('opt.len', 'Option Length', 'uint16', (list, i, _code, at, _length, out) =>
    out.add(list.parent[i], list.view[i].getUint16(at - 2)),
  ),
  onOptions('opt.data', 'Option Data', 'bytes', (list, i, _code, at, length, out) =>
    out.span(list.parent[i], list.view[i], at, length),
  ),
  onOptions('opt.cookie.client', 'Client Cookie', 'bytes', (list, i, code, at, length, out) => {
    if (code === COOKIE && length >= CLIENT_COOKIE) out.span(list.parent[i], list.view[i], at, CLIENT_COOKIE);
  }),
  onOptions('opt.cookie.server', 'Server Cookie', 'bytes', (list, i, code, at, length, out) => {
    if (code === COOKIE && length >= CLIENT_COOKIE)
      out.span(list.parent[i], list.view[i], at + CLIENT_COOKIE, length - CLIENT_COOKIE);
  }),
  onRecords([A], 'a', 'Address', 'ipv4', data(0, 4)),
  onRecords([AAAA], 'aaaa', 'AAAA Address', 'ipv6', dataBytes(0, 16)),
  onRecords([CNAME], 'cname', 'CNAME', 'string', dataName(0)),
  onRecords([MX], 'mx.preference', 'Preference', 'uint16', data(0, 2)),
  onRecords([MX], 'mx.mail_exchange', 'Mail Exchange', 'string', dataName(2)),
  onRecords([DNAME], 'dname', 'DNAME', 'string', dataName(0)),
  onRecords([DS], 'ds.key_id', 'Key id', 'uint16', data(0, 2), true),
  onRecords([DS], 'ds.algorithm', 'Algorithm', 'uint8', data(2, 1)),
  onRecords([DS], 'ds.digest_type', 'Digest Type', 'uint8', data(3, 1)),
  onRecords([DS], 'ds.digest', 'Digest', 'bytes', dataBytes(4)),
  onRecords([DNSKEY], 'dnskey.flags', 'Flags', 'uint16', data(0, 2), true),
  onRecords([DNSKEY], 'dnskey.protocol', 'Protocol', 'uint8', data(2, 1)),
  onRecords([DNSKEY], 'dnskey.algorithm', 'Algorithm', 'uint8', data(3, 1)),
  onRecords([NS], 'ns', 'Name Server', 'string', dataName(0)),
  onRecords([PTR], 'ptr.domain_name', 'Domain Name', 'string', dataName(0)),
  onRecords([SOA], 'soa.mname', 'Primary name server', 'string', dataName(0)),
  onRecords([SOA], 'soa.rname', "Responsible authority's mailbox", 'string', soaMailbox),
  onRecords([SOA], 'soa.serial_number', 'Serial Number', 'uint32', soaNumber(0)),
  onRecords([SOA], 'soa.refresh_interval', 'Refresh Interval', 'uint32', soaNumber(1)),
  onRecords([SOA], 'soa.retry_interval', 'Retry Interval', 'uint32', soaNumber(2)),
  onRecords([SOA], 'soa.expire_limit', 'Expire limit', 'uint32', soaNumber(3)),
  onRecords([SOA], 'soa.minimum_ttl', 'Minimum TTL', 'uint32', soaNumber(4)),
  onRecords([TXT], 'txt.length', 'TXT Length', 'uint8', strings(true)),
  onRecords([TXT], 'txt', 'TXT', 'string', strings(false)),
  onRecords([SRV], 'srv.service', 'Service', 'string', ownerPart(0)),
  onRecords([SRV], 'srv.proto', 'Protocol', 'string', ownerPart(1)),
  onRecords([SRV], 'srv.name', 'Name', 'string', ownerPart(2)),
  onRecords([SRV], 'srv.priority', 'Priority', 'uint16', data(0, 2)),
  onRecords([SRV], 'srv.weight', 'Weight', 'uint16', data(2, 2)),
  onRecords([SRV], 'srv.port', 'Port', 'uint16', data(4, 2)),
  onRecords([SRV], 'srv.target', 'Target', 'string', dataName(6)),
  onRecords([RRSIG], 'rrsig.type_covered', 'Type Covered', 'uint16', data(0, 2)),
  onRecords([RRSIG], 'rrsig.algorithm', 'Algorithm', 'uint8', data(2, 1)),
  onRecords([RRSIG], 'rrsig.labels', 'Labels', 'uint8', data(3, 1)),
  onRecords([RRSIG], 'rrsig.original_ttl', 'Original TTL', 'uint32', data(4, 4)),
  onRecords([RRSIG], 'rrsig.signature_expiration', 'Signature Expiration', 'absolute_time', moment(8)),
  onRecords([RRSIG], 'rrsig.signature_inception', 'Signature Inception', 'absolute_time', moment(12)),
  onRecords([RRSIG], 'rrsig.key_tag', 'Key Tag', 'uint16', data(16, 2)),
  onRecords([RRSIG], 'rrsig.signers_name', "Signer's name", 'string', dataName(18)),
  onRecords([RRSIG], 'rrsig.signature', 'Signature', 'bytes', (list, i, out, packet) => {
    const at = behindDataName(list, i, packet, 18);
    if (at >= 0 && at <= list.end[i]) out.span(list.parent[i], list.view[i], at, list.end[i] - at);
  }),
  onRecords([NSEC], 'nsec.next_domain_name', 'Next Domain Name', 'string', dataName(0)),
  onRecords([TSIG], 'tsig.algorithm_name', 'Algorithm Name', 'string', dataName(0)),
  onRecords(
    [TSIG],
    'tsig.time_signed',
    'Time Signed',
    'absolute_time',
    tsig((view, at, _end, out, message) =>
      out.time(message, view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2), 0),
    ),
  ),
  onRecords(
    [TSIG],
    'tsig.fudge',
    'Fudge',
    'uint16',
    tsig((view, at, _end, out, message) => out.add(message, view.getUint16(at + 6))),
  ),
  onRecords(
    [TSIG],
    'tsig.mac_size',
    'MAC Size',
    'uint16',
    tsig((view, at, _end, out, message) => out.add(message, view.getUint16(at + 8))),
  ),
  onRecords(
    [TSIG],
    'tsig.mac',
    'MAC',
    'none',
    tsig((view, at, _end, out, message) => {
      if (view.getUint16(at + 8) > 0) out.add(message, 1);
    }),
  ),
  onRecords(
    [TSIG],
    'tsig.noalg',
    'No dissector for algorithm',
    'none',
    tsig((view, at, _end, out, message) => {
      if (view.getUint16(at + 8) > 0) out.add(message, 1);
    }),
  ),
  onRecords([TSIG], 'tsig.original_id', 'Original Id', 'uint16', tsig(behindMac(0))),
  onRecords([TSIG], 'tsig.error', 'Error', 'uint16', tsig(behindMac(2))),
  onRecords([TSIG], 'tsig.other_len', 'Other Len', 'uint16', tsig(behindMac(4))),
  exchange('response_to', 'Request In', 'framenum', ({ exchanges }, i, out) => {
    if (exchanges.queryFrame[i] !== 0) out.add(i, exchanges.queryFrame[i]);
  }),
  exchange('time', 'Time', 'relative_time', ({ exchanges }, i, out) => {
    if (exchanges.queryFrame[i] !== 0) out.time(i, exchanges.times[i * 2], exchanges.times[i * 2 + 1]);
  }),
  exchange('retransmission', 'Retransmission', 'boolean', ({ exchanges }, i, out) => {
    if (exchanges.firstFrame[i] !== 0 || exchanges.resent[i] !== 0) out.add(i, 1);
  }),
  exchange('retransmit_request', 'DNS query retransmission', 'none', ({ exchanges }, i, out) => {
    if (exchanges.firstFrame[i] !== 0) out.add(i, 1);
  }),
  exchange(
    'retransmit_request_in',
    'Retransmitted request. Original request in',
    'framenum',
    ({ exchanges }, i, out) => {
      if (exchanges.firstFrame[i] !== 0) out.add(i, exchanges.firstFrame[i]);
    },
  ),
  exchange('unsolicited', 'Unsolicited', 'boolean', ({ exchanges }, i, out) => {
    if (exchanges.unsolicited[i] !== 0) out.add(i, 1);
  }),
];

/** Messages over TCP may lie in several segments. */
export const DNS: readonly Field[] = FIELDS.map((row) => ({ ...row, needs: row.needs | DNS_STREAMS }));
