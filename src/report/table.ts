// Tables drawn with lines: cells of one or several lines, in columns as wide as they need, or as there is room.

export interface TableStyle {
  /** Columns whose cells are aligned right. */
  right?: readonly number[];
  /** A rule behind the heading, behind each row, or nowhere. */
  rules?: 'heading' | 'rows' | 'none';
  /** Columns of text each may take at most: what is longer goes on in the next line, from a word on where it can. */
  widths?: readonly number[];
}

/** The table, without a newline at its end. */
export function drawTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [], rules = 'heading', widths = [] }: TableStyle = {},
): string {
  const lines = [head, ...rows].map((row) =>
    head.map((_, column) => cellLines(row[column] ?? '', widths[column])),
  );
  const room = head.map((_, column) =>
    Math.max(...lines.map((row) => Math.max(...row[column]!.map(textWidth)))),
  );
  const rule = (left: string, between: string, end: string): string =>
    `${left}${room.map((width) => '─'.repeat(width + 2)).join(between)}${end}`;
  const drawn = [rule('┌', '┬', '┐')];
  lines.forEach((row, number) => {
    const height = Math.max(...row.map((cell) => cell.length));
    for (let line = 0; line < height; line++) {
      const cells = row.map((cell, column) => pad(cell[line] ?? '', room[column]!, right.includes(column)));
      drawn.push(`│ ${cells.join(' │ ')} │`);
    }
    const last = number === lines.length - 1;
    if (!last && (rules === 'rows' || (rules === 'heading' && number === 0))) drawn.push(rule('├', '┼', '┤'));
  });
  drawn.push(rule('└', '┴', '┘'));
  return drawn.join('\n');
}

function pad(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(width - textWidth(text));
  return right ? `${blanks}${text}` : `${text}${blanks}`;
}

function cellLines(text: string, width = Number.POSITIVE_INFINITY): string[] {
  return text.split('\n').flatMap((line) => (textWidth(line) <= width ? [line] : wrap(line, width)));
}

/** A word that is longer than the column is broken where the column ends: there is no better place. */
function wrap(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (let word of line.split(' ')) {
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
