// Whether anyone listens where the packets arrive: on which port and address, and with room in the queue.
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { userEnvironment } from '../../binding/system-programs.ts';
import type { FoundNamespace } from '../../netns/discover.ts';
import { runInside } from '../../netns/inside.ts';
import { familyOf } from '../../netns/prefix.ts';
import { processStat } from '../../netns/process.ts';
import { selfArgv } from '../../netns/user.ts';
import type { Observation } from '../facts/observations.ts';
import { sameAddress } from '../fib.ts';
import { type Command, commandIn, type Finding, type FindingOf, sysctl } from '../finding.ts';
import type { PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';

export interface Listener {
  /** `*` or `0.0.0.0` or `::` for all. */
  address: string;
  /** Bound to this interface only (SO_BINDTODEVICE). */
  device?: string;
  port: number;
  only6: boolean;
  /** Connections that wait to be accepted, and how many may. */
  waiting: number;
  backlog: number;
  /** Packets that the socket itself dropped since it was made. */
  drops: number;
  /** It has dropped packets, and its receive buffer has no room for another. */
  isFull: boolean;
  /** Bytes of its receive buffer in use, and those that it may have. */
  memory: { used: number; limit: number };
  /** Other sockets that listen on the same port and address (SO_REUSEPORT); connections are spread over all. */
  others?: Listener[];
  /** Of a datagram socket that is connected: address and port from which alone it takes datagrams (connect(2)). */
  peer?: string;
  /** `nc (1234)`, where the kernel tells. */
  process?: { name: string; id: number };
}

/** Bytes of memory that a short datagram may take (its truesize), at most. */
const DATAGRAM = 2048;

/** The sockets that wait for connections or datagrams, of `ss`; of UDP those that take them from every sender. */
export async function listeners(here: FoundNamespace, protocol: 'tcp' | 'udp'): Promise<Listener[]> {
  const all = await sockets(here, protocol);
  return all.filter(({ peer }) => peer === undefined);
}

async function sockets(here: FoundNamespace, protocol: 'tcp' | 'udp'): Promise<Listener[]> {
  const kind = protocol === 'tcp' ? '-tl' : '-ua';
  const text = await runInside(here.namespace, ['ss', '-H', '-n', '-e', '-p', '-m', '-O', kind]);
  const found: Listener[] = [];
  for (const line of text.split('\n')) {
    const cells = line.trim().split(/\s+/);
    // tcp: LISTEN recv-q send-q local peer …; with -u a state comes first as well.
    const [state, waiting, backlog, local, peer] = cells;
    if (local === undefined) continue;
    const [, address, device, port] = /^(.*?)(?:%([^\]:]+))?\]?:(\d+)$/.exec(local.replace(/^\[/, '')) ?? [];
    if (address === undefined) continue;
    const drops = Number(/skmem:\(.*?,d(\d+)\)/.exec(line)?.[1] ?? 0);
    const [used = 0, limit = Number.POSITIVE_INFINITY] = (/skmem:\(r(\d+),rb(\d+)/.exec(line) ?? [])
      .slice(1)
      .map(Number);
    const owner = /users:\(\("([^"]*)",pid=(\d+)/.exec(line);
    found.push({
      address: address.replace(/\]$/, ''),
      port: Number(port),
      only6: /v6only:1/.test(line),
      waiting: Number(waiting),
      backlog: Number(backlog),
      drops,
      isFull: drops > 0 && used + DATAGRAM > limit,
      memory: { used, limit },
      ...(device === undefined || address.startsWith('fe80') ? {} : { device }),
      ...(protocol === 'tcp' || state === 'UNCONN' ? {} : { peer: peer! }),
      ...(owner === null ? {} : { process: { name: owner[1], id: Number(owner[2]) } }),
    });
  }
  return found;
}

/** What is wrong with the listeners in `here` for `spec.target`; nothing, if one matches. */
export async function checkListener(
  snapshot: Snapshot,
  here: FoundNamespace,
  spec: PacketSpec,
  arrivedBy: string,
): Promise<{ finding?: Finding; listener?: Listener }> {
  const { family, target } = spec;
  const protocol = spec.protocol as 'tcp' | 'udp';
  const port = spec.port!;
  const existing = await sockets(here, protocol);
  const all = existing.filter(({ peer }) => peer === undefined);
  const onPort = all.filter((socket) => socket.port === port);
  if (onPort.length === 0) {
    const taken = existing.find((socket) => socket.port === port && addressed(socket, target, family));
    return {
      finding:
        taken?.peer === undefined
          ? notListening(here, all, protocol, target, port)
          : connectedElsewhere(here, taken, taken.peer),
    };
  }
  const group = onPort.filter(
    (socket) =>
      addressed(socket, target, family) && (socket.device === undefined || socket.device === arrivedBy),
  );
  const overfull = (socket: Listener) => protocol === 'tcp' && socket.waiting > socket.backlog;
  const [listener, ...others] = [...group.filter(overfull), ...group.filter((socket) => !overfull(socket))];
  if (listener === undefined) return { finding: boundElsewhere(here, onPort, protocol, spec, arrivedBy) };
  if (overfull(listener))
    return { finding: fullBacklog(here, listener, group.length, await snapshot.state(here)) };
  return { listener: others.length === 0 ? listener : { ...listener, others } };
}

function notListening(
  here: FoundNamespace,
  all: readonly Listener[],
  protocol: 'tcp' | 'udp',
  target: string,
  port: number,
): Finding {
  const words = ['nc', '-l', '-k', ...(protocol === 'udp' ? ['-u'] : []), target, String(port)];
  return {
    code: 'not-listening',
    step: 'port',
    facts: { netns: here.label, protocol, port },
    evidence: [
      { code: 'listeners', facts: { netns: here.label, protocol, sockets: all.slice(0, 5).map(socketOf) } },
    ],
    fix: [],
    byHand: { start: commandIn(here, ...nscapWords(), ...words) },
  };
}

/** A datagram socket that took its first sender for its only one, as `nc -l -u` does. */
function connectedElsewhere(here: FoundNamespace, socket: Listener, peer: string): Finding {
  const { port, process } = socket;
  return {
    code: 'socket-connected',
    step: 'port',
    facts: {
      netns: here.label,
      protocol: 'udp',
      port,
      peer,
      ...(process === undefined ? {} : { process }),
    },
    evidence: [
      { code: 'listeners', facts: { netns: here.label, protocol: 'udp', port, sockets: [socketOf(socket)] } },
    ],
    fix: [],
    ...restart(here, socket, '', ''),
  };
}

/** A socket listens on the port, at another address or for another interface. */
function boundElsewhere(
  here: FoundNamespace,
  onPort: readonly Listener[],
  protocol: 'tcp' | 'udp',
  { family, target }: PacketSpec,
  arrivedBy: string,
): Finding {
  const [listener] = onPort as [Listener];
  const { address, device, port, process } = listener;
  const server = { netns: here.label, protocol, port, ...(process === undefined ? {} : { process }) };
  const evidence: Observation[] = [
    { code: 'listeners', facts: { ...server, sockets: onPort.map(socketOf) } },
  ];
  if (device !== undefined && device !== arrivedBy && addressed(listener, target, family)) {
    return {
      code: 'bound-to-device',
      step: 'port',
      facts: { ...server, interface: device, target, arrivesBy: arrivedBy },
      evidence,
      fix: [],
      ...restart(here, listener, device, arrivedBy),
    };
  }
  const loopback = /^127\.|^::1$/.test(address);
  const restarted = restart(here, listener, address, family === 4 ? '0.0.0.0' : '::');
  const handed =
    loopback &&
    family === 4 &&
    restarted.byHand === undefined &&
    here.interfaces?.some((link) => link.name === arrivedBy);
  const isIpv6 = family === 4 && (listener.only6 || familyOf(address) === 6);
  return {
    code: 'bound-elsewhere',
    step: 'port',
    facts: { ...server, address, target, scope: loopback ? 'loopback' : isIpv6 ? 'ipv6' : 'other' },
    evidence,
    fix: handed ? handOver(here, arrivedBy, target, port, protocol) : [],
    ...restarted,
  };
}

/** More connections wait to be accepted than may. */
function fullBacklog(
  here: FoundNamespace,
  listener: Listener,
  sockets: number,
  state: { moved?: Map<string, number> },
): Finding {
  const { waiting, backlog, port, process } = listener;
  const queue: Observation = {
    code: 'accept-queue',
    facts: { netns: here.label, port, waiting, backlog },
  };
  const halted = haltedServer(here, listener, port, 'tcp');
  if (halted !== undefined) {
    const { facts, evidence } = halted;
    return { ...halted, facts: { ...facts, queueFull: true }, evidence: [...evidence, queue] };
  }
  return {
    code: 'backlog-full',
    step: 'port',
    facts: {
      netns: here.label,
      protocol: 'tcp',
      port,
      ...(process === undefined ? {} : { process }),
      ...(sockets > 1 ? { sockets } : {}),
    },
    evidence: [queue, ...overflowed(here, state)],
    fix: [],
    ...restart(here, listener, '', ''),
  };
}

/**
 * A stopped server (SIGSTOP, or ^Z in its shell) accepts nothing, though the kernel still shakes hands for
 * it. To kill it would do nothing before it goes on, and to start another is not needed.
 */
export function haltedServer(
  here: FoundNamespace,
  { process }: Listener,
  port: number,
  protocol: 'tcp' | 'udp',
): FindingOf<'server-stopped'> | undefined {
  if (process === undefined || processStat(process.id)?.state !== 'T') return undefined;
  return {
    code: 'server-stopped',
    step: 'port',
    facts: { netns: here.label, protocol, port, process, queueFull: false },
    evidence: [{ code: 'process-state', facts: { process: process.id, state: 'T' } }],
    fix: [['kill', '-CONT', String(process.id)]],
  };
}

function overflowed(here: FoundNamespace, { moved }: { moved?: Map<string, number> }): Observation[] {
  const counter = ['ListenOverflows', 'ListenDrops'].find((name) => moved?.has(`TcpExt.${name}`));
  const count = moved?.get(`TcpExt.${counter}`) ?? 0;
  return counter === undefined || count === 0
    ? []
    : [{ code: 'counter', facts: { netns: here.label, counter, count } }];
}

function addressed({ address, only6 }: Listener, target: string, family: 4 | 6): boolean {
  if (address === '*') return true;
  if (address === '0.0.0.0') return family === 4;
  if (address === '::' || address === '[::]') return family === 6 || !only6;
  const bare = address.replace(/^::ffff:/, '');
  return sameAddress(bare, target);
}

function socketOf({ address, port, device }: Listener) {
  return { address, port, ...(device === undefined ? {} : { device }) };
}

/** The server's own command line with another address: what a person would type. */
function restart(
  here: FoundNamespace,
  { process }: Listener,
  address: string,
  replacement: string,
): Pick<Finding, 'byHand'> {
  if (process === undefined) return {};
  let words: string[];
  try {
    words = readFileSync(`/proc/${process.id}/cmdline`, 'utf8').split('\0').filter(Boolean);
    readlinkSync(`/proc/${process.id}/exe`);
  } catch {
    return {};
  }
  if (address !== '' && !words.some((word) => word.includes(address))) return {};
  const changed = address === '' ? words : words.map((word) => readdressed(word, address, replacement));
  // Long one-liners (python -c, node -e) are not for a person to type again.
  if (changed.some((word) => word.length > 200 || word.includes('\n'))) return {};
  return { byHand: { stop: ['kill', String(process.id)], start: commandIn(here, ...changed) } };
}

/** With another address in the place of the first: IPv6 in brackets before a port (RFC 3986, 3.2.2), IPv4 without. */
function readdressed(word: string, address: string, replacement: string): string {
  const index = word.indexOf(address);
  if (index < 0) return word;
  const bracketed = word[index - 1] === '[' && word[index + address.length] === ']';
  const [start, end] = bracketed ? [index - 1, index + address.length + 1] : [index, index + address.length];
  const brackets = replacement.includes(':') && (bracketed || word[end] === ':');
  return `${word.slice(0, start)}${brackets ? `[${replacement}]` : replacement}${word.slice(end)}`;
}

/** How nscap is called: by its name, where a shell finds it. */
function nscapWords(): string[] {
  const path = userEnvironment().PATH!.split(':');
  return path.some((folder) => existsSync(`${folder}/nscap`)) ? ['nscap'] : selfArgv([]);
}

/** Without a restart: traffic for the port is redirected to the address it listens on (route_localnet, ip-sysctl). */
function handOver(
  here: FoundNamespace,
  dev: string,
  target: string,
  port: number,
  protocol: string,
): Command[] {
  const table = ['ip', 'nscap_fix'];
  return [
    sysctl(here, `net.ipv4.conf.${dev.replaceAll('.', '/')}.route_localnet`, 1),
    commandIn(here, 'nft', 'add', 'table', ...table),
    commandIn(here, 'nft', 'add chain ip nscap_fix prerouting { type nat hook prerouting priority -100; }'),
    commandIn(
      here,
      'nft',
      'add',
      'rule',
      ...table,
      'prerouting',
      'ip',
      'daddr',
      target,
      protocol,
      'dport',
      String(port),
      'dnat',
      'to',
      '127.0.0.1',
    ),
  ];
}
