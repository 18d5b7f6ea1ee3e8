// The commands that take a command of a fix back: found before it runs, from what is there now.
import { attempt } from '../netns/command.ts';
import { listedObjects } from '../netns/iproute-json.ts';
import type { Command } from './finding.ts';

/** Commands; a function where they are known only once the command has run; undefined where there are none. */
export type Undo = readonly Command[] | (() => Promise<readonly Command[]>) | undefined;

/**
 * What takes a command back, for the commands that `why` offers: of ip, sysctl, nft, iptables, bridge, tc, ethtool.
 * Undefined where it can't be taken back.
 */
export async function reversal(command: Command): Promise<Undo> {
  const start = command.findIndex((word, index) => PROGRAMS.has(word) && isProgram(command, index));
  if (start < 0) return undefined;
  const enter = command.slice(0, start);
  const [program, ...rest] = command.slice(start) as [string, ...string[]];
  const base = { enter, program, rest };
  if (program === 'sysctl') return ofSysctl(base);
  if (program === 'ip') return ofIp(base);
  if (program === 'nft') return ofNft(base);
  if (/^ip6?tables/.test(program)) return ofIptables(base);
  if (program === 'bridge') return ofBridge(base);
  if (program === 'ethtool')
    return [[...enter, 'ethtool', ...rest.slice(0, -1), rest.at(-1) === 'off' ? 'on' : 'off']];
  if (program === 'kill' && rest[0] === '-CONT') return [[...enter, 'kill', '-STOP', ...rest.slice(1)]];
  return program === 'sleep' ? [] : undefined;
}

const PROGRAMS = new Set([
  ...['ip', 'sysctl', 'nft', 'iptables', 'ip6tables', 'iptables-legacy', 'ip6tables-legacy'],
  ...['bridge', 'tc', 'ethtool', 'kill', 'sleep'],
]);

/** `ip netns exec NAME nft …`: the program is nft, and not ip. */
function isProgram(command: Command, index: number): boolean {
  return !(command[index] === 'ip' && command[index + 1] === 'netns' && command[index + 2] === 'exec');
}

interface Call {
  /** What enters the namespace. */
  enter: Command;
  program: string;
  rest: string[];
}

/** What a command prints; undefined where it fails. */
async function ask(command: Command): Promise<string | undefined> {
  const { status, stdout } = await attempt(command);
  return status === 0 ? stdout : undefined;
}

async function ofSysctl({ enter, rest }: Call): Promise<Command[] | undefined> {
  const name = rest.at(-1)!.split('=')[0];
  const before = await ask([...enter, 'sysctl', '-n', name]);
  return before === undefined
    ? undefined
    : [[...enter, 'sysctl', '-w', `${name}=${before.trim().replace(/\s+/g, ' ')}`]];
}

async function ofIp({ enter, rest }: Call): Promise<readonly Command[] | undefined> {
  // `ip -n NAME -6 route …`
  const index = rest.findIndex((word) => OBJECTS.has(word));
  const object = rest[index];
  if (object === undefined) return undefined;
  const options = rest.slice(0, index);
  const [verb, ...words] = rest.slice(index + 1) as [string, ...string[]];
  const ip = (...more: string[]): Command => [...enter, 'ip', ...options, object, ...more];
  switch (object) {
    case 'route':
      return ofRoute(ip, verb, words);
    case 'rule':
      return verb === 'add' ? [ip('delete', ...words)] : verb === 'delete' ? ofRule(ip, words) : undefined;
    case 'address':
      return verb === 'add'
        ? [ip('delete', ...words.filter((word) => word !== 'nodad'))]
        : verb === 'delete'
          ? [ip('add', ...words)]
          : undefined;
    case 'link':
      if (verb === 'add' && words[0] === 'name') return [ip('delete', 'dev', words[1])];
      return verb === 'set' ? ofLink(ip, words) : undefined;
    case 'neighbour':
      return verb === 'delete' ? ofNeighbour(ip, words) : [];
    default:
      return undefined;
  }
}

const OBJECTS = new Set(['route', 'rule', 'address', 'link', 'neighbour', 'xfrm']);
type Ip = (...words: string[]) => Command;

async function ofRoute(ip: Ip, verb: string, words: string[]): Promise<readonly Command[] | undefined> {
  const destinationIndex = /^(local|blackhole|prohibit|unreachable|throw)$/.test(words[0]) ? 1 : 0;
  const table = words.includes('table') ? ['table', words[words.indexOf('table') + 1]] : [];
  const listed = await ask(ip('show', ...table, 'exact', words[destinationIndex]));
  if (listed === undefined) return undefined;
  const before = listed
    .split('\n')
    .filter(Boolean)
    .map((line) =>
      ip(
        'append',
        ...line
          .trim()
          .split(/\s+/)
          .filter((word) => !/^(linkdown|dead|onlink)$/.test(word)),
        ...table,
      ),
    );
  if (verb === 'add') return [ip('delete', ...words)];
  if (verb === 'replace') return [ip('delete', ...words), ...before];
  return verb === 'delete' ? before : undefined;
}

async function ofRule(ip: Ip, words: string[]): Promise<readonly Command[] | undefined> {
  const priority = words[words.indexOf('pref') + 1];
  const listed = await ask(ip('show', 'pref', String(priority)));
  const line = listed?.split('\n').find((candidate) => candidate.startsWith(`${priority}:`));
  return line === undefined
    ? undefined
    : [
        ip(
          'add',
          'pref',
          String(priority),
          ...line
            .replace(/^\d+:\s*/, '')
            .trim()
            .split(/\s+/),
        ),
      ];
}

async function ofNeighbour(ip: Ip, words: string[]): Promise<readonly Command[] | undefined> {
  const listed = await ask(ip('show', 'nud', 'all', 'to', words[0], ...words.slice(1)));
  const [, mac, state] = /lladdr (\S+).* (\S+)/.exec(listed ?? '') ?? [];
  // What was learned is checked before it is used again.
  const fixed = /^(PERMANENT|NOARP)$/.test(state ?? '') ? state!.toLowerCase() : 'stale';
  return mac === undefined ? [] : [ip('replace', words[0], 'lladdr', mac, ...words.slice(1), 'nud', fixed)];
}

interface LinkListed {
  mtu: number;
  flags: string[];
  address?: string;
  master?: string;
  linkinfo?: { info_data?: Record<string, unknown> };
}

/** `ip link set dev NAME WORD …`: the current value of each word. */
async function ofLink(ip: Ip, words: string[]): Promise<readonly Command[] | undefined> {
  const [dev, name, attribute] = words;
  if (dev !== 'dev' || name === undefined || attribute === undefined) return undefined;
  const listed = await ask([...withJson(ip('show', 'dev', name))]);
  const [now] = listedObjects<LinkListed>(listed ?? '');
  if (now === undefined) return undefined;
  const set = (...more: string[]) => ip('set', 'dev', name, ...more);
  switch (attribute) {
    case 'up':
      return now.flags.includes('UP') ? [] : [set('down')];
    case 'mtu':
      return [set('mtu', String(now.mtu))];
    case 'address':
      return now.address === undefined ? undefined : [set('address', now.address)];
    case 'arp':
      return [set('arp', now.flags.includes('NOARP') ? 'off' : 'on')];
    case 'type': {
      // `type macvlan mode MODE`, `type vxlan ttl NUMBER`
      const [kind, option] = words.slice(3) as [string, string];
      const before = now.linkinfo?.info_data?.[option];
      const known = /^(macvlan mode|vxlan (ttl|local))$/.test(`${kind} ${option}`);
      return !known || before === undefined ? undefined : [set('type', kind, option, String(before))];
    }
    case 'master':
      return [now.master === undefined ? set('nomaster') : set('master', now.master)];
    default:
      return undefined;
  }
}

/** With -json and -details before the object. */
function withJson(command: Command): Command {
  const index = command.lastIndexOf('ip');
  return [...command.slice(0, index + 1), '-json', '-details', ...command.slice(index + 1)];
}

/** A rule that is deleted or replaced is put where it was, by its words. */
async function ofNft({ enter, rest }: Call): Promise<Undo> {
  const [verb, object, family, table, chain, ...words] = rest;
  if (object !== 'rule' || family === undefined || table === undefined || chain === undefined)
    return undefined;
  const where = [family, table, chain];
  const rules = await nftRules(enter, where);
  if (verb === 'insert' || verb === 'add') {
    const known = rules.map(({ handle }) => handle);
    return () => deleteNewest(enter, where, known);
  }
  const handle = words[words.indexOf('handle') + 1];
  const index = rules.findIndex((rule) => rule.handle === handle);
  const rule = rules[index];
  if (rule === undefined) return undefined;
  if (verb === 'replace')
    return [[...enter, 'nft', 'replace', 'rule', ...where, 'handle', handle, rule.text]];
  if (verb !== 'delete') return undefined;
  const before = rules[index - 1];
  return [
    before === undefined
      ? [...enter, 'nft', 'insert', 'rule', ...where, rule.text]
      : [...enter, 'nft', 'add', 'rule', ...where, 'handle', before.handle, rule.text],
  ];
}

/** The rules that were not there before, by their handles: what nft gives them is known only afterwards. */
async function deleteNewest(enter: Command, where: string[], known: string[]): Promise<readonly Command[]> {
  const rules = await nftRules(enter, where);
  return rules
    .filter(({ handle }) => !known.includes(handle))
    .map(({ handle }) => [...enter, 'nft', 'delete', 'rule', ...where, 'handle', handle]);
}

async function nftRules(enter: Command, where: string[]): Promise<{ text: string; handle: string }[]> {
  const listed = await ask([...enter, 'nft', '-a', 'list', 'chain', ...where]);
  return [...(listed ?? '').matchAll(/^\t\t(.*) # handle (\d+)$/gm)].map((found) => ({
    text: found[1],
    handle: found[2],
  }));
}

async function ofIptables({ enter, program, rest }: Call): Promise<readonly Command[] | undefined> {
  const table = rest[rest.indexOf('-t') + 1] ?? 'filter';
  const index = rest.findIndex((word) => /^-[AIDR]$/.test(word));
  const chain = rest[index + 1];
  if (index < 0 || chain === undefined) return undefined;
  const words = rest.slice(index + 2);
  const iptables = (...more: string[]): Command => [...enter, program, '-t', table, ...more];
  if (rest[index] === '-A' || rest[index] === '-I') return [iptables('-D', chain, ...words)];
  const listed = await ask(iptables('-S', chain));
  const rules = (listed ?? '').split('\n').filter((line) => line.startsWith(`-A ${chain} `));
  if (rest[index] === '-D' && !/^\d+$/.test(words.join(' '))) {
    const checked = rules.findIndex((line) => sameWords(line.split(' ').slice(2), words));
    return checked < 0 ? undefined : [iptables('-I', chain, String(checked + 1), ...words)];
  }
  const old = rules[Number(words[0]) - 1];
  return old === undefined || old.includes('"')
    ? undefined
    : [iptables(rest[index] === '-D' ? '-I' : '-R', chain, words[0], ...old.split(' ').slice(2))];
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.join(' ').replaceAll('"', '') === b.join(' ');
}

async function ofBridge({ enter, rest }: Call): Promise<readonly Command[] | undefined> {
  const index = rest.findIndex((word) => /^(link|fdb|vlan)$/.test(word));
  const [object, verb, ...words] = rest.slice(index) as [string, string, ...string[]];
  const bridge = (...more: string[]): Command => [
    ...enter,
    'bridge',
    ...rest.slice(0, index),
    object,
    ...more,
  ];
  if (object === 'vlan' && verb === 'add') return [bridge('delete', ...words)];
  if (object === 'fdb' && verb === 'delete') return [bridge('add', ...words, 'static')];
  if (object !== 'link' || verb !== 'set') return undefined;
  // `link set dev NAME WORD VALUE`
  const [, , attribute, value] = words;
  if (value === 'on' || value === 'off')
    return [bridge('set', ...words.slice(0, 3), value === 'on' ? 'off' : 'on')];
  return attribute === 'state' ? [bridge('set', ...words.slice(0, 3), '0')] : undefined;
}
