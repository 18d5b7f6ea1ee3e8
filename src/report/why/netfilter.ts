// Findings about packet filters, translation and IPsec policies, in words.
import { chainText, type PacketName } from '../../why/facts/names.ts';
import type { NetfilterFacts } from '../../why/facts/netfilter.ts';
import { probeText, type Renderings } from './rendering.ts';

export const NETFILTER: Renderings<NetfilterFacts> = {
  'answer-not-translated': {
    cause: ({ netns, before, after, source, asker, server, stateless }) =>
      stateless
        ? `${netns} changes the target ${before} to ${after} without the connection tracker, so answers come from ${source}: ${asker} knows no such connection`
        : `${server} answers ${asker} directly, past ${netns}, which translated ${before} to ${after}: the answers come from ${source}, and ${asker} knows no such connection`,
    advice: ({ netns, stateless, table }) =>
      stateless
        ? undefined
        : `let ${netns} translate the source as well (masquerade), so that answers pass it (${table ?? 'nat'}, postrouting)`,
  },
  'firewall-policy': {
    cause: (facts) =>
      facts.by === 'rules'
        ? `the firewall of ${facts.netns} drops ${packetText(facts.packet)} in ${facts.hook}: no rule of ${chainText(facts.chain)} accepts them and its policy is drop`
        : `the firewall of ${facts.netns} drops ${probeText(facts.packet)}: ${chainText(facts.chain)}, ${facts.rule ?? 'its policy'}`,
    advice: ({ by }, fixed) =>
      by === 'rules' || fixed ? undefined : 'let a rule before it accept the packet',
  },
  'firewall-rule': {
    cause: (facts) =>
      facts.by === 'rules'
        ? `the firewall of ${facts.netns} ${facts.verdict} ${packetText(facts.packet)} in ${facts.hook}: ${ruleText(facts)}`
        : `the firewall of ${facts.netns} drops ${probeText(facts.packet)}: ${ruleText(facts)}`,
    advice: ({ by }, fixed) =>
      by === 'rules' || fixed ? undefined : 'let a rule before it accept the packet',
  },
  'ipsec-policy': ({ netns, source, destination, direction, action }) =>
    action === 'block'
      ? `an IPsec policy of ${netns} blocks packets from ${source} to ${destination} (${direction})`
      : `an IPsec policy of ${netns} wants packets from ${source} to ${destination} encrypted (${direction}): plain ones are dropped`,
  'translation-skipped': ({ netns, packet, chain, rule, skipped }) =>
    `the firewall of ${netns} keeps ${packetText(packet)} from being tracked (${chainText(chain)}, rule '${rule}'), and so from being translated by '${skipped}'`,
  translated: { cause: translated, advice: rightTarget },
};

function ruleText({
  chain,
  handle,
  rule,
}: Pick<NetfilterFacts['firewall-rule'], 'chain' | 'handle' | 'rule'>) {
  return `${chainText(chain)}${handle === undefined ? '' : ` handle ${handle}`}, rule '${rule}'`;
}

function translated(facts: NetfilterFacts['translated']): string {
  const { kind, netns, packet, address, port, chain, rule } = facts;
  const what = `${netns} translates ${packetText(packet)}`;
  if (kind === 'source')
    return `${what}: they come from ${address} instead, which is no address of ${netns}, so that no answer gets back to it (${chainText(chain)}, rule '${rule}')`;
  const says = `${what}: they go to ${address}${port === undefined ? '' : ` port ${port}`} instead, by ${ruleText(facts)}`;
  switch (kind) {
    case 'taken':
      return says;
    case 'no-owner':
      return `${says}, and no interface has ${address}${facts.rightAddress === undefined ? '' : `: ${facts.rightAddress} listens on that port`}`;
    case 'not-listening':
      return `${says}, where nothing listens in ${facts.server}: its server listens on port ${facts.rightPort}`;
  }
}

function rightTarget({ kind, rightPort }: NetfilterFacts['translated'], fixed: boolean): string | undefined {
  if (fixed) return undefined;
  if (kind === 'no-owner') return 'give the rule the address of the server';
  return kind === 'not-listening' ? `let the rule translate to port ${rightPort}` : undefined;
}

/** `TCP packets from 10.0.1.1 to 10.0.1.2 port 80`. */
function packetText({ protocol, source, target, port, reply, tooBig }: PacketName): string {
  const from = source === '' ? '' : ` from ${source}`;
  const to = ` to ${target}`;
  if (tooBig) return `reports of packets that are too large (ICMP)${from}${to}`;
  switch (protocol) {
    case 'arp':
      return reply ? `ARP replies${from}` : `ARP requests${from}`;
    case 'neighbour':
      return reply ? `neighbour advertisements${from}` : `neighbour solicitations${from}`;
    case 'icmp':
      return reply ? `echo replies${from}${to}` : `pings${from}${to}`;
    default: {
      const name = protocol.toUpperCase();
      return reply ? `${name} answers${from} port ${port}${to}` : `${name} packets${from}${to} port ${port}`;
    }
  }
}
