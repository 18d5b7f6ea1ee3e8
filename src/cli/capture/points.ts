// Capturing at points in several namespaces at once: a child in each, and their packets merged by time.
import { constants } from 'node:os';
import { usageError } from '../../errors.ts';
import { notPermitted } from '../../netns/command.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { mayManageNamespaces } from '../../netns/user.ts';
import { MergedSource } from '../../source/merged.ts';
import { ChildSource } from './child.ts';
import { namespaceOf } from './namespace.ts';
import type { InterfaceOptions, OpeningPlan, SessionPlan } from './plan.ts';
import { Session } from './session.ts';

/** The interfaces to capture on in one namespace. */
interface Group {
  namespace: Namespace;
  names: string[];
}

/**
 * The interfaces that -i names, by namespace; `NAMESPACE:INTERFACE` for one in another than `home`. (No interface has a
 * colon in its name.) Throws UNKNOWN_NAMESPACE.
 */
export async function groups(home: Namespace, given: readonly string[], wait: boolean): Promise<Group[]> {
  const found: Group[] = [];
  for (const text of given) {
    const colon = text.lastIndexOf(':');
    const namespace = colon < 0 ? home : await namespaceOf(text.slice(0, colon), wait);
    const name = text.slice(colon + 1);
    const group = found.find((candidate) => candidate.namespace.inode === namespace.inode);
    if (group === undefined) found.push({ namespace, names: [name] });
    else group.names.push(name);
  }
  return found;
}

/** Captures in all of them until the last ends. */
export async function captureAcross(
  points: Group[],
  filter: string,
  opening: OpeningPlan,
  plan: SessionPlan,
  wait: boolean,
): Promise<void> {
  if (opening.binding === 'cap') throw usageError('the binding cap captures in one namespace at a time');
  const entered = points.find(({ namespace }) => namespace.enter.length > 0);
  if (entered !== undefined && !mayManageNamespaces()) {
    throw notPermitted(`entering the namespace '${entered.namespace.label}' is not permitted`);
  }
  const session = new Session(plan, { filter, inside: undefined, isGone: () => false });
  const { interfaces } = opening;
  const interruption = new AbortController();
  // Children have their own sessions but must not outlive this process: the packets they wait for may never come.
  session.handleSignals((signal) => {
    process.exitCode = 128 + constants.signals[signal];
    if (wait) interruption.abort();
  });
  const started = await Promise.allSettled(
    points.map(({ namespace, names }) =>
      ChildSource.start(
        namespace,
        childArguments(namespace, names, filter, interfaces, {
          wait,
          processes: plan.processes,
          user: plan.user,
        }),
        names.length,
        interruption.signal,
      ),
    ),
  );
  const children = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await Promise.all(children.map((child) => child.close()));
    if (interruption.signal.aborted) return;
    throw failed.reason;
  }
  process.exitCode = 0;
  session.listening.push(...children.flatMap((child) => child.listening));
  await session.run(new MergedSource(children, opening.count));
}

/** The arguments of a child: everything about opening and filtering; this process counts, writes and prints. */
export function childArguments(
  { label }: Namespace,
  names: string[],
  filter: string,
  { snaplen, bufferKib, promiscuous, immediate, direction, timestampType, linkType }: InterfaceOptions,
  { wait, processes, user }: { wait?: boolean; processes?: boolean; user?: string | undefined } = {},
): string[] {
  const args = ['capture', '--pcapng', '--no-names', '-w', '-', '-s', String(snaplen)];
  if (bufferKib !== undefined) args.push('-B', String(bufferKib));
  for (const name of names) args.push('-i', name);
  if (!promiscuous) args.push('-p');
  if (immediate) args.push('--immediate-mode');
  if (wait) args.push('--wait');
  if (processes) args.push('--process');
  if (direction !== undefined) args.push('-Q', direction);
  if (timestampType !== undefined) args.push('-j', timestampType);
  if (linkType !== undefined) args.push('-y', linkType);
  if (user !== undefined) args.push('-Z', user);
  return [...args, '--', label, filter];
}
