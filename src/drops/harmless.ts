// Harmless drops: packets that the kernel drops because no socket wanted them, or because it has them already.
import * as link from '../wire/linktype.ts';
import type { DropEvent } from './event.ts';

interface Row {
  reason: string;
  /** The kernel's function, where the reason alone does not tell; names of inlined ones differ between compilers. */
  function?: RegExp;
  /** Only packets to a group address of the link or of IP. */
  multicast?: boolean;
  because: string;
  /** Source: a file of Linux, or an RFC. */
  source: string;
}

export const HARMLESS: readonly Row[] = [
  {
    reason: 'NOT_SPECIFIED',
    multicast: true,
    because: 'multicast that no socket here has joined',
    source: 'net/ipv6/ip6_input.c, ip6_mc_input; net/ipv4/route.c, ip_route_input_rcu',
  },
  {
    reason: 'NOT_SPECIFIED',
    function: /^(netlink|nlmsg|genl|unix)_/,
    because: 'a message of a netlink or Unix socket, and no packet of a network',
    source: 'net/netlink/af_netlink.c, net/unix/af_unix.c',
  },
  {
    reason: 'NOT_SPECIFIED',
    function: /^(t?packet_rcv|packet_rcv_fanout)/,
    because: "a packet socket's copy; the packet itself went on",
    source: 'net/packet/af_packet.c, packet_rcv',
  },
  {
    reason: 'NOT_SPECIFIED',
    function: /^tcp_rcv_state_process/,
    because: 'a segment without data that was processed; while a connection closes, it is freed as a drop',
    source: 'net/ipv4/tcp_input.c, tcp_rcv_state_process: the label discard, RFC 9293, 3.10.7.4',
  },
  {
    reason: 'NO_SOCKET',
    function: /^ping_rcv/,
    because:
      'an echo reply that no ping socket waits for; raw sockets, as of most ping programs, have had theirs',
    source: 'net/ipv4/ping.c, ping_rcv; net/ipv4/ip_input.c, ip_protocol_deliver_rcu',
  },
  {
    reason: 'PACKET_SOCK_ERROR',
    because: "a packet socket's copy; the packet itself went on",
    source: 'net/packet/af_packet.c, packet_rcv and tpacket_rcv',
  },
  {
    reason: 'UNHANDLED_PROTO',
    multicast: true,
    because: 'multicast of a protocol that nothing here speaks, such as LLDP',
    source: 'net/core/dev.c, __netif_receive_skb_core',
  },
  {
    reason: 'IPV6DISABLED',
    multicast: true,
    because: 'IPv6 multicast on an interface without IPv6',
    source: 'net/ipv6/ip6_input.c, ip6_rcv_core',
  },
  {
    reason: 'IPV6_NDISC_NS_OTHERHOST',
    because: "a neighbour solicitation for another host's address",
    source: 'net/ipv6/ndisc.c, ndisc_recv_ns',
  },
  {
    reason: 'MAC_IEEE_MAC_CONTROL',
    because: 'a frame that bridges keep to themselves',
    source: 'IEEE 802.1Q, 8.6.3; net/bridge/br_input.c, br_handle_frame',
  },
  {
    reason: 'TCP_OLD_DATA',
    because: 'a retransmission of what is here already',
    source: 'net/ipv4/tcp_input.c, tcp_data_queue; RFC 9293, 3.10.7.4',
  },
  {
    reason: 'TCP_OFOMERGE',
    because: 'a retransmission of what is here already',
    source: 'net/ipv4/tcp_input.c, tcp_data_queue_ofo',
  },
  {
    reason: 'TCP_OFO_DROP',
    because: 'a retransmission of what is here already',
    source: 'net/ipv4/tcp_input.c, tcp_ofo_queue',
  },
  {
    reason: 'TCP_OLD_ACK',
    because: 'an acknowledgment of what was acknowledged before',
    source: 'net/ipv4/tcp_input.c, tcp_ack; RFC 9293, 3.10.7.4',
  },
  {
    reason: 'DUP_FRAG',
    because: 'a fragment that is here already',
    source: 'net/ipv4/inet_fragment.c, inet_frag_queue_insert',
  },
  {
    reason: 'UNIX_SKIP_OOB',
    because: 'what the program chose not to read',
    source: 'net/unix/af_unix.c, manage_oob',
  },
  {
    reason: 'UNIX_DISCONNECT',
    because: 'what the program chose not to read',
    source: 'net/unix/af_unix.c, unix_dgram_disconnected',
  },
];

/** Why the drop is harmless; undefined if it is not, or may not be. */
export function harmlessBecause(event: DropEvent): string | undefined {
  if (event.reason === undefined) return undefined;
  const row = HARMLESS.find(
    (one) =>
      one.reason === event.reason &&
      (one.function === undefined || one.function.test(event.function ?? '')) &&
      (one.multicast !== true || isMulticast(event)),
  );
  return row?.because;
}

const ETHERNET_LENGTH = 14;

/** Whether the packet goes to a group of the link layer, of IPv4 (224.0.0.0/4) or of IPv6 (ff00::/8). */
function isMulticast({ packet }: DropEvent): boolean {
  if (packet === undefined) return false;
  const { bytes, linkType } = packet;
  const at = linkType === link.ETHERNET ? ETHERNET_LENGTH : 0;
  if (linkType === link.ETHERNET && (bytes[0] & 1) === 1) return true;
  const version = bytes[at] >>> 4;
  return version === 4 ? bytes[at + 16] >>> 4 === 0xe : version === 6 && bytes[at + 24] === 0xff;
}
