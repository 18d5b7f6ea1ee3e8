// The words and options of `nscap fleet`.
import type { SortKey } from '../../store/questions.ts';

export const QUESTIONS = ['worst', 'links', 'drops', 'hosts', 'since', 'conn', 'sql', 'report'] as const;
export type QuestionName = (typeof QUESTIONS)[number];

export const FORMATS = ['table', 'csv', 'json', 'parquet'] as const;

export type Format = (typeof FORMATS)[number];

export interface FleetFlags {
  store?: string;
  since?: string;
  by: SortKey;
  limit: number;
  format?: Format;
  json?: boolean;
  csv?: boolean;
  output?: string;
  sql?: boolean;
}
