// The state of a lab, for people and programs.
import { routeWords } from '../netns/route.ts';
import { type Drift, driftOf } from './drift.ts';
import { addressesOf, type Observed, observe, peersOf } from './observe.ts';
import { fingerprint, isLeftover, type LabRecord, sameFingerprint } from './record.ts';
import type { LabSpec } from './spec.ts';

/** The state of a lab. */
export interface LabStatus {
  name: string;
  /** `half-made`: the run that made it was killed; `left over`: so was the run that it was made for. */
  state: 'up' | 'being made' | 'half-made' | 'left over';
  /** Made for one run of a command, which removes it. */
  temporary: boolean;
  /** ISO 8601. */
  since: string;
  namespaces: NamespaceStatus[];
  /** Differences from what the lab declares. */
  drift: Drift[];
  /** What `lab break` did to it, in order. */
  broken: { kind: string; sentence: string }[];
}

/** The state of a namespace of a lab. */
export interface NamespaceStatus {
  name: string;
  /** False when it is gone, or another of that name is there. */
  present: boolean;
  interfaces: InterfaceStatus[];
  /** Routes that reject packets, which belong to no interface. */
  refusals: string[];
}

/** The state of an interface of a lab. */
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

/** Reads the lab's state, and its differences from the declaration: that of its creation, or of its file now. */
export async function labStatus(record: LabRecord, declared: LabSpec = record.spec): Promise<LabStatus> {
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
  const peers = peersOf([...observed.values()]);
  const leftover = isLeftover(record);
  return {
    name: record.spec.name,
    state:
      record.state === 'making' ? (leftover ? 'half-made' : 'being made') : leftover ? 'left over' : 'up',
    temporary: record.temporary,
    since: record.since,
    namespaces: names.map((name) => namespaceStatus(name, observed.get(name), peers)),
    drift: await driftOf(record, observed, declared),
    broken: record.broken,
  };
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
