// What a namespace's firewall does to a packet at one hook: which rule, if any, stops it.
import type { Chain, Firewall, FirewallPacket, FirewallRule, Hook } from './firewall.ts';

export interface Judgement {
  verdict: 'accept' | 'drop' | 'reject';
  /** False where a match on the way could not be told, or a counter that should have moved did not. */
  certain: boolean;
  /** Of the verdict, unless it is to accept. */
  chain?: Chain;
  /** Undefined: the chain's policy. */
  rule?: FirewallRule;
  /** New addresses, where the packet's are translated, and the rule that does it. */
  translation?: { kind: 'dnat' | 'snat'; address?: string; port?: number; chain: Chain; rule: FirewallRule };
  untracked?: boolean;
}

/** Asks all base chains of the hook in the kernel's order: a packet must pass them all. */
export function judge(firewall: Firewall, hook: Hook, packet: FirewallPacket, device?: string): Judgement {
  const asked = firewall.chains
    .filter((chain) => chain.hook === hook && concerns(chain, packet, device))
    .sort((one, other) => one.priority - other.priority);
  const result: Judgement = { verdict: 'accept', certain: true };
  let doubt: Judgement | undefined;
  for (const chain of asked) {
    // Only the first packet of a connection is asked of nat chains.
    if (chain.type === 'nat' && packet.reply) continue;
    const seen = { ...packet, ...(result.untracked ? { untracked: true } : {}) };
    const judged = follow(firewall, chain, seen);
    if (judged.untracked) result.untracked = true;
    if (judged.translation !== undefined) result.translation = judged.translation;
    if (judged.verdict === 'accept') continue;
    if (judged.certain) return { ...result, ...judged };
    doubt ??= judged;
  }
  return doubt === undefined ? result : { ...result, ...doubt };
}

function concerns(chain: Chain, packet: FirewallPacket, device: string | undefined): boolean {
  switch (chain.family) {
    case 'ip':
      return packet.layer === 'inet' && packet.family === 4;
    case 'ip6':
      return packet.layer === 'inet' && packet.family === 6;
    case 'inet':
      // An inet chain at ingress is on a device, as netdev chains are.
      return chain.devices.length > 0
        ? device !== undefined && chain.devices.includes(device)
        : packet.layer === 'inet';
    case 'netdev':
      return device !== undefined && chain.devices.includes(device);
    default:
      return chain.family === packet.layer;
  }
}

function follow(firewall: Firewall, base: Chain, packet: FirewallPacket): Judgement {
  const outcome = walk(firewall, base, packet, 0);
  if (outcome.ended) return outcome.judgement;
  const { untracked } = outcome.judgement;
  const policy: Judgement = {
    verdict: base.policy,
    certain: outcome.judgement.certain && base.policyMoved !== 0,
    ...(base.policy === 'accept' ? {} : { chain: base }),
    ...(untracked ? { untracked } : {}),
  };
  // A rule that may have dropped it is a better answer than a policy that lets it pass.
  return policy.verdict === 'accept' && outcome.doubt !== undefined ? outcome.doubt : policy;
}

interface Outcome {
  ended: boolean;
  judgement: Judgement;
  doubt?: Judgement;
}

function walk(firewall: Firewall, chain: Chain, packet: FirewallPacket, depth: number): Outcome {
  const passed: Judgement = { verdict: 'accept', certain: true };
  let doubt: Judgement | undefined;
  let current = packet;
  for (const rule of chain.rules) {
    let matching = rule.matches(current);
    if (matching === false) continue;
    // A counter that stood still was not passed; one that moved says yes where the match could not be told.
    if (rule.moved === 0) matching = undefined;
    else if (matching === undefined && (rule.moved ?? 0) > 0) matching = true;
    const action = rule.action(current);
    switch (action.kind) {
      case 'accept':
        if (matching === true) return { ended: true, judgement: { ...passed, verdict: 'accept' } };
        if (rule.moved !== 0) passed.certain = false;
        break;
      case 'drop':
      case 'reject':
      case 'steal': {
        const judgement: Judgement = {
          verdict: action.kind === 'reject' ? 'reject' : 'drop',
          certain: matching === true && passed.certain,
          chain,
          rule,
        };
        if (matching === true) return { ended: true, judgement };
        doubt ??= judgement;
        break;
      }
      case 'return':
        if (matching === true) return { ended: false, judgement: passed, ...(doubt && { doubt }) };
        break;
      case 'jump':
      case 'goto': {
        const next = firewall.chains.find(
          (one) =>
            one.name === action.chain &&
            one.table === chain.table &&
            one.family === chain.family &&
            one.tool === chain.tool,
        );
        // The kernel allows 16 jumps (NFT_JUMP_STACK_SIZE).
        if (next === undefined || depth > 16) break;
        const inner = walk(firewall, next, current, depth + 1);
        if (inner.judgement.untracked) passed.untracked = true;
        if (matching !== true) inner.judgement.certain = false;
        if (inner.ended && matching === true) return inner;
        if (inner.ended && inner.judgement.verdict !== 'accept') doubt ??= inner.judgement;
        if (inner.ended && inner.judgement.verdict === 'accept') passed.certain = false;
        doubt ??= inner.doubt;
        if (action.kind === 'goto' && matching === true) {
          return { ended: false, judgement: passed, ...(doubt && { doubt }) };
        }
        break;
      }
      case 'notrack':
        if (matching === true) {
          passed.untracked = true;
          current = { ...current, untracked: true };
        }
        break;
      case 'dnat':
      case 'snat':
        if (matching === true) {
          const { kind, address, port } = action;
          passed.translation = {
            kind,
            chain,
            rule,
            ...(address === undefined ? {} : { address }),
            ...(port === undefined ? {} : { port }),
          };
          return { ended: true, judgement: passed };
        }
        break;
      default:
    }
  }
  return { ended: false, judgement: passed, ...(doubt && { doubt }) };
}
