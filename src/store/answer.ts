// What an engine answers: a table of values, whichever engine it was.

import type { QuestionOptions } from './questions.ts';

/** Whole numbers beyond 2^53 are bigints; days and what else has no type of JSON's are text. */
export type Value = string | number | bigint | boolean | null;

export interface Answer {
  columns: readonly string[];
  rows: readonly (readonly Value[])[];
}

/** An engine that holds the tables of a store. */
export interface Engine {
  /** @throws NscapError SQL where the query cannot be answered, STORE where rows cannot be read. */
  query(sql: string): Promise<Answer>;
  /** Leaves out of `connections` what cannot be among the worst, where the engine does not do so itself. */
  narrow?(options: QuestionOptions): Promise<void>;
  /** Writes an answer as Parquet. */
  writeParquet(sql: string, file: string): Promise<void>;
  close(): void;
}
