// The records of the labs that are up: one file /run/nscap/labs/NAME.json each. /run is emptied when the machine starts,
// as namespaces are, so no record outlives its lab by more than a crash.

import { readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { NscapError } from '../errors.ts';
import { notPermitted } from '../netns/command.ts';
import { NAMED } from '../netns/namespace.ts';
import { processStat } from '../netns/process.ts';
import type { LabSpec } from './spec.ts';

const RECORDS = '/run/nscap/labs';

/** Distinguishes a namespace from a later one of the same name: the kernel sets both when it creates the namespace file. */
interface Fingerprint {
  inode: string;
  /** ctime in nanoseconds. */
  changed: string;
}

/** A process that a lab started: a listener. */
export interface LabProcess {
  pid: number;
  /** In clock ticks since the machine started; with it the pid means this process and no later one. */
  started: string;
  namespace: string;
  /** "PORT" or "ADDRESS:PORT". */
  listens: string;
}

export interface LabRecord {
  version: 1;
  spec: LabSpec;
  /** `making` until all is there: a record that stays so is of a half-made lab. */
  state: 'making' | 'up';
  /** Made for one run of a command, which removes it. */
  temporary: boolean;
  /** The process that made it, in the same words as LabProcess. */
  owner: { pid: number; started: string };
  /** When, in ISO 8601. */
  since: string;
  namespaces: Record<string, Fingerprint>;
  /** By namespace: the firewall as nft listed it once it was loaded. */
  firewalls: Record<string, string>;
  processes: LabProcess[];
  /** What `lab break` did to it, in order. */
  broken: { kind: string; sentence: string }[];
}

/** The records there are, by name. */
export async function labRecords(): Promise<LabRecord[]> {
  const names = await readdir(RECORDS).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const records = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readRecord(name.slice(0, -'.json'.length))),
  );
  return records
    .filter((record) => record !== undefined)
    .sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}

/** The record of the lab of that name, undefined if there is none. */
export async function readRecord(name: string): Promise<LabRecord | undefined> {
  try {
    return JSON.parse(await readFile(recordPath(name), 'utf8')) as LabRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
    throw new NscapError('BAD_RECORD', `${recordPath(name)} is damaged`, {
      hint: `remove it, and the lab's namespaces with ip netns delete`,
    });
  }
}

/**
 * Writes the first record of a lab, which at the same time reserves its name.
 * @throws NscapError LAB_EXISTS, NOT_PERMITTED
 */
export async function reserve(record: LabRecord): Promise<void> {
  try {
    await mkdir(RECORDS, { recursive: true });
    await writeFile(recordPath(record.spec.name), JSON.stringify(record), { flag: 'wx' });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      throw notPermitted('making a lab needs root');
    if (code === 'EEXIST') throw await taken(record.spec.name);
    throw error;
  }
}

/** Replaces the record, as a whole or not at all. */
export async function updateRecord(record: LabRecord): Promise<void> {
  const path = recordPath(record.spec.name);
  const draft = `${path}.${process.pid}`;
  // Of a process that was killed and had this one's id.
  await rm(draft, { force: true });
  await writeFile(draft, JSON.stringify(record), { flag: 'wx' });
  await rename(draft, path);
}

/** Adds the processes that another run of nscap has since noted in the lab's record. Synchronous, for use at exit. */
export function adoptProcesses(record: LabRecord): void {
  try {
    const noted = JSON.parse(readFileSync(recordPath(record.spec.name), 'utf8')) as LabRecord;
    if (noted.since === record.since && noted.owner.pid === record.owner.pid)
      record.processes = noted.processes;
  } catch {
    // No record, no other run.
  }
}

export async function dropRecord(name: string): Promise<void> {
  await rm(recordPath(name), { force: true });
}

/**
 * Notes in the record which of the namespaces are the lab's. None of the names was there when the record was reserved, so
 * one that is older than the record (by the clock that stamps both) is another's, made at the same moment.
 */
export async function markMade(record: LabRecord, names: readonly string[]): Promise<void> {
  const reserved = await stat(recordPath(record.spec.name), { bigint: true });
  for (const name of names) {
    const found = fingerprint(name);
    if (found !== undefined && BigInt(found.changed) >= reserved.mtimeNs) record.namespaces[name] = found;
  }
  await updateRecord(record);
}

/** The fingerprint of the namespace of that name, undefined if there is none. */
export function fingerprint(namespace: string): Fingerprint | undefined {
  const found = statSync(`${NAMED}/${namespace}`, { bigint: true, throwIfNoEntry: false });
  return found && { inode: String(found.ino), changed: String(found.ctimeNs) };
}

export function sameFingerprint(a: Fingerprint | undefined, b: Fingerprint | undefined): boolean {
  return a !== undefined && a.inode === b?.inode && a.changed === b.changed;
}

/** When a process started, in the words of ProcessStat; undefined: it is gone. */
export function processStart(pid: number): string | undefined {
  const stat = processStat(pid);
  return stat?.state === 'Z' ? undefined : stat?.started;
}

/** Whether the process still runs, and isn't a later one with its number. */
export function isAlive(process: { pid: number; started: string }): boolean {
  return processStart(process.pid) === process.started;
}

/** Whether a lab was left half-made, or outlived the command it was made for. */
export function isLeftover(record: LabRecord): boolean {
  return (record.state === 'making' || record.temporary) && !isAlive(record.owner);
}

export function recordPath(name: string): string {
  return `${RECORDS}/${name}.json`;
}

async function taken(name: string): Promise<NscapError> {
  const record = await readRecord(name);
  const half = record !== undefined && isLeftover(record);
  return new NscapError(
    'LAB_EXISTS',
    half
      ? `a half-made lab '${name}' exists, left by a run that was killed`
      : `the lab '${name}' is up already`,
    { hint: `nscap lab down ${name} removes it${half ? '' : '; nscap lab status shows it'}` },
  );
}
