// The namespaces of a lab as they are found.
import { type Interface, interfaces } from '../interface.ts';
import { ipJson, type Namespace, resolveNamespace } from '../namespace.ts';
import { type Route, routes } from '../route.ts';

/** One namespace as it was found. */
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

/**
 * "NAMESPACE:INTERFACE" → the same of its peer. An index alone means nothing: in most namespaces the first cable has the
 * same one. So each namespace is asked which name it has for the one its peer is in.
 */
export async function peersOf(all: Observed[]): Promise<Map<string, string>> {
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

/** "ADDRESS/PREFIX" of an interface, without the loopback's own and IPv6's link-local ones. */
export function addressesOf(device: Interface): string[] {
  return device.addresses
    .filter((one) => one.scope !== 'link' && !(one.scope === 'host' && device.kind === 'loopback'))
    .map((one) => `${one.address}/${one.prefix}`);
}
