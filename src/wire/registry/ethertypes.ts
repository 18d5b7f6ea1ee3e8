// EtherTypes (the registry of IEEE 802; RFC 9542).

/** What is not more is an IEEE 802.3 length instead. */
export const LONGEST_LENGTH = 1500;

export const OSI_IN_GRE = 0x00fe;
export const GEONET_OLD = 0x0707;
export const IPV4 = 0x0800;
export const ARP = 0x0806;
/** Of the trailers that 4.2BSD put behind IP. */
export const TRAILERS = 0x1000;
export const CALM_FAST = 0x1111;
export const TRILL = 0x22f3;
export const CENTRINO = 0x2452;
/** 3Com's modems had numbers of their own for PPPoE. */
export const PPPOE_DISCOVERY_3COM = 0x3c12;
export const PPPOE_SESSION_3COM = 0x3c13;
export const BATMAN = 0x4305;
export const DECNET = 0x6003;
export const TRANSPARENT_BRIDGING = 0x6558;
export const REVERSE_ARP = 0x8035;
export const APPLETALK = 0x809b;
export const SNA = 0x80d5;
export const APPLETALK_ARP = 0x80f3;
export const VLAN = 0x8100;
export const IPX = 0x8137;
export const IPV6 = 0x86dd;
export const MPCP = 0x8808;
export const SLOW_PROTOCOLS = 0x8809;
export const PPP = 0x880b;
export const MPLS = 0x8847;
export const MPLS_MULTICAST = 0x8848;
export const PPPOE_DISCOVERY = 0x8863;
export const PPPOE_SESSION = 0x8864;
export const MS_NLB = 0x886f;
export const JUMBO = 0x8870;
export const EAPOL = 0x888e;
export const REALTEK = 0x8899;
export const AOE = 0x88a2;
export const QINQ = 0x88a8;
export const LWAPP = 0x88bb;
export const TIPC = 0x88ca;
export const LLDP = 0x88cc;
export const LAB_MANAGER = 0x88de;
export const MACSEC = 0x88e5;
export const BACKBONE_BRIDGING = 0x88e7;
export const PTP = 0x88f7;
export const CFM = 0x8902;
export const FABRIC_PATH = 0x8903;
export const META_DATA = 0x8909;
export const VN_TAG = 0x8926;
export const HSR = 0x892f;
export const E_TAG = 0x893f;
export const GEONET = 0x8947;
export const NSH = 0x894f;
export const HOMEPLUG_BACKBONE = 0x8988;
export const LOOPBACK = 0x9000;
export const QINQ_9100 = 0x9100;
export const VLAN_9200 = 0x9200;
export const TECMP = 0x99fe;
export const CFM_OLD = 0xabcd;
export const LWAPP_OLD = 0xbbbb;
export const ARISTA = 0xd28b;
export const R_TAG = 0xf1c1;
/** OSI in frames longer than 802.3 allows; in GRE its number is that of LLC. */
export const OSI = 0xfefe;

/** True for a type behind which a tag of IEEE 802.1Q lies. */
export function isVlan(type: number): boolean {
  return type === VLAN || type === QINQ || type === QINQ_9100 || type === VLAN_9200;
}
