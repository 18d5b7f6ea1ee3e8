// `nscap ns`: the namespaces found, as a list for people and a document for programs.
import { escapeControls } from '../base/escape-controls.ts';
import type { Discovery, FoundInterface, FoundNamespace } from '../netns/discover.ts';
import { drawColumns } from './table.ts';

/** An interface, for programs. */
export interface InterfaceEntry
  extends Pick<
    FoundInterface,
    'name' | 'index' | 'kind' | 'up' | 'carrier' | 'state' | 'mtu' | 'mac' | 'master' | 'addresses'
  > {
  /** The other end of a veth, or the interface that a vlan or macvlan lies on; null for what could not be seen. */
  peer?: { index: number; interface: string | null; namespace: string | null; inode: number | null };
}

/** A network namespace and what keeps it alive, for programs. */
export interface NamespaceEntry
  extends Pick<
    FoundNamespace,
    | 'inode'
    | 'label'
    | 'names'
    | 'origin'
    | 'container'
    | 'processes'
    | 'command'
    | 'threads'
    | 'mounts'
    | 'descriptors'
    | 'sockets'
    | 'problem'
  > {
  processCount: number;
  /** The file by which it may be entered. */
  path: string;
  /** Undefined where `problem` says why they cannot be seen. */
  interfaces?: InterfaceEntry[];
}

/** All namespaces that may be seen. */
export interface NamespaceList {
  /** The host's first, then by label. */
  namespaces: NamespaceEntry[];
  /** Sentences: what could not be seen, and why. */
  unseen: string[];
}

/** One block a namespace: how it came to be, then a line an interface. */
export function namespacesText({ namespaces }: Discovery): string {
  const labels = new Map(namespaces.map((one) => [one.inode, one.label]));
  return namespaces.map((one) => block(one, labels)).join('\n');
}

/** The same as plain data, ready for JSON.stringify. */
export function namespacesJson({ namespaces, unseen }: Discovery): NamespaceList {
  const labels = new Map(namespaces.map((one) => [one.inode, one.label]));
  return {
    namespaces: namespaces.map((one) => ({
      inode: one.inode,
      label: one.label,
      names: one.names,
      origin: one.origin,
      ...(one.container === undefined ? {} : { container: one.container }),
      processCount: one.processes.length,
      processes: one.processes,
      ...(one.command === undefined ? {} : { command: one.command }),
      threads: one.threads,
      mounts: one.mounts,
      descriptors: one.descriptors,
      sockets: one.sockets,
      path: one.namespace.path,
      ...(one.problem === undefined ? {} : { problem: one.problem }),
      ...(one.interfaces === undefined
        ? {}
        : { interfaces: one.interfaces.map((inner) => interfaceEntry(inner, labels)) }),
    })),
    unseen,
  };
}

function interfaceEntry(inner: FoundInterface, labels: Map<number, string>): InterfaceEntry {
  return {
    name: inner.name,
    index: inner.index,
    kind: inner.kind,
    up: inner.up,
    carrier: inner.carrier,
    state: inner.state,
    mtu: inner.mtu,
    ...(inner.mac === undefined ? {} : { mac: inner.mac }),
    ...(inner.master === undefined ? {} : { master: inner.master }),
    addresses: inner.addresses,
    ...(inner.peer === undefined
      ? {}
      : {
          peer: {
            index: inner.peer.index,
            interface: inner.peer.name ?? null,
            namespace: inner.peer.inode === undefined ? null : (labels.get(inner.peer.inode) ?? null),
            inode: inner.peer.inode ?? null,
          },
        }),
  };
}

/** How it came to be, and who is in it: `container web (podman, nginx:1)  3 processes: nginx …`. */
function originText(one: FoundNamespace): string {
  const words: string[] = [];
  if (one.origin === 'host') words.push("the machine's own");
  if (one.origin === 'here') words.push('that of this command; whether it is the host’s cannot be told');
  if (one.container !== undefined) {
    const { name, engine, image } = one.container;
    words.push(
      `container ${name} (${engine === 'cgroup' ? 'by its control group' : engine}${image ? `, ${image}` : ''})`,
    );
  }
  if (one.names.length > 0) {
    words.push(one.names.length === 1 ? 'named' : `names ${one.names.join(', ')}`);
  }
  // Each `ip netns exec` has a copy of all mounts, and with it every namespace's name once more.
  for (const path of new Set(one.mounts.map((mount) => mount.path))) {
    const [first, ...others] = one.mounts.filter((mount) => mount.path === path);
    const more = others.length === 0 ? '' : ` and ${others.length} other${others.length > 1 ? 's' : ''}`;
    words.push(`mounted on ${path} (seen by process ${first.process}${more})`);
  }
  const threads = one.threads.length;
  if (threads > 0)
    words.push(`${threads} thread${threads > 1 ? 's' : ''} of process ${one.threads[0].process}`);
  if (one.processes.length === 0) {
    for (const { process, descriptor } of one.descriptors) {
      words.push(`kept open by process ${process} (descriptor ${descriptor})`);
    }
    for (const { process, descriptor } of one.sockets) {
      words.push(`kept alive by a socket of process ${process} (descriptor ${descriptor})`);
    }
  }
  return words.join(', ');
}

function block(one: FoundNamespace, labels: Map<number, string>): string {
  const count = one.processes.length;
  const processes =
    count === 0
      ? 'no process'
      : `${count} process${count > 1 ? 'es' : ''}${one.origin === 'host' ? '' : `: ${shorten(one.command ?? '')}`}`;
  const origin = originText(one);
  const head = escapeControls(
    `${one.label}  ${[origin, processes].filter(Boolean).join(', ')}  net:[${one.inode}]`,
  );
  if (one.interfaces === undefined) return `${head}\n  (${one.problem})\n`;
  const rows = one.interfaces.map((inner) => [
    escapeControls(inner.name),
    inner.kind,
    stateText(inner),
    `mtu ${inner.mtu}`,
    escapeControls(linkText(inner, one, labels)),
    inner.addresses.map(({ address, prefix }) => `${address}/${prefix}`).join(' '),
  ]);
  return [head, ...(rows.length === 0 ? [] : [drawColumns(rows, { indent: 2 })]), ''].join('\n');
}

/** `up`, `down`, or `no carrier`: up, but its other side isn't. */
function stateText({ up, carrier }: { up: boolean; carrier: boolean }): string {
  return up ? (carrier ? 'up' : 'no carrier') : 'down';
}

function linkText(inner: FoundInterface, one: FoundNamespace, labels: Map<number, string>): string {
  const parts: string[] = [];
  if (inner.peer !== undefined) {
    const { inode, name, index } = inner.peer;
    const arrow = inner.kind === 'veth' ? '↔' : 'on';
    const where = inode === undefined ? 'a namespace not seen' : inode === one.inode ? '' : labels.get(inode);
    parts.push(`${arrow} ${[where, name ?? `interface ${index}`].filter(Boolean).join(':')}`);
  }
  if (inner.master !== undefined) parts.push(`port of ${inner.master}`);
  return parts.join(', ');
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
