// Packets paired from point to point: the engine behind `nscap trace`.
import type { Batch } from '../base/batch.ts';
import type { Moment } from '../base/interface.ts';
import type { DropEvent } from '../drops/event.ts';
import type { TraceReport } from '../report/trace/document.ts';
import type { TracedFile } from '../trace/files.ts';
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

/** What `trace` may be told of its files. */
export interface TraceFilesOptions extends Pick<TraceOptions, 'window' | 'report'> {
  /** The files are of hosts whose clocks differ: false unless packets arrive before they left. */
  unsynchronised?: boolean;
}

/**
 * Traces packets through capture files, as `nscap trace FILE FILE…` does: each file, or each interface of a pcapng file, is a
 * point, in the order of the path. Returns the report that `--json` prints: delays in seconds, losses, changes.
 *
 * @throws NscapError USAGE where there is only one point, FORMAT where a file is no capture; system errors (ENOENT)
 * @example const { hops } = await trace(['client.pcap', 'server.pcap']);
 */
export async function trace(paths: readonly string[], options: TraceFilesOptions = {}): Promise<TraceReport> {
  const { openPoints, tellLosses } = await import('../trace/files.ts');
  const { readInTurn, NO_POINT } = await import('../trace/in-turn.ts');
  const { recordedDrop } = await import('../drops/recorded.ts');
  const { clockError, estimatedClocks } = await import('../report/trace/clocks.ts');
  const { Trace } = await import('../trace/trace.ts');
  const { TraceLedger } = await import('../report/trace/ledger.ts');
  const { traceReport } = await import('../report/trace/document.ts');
  const { unsynchronised = false, ...rest } = options;
  const files: TracedFile[] = [];
  try {
    const points = await openPoints(paths, files);
    const { report, estimates, notes } = await estimatedClocks(files, points, unsynchronised);
    const engine = new Trace(points, {
      ...rest,
      report: (way) => {
        ledger.add(way);
        rest.report?.(way);
      },
    });
    const ledger = new TraceLedger(engine);
    for (const [point, estimate] of (estimates ?? []).entries())
      if (estimate !== undefined) engine.setClock(point, estimate.offset, estimate.skew, estimate.at);
    for (const file of files) tellLosses(file, engine);
    const aheads = files.map(
      (file) => estimates?.[file.points.find((point) => point !== NO_POINT) ?? 0]?.offset ?? 0,
    );
    await readInTurn(files, aheads, {
      take: (batch, index, point) => engine.add(point, batch, index, batch.frame(index)),
      drop: (batch, index, capture) =>
        engine.drop(recordedDrop(batch, index, capture.interfaces[batch.interface[index]])),
      step: () => {},
    });
    engine.end();
    const damaged = files.flatMap(({ path, capture: { damage } }) =>
      damage === undefined ? [] : [`${path}: ${damage}`],
    );
    const error = (from: number, to: number) => clockError(estimates, from, to);
    return traceReport(engine, ledger, report, error, [...notes, ...damaged], [], []);
  } finally {
    for (const { capture } of files) await capture.close();
  }
}
