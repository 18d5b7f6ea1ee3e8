// Findings about neighbour resolution (ARP and neighbour discovery), in words.
import type { NeighbourFacts } from '../../why/facts/neighbours.ts';
import { interfaceText, type Renderings } from './rendering.ts';

export const NEIGHBOURS: Renderings<NeighbourFacts> = {
  'arp-filter': (facts) =>
    `${interfaceText(facts)} does not answer ARP requests of ${facts.asker} for ${facts.address}: arp_filter is on there, and the route back to ${facts.asker} leaves by ${facts.routeInterface}`,
  'arp-ignored': (facts) =>
    `${interfaceText(facts)} does not answer ARP requests for ${facts.address}: arp_ignore is ${facts.value} there`,
  'arp-not-asked': (facts) =>
    `${interfaceText(facts)} does not request link-layer addresses: mcast_solicit is 0 there`,
  'arp-off': (facts) =>
    `${interfaceText(facts)} has ARP switched off: it does not ${facts.role === 'asks' ? 'request' : 'answer requests for'} link-layer addresses`,
  'duplicate-mac': (facts) =>
    `${interfaceText(facts)} and ${interfaceText(facts.twin)} have the same link-layer address ${facts.mac}: frames for the one go to the other`,
  'neighbour-entry-wrong': ({ netns, address, mac, owner, rightMac, learned }) =>
    `${netns} has a ${learned ? 'stale' : 'fixed'} neighbour entry that says ${address} is at ${mac}, but ${interfaceText(owner)} has ${rightMac}: nothing takes its frames`,
};
