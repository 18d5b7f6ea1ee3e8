export const ENCAPSULATED_ETHERNET = 0x000000;
export const CISCO = 0x00000c;
export const CISCO_90 = 0x0000f8;
/** Frames bridged as RFC 2684 describes; the same number is IEEE 802.1's for what is its own. */
export const IEEE_8021 = 0x0080c2;
export const APPLETALK = 0x080007;

/** Organizationally unique identifiers (https://standards-oui.ieee.org), in tcpdump's words. */
export const OUIS: ReadonlyMap<number, string> = new Map([
  [ENCAPSULATED_ETHERNET, 'Ethernet'],
  [CISCO, 'Cisco'],
  [0x00005e, 'IANA'],
  [0x000081, 'Nortel Networks SONMP'],
  [CISCO_90, 'Cisco bridged'],
  [IEEE_8021, 'Ethernet bridged'],
  [0x0004ea, 'HP-Labs'],
  [0x00049f, 'Freescale'],
  [0x001018, 'Broadcom'],
  [0x00120f, 'IEEE 802.3 Private'],
  [0x0012bb, 'ANSI/TIA'],
  [0x00154d, 'Netronome'],
  [0x001b21, 'DCBX'],
  [0x002320, 'Nicira Networks'],
  [0x002481, 'HP'],
  [0x009069, 'Juniper'],
  [0x00a03e, 'ATM Forum'],
  [0x00e004, 'PMC-Sierra'],
  [0x00e02f, 'DOCSIS Spanning Tree'],
  [APPLETALK, 'Appletalk'],
  [0x080009, 'Hewlett-Packard'],
  [0x5c16c7, 'Big Switch Networks'],
  [0x748771, 'Infoblox Inc'],
  [0xa42305, 'Open Networking Lab'],
  [0xb0d2f5, 'Vello Systems'],
  [0xd0f0db, 'Ericsson'],
]);
