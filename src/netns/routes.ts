// The routes of a namespace: as the kernel lists them, or `ip -json route show table all`, in the same words.
import { ipJson, type Namespace } from './namespace.ts';
import type { Route } from './route.ts';
import { byRtnetlink } from './rtnetlink.ts';

interface Listed {
  type?: string;
  dst: string;
  gateway?: string;
  /** A gateway of the other family. */
  via?: { host: string };
  dev?: string;
  table?: string;
  protocol?: string;
  metric?: number;
  prefsrc?: string;
  flags?: string[];
  pref?: string;
}

/** Every route of the namespace, in all tables, IPv4 first. */
export async function routes(namespace: Namespace): Promise<Route[]> {
  return byRtnetlink(namespace, (kernel) => kernel.routes()) ?? routesByIp(namespace);
}

/** The same, asked of `ip`. */
export async function routesByIp(namespace: Namespace): Promise<Route[]> {
  const [four, six] = await Promise.all(
    (['-4', '-6'] as const).map(async (option) =>
      // A kernel without IPv6 says so by an error; there are no routes of it then.
      (
        await ipJson<Listed[]>(namespace, [option, 'route', 'show', 'table', 'all']).catch((error) => {
          if (option === '-6') return [];
          throw error;
        })
      ).map((one) => fromListed(one, option === '-4' ? 4 : 6)),
    ),
  );
  return [...four!, ...six!];
}

function fromListed(one: Listed, family: 4 | 6): Route {
  const gateway = one.gateway ?? one.via?.host;
  return {
    type: one.type ?? 'unicast',
    destination: one.dst,
    family,
    ...(gateway === undefined ? {} : { gateway }),
    ...(one.dev === undefined ? {} : { device: one.dev }),
    table: one.table ?? 'main',
    protocol: one.protocol ?? 'boot',
    ...(one.metric === undefined ? {} : { metric: one.metric }),
    ...(one.prefsrc === undefined ? {} : { source: one.prefsrc }),
    flags: one.flags ?? [],
  };
}
