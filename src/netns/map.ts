// The wiring as a picture's model: namespaces with their interfaces, the cables between them, and what is broken.
import { escapeControls } from '../base/escape-controls.ts';
import { discover, type FoundInterface, type FoundNamespace, inTurn } from './discover.ts';
import { routes } from './routes.ts';
import { type Node, Topology } from './topology.ts';

export interface MapInterface {
  /** Unique in the map. */
  id: string;
  name: string;
  kind: string;
  /** Lines for the box: name, state, addresses. */
  lines: string[];
  broken: boolean;
}

export interface MapBox {
  id: string;
  title: string;
  interfaces: MapInterface[];
  /** Default routes and the like. */
  notes: string[];
  broken: boolean;
}

export interface MapCable {
  from: string;
  to: string;
  kind: 'veth' | 'port' | 'on' | 'vxlan' | 'address';
  label?: string;
  broken: boolean;
}

export interface NetworkMap {
  boxes: MapBox[];
  cables: MapCable[];
  /** What could not be seen. */
  unseen: string[];
}

/** Draws up the map of all namespaces, or of those named and everything they are wired to. */
export async function drawMap(only: readonly number[] = []): Promise<NetworkMap> {
  const { namespaces, unseen } = await discover();
  const topology = new Topology(namespaces);
  const shown =
    only.length === 0
      ? namespaces
      : namespaces.filter((one) => only.some((inode) => wired(topology, namespaces, inode, one)));
  const defaults = new Map<FoundNamespace, string[]>();
  await inTurn(shown, async (one) => {
    if (one.interfaces !== undefined) defaults.set(one, await defaultRoutes(one));
  });
  const nodes = topology.nodes.filter((node) => shown.includes(node.namespace));
  const ids = new Map(nodes.map((node) => [node, `${node.namespace.inode}/${node.link.index}`]));
  const cables = nodes.flatMap((node) => cablesOf(topology, node, ids));
  return {
    boxes: shown.map((one) => boxOf(topology, one, defaults.get(one) ?? [], ids)),
    cables,
    unseen,
  };
}

function wired(
  topology: Topology,
  namespaces: FoundNamespace[],
  inode: number,
  other: FoundNamespace,
): boolean {
  const start = namespaces.find((one) => one.inode === inode);
  return start !== undefined && topology.connected(start, other);
}

async function defaultRoutes({ namespace }: FoundNamespace): Promise<string[]> {
  // What cannot be listed is not drawn; the namespace's problem, if it has one, is.
  const all = await routes(namespace).catch(() => []);
  return all
    .filter((one) => one.destination === 'default' && one.table === 'main' && one.type === 'unicast')
    .map(
      ({ gateway, device }) =>
        `default${gateway === undefined ? '' : ` via ${gateway}`}${device === undefined ? '' : ` dev ${device}`}`,
    );
}

function boxOf(topology: Topology, one: FoundNamespace, routes: string[], ids: Map<Node, string>): MapBox {
  const inner = topology.of(one).filter((node) => node.link.kind !== 'loopback');
  const lo = topology.of(one).find((node) => node.link.kind === 'loopback');
  const notes = [...routes];
  if (lo !== undefined && !lo.link.up) notes.push('✗ lo is down');
  if (one.problem !== undefined) notes.push(`✗ ${one.problem}`);
  else if (inner.length === 0) notes.push('no interface but lo');
  return {
    id: String(one.inode),
    title: escapeControls(
      one.container === undefined
        ? one.label
        : `${one.label.replace(/^container:/, '')} (${one.container.engine} container)`,
    ),
    interfaces: inner.map((node) => interfaceOf(topology, node, ids)),
    notes,
    broken: one.problem !== undefined,
  };
}

function interfaceOf(topology: Topology, node: Node, ids: Map<Node, string>): MapInterface {
  const { link } = node;
  const faults = faultsOf(topology, node);
  const addresses = link.addresses.filter((one) => one.scope !== 'link');
  const repeated = addresses.filter((one) =>
    topology
      .stations(node)
      .some((other) => other.link.addresses.some((inner) => inner.address === one.address)),
  );
  const broken = faults.length > 0 || repeated.length > 0;
  return {
    id: ids.get(node)!,
    name: link.name,
    kind: link.kind,
    lines: [
      `${link.name}${/^(veth|physical)$/.test(link.kind) ? '' : ` (${kindText(link)})`}${link.mtu === 1500 ? '' : ` mtu ${link.mtu}`}`,
      ...addresses.map((one) => `${one.address}/${one.prefix}${repeated.includes(one) ? ' ✗ twice' : ''}`),
      ...faults.map((fault) => `✗ ${fault}`),
    ].map(escapeControls),
    broken,
  };
}

function kindText({ kind, details }: FoundInterface): string {
  const id = details.id;
  return (kind === 'vxlan' || kind === 'vlan') && id !== undefined ? `${kind} ${id}` : kind;
}

function faultsOf(topology: Topology, node: Node): string[] {
  const { link } = node;
  const faults: string[] = [];
  if (!link.up) faults.push('down');
  else if (!link.carrier) faults.push('no carrier');
  if (link.kind === 'veth' && link.peer?.inode === undefined) faults.push('other end not seen');
  const master = topology.master(node);
  const state = String(link.portDetails.state ?? 'forwarding');
  if (master?.link.kind === 'bridge' && master.link.up && link.up && link.carrier && state !== 'forwarding')
    faults.push(state);
  for (const one of link.addresses) if (one.duplicate) faults.push(`${one.address} is another's`);
  return faults;
}

/** Each cable once: from the end with the smaller id. */
function cablesOf(topology: Topology, node: Node, ids: Map<Node, string>): MapCable[] {
  const cables: MapCable[] = [];
  const from = ids.get(node)!;
  const peer = topology.peer(node);
  const to = peer === undefined ? undefined : ids.get(peer);
  if (peer !== undefined && to !== undefined) {
    if (
      node.link.kind === 'veth' &&
      (node.namespace.inode - peer.namespace.inode || node.link.index - peer.link.index) < 0
    ) {
      const [one, other] = [node.link.mtu, peer.link.mtu];
      const broken = !node.link.carrier || !peer.link.carrier || one !== other;
      cables.push({
        from,
        to,
        kind: 'veth',
        broken,
        ...(one === other ? {} : { label: `MTU ${one} ≠ ${other}` }),
      });
    } else if (node.link.kind !== 'veth') {
      cables.push({ from, to, kind: 'on', broken: !node.link.up || !peer.link.up });
    }
  }
  const master = topology.master(node);
  if (master !== undefined)
    cables.push({ from, to: ids.get(master)!, kind: 'port', broken: !node.link.up || !master.link.up });
  if (node.link.kind === 'vxlan') cables.push(...tunnels(topology, node, ids));
  return cables;
}

/** VXLAN ends with the same number; each pair once. */
function tunnels(topology: Topology, node: Node, ids: Map<Node, string>): MapCable[] {
  return [...ids.keys()]
    .filter(
      (other) =>
        other.link.kind === 'vxlan' &&
        other.link.details.id === node.link.details.id &&
        ids.get(node)! < ids.get(other)!,
    )
    .filter((other) => topology.connected(node.namespace, other.namespace))
    .map((other) => ({
      from: ids.get(node)!,
      to: ids.get(other)!,
      kind: 'vxlan' as const,
      label: `VXLAN ${node.link.details.id}`,
      broken: !node.link.up || !other.link.up,
    }));
}
