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
/** Widths of a point and of the line to the next one, and characters of a point's name. */
const POINT = 150;
const HOP = 170;
const NAME = 20;

export function traceSection(trace: Trace): HTMLElement {
  const { hops, packets, complete, lost, lostNotListed, notes } = trace;
  return h(
    'section',
    {},
    h('h2', {}, `Path: ${trace.points.join(' → ')}`),
    h('p', {}, `${format.whole(packets)} packets, ${format.whole(complete)} of them at all points.`),
    ...notes.map((note) => h('p', { class: 'note' }, note)),
    h('div', { class: 'scroll', tabindex: 0 }, pathPicture(trace)),
    waterfall(hops),
    hopTable(hops),
    ...(lost.length === 0 ? [] : [lostTable(lost, lostNotListed)]),
  );
}

/** Points in a row, and between them what hops lose and how long they take: there above the line, and back below. */
function pathPicture({ points, hops }: Trace): Node {
  const parts = points.flatMap((point, i) => {
    const x = i * (POINT + HOP);
    const name = svg('text', { x: x + POINT / 2, y: 48, class: 'point-name' });
    name.textContent = point.length > NAME ? `${point.slice(0, NAME - 1)}…` : point;
    const title = svg('title', {});
    title.textContent = point;
    return [
      svg('g', {}, title, svg('rect', { x, y: 26, width: POINT, height: 34, rx: 4, class: 'point' }), name),
      ...(i + 1 < points.length ? hopPicture(hops, point, points[i + 1], x + POINT) : []),
    ];
  });
  const width = points.length * (POINT + HOP) - HOP;
  return svg(
    'svg',
    {
      viewBox: `-2 0 ${width + 4} 88`,
      width: width + 4,
      height: 88,
      class: 'path',
      role: 'img',
      'aria-label': 'The path with losses and delays of each hop, which the table below has as well',
    },
    ...parts,
  );
}

function hopPicture(hops: readonly Hop[], from: string, to: string, x: number): Node[] {
  const there = hops.find((hop) => hop.from === from && hop.to === to);
  const back = hops.find((hop) => hop.from === to && hop.to === from);
  const loses = (there?.lost ?? 0) + (back?.lost ?? 0) > 0;
  const label = (hop: Hop | undefined, arrow: string, y: number) => {
    if (hop === undefined) return [];
    const words = svg('text', { x: x + HOP / 2, y, class: hop.lost > 0 ? 'hop-label fault' : 'hop-label' });
    const delay = hop.delay === null ? '' : ` ${format.time(hop.delay.p50)}`;
    words.textContent = `${arrow}${delay}${hop.lost > 0 ? `, ${format.whole(hop.lost)} lost` : ''}`;
    return [words];
  };
  return [
    svg('line', { x1: x, y1: 43, x2: x + HOP, y2: 43, class: loses ? 'cable broken' : 'cable' }),
    ...label(there, '→', 34),
    ...label(back, '←', 60),
  ];
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
  const names = Object.keys(shown[0]);
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
