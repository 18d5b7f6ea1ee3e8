// Address families (the IANA registries "Address Family Numbers" and "SAFI Namespace"), in tcpdump's words.

export const IPV4 = 1;
export const IPV6 = 2;
export const NSAP = 3;
export const VPLS = 25;
export const L2VPN = 196;

/** Address family identifiers. */
export const AFI: ReadonlyMap<number, string> = new Map([
  [0, 'Reserved'],
  [IPV4, 'IPv4'],
  [IPV6, 'IPv6'],
  [NSAP, 'NSAP'],
  [4, 'HDLC'],
  [5, 'BBN 1822'],
  [6, '802'],
  [7, 'E.163'],
  [8, 'E.164'],
  [9, 'F.69'],
  [10, 'X.121'],
  [11, 'Novell IPX'],
  [12, 'Appletalk'],
  [13, 'Decnet IV'],
  [14, 'Banyan Vines'],
  [15, 'E.164 with NSAP subaddress'],
  [VPLS, 'VPLS'],
  [L2VPN, 'Layer-2 VPN'],
]);

export const UNICAST = 1;
export const MULTICAST = 2;
export const UNI_MULTICAST = 3;
export const LABELED_UNICAST = 4;
export const MULTICAST_VPN = 5;
export const VPLS_SAFI = 65;
export const MDT = 66;
export const VPN_UNICAST = 128;
export const VPN_MULTICAST = 129;
export const VPN_UNI_MULTICAST = 130;
export const ROUTE_TARGETS = 132;

/** Subsequent address family identifiers. */
export const SAFI: ReadonlyMap<number, string> = new Map([
  [0, 'Reserved'],
  [UNICAST, 'Unicast'],
  [MULTICAST, 'Multicast'],
  [UNI_MULTICAST, 'Unicast+Multicast'],
  [LABELED_UNICAST, 'labeled Unicast'],
  [MULTICAST_VPN, 'Multicast VPN'],
  [64, 'Tunnel'],
  [VPLS_SAFI, 'VPLS'],
  [MDT, 'MDT'],
  [70, 'EVPN'],
  [VPN_UNICAST, 'labeled VPN Unicast'],
  [VPN_MULTICAST, 'labeled VPN Multicast'],
  [VPN_UNI_MULTICAST, 'labeled VPN Unicast+Multicast'],
  [ROUTE_TARGETS, 'Route Target Routing Information'],
]);
