// Which files of connections can have any of the worst: each says the highest value of its columns, and most files are
// left out by that, of which nothing else is read then.
import type { Answer } from './answer.ts';
import { fileList } from './duckdb-sql.ts';
import type { Footer } from './footers.ts';
import { type QuestionOptions, sortExpression } from './questions.ts';

/** Files that are looked into first, those that may have the worst, and at most. */
const FIRST = 8;
const MOST = 32;

/** Where a row would be in the order, but for what no file says: the higher first, the earlier first. */
interface Rank {
  key: number;
  retransmissions: number;
  time: bigint;
}

/** A file, and the rank that none of its rows is before. */
interface Bound {
  file: string;
  rank: Rank;
}

/**
 * The files that may have one of the first `limit` rows. With any `limit` rows at hand, a file has to have what may be
 * before the last of them.
 */
export async function filesOfWorst(
  query: (sql: string) => Promise<Answer>,
  all: readonly Footer[],
  options: QuestionOptions,
): Promise<string[]> {
  const { since } = options;
  const bounds = all
    .filter((footer) => since === undefined || !((footer.range('time').highest ?? since) < since))
    .map((footer) => boundOf(footer, options))
    .sort((a, b) => compare(a.rank, b.rank));
  let left = bounds;
  for (let looked = FIRST; looked <= MOST && left.length > looked; looked *= 4) {
    const last = await lastOf(query, bounds.slice(0, looked), options);
    if (last !== undefined) left = bounds.filter(({ rank }) => compare(rank, last) <= 0);
  }
  // Where that says little, as of rows that are all alike: the rows themselves, by the columns that put them in order.
  return left.length > MOST ? await exactly(query, left, options) : left.map(({ file }) => file);
}

/** Negative where `a` is before `b`. */
function compare(a: Rank, b: Rank): number {
  if (a.key !== b.key) return a.key > b.key ? -1 : 1;
  if (a.retransmissions !== b.retransmissions) return a.retransmissions > b.retransmissions ? -1 : 1;
  return a.time === b.time ? 0 : a.time < b.time ? -1 : 1;
}

function boundOf(footer: Footer, { by, since = 0n }: QuestionOptions): Bound {
  const begin = BigInt(footer.range('time').lowest ?? 0);
  return {
    file: footer.path,
    rank: {
      key: footer.most(by),
      retransmissions: footer.most('retransmissions'),
      time: begin < since ? since : begin,
    },
  };
}

/** Rows of files in order. */
function rowsOf(what: string, files: readonly Bound[], { by, since, limit }: QuestionOptions): string {
  const list = fileList(files.map(({ file }) => file));
  return `SELECT ${what}, ${sortExpression(by)} AS k, ${sortExpression('retransmissions')} AS r, time
FROM read_parquet(${list}, hive_partitioning = false, filename = true)${since === undefined ? '' : ` WHERE time >= ${since}`}
ORDER BY k DESC, r DESC, time, capture, stream LIMIT ${limit}`;
}

/** The last of the first `limit` rows of some files; undefined where they have fewer. */
async function lastOf(
  query: (sql: string) => Promise<Answer>,
  files: readonly Bound[],
  options: QuestionOptions,
): Promise<Rank | undefined> {
  const { rows } = await query(rowsOf('0', files, options));
  if (rows.length < options.limit) return undefined;
  const [, key, retransmissions, time] = rows.at(-1) ?? [];
  return {
    key: Number(key),
    retransmissions: Number(retransmissions),
    time: BigInt(time as number | bigint),
  };
}

/** The files of the first `limit` rows. */
async function exactly(
  query: (sql: string) => Promise<Answer>,
  files: readonly Bound[],
  options: QuestionOptions,
): Promise<string[]> {
  const { rows } = await query(`SELECT DISTINCT filename FROM (${rowsOf('filename', files, options)})`);
  return rows.map(([file]) => String(file));
}
