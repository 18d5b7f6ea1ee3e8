// The hops of one packet, on the line below tcpdump's.
import { escapeControls } from '../../base/escape-controls.ts';
import { duration } from '../../base/units.ts';
import type { Path } from '../../trace/path.ts';
import * as path from '../../trace/path.ts';
import type { Trace } from '../../trace/trace.ts';
import { changeTexts, dropText } from './names.ts';

const RED = '\x1b[31m';
const YELLOW = '\x1b[33m';
const PLAIN = '\x1b[0m';

/** Writes hops: `pc:eth0 +0 → router:lan +3.1 µs → router:dmz +9.4 µs [ttl 64→63]`. */
export class HopLines {
  private readonly trace: Trace;
  private readonly names: string[];
  private readonly coloured: boolean;
  /** The error of a time at a point, in nanoseconds, against that at another; 0 within one clock. */
  private readonly error: (from: number, to: number) => number;

  constructor(trace: Trace, coloured: boolean, error: (from: number, to: number) => number = () => 0) {
    this.trace = trace;
    this.names = trace.points.map(({ name }) => escapeControls(name));
    this.coloured = coloured;
    this.error = error;
  }

  /** The hops of a packet, without a newline. */
  text(way: Path): string {
    const steps: string[] = [];
    for (let k = 0; k < way.count; k++) steps.push(this.step(way, k));
    let line = steps.join(' → ');
    const last = this.names[way.point[way.lostAfter < 0 ? way.count - 1 : way.lostAfter]];
    switch (way.fate) {
      case path.LOST: {
        const why = way.drop === undefined ? '' : `: ${escapeControls(dropText(way.drop))}`;
        line += ` ${this.paint(RED, `✗ lost after ${last}${why}`)}`;
        break;
      }
      case path.UNKNOWN: {
        const where = way.expected < 0 ? `behind ${last}` : `at ${this.names[way.expected]}`;
        line += ` ${this.paint(YELLOW, `? unknown ${where}`)}`;
        break;
      }
      case path.DUPLICATE:
        line += ` ${this.paint(YELLOW, '(duplicate)')}`;
        break;
      case path.PROXIED:
        line += ` (connection ends at ${last}: proxied)`;
        break;
    }
    return way.ambiguous ? `${line} (one of several equal packets)` : line;
  }

  private step(way: Path, k: number): string {
    const delay = way.time[k] - way.time[0];
    const error = this.error(way.point[0], way.point[k]);
    const inexact = error > 0 ? ` ± ${Number.isFinite(error) ? duration(error) : '?'}` : '';
    let text = `${this.names[way.point[k]]} ${k === 0 ? '+0' : `${signed(delay)}${inexact}`}`;
    if (way.segments[k] > 1) {
      const until =
        way.lastTime[k] > way.time[k] ? `, the last ${signed(way.lastTime[k] - way.time[0])}` : '';
      text += ` (1 → ${way.segments[k]} segments${until})`;
    }
    if (way.merged[k] > 1) text += ` (${way.merged[k]} → 1)`;
    if (way.missing[k] > 0) text += ` ${this.paint(RED, `✗ ${way.missing[k]} of them lost`)}`;
    const changes = changeTexts(this.trace, way, k);
    return changes.length === 0 ? text : `${text} [${changes.join(', ')}]`;
  }

  private paint(colour: string, text: string): string {
    return this.coloured ? `${colour}${text}${PLAIN}` : text;
  }
}

/** `+3.10 µs`; below zero where the clocks of two points differ. */
function signed(nanoseconds: number): string {
  return nanoseconds < 0 ? `-${duration(-nanoseconds)}` : `+${duration(nanoseconds)}`;
}
