// Interfaces of other namespaces, opened from where this process is.

import type { Interface } from '../../base/interface.ts';
import type { Handle } from '../../binding/libpcap.ts';
import { insideNamespace } from '../../binding/netlink.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { byRtnetlink } from '../../netns/rtnetlink.ts';
import { InterfaceSource, type Tally } from '../../source/live.ts';

/** A capture whose socket lies in another namespace than this process. */
export class DistantSource extends InterfaceSource {
  private readonly namespace: Namespace;
  private readonly names = new Map<number, string>();

  constructor(handle: Handle, description: Interface, namespace: Namespace) {
    super(handle, description);
    this.namespace = namespace;
  }

  /** `any`: as the namespace has it, which is asked again when an index is new. */
  override readonly interfaceName = (_: number, index: number): string => {
    if (!this.names.has(index)) {
      for (const link of byRtnetlink(this.namespace, (kernel) => kernel.links()) ?? [])
        this.names.set(link.index, link.name);
      if (!this.names.has(index)) this.names.set(index, String(index));
    }
    return this.names.get(index)!;
  };

  /** libpcap reads what the interface itself dropped below /sys, which here is another namespace's. */
  override tallies(): Tally[] {
    return super.tallies().map(({ interfaceDropped: _, ...known }) => known);
  }
}

/** Runs `open` in the namespace, where this thread is not there already. */
export function openIn<T>({ enter, path }: Namespace, open: () => T): T {
  return enter.length === 0 ? open() : insideNamespace(path, open);
}
