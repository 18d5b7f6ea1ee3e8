// LINKTYPE_ values, as pcap and pcapng files carry them (https://www.tcpdump.org/linktypes.html).

export const NULL = 0;
export const ETHERNET = 1;
export const RAW = 101;
export const LOOP = 108;
export const LINUX_SLL = 113;
export const IPV4 = 228;
export const IPV6 = 229;
export const LINUX_SLL2 = 276;

// Known to the analysis (wire/tunnel.ts); only some of these to the packet lines (print/packet.ts).
export const IEEE802_5 = 6;
export const ARCNET_BSD = 7;
export const PPP = 9;
export const FDDI = 10;
export const PPP_HDLC = 50;
export const PPP_ETHER = 51;
export const ATM_RFC1483 = 100;
export const C_HDLC = 104;
export const IEEE802_11 = 105;
export const LINUX_CLIP = 106;
export const FRAME_RELAY = 107;
export const ENC = 109;
export const PFLOG = 117;
export const IEEE802_11_PRISM = 119;
export const IP_OVER_FC = 122;
export const IEEE802_11_RADIOTAP = 127;
export const ARCNET_LINUX = 129;
export const APPLE_IP_OVER_IEEE1394 = 138;
export const IEEE802_11_AVS = 163;
export const PPI = 192;
export const IEEE802_15_4 = 195;
export const PPP_WITH_DIR = 204;
export const IPNET = 226;
export const IEEE802_15_4_NOFCS = 230;
export const NFLOG = 239;
export const IPOIB = 242;
export const IEEE802_15_4_TAP = 283;
