// The wiring of namespaces, whether up or down: veth ends, bridge ports, macvlans, vlans and VXLANs as one graph.
import type { FoundInterface, FoundNamespace } from './discover.ts';
import type { InterfaceAddress } from './interface.ts';
import { canonical, type Family, familyOf, onLink } from './prefix.ts';

/** An interface, and the namespace it lies in. One object for each: they are compared by identity. */
export interface Node {
  namespace: FoundNamespace;
  link: FoundInterface;
}

/** A way from one interface to another on the same link, both included. */
export type Wire = Node[];

/** From a namespace to the next: out by the first node of the wire, in by the last. */
interface Leg {
  wire: Wire;
}

export class Topology {
  readonly nodes: Node[];
  private readonly byIndex = new Map<number, Map<number, Node>>();
  private readonly segments = new Map<Node, Map<Node, Node | undefined>>();

  constructor(namespaces: readonly FoundNamespace[]) {
    this.nodes = namespaces.flatMap((namespace) =>
      (namespace.interfaces ?? []).map((link) => ({ namespace, link })),
    );
    for (const node of this.nodes) {
      let byInterface = this.byIndex.get(node.namespace.inode);
      if (byInterface === undefined) {
        byInterface = new Map();
        this.byIndex.set(node.namespace.inode, byInterface);
      }
      byInterface.set(node.link.index, node);
    }
  }

  of(namespace: FoundNamespace): Node[] {
    return [...(this.byIndex.get(namespace.inode)?.values() ?? [])];
  }

  find(namespace: FoundNamespace, name: string | undefined): Node | undefined {
    return this.of(namespace).find((node) => node.link.name === name);
  }

  /** The other end of a veth, or what a vlan or macvlan lies on. */
  peer(node: Node): Node | undefined {
    const { peer } = node.link;
    return peer?.inode === undefined ? undefined : this.byIndex.get(peer.inode)?.get(peer.index);
  }

  master(node: Node): Node | undefined {
    return node.link.master === undefined ? undefined : this.find(node.namespace, node.link.master);
  }

  /** The ports of a bridge. */
  ports(bridge: Node): Node[] {
    return this.of(bridge.namespace).filter((node) => node.link.master === bridge.link.name);
  }

  /** Interfaces one step away on the same link, whatever their state. */
  private next(node: Node, tunnels = true): Node[] {
    const { link } = node;
    const found: (Node | undefined)[] = [];
    if (link.kind === 'veth') found.push(this.peer(node));
    if (link.master !== undefined) found.push(this.master(node));
    found.push(...this.ports(node));
    if (/^(macvlan|macvtap|ipvlan|ipvtap)$/.test(link.kind)) found.push(this.peer(node));
    for (const candidate of this.nodes) {
      if (/^(macvlan|macvtap|ipvlan|ipvtap)$/.test(candidate.link.kind) && this.peer(candidate) === node)
        found.push(candidate);
      if (
        candidate !== node &&
        link.kind === 'vlan' &&
        candidate.link.kind === 'vlan' &&
        this.sameVlan(node, candidate)
      )
        found.push(candidate);
      if (
        tunnels &&
        candidate !== node &&
        link.kind === 'vxlan' &&
        candidate.link.kind === 'vxlan' &&
        this.sameVxlan(node, candidate)
      )
        found.push(candidate);
    }
    return found.filter((neighbour) => neighbour !== undefined);
  }

  private sameVlan(node: Node, otherNode: Node): boolean {
    if (node.link.details.id !== otherNode.link.details.id) return false;
    const [below, otherBelow] = [this.peer(node), this.peer(otherNode)];
    return (
      below !== undefined &&
      otherBelow !== undefined &&
      (below === otherBelow || this.segment(below).has(otherBelow))
    );
  }

  /** The same number, and each sends to the other, as far as they say to whom; and something to carry them. */
  private sameVxlan(node: Node, otherNode: Node): boolean {
    if (node.link.details.id !== otherNode.link.details.id || node.namespace === otherNode.namespace)
      return false;
    const faces = (from: Node, to: Node) => {
      const remote = remoteOf(from);
      return remote === undefined
        ? remoteOf(to) !== undefined || from.link.details.group === to.link.details.group
        : this.owners(remote).some((owner) => owner.namespace === to.namespace);
    };
    return (
      faces(node, otherNode) && faces(otherNode, node) && this.carried(node.namespace, otherNode.namespace)
    );
  }

  /** Whether two namespaces are wired together by more than tunnels. */
  carried(from: FoundNamespace, to: FoundNamespace): boolean {
    const seen = new Set([from]);
    for (const here of seen) {
      if (here === to) return true;
      const nodes = new Set(this.of(here));
      for (const node of nodes) {
        seen.add(node.namespace);
        for (const next of this.next(node, false)) nodes.add(next);
      }
    }
    return false;
  }

  /** All interfaces on the same link, each with the one before it on the way there. */
  segment(node: Node): Map<Node, Node | undefined> {
    const known = this.segments.get(node);
    if (known !== undefined) return known;
    const found = new Map<Node, Node | undefined>([[node, undefined]]);
    this.segments.set(node, found);
    const queue = [node];
    for (const current of queue) {
      for (const next of this.next(current)) {
        if (found.has(next)) continue;
        found.set(next, current);
        queue.push(next);
      }
    }
    return found;
  }

  /** The way over the link from one interface to another; undefined where they are not on the same. */
  wire(from: Node, to: Node): Wire | undefined {
    const segment = this.segment(from);
    if (!segment.has(to)) return undefined;
    const way: Node[] = [];
    for (let step: Node | undefined = to; step !== undefined; step = segment.get(step)) way.unshift(step);
    return way;
  }

  /** The interfaces on the same link that may have addresses of their own: those that are no ports. */
  stations(node: Node): Node[] {
    return [...this.segment(node).keys()].filter(
      (station) => station !== node && station.link.master === undefined,
    );
  }

  /** Every interface that has the address. */
  owners(address: string): Node[] {
    const wanted = canonical(address);
    return this.nodes.filter((node) =>
      node.link.addresses.some((assigned) => canonical(assigned.address) === wanted),
    );
  }

  /**
   * The shortest way, by wiring alone, from a namespace to one of the target interfaces: out of one interface, over
   * the wire into the next namespace, and so on. Undefined where there is none.
   */
  route(from: FoundNamespace, isTarget: (node: Node) => boolean): Leg[] | undefined {
    const came = new Map<FoundNamespace, Leg[]>([[from, []]]);
    const queue = [from];
    for (const here of queue) {
      const legs = came.get(here)!;
      const exits = this.of(here).filter(
        (node) => node.link.master === undefined && node.link.kind !== 'loopback',
      );
      for (const exit of exits) {
        const stations = this.stations(exit).filter((station) => station.namespace !== here);
        // Namespaces with an address are more likely than a bare bridge.
        stations.sort((a, b) => Number(bare(a)) - Number(bare(b)));
        for (const station of stations) {
          const way = [...legs, { wire: this.wire(exit, station)! }];
          if (isTarget(station)) return way;
          if (came.has(station.namespace)) continue;
          came.set(station.namespace, way);
          queue.push(station.namespace);
        }
      }
    }
    return undefined;
  }

  /** Whether the wiring leads from one namespace to the other at all, over other namespaces as well. */
  connected(from: FoundNamespace, to: FoundNamespace): boolean {
    return from === to || this.route(from, (node) => node.namespace === to) !== undefined;
  }
}

function bare({ link }: Node): boolean {
  return !link.addresses.some((assigned) => assigned.scope === 'global');
}

/** Where a VXLAN sends to; undefined where its forwarding table or a multicast group tells. */
export function remoteOf({ link }: Node): string | undefined {
  return (link.details.remote ?? link.details.remote6) as string | undefined;
}

/** The interface's addresses of a family, link-local ones last. */
export function addressesOf(node: Node, family: Family): InterfaceAddress[] {
  const all = node.link.addresses.filter((assigned) => familyOf(assigned.address) === family);
  return [
    ...all.filter((assigned) => assigned.scope !== 'link'),
    ...all.filter((assigned) => assigned.scope === 'link'),
  ];
}

/** The address of the interface that has `other` on its link. */
export function addressTowards(node: Node, address: string): InterfaceAddress | undefined {
  return node.link.addresses.find((assigned) => onLink(assigned.address, assigned.prefix, address));
}
