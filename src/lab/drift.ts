// Where what is there differs from what the lab declares, and the command that fixes it.
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

/** Something in a lab that is not what the lab declares. */
export interface Drift {
  namespace: string;
  /** "veth0 is down": the namespace is not said again. */
  sentence: string;
  /** The command that fixes it, where one does. */
  fix?: string[];
}

/** The default MTU of a veth pair, Ethernet's. Bytes. */
const USUAL_MTU = 1500;

/** Priorities of the rules that every namespace has: local, main, default. */
const USUAL_RULES = [0, 32766, 32767];

/** Compares what is declared with what was observed, by namespace. */
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
  for (const [device, one] of declared) {
    const is = found.interfaces.find((candidate) => candidate.name === device);
    if (is === undefined) {
      say(`${device} is gone`);
      continue;
    }
    compareLink(is, one, one.mtu ?? mtus.get(device), ip, say);
    comparePort(is, masters.get(device), found, ip, say);
    if (one.vlan !== undefined && is.details.id !== one.vlan.id) {
      say(`${device} is VLAN ${is.details.id}, not ${one.vlan.id}`);
    }
    compareAddresses(is, one.addresses ?? [], ip, say);
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
    for (const end of link.ends.map(parseEnd).filter((one) => one.namespace === name)) {
      if (!declared.has(end.interface)) declared.set(end.interface, {});
      mtus.set(end.interface, link.mtu ?? USUAL_MTU);
    }
  }
  if (!declared.has('lo')) declared.set('lo', {});
  const masters = new Map<string, string>();
  for (const [device, one] of declared) for (const port of one.bridge ?? []) masters.set(port, device);
  return { declared, mtus, masters };
}

type Ip = (...args: string[]) => string[];

/** State, MTU and link-layer address. */
function compareLink(is: Interface, wanted: InterfaceSpec, mtu: number | undefined, ip: Ip, say: Say): void {
  const set = (...words: string[]) => ip('link', 'set', 'dev', is.name, ...words);
  const up = wanted.up !== false;
  if (is.up !== up) say(`${is.name} is ${is.up ? 'up' : 'down'}`, set(up ? 'up' : 'down'));
  if (mtu !== undefined && is.mtu !== mtu)
    say(`${is.name} has the MTU ${is.mtu}, not ${mtu}`, set('mtu', String(mtu)));
  if (wanted.mac !== undefined && is.mac !== wanted.mac.toLowerCase())
    say(`${is.name} has the address ${is.mac}, not ${wanted.mac}`, set('address', wanted.mac));
}

/** Its part as a port of a bridge, and in ARP. */
function comparePort(is: Interface, master: string | undefined, found: Observed, ip: Ip, say: Say): void {
  const set = (...words: string[]) => ip('link', 'set', 'dev', is.name, ...words);
  if (is.master !== master) {
    say(
      is.master === undefined ? `${is.name} is no port of ${master}` : `${is.name} is a port of ${is.master}`,
      set(...(master === undefined ? ['nomaster'] : ['master', master])),
    );
  }
  if (is.name !== 'lo' && is.flags.includes('NOARP'))
    say(`${is.name} does not take part in ARP`, set('arp', 'on'));
  const { state } = is.portDetails;
  if (master !== undefined && is.master === master && is.up && is.carrier && state !== 'forwarding') {
    const fix = enterArgv(found.namespace, ['bridge', 'link', 'set', 'dev', is.name, 'state', '3']);
    say(`${is.name} is ${state} as a port of ${master}`, fix);
  }
  if (is.portDetails.isolated === true)
    say(`${is.name} is an isolated port`, set('type', 'bridge_slave', 'isolated', 'off'));
}

function compareAddresses(is: Interface, wanted: string[], ip: Ip, say: Say): void {
  const has = addressesOf(is);
  const plain = wanted.map((text) => {
    const [address, prefix] = text.split('/') as [string, string];
    return `${canonical(address)}/${prefix}`;
  });
  for (const address of plain.filter((one) => !has.includes(one))) {
    say(`${is.name} lacks the address ${address}`, ip(...addressCommand(is.name, address)));
  }
  for (const address of has.filter((one) => !plain.includes(one))) {
    say(`${is.name} has the address ${address} as well`, ip('address', 'delete', address, 'dev', is.name));
  }
}

function compareRoutes(spec: NamespaceSpec, found: Observed, say: Say): void {
  const ours = found.routes.filter((route) => route.protocol !== 'kernel');
  const extra = new Set(ours);
  for (const text of spec.routes ?? []) {
    const wanted = parseRoute(text);
    const route = ours.find((one) => fits(one, wanted));
    if (route === undefined) say(`the route ${text} is missing`, ipArgv(found.namespace, routeCommand(text)));
    else extra.delete(route);
  }
  for (const device of found.interfaces.filter((one) => one.up && one.kind !== 'loopback')) {
    for (const text of addressesOf(device)) {
      const network = networkText(parseTypedPrefix(text));
      const { destination } = parseRoute(network);
      const direct = found.routes.some(
        (one) => one.destination === destination && one.device === device.name,
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

function fits(is: Route, wanted: ReturnType<typeof parseRoute>): boolean {
  return (
    is.type === wanted.type &&
    is.destination === wanted.destination &&
    is.family === wanted.family &&
    is.table === wanted.table &&
    is.gateway === wanted.gateway &&
    metricOf(is) === metricOf(wanted) &&
    (wanted.device === undefined || is.device === wanted.device || isRefusal(is))
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
    const is = values.get(key) ?? '';
    if (is !== String(value)) {
      const fix = [...found.namespace.enter, 'sysctl', '-w', `${key}=${value}`];
      say(`${key} is ${is === '' ? 'not there' : is}, not ${value}`, fix);
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
  // nft takes its time, and most namespaces have nothing for it to list.
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
      (one) => one.namespace === name && one.listens === listener && isAlive(one),
    );
    if (server === undefined) say(`nothing of the lab's listens on ${listener}`);
    else if (processStat(server.pid)?.state === 'T')
      say(`the server on ${listener} is stopped`, ['kill', '-CONT', String(server.pid)]);
  }
}
