// The page of `nscap fleet report`: tables and bars. It needs no program, only markup.
import { escapeControls } from '../base/escape-controls.ts';
import { largest } from '../base/largest.ts';
import type { AnswerTable, Value } from '../report/answer.ts';
import { documentHtml, escaped } from './html.ts';

export interface FleetSection {
  title: string;
  /** What the table shows. */
  meaning: string;
  table: AnswerTable;
  /** The column that bars are drawn of. */
  bars: string;
  sql: string;
}

export interface FleetPage {
  title: string;
  /** What was asked, and when. */
  facts: readonly string[];
  sections: readonly FleetSection[];
  cell(value: Value, column: string): string;
}

const STYLE = `:root { color-scheme: light dark; --quiet: #57606a; --grid: #d8dce1; --bar: #0b4a8f; }
@media (prefers-color-scheme: dark) { :root { --quiet: #a8b0b9; --grid: #3a424b; --bar: #8ab4f8; } }
body { margin: 0 auto; padding: 0 1rem 3rem; max-width: 1600px; font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 0.25rem; }
p, summary { color: var(--quiet); margin: 0 0 0.5rem; }
nav a { margin-right: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.6rem; border-bottom: 1px solid var(--grid); text-align: left; white-space: nowrap; }
td.wide { white-space: normal; min-width: 20rem; }
th.number, td.number { text-align: right; }
svg { width: 7rem; height: 0.7rem; display: block; } rect { fill: var(--bar); }
pre { overflow-x: auto; border: 1px solid var(--grid); padding: 0.5rem; }`;

/** Longer texts may be broken into lines. */
const WIDE = 60;

/** The whole page. What comes from packets, hosts and captures is in it as text. */
export function fleetHtml(page: FleetPage): string {
  const links = page.sections.map(({ title }, i) => `<a href="#s${i}">${text(title)}</a>`);
  const body = `<header>
<h1>${text(page.title)}</h1>
${page.facts.map((fact) => `<p>${text(fact)}</p>`).join('\n')}
<nav>${links.join(' ')}</nav>
</header>
<main>
${page.sections.map((section, i) => sectionHtml(page, section, i)).join('\n')}
</main>`;
  return documentHtml({ title: escapeControls(page.title), style: STYLE, body });
}

function text(plain: string): string {
  return escaped(escapeControls(plain));
}

function sectionHtml(
  { cell }: FleetPage,
  { title, meaning, table, bars, sql }: FleetSection,
  at: number,
): string {
  const head = `<section id="s${at}">
<h2>${text(title)}</h2>
<p>${text(meaning)}</p>`;
  const query = `<details><summary>The query</summary><pre>${sql.split('\n').map(text).join('\n')}</pre></details>
</section>`;
  const { columns, rows } = table;
  if (rows.length === 0) return `${head}\n<p>No rows.</p>\n${query}`;
  const barred = columns.indexOf(bars);
  const most = barred < 0 ? 0 : largest(rows.map((row) => Number(row[barred])));
  const numeric = columns.map((_, i) => rows.some((row) => /^(number|bigint)$/.test(typeof row[i])));
  const kind = (i: number) => (numeric[i] ? ' class="number"' : '');
  const heads = columns.map((name, i) => `<th scope="col"${kind(i)}>${text(name.replaceAll('_', ' '))}</th>`);
  const lines = rows.map((row) => {
    const cells = row.map((value, i) => {
      const shown = cell(value, columns[i]);
      return `<td${shown.length > WIDE ? ' class="wide"' : kind(i)}>${text(shown)}</td>`;
    });
    return `<tr>${cells.join('')}${most > 0 ? `<td>${bar(Number(row[barred]) / most)}</td>` : ''}</tr>`;
  });
  return `${head}
<div class="scroll"><table>
<thead><tr>${heads.join('')}${most > 0 ? '<td></td>' : ''}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody>
</table></div>
${query}`;
}

function bar(share: number): string {
  const width = Math.round(Math.max(0, Math.min(1, share)) * 1000) / 10;
  return `<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="10"/></svg>`;
}
