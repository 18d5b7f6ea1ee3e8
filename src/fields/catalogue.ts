// All fields by name.
import { didYouMean } from '../base/similar.ts';
import { usageError } from '../errors.ts';
import type { Field } from './field.ts';
import { DNS } from './protocols/dns.ts';
import {
  ARP,
  ARP_STATES,
  COOKED,
  COOKED_ADDRESS,
  ETHERNET,
  ETHERNET_TAIL,
  VLAN,
} from './protocols/ethernet.ts';
import { FRAME } from './protocols/frame.ts';
import { FRAME_OPTIONS } from './protocols/frame-options.ts';
import { ICMP } from './protocols/icmp.ts';
import { ICMPV6 } from './protocols/icmpv6.ts';
import { IP } from './protocols/ip.ts';
import { IPV6 } from './protocols/ipv6.ts';
import { IPV6_EXTENSIONS } from './protocols/ipv6-extensions.ts';
import { MULTIPATH_TCP } from './protocols/mptcp.ts';
import { NSCAP } from './protocols/nscap.ts';
import { PROTOCOLS } from './protocols/protocols.ts';
import { REASSEMBLED } from './protocols/reassembled.ts';
import { TCP } from './protocols/tcp.ts';
import { TCP_ANALYSIS } from './protocols/tcp-analysis.ts';
import { TCP_OPTIONS } from './protocols/tcp-options.ts';
import { TUNNELS } from './protocols/tunnels.ts';
import { UDP } from './protocols/udp.ts';
import { withNames } from './value-names.ts';

/** Every field that is known, protocol by protocol. */
export const FIELDS: readonly Field[] = [
  ...PROTOCOLS,
  ...FRAME,
  ...FRAME_OPTIONS,
  ...ETHERNET,
  ...ETHERNET_TAIL,
  ...VLAN,
  ...COOKED,
  ...COOKED_ADDRESS,
  ...ARP,
  ...ARP_STATES,
  ...IP,
  ...IPV6,
  ...IPV6_EXTENSIONS,
  ...REASSEMBLED,
  ...TCP,
  ...TCP_ANALYSIS,
  ...TCP_OPTIONS,
  ...MULTIPATH_TCP,
  ...UDP,
  ...ICMP,
  ...NSCAP,
  ...ICMPV6,
  ...DNS,
  ...TUNNELS,
].map(withNames);

const byName = new Map(FIELDS.map((field) => [field.name, field]));

/** The field of this name, or undefined. */
export function findField(name: string): Field | undefined {
  return byName.get(name);
}

/** The nearest name, as a hint. */
export function nearestField(name: string): string {
  const meant = didYouMean(name, [...byName.keys()]);
  if (meant !== undefined) return `${meant}; nscap fields lists all`;
  return 'nscap fields lists all; of what TCP and UDP carry, only DNS is dissected';
}

/** The fields of these names. @throws NscapError USAGE where one is not known; all such are named */
export function fieldsNamed(names: readonly string[]): Field[] {
  const unknown = names.filter((name) => !byName.has(name));
  if (unknown.length > 0) {
    const [first] = unknown as [string];
    throw usageError(
      unknown.length === 1
        ? `there is no field '${first}'`
        : `there are no fields ${unknown.map((name) => `'${name}'`).join(', ')}`,
      nearestField(first),
    );
  }
  return names.map((name) => byName.get(name)!);
}
