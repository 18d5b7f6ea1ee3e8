// What there is of a lab now.
import type { Interface } from '../interface.ts';
import { interfaces } from '../interface.ts';
import { ipJson, type Namespace, resolveNamespace } from '../namespace.ts';
import { type Route, routes, routeWords } from '../route.ts';
import { type Drift, driftOf } from './drift.ts';
import { fingerprint, isLeftover, type LabRecord, sameFingerprint } from './record.ts';

/** One namespace as it was found. */
export interface Observed {
  name: string;
  namespace: Namespace;
  interfaces: Interface[];
  routes: Route[];
}

export interface LabStatus {
  name: string;
  /** `half-made`: the run that made it was killed; `left over`: so was the run that it was made for. */
  state: 'up' | 'being made' | 'half-made' | 'left over';
  /** Made for one run of a command, which removes it. */
  temporary: boolean;
  /** ISO 8601. */
  since: string;
  namespaces: NamespaceStatus[];
  /** Where what is there differs from what the lab declares. */
  drift: Drift[];
  /** What `lab break` did to it, in order. */
  broken: { kind: string; sentence: string }[];
}

export interface NamespaceStatus {
  name: string;
  /** False when it is gone, or another of that name is there. */
  present: boolean;
  interfaces: InterfaceStatus[];
  /** Routes that say no, which belong to no interface. */
  refusals: string[];
}

export interface InterfaceStatus {
  name: string;
  kind: string;
  /** "NAMESPACE:INTERFACE" at the other end of the cable. */
  peer?: string;
  /** The bridge it is a port of. */
  master?: string;
  /** "ADDRESS/PREFIX", without those that the kernel gives itself. */
  addresses: string[];
  state: 'up' | 'down' | 'no carrier';
  /** Bytes. */
  mtu: number;
  /** Without those that come with the addresses. */
  routes: string[];
}

/** Looks at the lab: what is there, and where that is not what its spec says. */
export async function labStatus(record: LabRecord): Promise<LabStatus> {
  const names = Object.keys(record.spec.namespaces);
  const present = names.filter((name) => sameFingerprint(record.namespaces[name], fingerprint(name)));
  const observed = new Map<string, Observed>();
  const waiting = [...present];
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      observed.set(name, await observe(name));
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  const peers = await peersOf([...observed.values()]);
  const leftover = isLeftover(record);
  return {
    name: record.spec.name,
    state:
      record.state === 'making' ? (leftover ? 'half-made' : 'being made') : leftover ? 'left over' : 'up',
    temporary: record.temporary,
    since: record.since,
    namespaces: names.map((name) => namespaceStatus(name, observed.get(name), peers)),
    drift: await driftOf(record, observed),
    broken: record.broken,
  };
}

/** The interfaces and routes of a named namespace. */
export async function observe(name: string): Promise<Observed> {
  const namespace = await resolveNamespace(name);
  const [found, ways] = await Promise.all([interfaces(namespace), routes(namespace)]);
  return { name, namespace, interfaces: found, routes: ways };
}

/**
 * "NAMESPACE:INTERFACE" → the same of its peer. An index alone means nothing: in most namespaces the first cable has the
 * same one. So each namespace is asked which name it has for the one its peer is in.
 */
async function peersOf(all: Observed[]): Promise<Map<string, string>> {
  const peers = new Map<string, string>();
  const byName = new Map(all.map((one) => [one.name, one]));
  for (const one of all) {
    const ends = one.interfaces.filter((device) => device.kind === 'veth' && device.peerIndex !== undefined);
    if (ends.length === 0) continue;
    const ids = await ipJson<{ nsid: number; name?: string }[]>(one.namespace, ['netns', 'list-id']);
    for (const end of ends) {
      const where =
        end.peerNamespaceId === undefined
          ? one.name
          : ids.find((id) => id.nsid === end.peerNamespaceId)?.name;
      const peer = byName.get(where ?? '')?.interfaces.find((device) => device.index === end.peerIndex);
      if (peer !== undefined) peers.set(`${one.name}:${end.name}`, `${where}:${peer.name}`);
    }
  }
  return peers;
}

function namespaceStatus(
  name: string,
  found: Observed | undefined,
  peers: Map<string, string>,
): NamespaceStatus {
  if (found === undefined) return { name, present: false, interfaces: [], refusals: [] };
  const added = found.routes.filter((route) => route.protocol !== 'kernel');
  return {
    name,
    present: true,
    interfaces: found.interfaces.map((device) => {
      const peer = peers.get(`${name}:${device.name}`);
      return {
        name: device.name,
        kind: device.kind,
        ...(peer === undefined ? {} : { peer }),
        ...(device.master === undefined ? {} : { master: device.master }),
        addresses: addressesOf(device),
        state: device.up ? (device.carrier ? 'up' : 'no carrier') : 'down',
        mtu: device.mtu,
        routes: added
          .filter((route) => route.device === device.name && route.type === 'unicast')
          .map(routeWords),
      };
    }),
    refusals: added.filter((route) => route.type !== 'unicast').map(routeWords),
  };
}

/** "ADDRESS/PREFIX" of an interface, without the loopback's own and IPv6's link-local ones. */
export function addressesOf(device: Interface): string[] {
  return device.addresses
    .filter((one) => one.scope !== 'link' && !(one.scope === 'host' && device.kind === 'loopback'))
    .map((one) => `${one.address}/${one.prefix}`);
}
