// Ways to break routing.
import { covers, networkText, parseTypedPrefix, WIDTH } from '../netns/prefix.ts';
import { covering, type Route, routeWords } from '../netns/route.ts';
import type { Observed } from './observe.ts';
import { addressOn, deviceOf, routerOn, type Scene } from './scene.ts';
import { type Breaks, inside, ip, noPlace, type Step } from './step.ts';

/** Removes every route that covers the address. */
function forget(observed: Observed, address: string): Step[] {
  return covering(observed.routes, address).map((route) => deletion(observed, route));
}

function deletion(observed: Observed, route: Route): Step {
  return {
    ...ip(observed, 'route', 'delete', ...routeWords(route).split(' ')),
    undo: ip(observed, 'route', 'add', ...routeWords(route).split(' ')).argv,
  };
}

function refusal(type: string, says: string) {
  return {
    summary: `the route to the target is of the type ${type}: ${says}`,
    plan: ({ from, target }: Scene) => ({
      sentence: `the route of ${from.name} to ${target} is of the type ${type}`,
      steps: [ip(from, 'route', 'add', type, target)],
    }),
  };
}

function routerOf(scene: Scene): Observed {
  const router = routerOn(scene);
  if (router === undefined) throw noPlace(`no router lies between ${scene.from.name} and ${scene.to.name}`);
  return router;
}

/** The sysctl tree of the family that the scene's packets have. */
const tree = ({ target }: Scene) => (target.includes(':') ? 'ipv6' : 'ipv4');

export const ROUTE_BREAKS: Breaks = {
  'no-route': {
    summary: 'the route out is missing',
    plan: ({ from, target }) => ({
      sentence: `${from.name} has no route to ${target}`,
      steps: forget(from, target),
    }),
  },
  'no-return-route': {
    summary: 'the route back is missing',
    plan: ({ to, source }) => ({
      sentence: `${to.name} has no route back to ${source}`,
      steps: forget(to, source),
    }),
  },
  'no-router-route': {
    summary: 'a router between has no route to the target',
    plan: (scene) => {
      const router = routerOf(scene);
      return {
        sentence: `${router.name} has no route to ${scene.target}`,
        steps: forget(router, scene.target),
      };
    },
  },
  'wrong-gateway': {
    summary: 'the route leads to a gateway that is not there',
    plan: ({ from, out, source }) => {
      if (out.gateway === undefined) throw noPlace(`${from.name} needs no gateway`);
      const gateway = strangerIn(addressOn(deviceOf(from, out.device), source), [source, out.gateway]);
      const wrong = { ...out, gateway };
      return {
        sentence: `${from.name} sends to the gateway ${gateway}, which is not there`,
        steps: [ip(from, 'route', 'replace', ...routeWords(wrong).split(' '))],
      };
    },
  },
  'wrong-prefix': {
    summary: 'the address has the wrong prefix length',
    plan: (scene) => wrongPrefix(scene),
  },
  blackhole: refusal('blackhole', 'packets are dropped silently'),
  prohibit: refusal('prohibit', 'packets are refused as forbidden'),
  unreachable: refusal('unreachable', 'packets are refused as unreachable'),
  'policy-rule': {
    summary: 'a rule (ip rule) refuses the target before any route is asked',
    plan: (scene) => ({
      sentence: `${scene.from.name} has a rule that makes ${scene.target} unreachable`,
      steps: [
        ip(
          scene.from,
          tree(scene) === 'ipv6' ? '-6' : '-4',
          'rule',
          'add',
          'to',
          scene.target,
          'priority',
          '100',
          'unreachable',
        ),
      ],
    }),
  },
  'no-forwarding': {
    summary: 'a router between does not forward',
    plan: (scene) => {
      const router = routerOf(scene);
      const key = tree(scene) === 'ipv6' ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward';
      return {
        sentence: `${router.name} does not forward: ${key} is 0`,
        steps: [inside(router, 'sysctl', '-q', '-w', `${key}=0`)],
      };
    },
  },
  'rp-filter': {
    summary: 'packets come in where the way back does not lead, and strict reverse-path filtering drops them',
    plan: (scene) => reversePath(scene),
  },
};

/**
 * Narrows the prefix so that the gateway or target is no longer on-link; or, where a default route would carry the
 * packets, widens it so that the target is taken to be on-link.
 */
function wrongPrefix({ from, out, source, target }: Scene) {
  const device = deviceOf(from, out.device);
  const address = addressOn(device, source);
  const right = parseTypedPrefix(address);
  const shared = sharedBits(right.family, source, target);
  const widened =
    out.gateway !== undefined && out.destination === 'default' && shared > 0 && shared < right.length;
  const prefix = widened ? shared : WIDTH[right.family];
  const add = (text: string) =>
    ip(from, 'address', 'add', text, 'dev', device.name, ...(right.family === 6 ? ['nodad'] : []));
  // The routes that depend on the right prefix disappear with it; those still valid afterwards are added again.
  const again = from.routes.filter((route) => route.protocol !== 'kernel' && route.device === device.name);
  const keep = widened ? again.filter((route) => route.family === right.family) : [];
  return {
    sentence: `${from.name} has ${source}/${prefix} on ${device.name}, not /${right.length}: ${
      widened ? `it takes ${target} for a neighbour` : `it has no way to ${out.gateway ?? target}`
    }`,
    steps: [
      ...(right.family === 4
        ? []
        : again.filter((route) => route.family === 6).map((route) => deletion(from, route))),
      { ...ip(from, 'address', 'delete', address, 'dev', device.name), undo: add(address).argv },
      add(`${source}/${prefix}`),
      ...keep.map((route) => ip(from, 'route', 'add', ...routeWords(route).split(' '))),
    ],
  };
}

/**
 * A second cable to the next namespace, over which the packets go out while the answers come back over the first: that
 * works, unless the receiver requires both to be the same.
 */
function reversePath(scene: Scene) {
  if (tree(scene) === 'ipv6') throw noPlace('reverse-path filtering by sysctl is of IPv4 only');
  const { from, out, target, source } = scene;
  const next = scene.way[1];
  if (deviceOf(next, scene.cables[0][1].interface).master !== undefined) {
    throw noPlace(`${from.name} is connected to a bridge, which filters no paths`);
  }
  const way = ['via', out.gateway ?? target, 'dev', 'rpf0', 'onlink', 'src', source];
  const network =
    out.destination === 'default'
      ? ['0.0.0.0/1', '128.0.0.0/1'].find((half) => covers(parseTypedPrefix(half), target))!
      : out.destination;
  return {
    sentence: `${next.name} drops packets that come in by rpf1, because its route back leads elsewhere: net.ipv4.conf.rpf1.rp_filter is 1`,
    steps: [
      {
        argv: [
          'ip',
          'link',
          'add',
          'name',
          'rpf0',
          'netns',
          from.name,
          'type',
          'veth',
          'peer',
          'name',
          'rpf1',
          'netns',
          next.name,
        ],
        undo: ip(from, 'link', 'delete', 'dev', 'rpf0').argv,
      },
      ip(from, 'link', 'set', 'dev', 'rpf0', 'up'),
      ip(next, 'link', 'set', 'dev', 'rpf1', 'up'),
      inside(next, 'sysctl', '-q', '-w', 'net.ipv4.conf.rpf1.rp_filter=1'),
      ip(from, 'route', 'replace', network, ...way),
    ],
  };
}

/** How many leading bits two addresses have in common. */
function sharedBits(family: 4 | 6, a: string, b: string): number {
  let bits = WIDTH[family];
  while (bits > 0 && !covers(parseTypedPrefix(`${a}/${bits}`), b)) bits -= 1;
  return bits;
}

/** An address of the network that is none of those given. */
function strangerIn(address: string, known: string[]): string {
  const network = networkText(parseTypedPrefix(address)).split('/')[0];
  const candidates = Array.from({ length: 8 }, (_, index) => network.replace(/[^.:]*$/, String(index + 77)));
  return candidates.find((candidate) => !known.includes(candidate))!;
}
