// Reasons of IPv4, IPv6, ICMP, UDP and neighbours.
import type { Row } from './reason.ts';

const NEIGHBOURS = 'ip neigh; sysctl net.ipv4.neigh.default.gc_thresh3';

export const IP_REASONS: Record<string, Row> = {
  PKT_TOO_SMALL: ['it is shorter than its headers say'],
  UDP_CSUM: ["UDP's checksum is wrong", 'ethtool -k DEV (checksum offload); nstat -az UdpInCsumErrors'],
  ICMP_CSUM: ["ICMP's checksum is wrong", 'nstat -az IcmpInCsumErrors'],
  IP_CSUM: ["the IP header's checksum is wrong", 'nstat -az IpExtInCsumErrors'],
  IP_INHDR: ['its IP header is not valid, or its TTL has run out', 'nstat -az IpInHdrErrors'],
  NETFILTER_DROP: ['a packet filter dropped it', 'nft list ruleset; iptables-save'],
  OTHERHOST: ["it is addressed to another host's MAC address", 'ip link; ip neigh'],
  IP_RPFILTER: [
    'the way back to its source does not lead through the interface it came in by',
    'sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.DEV.rp_filter; ip route get SOURCE',
  ],
  UNICAST_IN_L2_MULTICAST: [
    'a unicast IP packet in a multicast or broadcast frame',
    'sysctl net.ipv4.conf.DEV.drop_unicast_in_l2_multicast',
  ],
  XFRM_POLICY: ['an IPsec policy does not allow it', 'ip xfrm policy; cat /proc/net/xfrm_stat'],
  IP_NOPROTO: ['nothing here speaks the protocol it carries', 'nstat -az IpInUnknownProtos'],
  IP_OUTNOROUTES: ['there is no route to its destination', 'ip route get DESTINATION; ip rule'],
  IPV6DISABLED: ['IPv6 is disabled on the interface', 'sysctl net.ipv6.conf.DEV.disable_ipv6'],
  NEIGH_CREATEFAIL: ['no entry for its next hop could be made', NEIGHBOURS],
  NEIGH_FAILED: ['its next hop answered no ARP or neighbour solicitation', 'ip neigh; ping NEXTHOP'],
  NEIGH_QUEUEFULL: [
    'too many packets wait for the address of the same next hop',
    'sysctl net.ipv4.neigh.DEV.unres_qlen_bytes; ip neigh',
  ],
  NEIGH_DEAD: ['the entry for its next hop was removed', 'ip neigh'],
  NEIGH_HH_FILLFAIL: ["the link-layer header could not be filled in from the neighbour's entry", 'ip neigh'],
  INVALID_PROTO: ['it carries a protocol that is not valid here'],
  IP_INADDRERRORS: ['it came for an address that is not ours and is not forwarded'],
  IP_INNOROUTES: [
    'it came for an address to which there is no route',
    'ip route get DESTINATION from SOURCE iif DEV; ip rule',
  ],
  IP_LOCAL_SOURCE: [
    'it came in from outside with a source address of this host',
    'sysctl net.ipv4.conf.DEV.accept_local; ip address',
  ],
  IP_INVALID_SOURCE: ['its source address is not valid: multicast, broadcast, loopback or zero'],
  IP_LOCALNET: [
    'it has an address of 127.0.0.0/8 on an interface other than lo',
    'sysctl net.ipv4.conf.DEV.route_localnet',
  ],
  IP_INVALID_DEST: ['its destination address is not valid here'],
  PKT_TOO_BIG: [
    'it is longer than the MTU and may not be fragmented',
    'ip link (mtu); ip route get DESTINATION; tracepath DESTINATION',
  ],
  DUP_FRAG: ['a fragment that came twice, or overlaps another'],
  FRAG_REASM_TIMEOUT: [
    'fragments were missing until the time for reassembly was over',
    'sysctl net.ipv4.ipfrag_time net.ipv6.ip6frag_time; nstat -az IpReasmTimeout',
  ],
  FRAG_TOO_FAR: [
    'too many other datagrams of the same sender came before the rest of this one',
    'sysctl net.ipv4.ipfrag_max_dist',
  ],
  IPV6_BAD_EXTHDR: ['an IPv6 extension header is not valid'],
  IPV6_NDISC_FRAG: [
    'a neighbour discovery message in fragments (RFC 6980)',
    'sysctl net.ipv6.conf.DEV.suppress_frag_ndisc',
  ],
  IPV6_NDISC_HOP_LIMIT: ['a neighbour discovery message with a hop limit other than 255: not from this link'],
  IPV6_NDISC_BAD_CODE: ['a neighbour discovery message with a code other than 0'],
  IPV6_NDISC_BAD_OPTIONS: ['a neighbour discovery message with options that are not valid'],
  IPV6_NDISC_NS_OTHERHOST: ['a neighbour solicitation for an address that is not ours'],
  LOCAL_MAC: ["its source MAC address is this interface's own", 'ip link; bridge fdb'],
  ARP_PVLAN_DISABLE: [
    'ARP between ports of a private VLAN that the interface does not answer',
    'sysctl net.ipv4.conf.DEV.proxy_arp_pvlan',
  ],
};
