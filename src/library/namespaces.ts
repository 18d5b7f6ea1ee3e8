// Namespaces: which there are, and programs run inside of them.
import type { CommandResult } from '../netns/command.ts';
import type { NamespaceList } from '../report/namespaces.ts';

/**
 * Lists every network namespace that the caller may see: named ones, those of processes and containers, and those that
 * only a mount, an open file or a socket keeps alive; with their interfaces, and where the other ends of those are.
 * Takes about a second for 100 namespaces.
 *
 * @example const { namespaces } = await listNamespaces();
 */
export async function listNamespaces(): Promise<NamespaceList> {
  const { discover } = await import('../netns/discover.ts');
  const { namespacesJson } = await import('../report/namespaces.ts');
  return namespacesJson(await discover());
}

/**
 * Runs a program inside a namespace, as `ip netns exec` does, and waits for its end, whatever its exit status. The words
 * of `argv` go to the program as they are; no shell reads them.
 *
 * @param namespace a name under /run/netns, `pid:1234`, `container:NAME`, a path, or `host`
 * @throws NscapError UNKNOWN_NAMESPACE, NOT_PERMITTED, MISSING_TOOL
 * @example const { status, stdout } = await runIn('ns1', ['ping', '-c', '1', '10.0.2.0']);
 */
export async function runIn(namespace: string, argv: readonly string[]): Promise<CommandResult> {
  const { attemptIn } = await import('../netns/namespace.ts');
  const { resolveNamespace } = await import('../netns/resolve.ts');
  return attemptIn(await resolveNamespace(namespace), argv);
}
