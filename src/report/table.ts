// Tables: cells of one or several lines, in columns that together are no wider than the terminal.
export interface TableStyle {
  /** Columns whose cells are aligned right. */
  right?: readonly number[];
  /** A rule behind the heading, behind each row, or nowhere. */
  rules?: 'heading' | 'rows' | 'none';
  /** Columns of text that the whole table may take; by default those of the terminal. */
  width?: number;
}

/** Columns of the terminal that standard output is, or as COLUMNS says (POSIX); 80 where neither is known. */
export function terminalWidth(): number {
  return process.stdout.columns || Number(/^[1-9]\d{0,3}$/.exec(process.env.COLUMNS ?? '')?.[0] ?? 80);
}

/** Rows that are made whenever they are gone through: there may be too many to keep. */
type Rows = Iterable<readonly string[]>;

/**
 * The table in a frame, without a newline at its end. Where it is wider than there is room, cells are broken at words,
 * the widest columns first; then the blanks beside the rules go; then numbers are parted from their units. Where the
 * longest words of all columns still do not fit side by side, each row becomes a table of its own, a line a cell.
 */
export function drawTable(head: readonly string[], rows: Rows, style: TableStyle = {}): string {
  return [...tableLines(head, rows, style)].join('\n');
}

/** The same line by line. */
export function tableLines(
  head: readonly string[],
  rows: Rows,
  { right = [], rules = 'heading', width = terminalWidth() }: TableStyle = {},
): Iterable<string> {
  const table: Iterable<Row> = {
    *[Symbol.iterator]() {
      for (const of of [[head], rows])
        for (const row of of) yield head.map((_, column) => (row[column] ?? '').split('\n'));
    },
  };
  for (const [padding, breaks] of [
    [1, withoutUnits],
    [0, withoutUnits],
    [0, allWords],
  ] as const) {
    const room = fitted(table, width - (2 * padding + 1) * head.length - 1, breaks);
    if (room !== undefined) return framed(table, room, { right, rules, padding, breaks });
  }
  return records(head, rows, width);
}

/**
 * Columns without a frame, two blanks between them; what is too long goes on below its own beginning. Where the longest
 * words do not fit side by side, the last columns go on lines of their own.
 */
export function drawColumns(
  rows: readonly (readonly string[])[],
  { indent = 0, width = terminalWidth() }: { indent?: number; width?: number } = {},
): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const filled = Array.from({ length: columns }, (_, at) => at).filter((at) => rows.some((row) => row[at]));
  const table = rows.map((row) => filled.map((at) => (row[at] ?? '').split('\n')));
  let beside = filled.length;
  let room: number[] | undefined;
  for (; beside > 0; beside--) {
    const first = table.map((row) => row.slice(0, beside));
    room = fitted(first, width - indent - 2 * (beside - 1), withoutUnits, lastFirst);
    if (room !== undefined) break;
  }
  const lines = table.flatMap((row) => [
    ...rowLines(row.slice(0, beside), room ?? [], withoutUnits).map(
      (cells) => `${' '.repeat(indent)}${cells.map((text, at) => pad(text, room![at])).join('  ')}`,
    ),
    ...row
      .slice(beside)
      .flatMap((cell) => cell.filter(Boolean))
      .flatMap((line) => wrap(line, width - indent - 4, allWords))
      .map((text) => `${' '.repeat(indent + 4)}${text}`),
  ]);
  return lines.map((line) => line.trimEnd()).join('\n');
}

type Row = readonly (readonly string[])[];
/** The words of a line: what may not be broken. */
type Breaks = (line: string) => string[];

const allWords: Breaks = (line) => line.split(' ');
/** A number and its unit, or its name, are one. */
const withoutUnits: Breaks = (line) =>
  /^(?:[-+]?[\d.]+ \S+|\S+ \d+)$/.test(line) ? [line] : line.split(' ');

/** Which of the columns that may be narrower is to be: -1 where none may. */
type Choice = (widths: readonly number[], least: readonly number[]) => number;

const widest: Choice = (widths, least) =>
  widths.reduce(
    (found, width, at) => (width > least[at] && (found < 0 || width > widths[found]) ? at : found),
    -1,
  );
/** Lists hold what is long at their ends. */
const lastFirst: Choice = (widths, least) => widths.findLastIndex((width, at) => width > least[at]);

/** Widths of the columns, together no more than `room`; undefined where the longest words take more. */
function fitted(
  table: Iterable<Row>,
  room: number,
  breaks: Breaks,
  choice: Choice = widest,
): number[] | undefined {
  const widths: number[] = [];
  const least: number[] = [];
  for (const row of table) {
    for (const [at, cell] of row.entries()) {
      for (const line of cell) {
        widths[at] = Math.max(widths[at] ?? 0, textWidth(line));
        for (const word of breaks(line)) least[at] = Math.max(least[at] ?? 0, textWidth(word));
      }
    }
  }
  if (sum(least) > room) return undefined;
  for (let over = sum(widths) - room; over > 0; over--) widths[choice(widths, least)]!--;
  return widths;
}

/** Widths where not even the longest words fit: the last column takes what the others leave, and breaks words. */
function squeezed(table: Iterable<Row>, room: number): number[] {
  const widths = fitted(table, Number.POSITIVE_INFINITY, allWords)!;
  const others = widths.slice(0, -1);
  return [...others, Math.max(room - sum(others), 8)];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function* framed(
  table: Iterable<Row>,
  room: readonly number[],
  style: Required<Pick<TableStyle, 'right' | 'rules'>> & { padding: number; breaks: Breaks },
): Generator<string> {
  const { right, rules, padding, breaks } = style;
  const blanks = ' '.repeat(padding);
  const rule = (left: string, between: string, end: string): string =>
    `${left}${room.map((width) => '─'.repeat(width + 2 * padding)).join(between)}${end}`;
  yield rule('┌', '┬', '┐');
  let number = 0;
  for (const row of table) {
    if (number === 1 ? rules !== 'none' : number > 1 && rules === 'rows') yield rule('├', '┼', '┤');
    number++;
    for (const line of rowLines(row, room, breaks)) {
      const cells = line.map((text, column) => pad(text, room[column], right.includes(column)));
      yield `│${blanks}${cells.join(`${blanks}│${blanks}`)}${blanks}│`;
    }
  }
  yield rule('└', '┴', '┘');
}

/** The lines of a row. Lines of the same number in two cells belong together: both begin at the same height. */
function rowLines(row: Row, room: readonly number[], breaks: Breaks): string[][] {
  const lines: string[][] = [];
  const height = Math.max(...row.map((cell) => cell.length));
  for (let number = 0; number < height; number++) {
    const parts = row.map((cell, column) => wrap(cell[number] ?? '', room[column], breaks));
    const most = Math.max(...parts.map((part) => part.length));
    for (let line = 0; line < most; line++) lines.push(parts.map((part) => part[line] ?? ''));
  }
  return lines;
}

/** Each row as lines of heading and cell. */
function* records(head: readonly string[], rows: Rows, width: number): Generator<string> {
  const names = head.map((name) => name.replaceAll('\n', ' '));
  const empty = names.map((name): Row => [[name], ['']]);
  const recordOf = (row: readonly string[]) =>
    names.flatMap((name, at): Row[] => (/[^\n]/.test(row[at] ?? '') ? [[[name], row[at].split('\n')]] : []));
  const all: Iterable<Row[]> = {
    *[Symbol.iterator]() {
      let count = 0;
      for (const row of rows) {
        count++;
        yield recordOf(row);
      }
      if (count === 0) yield empty;
    },
  };
  const cells: Iterable<Row> = {
    *[Symbol.iterator]() {
      for (const record of all) yield* record;
    },
  };
  const room = fitted(cells, width - 7, allWords) ?? squeezed(cells, width - 7);
  const style = { right: [], rules: 'none', padding: 1, breaks: allWords } as const;
  for (const record of all) yield* framed(record, room, style);
}

function pad(text: string, width: number, right = false): string {
  const blanks = ' '.repeat(Math.max(width - textWidth(text), 0));
  return right ? `${blanks}${text}` : `${text}${blanks}`;
}

/** A word that is longer than the column is broken where the column ends: there is no better place. */
function wrap(line: string, width: number, breaks: Breaks): string[] {
  if (textWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = '';
  for (let word of breaks(line)) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (textWidth(joined) <= width) {
      current = joined;
      continue;
    }
    if (current !== '') lines.push(current);
    for (; textWidth(word) > width; word = word.slice(cut(word, width)))
      lines.push(word.slice(0, cut(word, width)));
    current = word;
  }
  return [...lines, current];
}

/** Length in code units of as much of a word as fits; at least one character. */
function cut(word: string, width: number): number {
  let length = 0;
  let used = 0;
  for (const character of word) {
    used += characterWidth(character);
    if (used > width && length > 0) break;
    length += character.length;
  }
  return length;
}

/** Columns of a terminal that a text takes. */
export function textWidth(text: string): number {
  // What tables mostly hold, and lines, µ and … among it.
  if (/^[ -~\u00b5\u2026\u2500-\u257f]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** East Asian characters and pictures take two columns (Unicode, UAX #11), marks upon others none. */
function characterWidth(character: string): number {
  if (/^[\p{Mark}\p{Default_Ignorable_Code_Point}]/u.test(character)) return 0;
  return /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u.test(
    character,
  )
    ? 2
    : 1;
}
