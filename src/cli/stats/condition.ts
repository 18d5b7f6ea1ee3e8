// A display filter of a statistic or of one of its columns.
import type { Dissection } from '../../fields/dissection.ts';
import { displayFilter } from '../../fields/filter/compile.ts';

/** A display filter. */
export interface Condition {
  text: string;
  /** Undefined: every packet. */
  takes: ((packet: Dissection) => boolean) | undefined;
  /** What the dissection must keep for it: bits of fields/needs.ts. */
  needs: number;
}

/** @throws NscapError USAGE where it does not compile */
export async function condition(text: string | undefined): Promise<Condition> {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return { text: '', takes: undefined, needs: 0 };
  return { text: trimmed, ...(await displayFilter(trimmed)) };
}
