// Two communicating namespaces of a lab and the path between them: the input of `lab break`.
import { isIP } from 'node:net';
import { NscapError, usageError } from '../errors.ts';
import type { Interface } from '../netns/interface.ts';
import { covers, parseTypedPrefix } from '../netns/prefix.ts';
import { covering, type Route } from '../netns/route.ts';
import { addressesOf, type Observed, observe } from './observe.ts';
import type { LabRecord } from './record.ts';
import { type End, parseEnd } from './spec.ts';

export interface Scene {
  record: LabRecord;
  from: Observed;
  to: Observed;
  /** The cables from `from` to `to`, in order; each with the end nearer to `from` first. */
  cables: [near: End, far: End][];
  /** All namespaces on the way, `from` and `to` included. */
  way: Observed[];
  /** The address that `from` sends from, and the one of `to` that it sends to. */
  source: string;
  target: string;
  /** The route that packets to the target take in `from`, and those to the source in `to`. */
  out: Route;
  back: Route;
  port: number;
}

export interface SceneOptions {
  from?: string;
  to?: string;
  /** The TCP port in question; by default the first that `to` declares a listener on, else 7096. */
  port?: number;
}

const USUAL_PORT = 7096;

/** The lab as seen by two of its namespaces: by default the first and the last that have exactly one cable. */
export async function sceneOf(record: LabRecord, options: SceneOptions): Promise<Scene> {
  const { spec } = record;
  const ends = (spec.links ?? []).flatMap((link) => link.ends.map(parseEnd));
  const names = Object.keys(spec.namespaces);
  const leaves = names.filter((name) => ends.filter((end) => end.namespace === name).length === 1);
  const [first = '', last = ''] = leaves.length >= 2 ? [leaves[0], leaves.at(-1)] : [names[0], names.at(-1)];
  const from = options.from ?? (options.to === first ? last : first);
  const to = options.to ?? (from === last ? first : last);
  for (const name of [from, to]) {
    if (!names.includes(name)) {
      throw usageError(
        `there is no namespace '${name}' in the lab ${spec.name}`,
        `there are: ${names.join(', ')}`,
      );
    }
  }
  if (from === to)
    throw usageError(`it takes two namespaces to break something between them, not ${from} twice`);
  const cables = cablesBetween(
    spec.links?.map((link) => link.ends.map(parseEnd) as [End, End]) ?? [],
    from,
    to,
  );
  if (cables === undefined) throw broken(record, `no cable leads from ${from} to ${to}`);
  const way = await Promise.all([from, ...cables.map(([, far]) => far.namespace)].map(observe));
  const [start, end] = [way[0], way.at(-1)!];
  return {
    record,
    from: start,
    to: end,
    cables,
    way,
    ...endsOf(record, start, end),
    port: portOf(record, to, options),
  };
}

/** The interface of that name in a namespace of the scene. */
export function deviceOf(observed: Observed, name: string | undefined): Interface {
  const found = observed.interfaces.find((link) => link.name === name);
  if (found === undefined)
    throw new NscapError('NO_PLACE', `there is no interface '${name}' in ${observed.name}`);
  return found;
}

/** The address, with prefix length, that the scene's packets have on an interface. */
export function addressOn(device: Interface, address: string): string {
  const found = addressesOf(device).find((candidate) => candidate.startsWith(`${address}/`));
  if (found === undefined) throw new NscapError('NO_PLACE', `${device.name} has no address ${address}`);
  return found;
}

/** The namespaces between the two, which forward (routers) or have the bridge that both are connected to. */
function between(scene: Scene): Observed[] {
  return scene.way.slice(1, -1);
}

/** The first bridge on the way, with its port towards `to`. */
export function bridgeOn(scene: Scene): { observed: Observed; bridge: string; port: string } | undefined {
  for (const [index, [near]] of scene.cables.entries()) {
    const observed = scene.way[index];
    const port = observed.interfaces.find((link) => link.name === near.interface);
    if (port?.master !== undefined) return { observed, bridge: port.master, port: port.name };
  }
  return undefined;
}

/** The first namespace on the way that routes rather than bridges. */
export function routerOn(scene: Scene): Observed | undefined {
  return between(scene).find((observed) => {
    const index = scene.way.indexOf(observed);
    const incoming = observed.interfaces.find((link) => link.name === scene.cables[index - 1][1].interface);
    return incoming?.master === undefined;
  });
}

function endsOf(record: LabRecord, from: Observed, to: Observed) {
  const targets = to.interfaces
    .filter((link) => link.kind !== 'loopback')
    .flatMap((link) => addressesOf(link).map((address) => address.split('/')[0]));
  const near = from.interfaces.flatMap(addressesOf).map((text) => parseTypedPrefix(text));
  // IPv4 first, as people expect. Then an address in a network that the two share: of a router
  // it is also the one that `nscap why` chooses.
  const rank = (target: string) =>
    2 * isIP(target) + (near.some((network) => covers(network, target)) ? 0 : 1);
  for (const target of targets.sort((a, b) => rank(a) - rank(b))) {
    const out = covering(from.routes, target)[0];
    const device = from.interfaces.find((link) => link.name === out?.device);
    if (out === undefined || device === undefined) continue;
    const own =
      out.source ?? device.addresses.find((assigned) => isIP(assigned.address) === isIP(target))?.address;
    const back = own === undefined ? undefined : covering(to.routes, own)[0];
    if (own !== undefined && back !== undefined) return { source: own, target, out, back };
  }
  throw broken(record, `there are no routes both ways between ${from.name} and ${to.name}`);
}

function portOf(record: LabRecord, to: string, options: SceneOptions): number {
  const declared = String(record.spec.namespaces[to]?.listeners?.[0] ?? USUAL_PORT);
  return options.port ?? Number(declared.slice(declared.lastIndexOf(':') + 1));
}

/** Breadth first over the cables. */
function cablesBetween(links: [End, End][], from: string, to: string): [End, End][] | undefined {
  const reached = new Map<string, [End, End][]>([[from, []]]);
  for (const [name, path] of reached) {
    if (name === to) return path;
    for (const [first, second] of links) {
      for (const [near, far] of [
        [first, second],
        [second, first],
      ] as [End, End][]) {
        if (near.namespace === name && !reached.has(far.namespace)) {
          reached.set(far.namespace, [...path, [near, far]]);
        }
      }
    }
  }
  return undefined;
}

function broken(record: LabRecord, sentence: string): NscapError {
  return new NscapError('NO_PLACE', sentence, {
    hint:
      record.broken.length === 0
        ? 'nscap lab status shows the lab'
        : `broken before: nscap lab reset ${record.spec.name} makes it anew`,
  });
}
