// Answers of ClickHouse as values: TabSeparatedWithNamesAndTypes, which all versions write, and which keeps bytes.
import { NscapError } from '../../errors.ts';
import type { Answer, Value } from '../answer.ts';
import { TABLES } from '../schema.ts';

export const ANSWER_FORMAT = 'TabSeparatedWithNamesAndTypes';

/** Columns that are yes or no: ClickHouse has them as UInt8. */
const BOOLEANS = new Set(
  Object.values(TABLES).flatMap(({ columns }) =>
    columns.filter(({ type }) => type === 'boolean').map(({ name }) => name),
  ),
);

/** Characters of what is no table that are said. */
const LONGEST_SAID = 300;

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

/** @throws NscapError STORE where it is no table: an error behind its first rows, or of something before the engine */
export function parseAnswer(bytes: Buffer): Answer {
  // One character a byte, until it is known which cells are text.
  const [names = '', types = '', ...lines] = bytes.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const columns = names === '' ? [] : names.split('\t').map((name) => utf8(unescaped(name)));
  const readers = types.split('\t').map((type, at) => readerOf(unescaped(type), columns[at]));
  if (columns.length !== (names === '' ? 0 : readers.length)) throw noTable(types);
  const rows = lines.map((line) => {
    const cells = line.split('\t');
    if (cells.length !== columns.length) throw noTable(line);
    return cells.map((cell, at) => (cell === '\\N' ? null : readers[at](unescaped(cell))));
  });
  return { columns, rows };
}

function noTable(line: string): NscapError {
  const said = utf8(line).slice(0, LONGEST_SAID);
  return new NscapError('STORE', `the engine's answer is not a table: ${said}`, {
    hint: 'an error of the engine, or the answer of a proxy before it',
  });
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
  if (!/^-?\d+$/.test(cell)) throw noTable(cell);
  const number = Number(cell);
  return Number.isSafeInteger(number) ? number : BigInt(cell);
}

function fraction(cell: string): number | null {
  const number = Number(cell);
  return Number.isFinite(number) ? number : null;
}
