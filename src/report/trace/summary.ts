// The end of a trace for people: the path as a picture, what each hop did, and where packets were lost.
import { escapeControls } from '../../base/escape-controls.ts';
import { byteSize, count, duration } from '../../base/units.ts';
import type { Hop } from '../../trace/hops.ts';
import type { Trace } from '../../trace/trace.ts';
import { drawColumns } from '../table.ts';
import { octaves, within } from './document.ts';
import type { TraceLedger } from './ledger.ts';

const BARS = '▁▂▃▄▅▆▇█';

export function traceSummary(trace: Trace, ledger: TraceLedger): string {
  const sections = [counts(trace), hopTable(trace), losses(ledger)];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function counts(trace: Trace): string {
  const { packets, complete, lost, unknown, duplicates, ambiguous } = trace;
  const parts = [`${count(packets, 'packet')}: ${complete} complete`, `${lost} lost`, `${unknown} unknown`];
  if (duplicates > 0) parts.push(count(duplicates, 'duplicate'));
  if (ambiguous > 0) parts.push(`${ambiguous} not told apart from equal ones`);
  return parts.join(', ');
}

function hopTable(trace: Trace): string {
  const hops = trace.hops.all();
  if (hops.length === 0) return '';
  const names = trace.points.map(({ name }) => escapeControls(name));
  const heading = [
    'Hop',
    'Packets',
    'Bytes',
    'Lost',
    'Unknown',
    'Delay min',
    'p50',
    'p99',
    'max',
    'Histogram',
  ];
  const rows = hops.map((hop) => {
    const [p50, p99] = hop.delays.percentiles([0.5, 0.99]);
    const time = (value: number) =>
      hop.delays.count === 0 ? '-' : duration(within(value, hop.min, hop.max));
    return [
      `${names[hop.from]} → ${names[hop.to]}${besides(hop)}`,
      String(hop.packets),
      byteSize(hop.bytes),
      String(hop.lost),
      String(hop.unknown),
      time(hop.min),
      time(p50),
      time(p99),
      time(hop.max),
      bars(hop),
    ];
  });
  return drawColumns([heading, ...rows]);
}

/** What is not there as a rule, and so has no column. */
function besides(hop: Hop): string {
  const parts: string[] = [];
  if (hop.reordered > 0) parts.push(`${hop.reordered} reordered`);
  if (hop.duplicated > 0) parts.push(`${hop.duplicated} duplicated`);
  if (hop.split > 0) parts.push(`${hop.split} split`);
  if (hop.merged > 0) parts.push(`${hop.merged} merged`);
  if (hop.changed > 0) parts.push(`${hop.changed} changed`);
  return parts.length === 0 ? '' : `\n  ${parts.join(', ')}`;
}

/** A bar for each power of two of nanoseconds. */
function bars(hop: Hop): string {
  const packets = octaves(hop.delays).map((octave) => octave.packets);
  const most = Math.max(...packets, 1);
  return packets.map((n) => (n === 0 ? ' ' : BARS[Math.min(Math.floor((n / most) * 8), 7)])).join('');
}

function losses({ lost, lostNotListed }: TraceLedger): string {
  if (lost.length === 0) return '';
  const places = new Map<string, number>();
  for (const { after, expected, reason } of lost) {
    const key = `${after}${expected === null ? '' : ` → ${expected}`}${reason === null ? '' : `: ${reason}`}`;
    places.set(key, (places.get(key) ?? 0) + 1);
  }
  const rows = Array.from(places, ([key, packets]) => [String(packets).padStart(7), escapeControls(key)]);
  rows.sort(([a], [b]) => Number(b) - Number(a));
  const more = lostNotListed === 0 ? '' : `\n${lostNotListed} more lost packets are counted above`;
  return `${drawColumns([['   Lost', 'After'], ...rows])}${more}`;
}
