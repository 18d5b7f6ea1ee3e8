// Differences between a lab and its declaration, and the commands that fix them.
import type { Interface } from '../netns/interface.ts';
import { attemptIn, enterArgv, ipArgv } from '../netns/namespace.ts';
import { canonical, networkText, parseTypedPrefix } from '../netns/prefix.ts';
import { processStat } from '../netns/process.ts';
import { isRefusal, metricOf, parseRoute, type Route, routeWords } from '../netns/route.ts';
import { firewallTables, fixedNeighbours, rules, sysctls } from '../netns/settings.ts';
import { addressCommand, LIST_FIREWALL, routeCommand } from './configure.ts';
import { addressesOf, type Observed } from './observe.ts';
import { fingerprint, isAlive, type LabRecord } from './record.ts';
import { type InterfaceSpec, type LabSpec, type NamespaceSpec, parseEnd } from './spec.ts';

/** A difference between a lab and its declaration. */
export interface Drift {
  namespace: string;
  /** "veth0 is down": without the namespace. */
  sentence: string;
  /** The command that fixes it, where one does. */
  fix?: string[];
}

/** The default MTU of a veth pair, Ethernet's. Bytes. */
const USUAL_MTU = 1500;

/** Priorities of the rules that every namespace has: local, main, default. */
const USUAL_RULES = [0, 32766, 32767];

/** Compares the declaration with the observed state, by namespace. */
export async function driftOf(
  record: LabRecord,
  observed: Map<string, Observed>,
  declared: LabSpec,
): Promise<Drift[]> {
  const drift: Drift[] = [];
  for (const [name, spec] of Object.entries(declared.namespaces)) {
    const found = observed.get(name);
    const say = (sentence: string, fix?: readonly string[]) => {
      drift.push({ namespace: name, sentence, ...(fix === undefined ? {} : { fix: [...fix] }) });
    };
    if (found === undefined) {
      say(!fingerprint(name) ? 'is not there' : 'is not the namespace that the lab made');
      continue;
    }
    compareInterfaces(declared, name, spec, found, say);
    compareRoutes(spec, found, say);
    await compareRest(record, name, spec, found, say);
  }
  return drift;
}

type Say = (sentence: string, fix?: readonly string[]) => void;

function compareInterfaces(
  whole: LabSpec,
  name: string,
  spec: NamespaceSpec,
  found: Observed,
  say: Say,
): void {
  const ip = (...args: string[]) => ipArgv(found.namespace, args);
  const { declared, mtus, masters } = declaredInterfaces(whole, name, spec);
  for (const [device, interfaceSpec] of declared) {
    const actual = found.interfaces.find((candidate) => candidate.name === device);
    if (actual === undefined) {
      say(`${device} is gone`);
      continue;
    }
    compareLink(actual, interfaceSpec, interfaceSpec.mtu ?? mtus.get(device), ip, say);
    comparePort(actual, masters.get(device), found, ip, say);
    if (interfaceSpec.vlan !== undefined && actual.details.id !== interfaceSpec.vlan.id) {
      say(`${device} is VLAN ${actual.details.id}, not ${interfaceSpec.vlan.id}`);
    }
    compareAddresses(actual, interfaceSpec.addresses ?? [], ip, say);
  }
  for (const { name: extra } of found.interfaces) {
    if (!declared.has(extra)) say(`${extra} is not the lab's`, ip('link', 'delete', 'dev', extra));
  }
}

/** The interfaces that the namespace should have, the ends of cables among them; the MTU of those; who is a port of whom. */
function declaredInterfaces(whole: LabSpec, name: string, spec: NamespaceSpec) {
  const declared = new Map<string, InterfaceSpec>(Object.entries(spec.interfaces ?? {}));
  const mtus = new Map<string, number>();
  for (const link of whole.links ?? []) {
    for (const end of link.ends.map(parseEnd).filter((parsed) => parsed.namespace === name)) {
      if (!declared.has(end.interface)) declared.set(end.interface, {});
      mtus.set(end.interface, link.mtu ?? USUAL_MTU);
    }
  }
  if (!declared.has('lo')) declared.set('lo', {});
  const masters = new Map<string, string>();
  for (const [device, interfaceSpec] of declared)
    for (const port of interfaceSpec.bridge ?? []) masters.set(port, device);
  return { declared, mtus, masters };
}

type Ip = (...args: string[]) => string[];

/** State, MTU and link-layer address. */
function compareLink(
  actual: Interface,
  wanted: InterfaceSpec,
  mtu: number | undefined,
  ip: Ip,
  say: Say,
): void {
  const set = (...words: string[]) => ip('link', 'set', 'dev', actual.name, ...words);
  const up = wanted.up !== false;
  if (actual.up !== up) say(`${actual.name} is ${actual.up ? 'up' : 'down'}`, set(up ? 'up' : 'down'));
  if (mtu !== undefined && actual.mtu !== mtu)
    say(`${actual.name} has the MTU ${actual.mtu}, not ${mtu}`, set('mtu', String(mtu)));
  if (wanted.mac !== undefined && actual.mac !== wanted.mac.toLowerCase())
    say(`${actual.name} has the address ${actual.mac}, not ${wanted.mac}`, set('address', wanted.mac));
}

/** Its part as a port of a bridge, and in ARP. */
function comparePort(actual: Interface, master: string | undefined, found: Observed, ip: Ip, say: Say): void {
  const set = (...words: string[]) => ip('link', 'set', 'dev', actual.name, ...words);
  if (actual.master !== master) {
    say(
      actual.master === undefined
        ? `${actual.name} is no port of ${master}`
        : `${actual.name} is a port of ${actual.master}`,
      set(...(master === undefined ? ['nomaster'] : ['master', master])),
    );
  }
  if (actual.name !== 'lo' && actual.flags.includes('NOARP'))
    say(`${actual.name} does not take part in ARP`, set('arp', 'on'));
  const { state } = actual.portDetails;
  if (
    master !== undefined &&
    actual.master === master &&
    actual.up &&
    actual.carrier &&
    state !== 'forwarding'
  ) {
    const fix = enterArgv(found.namespace, ['bridge', 'link', 'set', 'dev', actual.name, 'state', '3']);
    say(`${actual.name} is ${state} as a port of ${master}`, fix);
  }
  if (actual.portDetails.isolated === true)
    say(`${actual.name} is an isolated port`, set('type', 'bridge_slave', 'isolated', 'off'));
}

function compareAddresses(actual: Interface, wanted: string[], ip: Ip, say: Say): void {
  const present = addressesOf(actual);
  const plain = wanted.map((text) => {
    const [address, prefix] = text.split('/') as [string, string];
    return `${canonical(address)}/${prefix}`;
  });
  for (const address of plain.filter((candidate) => !present.includes(candidate))) {
    say(`${actual.name} lacks the address ${address}`, ip(...addressCommand(actual.name, address)));
  }
  for (const address of present.filter((candidate) => !plain.includes(candidate))) {
    say(
      `${actual.name} has the address ${address} as well`,
      ip('address', 'delete', address, 'dev', actual.name),
    );
  }
}

function compareRoutes(spec: NamespaceSpec, found: Observed, say: Say): void {
  const ours = found.routes.filter((route) => route.protocol !== 'kernel');
  const extra = new Set(ours);
  for (const text of spec.routes ?? []) {
    const wanted = parseRoute(text);
    const route = ours.find((candidate) => fits(candidate, wanted));
    if (route === undefined) say(`the route ${text} is missing`, ipArgv(found.namespace, routeCommand(text)));
    else extra.delete(route);
  }
  for (const device of found.interfaces.filter((link) => link.up && link.kind !== 'loopback')) {
    for (const text of addressesOf(device)) {
      const network = networkText(parseTypedPrefix(text));
      const { destination } = parseRoute(network);
      const direct = found.routes.some(
        (route) => route.destination === destination && route.device === device.name,
      );
      if (direct) continue;
      const words = ['route', 'add', network, 'dev', device.name, 'proto', 'kernel', 'scope', 'link'];
      say(
        `the route ${network} dev ${device.name}, which comes with the address, is missing`,
        ipArgv(found.namespace, [...words, ...(text.includes(':') ? [] : ['src', text.split('/')[0]])]),
      );
    }
  }
  for (const route of extra) {
    const words = routeWords(route).split(' ');
    say(
      `there is a route ${words.join(' ')} as well`,
      ipArgv(found.namespace, ['route', 'delete', ...words]),
    );
  }
}

function fits(actual: Route, wanted: ReturnType<typeof parseRoute>): boolean {
  return (
    actual.type === wanted.type &&
    actual.destination === wanted.destination &&
    actual.family === wanted.family &&
    actual.table === wanted.table &&
    actual.gateway === wanted.gateway &&
    metricOf(actual) === metricOf(wanted) &&
    (wanted.device === undefined || actual.device === wanted.device || isRefusal(actual))
  );
}

async function compareRest(
  record: LabRecord,
  name: string,
  spec: NamespaceSpec,
  found: Observed,
  say: Say,
): Promise<void> {
  const values = await sysctls(found.namespace, Object.keys(spec.sysctls ?? {}));
  for (const [key, value] of Object.entries(spec.sysctls ?? {})) {
    const actual = values.get(key) ?? '';
    if (actual !== String(value)) {
      const fix = [...found.namespace.enter, 'sysctl', '-w', `${key}=${value}`];
      say(`${key} is ${actual === '' ? 'not there' : actual}, not ${value}`, fix);
    }
  }
  for (const { address, device, mac } of await fixedNeighbours(found.namespace)) {
    if (device === 'lo') continue;
    const fix = ipArgv(found.namespace, ['neighbour', 'delete', address, 'dev', device]);
    say(`${device} has a fixed neighbour ${address} at ${mac}`, fix);
  }
  for (const { family, priority, action, destination } of await rules(found.namespace)) {
    if (USUAL_RULES.includes(priority)) continue;
    const words = [priority, ...(destination ? ['to', destination] : []), action ?? 'lookup'];
    say(
      `there is a rule ${words.join(' ')} as well`,
      ipArgv(found.namespace, [`-${family}`, 'rule', 'delete', 'priority', String(priority)]),
    );
  }
  const wanted = record.firewalls[name] ?? '';
  if (spec.firewall !== record.spec.namespaces[name]?.firewall)
    say('the firewall is declared otherwise by now');
  // nft is slow to start, and most namespaces have no tables to list.
  const firewall =
    firewallTables(found.namespace)?.length === 0
      ? { status: 0, stdout: '' }
      : await attemptIn(found.namespace, LIST_FIREWALL).catch(() => undefined);
  if (firewall?.status === 0 && firewall.stdout !== wanted) {
    say(
      wanted === ''
        ? 'there is a firewall'
        : firewall.stdout === ''
          ? 'the firewall is gone'
          : 'the firewall was changed',
      wanted === '' ? [...found.namespace.enter, 'nft', 'flush', 'ruleset'] : undefined,
    );
  }
  for (const listener of (spec.listeners ?? []).map(String)) {
    const server = record.processes.find(
      (candidate) => candidate.namespace === name && candidate.listens === listener && isAlive(candidate),
    );
    if (server === undefined) say(`nothing of the lab's listens on ${listener}`);
    else if (processStat(server.pid)?.state === 'T')
      say(`the server on ${listener} is stopped`, ['kill', '-CONT', String(server.pid)]);
  }
}
