// Names that values have in display filters, as `ip.proto == TCP` or `tcp.flags.syn == Set` use them.
import type { Field } from './field.ts';

type Names = Readonly<Record<string, number>>;

const SET: Names = { Set: 1, 'Not set': 0 };
const YES: Names = { Yes: 1, No: 0 };
const TRUE: Names = { True: 1, False: 0 };
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
const OPERATIONS: Names = {
  request: 1,
  reply: 2,
  'reverse request': 3,
  'reverse reply': 4,
  'inverse request': 8,
  'inverse reply': 9,
};
/** RFC 2474, 2597, 3246, 3168. */
const CODEPOINTS: Names = {
  Default: 0,
  'Lower Effort': 1,
  'Voice Admit': 44,
  'Expedited Forwarding': 46,
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((n) => [`Class Selector ${n}`, n << 3])),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((n) => [1, 2, 3].map((k) => [`Assured Forwarding ${n}${k}`, (n << 3) | (k << 1)])),
  ),
};
const CONGESTION: Names = {
  'Not ECN-Capable Transport': 0,
  "ECN-Capable Transport codepoint '01'": 1,
  "ECN-Capable Transport codepoint '10'": 2,
  'Congestion Experienced': 3,
};
const PASSENGERS: Names = {
  PPP: 0x880b,
  IP: 0x0800,
  ARP: 0x0806,
  OSI: 0x00fe,
  ERSPAN: 0x88be,
  'ERSPAN III': 0x22eb,
  IPX: 0x8137,
  'Transparent Ethernet bridging': 0x6558,
  'Frame Relay': 0x6559,
  IPv6: 0x86dd,
  'MPLS label switched packet': 0x8847,
};
/** RFC 4443, 4861, 2710, 3810. */
const ICMPV6_TYPES: Names = {
  'Destination Unreachable': 1,
  'Packet Too Big': 2,
  'Time Exceeded': 3,
  'Parameter Problem': 4,
  'Echo (ping) request': 128,
  'Echo (ping) reply': 129,
  'Multicast Listener Query': 130,
  'Multicast Listener Report': 131,
  'Multicast Listener Done': 132,
  'Router Solicitation': 133,
  'Router Advertisement': 134,
  'Neighbor Solicitation': 135,
  'Neighbor Advertisement': 136,
  Redirect: 137,
  'Multicast Listener Report Message v2': 143,
};
const PACKET_TYPES: Names = {
  'Unicast to us': 0,
  Broadcast: 1,
  Multicast: 2,
  'Unicast to another host': 3,
  'Sent by us': 4,
};
const LOCAL: Names = {
  'Locally administered address (this is NOT the factory default)': 1,
  'Globally unique address (factory default)': 0,
};
const GROUP: Names = { 'Group address (multicast/broadcast)': 1, 'Individual address (unicast)': 0 };

/** Fields whose values have names in Wireshark that are not known here: its error messages differ for them. */
const UNKNOWN = new Set(
  `arp.hw.type arp.proto.type dns.dnskey.algorithm dns.ds.algorithm dns.ds.digest_type dns.opt.code dns.qry.type
  dns.resp.type dns.rrsig.algorithm dns.rrsig.type_covered dns.tsig.error frame.encap_type
  frame.packet_flags_reception_type icmpv6.mldr.mar.record_type icmpv6.opt.dnssl.lifetime icmpv6.opt.pref64.plc
  icmpv6.opt.prefix.preferred_lifetime icmpv6.opt.prefix.valid_lifetime icmpv6.opt.rdnss.lifetime
  icmpv6.opt.route_info.flag.route_preference icmpv6.opt.route_lifetime icmpv6.opt.type ip.opt.type.class
  ip.opt.type.number ipv6.opt.router_alert ipv6.opt.type ipv6.opt.type.action ipv6.routing.type sll.hatype
  tcp.option_kind tcp.options.experimental.exid tcp.options.mptcp.subtype vlan.priority`.split(/\s+/),
);

const NAMES: Record<string, Names> = {
  'eth.type': ETHERTYPES,
  'vlan.etype': ETHERTYPES,
  'sll.etype': ETHERTYPES,
  'ip.proto': PROTOCOLS,
  'ipv6.nxt': PROTOCOLS,
  'ipv6.hopopts.nxt': PROTOCOLS,
  'ipv6.dstopts.nxt': PROTOCOLS,
  'ipv6.routing.nxt': PROTOCOLS,
  'ipv6.fraghdr.nxt': PROTOCOLS,
  'ip.dsfield.dscp': CODEPOINTS,
  'ipv6.tclass.dscp': CODEPOINTS,
  'ip.dsfield.ecn': CONGESTION,
  'ipv6.tclass.ecn': CONGESTION,
  'gre.proto': PASSENGERS,
  'gre.flags.version': { GRE: 0, 'Enhanced GRE': 1 },
  'icmpv6.type': ICMPV6_TYPES,
  'icmpv6.nd.ra.flag.prf': { Medium: 0, High: 1, Reserved: 2, Low: 3 },
  'sll.pkttype': PACKET_TYPES,
  'frame.packet_flags_direction': { Unknown: 0, Inbound: 1, Outbound: 2 },
  'frame.cb_copy': { Allowed: 1, 'Not Allowed': 0 },
  'eth.fcs.status': CHECKSUMS,
  'dns.flags.response': { 'Message is a response': 1, 'Message is a query': 0 },
  'dns.flags.truncated': { 'Message is truncated': 1, 'Message is not truncated': 0 },
  'dns.flags.recdesired': { 'Do query recursively': 1, "Don't do query recursively": 0 },
  'dns.flags.recavail': { 'Server can do recursive queries': 1, "Server can't do recursive queries": 0 },
  'dns.flags.authoritative': {
    'Server is an authority for domain': 1,
    'Server is not an authority for domain': 0,
  },
  'dns.flags.checkdisable': { Acceptable: 1, Unacceptable: 0 },
  'dns.flags.z': { 'reserved - incorrect!': 1, 'reserved (0)': 0 },
  'dns.resp.z.do': { 'Accepts DNSSEC security RRs': 1, 'Cannot handle DNSSEC security RRs': 0 },
  'vlan.dei': { Ineligible: 1, Eligible: 0 },
  'vxlan.flag_g': { Defined: 1, 'Not defined': 0 },
  'arp.opcode': OPERATIONS,
  'dns.flags.rcode': RCODES,
  'dns.flags.opcode': {
    'Standard query': 0,
    'Inverse query': 1,
    'Server status request': 2,
    'Zone change notification': 4,
    'Dynamic update': 5,
  },
  'dns.qry.class': DNS_CLASSES,
  'dns.resp.class': DNS_CLASSES,
  'ip.checksum.status': CHECKSUMS,
  'tcp.checksum.status': CHECKSUMS,
  'udp.checksum.status': CHECKSUMS,
  'icmp.checksum.status': CHECKSUMS,
  'icmpv6.checksum.status': CHECKSUMS,
};

/** Names of a flag's two values. */
function flagNames(name: string): Names {
  if (/^eth\.(?:(?:src|dst)\.)?lg$/.test(name)) return LOCAL;
  if (/^eth\.(?:(?:src|dst)\.)?ig$/.test(name)) return GROUP;
  if (/^(?:gre\.flags\.|ipv6\.fraghdr\.|ip\.opt\.type\.copy|ipv6\.opt\.type\.change)/.test(name)) return YES;
  return SETS.test(name) ? SET : TRUE;
}

const SETS =
  /^(?:(?:ip|tcp)\.flags\.|frame\.packet_flags_|dns\.flags\.authenticated|icmpv6\.(?:nd\.|opt\.)|tcp\.options\.mptcp)/;

/** A field with the names of its values, where it has any; they are found whatever their case. */
export function withNames(field: Field): Field {
  const { name, type } = field;
  const own = Object.hasOwn(NAMES, name) ? NAMES[name] : UNKNOWN.has(name) ? {} : undefined;
  const names = own ?? (type === 'boolean' ? flagNames(name) : undefined);
  if (names === undefined) return field;
  return { ...field, names: lowered(names) };
}

const known = new Map<Names, Names>();

function lowered(names: Names): Names {
  let found = known.get(names);
  if (found === undefined) {
    found = Object.fromEntries(Object.entries(names).map(([text, value]) => [text.toLowerCase(), value]));
    known.set(names, found);
  }
  return found;
}
