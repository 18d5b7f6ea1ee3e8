// Findings about bridges and their ports, in words.
import type { BridgeFacts } from '../../why/facts/bridges.ts';
import { interfaceText, type Renderings } from './rendering.ts';

export const BRIDGES: Renderings<BridgeFacts> = {
  'bridge-has-mac': (facts) =>
    `${interfaceText(facts)}, the bridge, has ${interfaceText(facts.owner)}'s link-layer address ${facts.mac} as its own: it takes frames for that address and forwards none`,
  'bridge-port-locked': (facts) =>
    `${interfaceText(facts)}, a port of ${facts.bridge}, is locked: the bridge drops frames arriving there from ${facts.mac} (${interfaceText(facts.station)}), for which it has no entry`,
  'bridge-port-state': (facts) => {
    const waits = facts.state === 'listening' || facts.state === 'learning';
    return `${interfaceText(facts)}, a port of ${facts.bridge}, is ${facts.state}${facts.spanningTree ? ' (spanning tree)' : ''}: the bridge passes nothing through it${waits ? ' yet' : ''}`;
  },
  'bridge-ports-isolated': (facts) =>
    `${interfaceText(facts)} and ${facts.other} are both isolated ports of ${facts.bridge}: it passes nothing from the one to the other`,
  'no-flooding': (facts) => {
    const { bridge, which } = facts;
    if (which === 'mcast_flood')
      return `${bridge} floods no multicast out of ${interfaceText(facts)}: neighbour solicitations (RFC 4861), which are multicast, never get there`;
    return `${bridge} floods nothing out of ${interfaceText(facts)}: ${which === 'bcast_flood' ? 'broadcasts, and so ARP requests,' : 'frames for a host it has not yet heard from'} never get there`;
  },
  'not-in-bridge': ({ ports, stations, bridge }) => {
    const netns = ports[0].netns;
    return bridge === undefined
      ? `${ports.map((one) => one.interface).join(' and ')} in ${netns}, the other ends of ${stations.map(interfaceText).join(' and ')}, are in no bridge: ${netns} has none, and passes nothing from the one to the other`
      : `${interfaceText(ports[0])}, the other end of ${interfaceText(stations[0])}, is in no bridge: it should be a port of ${bridge}`;
  },
  'vlan-mismatch': (facts) =>
    `${interfaceText(facts)} is in VLAN ${facts.vlan ?? 'none'} of ${facts.bridge}, but ${facts.other} is in VLAN ${facts.otherVlan ?? 'none'}: the bridge passes no frames between them`,
  'wrong-bridge': (facts) =>
    `${interfaceText(facts)}, where ${interfaceText(facts.station)} is plugged in, is a port of ${facts.bridge}, but ${interfaceText(facts.mate)} is on ${facts.rightBridge}: the two bridges are different links`,
};
