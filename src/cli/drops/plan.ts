// What a run of `nscap drops` is to do, once it is attached.
import type { PrintOptions } from '../../print/engine/options.ts';
import type { DropAssertion } from '../../report/drop-assertions.ts';

export interface DropPlan {
  /** The pcapng file that gets the packets; `-` is standard output. */
  write: string | undefined;
  /** What standard output gets of each event. */
  shown: 'lines' | 'objects' | 'nothing';
  /** How packets are printed. */
  print: Partial<PrintOptions>;
  /** Explain each drop. */
  explain: boolean;
  /** Events after which it ends. */
  count: number | undefined;
  /** Milliseconds after which it does. */
  duration: number | undefined;
  assertions: readonly DropAssertion[];
  /** The user to become once everything is attached. */
  user: string | undefined;
  /** The store that gets a row an event. */
  store: string | undefined;
}
