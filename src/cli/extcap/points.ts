// The capture interfaces that Wireshark is offered, and what their ids mean.
import { basename } from 'node:path';
import { NscapError, usageError } from '../../errors.ts';
import { type OutlinedNamespace, outline } from '../../netns/discover.ts';
import { NAMED } from '../../netns/namespace.ts';
import { decoded, encoded } from './call.ts';

/** The one that captures in every namespace. It has no colon, which every other id has. */
export const ALL = 'all-namespaces';
/** Instead of an interface: those of the whole namespace by libpcap, and what the kernel drops in it. */
export const ANY = 'any';
export const DROPS = 'drops';

/** What an id stands for. */
export type Point =
  | { kind: 'all'; namespaces: OutlinedNamespace[] }
  | { kind: 'any' | 'drops'; namespace: OutlinedNamespace }
  | { kind: 'interface'; namespace: OutlinedNamespace; name: string };

/** The namespaces that packets may be in: one with nothing but a loopback interface that is down counts only if it has a name. */
export async function namespaces(): Promise<OutlinedNamespace[]> {
  return (await outline()).filter(
    ({ names, links }) =>
      names.length > 0 || links === undefined || links.some(({ up }) => up) || links.length > 1,
  );
}

/** How a list shows a namespace: containers by their name, others as nscap calls them. */
export function shownName({ label, container, command, namespace, mounts }: OutlinedNamespace): string {
  if (container !== undefined && namespace.kind === 'container') return container.name;
  // Of a rootless lab the names are known by the mounts that its processes see.
  const mount = mounts.find(({ path }) => path.startsWith(`${NAMED}/`));
  if (mount !== undefined && namespace.kind === 'path') {
    return `${basename(mount.path)} (mounted by pid ${mount.process})`;
  }
  if (mount !== undefined && namespace.kind === 'process') {
    return `${basename(mount.path)} (${label.replace(':', ' ')})`;
  }
  if (namespace.kind === 'process' && command !== undefined) {
    return `${label} (${basename(command.split(' ', 1)[0])})`;
  }
  return label;
}

/** Id and name of each of them. */
export function offers(all: readonly OutlinedNamespace[]): { id: string; display: string }[] {
  const found = [{ id: ALL, display: 'All network namespaces' }];
  for (const netns of all) {
    const shown = shownName(netns);
    const offer = (device: string, display: string) =>
      found.push({ id: encoded(`${netns.label}:${device}`), display: `${shown}: ${display}` });
    const names = netns.links?.map(({ name }) => name) ?? [];
    if (!names.includes(ANY)) offer(ANY, 'all interfaces');
    // What may not be entered is listed all the same: opening it says what is missing.
    if (netns.links !== undefined && !names.includes(DROPS)) offer(DROPS, 'dropped packets');
    for (const name of names) offer(name, name);
  }
  return found;
}

/**
 * The point that an id stands for.
 * @throws NscapError UNKNOWN_NAMESPACE, UNKNOWN_INTERFACE, where it has gone since the list was made
 */
export async function pointOf(id: string): Promise<Point> {
  const all = await namespaces();
  if (id === ALL) return { kind: 'all', namespaces: all };
  const colon = decoded(id).lastIndexOf(':');
  if (colon < 0)
    throw usageError(`'${id}' is not a capture interface`, 'nscap extcap --extcap-interfaces lists them');
  const [label, name] = [decoded(id).slice(0, colon), decoded(id).slice(colon + 1)];
  const namespace = all.find((netns) => netns.label === label || netns.names.includes(label));
  if (namespace === undefined) {
    throw new NscapError('UNKNOWN_NAMESPACE', `there is no namespace '${label}'`, {
      hint: `refresh the list of interfaces; those there are: ${all.map((netns) => netns.label).join(', ')}`,
    });
  }
  if (namespace.links?.some((link) => link.name === name)) return { kind: 'interface', namespace, name };
  if (name === ANY || name === DROPS) return { kind: name, namespace };
  if (namespace.links === undefined) return { kind: 'interface', namespace, name };
  throw new NscapError('UNKNOWN_INTERFACE', `there is no interface '${name}' in namespace ${label}`, {
    hint: `those there are: ${namespace.links.map((link) => link.name).join(', ')}`,
  });
}
