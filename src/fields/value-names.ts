// Names that values have in display filters, as `ip.proto == TCP` or `tcp.flags.syn == Set` use them.
import type { Field } from './field.ts';

type Names = Readonly<Record<string, number>>;

const SET: Names = { Set: 1, 'Not set': 0 };
const YES: Names = { Yes: 1, No: 0 };
const ETHERTYPES: Names = {
  IPv4: 0x0800,
  ARP: 0x0806,
  RARP: 0x8035,
  '802.1Q Virtual LAN': 0x8100,
  IPv6: 0x86dd,
  'PPPoE Discovery': 0x8863,
  'PPPoE Session': 0x8864,
  'MPLS label switched packet': 0x8847,
  '802.1X Authentication': 0x888e,
};
const PROTOCOLS: Names = {
  ICMP: 1,
  IGMP: 2,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  IPv6: 41,
  GRE: 47,
  ESP: 50,
  AH: 51,
  ICMPv6: 58,
  'OSPF IGP': 89,
  PIM: 103,
  VRRP: 112,
  SCTP: 132,
};
const CHECKSUMS: Names = { Bad: 0, Good: 1, Unverified: 2, 'Not present': 3, Illegal: 4 };
const DNS_CLASSES: Names = { IN: 1, CS: 2, CH: 3, HS: 4, NONE: 0xfe, ANY: 0xff };
const RCODES: Names = {
  'No error': 0,
  'Format error': 1,
  'Server failure': 2,
  'No such name': 3,
  'Not implemented': 4,
  Refused: 5,
};
const OPERATIONS: Names = { request: 1, reply: 2, 'reverse request': 3, 'reverse reply': 4 };

const NAMES: Record<string, Names> = {
  'eth.type': ETHERTYPES,
  'vlan.etype': ETHERTYPES,
  'sll.etype': ETHERTYPES,
  'ip.proto': PROTOCOLS,
  'ipv6.nxt': PROTOCOLS,
  'arp.opcode': OPERATIONS,
  'dns.flags.rcode': RCODES,
  'dns.flags.opcode': { 'Standard query': 0, 'Inverse query': 1, 'Server status request': 2 },
  'dns.qry.class': DNS_CLASSES,
  'dns.resp.class': DNS_CLASSES,
  'ip.checksum.status': CHECKSUMS,
  'tcp.checksum.status': CHECKSUMS,
  'udp.checksum.status': CHECKSUMS,
  'icmp.checksum.status': CHECKSUMS,
  'icmpv6.checksum.status': CHECKSUMS,
};

/** A field with the names of its values, where it has any. */
export function withNames(field: Field): Field {
  const { name, type } = field;
  const own = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  const names = own ?? (type !== 'boolean' ? undefined : name.startsWith('ipv6.fraghdr') ? YES : SET);
  return names === undefined ? field : { ...field, names };
}
