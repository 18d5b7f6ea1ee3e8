// The statistic io: packets and bytes, or calculations on a field, by interval.
import { usageError } from '../../errors.ts';
import { findField, nearestField } from '../../fields/catalogue.ts';
import { intervalSection } from '../../report/stats/sections.ts';
import {
  CALCULATIONS,
  type Calculation,
  type ColumnRequest,
  Intervals,
  isCalculable,
} from '../../stats/intervals.ts';
import { type Condition, condition } from './condition.ts';
import type { Shown } from './shown.ts';

const MOST_COLUMNS = 64;

/** @throws NscapError USAGE where a column is none */
export async function intervals(microseconds: number, columns: readonly string[]): Promise<Shown> {
  if (columns.length > MOST_COLUMNS) throw usageError(`more than ${MOST_COLUMNS} columns`);
  const parsed = await Promise.all(columns.map(columnOf));
  const needs = parsed.reduce((all, { filter }) => all | filter.needs, 0);
  const statistic = new Intervals(
    microseconds,
    parsed.map(({ column }) => column),
    needs,
  );
  const section = () => intervalSection(statistic);
  return {
    name: 'io',
    statistic,
    section,
    json: () => {
      const { keys, rows } = section();
      return Array.from(rows, (row) => Object.fromEntries(row.map((cell, i) => [keys[i], cell])));
    },
    isEmpty: () => false,
  };
}

/** `AVG(tcp.len)tcp.port == 80`, or a filter alone, or nothing. */
async function columnOf(text: string): Promise<{ column: ColumnRequest; filter: Condition }> {
  const [, calculation, name, rest] = /^\s*([A-Z]+)\(([^)]*)\)(.*)$/s.exec(text) ?? [];
  const filter = await condition(rest ?? text);
  const { takes } = filter;
  if (calculation === undefined) return { column: { label: filter.text, takes }, filter };
  if ((calculation === 'FRAMES' || calculation === 'BYTES') && name === '') {
    return { column: { label: text.trim(), takes }, filter };
  }
  if (!(CALCULATIONS as readonly string[]).includes(calculation)) {
    throw usageError(
      `there is no calculation '${calculation}'`,
      `those there are: ${CALCULATIONS.join(', ')}`,
    );
  }
  const field = findField(name);
  if (field === undefined) throw usageError(`there is no field '${name}'`, nearestField(name));
  if (!isCalculable(calculation as Calculation, field)) {
    throw usageError(
      `${calculation} of ${name}: its values are no numbers`,
      'COUNT counts values of any field',
    );
  }
  return { column: { label: text.trim(), calculation: calculation as Calculation, field, takes }, filter };
}
