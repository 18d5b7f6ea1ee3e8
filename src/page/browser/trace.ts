// The way of packets from point to point: hops with their losses, and their delays one behind the other.
import type { PageData } from '../document.ts';
import { h, svg } from './dom.ts';
import * as format from './format.ts';
import { table } from './table.ts';

type Trace = NonNullable<PageData['trace']>;
type Hop = Trace['hops'][number];

/** Lost packets that are listed. */
const LOST = 200;
const WIDTH = 1000;
const ROW = 26;

export function traceSection(trace: Trace): HTMLElement {
  const { hops, packets, complete, lost, lostNotListed, notes } = trace;
  return h(
    'section',
    {},
    h('h2', {}, `Path: ${trace.points.join(' → ')}`),
    h('p', {}, `${format.whole(packets)} packets, ${format.whole(complete)} of them at all points.`),
    ...notes.map((note) => h('p', { class: 'note' }, note)),
    waterfall(hops),
    hopTable(hops),
    ...(lost.length === 0 ? [] : [lostTable(lost, lostNotListed)]),
  );
}

/** Each hop's median delay as a bar that begins where the one before ends, from there to the 99th percentile in pale. */
function waterfall(hops: readonly Hop[]): Node {
  const known = hops.flatMap((hop) => (hop.delay === null ? [] : [{ hop, delay: hop.delay }]));
  if (known.length === 0) return h('p', {}, 'No delay is known.');
  const total =
    known.reduce((sum, { delay }) => sum + delay.p50, 0) + Math.max(...known.map(({ delay }) => delay.p99));
  let at = 0;
  const rows = known.flatMap(({ hop, delay }, i) => {
    const x = (at / total) * WIDTH;
    at += delay.p50;
    const width = (value: number) => Math.max(1, (value / total) * WIDTH);
    const y = i * ROW;
    const text = svg('text', { x: 0, y: y + 10, class: 'hop-name' });
    text.textContent = `${hop.from} → ${hop.to}: ${format.time(delay.p50)}, 99 % below ${format.time(delay.p99)}${hop.lost > 0 ? `, ${hop.lost} lost` : ''}`;
    return [
      text,
      svg('rect', { x, y: y + 13, width: width(delay.p99), height: 9, class: 'hop-most' }),
      svg('rect', { x, y: y + 13, width: width(delay.p50), height: 9, class: 'hop' }),
    ];
  });
  return svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${known.length * ROW}`,
      class: 'waterfall',
      role: 'img',
      'aria-label': 'Delays of the hops, which the table below has as well',
    },
    ...rows,
  );
}

function hopTable(hops: readonly Hop[]): HTMLElement {
  const delay = (title: string, key: 'min' | 'p50' | 'p99' | 'max') => ({
    title,
    key: (hop: Hop) => hop.delay?.[key] ?? -1,
    cell: (hop: Hop) => format.time(hop.delay?.[key]),
    numeric: true,
  });
  const { element } = table(
    'Hops',
    [
      { title: 'from', key: ({ from }: Hop) => from },
      { title: 'to', key: ({ to }: Hop) => to },
      { title: 'packets', key: ({ packets }: Hop) => packets, numeric: true },
      { title: 'lost', key: ({ lost }: Hop) => lost, numeric: true },
      { title: 'unknown', key: ({ unknown }: Hop) => unknown, numeric: true },
      { title: 'reordered', key: ({ reordered }: Hop) => reordered, numeric: true },
      { title: 'changed', key: ({ changed }: Hop) => changed, numeric: true },
      delay('least', 'min'),
      delay('median', 'p50'),
      delay('99 %', 'p99'),
      delay('most', 'max'),
    ],
    hops,
  );
  return h('div', { class: 'scroll', tabindex: 0 }, element);
}

function lostTable(lost: Trace['lost'], left: number): HTMLElement {
  const shown = lost.slice(0, LOST);
  const more = lost.length - shown.length + left;
  const names = Object.keys(shown[0]!);
  const { element } = table(
    `Lost packets${more > 0 ? `; ${format.whole(more)} more are not listed` : ''}`,
    names.map((name) => ({
      title: name,
      key: (row: Record<string, unknown>) =>
        typeof row[name] === 'number' ? (row[name] as number) : text(row[name]),
      cell: (row: Record<string, unknown>) => text(row[name]),
    })),
    shown as unknown as Record<string, unknown>[],
  );
  return h('div', { class: 'scroll', tabindex: 0 }, element);
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? Object.values(value).join(', frame ') : String(value);
}
