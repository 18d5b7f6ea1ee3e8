// Protocol numbers of PPP (the IANA registry "PPP Numbers").

export const IPV4 = 0x0021;
export const OSI = 0x0023;
export const IPX = 0x002b;
export const VJ_COMPRESSED = 0x002d;
export const VJ_UNCOMPRESSED = 0x002f;
export const BRIDGING = 0x0031;
export const MULTILINK = 0x003d;
export const LLC = 0x004b;
export const IPV6 = 0x0057;
export const MUX = 0x0059;
export const COMPRESSED = 0x00fd;
export const MPLS = 0x0281;
export const MPLS_MULTICAST = 0x0283;
export const IPCP = 0x8021;
export const OSICP = 0x8023;
export const IPV6CP = 0x8057;
export const CCP = 0x80fd;
export const MPLSCP = 0x8281;
export const LCP = 0xc021;
export const PAP = 0xc023;
export const BACP = 0xc02b;
export const BAP = 0xc02d;
export const CHAP = 0xc223;
