// Findings about addresses and their prefixes, in words.

import type { AddressFacts } from '../../why/facts/addresses.ts';
import { commandLine } from '../../why/finding.ts';
import { consequence, interfaceText, type Renderings } from './rendering.ts';

export const ADDRESSES: Renderings<AddressFacts> = {
  'address-missing': {
    cause: missingAddress,
    advice: (facts) => (facts.unknown ? `give ${interfaceText(facts)} an address` : undefined),
  },
  'address-on-bridge-port': (facts) =>
    `${facts.address}/${facts.prefix} is on ${interfaceText(facts)}, which is a port of ${facts.bridge}: frames arriving at a port go to the bridge, not to the port's address`,
  'address-on-wrong-interface': ({
    interface: device,
    netns,
    address,
    prefix,
    target,
    reply,
    rightInterface,
  }) =>
    `${address}/${prefix} is on ${device} in ${netns}, but the link that ${target} is on is ${rightInterface}'s: ${reply ? 'its answers' : 'packets'} leave by the wrong interface`,
  'address-tentative': (facts) =>
    `${interfaceText(facts)} has ${facts.address}, but does not use it yet: duplicate address detection (RFC 4862) has not ended`,
  'duplicate-address': givenTwice,
  'no-address': (facts) =>
    facts.lack === 'mtu'
      ? `${interfaceText(facts)} has an MTU of ${facts.mtu} bytes, and IPv6 needs 1280: it has no IPv6 address`
      : facts.lack === 'ipv6-off'
        ? `IPv6 is switched off on ${interfaceText(facts)} (disable_ipv6)`
        : `${interfaceText(facts)} has no IPv${facts.family} address`,
  'no-interface': {
    cause: ({ netns, direction }) =>
      `${netns} has no interface but lo: nothing leads ${direction === 'out' ? 'out of' : 'into'} it`,
    advice: ({ command }) => (command === undefined ? undefined : `wire it up: ${commandLine([command])}`),
  },
  'prefix-too-long': (facts) =>
    `${interfaceText(facts)} has ${facts.address}/${facts.prefix}, but the others on its link take its network for a /${facts.right}: it has no way to ${facts.target}, and ${consequence(facts)}`,
  'prefix-too-short': (facts) =>
    `${interfaceText(facts)} has ${facts.address}/${facts.prefix}, but its link's network is only a /${facts.right}: it takes ${facts.target} to be on that link, where it is not`,
};

function missingAddress(facts: AddressFacts['address-missing']): string {
  const { lack, address, family } = facts;
  const where = interfaceText(facts);
  if (address === undefined) {
    if (lack === 'down') return `${where} is down and has no address`;
    return `${where} has no IPv${family} address${lack === 'ipv6-off' ? ': IPv6 is switched off there (disable_ipv6)' : ''}`;
  }
  switch (lack) {
    case 'mtu':
      return `${where} has an MTU of ${facts.mtu} bytes, and IPv6 needs 1280: it does not have ${address}`;
    case 'ipv6-off':
      return `IPv6 is switched off on ${where} (disable_ipv6), so it does not have ${address}`;
    case 'down':
      return `${where} is down${family === 6 ? ', which took its IPv6 addresses' : ''}: no interface has ${address}`;
    case 'none':
      return `${where} has no IPv${family} address: no interface has ${address}`;
    case 'other':
      return `no interface has the address ${address}: ${where}, at the other end, has ${(facts.has ?? []).join(', ')}`;
  }
}

function givenTwice({ kind, address, owners, netns }: AddressFacts['duplicate-address']): string {
  const all = owners.map(interfaceText);
  switch (kind) {
    case 'spoofed':
      return `${address} is assigned twice: ${all.map((one) => `to ${one}`).join(' and ')}, so ${netns} takes packets from it for spoofed ones`;
    case 'contested':
      return `${address} is assigned twice on the same link: to ${all.join(' and ')}, and whoever answers first gets the packets`;
    case 'refused':
      if (all.length === 1)
        return `${all[0]} has ${address}, and does not use it: when it was added another station on the link had it (duplicate address detection)`;
      return `${address} is assigned twice on one link, ${all.map((one) => `to ${one}`).join(' and ')}: ${netns} found it taken (duplicate address detection) and does not use it`;
  }
}
