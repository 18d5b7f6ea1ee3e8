// All that is analyzed of a capture: TCP connections, ICMP echo and DNS.
import type { Batch } from '../base/batch.ts';
import type { Analysis } from './analysis.ts';
import { Queries } from './queries.ts';
import { Statistics } from './statistics.ts';

/** What was found in the records that were added. */
export class CaptureAnalysis {
  readonly analysis: Analysis;
  /** Of TCP connections. */
  readonly statistics: Statistics;
  /** Of ICMP echo and DNS. */
  readonly queries = new Queries();

  constructor(analysis: Analysis) {
    this.analysis = analysis;
    this.statistics = new Statistics(analysis);
  }

  /** Processes record `index`; true if it is a TCP segment. */
  add(batch: Batch, index: number): boolean {
    const isSegment = this.statistics.add(batch, index);
    this.queries.add(this.analysis, isSegment, batch, index);
    return isSegment;
  }
}
