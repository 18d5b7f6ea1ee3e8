// Sections as text for people, with the course of numbers over time as a line of bars on a terminal; and as CSV.
import { largest } from '../../base/largest.ts';
import { terminalWidth } from '../table.ts';
import type { Cell, Section } from './sections.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** `top`: rows shown at most. `bars`: whether what is drawn is seen. */
export function sectionText(section: Section, top: number, bars: boolean): string {
  const { title, head, rows, notes } = section;
  const shown = rows.slice(0, top);
  const lines = [title];
  if (rows.length > 0) {
    // Numbers stand at the right of their column.
    const right = head.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
    const cells = [head as readonly string[], ...shown.map((row) => row.map(text))];
    const widths = head.map((_, i) => largest(cells.map((row) => row[i].length)));
    // Not broken to the terminal's width: a table of numbers is read down its columns.
    for (const row of cells) {
      const line = row.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])));
      lines.push(`  ${line.join('  ').trimEnd()}`);
    }
  }
  if (rows.length > shown.length) lines.push(`  … and ${rows.length - shown.length} more`);
  if (rows.length === 0 && notes.length === 0) lines.push('  none');
  if (bars) lines.push(...courses(section));
  for (const note of notes) lines.push(`  ${note}`);
  return `${lines.join('\n')}\n`;
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
function courses({ head, rows, courses: columns }: Section): string[] {
  if (rows.length < 2) return [];
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

/** RFC 4180, with `\n`. Several sections: one behind the other, each with its title in front. */
export function sectionsCsv(sections: readonly Section[]): string {
  return sections
    .map((section) => {
      const lines = [section.keys, ...section.rows].map((row) => row.map(quoted).join(','));
      return `${sections.length > 1 ? `# ${section.title}\n` : ''}${lines.join('\n')}\n`;
    })
    .join('\n');
}

function quoted(cell: Cell): string {
  if (cell === null) return '';
  const written = typeof cell === 'number' ? plain(cell) : cell;
  return /[",\r\n]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written;
}
