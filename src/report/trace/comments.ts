// What the file of a trace says of a packet, at the records that show it.
import { duration } from '../../base/units.ts';
import type { Path } from '../../trace/path.ts';
import * as path from '../../trace/path.ts';
import type { Trace } from '../../trace/trace.ts';
import { changeTexts, dropText } from './names.ts';

/** Called with a comment on the `number`th record of a point. */
export type Say = (point: number, number: number, comment: string) => void;

/** Says of a packet where it was lost, what was changed, and what took longer than `slow` nanoseconds. */
export function commentOn(trace: Trace, way: Path, slow: number, say: Say): void {
  const name = (k: number) => trace.points[way.point[k]].name;
  const { count } = way;
  for (let k = 1; k < count; k++) {
    const here = (text: string) => say(way.point[k], way.frame[k], text);
    const isChanged = (way.changes[k] & ~path.CHANGED_TTL) !== 0;
    // Of each segment, for each is a packet that may be looked for.
    for (let n = 0; n < way.segments[k] && (isChanged || way.segments[k] > 1); n++) {
      const frame = way.segments[k] > 1 ? way.parts[way.partsFrom[k] + n] : way.frame[k];
      if (isChanged)
        say(way.point[k], frame, `changed since ${name(k - 1)}: ${changeTexts(trace, way, k).join(', ')}`);
      if (way.segments[k] > 1)
        say(way.point[k], frame, `1 → ${way.segments[k]} segments since ${name(k - 1)}`);
    }
    if (way.merged[k] > 1) here(`${way.merged[k]} → 1 since ${name(k - 1)}`);
    if (way.missing[k] > 0) here(`${way.missing[k]} of them lost after ${name(k - 1)}`);
    const delay = way.time[k] - way.time[k - 1];
    if (delay > slow) here(`slow: ${duration(delay)} since ${name(k - 1)}`);
  }
  // Where it came in pieces, those that are missing were lost behind the one before.
  const last = way.lostAfter < 0 ? count - 1 : way.lostAfter;
  const here = (text: string) => say(way.point[last], way.frame[last], text);
  if (way.fate === path.LOST) {
    here(`lost after ${name(last)}${way.drop === undefined ? '' : `: ${dropText(way.drop)}`}`);
  } else if (way.fate === path.UNKNOWN) {
    here(`unknown whether it came ${way.expected < 0 ? 'further' : `to ${trace.points[way.expected].name}`}`);
  } else if (way.fate === path.DUPLICATE) here('duplicate');
}
