// Small labs for the tests of `nscap why`: healthy when made, then broken on purpose.
import { spawnSync } from 'node:child_process';
import { applyBaseline } from '../../src/lab/baseline.ts';
import { ipBatch } from '../../src/netns/batch.ts';
import { interfaces } from '../../src/netns/interfaces.ts';
import { spawnIn } from '../../src/netns/namespace.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { closeIn } from '../drops/sockets.ts';
import { removeNamespaces, sh, uniqueName } from '../netns/support.ts';

export interface Lab {
  /** Real name of the namespace called `a`, `b`, `r`, … */
  ns(short: string): string;
  /** The address of a namespace, as TARGET. */
  address(short: string): string;
  /** Runs a command line split at spaces, where `@a` stands for the namespace a. */
  do(...lines: string[]): void;
  /** Starts a node program in a namespace and waits for its first line. */
  serve(short: string, program: string): Promise<void>;
  remove(): void;
}

export type Topology =
  | 'pair'
  | 'pair6'
  | 'devices'
  | 'router'
  | 'router6'
  | 'chain'
  | 'bridge'
  | 'bridge6'
  | 'host'
  | 'triangle'
  | 'macvlan'
  | 'vxlan'
  | 'swapped';

interface Plan {
  namespaces: string[];
  /** veth ends: namespace:interface namespace:interface */
  links: [string, string][];
  bridges?: [string, ...string[]][];
  addresses: Record<string, string>;
  /** namespace: routes */
  routes?: Record<string, string[]>;
  routers?: string[];
  targets: Record<string, string>;
  extra?: string[];
}

const PLANS: Record<Topology, Plan> = {
  pair: {
    namespaces: ['a', 'b'],
    links: [['a:veth0', 'b:veth1']],
    addresses: { 'a:veth0': '10.0.1.1/24', 'b:veth1': '10.0.1.2/24' },
    targets: { a: '10.0.1.1', b: '10.0.1.2' },
  },
  pair6: {
    namespaces: ['a', 'b'],
    links: [['a:veth0', 'b:veth1']],
    addresses: { 'a:veth0': 'fd00:1::1/64', 'b:veth1': 'fd00:1::2/64' },
    targets: { a: 'fd00:1::1', b: 'fd00:1::2' },
  },
  // The walk-through everyone follows: two networks on one wire, reached by device routes.
  devices: {
    namespaces: ['a', 'b'],
    links: [['a:veth0', 'b:veth1']],
    addresses: { 'a:veth0': '10.0.1.1/24', 'b:veth1': '10.0.2.1/24' },
    routes: { a: ['10.0.2.0/24 dev veth0'], b: ['10.0.1.0/24 dev veth1'] },
    targets: { a: '10.0.1.1', b: '10.0.2.1' },
  },
  router: {
    namespaces: ['a', 'r', 'b'],
    links: [
      ['a:veth0', 'r:left'],
      ['r:right', 'b:veth0'],
    ],
    addresses: {
      'a:veth0': '10.0.1.1/24',
      'r:left': '10.0.1.254/24',
      'r:right': '10.0.2.254/24',
      'b:veth0': '10.0.2.1/24',
    },
    routes: { a: ['default via 10.0.1.254'], b: ['10.0.1.0/24 via 10.0.2.254'] },
    routers: ['r'],
    targets: { a: '10.0.1.1', b: '10.0.2.1', r: '10.0.1.254' },
  },
  router6: {
    namespaces: ['a', 'r', 'b'],
    links: [
      ['a:veth0', 'r:left'],
      ['r:right', 'b:veth0'],
    ],
    addresses: {
      'a:veth0': 'fd00:1::1/64',
      'r:left': 'fd00:1::ff/64',
      'r:right': 'fd00:2::ff/64',
      'b:veth0': 'fd00:2::1/64',
    },
    routes: { a: ['default via fd00:1::ff'], b: ['fd00:1::/64 via fd00:2::ff'] },
    routers: ['r'],
    targets: { a: 'fd00:1::1', b: 'fd00:2::1', r: 'fd00:1::ff' },
  },
  chain: {
    namespaces: ['a', 'r', 's', 'b'],
    links: [
      ['a:veth0', 'r:left'],
      ['r:right', 's:left'],
      ['s:right', 'b:veth0'],
    ],
    addresses: {
      'a:veth0': '10.0.1.1/24',
      'r:left': '10.0.1.2/24',
      'r:right': '10.0.2.1/24',
      's:left': '10.0.2.2/24',
      's:right': '10.0.3.1/24',
      'b:veth0': '10.0.3.2/24',
    },
    routes: {
      a: ['10.0.2.0/24 via 10.0.1.2', '10.0.3.0/24 via 10.0.1.2'],
      r: ['10.0.3.0/24 via 10.0.2.2'],
      s: ['10.0.1.0/24 via 10.0.2.1'],
      b: ['10.0.1.0/24 via 10.0.3.1', '10.0.2.0/24 via 10.0.3.1'],
    },
    routers: ['r', 's'],
    targets: { a: '10.0.1.1', b: '10.0.3.2', r: '10.0.1.2', s: '10.0.2.2' },
  },
  bridge: {
    namespaces: ['a', 'b', 'c', 'sw'],
    links: [
      ['a:eth0', 'sw:pa'],
      ['b:eth0', 'sw:pb'],
      ['c:eth0', 'sw:pc'],
    ],
    bridges: [['sw:br0', 'pa', 'pb', 'pc']],
    addresses: { 'a:eth0': '10.0.0.1/24', 'b:eth0': '10.0.0.2/24', 'c:eth0': '10.0.0.3/24' },
    targets: { a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.3' },
  },
  bridge6: {
    namespaces: ['a', 'b', 'sw'],
    links: [
      ['a:eth0', 'sw:pa'],
      ['b:eth0', 'sw:pb'],
    ],
    bridges: [['sw:br0', 'pa', 'pb']],
    addresses: { 'a:eth0': 'fd00::1/64', 'b:eth0': 'fd00::2/64' },
    targets: { a: 'fd00::1', b: 'fd00::2' },
  },
  // As container engines do it: a bridge with an address that is everybody's router, and another network behind it.
  host: {
    namespaces: ['a', 'b', 'h', 'x'],
    links: [
      ['a:eth0', 'h:va'],
      ['b:eth0', 'h:vb'],
      ['h:out', 'x:eth0'],
    ],
    bridges: [['h:docker0', 'va', 'vb']],
    addresses: {
      'a:eth0': '172.17.0.2/16',
      'b:eth0': '172.17.0.3/16',
      'h:docker0': '172.17.0.1/16',
      'h:out': '10.9.0.1/24',
      'x:eth0': '10.9.0.2/24',
    },
    routes: { a: ['default via 172.17.0.1'], b: ['default via 172.17.0.1'] },
    routers: ['h'],
    // x knows nothing of the inner network: its addresses are translated.
    extra: [
      'ip netns exec @h nft add table ip nat',
      'ip netns exec @h nft add chain ip nat post { type nat hook postrouting priority 100 ; }',
      'ip netns exec @h nft add rule ip nat post ip saddr 172.17.0.0/16 oifname out masquerade',
    ],
    targets: { a: '172.17.0.2', b: '172.17.0.3', h: '172.17.0.1', x: '10.9.0.2' },
  },
  // Two ways from a to b: directly, and over r. a's packets go directly, b's answers come over r.
  triangle: {
    namespaces: ['a', 'r', 'b'],
    links: [
      ['a:direct', 'b:direct'],
      ['a:over', 'r:left'],
      ['r:right', 'b:over'],
    ],
    addresses: {
      'a:direct': '10.0.1.1/24',
      'b:direct': '10.0.1.2/24',
      'a:over': '10.0.2.1/24',
      'r:left': '10.0.2.254/24',
      'r:right': '10.0.3.254/24',
      'b:over': '10.0.3.1/24',
    },
    routes: {
      a: ['10.0.3.0/24 via 10.0.1.2 src 10.0.2.1'],
      b: ['10.0.2.0/24 via 10.0.3.254'],
      r: ['10.0.1.0/24 via 10.0.2.1'],
    },
    routers: ['r'],
    targets: { a: '10.0.2.1', b: '10.0.3.1' },
  },
  vxlan: {
    namespaces: ['a', 'b'],
    links: [['a:veth0', 'b:veth1']],
    addresses: { 'a:veth0': '10.0.1.1/24', 'b:veth1': '10.0.1.2/24' },
    extra: [
      'ip -n @a link add vx0 type vxlan id 5 remote 10.0.1.2 local 10.0.1.1 dev veth0 dstport 4789',
      'ip -n @b link add vx0 type vxlan id 5 remote 10.0.1.1 local 10.0.1.2 dev veth1 dstport 4789',
      'ip -n @a addr add 10.8.0.1/24 dev vx0',
      'ip -n @b addr add 10.8.0.2/24 dev vx0',
      'ip -n @a link set vx0 up',
      'ip -n @b link set vx0 up',
    ],
    targets: { a: '10.8.0.1', b: '10.8.0.2' },
  },
  // Meant as a – b and c – d; the cables were mixed up.
  swapped: {
    namespaces: ['a', 'b', 'c', 'd'],
    links: [
      ['a:veth0', 'c:veth1'],
      ['b:veth1', 'd:veth0'],
    ],
    addresses: {
      'a:veth0': '10.0.1.1/24',
      'b:veth1': '10.0.1.2/24',
      'c:veth1': '10.0.2.1/24',
      'd:veth0': '10.0.2.2/24',
    },
    targets: { a: '10.0.1.1', b: '10.0.1.2' },
  },
  macvlan: {
    namespaces: ['a', 'b', 'h'],
    links: [['h:low', 'h:far']],
    addresses: {},
    extra: [
      'ip -n @h link add m1 link low type macvlan mode bridge',
      'ip -n @h link add m2 link low type macvlan mode bridge',
      'ip -n @h link set m1 netns @a',
      'ip -n @h link set m2 netns @b',
      'ip -n @a addr add 10.3.0.1/24 dev m1',
      'ip -n @b addr add 10.3.0.2/24 dev m2',
      'ip -n @a link set m1 up',
      'ip -n @b link set m2 up',
    ],
    targets: { a: '10.3.0.1', b: '10.3.0.2' },
  },
};

/** Makes a healthy lab. */
export async function makeLab(topology: Topology): Promise<Lab> {
  const plan = PLANS[topology];
  // As in any lab the names have a beginning in common: `why` takes it for a sign of who belongs together.
  const prefix = uniqueName('z');
  const names = new Map(plan.namespaces.map((short) => [short, `${prefix}-${short}`]));
  const ns = (short: string) => names.get(short)!;
  const children: ReturnType<typeof spawnIn>[] = [];
  const lab: Lab = {
    ns,
    address: (short) => plan.targets[short],
    do(...lines) {
      for (const line of lines) {
        const words = line
          .split(' ')
          .map((word) =>
            word.replaceAll('~', ' ').replace(/@(\w+)/g, (whole, short) => names.get(short) ?? whole),
          );
        sh(...words);
      }
    },
    async serve(short, program) {
      const child = spawnIn(await resolveNamespace(ns(short)), [process.execPath, '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      await new Promise((resolve) => child.stdout!.once('data', resolve));
    },
    remove() {
      for (const child of children) child.kill('SIGKILL');
      closeIn(names.values());
      removeNamespaces(...names.values());
    },
  };
  try {
    await build(plan, ns, lab, [...names.values()]);
  } catch (error) {
    lab.remove();
    throw error;
  }
  return lab;
}

async function build(plan: Plan, ns: (short: string) => string, lab: Lab, names: string[]): Promise<void> {
  const split = (end: string) => end.split(':') as [string, string];
  await ipBatch([
    ...plan.namespaces.map((short) => ['netns', 'add', ns(short)]),
    ...plan.links.map(([one, other]) => {
      const [a, x] = split(one);
      const [b, y] = split(other);
      return ['link', 'add', 'name', x, 'netns', ns(a), 'type', 'veth', 'peer', 'name', y, 'netns', ns(b)];
    }),
  ]);
  for (const short of plan.namespaces) {
    const inside = await resolveNamespace(ns(short));
    const mine = (end: string) => split(end)[0] === short;
    const bridges = (plan.bridges ?? []).filter(([bridge]) => mine(bridge));
    await applyBaseline(inside, [
      'lo',
      ...plan.links
        .flat()
        .filter(mine)
        .map((end) => split(end)[1]),
    ]);
    await ipBatch(
      [
        ['link', 'set', 'lo', 'up'],
        ...bridges.flatMap(([bridge, ...ports]) => [
          ['link', 'add', split(bridge)[1], 'type', 'bridge'],
          ['link', 'set', split(bridge)[1], 'up'],
          ...ports.map((port) => ['link', 'set', port, 'master', split(bridge)[1]]),
        ]),
        ...Object.entries(plan.addresses)
          .filter(([end]) => mine(end))
          .map(([end, address]) => [
            'address',
            'add',
            address,
            'dev',
            split(end)[1],
            ...(address.includes(':') ? ['nodad'] : []),
          ]),
        ...plan.links
          .flat()
          .filter(mine)
          .map((end) => ['link', 'set', split(end)[1], 'up']),
      ],
      inside,
    );
  }
  for (const short of plan.routers ?? []) {
    sh(
      'ip',
      'netns',
      'exec',
      ns(short),
      'sysctl',
      '-qw',
      'net.ipv4.ip_forward=1',
      'net.ipv6.conf.all.forwarding=1',
    );
  }
  for (const [short, routes] of Object.entries(plan.routes ?? {})) {
    const inside = await resolveNamespace(ns(short));
    await ipBatch(
      routes.map((route) => ['route', 'add', ...route.split(' ')]),
      inside,
    );
  }
  lab.do(...(plan.extra ?? []));
  await converged(names);
}

/** Waits until every bridge has noticed that its ports have a carrier. */
async function converged(names: string[]): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const all = await Promise.all(names.map(async (name) => interfaces(await resolveNamespace(name))));
    if (all.flat().every((one) => !one.up || (one.carrier && one.portDetails.state !== 'disabled'))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Node programs for `serve`. */
export const SERVER = (address: string, port: number) =>
  `require('net').createServer((s)=>{s.on('error',()=>{});s.end()}).listen({host:'${address}',port:${port}},()=>console.log('up'))`;
/** Accepts, reads, and says nothing. */
export const SERVER_SILENT = (port: number) =>
  `require('net').createServer((s)=>{s.on('error',()=>{});s.resume()}).listen({host:'0.0.0.0',port:${port}},()=>console.log('up'))`;
export const SERVER_V6ONLY = (port: number) =>
  `require('net').createServer((s)=>s.end()).listen({host:'::',port:${port},ipv6Only:true},()=>console.log('up'))`;
/** Listens, says so, and sleeps without ever accepting; its own connections fill the queue. */
export const SERVER_STUCK = (port: number) => `
const net=require('net');
const server=net.createServer().listen({host:'0.0.0.0',port:${port},backlog:1},()=>{
  const {spawnSync}=require('child_process');
  spawnSync(process.execPath,['-e',"for(let i=0;i<4;i++)require('net').connect(${port},'127.0.0.1').on('error',()=>{});setTimeout(()=>process.exit(),400)"]);
  require('fs').writeSync(1,'up\\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0);
});`;
export const UDP_SERVER = (address: string, port: number) =>
  `const u=require('dgram').createSocket('udp4');u.bind(${port},'${address}',()=>console.log('up'))`;

/** Whether the kernel and tools can do what a case needs. */
export function possible(...argv: string[]): boolean {
  return spawnSync(argv[0], argv.slice(1), { stdio: 'ignore' }).status === 0;
}
