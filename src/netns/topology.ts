// Who is wired to whom, whatever is up or down: veth ends, bridge ports, macvlans, vlans and VXLANs as one graph.
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
export interface Leg {
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
      let inner = this.byIndex.get(node.namespace.inode);
      if (inner === undefined) {
        inner = new Map();
        this.byIndex.set(node.namespace.inode, inner);
      }
      inner.set(node.link.index, node);
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
    for (const other of this.nodes) {
      if (/^(macvlan|macvtap|ipvlan|ipvtap)$/.test(other.link.kind) && this.peer(other) === node)
        found.push(other);
      if (other !== node && link.kind === 'vlan' && other.link.kind === 'vlan' && this.sameVlan(node, other))
        found.push(other);
      if (
        tunnels &&
        other !== node &&
        link.kind === 'vxlan' &&
        other.link.kind === 'vxlan' &&
        this.sameVxlan(node, other)
      )
        found.push(other);
    }
    return found.filter((one) => one !== undefined);
  }

  private sameVlan(one: Node, other: Node): boolean {
    if (one.link.details.id !== other.link.details.id) return false;
    const [below, otherBelow] = [this.peer(one), this.peer(other)];
    return (
      below !== undefined &&
      otherBelow !== undefined &&
      (below === otherBelow || this.segment(below).has(otherBelow))
    );
  }

  /** The same number, and each sends to the other, as far as they say to whom; and something to carry them. */
  private sameVxlan(one: Node, other: Node): boolean {
    if (one.link.details.id !== other.link.details.id || one.namespace === other.namespace) return false;
    const faces = (from: Node, to: Node) => {
      const remote = remoteOf(from);
      return remote === undefined
        ? remoteOf(to) !== undefined || from.link.details.group === to.link.details.group
        : this.owners(remote).some((node) => node.namespace === to.namespace);
    };
    return faces(one, other) && faces(other, one) && this.carried(one.namespace, other.namespace);
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
    for (const one of queue) {
      for (const next of this.next(one)) {
        if (found.has(next)) continue;
        found.set(next, one);
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
    for (let at: Node | undefined = to; at !== undefined; at = segment.get(at)) way.unshift(at);
    return way;
  }

  /** The interfaces on the same link that may have addresses of their own: those that are no ports. */
  stations(node: Node): Node[] {
    return [...this.segment(node).keys()].filter((one) => one !== node && one.link.master === undefined);
  }

  /** Every interface that has the address. */
  owners(address: string): Node[] {
    const wanted = canonical(address);
    return this.nodes.filter((node) => node.link.addresses.some((one) => canonical(one.address) === wanted));
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
        const stations = this.stations(exit).filter((one) => one.namespace !== here);
        // Those with an address are likelier to be meant than a bare bridge in between.
        stations.sort((one, other) => Number(bare(one)) - Number(bare(other)));
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
  return !link.addresses.some((one) => one.scope === 'global');
}

/** Where a VXLAN sends to; undefined where its forwarding table or a multicast group tells. */
export function remoteOf({ link }: Node): string | undefined {
  return (link.details.remote ?? link.details.remote6) as string | undefined;
}

/** `veth0 in ns1`. */
export function nodeText({ namespace, link }: Node): string {
  return `${link.name} in ${namespace.label}`;
}

/** The interface's addresses of a family, link-local ones last. */
export function addressesOf(node: Node, family: Family): InterfaceAddress[] {
  const all = node.link.addresses.filter((one) => familyOf(one.address) === family);
  return [...all.filter((one) => one.scope !== 'link'), ...all.filter((one) => one.scope === 'link')];
}

/** The address of the interface that has `other` on its link. */
export function addressTowards(node: Node, other: string): InterfaceAddress | undefined {
  return node.link.addresses.find((one) => onLink(one.address, one.prefix, other));
}
