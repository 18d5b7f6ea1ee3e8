// A store that is ClickHouse, asked in SQL.
import { writeFileSync } from 'node:fs';
import { cannotWrite, NscapError } from '../../errors.ts';
import type { Answer, Engine } from '../answer.ts';
import { answerParquet } from '../answer-parquet.ts';
import { TABLE_NAMES } from '../schema.ts';
import { ANSWER_FORMAT, parseAnswer } from './answer.ts';
import { type Clickhouse, ClickhouseError, type Settings } from './client.ts';
import { checkTables } from './tables.ts';

const UNKNOWN_IDENTIFIER = new Set([47, 60]);

/** What makes its SQL that of DuckDB: what a join does not find is NULL; tables of a cluster may be joined. */
const SETTINGS = {
  join_use_nulls: 1,
  distributed_product_mode: 'global',
  do_not_merge_across_partitions_select_final: 1,
};

/** @throws ClickhouseError where it cannot be asked, or its tables are not those of this program */
export async function openClickhouse(clickhouse: Clickhouse): Promise<Engine> {
  try {
    await checkTables(clickhouse);
    const known = await clickhouse.has('settings', Object.keys(SETTINGS));
    const settings = Object.fromEntries(Object.entries(SETTINGS).filter(([name]) => known.has(name)));
    return new ClickhouseEngine(clickhouse, settings);
  } catch (error) {
    clickhouse.close();
    throw error;
  }
}

class ClickhouseEngine implements Engine {
  private readonly clickhouse: Clickhouse;
  private readonly settings: Settings;

  constructor(clickhouse: Clickhouse, settings: Settings) {
    this.clickhouse = clickhouse;
    this.settings = settings;
  }

  async query(sql: string): Promise<Answer> {
    const statement = sql.replace(/;\s*$/, '');
    try {
      // A setting, and no FORMAT behind the query: it may end in a comment.
      const answer = await this.clickhouse.query(statement, {
        ...this.settings,
        default_format: ANSWER_FORMAT,
      });
      return parseAnswer(answer);
    } catch (error) {
      if (!(error instanceof ClickhouseError) || !UNKNOWN_IDENTIFIER.has(error.number)) throw error;
      throw new NscapError('SQL', error.message, {
        hint: `the tables are ${TABLE_NAMES.join(', ')}`,
        cause: error,
      });
    }
  }

  async writeParquet(sql: string, file: string): Promise<void> {
    const bytes = answerParquet(await this.query(sql));
    try {
      writeFileSync(file, bytes);
    } catch (error) {
      throw cannotWrite(file, error);
    }
  }

  close(): void {
    this.clickhouse.close();
  }
}
