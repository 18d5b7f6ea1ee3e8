// The output of iptables-save -c and ip6tables-save -c as chains of rules that can be asked whether they match a packet.
import { addressIn, every, icmpTypes, not, portOf, protocolNames, some, trackedState } from './match.ts';
import type { Action, Chain, FirewallPacket, FirewallRule, Hook, Matching } from './ruleset.ts';

const HOOKS: Record<string, Hook> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

/** The order in which the kernel evaluates the tables (linux/netfilter_ipv4.h). */
const PRIORITIES: Record<string, number> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 };

export function chainsFromSave(text: string, tool: Exclude<Chain['tool'], 'nft'>): Chain[] {
  const chains: Chain[] = [];
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    else if (line.startsWith(':')) chains.push(...newChains(line, table, tool));
    else {
      const [, packets, name, rest] = /^(?:\[(\d+):\d+\] )?-A (\S+) ?(.*)$/.exec(line) ?? [];
      const chain = chains.find((declared) => declared.table === table && declared.name === name);
      if (name === undefined || chain === undefined) continue;
      chain.rules.push(newRule(chain, rest, packets === undefined ? undefined : Number(packets)));
    }
  }
  return chains;
}

/** The chain of a line as `:INPUT DROP [12:3456]`: none where the line is another. */
function newChains(line: string, table: string, tool: Exclude<Chain['tool'], 'nft'>): Chain[] {
  const [, name, policy, packets] = /^:(\S+) (\S+) \[(\d+):/.exec(line) ?? [];
  if (name === undefined) return [];
  const hook = policy === '-' ? undefined : HOOKS[name];
  return [
    {
      family: tool.startsWith('ip6') ? 'ip6' : 'ip',
      table,
      name,
      tool,
      ...(hook === undefined ? {} : { hook, type: table === 'nat' ? 'nat' : 'filter' }),
      priority: (PRIORITIES[table] ?? 0) + (table === 'nat' && hook === 'postrouting' ? 200 : 0),
      policy: policy === 'DROP' ? 'drop' : 'accept',
      ...(hook === undefined ? {} : { policyPackets: Number(packets) }),
      devices: [],
      rules: [],
    },
  ];
}

/** Of one connection otherwise than of the next (iptables-extensions(8)). */
const DIVIDING = / -m (?:statistic|cluster|random) | --to-destination \S*-/;

/** Matches with state of their own in the kernel's copy of the rule: `-D` never finds a rule equal to it. */
const STATEFUL = / -m (connlimit|recent) /;

function newRule(
  { tool, table, name, rules }: Chain,
  rest: string,
  packets: number | undefined,
): FirewallRule {
  const words = split(rest);
  const named = STATEFUL.test(` ${rest}`) && table !== 'nat' ? [String(rules.length + 1)] : words;
  const { conditions, action } = parse(words);
  return {
    text: `-A ${name} ${rest}`,
    ...(packets === undefined ? {} : { packets }),
    ...(DIVIDING.test(` ${rest}`) ? { divides: true } : {}),
    matches: (packet) => every(conditions.map((condition) => condition(packet))),
    actions: [typeof action === 'function' ? action : () => action],
    deletion: [tool, '-t', table, '-D', name, ...named],
  };
}

/** Words as iptables-save quotes them: with double quotes and backslashes. */
function split(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((found) =>
    found[1] === undefined ? found[2] : found[1].replace(/\\(.)/g, '$1'),
  );
}

type Condition = (packet: FirewallPacket) => Matching;

const VERDICTS: ReadonlyMap<string, Action> = new Map([
  ['ACCEPT', { kind: 'accept' }],
  ['DROP', { kind: 'drop' }],
  ['REJECT', { kind: 'reject' }],
  ['RETURN', { kind: 'return' }],
  ['NOTRACK', { kind: 'notrack' }],
  ['MASQUERADE', { kind: 'snat' }],
  ['NFQUEUE', { kind: 'steal' }],
  ['QUEUE', { kind: 'steal' }],
  ['TPROXY', { kind: 'steal' }],
]);
/** Targets after which evaluation continues with the next rule. */
const CONTINUING =
  /^(LOG|NFLOG|ULOG|MARK|CONNMARK|CONNSECMARK|SECMARK|CLASSIFY|TCPMSS|TCPOPTSTRIP|DSCP|TOS|TTL|HL|CHECKSUM|TRACE|AUDIT|SET|RATEEST|TEE|LED|IDLETIMER)$/;

const addressMatch =
  (which: 'source' | 'target') =>
  (prefixes: string): Condition =>
  (packet) =>
    some(prefixes.split(',').map((prefix) => addressIn(packet[which], prefix)));
const interfaceMatch =
  (which: 'iif' | 'oif') =>
  (pattern: string): Condition =>
  (packet) =>
    sameInterface(packet[which], pattern);
const portMatch =
  (...which: ('dport' | 'sport')[]) =>
  (ports: string): Condition =>
  (packet) =>
    some(which.map((side) => portIn(portOf(packet, side), ports)));
const addressTypeMatch =
  (which: 'source' | 'target') =>
  (types: string): Condition =>
  (packet) => {
    const type = packet.addressType?.(packet[which]);
    return type === undefined ? undefined : types.toLowerCase().split(',').includes(type);
  };
const ttlMatch =
  (holds: (ttl: number, value: number) => boolean) =>
  (value: string): Condition =>
  ({ ttl }) =>
    ttl === undefined ? undefined : holds(ttl, Number(value));

function protocolMatch(protocol: string): Condition {
  return (packet) => protocolNames(packet).some((name) => String(name) === protocol) || protocol === 'all';
}

function icmpTypeMatch(value: string): Condition {
  return (packet) =>
    value === 'any' || icmpTypes(packet).some((type) => String(type) === value.split('/')[0]);
}

function stateMatch(value: string): Condition {
  const states = value.toLowerCase().split(',');
  return (packet) =>
    states.includes(trackedState(packet)) ||
    (packet.status ?? []).some((status) => !packet.untracked && states.includes(status));
}

/** `-m connmark` uses the same option; with both in one rule it can't be told which is meant. */
function markMatch(value: string, words: readonly string[]): Condition {
  const [own, tracked] = [words.includes('mark'), words.includes('connmark')];
  const [wanted, mask = 0xffffffff] = value.split('/').map(Number);
  return (packet) => {
    const mark = own && tracked ? undefined : tracked ? packet.connectionMark : packet.mark;
    return mark === undefined ? undefined : (mark & mask) >>> 0 === wanted;
  };
}

/** Of the requested packets only the first, the SYN, is known: `--tcp-flags FIN,SYN,RST,ACK SYN`. */
function tcpFlagsMatch(mask: string, set: string): Condition {
  return (packet) => {
    const flags = packet.reply ? ['SYN', 'ACK'] : ['SYN'];
    return mask.split(',').every((flag) => flags.includes(flag) === set.split(',').includes(flag));
  };
}

/** The matches of one value that are known; `words` are the rule's. */
const MATCHES: ReadonlyMap<string, (value: string, words: readonly string[]) => Condition> = new Map([
  ['-s', addressMatch('source')],
  ['-d', addressMatch('target')],
  ['-i', interfaceMatch('iif')],
  ['-o', interfaceMatch('oif')],
  ['-p', protocolMatch],
  ['--dport', portMatch('dport')],
  ['--sport', portMatch('sport')],
  ['--dports', portMatch('dport')],
  ['--sports', portMatch('sport')],
  ['--ports', portMatch('dport', 'sport')],
  ['--icmp-type', icmpTypeMatch],
  ['--icmpv6-type', icmpTypeMatch],
  ['--ctstate', stateMatch],
  ['--state', stateMatch],
  ['--dst-type', addressTypeMatch('target')],
  ['--src-type', addressTypeMatch('source')],
  ['--mark', markMatch],
  ['--ctorigdst', (value) => (packet) => packet.original && addressIn(packet.original.target, value)],
  ['--ctorigdstport', (value) => (packet) => portIn(packet.original?.port, value)],
  ['--ttl-eq', ttlMatch((ttl, value) => ttl === value)],
  ['--hl-eq', ttlMatch((ttl, value) => ttl === value)],
  ['--ttl-lt', ttlMatch((ttl, value) => ttl < value)],
  ['--hl-lt', ttlMatch((ttl, value) => ttl < value)],
]);

type Acting = Action | ((packet: FirewallPacket) => Action);

function parse(words: string[]): { conditions: Condition[]; action: Acting } {
  const conditions: Condition[] = [];
  for (let index = 0; index < words.length; index++) {
    const negated = words[index] === '!';
    if (negated) index += 1;
    // Nothing follows the '!': its meaning is unknown.
    const option = words[index] ?? '--';
    const value = words[index + 1] ?? '';
    const add = (condition: Condition) =>
      conditions.push(negated ? (packet) => not(condition(packet)) : condition);
    const match = MATCHES.get(option);
    if (match !== undefined) {
      add(match(value, words));
      index += 1;
    } else if (option === '-f') {
      conditions.push((packet) => (packet.fragment === true) !== negated && packet.fragment !== undefined);
    } else if (option === '--tcp-flags') {
      add(tcpFlagsMatch(value, words[index + 2] ?? ''));
      index += 2;
    } else if (option === '-j' || option === '-g') {
      // What follows are the target's own options.
      return { conditions, action: actionOf(option, value, words) };
    } else if (option === '-m' || option === '--comment') {
      index += 1;
    } else if (option.startsWith('--')) {
      // A match that cannot be evaluated here: limits, marks, owners, times, …
      conditions.push(() => undefined);
    }
  }
  return { conditions, action: { kind: 'none' } };
}

function actionOf(option: '-j' | '-g', target: string, words: readonly string[]): Acting {
  const verdict = VERDICTS.get(target);
  if (verdict !== undefined) return verdict;
  if (/^(DNAT|SNAT|REDIRECT)$/.test(target)) return translation(target, words);
  if (/^(MARK|TTL|HL)$/.test(target)) return setting(words);
  if (target === 'CONNMARK') return connectionMark(words);
  if (target === 'CT' && words.includes('--notrack')) return { kind: 'notrack' };
  if (CONTINUING.test(target)) return { kind: 'none' };
  return { kind: option === '-j' ? 'jump' : 'goto', chain: target };
}

/** The word behind one of these options. */
function optionOf(words: readonly string[], ...options: string[]): string | undefined {
  const index = words.findIndex((word) => options.includes(word));
  return index < 0 ? undefined : words[index + 1];
}

/** `-j MARK --set-xmark VALUE/MASK`, `-j TTL --ttl-set VALUE`. */
function setting(words: readonly string[]): Action {
  const mark = marking('mark', words);
  if (mark !== undefined) return mark;
  const ttl = optionOf(words, '--ttl-set', '--hl-set');
  return ttl === undefined ? { kind: 'none' } : { kind: 'ttl', value: Number(ttl) };
}

function marking(kind: 'mark' | 'connection-mark', words: readonly string[]): Action | undefined {
  const mark = optionOf(words, '--set-xmark', '--set-mark');
  if (mark === undefined) return undefined;
  const [value, mask] = mark.split('/').map(Number);
  return { kind, value, ...(mask === undefined ? {} : { mask }) };
}

/** `-j CONNMARK`: sets the connection's mark, or copies bits of one mark to the other (iptables-extensions(8)). */
function connectionMark(words: readonly string[]): Acting {
  const packetMask = Number(optionOf(words, '--nfmask', '--mask') ?? 0xffffffff);
  const trackedMask = Number(optionOf(words, '--ctmask', '--mask') ?? 0xffffffff);
  const copy = (
    kind: 'mark' | 'connection-mark',
    from: number | undefined,
    mask: number,
    { untracked }: FirewallPacket,
  ): Action => {
    if (from === undefined || untracked) return { kind: 'none' };
    return { kind, value: from, mask };
  };
  if (words.includes('--save-mark'))
    return (packet) =>
      copy('connection-mark', packet.mark && (packet.mark & packetMask) >>> 0, trackedMask, packet);
  if (words.includes('--restore-mark'))
    return (packet) => {
      const { connectionMark: mark } = packet;
      return copy('mark', mark && (mark & trackedMask) >>> 0, packetMask, packet);
    };
  return marking('connection-mark', words) ?? { kind: 'none' };
}

function translation(target: string, words: readonly string[]): Action {
  const after = (option: string) => words[words.indexOf(option) + 1];
  const kind = target === 'SNAT' ? 'snat' : 'dnat';
  if (target === 'REDIRECT') {
    const port = words.includes('--to-ports') ? Number(after('--to-ports')) : Number.NaN;
    return { kind, redirect: true, ...(Number.isNaN(port) ? {} : { port }) };
  }
  const to = after(target === 'DNAT' ? '--to-destination' : '--to-source') ?? '';
  const [, address, port] = /^(\[[^\]]+\]|[^:]*|[0-9a-f:]+)(?::(\d+))?$/i.exec(to) ?? [];
  return {
    kind,
    ...(address ? { address: address.replace(/[[\]]/g, '') } : {}),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

function sameInterface(name: string | undefined, pattern: string): boolean {
  if (name === undefined) return false;
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function portIn(port: number | undefined, list: string): Matching {
  if (port === undefined) return undefined;
  return list.split(',').some((part) => {
    const [low, high] = part.split(':');
    return Number(low || 0) <= port && port <= Number(high === undefined ? low : high || 65535);
  });
}
