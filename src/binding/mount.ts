// A file system of the kernel's own without a place in the tree: reached through a descriptor, gone when that is closed.
import { closeSync } from 'node:fs';
import { NscapError } from '../errors.ts';
import { lastFailure } from './libc.ts';
import { koffi } from './load.ts';

/** The same numbers on every architecture, since Linux 5.2. */
const SYS_FSOPEN = 430;
const SYS_FSCONFIG = 431;
const SYS_FSMOUNT = 432;
const CLOEXEC = 1;
const CREATE = 6;

/** Mounts the file system and returns a descriptor of its root. Throws NscapError where that is not allowed. */
export function detachedMount(type: string): number {
  const library = koffi().load(null);
  const byName = library.func('long syscall(long, const char *, unsigned int)');
  const byDescriptor = library.func('long syscall(long, int, unsigned int, unsigned int)');
  const configure = library.func('long syscall(long, int, unsigned int, void *, void *, int)');
  const context = Number(byName(SYS_FSOPEN, type, CLOEXEC));
  if (context < 0) throw failure(type);
  try {
    if (Number(configure(SYS_FSCONFIG, context, CREATE, null, null, 0)) < 0) throw failure(type);
    const root = Number(byDescriptor(SYS_FSMOUNT, context, CLOEXEC, 0));
    if (root < 0) throw failure(type);
    return root;
  } finally {
    closeSync(context);
  }
}

function failure(type: string): NscapError {
  const { code, words } = lastFailure();
  return new NscapError(
    code === 'EPERM' ? 'NOT_PERMITTED' : 'KERNEL_LACKS',
    `${type} cannot be mounted: ${words}`,
  );
}
