// Names for the kernel's numbers: namespaces by inode, interfaces by index.
import { NscapError } from '../errors.ts';
import { findHolders } from '../netns/holders.ts';
import { interfaces } from '../netns/interfaces.ts';
import { type Namespace, namespaceNames } from '../netns/namespace.ts';
import { resolveNamespace } from '../netns/resolve.ts';

/** Milliseconds between two searches of all processes for an unknown namespace. */
const PAUSE = 5000;

export class Places {
  private readonly namespaces = new Map<number, { inode: number; name: string }>();
  private readonly interfaces = new Map<number, Map<number, { index: number; name: string }>>();
  /** Those whose names are known. */
  private readonly known = new Set<object>();
  /** Requests for interfaces under way, by namespace. */
  private readonly asked = new Map<number, Promise<void>>();
  /** Those that can be entered. */
  private readonly found = new Map<number, Namespace>();
  private searched = Number.NEGATIVE_INFINITY;

  /** Namespaces that the user named keep these names. */
  constructor(given: readonly Namespace[] = []) {
    for (const namespace of given) {
      this.found.set(namespace.inode, namespace);
      this.namespaces.set(namespace.inode, { inode: namespace.inode, name: namespace.label });
    }
  }

  /** Learns the names under /run/netns, the host's, and `here` for this process's namespace if it has no other. */
  async learnNames(): Promise<void> {
    for (const name of ['host', ...(await namespaceNames()), 'here']) {
      try {
        const namespace = await resolveNamespace(name);
        this.learn(namespace.inode, name);
        if (name !== 'here' || !this.found.has(namespace.inode)) this.found.set(namespace.inode, namespace);
      } catch (error) {
        // The name has no namespace, or may not be inspected.
        if (!(error instanceof NscapError)) throw error;
      }
    }
  }

  /** The namespaces that have names. */
  named(): Namespace[] {
    return [...this.found.values()];
  }

  /** The namespace with this inode, where it has a name. */
  enterable(inode: number): Namespace | undefined {
    return this.found.get(inode);
  }

  private learn(inode: number, name: string): void {
    if (!this.namespaces.has(inode)) this.namespaces.set(inode, { inode, name });
  }

  /** The namespace with this inode, by a name that nscap accepts if there is one. */
  namespace(inode: number): { inode: number; name: string } {
    let known = this.namespaces.get(inode);
    if (known === undefined && performance.now() - this.searched > PAUSE) {
      this.searched = performance.now();
      this.search();
      known = this.namespaces.get(inode);
    }
    return known ?? { inode, name: `net:[${inode}]` };
  }

  private search(): void {
    for (const { inode, names, processes } of findHolders().byInode.values()) {
      const [name] = names;
      const [process] = processes;
      if (name !== undefined) this.learn(inode, name);
      else if (process !== undefined) this.learn(inode, `pid:${process}`);
    }
  }

  /** Remembers an interface's name. */
  learnInterface(inode: number, index: number, name: string): void {
    this.interface(inode, index).name = name;
    this.known.add(this.interface(inode, index));
  }

  /** The interface with this index there, the same object each time; `if7` until its name is known. */
  interface(inode: number, index: number): { index: number; name: string } {
    const there = this.interfaces.get(inode) ?? new Map<number, { index: number; name: string }>();
    const found = there.get(index) ?? { index, name: `if${index}` };
    this.interfaces.set(inode, there.set(index, found));
    return found;
  }

  knowsInterface(inode: number, index: number): boolean {
    return this.known.has(this.interface(inode, index));
  }

  /** Requests the interfaces of a namespace, once. If that fails, they stay without names. */
  async learnInterfaces(inode: number): Promise<void> {
    const namespace = this.found.get(inode);
    if (namespace === undefined) return;
    let asked = this.asked.get(inode);
    if (asked === undefined) {
      asked = interfaces(namespace).then(
        (found) => {
          for (const { index, name } of found) this.learnInterface(inode, index, name);
        },
        () => {},
      );
      this.asked.set(inode, asked);
    }
    await asked;
  }
}
