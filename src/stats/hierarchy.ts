// Which protocols lie upon which: a tree with packets and bytes, as `tshark -z io,phs` has it, as far as headers are known.
import * as record from '../base/record-kind.ts';
import type { Dissection } from '../fields/dissection.ts';
import type { Layers } from '../fields/layers.ts';
import { PIECE, QUOTED, WITH_LENGTH } from '../fields/marks.ts';
import { DNS_STREAMS } from '../fields/needs.ts';
import { isCommented } from '../fields/protocols/frame-options.ts';
import * as link from '../wire/linktype.ts';
import * as ethertype from '../wire/registry/ethertypes.ts';
import * as ipProtocol from '../wire/registry/ip-protocols.ts';
import type { Statistic } from './statistic.ts';

/** A protocol upon another. */
export interface ProtocolNode {
  /** Wireshark's name for it. */
  protocol: string;
  frames: number;
  bytes: number;
  children: ProtocolNode[];
}

/** Headers of a packet at most, and nodes of the tree: hostile packets may nest tags without end. */
const DEPTH = 64;
const NODES = 4096;

/** Link layers that have no fields here, by LINKTYPE_ value. */
const UPON_FRAME: Record<number, string> = {
  [link.NULL]: 'null',
  [link.LOOP]: 'null',
  [link.RAW]: 'raw',
  [link.IPV4]: 'raw',
  [link.IPV6]: 'raw',
  [link.PPP]: 'ppp',
  [link.IEEE802_11]: 'wlan',
};

/** What lies directly upon Ethernet (or a VLAN tag) and has no fields here, by EtherType. */
const UPON_ETHERNET: Record<number, string> = {
  32821: 'rarp',
  32923: 'ddp',
  33024: 'vlan',
  34825: 'slow',
  34887: 'mpls',
  34888: 'mpls',
  34915: 'pppoed',
  34916: 'pppoes',
  34958: 'eapol',
  35020: 'lldp',
  35045: 'macsec',
  35063: 'ptp',
  35074: 'cfm',
  36864: 'loop',
};

/** The same upon IP, by protocol number. */
const UPON_IP: Record<number, string> = {
  2: 'igmp',
  46: 'rsvp',
  50: 'esp',
  88: 'eigrp',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  115: 'l2tp',
  132: 'sctp',
  136: 'udplite',
};

/** What is upon UDP by its port, and has no fields here. */
const UPON_UDP: Record<number, string> = {
  67: 'dhcp',
  68: 'dhcp',
  69: 'tftp',
  123: 'ntp',
  137: 'nbns',
  138: 'nbdgm',
  161: 'snmp',
  162: 'snmp',
  514: 'syslog',
  520: 'rip',
  546: 'dhcpv6',
  547: 'dhcpv6',
  1900: 'ssdp',
};
const MULTICAST_DNS = 5353;
const LLMNR = 5355;

export class Hierarchy implements Statistic {
  readonly needs = DNS_STREAMS;
  private readonly names: string[] = ['frame'];
  private readonly frames = new Float64Array(NODES);
  private readonly bytes = new Float64Array(NODES);
  private readonly firstChild = new Int32Array(NODES).fill(-1);
  private readonly nextSibling = new Int32Array(NODES).fill(-1);
  /** The headers of the packet at hand in order: which list each is of, and its number there. */
  private readonly lists: Layers[] = [];
  private readonly which = new Int32Array(DEPTH);
  private readonly number = new Int32Array(DEPTH);
  private readonly place = new Float64Array(DEPTH);
  private depth = 0;
  private node = 0;
  private length = 0;

  add(packet: Dissection): void {
    this.length = packet.batch.wire[packet.index];
    this.node = 0;
    this.frames[0]++;
    this.bytes[0] += this.length;
    if (isCommented(packet)) this.step('pkt_comment');
    const name = UPON_FRAME[packet.batch.linkType[packet.index]] ?? recordName(packet);
    if (name !== undefined) this.step(name);
    this.order(packet);
    for (let i = 0; i < this.depth; i++) this.header(packet, i);
  }

  /** Puts the headers, which lie in a list for each protocol, in the order in which they lie in the packet. */
  private order(packet: Dissection): void {
    const { lists } = this;
    if (lists.length === 0) lists.push(...listsOf(packet));
    this.depth = 0;
    for (let which = 0; which < lists.length; which++) {
      const list = lists[which];
      for (let i = 0; i < list.count && this.depth < DEPTH; i++) {
        // What an ICMP error quotes is a part of it.
        if ((list.mark[i] & QUOTED) !== 0) continue;
        // What was put together from fragments lies behind the fragment.
        this.insert(which, i, list.at[i] + (list.view[i] === packet.batch.view ? 0 : 2 ** 32));
      }
    }
  }

  private insert(which: number, number: number, place: number): void {
    let at = this.depth++;
    for (; at > 0 && this.place[at - 1] > place; at--) {
      this.which[at] = this.which[at - 1];
      this.number[at] = this.number[at - 1];
      this.place[at] = this.place[at - 1];
    }
    this.which[at] = which;
    this.number[at] = number;
    this.place[at] = place;
  }

  private header(packet: Dissection, i: number): void {
    const list = this.lists[this.which[i]];
    const number = this.number[i];
    const view = list.view[number];
    const at = list.at[number];
    const readable = Math.min(list.end[number], view.byteLength);
    const isLast = i + 1 === this.depth;
    switch (list) {
      case packet.eth:
        this.step('eth');
        if (isLast && at + 14 <= readable) this.uponType(view, at + 12, list.mark[number]);
        return;
      case packet.vlan:
        this.step('vlan');
        if (isLast && at + 4 <= readable) this.uponType(view, at + 2, list.mark[number]);
        return;
      case packet.ip:
        this.step('ip');
        if (isLast && at + 20 <= readable)
          this.uponIp(view.getUint8(at + 9), (list.mark[number] & PIECE) !== 0);
        return;
      case packet.ipv6:
        this.step('ipv6');
        if (isLast && at + 40 <= readable)
          this.uponIp(view.getUint8(at + 6), (list.mark[number] & PIECE) !== 0);
        return;
      case packet.udp:
        this.step('udp');
        if (isLast && at + 8 <= readable && list.wireEnd[number] > at + 8) this.uponUdp(view.getUint32(at));
        return;
      case packet.dns:
        this.step(dnsName(packet, number));
        return;
    }
    this.step(this.nameOf(packet, list));
  }

  private nameOf(packet: Dissection, list: Layers): string {
    switch (list) {
      case packet.sll:
        return 'sll';
      case packet.arp:
        return 'arp';
      case packet.icmp:
        return 'icmp';
      case packet.icmpv6:
        return 'icmpv6';
      case packet.tcp:
        return 'tcp';
      case packet.gre:
        return 'gre';
      default:
        return 'vxlan';
    }
  }

  private uponType(view: DataView, at: number, mark: number): void {
    const type = view.getUint16(at);
    if ((mark & WITH_LENGTH) !== 0) {
      this.step('llc');
      // The bridge protocol's own service access points (IEEE 802.1D).
      if (at + 4 <= view.byteLength && view.getUint16(at + 2) === 0x4242) this.step('stp');
      return;
    }
    const name = UPON_ETHERNET[type];
    if (name !== undefined) this.step(name);
    else if (type !== ethertype.IPV4 && type !== ethertype.IPV6 && type !== ethertype.ARP) this.step('data');
  }

  private uponIp(protocol: number, isPiece: boolean): void {
    if (isPiece) {
      this.step('data');
      return;
    }
    if (protocol === ipProtocol.ICMP || protocol === ipProtocol.ICMPV6) return;
    const name = UPON_IP[protocol];
    if (name !== undefined) this.step(name);
  }

  private uponUdp(ports: number): void {
    const name = UPON_UDP[ports & 0xffff] ?? UPON_UDP[ports >>> 16];
    if (name !== undefined) this.step(name);
  }

  /** To the child of that name, which is made where there is none yet. */
  private step(name: string): void {
    const { names, firstChild, nextSibling } = this;
    let last = -1;
    let child = firstChild[this.node];
    for (; child >= 0 && names[child] !== name; child = nextSibling[child]) last = child;
    if (child < 0) {
      if (names.length === NODES) return;
      child = names.push(name) - 1;
      if (last < 0) firstChild[this.node] = child;
      else nextSibling[last] = child;
    }
    this.node = child;
    this.frames[child]++;
    this.bytes[child] += this.length;
  }

  root(): ProtocolNode {
    return this.tree(0);
  }

  private tree(node: number): ProtocolNode {
    const children: ProtocolNode[] = [];
    for (let child = this.firstChild[node]; child >= 0; child = this.nextSibling[child])
      children.push(this.tree(child));
    return { protocol: this.names[node], frames: this.frames[node], bytes: this.bytes[node], children };
  }
}

/** The name of what is no packet. */
function recordName({ batch, index }: Dissection): string | undefined {
  switch (batch.kind[index]) {
    case record.CUSTOM:
      return batch.captured[index] > 0 ? 'data' : undefined;
    case record.JOURNAL:
    case record.UNTIMED_JOURNAL:
      return 'systemd_journal';
    case record.SYSTEM_CALL:
      return 'sysdig';
    default:
      return undefined;
  }
}

function listsOf(packet: Dissection): Layers[] {
  const { eth, vlan, sll, arp, ip, ipv6, icmp, icmpv6, tcp, udp, dns, gre, vxlan } = packet;
  return [eth, vlan, sll, arp, ip, ipv6, icmp, icmpv6, tcp, udp, dns, gre, vxlan];
}

function dnsName({ dns, udp }: Dissection, number: number): string {
  const carrier = dns.parent[number];
  if (carrier < 0 || carrier >= udp.count) return 'dns';
  const ports = udp.view[carrier].getUint32(udp.at[carrier]);
  const [source, destination] = [ports >>> 16, ports & 0xffff];
  if (source === MULTICAST_DNS || destination === MULTICAST_DNS) return 'mdns';
  return source === LLMNR || destination === LLMNR ? 'llmnr' : 'dns';
}
