// What `ip -json` lists of a namespace, from the kernel itself (rtnetlink(7)) and in the same terms, so that a hundred
// namespaces do not take a hundred processes of ip.
import { attributes, insideNamespace, NETLINK_ROUTE, NetlinkSocket } from '../binding/netlink.ts';
import type { Interface, InterfaceAddress } from './interface.ts';
import { scopeName } from './iproute-names.ts';
import type { Namespace } from './namespace.ts';
import { cString, flagNames, macText } from './netlink-values.ts';
import { textOfBytes } from './prefix.ts';
import { type Route, routeFrom } from './route.ts';
import { routesOf } from './route-netlink.ts';

const RTM_GETLINK = 18;
const RTM_GETADDR = 22;
const RTM_GETNEIGH = 30;
const RTM_GETRULE = 34;
const AF_INET = 2;
const AF_INET6 = 10;

/** Hardware types (linux/if_arp.h) and kinds of links that need no more words than are decoded here. */
const ETHERNET = 1;
const LOOPBACK = 772;
const PLAIN_KINDS = ['veth', 'dummy', 'physical', 'loopback'];

/** linux/if.h, in the order in which ip shows them. RUNNING is shown as NO-CARRIER where it is missing. */
const RUNNING = 0x40;
const FLAGS: [bit: number, name: string][] = [
  [0x8, 'LOOPBACK'],
  [0x2, 'BROADCAST'],
  [0x10, 'POINTOPOINT'],
  [0x1000, 'MULTICAST'],
  [0x80, 'NOARP'],
  [0x200, 'ALLMULTI'],
  [0x100, 'PROMISC'],
  [0x400, 'MASTER'],
  [0x800, 'SLAVE'],
  [0x4, 'DEBUG'],
  [0x8000, 'DYNAMIC'],
  [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'],
  [0x20, 'NOTRAILERS'],
  [0x1, 'UP'],
  [0x10000, 'LOWER_UP'],
  [0x20000, 'DORMANT'],
  [0x40000, 'ECHO'],
];
const UP = 0x1;
const LOWER_UP = 0x10000;
/** IFLA_PROTO_DOWN of linux/if_link.h. */
const PROTO_DOWN = 39;
/** RFC 2863, ifOperStatus, by number. */
const STATES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'];
/** linux/fib_rules.h, by number. */
const ACTIONS: Record<number, string> = {
  2: 'goto',
  3: 'nop',
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
};
const NUD_PERMANENT = 0x80;

/** The fields of a routing rule that are used. */
export interface Rule {
  family: 4 | 6;
  priority: number;
  /** Undefined: look a table up. */
  action?: string;
  destination?: string;
}

/** A permanent neighbour entry. */
export interface FixedNeighbour {
  address: string;
  device: string;
  mac?: string;
}

/** What every link has. */
export interface Link {
  index: number;
  name: string;
  /** Administratively up. */
  up: boolean;
  /** Packets begin with an Ethernet header, as those of the loopback interface do. */
  isEthernet: boolean;
}

/** One namespace's side of rtnetlink. To be closed. */
export class Rtnetlink {
  private readonly socket: NetlinkSocket;
  private names: Map<number, string> | undefined;

  /** @throws Error where the namespace may not be entered from here, or no system call be made */
  constructor(namespace: Namespace) {
    this.socket =
      namespace.enter.length === 0
        ? new NetlinkSocket(NETLINK_ROUTE)
        : insideNamespace(namespace.path, () => new NetlinkSocket(NETLINK_ROUTE), namespace.inode);
  }

  close(): void {
    this.socket.close();
  }

  /** As interface.ts lists them, by index; undefined where there are links of a kind that only ip knows in full. */
  interfaces(): Interface[] | undefined {
    const found: Interface[] = [];
    const masters = new Map<Interface, number>();
    for (const message of this.socket.dump(RTM_GETLINK, Buffer.alloc(16))) {
      const link = linkOf(message);
      if (link === undefined) return undefined;
      found.push(link);
      const master = attributes(message, 16).get(10)?.readUInt32LE(0);
      if (master !== undefined) masters.set(link, master);
    }
    // A port has further details.
    if (masters.size > 0) return undefined;
    const byIndex = new Map(found.map((link) => [link.index, link]));
    for (const link of found) {
      const below = link.peerNamespaceId === undefined ? byIndex.get(link.peerIndex ?? 0) : undefined;
      if (below?.up === false) link.flags.push('M-DOWN');
    }
    for (const message of this.socket.dump(RTM_GETADDR, Buffer.alloc(8))) {
      const address = addressOf(message);
      if (address !== undefined) byIndex.get(message.readUInt32LE(4))?.addresses.push(address);
    }
    this.names = new Map(found.map((link) => [link.index, link.name]));
    return found.sort((a, b) => a.index - b.index);
  }

  interfaceNames(): string[] {
    return this.links().map(({ name }) => name);
  }

  /** The bytes of all interfaces' addresses, with their scope as ip names it. */
  addresses(): { address: Buffer; scope: string }[] {
    return this.socket.dump(RTM_GETADDR, Buffer.alloc(8)).flatMap((message) => {
      const parts = attributes(message, 8);
      const address = parts.get(2) ?? parts.get(1);
      const isIp = message[0] === AF_INET || message[0] === AF_INET6;
      return isIp && address !== undefined ? [{ address, scope: scopeName(message[3]) }] : [];
    });
  }

  /** Every link, of whatever kind. */
  links(): Link[] {
    return this.socket.dump(RTM_GETLINK, Buffer.alloc(16)).map((message) => ({
      index: message.readUInt32LE(4),
      name: cString(attributes(message, 16).get(3)),
      up: (message.readUInt32LE(8) & UP) !== 0,
      isEthernet: [ETHERNET, LOOPBACK].includes(message.readUInt16LE(2)),
    }));
  }

  /** Every table, IPv4 first. */
  routes(): Route[] {
    const nameOf = (index: number) => this.nameOf(index);
    return ([4, 6] as const).flatMap((family) =>
      routesOf(this.socket, nameOf, family, false).map((listed) => routeFrom(listed, family)),
    );
  }

  /** The rules by which tables are chosen, IPv4 first. */
  rules(): Rule[] {
    return [AF_INET, AF_INET6].flatMap((family) => {
      const header = Buffer.alloc(12);
      header[0] = family;
      return this.socket
        .dump(RTM_GETRULE, header)
        .filter((message) => message[0] === family)
        .map((message): Rule => {
          const parts = attributes(message, 12);
          const action = ACTIONS[message[7]];
          const destination = parts.get(1);
          return {
            family: family === AF_INET ? 4 : 6,
            priority: parts.get(6)?.readUInt32LE(0) ?? 0,
            ...(action === undefined ? {} : { action }),
            ...(destination === undefined ? {} : { destination: textOfBytes(destination) }),
          };
        });
    });
  }

  fixedNeighbours(): FixedNeighbour[] {
    return this.socket.dump(RTM_GETNEIGH, Buffer.alloc(12)).flatMap((message) => {
      const parts = attributes(message, 12);
      const address = parts.get(1);
      const isIp = message[0] === AF_INET || message[0] === AF_INET6;
      if (!isIp || message.readUInt16LE(8) !== NUD_PERMANENT || address === undefined) return [];
      const mac = parts.get(2);
      return [
        {
          address: textOfBytes(address),
          device: this.nameOf(message.readUInt32LE(4)),
          ...(mac === undefined ? {} : { mac: macText(mac) }),
        },
      ];
    });
  }

  private nameOf(index: number): string {
    this.names ??= new Map(
      this.socket
        .dump(RTM_GETLINK, Buffer.alloc(16))
        .map((message) => [message.readUInt32LE(4), cString(attributes(message, 16).get(3))]),
    );
    return this.names.get(index) ?? `if${index}`;
  }
}

/**
 * What `read` makes of the namespace's rtnetlink; undefined where the namespace may not be entered by this process (in a
 * user namespace of its own, or without root), no system calls can be made, or `read` declines: use ip then.
 */
export function byRtnetlink<T>(namespace: Namespace, read: (kernel: Rtnetlink) => T): T | undefined {
  let kernel: Rtnetlink | undefined;
  try {
    kernel = new Rtnetlink(namespace);
    return read(kernel);
  } catch {
    return undefined;
  } finally {
    kernel?.close();
  }
}

/** An RTM_NEWLINK; undefined where it is of a kind that is not decoded here. */
function linkOf(message: Buffer): Interface | undefined {
  const parts = attributes(message, 16);
  const hardware = message.readUInt16LE(2);
  const flags = message.readUInt32LE(8);
  const info = parts.get(18);
  const kind = info === undefined ? undefined : attributes(info).get(1);
  const called = kind === undefined ? (hardware === LOOPBACK ? 'loopback' : 'physical') : cString(kind);
  if ((hardware !== ETHERNET && hardware !== LOOPBACK) || !PLAIN_KINDS.includes(called)) return undefined;
  const mac = parts.get(1);
  const peer = parts.get(5)?.readUInt32LE(0);
  const peerNamespace = parts.get(37)?.readInt32LE(0);
  const xdp = parts.get(43);
  return {
    index: message.readUInt32LE(4),
    name: cString(parts.get(3)),
    kind: called,
    flags: [
      ...((flags & UP) !== 0 && (flags & RUNNING) === 0 ? ['NO-CARRIER'] : []),
      ...flagNames(FLAGS, flags),
    ],
    up: (flags & UP) !== 0,
    carrier: (flags & LOWER_UP) !== 0,
    state: STATES[parts.get(16)?.[0] ?? 0] ?? 'UNKNOWN',
    ...(parts.get(PROTO_DOWN)?.[0] === 1 ? { protodown: true } : {}),
    mtu: parts.get(4)!.readUInt32LE(0),
    ...(mac === undefined ? {} : { mac: macText(mac) }),
    ...(peer ? { peerIndex: peer } : {}),
    ...(peerNamespace === undefined ? {} : { peerNamespaceId: peerNamespace }),
    addresses: [],
    details: {},
    portDetails: {},
    xdp: xdp !== undefined && (attributes(xdp).get(2)?.[0] ?? 0) !== 0,
  };
}

/** An RTM_NEWADDR; undefined where it is of another family than IP's. */
function addressOf(message: Buffer): InterfaceAddress | undefined {
  const parts = attributes(message, 8);
  const [far, near] = [parts.get(1), parts.get(2)];
  const local = near ?? far;
  if ((message[0] !== AF_INET && message[0] !== AF_INET6) || local === undefined) return undefined;
  const flags = parts.get(8)?.readUInt32LE(0) ?? message[2];
  return {
    family: message[0] === AF_INET ? 'inet' : 'inet6',
    address: textOfBytes(local),
    prefix: message[1],
    scope: scopeName(message[3]),
    ...(far !== undefined && !far.equals(local) ? { peer: textOfBytes(far) } : {}),
    ...((flags & 0x40) !== 0 ? { tentative: true } : {}),
    ...((flags & 0x08) !== 0 ? { duplicate: true } : {}),
  };
}
