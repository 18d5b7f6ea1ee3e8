// Answers of ClickHouse as values: TabSeparatedWithNamesAndTypes, which all versions write, and which keeps bytes.
import type { Answer, Value } from '../answer.ts';
import { TABLES } from '../schema.ts';

export const ANSWER_FORMAT = 'TabSeparatedWithNamesAndTypes';

/** Columns that are yes or no: ClickHouse has them as UInt8. */
const BOOLEANS = new Set(
  Object.values(TABLES).flatMap(({ columns }) =>
    columns.filter(({ type }) => type === 'boolean').map(({ name }) => name),
  ),
);

const ESCAPES: Record<string, string> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '0': '\0',
  a: '\x07',
  v: '\v',
};

export function parseAnswer(bytes: Buffer): Answer {
  // One character a byte, until it is known which cells are text.
  const [names = '', types = '', ...lines] = bytes.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const columns = names === '' ? [] : names.split('\t').map((name) => utf8(unescaped(name)));
  const readers = types.split('\t').map((type, at) => readerOf(unescaped(type), columns[at]));
  return {
    columns,
    rows: lines.map((line) =>
      line.split('\t').map((cell, at) => (cell === '\\N' ? null : readers[at]!(unescaped(cell)))),
    ),
  };
}

function unescaped(cell: string): string {
  if (!cell.includes('\\')) return cell;
  return cell.replace(/\\([\s\S])/g, (_, character: string) => ESCAPES[character] ?? character);
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}

function readerOf(type: string, column: string): (cell: string) => Value {
  const [, plain = type] = /^(?:LowCardinality\()?(?:Nullable\()?([A-Za-z\d]+)/.exec(type) ?? [];
  if ((plain === 'UInt8' && BOOLEANS.has(column)) || plain === 'Bool')
    return (cell) => cell === '1' || cell === 'true';
  if (/^U?Int\d+$/.test(plain)) return whole;
  if (/^Float|^Decimal/.test(plain)) return fraction;
  // Of bytes: addresses, in hexadecimal.
  if (plain === 'FixedString') return (cell) => Buffer.from(cell, 'latin1').toString('hex');
  return utf8;
}

function whole(cell: string): number | bigint {
  const number = Number(cell);
  return Number.isSafeInteger(number) ? number : BigInt(cell);
}

function fraction(cell: string): number | null {
  const number = Number(cell);
  return Number.isFinite(number) ? number : null;
}
