// Firewalls: whether a namespace's rules, at one hook or along a wire, stop the packet, and the command that fixes it.

import type { FoundNamespace } from '../../netns/discover.ts';
import { runInside } from '../../netns/inside.ts';
import type { Node, Wire } from '../../netns/topology.ts';
import { evaluateRules, type RuleVerdict } from '../evaluate-rules.ts';
import { chainNamed, packetNamed } from '../facts/names.ts';
import { commandIn, type Finding, type StepName } from '../finding.ts';
import type { Chain, FirewallPacket, FirewallRule, Hook } from '../ruleset.ts';
import type { Snapshot } from '../snapshot.ts';

/** What the rules of `here` at `hook` do to the packet, and a finding if they stop it. */
export async function checkHook(
  snapshot: Snapshot,
  here: FoundNamespace,
  hook: Hook,
  packet: FirewallPacket,
  step: StepName = 'firewall',
  device?: string,
  also?: FirewallPacket,
): Promise<{ ruleVerdict: RuleVerdict; findings: Finding[] }> {
  const { firewall } = await snapshot.state(here);
  const ruleVerdict = evaluateRules(firewall, hook, packet, device);
  const findings =
    ruleVerdict.verdict === 'accept' ? [] : [await blame(here, hook, packet, ruleVerdict, step, also)];
  return { ruleVerdict, findings };
}

/**
 * The rules a frame meets on the wire: at ingress and egress of each interface, in the bridge family, where a bridge
 * shows its packets to iptables (br_netfilter) in that too, and for ARP at both ends.
 */
export async function checkFilters(
  snapshot: Snapshot,
  wire: Wire,
  packet: FirewallPacket,
  step: StepName = 'firewall',
  also?: FirewallPacket,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const ask: Ask = async (node, hook, changed, device) => {
    findings.push(...(await checkHook(snapshot, node.namespace, hook, changed, step, device, also)).findings);
  };
  const [first, last] = [wire[0], wire.at(-1)!];
  const resolving = packet.protocol === 'arp' || packet.protocol === 'neighbour';
  if (resolving) await ask(first, 'output', { ...packet, oif: first.link.name });
  for (const [index, node] of wire.entries()) {
    const before = wire[index - 1];
    const crossed = before !== undefined && before.namespace === node.namespace;
    const device = node.link.name;
    // A frame enters a namespace by the first of its interfaces on the wire and leaves it by the last.
    if (index > 0 && !crossed)
      await ask(node, 'ingress', { ...packet, layer: 'bridge', iif: device }, device);
    const next = wire[index + 1];
    if (next !== undefined && next.namespace !== node.namespace)
      await ask(node, 'egress', { ...packet, layer: 'bridge', oif: device }, device);
  }
  for (const [index, node] of wire.entries()) {
    if (node.link.kind === 'bridge') {
      await checkBridge(snapshot, node, wire[index - 1], wire[index + 1], packet, ask);
    }
  }
  if (resolving) await ask(last, 'input', { ...packet, iif: last.link.name });
  return findings;
}

type Ask = (node: Node, hook: Hook, packet: FirewallPacket, device?: string) => Promise<void>;

/** The hooks of a bridge that a frame passes from one interface to another; undefined where it is the bridge's own. */
async function checkBridge(
  snapshot: Snapshot,
  bridge: Node,
  iif: Node | undefined,
  oif: Node | undefined,
  packet: FirewallPacket,
  ask: Ask,
): Promise<void> {
  const framed: FirewallPacket = {
    ...packet,
    layer: 'bridge',
    ...(iif === undefined ? {} : { iif: iif.link.name }),
    ...(oif === undefined ? {} : { oif: oif.link.name }),
  };
  const hooks: Hook[] =
    iif === undefined
      ? ['output', 'postrouting']
      : oif === undefined
        ? ['prerouting', 'input']
        : ['prerouting', 'forward', 'postrouting'];
  for (const hook of hooks) await ask(bridge, hook, framed);
  if (packet.layer !== 'inet' || iif === undefined || oif === undefined) return;
  const state = await snapshot.state(bridge.namespace);
  const name = `net/bridge/bridge-nf-call-ip${packet.family === 6 ? '6' : ''}tables`;
  if (state.settings.get(name) !== '1') return;
  const routed = { ...packet, iif: bridge.link.name, oif: bridge.link.name };
  for (const hook of ['prerouting', 'forward', 'postrouting'] as const) await ask(bridge, hook, routed);
}

async function blame(
  here: FoundNamespace,
  hook: Hook,
  packet: FirewallPacket,
  ruleVerdict: RuleVerdict,
  step: StepName,
  also?: FirewallPacket,
): Promise<Finding> {
  const { rule } = ruleVerdict;
  const chain = ruleVerdict.chain!;
  const verdict = ruleVerdict.verdict === 'reject' ? 'rejects' : 'drops';
  const stopped = {
    by: 'rules',
    netns: here.label,
    verdict,
    packet: packetNamed(packet),
    hook,
    chain: chainNamed(chain),
  } as const;
  if (rule === undefined) {
    return {
      code: 'firewall-policy',
      rule: { table: chain.table, chain: chain.name },
      step,
      facts: stopped,
      evidence: [
        {
          code: 'chain-policy',
          facts: {
            netns: here.label,
            chain: stopped.chain,
            policy: 'drop',
            ...(chain.policyMoved ? { packets: chain.policyMoved } : {}),
          },
        },
      ],
      fix: acceptances(chain, hook, packet, also).map((words) => commandIn(here, ...words)),
      ...(ruleVerdict.certain ? {} : { possible: true }),
    };
  }
  const text = await ruleText(here, chain, rule);
  const named = { ...(rule.handle === undefined ? {} : { handle: rule.handle }), rule: text };
  return {
    code: 'firewall-rule',
    rule: {
      table: chain.table,
      chain: chain.name,
      ...(rule.handle === undefined ? {} : { handle: rule.handle }),
    },
    effect: verdict,
    step,
    facts: { ...stopped, ...named },
    evidence: [
      {
        code: 'rule',
        facts: {
          netns: here.label,
          chain: stopped.chain,
          ...named,
          ...(rule.moved === undefined ? {} : { packets: rule.moved }),
        },
      },
    ],
    fix: [commandIn(here, ...rule.deletion)],
    ...(ruleVerdict.certain ? {} : { possible: true }),
  };
}

/** The rule in nft's own words. */
export async function ruleText(here: FoundNamespace, chain: Chain, rule: FirewallRule): Promise<string> {
  if (chain.tool !== 'nft') return rule.text;
  try {
    const listed = await runInside(here.namespace, [
      'nft',
      '-a',
      'list',
      'chain',
      chain.family,
      chain.table,
      chain.name,
    ]);
    const line = listed
      .split('\n')
      .find((candidate) => candidate.endsWith(`# handle ${rule.handle}`) && !/^\s*chain /.test(candidate));
    if (line !== undefined) return line.replace(/ # handle \d+$/, '').trim();
  } catch {
    // The rule is gone meanwhile; its handle names it.
  }
  return rule.text;
}

/**
 * The commands that let the packet through, and whatever else of the same request meets the chain: answers to what is
 * forwarded, and what waits for a link-layer address.
 */
function acceptances(chain: Chain, hook: Hook, packet: FirewallPacket, also?: FirewallPacket): string[][] {
  const waiting = also === undefined ? [] : [packet.reply ? turned(also) : also];
  const all = (
    hook === 'forward' && packet.layer === 'inet' ? [packet, turned(packet)] : [packet, ...waiting]
  ).map((passing) => acceptance(chain, passing));
  return all.filter(
    (command, index) => all.findIndex((earlier) => earlier.join(' ') === command.join(' ')) === index,
  );
}

/** The answer to the packet, or what it answers. */
function turned(packet: FirewallPacket): FirewallPacket {
  return { ...packet, source: packet.target, target: packet.source, reply: !packet.reply };
}

/** The command that lets this packet through a chain whose policy drops it. */
function acceptance(chain: Chain, packet: FirewallPacket): string[] {
  if (chain.tool !== 'nft') {
    return [chain.tool, '-t', chain.table, '-I', chain.name, ...iptablesMatch(packet), '-j', 'ACCEPT'];
  }
  const match = nftMatch(chain.family, packet);
  return ['nft', 'insert', 'rule', chain.family, chain.table, chain.name, ...match, 'accept'];
}

function iptablesMatch({ protocol, family, reply, source, port }: FirewallPacket): string[] {
  const icmp = ['-p', family === 6 ? 'ipv6-icmp' : 'icmp'];
  // Connection tracking does not apply to neighbour discovery.
  if (protocol === 'neighbour') return icmp;
  if (reply) return ['-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED'];
  return protocol === 'icmp' ? icmp : ['-s', source, '-p', protocol, '--dport', String(port)];
}

function nftMatch(chainFamily: string, { protocol, family, reply, source, port }: FirewallPacket): string[] {
  if (protocol === 'arp') return chainFamily === 'arp' ? [] : ['ether', 'type', 'arp'];
  const icmp = ['meta', 'l4proto', family === 6 ? 'ipv6-icmp' : 'icmp'];
  if (protocol === 'neighbour') return ['meta', 'l4proto', 'ipv6-icmp'];
  if (protocol === 'icmp' && family === 6 && chainFamily !== 'bridge') return icmp;
  if (reply && /^(ip|ip6|inet)$/.test(chainFamily)) return ['ct', 'state', 'established,related'];
  const transport = protocol === 'icmp' ? icmp : [protocol, reply ? 'sport' : 'dport', String(port)];
  return [family === 6 ? 'ip6' : 'ip', 'saddr', source, ...transport];
}
