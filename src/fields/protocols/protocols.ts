// The protocols themselves as fields: `tcp` is there where a TCP header is, and `tcp[13]` is a byte of it.

import { ipv4Text, ipv6Text } from '../../base/address.ts';
import type { Batch } from '../../base/batch.ts';
import * as record from '../../base/record-kind.ts';
import * as cell from '../../flow/connection.ts';
import * as link from '../../wire/linktype.ts';
import * as portNumbers from '../../wire/registry/ports.ts';
import * as tcpHeader from '../../wire/tcp.ts';
import type { Dissection } from '../dissection.ts';
import { type Field, field, type Where } from '../field.ts';
import type { Layers } from '../layers.ts';
import { COOKED_2, OVER_TCP, SOUND, WITH_LENGTH } from '../marks.ts';
import { ANALYSIS, DNS_STREAMS } from '../needs.ts';
import type { Values } from '../values.ts';
import { enterprise, isCopied } from './frame-options.ts';

/** Bytes of header `i`, where that can be said. */
type Length = (layers: Layers, i: number) => number;
/** The line that the packet tree has for header `i`. */
type Label = (packet: Dissection, i: number) => string;

/** Those whose length Wireshark takes before it knows where their header ends. */
const OPEN_ENDED = new Set(['arp', 'gre', 'tcp']);

/** Where the bytes of a header end that were captured: of one that cannot be, the fields end before (dissect/internet.ts). */
const end = ({ mark, end: ends, wireEnd }: Layers, i: number, isIp: boolean): number =>
  isIp && (mark[i] & SOUND) === 0 ? Math.max(ends[i], wireEnd[i]) : ends[i];

function protocol(where: Where, name: string, title: string, length: Length, label: Label, needs = 0): Field {
  const isIp = name === 'ip';
  return {
    ...field(name, title, 'protocol', (packet, out) => {
      const layers = where(packet);
      for (let i = 0; i < layers.count; i++) {
        const room = Math.max(0, end(layers, i, isIp) - layers.at[i]);
        out.span(i, layers.view[i], layers.at[i], Math.min(room, length(layers, i)));
      }
    }),
    isOpenEnded: OPEN_ENDED.has(name),
    whole: (packet, out) => {
      const layers = where(packet);
      for (let i = 0; i < layers.count; i++) {
        out.span(i, layers.view[i], layers.at[i], Math.max(0, end(layers, i, isIp) - layers.at[i]));
      }
    },
    label: (packet, out) => {
      const layers = where(packet);
      for (let i = 0; i < layers.count; i++) packet.texts.add(out, i, label(packet, i));
    },
    labelNeeds: needs,
  };
}

const fixed =
  (length: number): Length =>
  () =>
    length;
const whole: Length = (layers, i) => layers.end[i] - layers.at[i];
const byteAt = (layers: Layers, i: number, place: number) =>
  layers.at[i] + place < layers.end[i] ? layers.view[i].getUint8(layers.at[i] + place) : 0;
const wordAt = (layers: Layers, i: number, place: number) =>
  (byteAt(layers, i, place) << 8) | byteAt(layers, i, place + 1);

function bytesAt(layers: Layers, i: number, place: number, length: number): Uint8Array {
  const at = layers.at[i] + place;
  const room = Math.max(0, Math.min(length, layers.end[i] - at));
  return new Uint8Array(layers.view[i].buffer, layers.view[i].byteOffset + at, room);
}

function macText(layers: Layers, i: number, place: number): string {
  return Array.from(bytesAt(layers, i, place, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

const bytes = (n: number) => `${n} byte${n === 1 ? '' : 's'}`;

const frameLabel: Label = ({ batch, index, origin }) => {
  if (!record.isPacket(batch.kind[index])) return recordLabel(batch, index);
  const wire = batch.wire[index];
  const captured = batch.captured[index];
  const number = batch.interface[index];
  const on = origin.named ? ` on interface ${origin.name(number)}, id ${number}` : '';
  return `Frame ${batch.frame(index)}: ${bytes(wire)} on wire (${wire * 8} bits), ${bytes(captured)} captured (${captured * 8} bits)${on}`;
};

/** The line for what is no packet. */
function recordLabel(batch: Batch, index: number): string {
  const number = batch.frame(index);
  const length = batch.wire[index];
  switch (batch.kind[index]) {
    case record.CUSTOM: {
      const allowed = isCopied(batch, index) ? 'allowed' : 'not allowed';
      return `PCAPNG Custom Block ${number}: ${bytes(length)} (${length * 8} bits) of custom data and options, PEN ${enterprise(batch, index)}, copying ${allowed}`;
    }
    case record.JOURNAL:
    case record.UNTIMED_JOURNAL:
      return `Systemd Journal Entry ${number}: ${bytes(length)} (${length * 8} bits)`;
    case record.SYSTEM_CALL:
      return `System Event ${number}: ${bytes(length)} (${length * 8} bits)`;
    default:
      return `Record ${number}`;
  }
}

const ports = (layers: Layers, i: number) =>
  `Src Port: ${wordAt(layers, i, 0)}, Dst Port: ${wordAt(layers, i, 2)}`;

const tcpLabel: Label = ({ tcp, analysis }, i) => {
  const name = `Transmission Control Protocol, ${ports(tcp, i)}`;
  if (analysis.row < 0) return name;
  const { sequence, acknowledgment, flags, length } = analysis.segment;
  const seq = (sequence - analysis.cells[analysis.sender + cell.BASE]) >>> 0;
  const ack = (acknowledgment - analysis.cells[analysis.receiver + cell.BASE]) >>> 0;
  return `${name}, Seq: ${seq}${(flags & tcpHeader.ACK) === 0 ? '' : `, Ack: ${ack}`}, Len: ${length}`;
};

const frameRead = ({ batch, index }: Dissection, out: Values): void =>
  out.span(0, batch.view, batch.offset[index], batch.captured[index]);

/** Of a link type that is IP itself, Wireshark looks only in what IP says is there. */
const frameWhole = (packet: Dissection, out: Values): void => {
  const { batch, index, ip, ipv6 } = packet;
  const at = batch.offset[index];
  const type = batch.linkType[index];
  const carrier = type === link.IPV4 ? ip : type === link.IPV6 ? ipv6 : undefined;
  if (carrier === undefined || carrier.count === 0 || carrier.at[0] !== at) frameRead(packet, out);
  else out.span(0, batch.view, at, Math.min(batch.captured[index], carrier.end[0] - at));
};

const OPERATIONS = ['', 'request', 'reply', 'reverse request', 'reverse reply'];
/** Bytes of an extension header: it has its length in units of eight behind the first ones (RFC 8200, 4). */
const extension: Length = (layers, i) => (byteAt(layers, i, 1) + 1) << 3;

/** The port that makes message `i` one of multicast DNS or LLMNR, which are protocols of their own; undefined for DNS. */
function multicastPort({ dns, udp }: Dissection, i: number): number | undefined {
  if ((dns.mark[i] & OVER_TCP) !== 0) return undefined;
  const carrier = dns.parent[i];
  const source = wordAt(udp, carrier, 0);
  const destination = wordAt(udp, carrier, 2);
  return [portNumbers.MULTICAST_DNS, portNumbers.LLMNR].find(
    (port) => port === source || port === destination,
  );
}

/** Messages of the form of DNS's: those of one port, or all others. */
function nameService(name: string, title: string, port: number | undefined): Field {
  const read = (packet: Dissection, out: Values): void => {
    const { dns } = packet;
    for (let i = 0; i < dns.count; i++) {
      if (multicastPort(packet, i) !== port) continue;
      // Over TCP the length before it is a part of it, as tshark has it (RFC 1035, 4.2.2).
      const start = dns.at[i] - ((dns.mark[i] & OVER_TCP) !== 0 ? 2 : 0);
      out.span(i, dns.view[i], start, Math.max(0, dns.end[i] - start));
    }
  };
  return {
    ...field(name, title, 'protocol', read, { needs: DNS_STREAMS }),
    whole: read,
    label: (packet, out) => {
      const { dns } = packet;
      for (let i = 0; i < dns.count; i++) {
        const kind = (byteAt(dns, i, 2) & 0x80) === 0 ? 'query' : 'response';
        if (multicastPort(packet, i) === port) packet.texts.add(out, i, `${title} (${kind})`);
      }
    },
  };
}

/** What a network header is called: its addresses as far as it has them. */
function addressed(
  layers: Layers,
  i: number,
  name: string,
  title: string,
  place: number,
  length: number,
  text: (bytes: Uint8Array) => string,
): string {
  const room = layers.end[i] - layers.at[i] - place;
  if (room < length) return name;
  const source = `${title}, Src: ${text(bytesAt(layers, i, place, length))}`;
  return room < 2 * length ? source : `${source}, Dst: ${text(bytesAt(layers, i, place + length, length))}`;
}

export const PROTOCOLS: readonly Field[] = [
  {
    ...field('frame', 'Frame', 'protocol', frameRead),
    whole: frameWhole,
    label: (packet, out) => packet.texts.add(out, 0, frameLabel(packet, 0)),
  },
  protocol(
    ({ eth }) => eth,
    'eth',
    'Ethernet',
    fixed(14),
    ({ eth }, i) =>
      (eth.mark[i] & WITH_LENGTH) !== 0
        ? 'IEEE 802.3 Ethernet '
        : `Ethernet II, Src: ${macText(eth, i, 6)}, Dst: ${macText(eth, i, 0)}`,
  ),
  protocol(
    ({ vlan }) => vlan,
    'vlan',
    '802.1Q Virtual LAN',
    fixed(4),
    ({ vlan }, i) => {
      const tag = wordAt(vlan, i, 0);
      return `802.1Q Virtual LAN, PRI: ${tag >> 13}, DEI: ${(tag >> 12) & 1}, ID: ${tag & 0xfff}`;
    },
  ),
  protocol(
    ({ sll }) => sll,
    'sll',
    'Linux cooked-mode capture',
    (layers, i) => ((layers.mark[i] & COOKED_2) === 0 ? 16 : 20),
    ({ sll }, i) => `Linux cooked capture v${(sll.mark[i] & COOKED_2) === 0 ? 1 : 2}`,
  ),
  protocol(
    ({ arp }) => arp,
    'arp',
    'Address Resolution Protocol',
    (layers, i) => 8 + 2 * (byteAt(layers, i, 4) + byteAt(layers, i, 5)),
    ({ arp }, i) => `Address Resolution Protocol (${OPERATIONS[wordAt(arp, i, 6)] ?? wordAt(arp, i, 6)})`,
  ),
  protocol(
    ({ ip }) => ip,
    'ip',
    'Internet Protocol Version 4',
    (layers, i) => (byteAt(layers, i, 0) & 15) << 2,
    ({ ip }, i) => addressed(ip, i, 'ip', 'Internet Protocol Version 4', 12, 4, ipv4Text),
  ),
  protocol(
    ({ ipv6 }) => ipv6,
    'ipv6',
    'Internet Protocol Version 6',
    fixed(40),
    ({ ipv6 }, i) => addressed(ipv6, i, 'ipv6', 'Internet Protocol Version 6', 8, 16, ipv6Text),
  ),
  protocol(
    ({ icmp }) => icmp,
    'icmp',
    'Internet Control Message Protocol',
    whole,
    () => 'icmp',
  ),
  protocol(
    ({ icmpv6 }) => icmpv6,
    'icmpv6',
    'Internet Control Message Protocol v6',
    whole,
    () => 'icmpv6',
  ),
  protocol(
    ({ tcp }) => tcp,
    'tcp',
    'Transmission Control Protocol',
    (layers, i) => ((layers.mark[i] & SOUND) === 0 ? 20 : (byteAt(layers, i, tcpHeader.OFFSET) >> 4) << 2),
    tcpLabel,
    ANALYSIS,
  ),
  protocol(
    ({ udp }) => udp,
    'udp',
    'User Datagram Protocol',
    fixed(8),
    ({ udp }, i) => `User Datagram Protocol, ${ports(udp, i)}`,
  ),
  nameService('dns', 'Domain Name System', undefined),
  nameService('mdns', 'Multicast Domain Name System', portNumbers.MULTICAST_DNS),
  nameService('llmnr', 'Link-local Multicast Name Resolution', portNumbers.LLMNR),
  protocol(
    ({ hopopts }) => hopopts,
    'ipv6.hopopts',
    'IPv6 Hop-by-Hop Option',
    extension,
    () => 'ipv6.hopopts',
  ),
  protocol(
    ({ dstopts }) => dstopts,
    'ipv6.dstopts',
    'Destination Options for IPv6',
    extension,
    () => 'ipv6.dstopts',
  ),
  protocol(
    ({ routing }) => routing,
    'ipv6.routing',
    'Routing Header for IPv6',
    extension,
    () => 'ipv6.routing',
  ),
  protocol(
    ({ fraghdr }) => fraghdr,
    'ipv6.fraghdr',
    'Fragment Header for IPv6',
    fixed(8),
    () => 'ipv6.fraghdr',
  ),
  protocol(
    ({ gre }) => gre,
    'gre',
    'Generic Routing Encapsulation',
    fixed(4),
    ({ gre }, i) => {
      const names: Record<number, string> = {
        2048: ' (IP)',
        34525: ' (IPv6)',
        35006: ' (ERSPAN)',
        8939: ' (ERSPAN III)',
      };
      return `Generic Routing Encapsulation${names[wordAt(gre, i, 2)] ?? ''}`;
    },
  ),
  protocol(
    ({ vxlan }) => vxlan,
    'vxlan',
    'Virtual eXtensible Local Area Network',
    fixed(8),
    () => 'vxlan',
  ),
];
