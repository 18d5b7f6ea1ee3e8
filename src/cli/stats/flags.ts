// The options of `nscap stats`, as commander makes them. Times in milliseconds.

export interface StatsFlags {
  statistic?: string[];
  interval?: number;
  column?: string[];
  top?: number;
  interface?: string[];
  duration?: number;
  read?: string[];
  displayFilter?: string;
  filterFile?: string;
  maxConnections?: number;
  json?: boolean;
  csv?: boolean;
}
