// Names of addresses: the namespace that each belongs to.
import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { type OutlinedNamespace, outline } from './discover.ts';
import { NAMED, type Namespace } from './namespace.ts';
import { byRtnetlink } from './rtnetlink.ts';

/**
 * The addresses of all namespaces that have a name, containers and the host among them, each with that name. What is
 * not unique has none: loopback and link-local addresses, and those that several namespaces have.
 */
export async function addressNames(): Promise<{ address: Uint8Array; name: string }[]> {
  const names = new Map<string, string | undefined>();
  for (const netns of await outline()) {
    const name = nameOf(netns);
    if (name === undefined || netns.links === undefined) continue;
    for (const { address, scope } of byRtnetlink(reached(netns), (kernel) => kernel.addresses()) ?? []) {
      if (scope !== 'global') continue;
      const key = address.toString('hex');
      names.set(key, names.has(key) && names.get(key) !== name ? undefined : name);
    }
  }
  return [...names].flatMap(([address, name]) =>
    name === undefined ? [] : [{ address: Buffer.from(address, 'hex'), name }],
  );
}

/** A capture has entered another namespace; the one it started in must then be entered like any other. */
function reached({ namespace, inode, origin, names }: OutlinedNamespace): Namespace {
  if (namespace.enter.length > 0 || statSync('/proc/thread-self/ns/net').ino === inode) return namespace;
  const path = origin === 'host' ? '/proc/1/ns/net' : `${NAMED}/${names[0]}`;
  return { ...namespace, path, enter: ['nsenter', `--net=${path}`] };
}

function nameOf({ origin, container, names }: OutlinedNamespace): string | undefined {
  if (origin === 'host') return hostname();
  return container?.name || names[0];
}
