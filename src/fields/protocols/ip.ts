// ip.*: IPv4 (RFC 791).

import * as header from '../../wire/ipv4.ts';
import { EveryOption } from '../../wire/options.ts';
import * as ipProtocol from '../../wire/registry/ip-protocols.ts';
import * as option from '../../wire/registry/ipv4-options.ts';
import type { Dissection } from '../dissection.ts';
import {
  either,
  entries,
  type Field,
  type FieldType,
  field,
  ipv4,
  number,
  type Read,
  type ReadEntry,
  type Where,
} from '../field.ts';
import { isKnown, isTooShort, isWrong } from '../ip-options.ts';
import { Layers } from '../layers.ts';
import { BOGUS_LENGTH, BOGUS_VERSION, SOUND } from '../marks.ts';
import { OnDemand } from '../on-demand.ts';
import { destinationAt, hasKinds } from '../source-route.ts';
import { Values } from '../values.ts';

const ip: Where = (packet) => packet.ip;

const source = ipv4(ip, 'ip.src', 'Source Address', header.SOURCE);
/** Where a route of the source's is not gone through, the packet's destination is the route's end (RFC 791, 3.1). */
const destination = field('ip.dst', 'Destination Address', 'ipv4', ({ ip: layers }, out) => {
  for (let i = 0; i < layers.count; i++) {
    const at = layers.at[i];
    if (at + header.HEADER_LENGTH > layers.end[i] || !hasKinds(layers.view[i], at, layers.end[i])) continue;
    out.add(i, layers.view[i].getUint32(destinationAt(layers.view[i], at, layers.end[i])));
  }
});

/** Names are not looked up: a host is its address, as text. */
function host(name: string, title: string, address: Field): Field {
  const numbers = new Values();
  return field(name, title, 'string', (packet, out) => {
    numbers.count = 0;
    address.read(packet, numbers);
    const { texts } = packet;
    for (let i = 0; i < numbers.count; i++) {
      texts.reserve(16);
      const start = texts.length;
      for (let shift = 24; shift >= 0; shift -= 8) {
        if (shift !== 24) texts.byte(DOT);
        texts.octet((numbers.number[i] >>> shift) & 0xff);
      }
      texts.end(out, numbers.layer[i], start);
    }
  });
}

const DOT = 0x2e;

/** Does header `i` of one list come before header `k` of another? What fragments were put together to lies behind all else. */
function isBefore({ batch }: Dissection, one: Layers, i: number, other: Layers, k: number): boolean {
  if (one.view[i] !== other.view[k]) return one.view[i] === batch.view;
  return one.at[i] < other.at[k];
}

const flag = (name: string, title: string, mask: number) =>
  number(ip, name, title, 'boolean', header.FRAGMENT, { size: 1, mask, room: header.TTL });

const headerLength: Read = ({ ip: layers }, out) => {
  for (let i = 0; i < layers.count; i++) {
    const first = layers.at[i] < layers.end[i] ? layers.view[i].getUint8(layers.at[i]) : 0;
    if (first >> 4 === 4) out.add(i, (first & 15) << 2);
  }
};

/** Addresses of which routers forward nothing (RFC 5771, 4): 224.0.0.0/24. */
const LOCAL_NETWORK_CONTROL = 0xe00000;

/** The hops that packets to 224.0.0.x have: 0 for any. */
function hopsOf(last: number, protocol: number): number {
  if (protocol === ipProtocol.IGMP) return 1;
  switch (last) {
    case 18: // VRRP
    case 102: // HSRP
    case 251: // multicast DNS
      return 255;
    case 252: // LLMNR
      return 0;
  }
  return 1;
}

/** Present where the header, captured whole, says so. */
function noted(
  name: string,
  title: string,
  holds: (view: DataView, at: number, mark: number) => boolean,
): Field {
  return field(name, title, 'none', ({ ip: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const isWhole =
        layers.at[i] + header.HEADER_LENGTH <= layers.end[i] || (layers.mark[i] & BOGUS_VERSION) !== 0;
      if (isWhole && holds(layers.view[i], layers.at[i], layers.mark[i])) out.add(i, 1);
    }
  });
}

/** The options of all headers of the packet at hand; `parent` is the header, `mark` the type. */
class Options extends OnDemand {
  readonly all = new Layers();
  malformed = 0;
  private readonly cursor = new EveryOption();

  protected read(packet: Dissection): void {
    this.all.count = 0;
    this.malformed = 0;
    const { ip: headers } = packet;
    for (let i = 0; i < headers.count; i++) if ((headers.mark[i] & SOUND) !== 0) this.readOne(headers, i);
  }

  private readOne(headers: Layers, i: number): void {
    const { cursor, all } = this;
    const at = headers.at[i];
    const end = at + ((headers.view[i].getUint8(at) & 15) << 2);
    // They are shown where all of them were captured.
    if (end === at + header.HEADER_LENGTH || end > headers.end[i]) return;
    cursor.open(headers.view[i], at + header.HEADER_LENGTH, end, headers.end[i]);
    while (cursor.step()) {
      const { offset, length, kind } = cursor;
      if (!isKnown(kind)) continue;
      const isCut = isTooShort(kind, length);
      if (isCut && kind === option.QUICK_START) break;
      all.push(headers.view[i], offset, Math.min(headers.end[i], offset + length), offset + length, i, kind);
      if (isWrong(headers.view[i], offset, kind, length)) this.malformed++;
      if (isCut || kind === option.END) break;
    }
    if (cursor.isMalformed) this.malformed++;
  }
}

const options = new Options();

const onOption = (name: string, title: string, type: FieldType, read: ReadEntry): Field =>
  entries((packet) => options.of(packet).all, name, title, type, read);

/** Options as protocols: each is there, or not. */
const NAMED: [kind: number, name: string, title: string][] = [
  [option.END, 'eol', 'End of Options List (EOL)'],
  [option.NO_OPERATION, 'nop', 'No-Operation (NOP)'],
  [option.RECORD_ROUTE, 'record_route', 'Record Route'],
  [option.MTU_PROBE, 'mtu_probe', 'MTU Probe'],
  [option.MTU_REPLY, 'mtu_reply', 'MTU Reply'],
  [option.QUICK_START, 'qs', 'Quick-Start'],
  [option.TIMESTAMP, 'timestamp', 'Time Stamp'],
  [option.TRACEROUTE, 'traceroute', 'Traceroute'],
  [option.SECURITY, 'security', 'Security'],
  [option.LOOSE_ROUTE, 'route', 'Loose Source Route'],
  [option.EXTENDED_SECURITY, 'ext_security', 'Extended Security'],
  [option.COMMERCIAL_SECURITY, 'cipso', 'Commercial Security'],
  [option.STREAM, 'sid', 'Stream ID'],
  [option.STRICT_ROUTE, 'source_route', 'Strict Source Route'],
  [option.ROUTER_ALERT, 'routeralert', 'Router Alert'],
];

export const IP: readonly Field[] = [
  source,
  destination,
  either('ip.addr', 'Source or Destination Address', source, destination),
  host('ip.src_host', 'Source Host', source),
  host('ip.dst_host', 'Destination Host', destination),
  host('ip.host', 'Source or Destination Host', either('ip.addr', '', source, destination)),
  field('ip.version', 'Version', 'uint8', (packet, out) => {
    // Headers of both versions, as they follow one another.
    const { ip: first, ipv6: second } = packet;
    for (let i = 0, k = 0; i < first.count || k < second.count; ) {
      const isFirst = k === second.count || (i < first.count && isBefore(packet, first, i, second, k));
      const layers = isFirst ? first : second;
      const one = isFirst ? i++ : k++;
      if (layers.at[one] < layers.end[one]) out.add(one, layers.view[one].getUint8(layers.at[one]) >> 4);
    }
  }),
  field('ip.hdr_len', 'Header Length', 'uint8', headerLength),
  number(ip, 'ip.dsfield', 'Differentiated Services Field', 'uint8', header.TOS, { hex: true }),
  number(ip, 'ip.dsfield.dscp', 'Differentiated Services Codepoint', 'uint8', header.TOS, { mask: 0xfc }),
  number(ip, 'ip.dsfield.ecn', 'Explicit Congestion Notification', 'uint8', header.TOS, { mask: 0x03 }),
  // Where segmentation offload left it out, the length that the packet has.
  field('ip.len', 'Total Length', 'uint16', ({ ip: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + header.TOTAL_LENGTH;
      if (at + 2 <= layers.end[i])
        out.add(i, layers.view[i].getUint16(at) || layers.wireEnd[i] - layers.at[i]);
    }
  }),
  number(ip, 'ip.id', 'Identification', 'uint16', header.IDENTIFICATION, { hex: true }),
  number(ip, 'ip.flags', 'Flags', 'uint8', header.FRAGMENT, {
    hex: true,
    mask: 0xe0,
    room: header.TTL,
  }),
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
  noted('ip.bogus_ip_version', 'Bogus IP version', (_view, _at, mark) => (mark & BOGUS_VERSION) !== 0),
  field('ip.bogus_ip_length', 'Bogus IP length', 'none', ({ ip: layers }, out) => {
    for (let i = 0; i < layers.count; i++) if ((layers.mark[i] & BOGUS_LENGTH) !== 0) out.add(i, 1);
  }),
  noted('ip.ttl.lncb', 'Time To Live', (view, at, mark) => {
    const address = view.getUint32(at + header.DESTINATION);
    if ((mark & BOGUS_VERSION) !== 0 || address >>> 8 !== LOCAL_NETWORK_CONTROL) return false;
    const wanted = hopsOf(address & 0xff, view.getUint8(at + header.PROTOCOL));
    return wanted !== 0 && view.getUint8(at + header.TTL) !== wanted;
  }),
  noted('ip.ttl.too_small', 'Time To Live', (view, at, mark) => {
    const isMulticast = view.getUint8(at + header.DESTINATION) >> 4 === 14;
    const protocol = view.getUint8(at + header.PROTOCOL);
    const isRouting = protocol === ipProtocol.OSPF || protocol === ipProtocol.PIM;
    return (mark & BOGUS_VERSION) === 0 && view.getUint8(at + header.TTL) < 5 && !isMulticast && !isRouting;
  }),
  onOption('ip.opt.type', 'Type', 'uint8', (list, i, out) => out.add(list.parent[i], list.mark[i])),
  onOption('ip.opt.type.copy', 'Copy on fragmentation', 'boolean', (list, i, out) =>
    out.add(list.parent[i], list.mark[i] >> 7),
  ),
  onOption('ip.opt.type.class', 'Class', 'uint8', (list, i, out) =>
    out.add(list.parent[i], (list.mark[i] >> 5) & 3),
  ),
  onOption('ip.opt.type.number', 'Number', 'uint8', (list, i, out) =>
    out.add(list.parent[i], list.mark[i] & 0x1f),
  ),
  onOption('ip.opt.len', 'Length', 'uint8', (list, i, out) => {
    if (list.mark[i] > option.NO_OPERATION) out.add(list.parent[i], list.wireEnd[i] - list.at[i]);
  }),
  field('ip.opt.len.invalid', 'Invalid length for option', 'none', (packet, out) => {
    for (let i = options.of(packet).malformed; i > 0; i--) out.add(0, 1);
  }),
  ...NAMED.map(([kind, name, title]) =>
    onOption(`ip.options.${name}`, `IP Option - ${title}`, 'protocol', (list, i, out) => {
      if (list.mark[i] === kind) out.span(list.parent[i], list.view[i], list.at[i], list.end[i] - list.at[i]);
    }),
  ),
  onOption('ip.opt.ra', 'Router Alert', 'uint16', (list, i, out) => {
    if (list.mark[i] === option.ROUTER_ALERT && list.at[i] + 4 <= list.end[i])
      out.add(list.parent[i], list.view[i].getUint16(list.at[i] + 2));
  }),
];
