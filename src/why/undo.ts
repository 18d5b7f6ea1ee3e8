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
  const at = command.findIndex((word, index) => PROGRAMS.has(word) && isProgram(command, index));
  if (at < 0) return undefined;
  const way = command.slice(0, at);
  const [program, ...rest] = command.slice(at) as [string, ...string[]];
  const base = { way, program, rest };
  if (program === 'sysctl') return ofSysctl(base);
  if (program === 'ip') return ofIp(base);
  if (program === 'nft') return ofNft(base);
  if (/^ip6?tables/.test(program)) return ofIptables(base);
  if (program === 'bridge') return ofBridge(base);
  if (program === 'ethtool')
    return [[...way, 'ethtool', ...rest.slice(0, -1), rest.at(-1) === 'off' ? 'on' : 'off']];
  if (program === 'kill' && rest[0] === '-CONT') return [[...way, 'kill', '-STOP', ...rest.slice(1)]];
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
  way: Command;
  program: string;
  rest: string[];
}

/** What a command prints; undefined where it fails. */
async function ask(command: Command): Promise<string | undefined> {
  const { status, stdout } = await attempt(command);
  return status === 0 ? stdout : undefined;
}

async function ofSysctl({ way, rest }: Call): Promise<Command[] | undefined> {
  const name = rest.at(-1)!.split('=')[0];
  const before = await ask([...way, 'sysctl', '-n', name]);
  return before === undefined
    ? undefined
    : [[...way, 'sysctl', '-w', `${name}=${before.trim().replace(/\s+/g, ' ')}`]];
}

async function ofIp({ way, rest }: Call): Promise<readonly Command[] | undefined> {
  // `ip -n NAME -6 route …`
  const at = rest.findIndex((word) => OBJECTS.has(word));
  const object = rest[at];
  if (object === undefined) return undefined;
  const options = rest.slice(0, at);
  const [verb, ...words] = rest.slice(at + 1) as [string, ...string[]];
  const ip = (...more: string[]): Command => [...way, 'ip', ...options, object, ...more];
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
  const at = /^(local|blackhole|prohibit|unreachable|throw)$/.test(words[0]) ? 1 : 0;
  const table = words.includes('table') ? ['table', words[words.indexOf('table') + 1]] : [];
  const listed = await ask(ip('show', ...table, 'exact', words[at]));
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
  const line = listed?.split('\n').find((one) => one.startsWith(`${priority}:`));
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
  const listed = await ask(ip('show', 'to', words[0], ...words.slice(1)));
  const mac = /lladdr (\S+)/.exec(listed ?? '')?.[1];
  return mac === undefined
    ? []
    : [ip('replace', words[0], 'lladdr', mac, ...words.slice(1), 'nud', 'permanent')];
}

interface LinkListed {
  mtu: number;
  flags: string[];
  address?: string;
  master?: string;
  linkinfo?: { info_data?: { mode?: string } };
}

/** `ip link set dev NAME WORD …`: the current value of each word. */
async function ofLink(ip: Ip, words: string[]): Promise<readonly Command[] | undefined> {
  const [dev, name, what] = words;
  if (dev !== 'dev' || name === undefined || what === undefined) return undefined;
  const listed = await ask([...withJson(ip('show', 'dev', name))]);
  const [now] = listedObjects<LinkListed>(listed ?? '');
  if (now === undefined) return undefined;
  const set = (...more: string[]) => ip('set', 'dev', name, ...more);
  switch (what) {
    case 'up':
      return now.flags.includes('UP') ? [] : [set('down')];
    case 'mtu':
      return [set('mtu', String(now.mtu))];
    case 'address':
      return now.address === undefined ? undefined : [set('address', now.address)];
    case 'arp':
      return [set('arp', now.flags.includes('NOARP') ? 'off' : 'on')];
    case 'type': {
      // `type macvlan mode MODE`
      const mode = now.linkinfo?.info_data?.mode;
      return words[3] !== 'macvlan' || words[4] !== 'mode' || mode === undefined
        ? undefined
        : [set('type', 'macvlan', 'mode', mode)];
    }
    case 'master':
      return [now.master === undefined ? set('nomaster') : set('master', now.master)];
    default:
      return undefined;
  }
}

/** With -json and -details before the object. */
function withJson(command: Command): Command {
  const at = command.lastIndexOf('ip');
  return [...command.slice(0, at + 1), '-json', '-details', ...command.slice(at + 1)];
}

/** A rule that is deleted or replaced is put where it was, by its words. */
async function ofNft({ way, rest }: Call): Promise<Undo> {
  const [verb, object, family, table, chain, ...words] = rest;
  if (object !== 'rule' || family === undefined || table === undefined || chain === undefined)
    return undefined;
  const where = [family, table, chain];
  const rules = await nftRules(way, where);
  if (verb === 'insert' || verb === 'add') {
    const known = rules.map(({ handle }) => handle);
    return () => deleteNewest(way, where, known);
  }
  const handle = words[words.indexOf('handle') + 1];
  const at = rules.findIndex((rule) => rule.handle === handle);
  const rule = rules[at];
  if (rule === undefined) return undefined;
  if (verb === 'replace') return [[...way, 'nft', 'replace', 'rule', ...where, 'handle', handle, rule.text]];
  if (verb !== 'delete') return undefined;
  const before = rules[at - 1];
  return [
    before === undefined
      ? [...way, 'nft', 'insert', 'rule', ...where, rule.text]
      : [...way, 'nft', 'add', 'rule', ...where, 'handle', before.handle, rule.text],
  ];
}

/** The rules that were not there before, by their handles: what nft gives them is known only afterwards. */
async function deleteNewest(way: Command, where: string[], known: string[]): Promise<readonly Command[]> {
  const rules = await nftRules(way, where);
  return rules
    .filter(({ handle }) => !known.includes(handle))
    .map(({ handle }) => [...way, 'nft', 'delete', 'rule', ...where, 'handle', handle]);
}

async function nftRules(way: Command, where: string[]): Promise<{ text: string; handle: string }[]> {
  const listed = await ask([...way, 'nft', '-a', 'list', 'chain', ...where]);
  return [...(listed ?? '').matchAll(/^\t\t(.*) # handle (\d+)$/gm)].map((found) => ({
    text: found[1],
    handle: found[2],
  }));
}

async function ofIptables({ way, program, rest }: Call): Promise<readonly Command[] | undefined> {
  const table = rest[rest.indexOf('-t') + 1] ?? 'filter';
  const at = rest.findIndex((word) => /^-[AIDR]$/.test(word));
  const chain = rest[at + 1];
  if (at < 0 || chain === undefined) return undefined;
  const words = rest.slice(at + 2);
  const iptables = (...more: string[]): Command => [...way, program, '-t', table, ...more];
  if (rest[at] === '-A' || rest[at] === '-I') return [iptables('-D', chain, ...words)];
  const listed = await ask(iptables('-S', chain));
  const rules = (listed ?? '').split('\n').filter((line) => line.startsWith(`-A ${chain} `));
  if (rest[at] === '-D') {
    const checked = rules.findIndex((line) => sameWords(line.split(' ').slice(2), words));
    return checked < 0 ? undefined : [iptables('-I', chain, String(checked + 1), ...words)];
  }
  const old = rules[Number(words[0]) - 1];
  return old === undefined || old.includes('"')
    ? undefined
    : [iptables('-R', chain, words[0], ...old.split(' ').slice(2))];
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.join(' ').replaceAll('"', '') === other.join(' ');
}

async function ofBridge({ way, rest }: Call): Promise<readonly Command[] | undefined> {
  const at = rest.findIndex((word) => /^(link|fdb|vlan)$/.test(word));
  const [object, verb, ...words] = rest.slice(at) as [string, string, ...string[]];
  const bridge = (...more: string[]): Command => [...way, 'bridge', ...rest.slice(0, at), object, ...more];
  if (object === 'vlan' && verb === 'add') return [bridge('delete', ...words)];
  if (object === 'fdb' && verb === 'delete') return [bridge('add', ...words, 'static')];
  if (object !== 'link' || verb !== 'set') return undefined;
  // `link set dev NAME WORD VALUE`
  const [, , what, value] = words;
  if (value === 'on' || value === 'off')
    return [bridge('set', ...words.slice(0, 3), value === 'on' ? 'off' : 'on')];
  return what === 'state' ? [bridge('set', ...words.slice(0, 3), '0')] : undefined;
}
