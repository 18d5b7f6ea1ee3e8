// What `nscap stats` is to do: what cli/stats.ts makes of the options, each part by name.

export interface StatsPlan {
  /** Statistics by tshark's names. */
  tshark: readonly string[];
  io: IoPlan;
  /** Packets that are counted; undefined: all. */
  displayFilter: string | undefined;
  filterFile: string | undefined;
  maxConnections: number | undefined;
  /** Capture files, besides those among the words. */
  files: readonly string[] | undefined;
  live: LivePlan | undefined;
  output: OutputPlan;
}

export interface IoPlan {
  /** Milliseconds. */
  interval: number;
  /** Columns as --column has them; one that is empty counts everything. */
  columns: readonly string[];
}

export interface LivePlan {
  /** `NAMESPACE:INTERFACE`. */
  places: readonly string[];
  /** Milliseconds until it ends, and from one output to the next. */
  duration: number | undefined;
  interval: number;
  filterFile: string | undefined;
}

export interface OutputPlan {
  format: 'text' | 'json' | 'csv';
  /** Each JSON document is a line. */
  asLines: boolean;
  /** Rows of each table; undefined: all, or those of an overview. */
  rows: number | undefined;
}
