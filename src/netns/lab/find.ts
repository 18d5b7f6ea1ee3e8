// Which lab is meant.
import { NscapError } from '../../errors.ts';
import { isLeftover, type LabRecord, labRecords } from './record.ts';

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
 * The lab that is up, where there is only one that was not made for a single run of a command (or was, and outlived it).
 * @throws NscapError UNKNOWN_LAB when there is none, AMBIGUOUS_LAB when there are several.
 */
export async function onlyLab(): Promise<LabRecord> {
  const records = await standingLabs();
  if (records.length === 1) return records[0]!;
  if (records.length === 0) {
    throw new NscapError('UNKNOWN_LAB', 'no lab is up', { hint: 'nscap lab up makes the pair ns1 and ns2' });
  }
  throw new NscapError('AMBIGUOUS_LAB', `several labs are up: say which`, { hint: known(records) });
}

/** The labs that nothing will remove unless it is told to. */
export async function standingLabs(): Promise<LabRecord[]> {
  return (await labRecords()).filter((record) => !record.temporary || isLeftover(record));
}

function known(records: LabRecord[]): string {
  return records.length === 0
    ? 'no lab is up'
    : `those that are up: ${records.map((one) => one.spec.name).join(', ')}`;
}
