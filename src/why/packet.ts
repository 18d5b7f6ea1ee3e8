// The packet whose way is walked, and where on that way it is.
import type { FoundNamespace } from '../netns/discover.ts';
import type { Family } from '../netns/prefix.ts';
import type { Node } from '../netns/topology.ts';
import type { FirewallPacket } from './ruleset.ts';

export interface PacketSpec {
  family: Family;
  source?: string;
  target: string;
  protocol: 'icmp' | 'tcp' | 'udp';
  port?: number;
  /** The answer on its way back. */
  reply: boolean;
  /** The asker's own port, where it is known. */
  ownPort?: number;
  /** As rules set it on the way through a namespace. */
  mark?: number;
  ttl?: number;
  /** Bytes. */
  size?: number;
  /** The first fragment of a packet, and not a whole one. */
  fragment?: boolean;
  /** Not the answer itself, but a router's report that a packet was too large. */
  tooBig?: boolean;
}

/** An interface that a packet passes, and in which direction: where captures may see it. */
export interface Point {
  here: FoundNamespace;
  dev: string;
  direction: 'in' | 'out';
}

/** A namespace on the way, and how the packet goes through it. */
export interface Hop {
  here: FoundNamespace;
  /** The interface it came in by; undefined where it starts. */
  ingress?: Node;
  /** The interface it leaves by; undefined where it ends. */
  exit?: Node;
  /** The address resolved on that link: the gateway, or the target itself. */
  nextHop?: string;
  /** The interfaces the frame passes, from exit to the next hop's `came`. */
  wire?: Node[];
  /** No wire that can be seen joins the two: the packet was seen on both sides. */
  foreign?: boolean;
  /** The next hop answers ARP for others (proxy_arp). */
  proxied?: boolean;
  /** The route's own MTU, where it is smaller than the interface's. */
  routeMtu?: number;
}

/** As the firewall sees the spec. */
export function seenByFirewall(spec: PacketSpec, iif?: string, oif?: string): FirewallPacket {
  return {
    family: spec.family,
    layer: 'inet',
    source: spec.source ?? '',
    target: spec.target,
    protocol: spec.protocol,
    ...(spec.port === undefined ? {} : { port: spec.port }),
    reply: spec.reply,
    ...defined(spec, ['ownPort', 'mark', 'ttl', 'size', 'fragment', 'tooBig']),
    ...(iif === undefined ? {} : { iif }),
    ...(oif === undefined ? {} : { oif }),
  };
}

function defined<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const found: Partial<Pick<T, K>> = {};
  for (const key of keys) if (from[key] !== undefined) found[key] = from[key];
  return found;
}
