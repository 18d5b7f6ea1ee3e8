// Reasons that lie in the receiving or sending socket, of any protocol.
import type { Row } from './reason.ts';

export const SOCKET_REASONS: Record<string, Row> = {
  NO_SOCKET: ['nothing listens on that address and port', 'ss -ltunp'],
  SOCKET_CLOSE: ['the socket was closed with this data unread'],
  SOCKET_FILTER: [
    "the socket's own filter (SO_ATTACH_FILTER, SO_ATTACH_BPF) rejected it, or a filter of its cgroup",
    'ss -p -e --bpf; bpftool cgroup tree',
  ],
  SOCKET_RCVBUFF: [
    'the receive buffer was full: the program does not read fast enough',
    'sysctl net.core.rmem_max net.core.rmem_default (SO_RCVBUF); ss -uampn',
  ],
  SOCKET_BACKLOG: [
    'the backlog of a socket in use by its program was full',
    'sysctl net.ipv4.tcp_rmem (SO_RCVBUF)',
  ],
  PROTO_MEM: [
    'the memory limit of the protocol was reached',
    'sysctl net.ipv4.udp_mem net.ipv4.tcp_mem; cat /proc/net/sockstat',
  ],
  SKB_UCOPY_FAULT: ["it could not be copied from or to the program's memory: the address is not mapped"],
  UNIX_DISCONNECT: ['a Unix socket was reconnected with this data unread'],
  UNIX_SKIP_OOB: ['a read skipped out-of-band data of a Unix socket'],
  QUEUE_PURGE: [
    'a queue was purged with this packet in it, for example because its socket or device was removed',
  ],
  PACKET_SOCK_ERROR: [
    'a packet socket had no room for its copy; the packet itself was not dropped',
    'ss -0pb',
  ],
  PFMEMALLOC: [
    'memory is so low that only packets that help to free some are accepted',
    'sysctl vm.min_free_kbytes',
  ],
  BPF_CGROUP_EGRESS: ['a BPF program of the cgroup rejected it on its way out', 'bpftool cgroup tree'],
  SECURITY_HOOK: ['a security module (SELinux, Smack, AppArmor) rejected it', 'ausearch -m avc; dmesg'],
  PSP_INPUT: ['PSP: it arrived without the encryption that the socket requires'],
  PSP_OUTPUT: ['PSP: the device cannot send it with the encryption that the socket requires'],
};
