// The interfaces of a namespace: as the kernel lists them, or `ip -json -details address`, in the same words.
import { objectsIn } from '../base/json.ts';
import { NscapError } from '../errors.ts';
import type { Interface } from './interface.ts';
import { HERE, ipJson, type Namespace } from './namespace.ts';
import { byRtnetlink } from './rtnetlink.ts';

export interface Listed {
  ifindex: number;
  ifname: string;
  flags: string[];
  mtu: number;
  operstate: string;
  link_type: string;
  proto_down?: boolean;
  address?: string;
  master?: string;
  link?: string | null;
  link_index?: number;
  link_netnsid?: number;
  xdp?: object;
  linkinfo?: {
    info_kind?: string;
    info_data?: Record<string, unknown>;
    info_slave_data?: Record<string, unknown>;
  };
  addr_info?: {
    family?: string;
    local?: string;
    address?: string;
    prefixlen?: number;
    scope?: string;
    tentative?: boolean;
    dadfailed?: boolean;
  }[];
}

/** The interfaces in the namespace, by index. @throws NscapError MISSING_TOOL, NOT_PERMITTED, COMMAND_FAILED. */
export async function interfaces(namespace: Namespace = HERE): Promise<Interface[]> {
  return byRtnetlink(namespace, (kernel) => kernel.interfaces()) ?? interfacesByIp(namespace);
}

/** The same, from `ip`, which knows the details of every kind of link. */
export async function interfacesByIp(namespace: Namespace): Promise<Interface[]> {
  const listed = await ipJson<Listed>(namespace, ['-details', 'address', 'show']);
  return interfacesFrom(listed);
}

/** Out of what ip lists. */
export function interfacesFrom(listed: readonly Listed[]): Interface[] {
  // An interface that disappears while ip lists leaves an empty object.
  const whole = listed.filter(
    ({ ifname, ifindex, flags }) =>
      typeof ifname === 'string' && Number.isInteger(ifindex) && Array.isArray(flags),
  );
  const indexes = new Map(whole.map((entry) => [entry.ifname, entry.ifindex]));
  return whole.map((entry) => fromListed(entry, indexes));
}

/**
 * The interface of that name.
 * @throws NscapError UNKNOWN_INTERFACE, which names those there are.
 */
export async function findInterface(namespace: Namespace, name: string): Promise<Interface> {
  const all = await interfaces(namespace);
  const found = all.find((link) => link.name === name);
  if (found !== undefined) return found;
  throw new NscapError(
    'UNKNOWN_INTERFACE',
    `there is no interface '${name}' in namespace ${namespace.label}`,
    {
      hint: `those there are: ${all.map((link) => link.name).join(', ')}`,
    },
  );
}

function fromListed(listed: Listed, indexes: Map<string, number>): Interface {
  const peerIndex = listed.link_index ?? (listed.link ? indexes.get(listed.link) : undefined);
  return {
    index: listed.ifindex,
    name: listed.ifname,
    kind: listed.linkinfo?.info_kind ?? (listed.link_type === 'loopback' ? 'loopback' : 'physical'),
    flags: listed.flags,
    up: listed.flags.includes('UP'),
    carrier: listed.flags.includes('LOWER_UP'),
    state: listed.operstate,
    ...(listed.proto_down === true ? { protodown: true } : {}),
    mtu: listed.mtu,
    ...(listed.address === undefined ? {} : { mac: listed.address }),
    ...(listed.master === undefined ? {} : { master: listed.master }),
    ...(peerIndex === undefined ? {} : { peerIndex }),
    ...(listed.link_netnsid === undefined ? {} : { peerNamespaceId: listed.link_netnsid }),
    addresses: objectsIn<NonNullable<Listed['addr_info']>[number]>(listed.addr_info)
      .filter((address) => typeof address.local === 'string')
      .map((address) => ({
        family: address.family as 'inet' | 'inet6',
        address: address.local!,
        prefix: address.prefixlen!,
        scope: address.scope!,
        ...(address.address === undefined ? {} : { peer: address.address }),
        ...(address.tentative ? { tentative: true } : {}),
        ...(address.dadfailed ? { duplicate: true } : {}),
      })),
    details: listed.linkinfo?.info_data ?? {},
    portDetails: listed.linkinfo?.info_slave_data ?? {},
    xdp: listed.xdp !== undefined,
  };
}
