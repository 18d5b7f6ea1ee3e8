// Well-known ports of TCP and UDP that several floors look at (the IANA registry "Service Name and Transport Protocol
// Port Number"). What only one printer knows stands in its row of print/dispatch/ports.ts.

export const DNS = 53;
export const MOBILE_IP = 434;
export const L2TP = 1701;
export const GTP_U = 2152;
export const AMT = 2268;
export const GTP_PRIME = 3386;
export const TEREDO = 3544;
export const BATMAN_GATEWAY = 4306;
export const LISP = 4341;
export const LISP_CONTROL = 4342;
export const GRE_IN_UDP = 4754;
export const VXLAN = 4789;
export const VXLAN_GPE = 4790;
export const CAPWAP = 5247;
export const MULTICAST_DNS = 5353;
/** Link-local multicast name resolution (RFC 4795). */
export const LLMNR = 5355;
export const GENEVE = 6081;
export const MPLS_IN_UDP = 6635;
/** Linux's own port for VXLAN, from before RFC 7348 gave 4789 to it; tcpdump takes it for OTV. */
export const VXLAN_LINUX = 8472;
export const LWAPP_DATA = 12_222;
export const JUNIPER_MIRROR = 30_030;
export const TZSP = 37_008;
