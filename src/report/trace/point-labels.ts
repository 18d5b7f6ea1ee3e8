// What points are called in tables, which have little room.
import { escapeControls } from '../../base/escape-controls.ts';
import type { Trace } from '../../trace/trace.ts';

/** Characters that the two names of a hop may take. */
const MOST = 36;

/** By point: its name, or `[1]` where the names of a hop would leave no room for its numbers. */
export function pointLabels({ points }: Trace): string[] {
  const names = points.map(({ name }) => escapeControls(name));
  const [first = 0, second = 0] = names.map(({ length }) => length).sort((a, b) => b - a);
  return first + second <= MOST ? names : names.map((_, point) => `[${point + 1}]`);
}

/** A point where all are listed: its name, and before it what tables call it, if that is another. */
export function pointTitle(trace: Trace, point: number): string {
  const name = escapeControls(trace.points[point].name);
  const label = pointLabels(trace)[point];
  return label === name ? name : `${label} ${name}`;
}
