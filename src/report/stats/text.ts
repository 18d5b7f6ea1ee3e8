// Sections as text for people, with the course of numbers over time as a line of bars on a terminal; and as CSV.
import { largest } from '../../base/largest.ts';
import { terminalWidth } from '../table.ts';
import type { Cell, Section } from './sections.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Line by line. `top`: rows shown at most. `bars`: whether what is drawn is seen. */
export function* sectionLines(section: Section, top: number, bars: boolean): Generator<string> {
  const { title, rows, notes } = section;
  yield title;
  if (rows.length > 0) yield* table(section, top);
  if (rows.length > top) yield `  … and ${rows.length - top} more`;
  if (rows.length === 0 && notes.length === 0) yield '  none';
  if (bars) yield* courses(section);
  for (const note of notes) yield `  ${note}`;
}

/** Not broken to the terminal's width: a table of numbers is read down its columns. */
function* table({ head, rows }: Section, top: number): Generator<string> {
  const widths = head.map((name) => name.length);
  // Numbers stand at the right of their column.
  const right = head.map(() => false);
  for (const row of first(rows, top)) {
    for (const [i, cell] of row.entries()) {
      widths[i] = Math.max(widths[i], text(cell).length);
      right[i] ||= typeof cell === 'number';
    }
  }
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ')}`.trimEnd();
  yield line(head);
  for (const row of first(rows, top)) yield line(row.map(text));
}

function* first<T>(rows: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const row of rows) {
    if (left-- <= 0) return;
    yield row;
  }
}

function text(cell: Cell): string {
  return cell === null ? '-' : typeof cell === 'number' ? plain(cell) : cell;
}

/** A number without an exponent. */
function plain(value: number): string {
  const written = String(value);
  return written.includes('e') ? value.toFixed(9).replace(/\.?0+$/, '') : written;
}

/** The course of each such column, in a line as wide as there is room: several intervals a bar where they are many. */
function courses({ head, rows: all, courses: columns }: Section): string[] {
  if (columns.length === 0 || all.length < 2) return [];
  const rows = [...all];
  const width = Math.max(...columns.map((column) => head[column].length));
  const room = Math.max(10, Math.min(rows.length, terminalWidth() - width - 6));
  return columns.map((column) => {
    const bins = Array.from({ length: room }, (_, bin) => {
      const from = Math.floor((bin * rows.length) / room);
      const to = Math.max(from + 1, Math.floor(((bin + 1) * rows.length) / room));
      return largest(rows.slice(from, to).map((row) => Number(row[column] ?? 0)));
    });
    const most = Math.max(...bins);
    const line = bins
      .map((value) => BARS[most <= 0 ? 0 : Math.max(0, Math.ceil((value / most) * 8) - 1)])
      .join('');
    return `  ${head[column].padEnd(width)}  ${line}`;
  });
}

/** RFC 4180, with `\n`, line by line. Several sections: one behind the other, each with its title in front. */
export function* csvLines(sections: readonly Section[]): Generator<string> {
  for (const [i, { title, keys, rows }] of sections.entries()) {
    if (i > 0) yield '';
    if (sections.length > 1) yield `# ${title}`;
    yield keys.map(quoted).join(',');
    for (const row of rows) yield row.map(quoted).join(',');
  }
}

function quoted(cell: Cell): string {
  if (cell === null) return '';
  const written = typeof cell === 'number' ? plain(cell) : cell;
  return /[",\r\n]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written;
}
