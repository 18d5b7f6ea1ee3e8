// Protocol numbers of IP (the IANA registry "Protocol Numbers"), extension headers of IPv6 among them.

export const HOP_BY_HOP = 0;
export const ICMP = 1;
export const IGMP = 2;
export const IPV4 = 4;
export const TCP = 6;
export const EGP = 8;
export const IGRP = 9;
export const UDP = 17;
export const DCCP = 33;
export const IPV6 = 41;
export const ROUTING = 43;
export const FRAGMENT = 44;
export const RSVP = 46;
export const GRE = 47;
export const DSR = 48;
export const ESP = 50;
export const AH = 51;
export const MOBILE_IP = 55;
export const ICMPV6 = 58;
export const NO_NEXT_HEADER = 59;
export const DESTINATION_OPTIONS = 60;
/** What Mobility was before it had a number of its own. */
export const MOBILITY_OLD = 62;
/** Sun's network disk, which tcpdump still names. */
export const ND = 77;
export const EIGRP = 88;
export const OSPF = 89;
export const AX25 = 93;
export const ETHERIP = 97;
export const PIM = 103;
export const IPCOMP = 108;
export const VRRP = 112;
export const PGM = 113;
export const SCTP = 132;
export const MOBILITY = 135;
export const MPLS = 137;
export const SHIM6 = 140;
export const ETHERNET = 143;
