// nft's JSON ruleset (libnftables-json(5)) as chains of rules that can be asked whether they match a packet.
import { isObject, objectOf, objectsIn, parsedJson } from '../base/json.ts';
import { addressIn, every, not, some, tcpFlags } from './match.ts';
import { numberOf, type Values, valuesOf } from './nft-values.ts';
import type { Action, Chain, FirewallPacket, FirewallRule, Hook, Matching } from './ruleset.ts';

type Json = Record<string, unknown>;
/** Set and map elements by `family table name`. */
type Sets = Map<string, unknown[]>;

/** The chains, and the families (ip, ip6) of tables with iptables rules that nft cannot list in full. */
export function chainsFromNft(text: string): { chains: Chain[]; foreign: Set<string> } {
  const listed = objectsIn<Json>(objectOf(parsedJson(text)).nftables);
  const chains = new Map<string, Chain>();
  const sets: Sets = new Map();
  const foreign = new Set<string>();
  const id = (family: unknown, table: unknown, name: unknown) => JSON.stringify([family, table, name]);
  for (const entry of listed) {
    if (isTracing(entry)) continue;
    const set = objectOf(entry.set ?? entry.map);
    if (set.name !== undefined) sets.set(id(set.family, set.table, set.name), [set.elem ?? []].flat());
    const chain = objectOf(entry.chain);
    if (chain.name !== undefined) chains.set(id(chain.family, chain.table, chain.name), newChain(chain));
  }
  for (const entry of listed) {
    const rule = objectOf(entry.rule);
    const chain = chains.get(id(rule.family, rule.table, rule.chain));
    if (chain === undefined) continue;
    const statements = objectsIn<Json>(rule.expr);
    if (statements.some((statement) => 'xt' in statement)) foreign.add(chain.family);
    const lookup = (name: string) => sets.get(id(rule.family, rule.table, name.slice(1)));
    chain.rules.push(newRule(chain, rule.handle as number, statements, lookup));
  }
  return { chains: [...chains.values()], foreign };
}

/** Tables that ask for traces while drops are watched (src/drops/nft): they decide nothing, and go with their process. */
function isTracing(entry: Json): boolean {
  const { table } = objectOf(entry.chain ?? entry.rule ?? entry.set ?? entry.map);
  return /^nscap-\d+-\d+$/.test(String(table));
}

/** Some versions of nft leave the devices of netdev chains out of their JSON, but not out of their text. */
export function addDevices(chains: Chain[], text: string): void {
  let [family, table, name] = ['', '', ''];
  for (const line of text.split('\n')) {
    const opened = /^table (\S+) (\S+) \{/.exec(line);
    if (opened !== null) [, family, table] = opened as unknown as [string, string, string];
    name = /^\tchain (\S+) \{/.exec(line)?.[1] ?? name;
    const devices = /hook \w+ (?:device (\S+)|devices = \{([^}]*)\})/.exec(line);
    if (devices === null) continue;
    const chain = chains.find(
      (candidate) => candidate.family === family && candidate.table === table && candidate.name === name,
    );
    if (chain === undefined) continue;
    chain.devices = (devices[1] ?? devices[2]).split(',').map((device) => device.trim().replaceAll('"', ''));
  }
}

function newChain(chain: Json): Chain {
  const device = chain.dev as string | string[] | undefined;
  return {
    family: chain.family as string,
    table: chain.table as string,
    name: chain.name as string,
    tool: 'nft',
    ...(chain.type === undefined ? {} : { type: chain.type as string }),
    ...(chain.hook === undefined ? {} : { hook: chain.hook as Hook }),
    priority: Number(chain.prio ?? 0),
    policy: chain.policy === 'drop' ? 'drop' : 'accept',
    devices: device === undefined ? [] : [device].flat(),
    rules: [],
  };
}

type Lookup = (name: string) => unknown[] | undefined;

function newRule(chain: Chain, handle: number, statements: Json[], lookup: Lookup): FirewallRule {
  const counter = statements
    .map((statement) => statement.counter)
    .find((value) => value !== null && typeof value === 'object') as { packets: number } | undefined;
  return {
    handle,
    // The words of nft itself are fetched only when a rule is to be named.
    text: `handle ${handle}`,
    ...(counter === undefined ? {} : { packets: counter.packets }),
    ...(statements.some(divides) ? { divides: true } : {}),
    matches: (packet) => every(statements.map((statement) => statementMatches(statement, packet, lookup))),
    actions: statements.map((statement) => (packet) => actionOf(statement, packet, lookup)),
    deletion: ['nft', 'delete', 'rule', chain.family, chain.table, chain.name, 'handle', String(handle)],
  };
}

/** Generators of numbers and hashes (nft(8), numgen, jhash and symhash), and targets from a range. */
function divides(statement: Json): boolean {
  return (
    'range' in objectOf(objectOf(statement.dnat).addr) ||
    /"(?:numgen|jhash|symhash)":/.test(JSON.stringify(statement))
  );
}

function statementMatches(statement: Json, packet: FirewallPacket, lookup: Lookup): Matching {
  if ('match' in statement) {
    const { op, left, right } = objectOf(statement.match);
    return compare(String(op), left, right, packet, lookup);
  }
  // Whether a limit or quota is used up, and what xt matches test, cannot be known here.
  if ('limit' in statement || 'quota' in statement || 'ct count' in statement) return undefined;
  if ('xt' in statement) return objectOf(statement.xt).type === 'target' ? true : undefined;
  return true;
}

function compare(
  op: string,
  left: unknown,
  right: unknown,
  packet: FirewallPacket,
  lookup: Lookup,
): Matching {
  const flags = compareFlags(op, left, right, packet);
  if (flags !== undefined) return flags === 'unknown' ? undefined : flags;
  const { concat } = objectOf(left);
  if (Array.isArray(concat)) {
    const same = containsTuple(
      right,
      concat.map((operand) => valuesOf(operand, packet)),
      lookup,
    );
    return op === '!=' ? not(same) : same;
  }
  const values = valuesOf(left, packet);
  // `exists` and `missing`.
  if (typeof right === 'boolean') return values === 'absent' ? !right : values?.includes(Number(right));
  if (values === 'absent') return false;
  if (values === undefined) return undefined;
  switch (op) {
    case '==':
    case 'in':
      return contains(right, values, lookup);
    case '!=':
      return not(contains(right, values, lookup));
    default: {
      const number = values.find((value) => typeof value === 'number');
      if (number === undefined || typeof right !== 'number') return undefined;
      return op === '<'
        ? number < right
        : op === '>'
          ? number > right
          : op === '<='
            ? number <= right
            : number >= right;
    }
  }
}

/** `tcp flags syn`, `tcp flags & (syn | ack) == syn`; undefined where the match is about something else. */
function compareFlags(
  op: string,
  left: unknown,
  right: unknown,
  packet: FirewallPacket,
): boolean | 'unknown' | undefined {
  const isFlags = (operand: unknown) => {
    const { protocol, field } = objectOf(objectOf(operand).payload);
    return protocol === 'tcp' && field === 'flags';
  };
  const and = objectOf(left)['&'];
  const masked = Array.isArray(and) ? and : undefined;
  if (!isFlags(left) && !isFlags(masked?.[0])) return undefined;
  if (packet.protocol !== 'tcp') return false;
  const listed = [right].flat();
  const mask = masked === undefined ? undefined : [masked[1]].flat();
  if (![...listed, ...(mask ?? [])].every((flag) => typeof flag === 'string' || flag === 0)) return 'unknown';
  const own = tcpFlags(packet).filter((flag) => mask === undefined || mask.includes(flag));
  const wanted = listed.filter((flag) => flag !== 0);
  const same = own.length === wanted.length && own.every((flag) => wanted.includes(flag));
  if (op === 'in') return own.some((flag) => wanted.includes(flag));
  return op === '==' ? same : op === '!=' ? !same : 'unknown';
}

/** Whether a set of concatenations has one that each of the values fits. */
function containsTuple(right: unknown, values: Values[], lookup: Lookup): Matching {
  if (values.includes('absent')) return false;
  const elements = typeof right === 'string' && right.startsWith('@') ? lookup(right) : objectOf(right).set;
  const tuples = [elements ?? right].flat();
  return some(
    tuples.map((tuple) => {
      const element = objectOf(objectOf(tuple).elem).val ?? tuple;
      const parts = objectOf(element).concat;
      if (!Array.isArray(parts)) return undefined;
      return every(
        parts.map((part, index) => {
          const own = values[index];
          return own === undefined || own === 'absent' ? undefined : contains(part, own, lookup);
        }),
      );
    }),
  );
}

/** Whether the right side of a match (a value, prefix, range, set or set's name) contains one of the values. */
function contains(right: unknown, values: (string | number)[], lookup: Lookup): Matching {
  if (Array.isArray(right)) return some(right.map((element) => contains(element, values, lookup)));
  if (typeof right === 'string') {
    if (right.startsWith('@')) {
      const elements = lookup(right);
      return elements === undefined ? undefined : contains(elements, values, lookup);
    }
    if (right === '*') return true;
    return values.some((value) => sameText(String(value), right));
  }
  if (typeof right === 'number') return values.includes(right);
  if (typeof right !== 'object' || right === null) return undefined;
  const operand = right as Json;
  if ('set' in operand) return contains(operand.set, values, lookup);
  if ('elem' in operand) return contains(objectOf(operand.elem).val, values, lookup);
  if ('prefix' in operand) {
    const { addr, len } = objectOf(operand.prefix);
    return some(values.map((value) => typeof value === 'string' && addressIn(value, `${addr}/${len}`)));
  }
  if ('range' in operand) {
    const [low, high] = [operand.range].flat();
    const number = values.find((value) => typeof value === 'number');
    return typeof low === 'number' && typeof high === 'number' && number !== undefined
      ? low <= number && number <= high
      : undefined;
  }
  return undefined;
}

/** nft writes a trailing `*` for names that begin so; addresses may be written in other ways. */
function sameText(value: string, pattern: string): boolean {
  if (pattern.endsWith('*')) return value.startsWith(pattern.slice(0, -1));
  return value === pattern || (value.includes(':') && value.toLowerCase() === pattern.toLowerCase());
}

function actionOf(statement: Json, packet: FirewallPacket, lookup: Lookup): Action {
  const action =
    'vmap' in statement
      ? verdictOf(objectOf(mapped(statement.vmap, packet, lookup) ?? oneOf(statement, lookup)), packet)
      : verdictOf(resolved(statement, packet, lookup), packet);
  return action ?? { kind: 'none' };
}

/** Any verdict of a map from which one is chosen for each connection: whether it takes place is not certain. */
function oneOf(statement: Json, lookup: Lookup): unknown {
  if (!divides(statement)) return undefined;
  const { data } = objectOf(statement.vmap);
  const pairs = typeof data === 'string' ? lookup(data) : objectOf(data).set;
  const [first] = Array.isArray(pairs) ? pairs : [];
  return Array.isArray(first) ? first[1] : undefined;
}

/** The statement with what maps give in their place; one that no element fits, or that can't be told, is left unchanged. */
function resolved(statement: Json, packet: FirewallPacket, lookup: Lookup): Json {
  const value = (one: unknown) =>
    isObject(one) && 'map' in one ? (mapped(one.map, packet, lookup) ?? one) : one;
  for (const kind of ['dnat', 'snat', 'redirect'] as const) {
    if (!isObject(statement[kind])) continue;
    const inner = objectOf(statement[kind]);
    const to = value(inner.addr);
    // `dnat to … map` may give an address and a port.
    const { concat } = objectOf(to);
    const [addr, port] = Array.isArray(concat) ? concat : [to, value(inner.port)];
    return {
      [kind]: { ...inner, ...(addr === undefined ? {} : { addr }), ...(port === undefined ? {} : { port }) },
    };
  }
  if (!isObject(statement.mangle)) return statement;
  const mangle = objectOf(statement.mangle);
  return { mangle: { ...mangle, value: value(mangle.value) } };
}

function verdictOf(statement: Json, packet: FirewallPacket): Action | undefined {
  for (const kind of ['accept', 'drop', 'reject', 'return', 'notrack'] as const) {
    if (kind in statement) return { kind };
  }
  for (const kind of ['jump', 'goto'] as const) {
    if (kind in statement) return { kind, chain: String(objectOf(statement[kind]).target) };
  }
  for (const kind of ['dnat', 'snat'] as const) {
    if (!(kind in statement)) continue;
    const { addr: given, port } = objectOf(statement[kind]);
    // Of a range any may be taken.
    const addr = [objectOf(given).range ?? given].flat()[0];
    if (typeof addr === 'object' || typeof port === 'object')
      return divides(statement) ? { kind, untold: true } : { kind: 'none' };
    return {
      kind,
      ...(typeof addr === 'string' ? { address: addr } : {}),
      ...(typeof port === 'number' ? { port } : {}),
    };
  }
  if ('masquerade' in statement) return { kind: 'snat' };
  if ('mangle' in statement) return mangled(objectOf(statement.mangle), packet);
  if ('redirect' in statement) {
    const { port } = objectOf(statement.redirect);
    return { kind: 'dnat', redirect: true, ...(typeof port === 'number' ? { port } : {}) };
  }
  if ('queue' in statement || 'fwd' in statement || 'tproxy' in statement) return { kind: 'steal' };
  const xt = objectOf(statement.xt);
  if (xt.type === 'target' && xt.name === 'REJECT') return { kind: 'reject' };
  return undefined;
}

function mangled({ key, value }: Json, packet: FirewallPacket): Action | undefined {
  const { meta, ct, payload } = objectOf(key);
  const kind =
    objectOf(meta).key === 'mark' ? 'mark' : objectOf(ct).key === 'mark' ? 'connection-mark' : undefined;
  if (kind !== undefined) {
    // What is not tracked has no connection that could be marked.
    const mark = kind === 'connection-mark' && packet.untracked ? undefined : numberOf(value, packet);
    return mark === undefined ? undefined : { kind, value: mark };
  }
  const { field } = objectOf(payload);
  if ((field === 'ttl' || field === 'hoplimit') && typeof value === 'number') return { kind: 'ttl', value };
  if ((field === 'saddr' || field === 'daddr') && typeof value === 'string')
    return { kind: 'rewrite', field, address: value };
  // Of an answer this is the asker's own port.
  if (field === 'dport' && typeof value === 'number' && !packet.reply)
    return { kind: 'rewrite', field, port: value };
  return undefined;
}

/** What a map has for the packet; undefined where it has nothing, or that can't be told. */
function mapped(mapping: unknown, packet: FirewallPacket, lookup: Lookup): unknown {
  const { key, data } = objectOf(mapping);
  const { concat } = objectOf(key);
  const values = (Array.isArray(concat) ? concat : [key]).map((one) => valuesOf(one, packet));
  const [only] = values;
  if (only === undefined || only === 'absent' || values.includes(undefined)) return undefined;
  // The name of a map, or its elements.
  const pairs = typeof data === 'string' ? lookup(data) : objectOf(data).set;
  for (const pair of Array.isArray(pairs) ? pairs : []) {
    const [wanted, value] = Array.isArray(pair) ? pair : [];
    const fits = Array.isArray(concat)
      ? containsTuple({ set: [wanted] }, values, lookup)
      : contains(wanted, only, lookup);
    if (fits === true) return value;
  }
  return undefined;
}
