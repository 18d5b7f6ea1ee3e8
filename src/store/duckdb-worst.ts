// Which files of connections can have any of the worst: each says the highest value of its columns, and most files are
// left out by that, of which nothing else is read then.
import type { Answer } from './answer.ts';
import { fileList } from './duckdb-sql.ts';
import { type QuestionOptions, SORTED, sortExpression } from './questions.ts';

/** Files that are looked into first, those that may have the worst. */
const FIRST = 8;

/**
 * The files, worst first, that may have one of the first `limit` rows. With any `limit` rows at hand, what a file has at
 * most has to reach the least of them; of files that do not say it, nothing is known.
 */
export async function filesOfWorst(
  query: (sql: string) => Promise<Answer>,
  all: string,
  options: QuestionOptions,
): Promise<string[]> {
  const bounds = await boundsOf(query, all, options);
  bounds.sort((a, b) => (a.most === b.most ? 0 : a.most < b.most ? 1 : -1));
  for (let looked = FIRST; looked < bounds.length; looked *= 4) {
    const some = bounds.slice(0, looked).map(({ file }) => file);
    const least = await leastOf(query, some, options);
    if (least === undefined) continue;
    const left = bounds.filter(({ most }) => most >= least);
    // Not many more than were looked into: what they have is not worth another look.
    if (left.length <= 2 * looked) return left.map(({ file }) => file);
  }
  return bounds.map(({ file }) => file);
}

async function boundsOf(
  query: (sql: string) => Promise<Answer>,
  all: string,
  { by }: QuestionOptions,
): Promise<{ file: string; most: number }[]> {
  const { columns, most } = SORTED[by];
  const named = columns.map((name) => `'${name}'`).join(', ');
  const highest = 'CAST(coalesce(stats_max_value, stats_max) AS DOUBLE)';
  // Without a value there is nothing but NULL, if NULLs are counted, or nothing is known.
  const value = `CASE WHEN ${highest} IS NOT NULL THEN ${highest} WHEN stats_null_count = num_values THEN 0 END`;
  const { rows } = await query(
    `SELECT file_name, CASE WHEN count(v) < count(*) THEN NULL ELSE ${most ? 'max(v)' : 'sum(v)'} END FROM (
  SELECT file_name, path_in_schema, CASE WHEN count(${value}) < count(*) THEN NULL ELSE max(${value}) END AS v
  FROM parquet_metadata(${all}) WHERE path_in_schema IN (${named}) GROUP BY file_name, path_in_schema
) GROUP BY file_name`,
  );
  return rows.map(([file, bound]) => ({
    file: String(file),
    most: bound === null || bound === undefined ? Number.POSITIVE_INFINITY : Number(bound),
  }));
}

/** The least of the first `limit` rows of some files; undefined where they have fewer. */
async function leastOf(
  query: (sql: string) => Promise<Answer>,
  files: readonly string[],
  { by, limit, since }: QuestionOptions,
): Promise<number | undefined> {
  const { rows } = await query(
    `SELECT count(*), min(k) FROM (
  SELECT ${sortExpression(by)} AS k FROM read_parquet(${fileList(files)}, hive_partitioning = false, union_by_name = true)
  ${since === undefined ? '' : `WHERE time >= ${since}`} ORDER BY k DESC LIMIT ${limit}
)`,
  );
  const [found, least] = rows[0] ?? [];
  return Number(found) < limit ? undefined : Number(least);
}
