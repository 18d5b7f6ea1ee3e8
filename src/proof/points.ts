// The two ends of a path: which interface and address of each namespace the test uses.
import { NscapError } from '../errors.ts';
import type { Interface, InterfaceAddress } from '../netns/interface.ts';
import { interfaces } from '../netns/interfaces.ts';
import { ipJson, type Namespace, sameNamespace } from '../netns/namespace.ts';

/** One end: a namespace, the interface packets to it pass, and its address there. */
export interface Point {
  namespace: Namespace;
  interface: Interface;
  address: string;
}

interface Candidate {
  interface: Interface;
  address: InterfaceAddress;
}

/**
 * The ends of a path from `client` to `server`. Where the server has several addresses the one is taken that the
 * client reaches directly, else one that it has any route to, else the first; the client's is the one its route picks.
 * @throws NscapError NO_ADDRESS where one of the two has no address that others could reach.
 */
export async function choosePoints(
  server: Namespace,
  client: Namespace,
): Promise<{ server: Point; client: Point }> {
  const [atServer, atClient] = await Promise.all([candidates(server), candidates(client)]);
  if (sameNamespace(server, client)) return onLoopback(server);
  const routes = await Promise.all(atServer.map((one) => route(client, one.address.address)));
  const direct = routes.findIndex((one) => one !== undefined && one.gateway === undefined);
  const any = routes.findIndex((one) => one !== undefined);
  const chosen = Math.max(direct >= 0 ? direct : any, 0);
  const { interface: device, address } = atServer[chosen];
  const taken = routes[chosen];
  const own =
    atClient.find((one) => one.address.address === taken?.prefsrc) ??
    atClient.find((one) => one.interface.name === taken?.dev) ??
    atClient.find((one) => one.address.family === address.family);
  if (own === undefined) {
    throw new NscapError(
      'NO_ADDRESS',
      `${client.label} has no ${family(address)} address to reach ${address.address} from`,
    );
  }
  return {
    server: { namespace: server, interface: device, address: address.address },
    client: { namespace: client, interface: own.interface, address: own.address.address },
  };
}

/** Addresses others could reach, IPv4 before IPv6. */
async function candidates(namespace: Namespace): Promise<Candidate[]> {
  const all = await interfaces(namespace);
  const found = all.flatMap((one) =>
    one.kind === 'loopback'
      ? []
      : one.addresses
          .filter((address) => address.scope === 'global')
          .map((address) => ({ interface: one, address })),
  );
  if (found.length === 0 && all.every((one) => one.kind === 'loopback')) {
    throw new NscapError('NO_ADDRESS', `${namespace.label} has no interface but lo`, {
      hint: 'nscap lab up makes a pair of namespaces',
    });
  }
  if (found.length === 0) {
    throw new NscapError('NO_ADDRESS', `no interface of ${namespace.label} has an address`, {
      hint: `ip -n ${namespace.label} addr add ADDRESS/PREFIX dev ${all.find((one) => one.kind !== 'loopback')?.name}`,
    });
  }
  return found.sort((a, b) => Number(a.address.family === 'inet6') - Number(b.address.family === 'inet6'));
}

/** A route as `ip route get` tells it. */
export interface Route {
  dev?: string;
  gateway?: string;
  prefsrc?: string;
}

/** The route the namespace takes to an address; undefined where it has none. */
export async function route(namespace: Namespace, address: string): Promise<Route | undefined> {
  try {
    return (await ipJson<Route>(namespace, ['route', 'get', address]))[0];
  } catch (error) {
    if (error instanceof NscapError && error.code === 'COMMAND_FAILED') return undefined;
    throw error;
  }
}

/** Client and server in one namespace meet on lo. */
async function onLoopback(namespace: Namespace): Promise<{ server: Point; client: Point }> {
  const lo = (await interfaces(namespace)).find((one) => one.kind === 'loopback')!;
  const point = { namespace, interface: lo, address: lo.addresses[0]?.address ?? '127.0.0.1' };
  return { server: point, client: point };
}

function family(address: InterfaceAddress): string {
  return address.family === 'inet' ? 'IPv4' : 'IPv6';
}
