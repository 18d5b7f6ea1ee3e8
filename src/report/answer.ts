// Answers of a store's engine: for people, and as CSV or JSON.
import { duration } from '../base/units.ts';
import { drawTable } from './table.ts';

export type Value = string | number | bigint | boolean | null;

/** A table of values. */
export interface AnswerTable {
  columns: readonly string[];
  rows: readonly (readonly Value[])[];
}

/** What the numbers of a column are: nanoseconds since 1970, nanoseconds, or just numbers. */
export type Unit = 'time' | 'duration' | undefined;

/** A table for people: times in UTC, durations with three digits. */
export function answerText({ columns, rows }: AnswerTable, unitOf: (column: string) => Unit): string {
  if (rows.length === 0) return 'no rows\n';
  const units = columns.map(unitOf);
  // An address and its port are one cell, and what no row has is left out.
  const shown = columns.map((_, at) => at).filter((at) => rows.some((row) => row[at] !== null));
  const right = shown.flatMap((at, i) =>
    rows.some((row) => isNumber(row[at])) && units[at] !== 'time' ? [i] : [],
  );
  return `${drawTable(
    shown.map((at) => columns[at].replaceAll('_', ' ')),
    rows.map((row) => shown.map((at) => cellText(row[at], units[at]))),
    { right },
  )}\n`;
}

/** The same with a line for each column, and the rows beside each other. */
export function besideText(
  { columns, rows }: AnswerTable,
  heads: readonly string[],
  unitOf: (column: string) => Unit,
): string {
  const shown = columns
    .map((_, at) => at)
    .filter((at) => rows.some((row) => row[at] !== null && row[at] !== 0 && row[at] !== ''));
  return `${drawTable(
    ['', ...heads],
    shown.map((at) => [
      columns[at].replaceAll('_', ' '),
      ...rows.map((row) => cellText(row[at], unitOf(columns[at]))),
    ]),
  )}\n`;
}

function isNumber(value: Value): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** A value as people read it. */
export function cellText(value: Value, unit: Unit): string {
  if (value === null) return '';
  if (unit === 'time' && isNumber(value)) return timeText(BigInt(value));
  if (unit === 'duration' && isNumber(value)) return Number(value) === 0 ? '0' : duration(Number(value));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

/** Nanoseconds since 1970 as `2026-11-30 09:26:31.123456`. */
export function timeText(nanoseconds: bigint): string {
  const micro = nanoseconds / 1000n;
  const date = new Date(Number(micro / 1000n)).toISOString();
  return `${date.slice(0, 10)} ${date.slice(11, 23)}${String(micro % 1000n).padStart(3, '0')}`;
}

/** RFC 4180 with a head line, but for lines that end with a newline alone; NULL is an empty cell. */
export function answerCsv({ columns, rows }: AnswerTable): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

function csvCell(value: Value): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** An array of objects, a line each. Numbers beyond 2^53 are written in full, as JSON allows. */
export function answerJson({ columns, rows }: AnswerTable): string {
  const lines = rows.map(
    (row) => `{${row.map((value, at) => `${JSON.stringify(columns[at])}:${jsonCell(value)}`).join(',')}}`,
  );
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
}

function jsonCell(value: Value): string {
  if (typeof value === 'bigint') return String(value);
  // Not a number, or beyond all: JSON has no word for it.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null';
  return JSON.stringify(value);
}
