// What a namespace's firewall does to a packet at one hook: which rule, if any, stops it.
import type { Chain, Firewall, FirewallPacket, FirewallRule, Hook } from './ruleset.ts';

/** The addresses and port that a rule gives the packet; undefined ones are for the caller to find. */
export interface Translating {
  kind: 'dnat' | 'snat';
  address?: string;
  port?: number;
  redirect?: boolean;
  chain: Chain;
  rule: FirewallRule;
}

export interface RuleVerdict {
  verdict: 'accept' | 'drop' | 'reject';
  /** False where a match on the way could not be told, or a counter that should have moved did not. */
  certain: boolean;
  /** Of the verdict, unless it is to accept. */
  chain?: Chain;
  /** Undefined: the chain's policy. */
  rule?: FirewallRule;
  /** New addresses, where the packet's are translated, and the rule that does it. */
  translation?: Translating;
  untracked?: boolean;
  /** A translation that does not take place because the packet is not tracked. */
  skipped?: Translating;
  /** The rule that switched tracking off for it. */
  untracker?: { chain: Chain; rule: FirewallRule };
  /** As rules on the way set them. */
  mark?: number;
  ttl?: number;
  rewrites?: { field: 'saddr' | 'daddr'; address: string; chain: Chain; rule: FirewallRule }[];
  /** The rule that set the time to live. */
  aged?: { chain: Chain; rule: FirewallRule };
}

/** Asks all base chains of the hook in the kernel's order: a packet must pass them all. */
export function evaluateRules(
  firewall: Firewall,
  hook: Hook,
  packet: FirewallPacket,
  device?: string,
): RuleVerdict {
  const asked = firewall.chains
    .filter((chain) => chain.hook === hook && concerns(chain, packet, device))
    .sort((one, other) => one.priority - other.priority);
  const result: RuleVerdict = { verdict: 'accept', certain: true };
  let doubt: RuleVerdict | undefined;
  for (const chain of asked) {
    const seen: FirewallPacket = {
      ...packet,
      ...(result.untracked ? { untracked: true } : {}),
      ...(result.mark === undefined ? {} : { mark: result.mark }),
      ...(result.ttl === undefined ? {} : { ttl: result.ttl }),
      ...(result.translation === undefined ? {} : translated(packet, result.translation)),
    };
    // Only the first packet of a connection that is tracked is asked of nat chains.
    if (chain.type === 'nat' && (packet.reply || seen.untracked || packet.tooBig)) {
      if (seen.untracked && !packet.reply) skippedTranslation(result, firewall, chain, packet);
      continue;
    }
    const evaluated = follow(firewall, chain, seen);
    if (evaluated.untracked) Object.assign(result, { untracked: true, untracker: evaluated.untracker });
    if (evaluated.mark !== undefined) result.mark = evaluated.mark;
    if (evaluated.ttl !== undefined) Object.assign(result, { ttl: evaluated.ttl, aged: evaluated.aged });
    if (evaluated.rewrites !== undefined)
      result.rewrites = [...(result.rewrites ?? []), ...evaluated.rewrites];
    // The first translation counts.
    if (evaluated.translation !== undefined) result.translation ??= evaluated.translation;
    if (evaluated.verdict === 'accept') continue;
    if (evaluated.certain) return { ...result, ...evaluated };
    doubt ??= evaluated;
  }
  return doubt === undefined ? result : { ...result, ...doubt };
}

/** What the rest of the hook sees of a packet whose target was translated. */
function translated(
  { target, port, status = [] }: FirewallPacket,
  { kind, address, port: other }: NonNullable<RuleVerdict['translation']>,
): Partial<FirewallPacket> {
  if (kind === 'snat') return { status: [...status, 'snat'] };
  return {
    status: [...status, 'dnat'],
    target: address ?? target,
    ...((other ?? port) === undefined ? {} : { port: other ?? port }),
  };
}

/** What would have translated the packet, had the connection tracker not been told to leave it alone. */
function skippedTranslation(
  result: RuleVerdict,
  firewall: Firewall,
  chain: Chain,
  packet: FirewallPacket,
): void {
  const { untracked: _, ...tracked } = packet;
  const would = follow(firewall, chain, tracked).translation;
  if (would !== undefined) result.skipped ??= would;
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

function follow(firewall: Firewall, base: Chain, packet: FirewallPacket): RuleVerdict {
  const outcome = followChain(firewall, base, packet, 0);
  if (outcome.ended) return outcome.ruleVerdict;
  const policy: RuleVerdict = {
    ...outcome.ruleVerdict,
    verdict: base.policy,
    certain: outcome.ruleVerdict.certain && base.policyMoved !== 0,
    ...(base.policy === 'accept' ? {} : { chain: base }),
  };
  // A rule that may have dropped it is a better answer than a policy that lets it pass.
  return policy.verdict === 'accept' && outcome.doubt !== undefined ? outcome.doubt : policy;
}

interface Outcome {
  ended: boolean;
  ruleVerdict: RuleVerdict;
  doubt?: RuleVerdict;
}

function followChain(firewall: Firewall, chain: Chain, packet: FirewallPacket, depth: number): Outcome {
  const passed: RuleVerdict = { verdict: 'accept', certain: true };
  let doubt: RuleVerdict | undefined;
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
        if (matching === true) return { ended: true, ruleVerdict: { ...passed, verdict: 'accept' } };
        if (rule.moved !== 0) passed.certain = false;
        break;
      case 'drop':
      case 'reject':
      case 'steal': {
        const ruleVerdict: RuleVerdict = {
          verdict: action.kind === 'reject' ? 'reject' : 'drop',
          certain: matching === true && passed.certain,
          chain,
          rule,
        };
        if (matching === true) return { ended: true, ruleVerdict };
        doubt ??= ruleVerdict;
        break;
      }
      case 'return':
        if (matching === true) return { ended: false, ruleVerdict: passed, ...(doubt && { doubt }) };
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
        const inner = followChain(firewall, next, current, depth + 1);
        for (const key of ['untracked', 'untracker', 'mark', 'ttl', 'aged', 'rewrites'] as const) {
          if (inner.ruleVerdict[key] !== undefined) Object.assign(passed, { [key]: inner.ruleVerdict[key] });
        }
        if (passed.mark !== undefined) current = { ...current, mark: passed.mark };
        if (matching !== true) inner.ruleVerdict.certain = false;
        if (inner.ended && matching === true) return inner;
        if (inner.ended && inner.ruleVerdict.verdict !== 'accept') doubt ??= inner.ruleVerdict;
        if (inner.ended && inner.ruleVerdict.verdict === 'accept') passed.certain = false;
        doubt ??= inner.doubt;
        if (action.kind === 'goto' && matching === true) {
          return { ended: false, ruleVerdict: passed, ...(doubt && { doubt }) };
        }
        break;
      }
      case 'notrack':
        if (matching === true) {
          passed.untracked = true;
          passed.untracker = { chain, rule };
          current = { ...current, untracked: true };
        }
        break;
      case 'mark':
        if (matching === true) {
          const { value, mask } = action;
          // xt_mark: the bits of the mask are cleared, then the value is laid over them.
          passed.mark = mask === undefined ? value : (((current.mark ?? 0) & ~mask) ^ value) >>> 0;
          current = { ...current, mark: passed.mark };
        }
        break;
      case 'ttl':
        if (matching === true) {
          Object.assign(passed, { ttl: action.value, aged: { chain, rule } });
          current = { ...current, ttl: action.value };
        }
        break;
      case 'rewrite':
        if (matching === true) {
          const { field, address } = action;
          passed.rewrites = [...(passed.rewrites ?? []), { field, address, chain, rule }];
          current = { ...current, [field === 'saddr' ? 'source' : 'target']: address };
        }
        break;
      case 'dnat':
      case 'snat':
        if (matching === true) {
          const { kind, address, port, redirect } = action;
          passed.translation = {
            kind,
            chain,
            rule,
            ...(address === undefined ? {} : { address }),
            ...(port === undefined ? {} : { port }),
            ...(redirect ? { redirect } : {}),
          };
          return { ended: true, ruleVerdict: passed };
        }
        break;
      default:
    }
  }
  return { ended: false, ruleVerdict: passed, ...(doubt && { doubt }) };
}
