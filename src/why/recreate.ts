// The number and port of a VLAN or VXLAN are fixed: to change them it is created again, with all else unchanged.

import type { Node } from '../netns/topology.ts';
import { type Command, ipIn, setLink } from './finding.ts';
import { addAddress, forget } from './fixes.ts';
import type { Snapshot } from './snapshot.ts';

interface Changes {
  id?: string;
  /** UDP port of a VXLAN. */
  port?: number;
  /** Where a VXLAN sends to. */
  remote?: string;
}

/** The commands; addresses, the link-layer address and routes included, as far as they are known. */
export function recreate(snapshot: Snapshot, node: Node, changes: Changes): Command[] {
  const { namespace, link } = node;
  const family = (address: string) => (address.includes(':') ? ['-6'] : []);
  const routes = (snapshot.stateNow(namespace)?.routes ?? []).filter(
    (route) => route.dev === link.name && route.type === 'unicast' && route.protocol !== 'kernel',
  );
  return [
    ipIn(namespace, 'link', 'delete', 'dev', link.name),
    ipIn(namespace, 'link', 'add', ...typeWords(snapshot, node, changes)),
    ...link.addresses
      .filter((assigned) => assigned.scope !== 'link')
      .map((assigned) => addAddress(node, assigned.address, assigned.prefix)),
    setLink(node, 'up'),
    ...(link.master === undefined ? [] : [setLink(node, 'master', link.master)]),
    ...link.addresses
      .filter((assigned) => assigned.scope !== 'link')
      .flatMap((assigned) => forget(snapshot, node, assigned.address)),
    ...routes.map((route) =>
      ipIn(
        namespace,
        ...family(route.gateway ?? route.dst),
        'route',
        'replace',
        route.dst,
        ...(route.gateway === undefined ? [] : ['via', route.gateway]),
        'dev',
        link.name,
        ...(route.table === undefined || route.table === 'main' ? [] : ['table', route.table]),
      ),
    ),
  ];
}

function typeWords(snapshot: Snapshot, node: Node, { id, port, remote }: Changes): string[] {
  const { link } = node;
  const details = link.details as Record<string, unknown>;
  const number = id ?? String(details.id);
  // Others know it by its link-layer address.
  const address = link.mac === undefined ? [] : ['address', link.mac];
  if (link.kind === 'vlan') {
    const below = snapshot.topology.peer(node)?.link.name ?? '';
    return ['link', below, 'name', link.name, ...address, 'type', 'vlan', 'id', number];
  }
  const word = (name: string, value: unknown) => (value === undefined ? [] : [name, String(value)]);
  return [
    ...['name', link.name, 'mtu', String(link.mtu), ...address, 'type', 'vxlan', 'id', number],
    ...word('remote', remote ?? details.remote ?? details.remote6),
    ...word('group', details.group),
    ...word('local', details.local ?? details.local6),
    ...word('dev', details.link),
    ...['dstport', String(port ?? details.port ?? 4789)],
  ];
}
