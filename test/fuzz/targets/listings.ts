// What programs list in JSON: ip of interfaces, routes, rules and neighbours, tc, and engines of their containers.
import { parseSockets } from '../../../src/drops/sockets.ts';
import { NscapError } from '../../../src/errors.ts';
import { containersInspectedByCri, inspectedContainers } from '../../../src/netns/containers.ts';
import { type IpRule, stateFrom } from '../../../src/netns/forwarding-state.ts';
import { interfacesFrom, type Listed } from '../../../src/netns/interfaces.ts';
import {
  type ListedNeighbour,
  type ListedQdisc,
  type ListedRoute,
  listedObjects,
} from '../../../src/netns/iproute-json.ts';
import { covering, routeWords } from '../../../src/netns/route.ts';
import { routesFrom } from '../../../src/netns/routes.ts';
import { decide } from '../../../src/why/fib.ts';
import { Broken, bytes, JSON_TOKENS, LINES, type Target, textOf } from '../target.ts';

const LINK = {
  ifindex: 2,
  ifname: 'eth0',
  flags: ['BROADCAST', 'UP', 'LOWER_UP'],
  mtu: 1500,
  operstate: 'UP',
  link_type: 'ether',
  link: 'x',
  address: '02:00:00:00:00:01',
  linkinfo: { info_kind: 'veth', info_data: { mode: 'bridge' } },
  addr_info: [{ family: 'inet', local: '10.0.0.1', prefixlen: 24, scope: 'global', tentative: true }],
};
const ROUTES = [
  { type: 'unicast', dst: 'default', gateway: '10.0.0.2', dev: 'eth0', metric: 5, flags: [] },
  { type: 'blackhole', dst: '10.9.0.0/16', table: '7', flags: ['dead'] },
  {
    type: 'unicast',
    dst: '10.0.0.0/24',
    dev: 'eth0',
    prefsrc: '10.0.0.1',
    flags: [],
    metrics: [{ mtu: 1300 }],
  },
  {
    dst: '10.3.0.0/16',
    flags: [],
    nexthops: [{ via: { family: 'inet', host: '10.0.0.3' }, weight: 1, flags: [] }],
  },
];
const RULES = [
  { priority: 0, src: 'all', table: 'local' },
  {
    priority: 9,
    src: '10.0.0.0',
    srclen: 8,
    fwmark: '0x1',
    fwmask: '0xff',
    dport_start: 80,
    dport_end: 90,
    table: '7',
  },
  { priority: 32766, src: 'all', table: 'main', not: null, ipproto: 'tcp', iif: 'eth0' },
];
const NEIGHBOURS = [{ dst: '10.0.0.2', dev: 'eth0', lladdr: '02:00:00:00:00:02', state: ['REACHABLE'] }];
const QDISCS = [
  { kind: 'netem', handle: '1:', dev: 'eth0', root: true, options: { limit: 1000 }, drops: 3, packets: 4 },
];
const INSPECTED = [{ Id: 'ab12', Name: '/web', State: { Pid: 4711 }, Config: { Image: 'nginx' } }];
const BY_CRI = {
  status: { id: 'cd34', metadata: { name: 'pod' }, image: { image: 'x' } },
  info: { pid: 12 },
};

/** A document a line. */
function listed<T extends object>(text: string): T[] {
  try {
    return listedObjects<T>(text);
  } catch (error) {
    if (error instanceof NscapError) return [];
    throw error;
  }
}

export const listings: Target = {
  name: 'listings',
  about: 'what ip, tc and container engines list in JSON, a document a line',
  structure: JSON_TOKENS,
  seeds: () => [
    bytes(
      [[LINK, {}], ROUTES, RULES, NEIGHBOURS, QDISCS, INSPECTED, BY_CRI]
        .map((one) => JSON.stringify(one))
        .join('\n'),
    ),
  ],
  words: [
    'null',
    '[]',
    '{}',
    '""',
    '-1',
    '1e99',
    '"all"',
    '"::/0"',
    '"10.0.0.0/33"',
    '"0xffffffffff"',
    '"\\u001b"',
    '\n',
  ],
  run(input) {
    const [links = '', routes = '', rules = '', neighbours = '', queues = '', containers = '', cri = ''] =
      textOf(input).split('\n');
    for (const { name, index, addresses } of interfacesFrom(listed<Listed>(links))) {
      if (typeof name !== 'string' || !Number.isInteger(index))
        throw new Broken('an interface without a name');
      if (addresses.some(({ address }) => typeof address !== 'string'))
        throw new Broken('an address without text');
    }
    for (const family of [4, 6] as const) {
      const all = routesFrom(listed<ListedRoute>(routes), family);
      if (all.some((route) => typeof routeWords(route) !== 'string'))
        throw new Broken('a route without words');
      expected(() => covering(all, family === 4 ? '10.0.0.9' : 'fd00::9'));
    }
    const state = stateFrom(
      [listed<ListedRoute>(routes), listed<IpRule>(rules), listed<ListedNeighbour>(neighbours), []],
      [],
    );
    expected(() =>
      decide(state as never, {
        family: 4,
        target: '10.3.0.1',
        source: '10.0.0.1',
        protocol: 'tcp',
        port: 85,
      }),
    );
    listed<ListedQdisc>(queues);
    for (const { name, process } of [
      ...inspectedContainers('docker', containers),
      ...containersInspectedByCri(cri),
    ])
      if (typeof name !== 'string' || !(process >= 0))
        throw new Broken('a container without a name or process');
  },
};

function expected(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof NscapError)) throw error;
  }
}

const SOCKETS = `udp UNCONN 0 0 10.0.0.1:53 0.0.0.0:* users:(("named",pid=7,fd=3)) skmem:(r0,rb212992,t0,tb212992,f0,w0,o0,bl0,d5)
tcp LISTEN 0 128 [::]:22 [::]:* users:(("sshd",pid=12,fd=4),("systemd",pid=1,fd=80)) skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0) cubic
tcp ESTAB 0 0 [fe80::1%eth0]:443 [fe80::2]:50000 skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d17)
`;

export const sockets: Target = {
  name: 'sockets',
  about: 'what ss lists of sockets and their programs',
  structure: LINES,
  seeds: () => [bytes(SOCKETS), ...SOCKETS.trim().split('\n').map(bytes)],
  words: ['users:((', '")),', 'pid=', 'skmem:(', ',rb', ',d', '"', '(', ')', ':*', '%', '[::]'],
  run(input) {
    for (const { protocol, local, peer, buffer, process, drops } of parseSockets(textOf(input))) {
      if (![protocol, local, peer].every((text) => text !== '' && !/\s/.test(text)))
        throw new Broken('a socket has no protocol or addresses');
      if (![buffer, drops, process?.pid ?? 0].every((number) => number >= 0))
        throw new Broken('a socket has a number that is none');
    }
  },
};
