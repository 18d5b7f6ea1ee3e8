// The way of packets from point to point: hops with their losses, and their delays one behind the other.
import type { PageData } from '../document.ts';
import { h, svg } from './dom.ts';
import * as format from './format.ts';
import { table } from './table.ts';

type Trace = NonNullable<PageData['trace']>;
type Hop = Trace['hops'][number];

/** Lost packets that are listed. */
const LOST = 200;
/** Widths of a point and of the line to the next one, and characters of a point's name. */
const POINT = 150;
const HOP = 170;
const NAME = 20;

/** `begin`: when the first capture begins, in seconds since 1970, which times count from as graphs do. */
export function traceSection(trace: Trace, begin: number): HTMLElement {
  const { packets, complete, lost, notes } = trace;
  return h(
    'section',
    {},
    h('h2', {}, `Path: ${trace.points.join(' → ')}`),
    h('p', {}, `${format.whole(packets)} packets, ${format.whole(complete)} of them at all points.`),
    ...notes.map((note) => h('p', { class: 'note' }, note)),
    pathPicture(trace),
    waterfall(trace),
    hopTable(inOrder(trace)),
    ...(lost.length === 0 ? [] : [lostTable(trace, begin)]),
  );
}

/** Points in a row, and between them what hops lose and how long they take: there above the line, and back below. */
function pathPicture({ points, hops }: Trace): Node {
  const parts = points.map((point, i) => {
    const name = svg('text', { x: POINT / 2, y: 28, class: 'point-name' });
    name.textContent = point.length > NAME ? `${point.slice(0, NAME - 1)}…` : point;
    const title = svg('title', {});
    title.textContent = point;
    const isLast = i + 1 === points.length;
    const width = isLast ? POINT : POINT + HOP;
    return svg(
      'svg',
      { viewBox: `0 0 ${width} 48`, width, height: 48 },
      svg(
        'g',
        {},
        title,
        svg('rect', { x: 1, y: 6, width: POINT - 2, height: 34, rx: 4, class: 'point' }),
        name,
      ),
      ...(isLast ? [] : hopPicture(hops, point, points[i + 1])),
    );
  });
  return h(
    'div',
    {
      class: 'path',
      role: 'img',
      'aria-label': 'The path with losses and delays of each hop, which the table below has as well',
    },
    ...parts,
  );
}

function hopPicture(hops: readonly Hop[], from: string, to: string): Node[] {
  const there = hops.find((hop) => hop.from === from && hop.to === to);
  const back = hops.find((hop) => hop.from === to && hop.to === from);
  const loses = (there?.lost ?? 0) + (back?.lost ?? 0) > 0;
  const label = (hop: Hop | undefined, arrow: string, y: number) => {
    if (hop === undefined) return [];
    const words = svg('text', {
      x: POINT + HOP / 2,
      y,
      class: hop.lost > 0 ? 'hop-label fault' : 'hop-label',
    });
    const delay = hop.delay === null ? '' : ` ${format.time(hop.delay.p50)}`;
    words.textContent = `${arrow}${delay}${hop.lost > 0 ? `, ${format.whole(hop.lost)} lost` : ''}`;
    return [words];
  };
  return [
    svg('line', { x1: POINT, y1: 23, x2: POINT + HOP, y2: 23, class: loses ? 'cable broken' : 'cable' }),
    ...label(there, '→', 14),
    ...label(back, '←', 40),
  ];
}

/** Hops in the order in which a packet passes them: there, and then back. */
function inOrder({ points, hops }: Trace): Hop[] {
  const place = new Map(points.map((point, i) => [point as string, i]));
  const of = ({ from, to }: Hop): [back: boolean, place: number] => {
    const [first, last] = [place.get(from) ?? 0, place.get(to) ?? 0];
    return first < last ? [false, first] : [true, -first];
  };
  return [...hops].sort((one, other) => {
    const [[back, at], [otherBack, otherAt]] = [of(one), of(other)];
    return Number(back) - Number(otherBack) || at - otherAt;
  });
}

/** Each hop's median delay as a bar that begins where the one before ends, from there to the 99th percentile in pale. */
function waterfall(trace: Trace): Node {
  const known = inOrder(trace).flatMap((hop) => (hop.delay === null ? [] : [{ hop, delay: hop.delay }]));
  if (known.length === 0) return h('p', {}, 'No delay is known.');
  const total =
    known.reduce((sum, { delay }) => sum + delay.p50, 0) + Math.max(...known.map(({ delay }) => delay.p99));
  const share = (value: number) => `${(100 * value) / Math.max(total, 1e-12)}%`;
  let at = 0;
  const rows = known.flatMap(({ hop, delay }) => {
    const begin = { x: share(at), y: 0, height: 9 };
    at += delay.p50;
    return [
      h(
        'p',
        {},
        `${hop.from} → ${hop.to}: ${format.time(delay.p50)}, 99 % below ${format.time(delay.p99)}${hop.lost > 0 ? `, ${format.whole(hop.lost)} lost` : ''}`,
      ),
      svg(
        'svg',
        { width: '100%', height: 9, 'aria-hidden': 'true' },
        svg('rect', { ...begin, width: share(delay.p99), class: 'hop-most' }),
        svg('rect', { ...begin, width: share(delay.p50), class: 'hop' }),
      ),
    ];
  });
  return h('div', { class: 'waterfall' }, ...rows);
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

function lostTable({ lost, lostNotListed }: Trace, begin: number): HTMLElement {
  const shown = lost.slice(0, LOST);
  const more = lost.length - shown.length + lostNotListed;
  const from = Number.isFinite(begin) ? begin : shown[0].time;
  const { element } = table(
    `Lost packets${more > 0 ? `; ${format.whole(more)} more are not listed` : ''}`,
    [
      { title: 'frame', key: ({ frame }) => frame, numeric: true },
      {
        title: 'time',
        key: ({ time }) => time,
        cell: ({ time }) => `${(time - from).toFixed(6)} s`,
        numeric: true,
      },
      { title: 'packets', key: ({ packets }) => packets, numeric: true },
      { title: 'seen last at', key: ({ after }) => after },
      { title: 'expected at', key: ({ expected }) => expected ?? '' },
      { title: 'reason', key: ({ reason }) => reason ?? 'reason unknown' },
      { title: 'packet', key: ({ flow }) => flow ?? '' },
      { title: 'seen first', key: ({ first }) => `${first.point}, frame ${first.frame}` },
    ],
    shown,
  );
  return h('div', { class: 'scroll', tabindex: 0 }, element);
}
