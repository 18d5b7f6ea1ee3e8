// Where the other ends of interfaces are. An index alone means nothing: in most namespaces the first cable has the same.
import { theKernel } from '../binding/kernel.ts';
import type { Interface } from './interface.ts';

/** A namespace and what was found in it. */
export interface Place {
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
 * Finds for each interface the namespace its other end lies in: the kernel is asked which number each namespace has
 * here (IFLA_LINK_NETNSID is relative to the namespace that is asked), and a veth's peer must point back.
 */
export function findPeers(places: readonly Place[]): Map<Interface, Peer> {
  const indexed = new Map(
    places.map((one) => [one, new Map(one.interfaces?.map((inner) => [inner.index, inner]))]),
  );
  const peers = new Map<Interface, Peer>();
  for (const here of places) {
    const ids = new Map<number, number>();
    const abroad = (here.interfaces ?? []).filter((one) => one.peerNamespaceId !== undefined);
    const candidates = places.filter(
      (other) =>
        other !== here && abroad.some((one) => pointsBack(one, indexed.get(other)!.get(one.peerIndex!))),
    );
    const numbers = namespaceNumbers(here, candidates);
    for (const [at, other] of candidates.entries()) {
      const id = numbers?.[at];
      if (id !== undefined) ids.set(id, other.inode);
    }
    for (const one of here.interfaces ?? []) {
      if (one.peerIndex === undefined || one.peerIndex === 0) continue;
      const index = one.peerIndex;
      const possible =
        one.peerNamespaceId === undefined
          ? [here]
          : candidates.filter((other) => pointsBack(one, indexed.get(other)!.get(index)));
      const inode =
        one.peerNamespaceId === undefined
          ? here.inode
          : (ids.get(one.peerNamespaceId) ??
            // Without the kernel's word only a single candidate can be believed.
            (numbers === undefined && possible.length === 1 ? possible[0].inode : undefined));
      const there = possible.find((other) => other.inode === inode);
      const name = there === undefined ? undefined : indexed.get(there)!.get(index)?.name;
      peers.set(one, {
        index,
        ...(inode === undefined ? {} : { inode }),
        ...(name === undefined ? {} : { name }),
      });
    }
  }
  return peers;
}

/** A veth's peer points back at it; what a vlan or macvlan lies on does not. */
function pointsBack(one: Interface, other: Interface | undefined): boolean {
  return (
    other !== undefined && (one.kind !== 'veth' || (other.kind === 'veth' && other.peerIndex === one.index))
  );
}

function namespaceNumbers(here: Place, others: readonly Place[]): (number | undefined)[] | undefined {
  if (others.length === 0) return [];
  try {
    return theKernel()?.namespaceIds(
      here.path,
      others.map((one) => one.path),
    );
  } catch {
    return undefined;
  }
}
