// Policy rules, neighbours and queues out of rtnetlink(7)'s messages, in the words of iproute2's JSON. What is not
// decoded here throws: the programs are asked then.
import { attributes, type NetlinkSocket } from '../binding/netlink.ts';
import { isNeighbour, type ListedNeighbour, type ListedQdisc, type ListedRule } from './iproute-json.ts';
import { tableName } from './iproute-names.ts';
import { AF, cString, flagNames, macText, notDecoded, only } from './netlink-values.ts';
import { textOfBytes, WIDTH } from './prefix.ts';
import type { InterfaceName } from './route-lookup.ts';

const RTM_GETNEIGH = 30;
const RTM_GETRULE = 34;
const RTM_GETQDISC = 38;
export const XFRM_MSG_GETPOLICY = 0x15;
/** Interfaces by index. */
export class InterfaceNames {
  private readonly names: Map<number, string>;

  constructor(interfaces: readonly InterfaceName[]) {
    this.names = new Map(interfaces.map(({ index, name }) => [index, name]));
  }

  /** @throws Error for one that came meanwhile */
  of(index: number): string {
    const name = this.names.get(index);
    if (name === undefined) throw notDecoded(`interface ${index}`);
    return name;
  }
}

/** FR_ACT_ of linux/fib_rules.h that are answers; 1 looks a table up. */
const ACTIONS: Record<number, string> = { 6: 'blackhole', 7: 'unreachable', 8: 'prohibit' };
const LOOK_UP = 1;
const FIB_RULE_INVERT = 2;
/** FRA_: DST, SRC, IIFNAME, PRIORITY, FWMARK, SUPPRESS_IFGROUP and _PREFIXLEN, TABLE, FWMASK, OIFNAME, PROTOCOL, IP_PROTO, ports and their masks. */
const RULE_PARTS = [1, 2, 3, 6, 10, 13, 14, 15, 16, 17, 21, 22, 23, 24, 28, 29];
const NOTHING = 0xffffffff;
const IP_PROTOCOLS: Record<number, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp' };

export function rulesOf(socket: NetlinkSocket, family: 4 | 6): ListedRule[] {
  const header = Buffer.alloc(12);
  header[0] = AF[family];
  return socket
    .dump(RTM_GETRULE, header)
    .filter((message) => message[0] === AF[family])
    .map((message) => ruleOf(message, family));
}

function ruleOf(message: Buffer, family: 4 | 6): ListedRule {
  const parts = attributes(message, 12);
  only(parts, RULE_PARTS, 'rule');
  const number = (type: number) => parts.get(type)?.readUInt32LE(0);
  // Type of service, and suppressed routes.
  if (message[3] !== 0 || (number(13) ?? NOTHING) !== NOTHING || (number(14) ?? NOTHING) !== NOTHING)
    throw notDecoded('this kind of rule');
  for (const mask of [parts.get(28), parts.get(29)])
    if (![undefined, 0, 0xffff].includes(mask?.readUInt16LE(0))) throw notDecoded('a mask of ports');
  const action = ACTIONS[message[7]];
  if (action === undefined && message[7] !== LOOK_UP) throw notDecoded(`rule action ${message[7]}`);
  const [mark, mask, protocol] = [number(10), number(16), parts.get(22)?.[0]];
  const hex = (value: number) => `0x${value.toString(16)}`;
  const [iif, oif] = [parts.get(3), parts.get(17)];
  return {
    family,
    priority: number(6) ?? 0,
    ...((message.readUInt32LE(8) & FIB_RULE_INVERT) === 0 ? {} : { not: null }),
    ...selector('src', parts.get(2), message[2], family),
    ...selector('dst', parts.get(1), message[1], family),
    ...(mark === undefined ? {} : { fwmark: hex(mark) }),
    ...(mark === undefined || mask === undefined || mask === NOTHING ? {} : { fwmask: hex(mask) }),
    ...(iif === undefined ? {} : { iif: cString(iif) }),
    ...(oif === undefined ? {} : { oif: cString(oif) }),
    ...(protocol === undefined ? {} : { ipproto: IP_PROTOCOLS[protocol] ?? String(protocol) }),
    ...portsOf('sport', parts.get(23)),
    ...portsOf('dport', parts.get(24)),
    ...(action === undefined ? { table: tableName(number(15) ?? message[4]) } : { action }),
  };
}

function selector(name: 'src' | 'dst', bytes: Buffer | undefined, length: number, family: 4 | 6): object {
  if (bytes !== undefined)
    return { [name]: textOfBytes(bytes), ...(length === WIDTH[family] ? {} : { [`${name}len`]: length }) };
  if (length !== 0) return { [name]: '0', [`${name}len`]: length };
  return name === 'src' ? { src: 'all' } : {};
}

function portsOf(name: 'sport' | 'dport', range: Buffer | undefined): object {
  if (range === undefined) return {};
  const [low, high] = [range.readUInt16LE(0), range.readUInt16LE(2)];
  return { [name]: low === high ? low : `${low}-${high}` };
}

/** NUD_ of linux/neighbour.h. */
const NEIGHBOUR_STATES: [bit: number, name: string][] = [
  [1, 'INCOMPLETE'],
  [2, 'REACHABLE'],
  [4, 'STALE'],
  [8, 'DELAY'],
  [16, 'PROBE'],
  [32, 'FAILED'],
  [64, 'NOARP'],
  [128, 'PERMANENT'],
];
const ETHERNET_ADDRESS = 6;

export function neighboursOf(socket: NetlinkSocket, names: InterfaceNames): ListedNeighbour[] {
  return socket.dump(RTM_GETNEIGH, Buffer.alloc(12)).flatMap((message) => {
    const parts = attributes(message, 12);
    const [address, station] = [parts.get(1), parts.get(2)];
    const state = flagNames(NEIGHBOUR_STATES, message.readUInt16LE(8));
    if (![AF[4], AF[6]].includes(message[0] as 2 | 10) || address === undefined || state.length === 0)
      return [];
    if (station !== undefined && station.length !== ETHERNET_ADDRESS)
      throw notDecoded('this link-layer address');
    const neighbour = {
      dst: textOfBytes(address),
      dev: names.of(message.readUInt32LE(4)),
      ...(station === undefined ? {} : { lladdr: macText(station) }),
      state,
    };
    return isNeighbour(neighbour) ? [neighbour] : [];
  });
}

/** NTF_PROXY in ndm_flags: a dump of what is answered for others. */
const PROXIES = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0]);

export function hasProxies(socket: NetlinkSocket): boolean {
  return socket.dump(RTM_GETNEIGH, PROXIES).some((message) => (message[10] & 8) !== 0);
}

/** These have no options that change what becomes of a packet. */
const PLAIN_QUEUES = ['noqueue', 'pfifo_fast', 'mq', 'fq', 'fq_codel', 'clsact', 'ingress'];
const ROOT = 0xffffffff;
/** TCA_KIND, TCA_STATS2; in that TCA_STATS_BASIC and TCA_STATS_QUEUE. */
const [KIND, STATISTICS, BASIC, QUEUE] = [1, 7, 1, 3];

export function queuesOf(socket: NetlinkSocket, names: InterfaceNames): ListedQdisc[] {
  return socket.dump(RTM_GETQDISC, Buffer.alloc(20)).map((message) => {
    const parts = attributes(message, 20);
    const kind = cString(parts.get(KIND));
    if (!PLAIN_QUEUES.includes(kind)) throw notDecoded(kind);
    const statistics = parts.get(STATISTICS) && attributes(parts.get(STATISTICS)!);
    const [handle, parent] = [message.readUInt32LE(8), message.readUInt32LE(12)];
    return {
      kind,
      dev: names.of(message.readUInt32LE(4)),
      handle: `${(handle >>> 16).toString(16)}:`,
      ...(parent === ROOT ? { root: true } : { parent: handleText(parent) }),
      options: {},
      // struct gnet_stats_basic: bytes, packets; struct gnet_stats_queue: length, backlog, drops.
      packets: statistics?.get(BASIC)?.readUInt32LE(8) ?? 0,
      drops: statistics?.get(QUEUE)?.readUInt32LE(8) ?? 0,
    };
  });
}

function handleText(handle: number): string {
  const [major, minor] = [handle >>> 16, handle & 0xffff];
  return `${major === 0 ? '' : major.toString(16)}:${minor === 0 ? '' : minor.toString(16)}`;
}
