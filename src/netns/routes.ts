// The routes of a namespace: as the kernel lists them, or `ip -json route show table all`, in the same words.
import { isRoute, type ListedRoute } from './iproute-json.ts';
import { ipJson, type Namespace } from './namespace.ts';
import { type Route, routeFrom } from './route.ts';
import { byRtnetlink } from './rtnetlink.ts';

/** Every route of the namespace, in all tables, IPv4 first. */
export async function routes(namespace: Namespace): Promise<Route[]> {
  return byRtnetlink(namespace, (kernel) => kernel.routes()) ?? routesByIp(namespace);
}

/** The same, from `ip`. */
export async function routesByIp(namespace: Namespace): Promise<Route[]> {
  const [four, six] = await Promise.all(
    (['-4', '-6'] as const).map(async (option) =>
      // A kernel without IPv6 says so by an error; there are no routes of it then.
      routesFrom(
        await ipJson<ListedRoute>(namespace, [option, 'route', 'show', 'table', 'all']).catch((error) => {
          if (option === '-6') return [];
          throw error;
        }),
        option === '-4' ? 4 : 6,
      ),
    ),
  );
  return [...four, ...six];
}

/** Out of what ip lists. */
export function routesFrom(listed: readonly ListedRoute[], family: 4 | 6): Route[] {
  return listed.filter(isRoute).map((route) => routeFrom(route, family));
}
