// LINKTYPE_ values, as pcap and pcapng files carry them (https://www.tcpdump.org/linktypes.html).

export const NULL = 0;
export const ETHERNET = 1;
export const RAW = 101;
export const LOOP = 108;
export const LINUX_SLL = 113;
export const IPV4 = 228;
export const IPV6 = 229;
export const LINUX_SLL2 = 276;
