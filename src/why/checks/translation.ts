// Addresses that rules change on the way: what they change them to, and whether that is what goes wrong.
import type { FoundNamespace } from '../../netns/discover.ts';
import { addressesOf, type Node } from '../../netns/topology.ts';
import type { RuleVerdict } from '../evaluate-rules.ts';
import { chainNamed, packetNamed } from '../facts/names.ts';
import { commandIn, type Finding } from '../finding.ts';
import type { Chain, FirewallPacket, FirewallRule } from '../ruleset.ts';
import type { Snapshot } from '../snapshot.ts';
import { ruleText } from './filtering.ts';

/** An address (and port) changed on the way. */
export interface Translation {
  here: FoundNamespace;
  kind: 'dnat' | 'snat';
  before: string;
  after: string;
  portBefore?: number;
  portAfter?: number;
  /** Without the connection tracker: answers keep the new address. */
  stateless?: boolean;
  /** The rule chooses among several: until a capture shows the choice, `after` is `before`. */
  untold?: boolean;
  /** Seen in captures only: no rule that was read explains it. */
  guessed?: boolean;
  chain?: Chain;
  rule?: FirewallRule;
  /** As it was when the rule met it. */
  packet?: FirewallPacket;
}

interface Where {
  ingress?: Node;
  oif?: string;
  /** Made in this namespace itself. */
  local?: boolean;
}

/** What the rules of a hook make of the packet's addresses. */
export async function translationOf(
  snapshot: Snapshot,
  here: FoundNamespace,
  packet: FirewallPacket,
  { translation, rewrites = [] }: RuleVerdict,
  { ingress, oif, local = false }: Where,
): Promise<{ translation: Translation; port?: number }[]> {
  const found = rewrites.map((rewrite) => rewritten(here, packet, rewrite));
  if (translation === undefined) return found;
  const { kind, address, port, redirect, untold, chain, rule } = translation;
  const before = kind === 'dnat' ? packet.target : packet.source;
  const own = (name: string | undefined) => {
    const node = snapshot.topology.find(here, name);
    return node === undefined ? undefined : addressesOf(node, packet.family)[0]?.address;
  };
  const after =
    address ??
    (kind === 'snat'
      ? own(oif)
      : redirect
        ? local
          ? packet.family === 4
            ? '127.0.0.1'
            : '::1'
          : own(ingress?.link.name)
        : undefined) ??
    before;
  return [
    ...found,
    {
      translation: {
        here,
        kind,
        before,
        after,
        ...(untold ? { untold } : {}),
        ...(kind === 'dnat' && packet.port !== undefined
          ? { portBefore: packet.port, portAfter: port ?? packet.port }
          : {}),
        chain,
        rule,
        packet,
      },
      ...(port === undefined ? {} : { port }),
    },
  ];
}

/** What a rule writes into the packet itself. */
function rewritten(
  here: FoundNamespace,
  packet: FirewallPacket,
  rewrite: NonNullable<RuleVerdict['rewrites']>[number],
): { translation: Translation; port?: number } {
  const { chain, rule } = rewrite;
  const common = { here, stateless: true, chain, rule, packet };
  if (rewrite.field === 'dport') {
    const { port } = rewrite;
    const ports = { ...(packet.port === undefined ? {} : { portBefore: packet.port }), portAfter: port };
    const { target } = packet;
    return { translation: { ...common, kind: 'dnat', before: target, after: target, ...ports }, port };
  }
  const { field, address: after } = rewrite;
  const [kind, before] =
    field === 'saddr' ? (['snat', packet.source] as const) : (['dnat', packet.target] as const);
  return { translation: { ...common, kind, before, after } };
}

/** A translation that does not take place, as a rule before it switched the connection tracker off for the packet. */
export async function skippedTranslation(
  here: FoundNamespace,
  packet: FirewallPacket,
  { skipped }: RuleVerdict,
  untracker: RuleVerdict['untracker'],
): Promise<Finding | undefined> {
  if (skipped === undefined || untracker === undefined) return undefined;
  const { chain, rule } = untracker;
  const text = await ruleText(here, chain, rule);
  const missed = await ruleText(here, skipped.chain, skipped.rule);
  return {
    code: 'translation-skipped',
    step: 'firewall',
    facts: {
      netns: here.label,
      packet: packetNamed(packet),
      chain: chainNamed(chain),
      rule: text,
      skipped: missed,
    },
    evidence: [{ code: 'rule', facts: { netns: here.label, chain: chainNamed(chain), rule: text } }],
    fix: [commandIn(here, ...rule.deletion)],
  };
}

/** The rule again, with other words in place of those that match. Undefined where they are not found in it. */
export async function replaceInRule(
  here: FoundNamespace,
  chain: Chain,
  rule: FirewallRule,
  change: (text: string) => string,
): Promise<readonly string[] | undefined> {
  const text = await ruleText(here, chain, rule);
  const changed = change(text);
  if (changed === text) return undefined;
  if (chain.tool === 'nft') {
    const where = [chain.family, chain.table, chain.name, 'handle', String(rule.handle)];
    return commandIn(here, 'nft', 'replace', 'rule', ...where, changed);
  }
  // The deletion's words are those of the rule, after `-t TABLE -D CHAIN`.
  const index = chain.rules.indexOf(rule) + 1;
  const words = rule.deletion.slice(5).map((word) => change(word));
  return commandIn(here, chain.tool, '-t', chain.table, '-R', chain.name, String(index), ...words);
}
