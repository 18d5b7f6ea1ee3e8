// What a namespace's firewall does to a packet at one hook: which rule, if any, stops it.
import type { Action, Chain, Firewall, FirewallPacket, FirewallRule, Hook, Matching } from './ruleset.ts';

/** The addresses and port that a rule gives the packet; undefined ones are for the caller to find. */
interface Translating {
  kind: 'dnat' | 'snat';
  address?: string;
  port?: number;
  redirect?: boolean;
  untold?: boolean;
  chain: Chain;
  rule: FirewallRule;
}

export interface RuleVerdict {
  verdict: 'accept' | 'drop' | 'reject';
  /** False if a match on the way is unknown, or a counter that should have moved did not. */
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
  connectionMark?: number;
  ttl?: number;
  rewrites?: (Extract<Action, { kind: 'rewrite' }> & { chain: Chain; rule: FirewallRule })[];
  /** The rule that set the time to live. */
  aged?: { chain: Chain; rule: FirewallRule };
}

/** Evaluates all base chains of the hook in the kernel's order: a packet must pass them all. */
export function evaluateRules(
  firewall: Firewall,
  hook: Hook,
  packet: FirewallPacket,
  device?: string,
): RuleVerdict {
  const asked = firewall.chains
    .filter((chain) => chain.hook === hook && concerns(chain, packet, device))
    .sort((a, b) => a.priority - b.priority);
  const result: RuleVerdict = { verdict: 'accept', certain: true };
  let doubt: RuleVerdict | undefined;
  for (const chain of asked) {
    const seen: FirewallPacket = {
      ...packet,
      ...(result.untracked ? { untracked: true } : {}),
      ...(result.mark === undefined ? {} : { mark: result.mark }),
      ...(result.connectionMark === undefined ? {} : { connectionMark: result.connectionMark }),
      ...(result.ttl === undefined ? {} : { ttl: result.ttl }),
      ...(result.translation === undefined ? {} : translated(packet, result.translation)),
    };
    // Only the first packet of a tracked connection passes nat chains.
    if (chain.type === 'nat' && (packet.reply || seen.untracked || packet.tooBig)) {
      if (seen.untracked && !packet.reply) skippedTranslation(result, firewall, chain, packet);
      continue;
    }
    const evaluated = follow(firewall, chain, seen);
    if (evaluated.untracked) Object.assign(result, { untracked: true, untracker: evaluated.untracker });
    if (evaluated.mark !== undefined) result.mark = evaluated.mark;
    if (evaluated.connectionMark !== undefined) result.connectionMark = evaluated.connectionMark;
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
  { kind, address, port: newPort }: NonNullable<RuleVerdict['translation']>,
): Partial<FirewallPacket> {
  if (kind === 'snat') return { status: [...status, 'snat'] };
  return {
    status: [...status, 'dnat'],
    target: address ?? target,
    ...((newPort ?? port) === undefined ? {} : { port: newPort ?? port }),
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
  // Counters that stood still speak of the packet that was not tracked.
  const uncounted = (one: Chain): Chain => ({
    ...one,
    rules: one.rules.map(({ moved: _, ...rule }) => rule),
  });
  const chains = firewall.chains.map(uncounted);
  const would = follow({ ...firewall, chains }, chains[firewall.chains.indexOf(chain)], tracked).translation;
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
  // A rule that may have dropped it takes precedence over a policy that accepts it.
  return policy.verdict === 'accept' && outcome.doubt !== undefined ? outcome.doubt : policy;
}

interface Outcome {
  ended: boolean;
  ruleVerdict: RuleVerdict;
  doubt?: RuleVerdict;
}

/** A packet on its way through a chain. */
interface Passage {
  readonly firewall: Firewall;
  readonly chain: Chain;
  /** Jumps that led to the chain. */
  readonly depth: number;
  /** As the rules so far have changed it. */
  packet: FirewallPacket;
  /** What the rules so far have set, and whether all of it is certain. */
  readonly passed: RuleVerdict;
  /** The first verdict against the packet that may or may not have taken place. */
  doubt?: RuleVerdict;
}

function followChain(firewall: Firewall, chain: Chain, packet: FirewallPacket, depth: number): Outcome {
  const passage: Passage = { firewall, chain, depth, packet, passed: { verdict: 'accept', certain: true } };
  for (const rule of chain.rules) {
    const matching = matchingOf(rule, passage.packet);
    if (matching === false) continue;
    const outcome = applyRule(passage, rule, matching === true);
    if (outcome !== undefined) return outcome;
  }
  return leave(passage);
}

/** A counter that stood still was not passed; one that moved says yes where the match could not be told. */
function matchingOf(rule: FirewallRule, packet: FirewallPacket): Matching {
  const matching = rule.matches(packet);
  if (matching === false) return false;
  if (rule.moved === 0) return undefined;
  // Of connections that are taken otherwise than each other a counter does not say which.
  if (rule.divides) return matching;
  return matching ?? ((rule.moved ?? 0) > 0 ? true : undefined);
}

/** After the chain's last rule the packet continues in the chain that jumped here, or meets the policy. */
function leave({ passed, doubt }: Passage): Outcome {
  return { ended: false, ruleVerdict: passed, ...(doubt && { doubt }) };
}

/** What a rule that matches, certainly or possibly, does; undefined to continue with the next rule. */
function applyRule(passage: Passage, rule: FirewallRule, certain: boolean): Outcome | undefined {
  for (const act of rule.actions) {
    const outcome = applyAction(passage, rule, act(passage.packet), certain);
    if (outcome !== undefined) return outcome;
  }
  return undefined;
}

function applyAction(
  passage: Passage,
  rule: FirewallRule,
  action: Action,
  certain: boolean,
): Outcome | undefined {
  switch (action.kind) {
    case 'accept':
      if (certain) return { ended: true, ruleVerdict: { ...passage.passed, verdict: 'accept' } };
      if (rule.moved !== 0) passage.passed.certain = false;
      return undefined;
    case 'drop':
    case 'reject':
    case 'steal':
      return stop(passage, rule, action.kind === 'reject' ? 'reject' : 'drop', certain);
    case 'return':
      return certain ? leave(passage) : undefined;
    case 'jump':
    case 'goto':
      return followJump(passage, rule, action, certain);
    case 'none':
      return undefined;
    case 'dnat':
    case 'snat':
      if (!certain && !rule.divides) return undefined;
      translate(passage, rule, rule.divides ? { kind: action.kind, untold: true } : action);
      return { ended: true, ruleVerdict: passage.passed };
    default:
      if (certain) change(passage, rule, action);
      return undefined;
  }
}

function stop(
  passage: Passage,
  rule: FirewallRule,
  verdict: 'drop' | 'reject',
  certain: boolean,
): Outcome | undefined {
  const { chain, passed } = passage;
  const ruleVerdict: RuleVerdict = { verdict, certain: certain && passed.certain, chain, rule };
  if (certain) return { ended: true, ruleVerdict };
  passage.doubt ??= ruleVerdict;
  return undefined;
}

function followJump(
  passage: Passage,
  { divides }: FirewallRule,
  { kind, chain: name }: Extract<Action, { kind: 'jump' | 'goto' }>,
  matched: boolean,
): Outcome | undefined {
  const certain = matched && !divides;
  const { firewall, chain, depth, passed } = passage;
  const next = firewall.chains.find(
    (candidate) =>
      candidate.name === name &&
      candidate.table === chain.table &&
      candidate.family === chain.family &&
      candidate.tool === chain.tool,
  );
  // The kernel allows 16 jumps (NFT_JUMP_STACK_SIZE).
  if (next === undefined || depth > 16) return undefined;
  const outcome = followChain(firewall, next, passage.packet, depth + 1);
  for (const key of [
    'untracked',
    'untracker',
    'mark',
    'connectionMark',
    'ttl',
    'aged',
    'rewrites',
  ] as const) {
    if (outcome.ruleVerdict[key] !== undefined) Object.assign(passed, { [key]: outcome.ruleVerdict[key] });
  }
  const { mark, connectionMark } = passed;
  passage.packet = {
    ...passage.packet,
    ...(mark === undefined ? {} : { mark }),
    ...(connectionMark === undefined ? {} : { connectionMark }),
  };
  if (!certain) outcome.ruleVerdict.certain = false;
  if (outcome.ended && certain) return outcome;
  // One of several chains, each with a target of its own.
  const { translation } = outcome.ruleVerdict;
  if (divides && translation !== undefined) {
    const { kind, chain: its, rule } = translation;
    return { ended: true, ruleVerdict: { ...passed, translation: { kind, chain: its, rule, untold: true } } };
  }
  if (outcome.ended && outcome.ruleVerdict.verdict !== 'accept') passage.doubt ??= outcome.ruleVerdict;
  if (outcome.ended && outcome.ruleVerdict.verdict === 'accept') passed.certain = false;
  if (outcome.doubt !== undefined) passage.doubt ??= outcome.doubt;
  return kind === 'goto' && certain ? leave(passage) : undefined;
}

function translate(
  { passed, chain }: Passage,
  rule: FirewallRule,
  { kind, address, port, redirect, untold }: Extract<Action, { kind: 'dnat' | 'snat' }>,
): void {
  passed.translation = {
    kind,
    chain,
    rule,
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(redirect ? { redirect } : {}),
    ...(untold ? { untold } : {}),
  };
}

/** What the rule sets, for later rules and for the caller. */
function change(
  passage: Passage,
  rule: FirewallRule,
  action: Exclude<Action, { kind: 'jump' | 'goto' | 'dnat' | 'snat' }>,
): void {
  const { passed, chain, packet } = passage;
  switch (action.kind) {
    case 'notrack':
      Object.assign(passed, { untracked: true, untracker: { chain, rule } });
      passage.packet = { ...packet, untracked: true };
      break;
    case 'mark':
      passed.mark = laidOver(packet.mark, action);
      passage.packet = { ...packet, mark: passed.mark };
      break;
    case 'connection-mark':
      passed.connectionMark = laidOver(packet.connectionMark, action);
      passage.packet = { ...packet, connectionMark: passed.connectionMark };
      break;
    case 'ttl':
      Object.assign(passed, { ttl: action.value, aged: { chain, rule } });
      passage.packet = { ...packet, ttl: action.value };
      break;
    case 'rewrite':
      passed.rewrites = [...(passed.rewrites ?? []), { ...action, chain, rule }];
      passage.packet =
        action.field === 'dport'
          ? { ...packet, port: action.port }
          : { ...packet, [action.field === 'saddr' ? 'source' : 'target']: action.address };
      break;
    default:
  }
}

/** As xt_mark and xt_connmark: the bits of the mask are cleared, then the value is laid over them. */
function laidOver(before = 0, { value, mask }: { value: number; mask?: number }): number {
  return mask === undefined ? value : ((before & ~mask) ^ value) >>> 0;
}
