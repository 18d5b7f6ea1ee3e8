// Removes a lab: all that it made, and nothing else.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { programEnvironment } from '../binding/system-programs.ts';
import { ipBatch } from '../netns/batch.ts';
import { runnable } from '../netns/command.ts';
import { NAMED } from '../netns/namespace.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import {
  dropRecord,
  fingerprint,
  isAlive,
  type LabRecord,
  markMade,
  recordPath,
  sameFingerprint,
} from './record.ts';
import { type LabSpec, parseEnd } from './spec.ts';

/** Milliseconds given to programs about to end by themselves, such as those started by a command just run in the lab. */
const PASSING = 400;

/** What happened to a lab that was removed. */
export interface Removal {
  name: string;
  /** Namespaces that are gone now. */
  removed: string[];
  /** Namespaces that were gone before, or were replaced by another of the same name that the lab did not make. */
  left: { namespace: string; reason: 'gone' | 'replaced' }[];
  /** Processes that still run in such a namespace, which now has no name and no links. */
  processes: { pid: number; command: string; namespace: string }[];
}

/** Removes the lab: its processes, its namespaces with all that is in them, its record. */
export async function removeLab(record: LabRecord): Promise<Removal> {
  const { spec } = record;
  // Killed between making the namespaces and noting them, a run leaves a record without any.
  if (Object.keys(record.namespaces).length === 0) await markMade(record, Object.keys(spec.namespaces));
  killProcesses(record);
  for (let tries = 0; tries < 100 && record.processes.some(isAlive); tries++) await sleep(10);
  const made = Object.keys(spec.namespaces).filter((name) => isOurs(record, name));
  let processes = processesIn(made);
  for (let passed = 0; passed < PASSING && processes.length > 0; passed += 20) {
    await sleep(20);
    processes = processesIn(made);
  }
  // A namespace lives on while a process is in it, so the links out of it are removed first.
  for (const name of new Set(processes.map((process) => process.namespace))) await unplug(spec, name);
  await ipBatch(
    made.map((name) => ['netns', 'delete', name]),
    undefined,
    { detached: true },
  );
  await dropRecord(spec.name);
  const left = Object.keys(record.namespaces)
    .filter((name) => !made.includes(name))
    .map((namespace) => ({ namespace, reason: fingerprint(namespace) ? 'replaced' : 'gone' }) as const);
  return { name: spec.name, removed: made, left, processes };
}

/** The same synchronously, for use at exit, when nothing asynchronous runs any more. Prints nothing. */
export function removeLabNow(record: LabRecord): void {
  killProcesses(record);
  for (const name of Object.keys(record.spec.namespaces).filter((candidate) => isOurs(record, candidate))) {
    const [program, ...args] = runnable(['ip', 'netns', 'delete', name]);
    spawnSync(program, args, { env: programEnvironment(), stdio: 'ignore' });
  }
  rmSync(recordPath(record.spec.name), { force: true });
}

function isOurs(record: LabRecord, name: string): boolean {
  return sameFingerprint(record.namespaces[name], fingerprint(name));
}

function killProcesses(record: LabRecord): void {
  for (const server of record.processes) if (isAlive(server)) process.kill(server.pid, 'SIGKILL');
}

function processesIn(namespaces: string[]): Removal['processes'] {
  const byInode = new Map(namespaces.map((name) => [statSync(`${NAMED}/${name}`).ino, name]));
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const namespace = byInode.get(statSync(`/proc/${entry}/ns/net`).ino);
        if (namespace === undefined) return [];
        const command = readFileSync(`/proc/${entry}/comm`, 'utf8').trim();
        return [{ pid: Number(entry), command, namespace }];
      } catch {
        return []; // Ended meanwhile, or may not be inspected.
      }
    });
}

async function unplug(spec: LabSpec, name: string): Promise<void> {
  const namespace = await resolveNamespace(name);
  const ends = (spec.links ?? [])
    .flatMap((link) => link.ends.map(parseEnd))
    .filter((end) => end.namespace === name);
  for (const end of ends) {
    // The user may have removed it.
    await ipBatch([['link', 'delete', 'dev', end.interface]], namespace).catch(() => {});
  }
}
