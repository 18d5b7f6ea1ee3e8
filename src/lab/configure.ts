// Filling the namespaces of a lab: interfaces, addresses, routes, settings, firewall, shaping, listeners.
import { setTimeout as sleep } from 'node:timers/promises';
import { NscapError } from '../errors.ts';
import { type IpCommand, ipBatch } from '../netns/batch.ts';
import { type CommandOptions, check } from '../netns/command.ts';
import { interfaces } from '../netns/interfaces.ts';
import { enterArgv, type Namespace, run } from '../netns/namespace.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import { applyBaseline } from './baseline.ts';
import { startListener } from './listener.ts';
import { type LabRecord, updateRecord } from './record.ts';
import { type InterfaceSpec, type NamespaceSpec, parseEnd, type ShapeSpec } from './spec.ts';

/** ip processes at once: enough to keep two processors busy while one waits for the kernel. */
const AT_ONCE = 4;

/** Ctrl-C must not stop a step half-way. */
const WHOLE: CommandOptions = { detached: true };

/** Applies the lab's spec inside the namespaces and links, which exist already. */
export async function configure(record: LabRecord, signal?: AbortSignal): Promise<void> {
  const waiting = Object.entries(record.spec.namespaces);
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      signal?.throwIfAborted();
      await fill(record, ...next);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  await settled(record, signal);
  for (const [name, { listeners = [] }] of Object.entries(record.spec.namespaces)) {
    for (const listener of listeners) {
      signal?.throwIfAborted();
      record.processes.push(await startListener(await resolveNamespace(name), String(listener)));
      await updateRecord(record);
    }
  }
}

/**
 * Waits until all links have a carrier. The kernel tells bridges and IPv6 of a carrier that came later than
 * the interface at most once a second (net/core/link_watch.c); until then they drop all packets. IPv4 is not affected.
 */
async function settled(record: LabRecord, signal: AbortSignal | undefined): Promise<void> {
  const until = performance.now() + 3000;
  for (const [name, spec] of Object.entries(record.spec.namespaces)) {
    const own = Object.values(spec.interfaces ?? {});
    if (!own.some((interfaceSpec) => interfaceSpec.bridge !== undefined) && !usesIpv6(own)) continue;
    const namespace = await resolveNamespace(name);
    const pending = async () =>
      (await interfaces(namespace)).some(
        (link) => link.kind !== 'loopback' && link.carrier && link.state !== 'UP',
      );
    while (performance.now() < until && !signal?.aborted && (await pending())) await sleep(20);
  }
}

async function fill(record: LabRecord, name: string, spec: NamespaceSpec): Promise<void> {
  const namespace = await resolveNamespace(name);
  const devices = new Map(Object.entries(spec.interfaces ?? {}));
  // A link's end that the spec does not mention is only brought up.
  for (const end of (record.spec.links ?? []).flatMap((link) => link.ends).map(parseEnd)) {
    if (end.namespace === name && !devices.has(end.interface)) devices.set(end.interface, {});
  }
  if (!devices.has('lo')) devices.set('lo', {});
  await applyBaseline(
    namespace,
    [...devices]
      .filter(([device, interfaceSpec]) => creation(device, interfaceSpec).length === 0)
      .map(([device]) => device),
  );
  const made = [...devices].flatMap(([device, interfaceSpec]) => creation(device, interfaceSpec));
  const set = [...devices].flatMap(([device, interfaceSpec]) => settings(device, interfaceSpec));
  const up = [...devices].flatMap(([device, interfaceSpec]) =>
    interfaceSpec.up === false ? [] : [['link', 'set', 'dev', device, 'up']],
  );
  const routes = (spec.routes ?? []).map(routeCommand);
  const sysctls = [
    ...withoutDetection(devices),
    ...Object.entries(spec.sysctls ?? {}).map(([key, value]) => `${key}=${value}`),
  ];
  if (sysctls.length > 0) {
    // Settings of an interface need it to be there, and some (disable_ipv6) must come before its addresses.
    await ip(made, namespace);
    await run(namespace, ['sysctl', '-q', '-w', ...sysctls], WHOLE);
    await ip([...set, ...up, ...routes], namespace);
  } else {
    await ip([...made, ...set, ...up, ...routes], namespace);
  }
  if (spec.firewall !== undefined) {
    await run(namespace, ['nft', '-f', '-'], { ...WHOLE, input: `${spec.firewall}\n` });
    record.firewalls[name] = await run(namespace, LIST_FIREWALL);
  }
  for (const [device, { shape }] of devices) {
    if (shape !== undefined) await qdisc(namespace, device, shape);
  }
}

/** Lists the firewall without its counters, which change by themselves. */
export const LIST_FIREWALL = ['nft', '--stateless', 'list', 'ruleset'];

function creation(device: string, spec: InterfaceSpec): IpCommand[] {
  if (spec.bridge !== undefined) return [['link', 'add', 'name', device, 'type', 'bridge']];
  if (spec.vlan !== undefined) {
    const { on, id } = spec.vlan;
    return [['link', 'add', 'link', on, 'name', device, 'type', 'vlan', 'id', String(id)]];
  }
  return [];
}

function settings(device: string, spec: InterfaceSpec): IpCommand[] {
  const commands: IpCommand[] = [];
  if (spec.mac !== undefined) commands.push(['link', 'set', 'dev', device, 'address', spec.mac]);
  if (spec.mtu !== undefined) commands.push(['link', 'set', 'dev', device, 'mtu', String(spec.mtu)]);
  for (const port of spec.bridge ?? []) commands.push(['link', 'set', 'dev', port, 'master', device]);
  for (const address of spec.addresses ?? []) commands.push(addressCommand(device, address));
  return commands;
}

/**
 * Where IPv6 is used it must work at once, link-local addresses included: a router asks for neighbours with its own. So
 * duplicate address detection (RFC 4862, 5.4), which takes a second or two, is off; the lab knows its addresses.
 */
function withoutDetection(interfaces: Map<string, InterfaceSpec>): string[] {
  if (!usesIpv6([...interfaces.values()])) return [];
  // With slashes, because the name of an interface may have a dot.
  return ['all', ...interfaces.keys()].map((device) => `net/ipv6/conf/${device}/accept_dad=0`);
}

function usesIpv6(all: InterfaceSpec[]): boolean {
  return all.some((spec) => spec.addresses?.some((address) => address.includes(':')));
}

/** `ip address add` for it. An IPv6 address must work at once, so the lab vouches that it is unique (nodad). */
export function addressCommand(device: string, address: string): IpCommand {
  return ['address', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : [])];
}

/** `ip route add` for it. */
export function routeCommand(route: string): IpCommand {
  return ['route', 'add', ...route.trim().split(/\s+/)];
}

async function ip(commands: readonly IpCommand[], namespace: Namespace): Promise<void> {
  try {
    await ipBatch(commands, namespace, WHOLE);
  } catch (error) {
    throw lacking(error, /Unknown device type/, 'VLAN interfaces (the module 8021q) or bridges');
  }
}

async function qdisc(namespace: Namespace, device: string, shape: ShapeSpec): Promise<void> {
  const argv = ['tc', 'qdisc', 'add', 'dev', device, 'root', ...discipline(shape)];
  try {
    await check(enterArgv(namespace, argv), WHOLE);
  } catch (error) {
    throw lacking(error, /qdisc kind is unknown/, `the queueing discipline '${discipline(shape)[0]}'`);
  }
}

/** netem if anything but a rate is set (it has its own rate), else tbf. */
function discipline(shape: ShapeSpec): string[] {
  const rate = shape.rate === undefined ? [] : ['rate', shape.rate];
  const share = (['loss', 'duplicate', 'reorder', 'corrupt'] as const).flatMap((key) =>
    shape[key] === undefined ? [] : [key, shape[key]],
  );
  const delay =
    shape.delay === undefined ? [] : ['delay', shape.delay, ...(shape.jitter ? [shape.jitter] : [])];
  if (delay.length + share.length > 0) return ['netem', ...delay, ...share, ...rate];
  return ['tbf', ...rate, 'burst', shape.burst ?? '32kb', 'latency', shape.latency ?? '400ms'];
}

function lacking(error: unknown, words: RegExp, feature: string): unknown {
  if (!(error instanceof NscapError) || !words.test(error.message)) return error;
  return new NscapError('KERNEL_LACKS', `this kernel has no ${feature}: ${error.message}`, { cause: error });
}
