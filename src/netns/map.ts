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

/** Builds the map of all namespaces, or of those named and everything they are wired to. */
export async function drawMap(only: readonly number[] = []): Promise<NetworkMap> {
  const { namespaces, unseen } = await discover();
  const topology = new Topology(namespaces);
  const shown =
    only.length === 0
      ? namespaces
      : namespaces.filter((netns) => only.some((inode) => wired(topology, namespaces, inode, netns)));
  const defaults = new Map<FoundNamespace, string[]>();
  await inTurn(shown, async (netns) => {
    if (netns.interfaces !== undefined) defaults.set(netns, await defaultRoutes(netns));
  });
  const nodes = topology.nodes.filter((node) => shown.includes(node.namespace));
  const ids = new Map(nodes.map((node) => [node, `${node.namespace.inode}/${node.link.index}`]));
  const cables = nodes.flatMap((node) => cablesOf(topology, node, ids));
  return {
    boxes: shown.map((netns) => boxOf(topology, netns, defaults.get(netns) ?? [], ids)),
    cables,
    unseen,
  };
}

function wired(
  topology: Topology,
  namespaces: FoundNamespace[],
  inode: number,
  candidate: FoundNamespace,
): boolean {
  const start = namespaces.find((netns) => netns.inode === inode);
  return start !== undefined && topology.connected(start, candidate);
}

async function defaultRoutes({ namespace }: FoundNamespace): Promise<string[]> {
  // What cannot be listed is not drawn; the namespace's problem, if it has one, is.
  const all = await routes(namespace).catch(() => []);
  return all
    .filter((route) => route.destination === 'default' && route.table === 'main' && route.type === 'unicast')
    .map(
      ({ gateway, device }) =>
        `default${gateway === undefined ? '' : ` via ${gateway}`}${device === undefined ? '' : ` dev ${device}`}`,
    );
}

function boxOf(topology: Topology, netns: FoundNamespace, routes: string[], ids: Map<Node, string>): MapBox {
  const nodes = topology.of(netns).filter((node) => node.link.kind !== 'loopback');
  const lo = topology.of(netns).find((node) => node.link.kind === 'loopback');
  const notes = [...routes];
  if (lo !== undefined && !lo.link.up) notes.push('✗ lo is down');
  if (netns.problem !== undefined) notes.push(`✗ ${netns.problem}`);
  else if (nodes.length === 0) notes.push('no interface but lo');
  return {
    id: String(netns.inode),
    title: escapeControls(
      netns.container === undefined
        ? netns.label
        : `${netns.label.replace(/^container:/, '')} (${netns.container.engine} container)`,
    ),
    interfaces: nodes.map((node) => interfaceOf(topology, node, ids)),
    notes,
    broken: netns.problem !== undefined,
  };
}

function interfaceOf(topology: Topology, node: Node, ids: Map<Node, string>): MapInterface {
  const { link } = node;
  const faults = faultsOf(topology, node);
  const addresses = link.addresses.filter((assigned) => assigned.scope !== 'link');
  const repeated = addresses.filter((assigned) =>
    topology
      .stations(node)
      .some((station) => station.link.addresses.some((rival) => rival.address === assigned.address)),
  );
  const broken = faults.length > 0 || repeated.length > 0;
  return {
    id: ids.get(node)!,
    name: link.name,
    kind: link.kind,
    lines: [
      `${link.name}${/^(veth|physical)$/.test(link.kind) ? '' : ` (${kindText(link)})`}${link.mtu === 1500 ? '' : ` mtu ${link.mtu}`}`,
      ...addresses.map(
        (assigned) =>
          `${assigned.address}/${assigned.prefix}${repeated.includes(assigned) ? ' ✗ twice' : ''}`,
      ),
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
  for (const assigned of link.addresses)
    if (assigned.duplicate) faults.push(`${assigned.address} is another's`);
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
      const [mtu, peerMtu] = [node.link.mtu, peer.link.mtu];
      const broken = !node.link.carrier || !peer.link.carrier || mtu !== peerMtu;
      cables.push({
        from,
        to,
        kind: 'veth',
        broken,
        ...(mtu === peerMtu ? {} : { label: `MTU ${mtu} ≠ ${peerMtu}` }),
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
      (candidate) =>
        candidate.link.kind === 'vxlan' &&
        candidate.link.details.id === node.link.details.id &&
        ids.get(node)! < ids.get(candidate)!,
    )
    .filter((candidate) => topology.connected(node.namespace, candidate.namespace))
    .map((candidate) => ({
      from: ids.get(node)!,
      to: ids.get(candidate)!,
      kind: 'vxlan' as const,
      label: `VXLAN ${node.link.details.id}`,
      broken: !node.link.up || !candidate.link.up,
    }));
}
