// The points of a trace and the hops between them, as a picture in text.
import type { Hop } from '../../trace/hops.ts';
import type { Trace } from '../../trace/trace.ts';
import { pointTitle } from './point-labels.ts';

/**
 * Points below each other, between them what went down and up. Where several come behind one, all but the first branch off:
 * ```
 * pc:eth0
 *  │  ↓ 425 packets   ↑ 904
 * router:lan
 * ```
 */
export function pathPicture(trace: Trace): string {
  const { points } = trace;
  const seen = new Set<number>();
  const lines: string[] = [];
  for (let point = 0; point < points.length; point++) {
    if (!seen.has(point) && neighbours(trace, point).length > 0) draw(trace, point, '  ', seen, lines);
  }
  for (let point = 0; point < points.length; point++) {
    if (seen.has(point)) continue;
    const records = trace.records[point];
    lines.push(
      `  ${pointTitle(trace, point)}   ${records === 0 ? 'saw no packet' : 'saw no packet of another point'}`,
    );
  }
  return lines.join('\n');
}

/** Points that packets went to or came from, in the order given. */
function neighbours({ points, hops }: Trace, point: number): number[] {
  return points
    .map((_, other) => other)
    .filter(
      (other) => other !== point && (hops.known(point, other) ?? hops.known(other, point)) !== undefined,
    );
}

function draw(trace: Trace, point: number, indent: string, seen: Set<number>, lines: string[]): void {
  seen.add(point);
  lines.push(`${indent}${pointTitle(trace, point)}`);
  for (;;) {
    const next = neighbours(trace, point).filter((other) => !seen.has(other));
    if (next.length === 0) return;
    // The last goes straight on; those before are branches, which are drawn to their ends.
    const [first, ...more] = next;
    const branch = more.length > 0 ? `${indent} │  ` : indent;
    lines.push(`${indent}${more.length > 0 ? ' ├──' : ' │ '} ${between(trace, point, first)}`);
    draw(trace, first, branch, seen, lines);
  }
}

/** `↓ 425 packets, 5 lost   ↑ 904` */
function between(trace: Trace, from: number, to: number): string {
  const { hops } = trace;
  return [arrow('↓', hops.known(from, to)), arrow('↑', hops.known(to, from))].filter(Boolean).join('   ');
}

function arrow(sign: string, hop: Hop | undefined): string {
  if (hop === undefined) return '';
  const lost = hop.lost > 0 ? `, ✗ ${hop.lost} lost` : '';
  const unknown = hop.unknown > 0 ? `, ? ${hop.unknown} unknown` : '';
  return `${sign} ${hop.packets}${lost}${unknown}`;
}
