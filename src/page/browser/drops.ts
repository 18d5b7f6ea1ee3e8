// Packets that the kernel dropped.
import type { CaptureData, DropsData } from '../document.ts';
import { h } from './dom.ts';
import * as format from './format.ts';
import { table } from './table.ts';

export function dropsSection({ drops, lines, begin }: CaptureData): HTMLElement[] {
  if (drops === undefined) return [];
  const { packets, harmless, reasons, rules, places, listed } = drops;
  const trouble =
    harmless === 0 ? '' : `, ${harmless === packets ? 'all' : format.whole(harmless)} of them no trouble`;
  const counted = [
    counts(
      'reason',
      reasons.map(({ reason, meaning, packets: many }) => [reason, many, meaning] as const),
    ),
    ...(rules.length === 0
      ? []
      : [
          counts(
            'rule',
            rules.map(({ rule, packets: many }) => [rule, many] as const),
          ),
        ]),
    counts(
      'interface',
      places.map(({ place, packets: many }) => [place, many] as const),
    ),
  ];
  return [
    h(
      'section',
      { class: 'drops' },
      h('h3', {}, 'Packets dropped by the kernel'),
      h('p', {}, `${format.whole(packets)} packets${trouble}.`),
      ...counted,
      list(listed, packets, lines, begin),
    ),
  ];
}

function counts(
  what: string,
  rows: (readonly [name: string, packets: number, meaning?: string])[],
): HTMLElement {
  const { element } = table(
    `Packets by ${what}`,
    [
      { title: what, key: ([name]) => name },
      { title: 'packets', key: ([, many]) => many, cell: ([, many]) => format.whole(many), numeric: true },
      ...(rows.some(([, , meaning]) => meaning !== undefined)
        ? [{ title: 'meaning', key: ([, , meaning]: (typeof rows)[number]) => meaning ?? '' }]
        : []),
    ],
    rows,
  );
  return h('div', { class: 'scroll', tabindex: 0 }, element);
}

function list(
  listed: DropsData['listed'],
  packets: number,
  lines: CaptureData['lines'],
  begin: number | null,
): HTMLElement {
  const left = packets - listed.length;
  const { element } = table(
    left > 0 ? `The first ${listed.length}; ${format.whole(left)} more are not listed` : 'Each of them',
    [
      { title: 'frame', key: ({ frame }) => frame, numeric: true },
      {
        title: 'time',
        key: ({ time }) => time,
        cell: ({ time }) => `${(time - (begin ?? listed[0].time)).toFixed(6)} s`,
        numeric: true,
      },
      { title: 'where', key: ({ place }) => place },
      {
        title: 'reason',
        key: ({ reason, function: by }) => `${reason ?? 'reason unknown'}${by === null ? '' : ` in ${by}`}`,
      },
      { title: 'rule', key: ({ rule }) => rule ?? '' },
      { title: 'packet', key: ({ frame }) => lines[frame] ?? '' },
      { title: 'what it means', key: ({ explanation }) => explanation.join('; ') },
    ],
    listed,
  );
  return h('div', { class: 'scroll', tabindex: 0 }, element);
}
