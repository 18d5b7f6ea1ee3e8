// Reasons that lie in the receiving or sending socket, of any protocol.
import type { Row } from './reason.ts';

export const SOCKET_REASONS: Record<string, Row> = {
  NO_SOCKET: ['nothing listens on that address and port', 'ss -ltunp'],
  SOCKET_CLOSE: ['the socket was closed with this data still in it'],
  SOCKET_FILTER: [
    "the socket's own filter (SO_ATTACH_FILTER, SO_ATTACH_BPF) rejected it, or a filter of its cgroup",
    'ss -p -e --bpf; bpftool cgroup tree',
  ],
  SOCKET_RCVBUFF: [
    'the receive buffer was full: the program does not read fast enough',
    'sysctl net.core.rmem_max net.core.rmem_default (SO_RCVBUF); ss -uampn',
  ],
  SOCKET_BACKLOG: [
    'the queue of a socket that its program has locked was full',
    'sysctl net.ipv4.tcp_rmem (SO_RCVBUF)',
  ],
  PROTO_MEM: [
    'the protocol has used up its memory',
    'sysctl net.ipv4.udp_mem net.ipv4.tcp_mem; cat /proc/net/sockstat',
  ],
  SKB_UCOPY_FAULT: ['it could not be copied from or to the program: the address given is not mapped'],
  UNIX_DISCONNECT: ['a Unix socket was connected to another one with this still in it'],
  UNIX_SKIP_OOB: ['out-of-band data of a Unix socket was passed over by a read'],
  QUEUE_PURGE: ['a queue was emptied with this packet still in it, as when its socket or device goes away'],
  PACKET_SOCK_ERROR: ['a packet socket could not take its copy; the packet itself went on', 'ss -0pb'],
  PFMEMALLOC: ['memory is so short that only packets that free some are taken', 'sysctl vm.min_free_kbytes'],
  BPF_CGROUP_EGRESS: ['a BPF program of the cgroup rejected it on its way out', 'bpftool cgroup tree'],
  SECURITY_HOOK: ['a security module (SELinux, Smack, AppArmor) rejected it', 'ausearch -m avc; dmesg'],
  PSP_INPUT: ['PSP encryption: it came without the encryption that the socket requires'],
  PSP_OUTPUT: ['PSP encryption: the device cannot send it encrypted as the socket requires'],
};
