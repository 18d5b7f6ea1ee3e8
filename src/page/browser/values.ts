// The values behind a graph, as a table of the time that it shows.
import { h } from './dom.ts';
import type { Group } from './graph.ts';
import type { Layer } from './layers.ts';
import { table } from './table.ts';

/** Rows of a table of values. */
const ROWS = 500;

export function valueTable(
  group: Group,
  { title, layers, unit }: { title: string; layers: Layer[]; unit: (value: number) => string },
): HTMLElement {
  const [min, max] = group.shown;
  const rows = layers.flatMap(({ name, times, values, ends }) =>
    Array.from(times, (time, i) => ({ name, time, value: values[i], end: ends?.[i] })),
  );
  const shown = rows.filter(({ time }) => time >= min && time <= max).sort((a, b) => a.time - b.time);
  const most = shown.slice(0, ROWS);
  const left = shown.length - most.length;
  return h(
    'div',
    { class: 'scroll', tabindex: 0 },
    table(
      `${title}, from ${min.toFixed(6)} to ${max.toFixed(6)} s${left > 0 ? `; ${left} more rows are not shown: zoom in` : ''}`,
      [
        {
          title: 'time',
          key: ({ time }) => time,
          cell: ({ time }) => `${time.toFixed(9)} s`,
          numeric: true,
        },
        { title: 'what', key: ({ name }) => name },
        { title: 'value', key: ({ value }) => value, cell: ({ value }) => unit(value), numeric: true },
        {
          title: 'to',
          key: ({ end }) => end ?? 0,
          cell: ({ end }) => (end === undefined ? '' : unit(end)),
          numeric: true,
        },
      ],
      most,
    ).element,
  );
}
