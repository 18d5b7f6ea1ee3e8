// Where the other ends of interfaces are. An index alone is ambiguous: in most namespaces the first cable has the same.
import { theKernel } from '../binding/kernel.ts';
import type { Interface } from './interface.ts';

/** A namespace and what was found in it. */
interface Place {
  inode: number;
  /** Its file. */
  path: string;
  /** Undefined where they could not be seen. */
  interfaces: readonly Interface[] | undefined;
}

/**
 * The other end of a veth, or the interface that a vlan or macvlan lies on. `inode` is undefined where it lies in a
 * namespace that was not found or may not be entered, `name` where that interface could not be seen.
 */
export interface Peer {
  inode?: number;
  index: number;
  name?: string;
}

/**
 * Finds the namespace of each interface's other end: the kernel is asked which number each namespace has
 * here (IFLA_LINK_NETNSID is relative to the namespace queried), and a veth's peer must point back.
 */
export function findPeers(places: readonly Place[]): Map<Interface, Peer> {
  const indexed = new Map(
    places.map((place) => [place, new Map(place.interfaces?.map((link) => [link.index, link]))]),
  );
  const peers = new Map<Interface, Peer>();
  for (const here of places) {
    const ids = new Map<number, number>();
    const abroad = (here.interfaces ?? []).filter((link) => link.peerNamespaceId !== undefined);
    const candidates = places.filter(
      (candidate) =>
        candidate !== here &&
        abroad.some((link) => pointsBack(link, indexed.get(candidate)!.get(link.peerIndex!))),
    );
    const numbers = namespaceNumbers(here, candidates);
    for (const [index, candidate] of candidates.entries()) {
      const id = numbers?.[index];
      if (id !== undefined) ids.set(id, candidate.inode);
    }
    for (const link of here.interfaces ?? []) {
      if (link.peerIndex === undefined || link.peerIndex === 0) continue;
      const index = link.peerIndex;
      const possible =
        link.peerNamespaceId === undefined
          ? [here]
          : candidates.filter((candidate) => pointsBack(link, indexed.get(candidate)!.get(index)));
      const inode =
        link.peerNamespaceId === undefined
          ? here.inode
          : (ids.get(link.peerNamespaceId) ??
            // Without an answer of the kernel only a single candidate is accepted.
            (numbers === undefined && possible.length === 1 ? possible[0].inode : undefined));
      const there = possible.find((candidate) => candidate.inode === inode);
      const name = there === undefined ? undefined : indexed.get(there)!.get(index)?.name;
      peers.set(link, {
        index,
        ...(inode === undefined ? {} : { inode }),
        ...(name === undefined ? {} : { name }),
      });
    }
  }
  return peers;
}

/** A veth's peer points back at it; what a vlan or macvlan lies on does not. */
function pointsBack(link: Interface, peer: Interface | undefined): boolean {
  return (
    peer !== undefined && (link.kind !== 'veth' || (peer.kind === 'veth' && peer.peerIndex === link.index))
  );
}

function namespaceNumbers(here: Place, others: readonly Place[]): (number | undefined)[] | undefined {
  if (others.length === 0) return [];
  try {
    return theKernel()?.namespaceIds(
      here.path,
      others.map((place) => place.path),
    );
  } catch {
    return undefined;
  }
}
