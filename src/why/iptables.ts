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

/** The order in which the kernel asks the tables (linux/netfilter_ipv4.h). */
const PRIORITIES: Record<string, number> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 };

export function chainsFromSave(text: string, tool: Exclude<Chain['tool'], 'nft'>): Chain[] {
  const chains: Chain[] = [];
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    else if (line.startsWith(':')) {
      const [, name, policy, packets] = /^:(\S+) (\S+) \[(\d+):/.exec(line) ?? [];
      if (name === undefined) continue;
      const hook = policy === '-' ? undefined : HOOKS[name];
      chains.push({
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
      });
    } else {
      const [, packets, name, rest] = /^(?:\[(\d+):\d+\] )?-A (\S+) ?(.*)$/.exec(line) ?? [];
      const chain = chains.find((one) => one.table === table && one.name === name);
      if (name === undefined || chain === undefined) continue;
      chain.rules.push(newRule(tool, table, name, rest, packets === undefined ? undefined : Number(packets)));
    }
  }
  return chains;
}

function newRule(
  tool: string,
  table: string,
  chain: string,
  rest: string,
  packets: number | undefined,
): FirewallRule {
  const words = split(rest);
  const { conditions, action } = parse(words);
  return {
    text: `-A ${chain} ${rest}`,
    ...(packets === undefined ? {} : { packets }),
    matches: (packet) => every(conditions.map((condition) => condition(packet))),
    action: () => action,
    deletion: [tool, '-t', table, '-D', chain, ...words],
  };
}

/** Words as iptables-save quotes them: with double quotes and backslashes. */
function split(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((found) =>
    found[1] === undefined ? found[2] : found[1].replace(/\\(.)/g, '$1'),
  );
}

type Condition = (packet: FirewallPacket) => Matching;

const VERDICTS: Record<string, Action> = {
  ACCEPT: { kind: 'accept' },
  DROP: { kind: 'drop' },
  REJECT: { kind: 'reject' },
  RETURN: { kind: 'return' },
  NOTRACK: { kind: 'notrack' },
  MASQUERADE: { kind: 'snat' },
  NFQUEUE: { kind: 'steal' },
  QUEUE: { kind: 'steal' },
  TPROXY: { kind: 'steal' },
};
/** Targets after which the next rule is asked. */
const CONTINUING =
  /^(LOG|NFLOG|ULOG|MARK|CONNMARK|CONNSECMARK|SECMARK|CLASSIFY|TCPMSS|TCPOPTSTRIP|DSCP|TOS|TTL|HL|CHECKSUM|TRACE|AUDIT|SET|RATEEST|TEE|LED|IDLETIMER)$/;

function parse(words: string[]): { conditions: Condition[]; action: Action } {
  const conditions: Condition[] = [];
  let action: Action = { kind: 'none' };
  for (let at = 0; at < words.length; at++) {
    const negated = words[at] === '!';
    if (negated) at += 1;
    const option = words[at];
    const value = words[at + 1] ?? '';
    const add = (condition: Condition) => {
      conditions.push(negated ? (packet) => not(condition(packet)) : condition);
      at += 1;
    };
    switch (option) {
      case '-s':
        add((packet) => some(value.split(',').map((prefix) => addressIn(packet.source, prefix))));
        break;
      case '-d':
        add((packet) => some(value.split(',').map((prefix) => addressIn(packet.target, prefix))));
        break;
      case '-i':
        add((packet) => sameInterface(packet.iif, value));
        break;
      case '-o':
        add((packet) => sameInterface(packet.oif, value));
        break;
      case '-p':
        add((packet) => protocolNames(packet).some((name) => String(name) === value) || value === 'all');
        break;
      case '--dport':
      case '--sport':
        add((packet) => portIn(portOf(packet, option.slice(2) as 'dport' | 'sport'), value));
        break;
      case '--dports':
      case '--sports':
        add((packet) => portIn(portOf(packet, option.slice(2, -1) as 'dport' | 'sport'), value));
        break;
      case '--ports':
        add((packet) =>
          some([portIn(portOf(packet, 'dport'), value), portIn(portOf(packet, 'sport'), value)]),
        );
        break;
      case '--icmp-type':
      case '--icmpv6-type':
        add(
          (packet) =>
            value === 'any' || icmpTypes(packet).some((type) => String(type) === value.split('/')[0]),
        );
        break;
      case '--ctstate':
      case '--state': {
        const states = value.toLowerCase().split(',');
        add(
          (packet) =>
            states.includes(trackedState(packet)) ||
            (packet.status ?? []).some((status) => !packet.untracked && states.includes(status)),
        );
        break;
      }
      case '--dst-type':
      case '--src-type':
        add((packet) => {
          const type = packet.addressType?.(option === '--dst-type' ? packet.target : packet.source);
          return type === undefined ? undefined : value.toLowerCase().split(',').includes(type);
        });
        break;
      case '--mark': {
        // `-m connmark` uses the same option: only of the packet's own mark something is known.
        const own = !words.includes('connmark');
        const [wanted, mask = 0xffffffff] = value.split('/').map(Number);
        add((packet) =>
          own && packet.mark !== undefined ? (packet.mark & mask) >>> 0 === wanted : undefined,
        );
        break;
      }
      case '--ctorigdst':
        add((packet) => packet.original && addressIn(packet.original.target, value));
        break;
      case '--ctorigdstport':
        add((packet) => portIn(packet.original?.port, value));
        break;
      case '--ttl-eq':
      case '--hl-eq':
        add((packet) => (packet.ttl === undefined ? undefined : packet.ttl === Number(value)));
        break;
      case '--ttl-lt':
      case '--hl-lt':
        add((packet) => (packet.ttl === undefined ? undefined : packet.ttl < Number(value)));
        break;
      case '-f':
        conditions.push((packet) => (packet.fragment === true) !== negated && packet.fragment !== undefined);
        break;
      case '--tcp-flags': {
        // Of the packets asked about only the first, the SYN, is known: `--tcp-flags FIN,SYN,RST,ACK SYN`.
        const mask = value.split(',');
        const set = (words[at + 2] ?? '').split(',');
        add((packet) => {
          const flags = packet.reply ? ['SYN', 'ACK'] : ['SYN'];
          return mask.every((flag) => flags.includes(flag) === set.includes(flag));
        });
        at += 1;
        break;
      }
      case '-j':
      case '-g':
        action =
          VERDICTS[value] ??
          (/^(DNAT|SNAT|REDIRECT)$/.test(value)
            ? translation(value, words)
            : /^(MARK|TTL|HL)$/.test(value)
              ? setting(words)
              : value === 'CT' && words.includes('--notrack')
                ? { kind: 'notrack' }
                : CONTINUING.test(value)
                  ? { kind: 'none' }
                  : { kind: option === '-j' ? 'jump' : 'goto', chain: value });
        // What follows are the target's own options.
        return { conditions, action };
      case '-m':
        at += 1;
        break;
      case '--comment':
        at += 1;
        break;
      default:
        // A match that is not for us to know: limits, marks, owners, times, …
        if (option.startsWith('--')) conditions.push(() => undefined);
    }
  }
  return { conditions, action };
}

/** `-j MARK --set-xmark VALUE/MASK`, `-j TTL --ttl-set VALUE`. */
function setting(words: readonly string[]): Action {
  const after = (...options: string[]) => {
    const at = words.findIndex((word) => options.includes(word));
    return at < 0 ? undefined : words[at + 1];
  };
  const mark = after('--set-xmark', '--set-mark');
  if (mark !== undefined) {
    const [value, mask] = mark.split('/').map(Number);
    return { kind: 'mark', value: value, ...(mask === undefined ? {} : { mask }) };
  }
  const ttl = after('--ttl-set', '--hl-set');
  return ttl === undefined ? { kind: 'none' } : { kind: 'ttl', value: Number(ttl) };
}

function translation(target: string, words: string[]): Action {
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
