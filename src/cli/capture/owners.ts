// The process that has a socket: from /proc, or, once root is given up, from a child that keeps root for this alone.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { spawn } from '../../base/spawn.ts';
import { socketOwners } from '../../netns/socket-owners.ts';
import { childEnvironment, selfArgv } from '../../netns/user.ts';

export interface Owners {
  /** The names of the processes that have these sockets, by inode; without those that are not known. */
  of(inodes: ReadonlySet<number>): Promise<Map<number, string>> | Map<number, string>;
  close(): void;
}

export const OWN: Owners = { of: socketOwners, close: () => {} };

/** A child that keeps this process's privileges. */
export class RootOwners implements Owners {
  private readonly child: ChildProcess;
  private readonly lines: Interface;

  constructor() {
    const [node, ...rest] = selfArgv(['__owners']) as [string, ...string[]];
    this.child = spawn(node, rest, {
      env: childEnvironment(),
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    this.child.stdin!.on('error', () => {}); // It is gone, and its knowledge with it.
    this.lines = createInterface(this.child.stdout!);
    this.child.unref();
  }

  async of(inodes: ReadonlySet<number>): Promise<Map<number, string>> {
    if (this.child.exitCode !== null) return new Map();
    const answer = Promise.race([once(this.lines, 'line'), once(this.child, 'close')]);
    this.child.stdin!.write(`${[...inodes].join(' ')}\n`);
    const [line] = (await answer) as [unknown];
    return typeof line === 'string' ? new Map(JSON.parse(line) as [number, string][]) : new Map();
  }

  close(): void {
    this.child.stdin!.end();
  }
}

/** What that child does: a line of inodes in, a line of names out, until its input ends. */
export async function answerOwners(): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const inodes = new Set(line.split(' ').map(Number).filter(Number.isSafeInteger));
    process.stdout.write(`${JSON.stringify([...socketOwners(inodes)])}\n`);
  }
}
