// Things that findings speak of, as plain data: what JSON carries and what sentences are made of.
import type { Node } from '../../netns/topology.ts';
import type { FirewallPacket } from '../ruleset.ts';

/** An interface. */
export interface InterfaceName {
  interface: string;
  netns: string;
}

/** A program. */
export interface ProcessName {
  name: string;
  id: number;
}

/** A chain of a packet filter. `family` is nft's. */
export interface ChainName {
  tool: string;
  family: string;
  table: string;
  name: string;
}

/** What a packet is to the rules that it meets. */
export interface PacketName {
  /** `neighbour`: neighbor discovery of IPv6. */
  protocol: 'icmp' | 'tcp' | 'udp' | 'arp' | 'neighbour';
  /** Empty where the kernel has not chosen one. */
  source: string;
  target: string;
  port?: number;
  reply: boolean;
  /** A router's report that a packet was too large. */
  tooBig?: true;
}

/** What of the request it was. */
export type ProbePacket = 'answer' | 'ping' | 'tcp' | 'udp';

export function named({ namespace, link }: Node): InterfaceName {
  return { interface: link.name, netns: namespace.label };
}

export function chainNamed({ tool, family, table, name }: ChainName): ChainName {
  return { tool, family, table, name };
}

export function packetNamed({ protocol, source, target, port, reply, tooBig }: FirewallPacket): PacketName {
  return {
    protocol,
    source,
    target,
    ...(port === undefined ? {} : { port }),
    reply,
    ...(tooBig ? { tooBig } : {}),
  };
}

/** `nft table ip nat, chain pre`. */
export function chainText({ tool, family, table, name }: ChainName): string {
  return `${tool} table ${tool === 'nft' ? `${family} ` : ''}${table}, chain ${name}`;
}
