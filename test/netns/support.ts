// What the tests of this folder share: names that no other test has, and namespaces that are gone at the end.
import { spawnSync } from 'node:child_process';

let count = 0;
/** A namespace name that is this test's alone. */
export function uniqueName(kind = 'x'): string {
  count += 1;
  return `nst-${process.pid}-${kind}${count}`;
}

/** Runs a command and answers what it printed; throws with its own words when it fails. */
export function sh(...argv: string[]): string {
  const result = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

/** Removes namespaces, those that are not there as well. */
export function removeNamespaces(...names: string[]): void {
  for (const name of names) spawnSync('ip', ['netns', 'delete', name]);
}

/** The error that a promise is rejected with. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error, but all went well');
}
