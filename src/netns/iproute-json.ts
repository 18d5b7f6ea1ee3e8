// What `ip -json -details` and `tc -s -json` list of a namespace: iproute2's own words.
import { isIP } from 'node:net';
import { objectsIn, parsedJson } from '../base/json.ts';
import { NscapError } from '../errors.ts';

/**
 * The objects that a program of iproute2 lists. With nothing to list some versions print nothing at all rather than [].
 * @throws NscapError COMMAND_FAILED where that is no list in JSON
 */
export function listedObjects<T extends object>(text: string, program = 'ip'): T[] {
  const document = text.trim() === '' ? [] : parsedJson(text);
  if (!Array.isArray(document))
    throw new NscapError('COMMAND_FAILED', `${program} -json prints what is not a list in JSON`, {
      hint: `${program} must be that of iproute2, which lists in JSON since version 4.16`,
    });
  return objectsIn<T>(document);
}

/** A line of `ip rule`, both families. */
export interface ListedRule {
  family: 4 | 6;
  priority: number;
  src?: string;
  srclen?: number;
  dst?: string;
  dstlen?: number;
  iif?: string;
  oif?: string;
  fwmark?: string;
  fwmask?: string;
  ipproto?: string;
  /** A port, or `low-high`. */
  dport?: number | string;
  sport?: number | string;
  /** Name or number of the table looked up. */
  table?: string;
  /** prohibit, blackhole, unreachable; undefined: look up `table`. */
  action?: string;
  not?: null;
}

/** A line of `ip route show table all`. */
export interface ListedRoute {
  type: string;
  /** `default`, an address or a prefix. */
  dst: string;
  table?: string;
  dev?: string;
  /** A nexthop object (ip-nexthop(8)). */
  nhid?: number;
  gateway?: string;
  via?: { family: string; host: string };
  protocol?: string;
  scope?: string;
  metric?: number;
  prefsrc?: string;
  /** `[{ hoplimit: 1 }]`, `[{ mtu: 1300 }]`. */
  metrics?: Record<string, number>[];
  flags: string[];
  /** Of IPv6. */
  pref?: string;
  nexthops?: {
    gateway?: string;
    dev?: string;
    via?: { family?: string; host: string };
    weight?: number;
    flags: string[];
  }[];
}

/** A line of `ip neighbour`. */
export interface ListedNeighbour {
  dst: string;
  dev: string;
  lladdr?: string;
  /** REACHABLE, STALE, FAILED, PERMANENT, … */
  state: string[];
}

/** A queueing discipline, of `tc -s qdisc`. */
export interface ListedQdisc {
  kind: string;
  dev: string;
  handle: string;
  parent?: string;
  root?: boolean;
  options?: Record<string, unknown>;
  drops: number;
  packets: number;
}

/** The fields that every forwarding entry has; an entry without them is of another kind: a route of MPLS has labels. */
export function isRoute({ dst, flags, nexthops }: ListedRoute): boolean {
  const isList = nexthops === undefined || Array.isArray(nexthops);
  return isDestination(dst) && Array.isArray(flags) && isList;
}

export function isRule({
  priority,
  src = 'all',
  srclen,
  dst = 'all',
  dstlen,
}: Omit<ListedRule, 'family'>): boolean {
  const whole = (address: unknown, length: unknown) =>
    length === undefined ? address : `${address}/${length}`;
  return (
    typeof priority === 'number' && isDestination(whole(src, srclen)) && isDestination(whole(dst, dstlen))
  );
}

/** `default`, `all`, an address or a prefix. */
function isDestination(text: unknown): boolean {
  if (text === 'default' || text === 'all') return true;
  const [, address, length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(String(text)) ?? [];
  const family = isIP(address ?? '');
  return family !== 0 && Number(length ?? 0) <= (family === 4 ? 32 : 128);
}

/** What needs no resolving (NOARP) is mostly the kernel's own: multicast, broadcast, lo. */
export function isNeighbour({ dst, dev, lladdr, state }: ListedNeighbour): boolean {
  if (typeof dst !== 'string' || typeof dev !== 'string' || !Array.isArray(state)) return false;
  const isStation = /^[\da-f][02468ace]:/i.test(lladdr ?? '') && !/^[0:]*$/.test(lladdr!);
  return state.length > 0 && !state.includes('NONE') && (!state.includes('NOARP') || isStation);
}
