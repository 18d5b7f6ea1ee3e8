// The packets that are sent to find out, all at once: where they are not answered each takes its time.
import type { FoundNamespace } from '../netns/discover.ts';
import { listeners } from './checks/listener.ts';
import type { Evidence } from './evidence.ts';
import { largest } from './mtu.ts';
import { knock, type PortResult, type Probes, ping } from './probe.ts';
import type { Request } from './request.ts';
import type { Flow } from './sightings.ts';

/** As many as make it likely that each of two next hops is taken: all but once in 65,536 times. */
const MORE = 16;
/** At a time: Python's servers have room for five that wait (listen(2)), and a full queue would be our own doing. */
const AT_ONCE = 4;

/** Bytes of a small ping: headers and ping's own 56 bytes. */
const SMALL = { 4: 84, 6: 104 } as const;

export async function probe(evidence: Evidence): Promise<{ probes: Probes; flows: Flow[] }> {
  const { request, snapshot, patience, threads } = evidence;
  const { asker, port, protocol, family, address, zone } = request;
  const target = probedAddress(request);
  const since = Date.now();
  const flows: Flow[] = [{ name: 'ping', protocol: 'icmp', size: SMALL[family], since }];
  const udp = protocol === 'udp';
  const home = snapshot.home(asker, address!);
  // No payload is sent to servers outside of the namespaces seen here.
  const isOurs = home !== undefined && home.namespace !== asker;
  const several = port !== undefined && (await severalWays(evidence));
  const connect = (name: 'port' | 'more') => {
    const made = knock(
      asker,
      target,
      port!,
      udp,
      patience,
      name === 'more' ? 'none' : isOurs ? 'payload' : 'greeting',
    );
    if (made.ownPort !== undefined) flows.push({ name, protocol: udp ? 'udp' : 'tcp', port: made.ownPort });
    return made;
  };
  const knocked = port === undefined ? undefined : connect('port');
  // Connections are made by this process itself.
  threads.set(process.pid, 'port');
  const started = (name: Flow['name']) => ({ patience, started: (id: number) => threads.set(id, name) });
  const asked = Promise.all([
    knocked?.result(),
    several ? connectMore(udp ? MORE : AT_ONCE, () => connect('more').result()) : ([] as PortResult[]),
  ]);
  const first = await snapshot.route(asker, {
    family,
    target: address!,
    ...(zone === undefined ? {} : { oif: zone }),
  });
  const exit = first.kind === 'away' ? snapshot.topology.find(asker, first.dev) : undefined;
  const size = exit === undefined ? undefined : largest(exit);
  const divided = size === undefined || size > 20_000 ? undefined : size + 500;
  if (size !== undefined) flows.push({ name: 'large', protocol: 'icmp', size, since });
  if (divided !== undefined) flows.push({ name: 'fragments', protocol: 'icmp', size: divided, since });
  const [small, large, fragments, [result, more]] = await Promise.all([
    ping(asker, target, started('ping')),
    size === undefined ? undefined : ping(asker, target, { size, count: 1, ...started('large') }),
    divided === undefined
      ? undefined
      : ping(asker, target, { size: divided, count: 1, divide: true, ...started('fragments') }),
    asked,
  ]);
  const answered = small.outcome === 'answered';
  return {
    flows,
    probes: {
      ping: small,
      ...(result === undefined ? {} : { port: result }),
      ...(large === undefined || !answered ? {} : { large: { ...large, size: size! } }),
      ...(fragments === undefined || !answered ? {} : { fragments: { ...fragments, size: divided! } }),
      more,
    },
  };
}

/** Connections a few at a time, until some of them fail. */
async function connectMore(atOnce: number, connect: () => Promise<PortResult>): Promise<PortResult[]> {
  const results: PortResult[] = [];
  while (results.length < MORE && results.every(({ outcome }) => outcome === 'open'))
    results.push(...(await Promise.all(Array.from({ length: atOnce }, connect))));
  return results;
}

/** The target as a program takes it. */
export function probedAddress({ address, zone }: Request): string {
  return zone === undefined ? address! : `${address}%${zone}`;
}

/** Whether a route has several next hops, a port several sockets, or a rule takes turns: one connection says nothing of the next. */
async function severalWays({ pathNamespaces, snapshot, request }: Evidence): Promise<boolean> {
  const { protocol, port, asker, address } = request;
  const home = snapshot.home(asker, address!)?.namespace;
  if (home !== undefined && protocol === 'tcp') {
    const all = await listeners(home, protocol).catch(() => []);
    if (all.filter((listener) => listener.port === port).length > 1) return true;
  }
  const states = await Promise.all(pathNamespaces.map((netns: FoundNamespace) => snapshot.state(netns)));
  return states.some(
    ({ routes, firewall }) =>
      routes.some((route) => (route.nexthops?.length ?? 0) > 1) ||
      firewall.chains.some(({ rules }) => rules.some(({ divides }) => divides)),
  );
}
