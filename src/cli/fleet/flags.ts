// The options of `nscap fleet`.
import type { SortKey } from '../../store/questions.ts';

export const FORMATS = ['table', 'csv', 'json', 'parquet'] as const;

export interface FleetFlags {
  store?: string;
  since?: string;
  by: SortKey;
  limit: number;
  format?: (typeof FORMATS)[number];
  json?: boolean;
  csv?: boolean;
  output?: string;
  sql?: boolean;
}
