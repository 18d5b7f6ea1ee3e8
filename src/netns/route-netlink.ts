// Routes out of rtnetlink(7)'s messages, in the words of iproute2's JSON.
import { attributes, type NetlinkSocket } from '../binding/netlink.ts';
import type { ListedRoute } from './iproute-json.ts';
import { protocolName, scopeName, tableName } from './iproute-names.ts';
import { AF, flagNames, notDecoded, only } from './netlink-values.ts';
import { type Family, textOfBytes, WIDTH } from './prefix.ts';

/** The name of an interface, by its index. */
type NameOf = (index: number) => string;

const RTM_GETROUTE = 26;

/** rtm_type by number, linux/rtnetlink.h. */
const ROUTE_TYPES = [
  ...['none', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable'],
  ...['prohibit', 'throw', 'nat'],
];

const ROUTE_FLAGS: [bit: number, name: string][] = [
  [1, 'dead'],
  [4, 'onlink'],
  [2, 'pervasive'],
  [8, 'offload'],
  [64, 'trap'],
  [16, 'linkdown'],
  [32, 'unresolved'],
];

/** A route that the kernel made for one destination out of another. */
const RTM_F_CLONED = 0x200;

/** RTA_: DST, OIF, GATEWAY, PRIORITY, PREFSRC, METRICS, MULTIPATH, CACHEINFO, TABLE, VIA, PREF, NH_ID. */
const ROUTE_PARTS = [1, 4, 5, 6, 7, 8, 9, 12, 15, 18, 20, 30];

/** RTAX_, of those that are plain numbers. */
const METRICS: Record<number, string> = {
  2: 'mtu',
  8: 'advmss',
  10: 'hoplimit',
  11: 'initcwnd',
  14: 'initrwnd',
};

const PREFERENCES = ['medium', 'high', 'invalid', 'low'];

/**
 * The routes of all tables. `strict`: @throws Error where one has an attribute that is not decoded.
 */
export function routesOf(
  socket: NetlinkSocket,
  nameOf: NameOf,
  family: Family,
  strict: boolean,
): ListedRoute[] {
  const header = Buffer.alloc(12);
  header[0] = AF[family];
  return socket
    .dump(RTM_GETROUTE, header)
    .filter((message) => message[0] === AF[family] && (message.readUInt32LE(8) & RTM_F_CLONED) === 0)
    .map((message) => routeOf(message, nameOf, family, strict));
}

function routeOf(message: Buffer, nameOf: NameOf, family: Family, strict: boolean): ListedRoute {
  const parts = attributes(message, 12);
  if (strict) only(parts, ROUTE_PARTS, 'route');
  const [destination, source, metrics, paths] = [parts.get(1), parts.get(7), parts.get(8), parts.get(9)];
  const device = parts.get(4)?.readUInt32LE(0);
  const metric = parts.get(6)?.readUInt32LE(0);
  const preference = parts.get(20);
  const nexthop = parts.get(30)?.readUInt32LE(0);
  const prefix =
    destination === undefined
      ? message[1] === 0
        ? 'default'
        : `0/${message[1]}`
      : `${textOfBytes(destination)}${message[1] === WIDTH[family] ? '' : `/${message[1]}`}`;
  return {
    type: ROUTE_TYPES[message[7]] ?? String(message[7]),
    dst: prefix,
    ...(nexthop === undefined ? {} : { nhid: nexthop }),
    ...gatewayOf(parts),
    ...(device === undefined ? {} : { dev: nameOf(device) }),
    table: tableName(parts.get(15)?.readUInt32LE(0) ?? message[4]),
    protocol: protocolName(message[5]),
    scope: scopeName(message[6]),
    ...(source === undefined ? {} : { prefsrc: textOfBytes(source) }),
    ...(metric === undefined ? {} : { metric }),
    flags: flagNames(ROUTE_FLAGS, message.readUInt32LE(8)),
    ...(metrics === undefined ? {} : { metrics: [metricsOf(metrics, strict)] }),
    ...(paths === undefined ? {} : { nexthops: nexthopsOf(paths, nameOf, strict) }),
    ...(preference === undefined ? {} : { pref: PREFERENCES[preference[0]] ?? String(preference[0]) }),
  };
}

/** RTA_VIA: a gateway of the other family, after two bytes that give the family. */
function gatewayOf(parts: Map<number, Buffer>): Pick<ListedRoute, 'gateway' | 'via'> {
  const [gateway, via] = [parts.get(5), parts.get(18)];
  if (gateway !== undefined) return { gateway: textOfBytes(gateway) };
  if (via === undefined) return {};
  return { via: { family: via.length > 6 ? 'inet6' : 'inet', host: textOfBytes(via.subarray(2)) } };
}

function metricsOf(bytes: Buffer, strict: boolean): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [type, value] of attributes(bytes)) {
    const name = METRICS[type];
    if (name !== undefined) found[name] = value.readUInt32LE(0);
    else if (strict) throw notDecoded(`route metric ${type}`);
  }
  return found;
}

/** struct rtnexthop: length, flags, weight less one, interface; then attributes. */
function nexthopsOf(bytes: Buffer, nameOf: NameOf, strict: boolean): NonNullable<ListedRoute['nexthops']> {
  const found: NonNullable<ListedRoute['nexthops']> = [];
  for (let offset = 0; offset + 8 <= bytes.length; ) {
    const length = bytes.readUInt16LE(offset);
    if (length < 8 || offset + length > bytes.length) break;
    const parts = attributes(bytes.subarray(0, offset + length), offset + 8);
    if (strict) only(parts, [5, 18], 'next hop');
    found.push({
      ...gatewayOf(parts),
      dev: nameOf(bytes.readUInt32LE(offset + 4)),
      weight: bytes[offset + 3] + 1,
      flags: flagNames(ROUTE_FLAGS, bytes[offset + 2]),
    });
    offset += (length + 3) & ~3;
  }
  return found;
}
