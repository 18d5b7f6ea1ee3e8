// The end of a trace for people: the path as a picture, what each hop did, and where packets were lost.
import { escapeControls } from '../../base/escape-controls.ts';
import { byteSize, count, duration } from '../../base/units.ts';
import type { Hop } from '../../trace/hops.ts';
import type { Trace } from '../../trace/trace.ts';
import { drawColumns } from '../table.ts';
import { octaves, within } from './document.ts';
import { worstFlows } from './flows.ts';
import type { TraceLedger } from './ledger.ts';
import { pathPicture } from './picture.ts';
import { pointLabels } from './point-labels.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** Flows listed. */
const LISTED = 10;

/** `error`: of a delay between two points, in nanoseconds; 0 within one clock. */
export function traceSummary(
  trace: Trace,
  ledger: TraceLedger,
  error: (from: number, to: number) => number = () => 0,
): string {
  const sections = [
    counts(trace),
    pathPicture(trace),
    hopTable(trace),
    delayTable(trace, error),
    flowTable(trace),
    losses(ledger),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function counts(trace: Trace): string {
  const { packets, complete, lost, unknown, duplicates, ambiguous } = trace;
  const parts = [`${count(packets, 'packet')}: ${complete} complete`, `${lost} lost`, `${unknown} unknown`];
  if (duplicates > 0) parts.push(count(duplicates, 'duplicate'));
  if (ambiguous > 0) parts.push(`${ambiguous} of them one of several equal packets`);
  return parts.join(', ');
}

/** Columns that are there only where there is something in them. */
const RARE = [
  ['Reordered', 'reordered'],
  ['Duplicated', 'duplicated'],
  ['Split', 'split'],
  ['Merged', 'merged'],
  ['Changed', 'changed'],
  ['Ambiguous', 'ambiguous'],
] as const;

function hopTable(trace: Trace): string {
  const hops = trace.hops.all();
  if (hops.length === 0) return '';
  const rare = RARE.filter(([, key]) => hops.some((hop) => hop[key] > 0));
  const heading = ['Hop', 'Packets', 'Bytes', 'Lost', 'Unknown', ...rare.map(([title]) => title)];
  const labels = pointLabels(trace);
  const rows = hops.map((hop) => [
    hopName(labels, hop),
    String(hop.packets),
    byteSize(hop.bytes),
    String(hop.lost),
    String(hop.unknown),
    ...rare.map(([, key]) => String(hop[key])),
  ]);
  return drawColumns([heading, ...rows]);
}

function hopName(labels: readonly string[], { from, to }: Hop): string {
  return `${labels[from]} → ${labels[to]}`;
}

function delayTable(trace: Trace, error: (from: number, to: number) => number): string {
  const hops = trace.hops.all().filter((hop) => hop.delays.count > 0);
  if (hops.length === 0) return '';
  const labels = pointLabels(trace);
  const doubtful = hops.some(({ from, to }) => error(from, to) > 0);
  const rows = hops.map((hop) => {
    const [p50, p99] = hop.delays.percentiles([0.5, 0.99]);
    const doubt = error(hop.from, hop.to);
    return [
      hopName(labels, hop),
      ...[hop.min, p50, p99, hop.max].map((value) => duration(within(value, hop.min, hop.max))),
      ...(doubtful ? [doubt > 0 ? `± ${Number.isFinite(doubt) ? duration(doubt) : '?'}` : ''] : []),
      histogram(hop),
    ];
  });
  return drawColumns([
    ['Delay', 'min', 'p50', 'p99', 'max', ...(doubtful ? ['error'] : []), 'histogram'],
    ...rows,
  ]);
}

/** A bar for each power of two of nanoseconds, with the bounds of the first and the last. */
function histogram(hop: Hop): string {
  const all = octaves(hop.delays);
  const most = Math.max(...all.map(({ packets }) => packets), 1);
  return all
    .map(({ packets }) => (packets === 0 ? ' ' : BARS[Math.min(Math.floor((packets / most) * 8), 7)]))
    .join('');
}

function flowTable(trace: Trace): string {
  const flows = worstFlows(trace, LISTED);
  if (flows.length === 0) return '';
  const labels = pointLabels(trace);
  const label = (name: string) => labels[trace.points.findIndex((point) => point.name === name)];
  const rows = flows.map(({ flow, packets, lost, lostAfter, slowest }) => [
    escapeControls(flow),
    String(packets),
    lostAfter === null ? '0' : `${lost} after ${label(lostAfter)}`,
    slowest === null ? '' : duration(slowest.mean * 1e9),
    slowest === null ? '' : duration(slowest.max * 1e9),
    slowest === null ? '' : label(slowest.to),
  ]);
  return drawColumns([['Worst flows', 'Packets', 'Lost', 'Mean', 'Max', 'Slowest hop to'], ...rows]);
}

function losses({ lost, lostNotListed }: TraceLedger): string {
  if (lost.length === 0) return '';
  const places = new Map<string, number>();
  for (const { after, expected, reason, packets } of lost) {
    const key = `${after}${expected === null ? '' : ` → ${expected}`}${reason === null ? '' : `: ${reason}`}`;
    places.set(key, (places.get(key) ?? 0) + packets);
  }
  const rows = Array.from(places, ([key, packets]) => [String(packets).padStart(7), escapeControls(key)]);
  rows.sort(([a], [b]) => Number(b) - Number(a));
  const more = lostNotListed === 0 ? '' : `\n${lostNotListed} more lost packets are counted above`;
  return `${drawColumns([['   Lost', 'After'], ...rows])}${more}`;
}
