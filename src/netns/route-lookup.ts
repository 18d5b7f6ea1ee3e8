// Where the kernel of a namespace sends a packet: what `ip route get` answers.
import { libc } from '../binding/libc.ts';
import { attribute, attributes, NETLINK_ROUTE, type NetlinkSocket } from '../binding/netlink.ts';
import { attempt } from './command.ts';
import { byNetlink } from './inside.ts';
import { listedObjects } from './iproute-json.ts';
import { ipArgv, type Namespace } from './namespace.ts';
import { bytesOf, type Family, textOfBytes, WIDTH } from './prefix.ts';

export type RouteAnswer =
  | { kind: 'local'; source?: string }
  | { kind: 'away'; dev: string; gateway?: string; source?: string; mtu?: number }
  /** `words`: the system's, of the error. */
  | { kind: 'none'; words: string };

export interface RouteQuestion {
  family: Family;
  target: string;
  source?: string;
  /** The interface it came in by, for a forwarding decision. */
  iif?: string;
  /** Must go out by this one: the zone of a link-local address. */
  oif?: string;
  protocol?: string;
  port?: number;
  /** The asker's own port: it may decide which of several next hops is taken. */
  ownPort?: number;
  mark?: number;
}

/** Index and name of an interface of the namespace. */
export interface InterfaceName {
  index: number;
  name: string;
}

/** Queries the kernel; `interfaces` are those of the namespace. */
export async function lookUpRoute(
  namespace: Namespace,
  interfaces: readonly InterfaceName[],
  question: RouteQuestion,
): Promise<RouteAnswer> {
  return lookUpByKernel(namespace, interfaces, question) ?? lookUpByIp(namespace, question);
}

/** Undefined if the kernel cannot be queried. */
export function lookUpByKernel(
  namespace: Namespace,
  interfaces: readonly InterfaceName[],
  question: RouteQuestion,
): RouteAnswer | undefined {
  return byNetlink(namespace, NETLINK_ROUTE, (socket) => askKernel(socket, interfaces, question));
}

const RTM_GETROUTE = 26;
const AF = { 4: 2, 6: 10 } as const;
/** rtnetlink(7), linux/rtnetlink.h: RTA_. */
const [DST, SRC, IIF, OIF, GATEWAY, PREFSRC, METRICS, MARK, VIA] = [1, 2, 3, 4, 5, 7, 8, 16, 18];
const [IP_PROTOCOL, SOURCE_PORT, DESTINATION_PORT] = [27, 28, 29];
/** RTAX_MTU, among the metrics. */
const MTU = 2;
const RTM_F_LOOKUP_TABLE = 0x1000;
/** rtm_type: RTN_. */
const [UNICAST, LOCAL] = [1, 2];
const TYPES = ['unspec', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable'];
const PROTOCOLS: Record<string, number> = { tcp: 6, udp: 17, icmp: 1, 'ipv6-icmp': 58 };
const HEADER = 12;

function askKernel(
  socket: NetlinkSocket,
  interfaces: readonly InterfaceName[],
  question: RouteQuestion,
): RouteAnswer {
  const { family, target, source, iif, oif, mark } = question;
  const indexOf = (name: string) => {
    const found = interfaces.find((known) => known.name === name);
    if (found === undefined) throw new Error(`no interface ${name} is known`);
    return found.index;
  };
  const header = Buffer.alloc(HEADER);
  header[0] = AF[family];
  header[1] = WIDTH[family];
  if (source !== undefined) header[2] = WIDTH[family];
  header.writeUInt32LE(RTM_F_LOOKUP_TABLE, 8);
  const result = socket.ask(
    RTM_GETROUTE,
    Buffer.concat([
      header,
      attribute(DST, bytesOf(target, family)),
      ...(source === undefined ? [] : [attribute(SRC, bytesOf(source, family))]),
      ...(iif === undefined ? [] : [attribute(IIF, number32(indexOf(iif)))]),
      ...(oif === undefined ? [] : [attribute(OIF, number32(indexOf(oif)))]),
      ...(mark ? [attribute(MARK, number32(mark))] : []),
      ...transport(question),
    ]),
  );
  if ('errno' in result) return { kind: 'none', words: libc().errorWords(result.errno) };
  const { answer } = result;
  const parts = attributes(answer, HEADER);
  const type = answer[7];
  const preferred = parts.get(PREFSRC);
  const from = preferred === undefined ? {} : { source: textOfBytes(preferred) };
  if (type === LOCAL) return { kind: 'local', ...from };
  if (type !== UNICAST) return { kind: 'none', words: TYPES[type] ?? `route type ${type}` };
  const out = parts.get(OIF)?.readUInt32LE(0);
  const dev = interfaces.find(({ index }) => index === out)?.name;
  if (dev === undefined) throw new Error(`no interface ${out} is known`);
  // RTA_VIA: a gateway of the other family, after two bytes that give the family.
  const gateway = parts.get(GATEWAY) ?? parts.get(VIA)?.subarray(2);
  const metrics = parts.get(METRICS);
  const mtu = metrics && attributes(metrics).get(MTU)?.readUInt32LE(0);
  return {
    kind: 'away',
    dev,
    ...(gateway === undefined ? {} : { gateway: textOfBytes(gateway) }),
    ...from,
    ...(mtu === undefined ? {} : { mtu }),
  };
}

/** The kernel matches protocol and ports of the request against policy rules. */
function transport({ family, protocol, port, ownPort }: RouteQuestion): Buffer[] {
  const number = PROTOCOLS[protocolName(family, protocol)];
  if (number === undefined) return [];
  return [
    attribute(IP_PROTOCOL, Uint8Array.of(number)),
    ...(ownPort === undefined ? [] : [attribute(SOURCE_PORT, number16(ownPort))]),
    ...(port === undefined ? [] : [attribute(DESTINATION_PORT, number16(port))]),
  ];
}

/** As ip(8) names it. */
function protocolName(family: Family, protocol = ''): string {
  return protocol === 'icmp' && family === 6 ? 'ipv6-icmp' : protocol;
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** In network byte order, as ports are. */
function number16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** The same, from `ip`. */
export async function lookUpByIp(namespace: Namespace, question: RouteQuestion): Promise<RouteAnswer> {
  const { family, target, source, iif, oif, port, ownPort, mark } = question;
  const protocol = protocolName(family, question.protocol);
  const words = ['route', 'get', target];
  if (source !== undefined) words.push('from', source);
  if (iif !== undefined) words.push('iif', iif);
  if (oif !== undefined) words.push('oif', oif);
  if (protocol in PROTOCOLS) {
    words.push('ipproto', protocol);
    if (port !== undefined) words.push('dport', String(port));
    if (ownPort !== undefined) words.push('sport', String(ownPort));
  }
  if (mark) words.push('mark', String(mark));
  const result = await attempt(ipArgv(namespace, ['-json', ...words]));
  const said = result.stderr
    .trim()
    .replace(/^RTNETLINK answers: /, '')
    .split('\n')[0];
  if (result.status !== 0) return { kind: 'none', words: said };
  const [answer] = listedObjects<Record<string, unknown>>(result.stdout);
  if (answer === undefined) return { kind: 'none', words: said || 'no answer' };
  const type = answer.type as string | undefined;
  const preferred = answer.prefsrc as string | undefined;
  const from = preferred === undefined ? {} : { source: preferred };
  if (type === 'local') return { kind: 'local', ...from };
  if (type !== undefined && type !== 'unicast') return { kind: 'none', words: type };
  const gateway = (answer.gateway ?? (answer.via as { host?: string } | undefined)?.host) as
    | string
    | undefined;
  const metrics = answer.metrics as { mtu?: number }[] | undefined;
  const mtu = metrics?.find((metric) => metric.mtu !== undefined)?.mtu;
  return {
    kind: 'away',
    dev: answer.dev as string,
    ...(gateway === undefined ? {} : { gateway }),
    ...from,
    ...(mtu === undefined ? {} : { mtu }),
  };
}
