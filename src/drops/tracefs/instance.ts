// A private instance of the kernel's tracing, removed in every case: by a child that waits for the end of this process,
// which its pipe reports however it happens.

import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { spawn } from '../../base/spawn.ts';
import { detachedMount } from '../../binding/mount.ts';
import { programEnvironment } from '../../binding/system-programs.ts';
import { NscapError, reason } from '../../errors.ts';

const MOUNTED = '/sys/kernel/tracing';
/** $0 is the instance. It can be removed only once no process has its files open. */
const KEEPER = `trap '' INT TERM HUP QUIT
mkdir "$0" || exit 1
echo made
read -r _
i=0
while ! rmdir "$0" 2>/dev/null && [ $i -lt 100 ]; do i=$((i + 1)); sleep 0.05; done`;
/** Descriptor in the child of a tracefs that is mounted nowhere. */
const CHILD_ROOT = 3;

let count = 0;

export class TraceInstance {
  readonly path: string;
  private readonly root: number | undefined;
  private readonly keeper: ChildProcess;

  private constructor(path: string, root: number | undefined, keeper: ChildProcess) {
    this.path = path;
    this.root = root;
    this.keeper = keeper;
  }

  /** Creates one. Throws NscapError if that is not allowed, or the kernel has no tracing. */
  static async make(): Promise<TraceInstance> {
    // Processes of other containers, whose ids may equal this one's, share the kernel's instances.
    const name = `nscap-${process.pid}-${++count}-${randomBytes(4).toString('hex')}`;
    const root = existsSync(`${MOUNTED}/instances`) ? undefined : detachedMount('tracefs');
    const inside = root === undefined ? MOUNTED : `/proc/self/fd/${CHILD_ROOT}`;
    const keeper = spawn('/bin/sh', ['-c', KEEPER, `${inside}/instances/${name}`], {
      stdio: ['pipe', 'pipe', 'pipe', root ?? 'ignore'],
      env: programEnvironment(),
      detached: true,
    });
    const exit = once(keeper, 'exit');
    const made = await Promise.race([once(keeper.stdout!, 'data').then(() => true), exit.then(() => false)]);
    if (!made) {
      if (root !== undefined) closeSync(root);
      throw new NscapError('NOT_PERMITTED', "no instance of the kernel's tracing can be made");
    }
    return new TraceInstance(
      `${root === undefined ? MOUNTED : `/proc/self/fd/${root}`}/instances/${name}`,
      root,
      keeper,
    );
  }

  /** Writes a setting. Throws NscapError (KERNEL_LACKS) where the kernel does not take it. */
  set(file: string, value: string): void {
    try {
      writeFileSync(`${this.path}/${file}`, value);
    } catch (error) {
      throw new NscapError('KERNEL_LACKS', `the kernel's tracing does not take ${file}: ${reason(error)}`);
    }
  }

  open(file: string, flags: number): number {
    return openSync(`${this.path}/${file}`, flags);
  }

  /** Removes it; its files must be closed. */
  async remove(): Promise<void> {
    const exit = once(this.keeper, 'exit');
    this.keeper.stdin!.end();
    await exit;
    if (this.root !== undefined) closeSync(this.root);
  }
}
