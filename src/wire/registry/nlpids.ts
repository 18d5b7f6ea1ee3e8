// Network layer protocol identifiers of OSI (ISO/IEC TR 9577).

export const NULL = 0x00;
export const Q933 = 0x08;
export const SNAP = 0x80;
export const CLNP = 0x81;
export const ES_IS = 0x82;
export const IS_IS = 0x83;
export const IPV6 = 0x8e;
export const FRF_15 = 0xb1;
export const IPV4 = 0xcc;
export const PPP = 0xcf;
