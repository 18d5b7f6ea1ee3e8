// The labs that need no file: the classic pair, and chains, stars and bridges of any number of namespaces.
import { usageError } from '../errors.ts';
import { networkText, parseTypedPrefix, prefixText } from '../netns/prefix.ts';
import type { InterfaceSpec, LabSpec, LinkSpec, NamespaceSpec } from './spec.ts';

/** How the pair differs from the usual one. */
export interface PairOptions {
  /** The lab's own name; by default made of the namespaces' names. */
  name?: string;
  /** By default ns1 and ns2. */
  namespaces?: readonly [string, string];
  /** By default veth0 and veth1. */
  interfaces?: readonly [string, string];
  /** With or without prefix length; by default 10.0.1.0 and 10.0.2.0. */
  addresses?: readonly [string, string];
  /** Bits, for addresses without one; by default 24. */
  prefix?: number;
  /** Bytes. */
  mtu?: number;
  /** The routes to each other's network: there unless false. */
  routes?: boolean;
  /** IPv6 as well: fd00:0:0:1::/64 and fd00:0:0:2::/64. */
  ipv6?: boolean;
}

/**
 * The classic pair: veth0 in ns1 with 10.0.1.0/24, veth1 in ns2 with 10.0.2.0/24 (the addresses are 10.0.1.0 and
 * 10.0.2.0, as typed), and in each a route to the other's network through the cable.
 */
export function pairSpec(options: PairOptions = {}): LabSpec {
  const namespaces = options.namespaces ?? ['ns1', 'ns2'];
  const interfaces = options.interfaces ?? ['veth0', 'veth1'];
  if (namespaces[0] === namespaces[1]) throw usageError(`both namespaces are called '${namespaces[0]}'`);
  const own = [0, 1].map((side) => {
    const typed = [(options.addresses ?? ['10.0.1.0', '10.0.2.0'])[side]];
    if (options.ipv6) typed.push(`fd00:0:0:${side + 1}::1/64`);
    return typed.map((address) => parseTypedPrefix(address, options.prefix ?? 24));
  });
  const side = (index: number): NamespaceSpec => {
    const networks = own[index].map(networkText);
    const others = own[1 - index].map(networkText).filter((network) => !networks.includes(network));
    const routes =
      options.routes === false ? [] : others.map((network) => `${network} dev ${interfaces[index]}`);
    return {
      interfaces: { [interfaces[index]]: { addresses: own[index].map(prefixText) } },
      ...(routes.length === 0 ? {} : { routes }),
    };
  };
  return {
    name: options.name ?? namespaces.join('-'),
    namespaces: { [namespaces[0]]: side(0), [namespaces[1]]: side(1) },
    links: [link(namespaces[0], interfaces[0], namespaces[1], interfaces[1], options.mtu)],
  };
}

/** Cables are numbered by one byte of their addresses. */
export const MOST_NAMESPACES = 256;

interface TopologyOptions {
  name?: string;
  /** One for each namespace, first to last; at most MOST_NAMESPACES. */
  namespaces: readonly string[];
  mtu?: number;
  routes?: boolean;
  ipv6?: boolean;
}

const FORWARDING = { 'net.ipv4.ip_forward': 1 };
const FORWARDING6 = { 'net.ipv6.conf.all.forwarding': 1 };

/** ns1 – ns2 – … – nsN: cable i is the network 10.0.i.0/24 (.1 on its left, .2 on its right); those between forward. */
export function chainSpec(options: TopologyOptions): LabSpec {
  const { namespaces } = options;
  const cables = namespaces.length - 1;
  const links: LinkSpec[] = [];
  const built = namespaces.map((_, index): NamespaceSpec => {
    const interfaces: Record<string, InterfaceSpec> = {};
    const routes: string[] = [];
    const left = index > 0 ? 'veth0' : undefined;
    const right = index < cables ? (index > 0 ? 'veth1' : 'veth0') : undefined;
    if (left !== undefined) interfaces[left] = { addresses: hosts(index, 2, options) };
    if (right !== undefined) interfaces[right] = { addresses: hosts(index + 1, 1, options) };
    for (let cable = 1; cable <= cables; cable++) {
      if (cable < index) routes.push(...ways(cable, index, 1, options));
      if (cable > index + 1) routes.push(...ways(cable, index + 1, 2, options));
    }
    return namespace(interfaces, routes, left !== undefined && right !== undefined, options);
  });
  for (let index = 0; index < cables; index++) {
    links.push(
      link(namespaces[index], index > 0 ? 'veth1' : 'veth0', namespaces[index + 1], 'veth0', options.mtu),
    );
  }
  return whole(options, built, links);
}

/** ns1 in the middle forwards between ns2 … nsN, each on its own network: 10.0.i.0/24, the middle being .1. */
export function starSpec(options: TopologyOptions): LabSpec {
  const { namespaces } = options;
  const links: LinkSpec[] = [];
  const middle: Record<string, InterfaceSpec> = {};
  const points = namespaces.slice(1).map((name, index) => {
    middle[`veth${index}`] = { addresses: hosts(index + 1, 1, options) };
    links.push(link(namespaces[0], `veth${index}`, name, 'veth0', options.mtu));
    const routes = [
      `default via ${host4(index + 1, 1)}`,
      ...(options.ipv6 ? [`default via ${host6(index + 1, 1)}`] : []),
    ];
    return namespace({ veth0: { addresses: hosts(index + 1, 2, options) } }, routes, false, options);
  });
  return whole(options, [namespace(middle, [], true, options), ...points], links);
}

/** ns1 in the middle has the bridge br0; all are hosts of one network: 10.0.0.0/16, ns1 being 10.0.0.1. */
export function bridgeSpec(options: TopologyOptions): LabSpec {
  const { namespaces } = options;
  const links: LinkSpec[] = [];
  const address = (index: number) => [
    `10.0.${(index + 1) >> 8}.${(index + 1) & 255}/16`,
    ...(options.ipv6 ? [`fd00::${(index + 1).toString(16)}/64`] : []),
  ];
  const ports = namespaces.slice(1).map((name, index) => {
    links.push(link(namespaces[0], `veth${index}`, name, 'veth0', options.mtu));
    return `veth${index}`;
  });
  const middle = { br0: { bridge: ports, addresses: address(0) } };
  const points = namespaces
    .slice(1)
    .map((_, index) => namespace({ veth0: { addresses: address(index + 1) } }, [], false, options));
  return whole(options, [namespace(middle, [], false, options), ...points], links);
}

/** ns1, ns2, … */
export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `ns${index + 1}`);
}

function namespace(
  interfaces: Record<string, InterfaceSpec>,
  routes: string[],
  forwards: boolean,
  options: TopologyOptions,
): NamespaceSpec {
  return {
    interfaces,
    ...(options.routes === false || routes.length === 0 ? {} : { routes }),
    ...(forwards ? { sysctls: { ...FORWARDING, ...(options.ipv6 ? FORWARDING6 : {}) } } : {}),
  };
}

function whole(options: TopologyOptions, built: NamespaceSpec[], links: LinkSpec[]): LabSpec {
  const { namespaces } = options;
  const twice = namespaces.find((name, index) => namespaces.indexOf(name) !== index);
  if (twice !== undefined) throw usageError(`two namespaces are called '${twice}'`);
  return {
    name: options.name ?? `${namespaces[0]}-${namespaces.at(-1)}`,
    namespaces: Object.fromEntries(namespaces.map((name, index) => [name, built[index]])),
    links,
  };
}

function link(
  first: string,
  oneEnd: string,
  second: string,
  otherEnd: string,
  mtu: number | undefined,
): LinkSpec {
  return { ends: [`${first}:${oneEnd}`, `${second}:${otherEnd}`], ...(mtu === undefined ? {} : { mtu }) };
}

function hosts(network: number, host: number, options: TopologyOptions): string[] {
  return [`${host4(network, host)}/24`, ...(options.ipv6 ? [`${host6(network, host)}/64`] : [])];
}

/** The routes to a network through the neighbour `host` on the network `through`. */
function ways(network: number, through: number, host: number, options: TopologyOptions): string[] {
  return [
    `${host4(network, 0)}/24 via ${host4(through, host)}`,
    ...(options.ipv6 ? [`fd00:0:0:${network.toString(16)}::/64 via ${host6(through, host)}`] : []),
  ];
}

const host4 = (network: number, host: number) => `10.0.${network}.${host}`;
const host6 = (network: number, host: number) => `fd00:0:0:${network.toString(16)}::${host}`;
