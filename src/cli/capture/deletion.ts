// Namespaces that are deleted while something in them is watched.
import { statSync } from 'node:fs';
import { escapeControls } from '../../base/escape-controls.ts';
import type { Namespace } from '../../netns/namespace.ts';

/** Milliseconds between two checks. */
const PAUSE = 500;

/** Whether the namespace was deleted. Sockets, or this process, keep it alive, with its interfaces, but it is unreachable. */
export function isGone({ kind, path, inode, label }: Namespace): boolean {
  if (kind === 'host') return false;
  const watched = kind === 'process' ? `/proc/${label.slice('pid:'.length)}` : path;
  try {
    const found = statSync(watched, { throwIfNoEntry: false });
    return found === undefined || (kind !== 'process' && found.ino !== inode);
  } catch {
    return false; // Permission to inspect it was lost.
  }
}

/** Reports each of the namespaces, once, when it is deleted; calls `allGone` when none is left. Keeps no process alive. */
export function watchDeletion(namespaces: readonly Namespace[], allGone: () => void): void {
  const left = new Map(namespaces.map((netns) => [netns.inode, netns]));
  if (left.size === 0) return;
  const timer = setInterval(() => {
    for (const namespace of left.values()) {
      if (!isGone(namespace)) continue;
      left.delete(namespace.inode);
      process.stderr.write(`nscap: the namespace ${escapeControls(namespace.label)} was deleted\n`);
    }
    if (left.size > 0) return;
    clearInterval(timer);
    allGone();
  }, PAUSE).unref();
}
