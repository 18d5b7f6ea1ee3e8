// The observed state of a lab's namespaces.
import type { Interface } from '../netns/interface.ts';
import { interfaces } from '../netns/interfaces.ts';
import type { Namespace } from '../netns/namespace.ts';
import { findPeers } from '../netns/peers.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import type { Route } from '../netns/route.ts';
import { routes } from '../netns/routes.ts';

/** The observed state of a namespace. */
export interface Observed {
  name: string;
  namespace: Namespace;
  interfaces: Interface[];
  routes: Route[];
}

/** The interfaces and routes of a named namespace. */
export async function observe(name: string): Promise<Observed> {
  const namespace = await resolveNamespace(name);
  const [found, ways] = await Promise.all([interfaces(namespace), routes(namespace)]);
  return { name, namespace, interfaces: found, routes: ways };
}

/** "NAMESPACE:INTERFACE" → the same of its peer, for the cables within the lab. */
export function peersOf(all: readonly Observed[]): Map<string, string> {
  const peers = findPeers(
    all.map(({ namespace, interfaces }) => ({ inode: namespace.inode, path: namespace.path, interfaces })),
  );
  const names = new Map(all.map((observed) => [observed.namespace.inode, observed.name]));
  const found = new Map<string, string>();
  for (const { name, interfaces } of all) {
    for (const device of interfaces.filter((link) => link.kind === 'veth')) {
      const { inode, name: far } = peers.get(device) ?? {};
      const where = inode === undefined ? undefined : names.get(inode);
      if (where !== undefined && far !== undefined) found.set(`${name}:${device.name}`, `${where}:${far}`);
    }
  }
  return found;
}

/** "ADDRESS/PREFIX" of an interface, without the loopback's own and IPv6's link-local ones. */
export function addressesOf(device: Interface): string[] {
  return device.addresses
    .filter(
      (assigned) => assigned.scope !== 'link' && !(assigned.scope === 'host' && device.kind === 'loopback'),
    )
    .map((assigned) => `${assigned.address}/${assigned.prefix}`);
}
