// The packet whose way is walked, and where on that way it is.
import type { FoundNamespace } from '../discover.ts';
import type { FirewallPacket } from './firewall.ts';
import type { Family } from './prefix.ts';
import type { Node } from './topology.ts';

export interface Traveller {
  family: Family;
  source?: string;
  target: string;
  protocol: 'icmp' | 'tcp' | 'udp';
  port?: number;
  /** The answer on its way back. */
  reply: boolean;
}

/** A namespace on the way, and how the packet goes through it. */
export interface Hop {
  here: FoundNamespace;
  /** The interface it came in by; undefined where it starts. */
  came?: Node;
  /** The interface it leaves by; undefined where it ends. */
  exit?: Node;
  /** Who is asked on that link: the gateway, or the target itself. */
  nextHop?: string;
  /** The interfaces the frame passes, from exit to the next hop's `came`. */
  wire?: Node[];
}

/** As the firewall sees the traveller. */
export function seenByFirewall(traveller: Traveller, iif?: string, oif?: string): FirewallPacket {
  return {
    family: traveller.family,
    layer: 'inet',
    source: traveller.source ?? '',
    target: traveller.target,
    protocol: traveller.protocol,
    ...(traveller.port === undefined ? {} : { port: traveller.port }),
    reply: traveller.reply,
    ...(iif === undefined ? {} : { iif }),
    ...(oif === undefined ? {} : { oif }),
  };
}

/** What comes of it when a namespace does not send the packet on. */
export function consequence(traveller: Traveller, starting: boolean): string {
  if (traveller.reply) return starting ? 'its answers never leave' : 'the answers end there';
  return starting ? 'packets for it never leave' : 'packets for it end there';
}
