// Packets paired from point to point: the engine behind `nscap trace`.
import type { Batch } from '../base/batch.ts';
import type { Moment } from '../base/interface.ts';
import type { DropEvent } from '../drops/event.ts';
import type { TraceReport } from '../report/trace/document.ts';
import type { Point, TraceOptions } from '../trace/trace.ts';

/**
 * Pairs what several points captured. Hand over records in the order of time over all points, at last call `end`. Live,
 * say as well `begin`, `advance`, `captureLost` and `drop`; none of these is needed for files.
 */
export interface Tracer {
  /**
   * Takes record `index` of a batch, which `point` (its index) captured. `frame`: its number there; 0 or absent: counted.
   * `isChosen`: only packets of which this is true (the default) at one of the points are counted and reported.
   */
  add(point: number, batch: Batch, index: number, frame?: number, isChosen?: boolean): void;
  /** All points capture from this time on. */
  begin(moment: Moment): void;
  /** Every point captured until this time, and all that it captured was added. */
  advance(moment: Moment): void;
  /** The capture of a point dropped packets between two times: what was not seen there then is unknown, not lost. */
  captureLost(point: number, from: Moment, to: Moment, packets?: number): void;
  /** The kernel dropped a packet (`openDrops`): the reason of a loss. */
  drop(event: DropEvent): void;
  /**
   * A point's clock is ahead of that of the first: by `offset` nanoseconds at time `at` (seconds since 1970), and by
   * `skew` more with each that passes. To be said before any record.
   */
  setClock(point: number, offset: number, skew?: number, at?: number): void;
  /** Resolves what is left, and returns the report that `nscap trace --json` prints. */
  end(): TraceReport;
}

/**
 * The engine of `nscap trace`: batches of several points in, what became of each packet out, across NAT, segmentation,
 * fragmentation and tunnels. Memory is bounded, whatever the length of the captures.
 *
 * @example const tracer = await createTracer([{ name: 'pc:eth0' }, { name: 'router:lan' }], { report: ({ fate }) => count(fate) });
 */
export async function createTracer(points: readonly Point[], options: TraceOptions = {}): Promise<Tracer> {
  const { Trace } = await import('../trace/trace.ts');
  const { TraceLedger } = await import('../report/trace/ledger.ts');
  const { traceReport } = await import('../report/trace/document.ts');
  const trace = new Trace(points, {
    ...options,
    report: (way) => {
      ledger.add(way);
      options.report?.(way);
    },
  });
  const ledger = new TraceLedger(trace);
  return {
    add: (point, batch, index, frame, isChosen) => trace.add(point, batch, index, frame, isChosen),
    begin: (moment) => trace.begin(moment),
    advance: (moment) => trace.advance(moment),
    captureLost: (point, from, to, packets) => trace.captureLost(point, from, to, packets),
    drop: (event) => trace.drop(event),
    setClock: (point, offset, skew, at) => trace.setClock(point, offset, skew, at),
    end: () => {
      trace.end();
      return traceReport(trace, ledger, { how: 'one', offsets: [] }, () => 0, [], [], []);
    },
  };
}
