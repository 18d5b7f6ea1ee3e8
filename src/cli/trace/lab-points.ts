// All links of a lab as points: `nscap trace --lab`.
import { NscapError } from '../../errors.ts';
import { findLab, onlyLab } from '../../lab/find.ts';
import type { LabRecord } from '../../lab/record.ts';
import { type CapturePoint, resolvePoint } from './point.ts';

/** Both ends of each cable, in the order in which the lab declares them. @throws NscapError UNKNOWN_LAB, AMBIGUOUS_LAB, NO_PATH */
export async function labPoints(name: string | undefined): Promise<CapturePoint[]> {
  const record = name === undefined ? await onlyLab() : await findLab(name);
  return pointsOf(record);
}

async function pointsOf({ spec }: LabRecord): Promise<CapturePoint[]> {
  const ends = (spec.links ?? []).flatMap((link) => link.ends);
  if (ends.length === 0) throw new NscapError('NO_PATH', `the lab ${spec.name} has no links`);
  return Promise.all(ends.map(resolvePoint));
}

/** Whether a lab is called so, or has a namespace of that name. */
export async function isLab(name: string): Promise<boolean> {
  try {
    await findLab(name);
    return true;
  } catch (error) {
    if (error instanceof NscapError && error.code === 'UNKNOWN_LAB') return false;
    throw error;
  }
}
