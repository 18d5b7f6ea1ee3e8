// Numbers that packets have, by name.

import * as path from '../trace/path.ts';
import * as linkTypes from '../wire/linktype.ts';
import { ARP, FRAGMENT, ICMP, ICMPV6, IPV4, IPV6, TCP, UDP, VLAN } from '../wire/packet.ts';
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, URG } from '../wire/tcp.ts';

/**
 * Bits of `Packet.layers`: which headers were found whole. `FRAGMENT` is set with `IPV4` or `IPV6` for a fragment of a
 * datagram; a fragment behind the first has no transport layer.
 *
 * @example if (packet.layers & Layer.TCP) …
 */
export const Layer = { ARP, IPV4, IPV6, TCP, UDP, ICMP, ICMPV6, FRAGMENT, VLAN } as const;

/**
 * Bits of `TcpLayer.flags` (RFC 9293, 3.1).
 *
 * @example if (packet.tcp?.flags === (TcpFlag.SYN | TcpFlag.ACK)) …
 */
export const TcpFlag = { FIN, SYN, RST, PSH, ACK, URG, ECE, CWR } as const;

/** LINKTYPE_ values as pcap and pcapng files have them (https://www.tcpdump.org/linktypes.html). */
export const LinkType = { ...linkTypes } as const;

/** What became of a packet (`Path.fate`): `Complete` where it came to the end of its way. */
export const PathFate = {
  Complete: path.COMPLETE,
  Lost: path.LOST,
  Unknown: path.UNKNOWN,
  Duplicate: path.DUPLICATE,
  Proxied: path.PROXIED,
} as const;

/** Bits of `Path.changes`: what differs from the sighting before. */
export const PathChange = {
  Source: path.CHANGED_SOURCE,
  Destination: path.CHANGED_DESTINATION,
  Ttl: path.CHANGED_TTL,
  Dscp: path.CHANGED_DSCP,
  Ecn: path.CHANGED_ECN,
  Mss: path.CHANGED_MSS,
  Options: path.CHANGED_OPTIONS,
  Window: path.CHANGED_WINDOW,
  Vlan: path.CHANGED_VLAN,
  Tunnel: path.CHANGED_TUNNEL,
  Payload: path.CHANGED_PAYLOAD,
  Flags: path.CHANGED_FLAGS,
  Identification: path.CHANGED_ID,
  Fragments: path.CHANGED_FRAGMENTS,
  Sequence: path.CHANGED_SEQUENCE,
  Checksum: path.CHANGED_CHECKSUM,
} as const;
