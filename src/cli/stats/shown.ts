// A statistic that is counted, and how it is shown.
import type { Section } from '../../report/stats/sections.ts';
import type { Statistic } from '../../stats/statistic.ts';

/** What counts, and what shows the result. */
export interface Shown {
  /** In JSON: `conversations.tcp`. */
  name: string;
  statistic: Statistic;
  section(): Section;
  /** For programs; rows may be made only when they are written. */
  json(): unknown;
  /** Lines in tshark's layout, if requested by tshark's name. */
  tshark?: () => Iterable<string>;
  /** Whether it has any data; a statistic that was not named is not shown without. */
  isEmpty(): boolean;
}
