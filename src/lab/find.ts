// Which lab is meant.
import { NscapError } from '../errors.ts';
import { ancestors } from '../netns/process.ts';
import { isAlive, isLeftover, type LabRecord, labRecords } from './record.ts';

/** The lab that is called `word`, or that has the namespace `word`. @throws NscapError UNKNOWN_LAB */
export async function findLab(word: string): Promise<LabRecord> {
  const records = await labRecords();
  const found =
    records.find((record) => record.spec.name === word) ??
    records.find((record) => Object.hasOwn(record.spec.namespaces, word));
  if (found !== undefined) return found;
  throw new NscapError('UNKNOWN_LAB', `there is no lab '${word}'`, { hint: known(records) });
}

/**
 * The lab that is up, where there is only one: of those made for a single run of a command just the one we run in counts
 * (`lab shell`), and those that outlived theirs.
 * @throws NscapError UNKNOWN_LAB when there is none, AMBIGUOUS_LAB when there are several.
 */
export async function onlyLab(): Promise<LabRecord> {
  const records = (await labRecords()).filter((record) => stands(record) || isAround(record));
  if (records.length === 1) return records[0];
  if (records.length === 0) {
    throw new NscapError('UNKNOWN_LAB', 'no lab is up', { hint: 'nscap lab up makes the pair ns1 and ns2' });
  }
  throw new NscapError('AMBIGUOUS_LAB', `several labs are up: say which`, { hint: known(records) });
}

/** The labs that only a person removes. */
export async function standingLabs(): Promise<LabRecord[]> {
  return (await labRecords()).filter(stands);
}

/**
 * The lab to remove if none is named: the only one that is up, even if this process runs in another.
 * @throws as onlyLab and checkRemovable
 */
export async function onlyRemovable(): Promise<LabRecord> {
  const records = await standingLabs();
  const record = records.length === 1 ? records[0] : await onlyLab();
  checkRemovable(record);
  return record;
}

/** @throws NscapError LAB_IN_USE for a lab in whose shell (or command) this process runs: the lab ends with that */
export function checkRemovable(record: LabRecord): void {
  if (!isAround(record)) return;
  throw new NscapError('LAB_IN_USE', `this shell runs in the lab ${record.spec.name}, which ends with it`, {
    hint: 'exit leaves and removes it; nscap lab shell makes it anew',
  });
}

function stands(record: LabRecord): boolean {
  return !record.temporary || isLeftover(record);
}

/** Whether the lab was made for the command that this process runs in. */
function isAround(record: LabRecord): boolean {
  return record.temporary && isAlive(record.owner) && ancestors().includes(record.owner.pid);
}

function known(records: LabRecord[]): string {
  return records.length === 0
    ? 'no lab is up'
    : `those that are up: ${records.map((record) => record.spec.name).join(', ')}`;
}
