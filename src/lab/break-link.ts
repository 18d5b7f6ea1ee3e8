// Ways to break cables, bridges, interfaces and neighbours.
import { covering } from '../netns/route.ts';
import { addressCommand } from './configure.ts';
import { addressOn, bridgeOn, deviceOf, type Scene } from './scene.ts';
import { type Breaks, inside, ip, noPlace } from './step.ts';

/** Locally administered and unused. */
const UNASSIGNED_MAC = '02:00:00:00:de:ad';
/** Bytes: too small for full Ethernet frames, large enough for IPv6 (RFC 8200, 5). */
const SMALL_MTU = 1280;
const VLANS = [10, 20] as const;

/** The bridge on the way and its port towards the target. */
function bridgeIn(scene: Scene) {
  const found = bridgeOn(scene);
  if (found === undefined) throw noPlace(`no bridge lies between ${scene.from.name} and ${scene.to.name}`);
  return found;
}

export const LINK_BREAKS: Breaks = {
  'link-down': {
    summary: 'the interface is down',
    plan: ({ from, out }) => ({
      sentence: `${out.device} in ${from.name} is down`,
      steps: [ip(from, 'link', 'set', 'dev', out.device!, 'down')],
    }),
  },
  'peer-down': {
    summary: 'the other end of the cable is down',
    plan: ({ way, cables }) => {
      const [, far] = cables[0];
      return {
        sentence: `${far.interface} in ${far.namespace}, the other end of the cable, is down`,
        steps: [ip(way[1], 'link', 'set', 'dev', far.interface, 'down')],
      };
    },
  },
  'no-address': {
    summary: 'the interface has no address',
    plan: ({ from, out, source }) => {
      const address = addressOn(deviceOf(from, out.device), source);
      return {
        sentence: `${out.device} in ${from.name} lacks its address ${address}`,
        steps: [ip(from, 'address', 'delete', address, 'dev', out.device!)],
      };
    },
  },
  'no-target-address': {
    summary: 'the target lacks the address it is called by',
    plan: ({ to, target }) => {
      const device = to.interfaces.find((link) => link.addresses.some(({ address }) => address === target))!;
      const address = addressOn(device, target);
      return {
        sentence: `${device.name} in ${to.name} lacks its address ${address}`,
        steps: [ip(to, 'address', 'delete', address, 'dev', device.name)],
      };
    },
  },
  'duplicate-address': {
    summary: 'the sender has the address of the target as well, and talks to itself',
    plan: ({ from, out, target }) => {
      const device = deviceOf(from, out.device);
      return {
        sentence: `${from.name} has the address ${target} of the target itself`,
        steps: [ip(from, ...addressCommand(device.name, `${target}/${target.includes(':') ? 128 : 32}`))],
      };
    },
  },
  'no-loopback': {
    summary: 'lo is down',
    plan: ({ from }) => ({
      sentence: `lo in ${from.name} is down`,
      steps: [ip(from, 'link', 'set', 'dev', 'lo', 'down')],
    }),
  },
  'wrong-neighbour': {
    summary: 'a fixed entry gives the neighbour a wrong link-layer address',
    plan: ({ from, out, target }) => {
      const neighbour = out.gateway ?? target;
      return {
        sentence: `${from.name} takes ${UNASSIGNED_MAC} for the link-layer address of ${neighbour}`,
        steps: [
          ip(
            from,
            'neighbour',
            'replace',
            neighbour,
            'lladdr',
            UNASSIGNED_MAC,
            'nud',
            'permanent',
            'dev',
            out.device!,
          ),
        ],
      };
    },
  },
  'no-arp': {
    summary: 'the interface does not take part in ARP',
    plan: ({ from, out }) => {
      if (out.family === 6) throw noPlace('IPv6 needs no ARP');
      return {
        sentence: `${out.device} in ${from.name} does not take part in ARP`,
        steps: [ip(from, 'link', 'set', 'dev', out.device!, 'arp', 'off')],
      };
    },
  },
  mtu: {
    summary: 'the two ends of a cable have different MTUs: large packets vanish',
    plan: ({ way, cables, from, out }) => {
      const [, far] = cables[0];
      const { mtu } = deviceOf(from, out.device);
      if (mtu <= SMALL_MTU) throw noPlace(`the MTU of ${out.device} is small already`);
      return {
        sentence: `${far.interface} in ${far.namespace} has an MTU of ${SMALL_MTU}, its other end one of ${mtu}`,
        steps: [ip(way[1], 'link', 'set', 'dev', far.interface, 'mtu', String(SMALL_MTU))],
      };
    },
  },
  'bridge-port-down': {
    summary: 'the port of the bridge is down',
    plan: (scene) => {
      const { observed, bridge, port } = bridgeIn(scene);
      return {
        sentence: `${port}, a port of ${bridge} in ${observed.name}, is down`,
        steps: [ip(observed, 'link', 'set', 'dev', port, 'down')],
      };
    },
  },
  'bridge-port-disabled': {
    summary: 'the port of the bridge is up but disabled',
    plan: (scene) => {
      const { observed, bridge, port } = bridgeIn(scene);
      return {
        sentence: `${port}, a port of ${bridge} in ${observed.name}, is disabled`,
        // Not `ip link`: it sets the state, and then the kernel sees the carrier and forwards again.
        steps: [inside(observed, 'bridge', 'link', 'set', 'dev', port, 'state', '0')],
      };
    },
  },
  'bridge-isolated': {
    summary: 'the ports of the bridge are isolated from each other',
    plan: (scene) => {
      const { observed, bridge } = bridgeIn(scene);
      const ports = observed.interfaces.filter((link) => link.master === bridge);
      return {
        sentence: `the ports of ${bridge} in ${observed.name} are isolated from each other`,
        steps: ports.map(({ name }) =>
          ip(observed, 'link', 'set', 'dev', name, 'type', 'bridge_slave', 'isolated', 'on'),
        ),
      };
    },
  },
  'bridge-down': {
    summary: 'the bridge itself is down',
    plan: (scene) => {
      const { observed, bridge } = bridgeIn(scene);
      return {
        sentence: `the bridge ${bridge} in ${observed.name} is down`,
        steps: [ip(observed, 'link', 'set', 'dev', bridge, 'down')],
      };
    },
  },
  'wrong-bridge': {
    summary: 'the port belongs to another bridge',
    plan: (scene) => {
      const { observed, bridge, port } = bridgeIn(scene);
      const otherBridge = ['br1', 'br2'].find((name) =>
        observed.interfaces.every((link) => link.name !== name),
      )!;
      return {
        sentence: `${port} in ${observed.name} is a port of ${otherBridge}, not of ${bridge}`,
        steps: [
          {
            ...ip(observed, 'link', 'add', 'name', otherBridge, 'type', 'bridge'),
            undo: ip(observed, 'link', 'delete', 'dev', otherBridge).argv,
          },
          ip(observed, 'link', 'set', 'dev', otherBridge, 'up'),
          ip(observed, 'link', 'set', 'dev', port, 'master', otherBridge),
        ],
      };
    },
  },
  'no-bridge': {
    summary: 'the interface is no port of the bridge',
    plan: (scene) => {
      const { observed, bridge, port } = bridgeIn(scene);
      return {
        sentence: `${port} in ${observed.name} is no port of ${bridge}`,
        steps: [ip(observed, 'link', 'set', 'dev', port, 'nomaster')],
      };
    },
  },
  'vlan-mismatch': {
    summary: 'the two ends are in different VLANs',
    plan: (scene) => differentVlans(scene),
  },
};

/** Moves the addresses of both ends onto VLANs that differ. */
function differentVlans({ from, to, out, back, source, target }: Scene) {
  const ends = [
    { observed: from, device: deviceOf(from, out.device), own: source, other: target, id: VLANS[0] },
    { observed: to, device: deviceOf(to, back.device), own: target, other: source, id: VLANS[1] },
  ];
  const name = (device: string, id: number) => `${device.slice(0, 12)}.${id}`;
  return {
    sentence: `${from.name} is in VLAN ${VLANS[0]}, ${to.name} in VLAN ${VLANS[1]}`,
    steps: [
      // The VLANs first: a kernel without them stops here, with nothing broken.
      ...ends.map(({ observed, device, id }) => ({
        ...ip(
          observed,
          'link',
          'add',
          'link',
          device.name,
          'name',
          name(device.name, id),
          'type',
          'vlan',
          'id',
          String(id),
        ),
        undo: ip(observed, 'link', 'delete', 'dev', name(device.name, id)).argv,
      })),
      ...ends.flatMap(({ observed, device, own, other, id }) => {
        const vlan = name(device.name, id);
        const address = addressOn(device, own);
        const routes = covering(observed.routes, other).filter((route) => route.protocol !== 'kernel');
        return [
          ip(observed, 'address', 'delete', address, 'dev', device.name),
          ip(observed, ...addressCommand(vlan, address)),
          ip(observed, 'link', 'set', 'dev', vlan, 'up'),
          ...routes.map((route) =>
            ip(
              observed,
              'route',
              'replace',
              route.destination,
              ...(route.gateway ? ['via', route.gateway] : []),
              'dev',
              vlan,
            ),
          ),
        ];
      }),
    ],
  };
}
