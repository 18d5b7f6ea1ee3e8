// Findings about interfaces and wires, in words.

import type { LinkFacts } from '../../why/facts/links.ts';
import { commandLine } from '../../why/finding.ts';
import { interfaceText, type Renderings } from './rendering.ts';

export const LINKS: Renderings<LinkFacts> = {
  'interface-down': (facts) => {
    const what = facts.bridge
      ? ', the bridge,'
      : facts.address === undefined
        ? ''
        : `, which has ${facts.address},`;
    const behind = facts.behind === undefined ? '' : `: ${interfaceText(facts.behind)} leads to it`;
    return `${interfaceText(facts)}${what} is down${behind}`;
  },
  'interface-moved': ({ interface: device, netns, home, peer, address }) =>
    address === undefined
      ? `${home} has no interface but lo: ${device}, to which ${peer.netns} is wired, lies in ${netns}`
      : `${device}, the other end of ${interfaceText(peer)}, lies in ${netns} and not in ${home}: no interface has ${address}`,
  'loopback-down': ({ netns, target }) =>
    target === undefined
      ? `lo is down in ${netns}: it can't talk to itself`
      : `lo is down in ${netns}: packets to its own addresses, including ${target}, go by lo`,
  'macvlan-below': {
    cause: (facts) =>
      `${interfaceText(facts)} is a macvlan on ${interfaceText(facts.lower)}: a macvlan and the interface below it never talk to each other`,
    advice: ({ lower }) =>
      `give ${lower.netns} a macvlan of its own on ${lower.interface}, and the address to that`,
  },
  'macvlan-mode': (facts) =>
    facts.mode === 'source'
      ? `${interfaceText(facts)} is a macvlan in source mode: it takes nothing from ${facts.peerMac} (${interfaceText(facts.peer)}), which is not on its list`
      : `${interfaceText(facts)} is a macvlan in ${facts.mode} mode: it does not talk to ${interfaceText(facts.peer)}, which is on the same ${facts.lower}`,
  'no-carrier': {
    cause: (facts) => `${interfaceText(facts)} is up but has no carrier`,
    advice: ({ interface: device }) => `see what ${device} is plugged into`,
  },
  'not-wired': { cause: notWired, advice: wire },
  protodown: (facts) =>
    `${interfaceText(facts)} is held down by protodown: it is up but has no carrier until that is off`,
};

function notWired({
  kind,
  netns,
  address,
  neighbours = [],
  owners = [],
  ...facts
}: LinkFacts['not-wired']): string {
  const device = interfaceText({ interface: facts.interface ?? '', netns });
  const owner = owners[0] === undefined ? '' : interfaceText(owners[0]);
  switch (kind) {
    case 'unconnected':
      return `no wire leads from ${netns} to ${owners.map((one) => one.netns).join(', ')}, which has ${address}`;
    case 'leaves':
      return `no wire leads from ${netns} to ${owner}, which has ${address}: packets for it leave by ${device}`;
    case 'elsewhere':
      return `${device} is wired to ${neighbours.length === 0 ? 'nothing' : neighbours.map(interfaceText).join(', ')}, but not to ${owner}, which has ${address}`;
    case 'nowhere':
      return `${device} leads nowhere: nothing is at its other end, where ${address} should be`;
  }
}

function wire({ netns, address, owners = [], command, ...facts }: LinkFacts['not-wired']): string {
  if (command !== undefined) return `wire them up: ${commandLine([command])}`;
  if (owners[0] !== undefined) return `wire ${netns} and ${owners[0].netns} together`;
  return `wire ${facts.interface} to the namespace that should have ${address}`;
}
