// Reasons of IPv4, IPv6, ICMP, UDP and neighbours.
import type { Row } from './reason.ts';

const NEIGHBOURS = 'ip neigh; sysctl net.ipv4.neigh.default.gc_thresh3';

export const IP_REASONS: Record<string, Row> = {
  PKT_TOO_SMALL: ['it is shorter than the length in its headers'],
  UDP_CSUM: ["UDP's checksum is wrong", 'ethtool -k DEV (checksum offload); nstat -az UdpInCsumErrors'],
  ICMP_CSUM: ["ICMP's checksum is wrong", 'nstat -az IcmpInCsumErrors'],
  IP_CSUM: ["the IP header's checksum is wrong", 'nstat -az IpExtInCsumErrors'],
  IP_INHDR: ['its IP header is invalid, or its TTL expired', 'nstat -az IpInHdrErrors'],
  NETFILTER_DROP: ['a packet filter dropped it', 'nft list ruleset; iptables-save; ebtables -L'],
  OTHERHOST: ["it is addressed to another host's MAC address", 'ip link; ip neigh'],
  IP_RPFILTER: [
    'the route back to its source does not use the interface it arrived on',
    'sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.DEV.rp_filter; ip route get SOURCE',
  ],
  UNICAST_IN_L2_MULTICAST: [
    'a unicast IP packet in a multicast or broadcast frame',
    'sysctl net.ipv4.conf.DEV.drop_unicast_in_l2_multicast',
  ],
  XFRM_POLICY: ['an IPsec policy forbids it', 'ip xfrm policy; cat /proc/net/xfrm_stat'],
  IP_NOPROTO: ['no handler for the IP protocol it carries', 'nstat -az IpInUnknownProtos'],
  IP_OUTNOROUTES: ['there is no route to its destination', 'ip route get DESTINATION; ip rule'],
  IPV6DISABLED: ['IPv6 is disabled on the interface', 'sysctl net.ipv6.conf.DEV.disable_ipv6'],
  NEIGH_CREATEFAIL: ['no neighbour entry could be created for its next hop', NEIGHBOURS],
  NEIGH_FAILED: [
    'its next hop did not answer ARP requests or neighbour solicitations',
    'ip neigh; ping NEXTHOP',
  ],
  NEIGH_QUEUEFULL: [
    "too many packets are waiting for the next hop's link-layer address",
    'sysctl net.ipv4.neigh.DEV.unres_qlen_bytes; ip neigh',
  ],
  NEIGH_DEAD: ['the neighbour entry of its next hop was removed', 'ip neigh'],
  NEIGH_HH_FILLFAIL: ['the link-layer header could not be built from the neighbour entry', 'ip neigh'],
  INVALID_PROTO: ['it carries a protocol that is invalid here'],
  IP_INADDRERRORS: ['its destination is not an address of this host, and it is not forwarded'],
  IP_INNOROUTES: [
    'it was received for a destination without a route',
    'ip route get DESTINATION from SOURCE iif DEV; ip rule',
  ],
  IP_LOCAL_SOURCE: [
    'it arrived from outside with a source address of this host',
    'sysctl net.ipv4.conf.DEV.accept_local; ip address',
  ],
  IP_INVALID_SOURCE: ['its source address is invalid: multicast, broadcast, loopback or zero'],
  IP_LOCALNET: [
    'it has an address in 127.0.0.0/8 on an interface other than lo',
    'sysctl net.ipv4.conf.DEV.route_localnet',
  ],
  IP_INVALID_DEST: ['its destination address is invalid here'],
  PKT_TOO_BIG: [
    'it is larger than the MTU and must not be fragmented',
    'ip link (mtu); ip route get DESTINATION; tracepath DESTINATION',
  ],
  DUP_FRAG: ['a duplicate or overlapping fragment'],
  FRAG_REASM_TIMEOUT: [
    'reassembly timed out with fragments missing',
    'sysctl net.ipv4.ipfrag_time net.ipv6.ip6frag_time; nstat -az IpReasmTimeout',
  ],
  FRAG_TOO_FAR: [
    'too many other datagrams from the same sender arrived before the rest of this one',
    'sysctl net.ipv4.ipfrag_max_dist',
  ],
  IPV6_BAD_EXTHDR: ['an IPv6 extension header is invalid'],
  IPV6_NDISC_FRAG: [
    'a fragmented neighbour discovery message (RFC 6980)',
    'sysctl net.ipv6.conf.DEV.suppress_frag_ndisc',
  ],
  IPV6_NDISC_HOP_LIMIT: ['a neighbour discovery message with a hop limit other than 255: not from this link'],
  IPV6_NDISC_BAD_CODE: ['a neighbour discovery message with a code other than 0'],
  IPV6_NDISC_BAD_OPTIONS: ['a neighbour discovery message with invalid options'],
  IPV6_NDISC_NS_OTHERHOST: ['a neighbour solicitation for an address of another host'],
  LOCAL_MAC: ["its source MAC address is this interface's own", 'ip link; bridge fdb'],
  ARP_PVLAN_DISABLE: [
    'an ARP request between ports of a private VLAN, which the interface does not answer',
    'sysctl net.ipv4.conf.DEV.proxy_arp_pvlan',
  ],
};
