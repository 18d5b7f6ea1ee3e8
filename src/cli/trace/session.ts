// A trace on its way to the user: lines as packets are resolved, and at the end a summary or a JSON document.
import type { Batch } from '../../base/batch.ts';
import { Sink } from '../../output/sink.ts';
import type { PageInput } from '../../page/data.ts';
import type { TopologyData } from '../../page/document.ts';
import { PacketPrinter } from '../../print/packet.ts';
import type { AssertionOutcome } from '../../report/assertions.ts';
import {
  checkHops,
  checkTraceAssertions,
  parseTraceAssertions,
  type TraceAssertion,
} from '../../report/trace/assertions.ts';
import { type Clocks, clockError } from '../../report/trace/clocks.ts';
import type { CounterReport } from '../../report/trace/counters.ts';
import { type ClockReport, type TraceReport, traceReport } from '../../report/trace/document.ts';
import { TraceLedger } from '../../report/trace/ledger.ts';
import { HopLines } from '../../report/trace/lines.ts';
import { traceSummary } from '../../report/trace/summary.ts';
import type { ClockEstimate } from '../../trace/clock.ts';
import type { Path } from '../../trace/path.ts';
import type { ReadPackets } from '../../trace/read-packets.ts';
import { type Point, Trace, type TraceOptions } from '../../trace/trace.ts';
import { checkJunit, reportOutcomes } from '../assertions.ts';
import type { Choice } from './choice.ts';
import { type Chosen, parseOnly } from './chosen.ts';
import type { SessionPlan } from './plan.ts';

/** Bytes kept of each packet, to print its line once its way is known. */
const KEPT = 4096;
/** Connections that --report follows at a time. */
const MOST_CONNECTIONS = 100_000;

/**
 * Live and offline alike: make it with the points, call `add` with records in the order of time, `flush` when none is
 * waiting, and `finish` at the end. What only a live trace knows is passed to `trace` itself (`begin`, `advance`,
 * `captureLost`, `drop`). Remarks go to `notes`, which are printed to standard error at the end and are in the JSON document.
 */
export class TraceSession {
  readonly trace: Trace;
  readonly notes: string[] = [];
  /** Live: what counters grew by. */
  counters: readonly CounterReport[] = [];
  /** The clocks of the points (report/trace/clocks.ts), where there are several. */
  private clock: ClockReport = { how: 'one', offsets: [] };
  private estimates: (ClockEstimate | undefined)[] | undefined;
  /** The namespaces of a live trace, for the page of --report. */
  topology: TopologyData | undefined;
  /** Called with each packet after it was printed. */
  onPath: ((path: Path) => void) | undefined;
  private readonly plan: SessionPlan;
  private readonly ledger: TraceLedger;
  private readonly sink = new Sink();
  private readonly assertions: TraceAssertion[];
  private readonly printer: PacketPrinter | undefined;
  private readonly lines: HopLines;
  private readonly chosen: Chosen;
  private readonly choice: Choice | undefined;
  /** Seconds since 1970 and nanoseconds of the first record, and milliseconds of the latest. */
  private begin: [seconds: number, nanoseconds: number] | undefined;
  private latest = 0;

  /** @throws NscapError USAGE where parts of the plan contradict each other or the points */
  private constructor(
    points: readonly Point[],
    plan: SessionPlan,
    options: TraceOptions,
    choice: Choice | undefined,
  ) {
    const { assertions, lines, printing, window } = plan;
    checkJunit(plan.junit, assertions);
    this.plan = plan;
    this.assertions = parseTraceAssertions(assertions);
    checkHops(
      this.assertions,
      points.map(({ name }) => name),
    );
    this.chosen = parseOnly(plan.only);
    this.choice = choice;
    this.trace = new Trace(points, {
      ...options,
      filtered: choice !== undefined,
      keep: Math.max(lines ? KEPT : 0, options.keep ?? 0),
      report: (way) => this.report(way),
      ...(window === undefined ? {} : { window: window * 1e6 }),
    });
    this.ledger = new TraceLedger(this.trace);
    this.lines = new HopLines(this.trace, printing.colour === true, this.error);
    if (lines) this.printer = new PacketPrinter(printing, this.sink.text);
  }

  /** `choice`: which packets are reported: those of which a record at any point matches. */
  static async open(
    points: readonly Point[],
    plan: SessionPlan,
    options: TraceOptions = {},
    choice?: Choice,
  ): Promise<TraceSession> {
    const session = new TraceSession(points, plan, options, choice);
    // Packets are printed where nothing can be waited for.
    if (session.printer !== undefined) await PacketPrinter.loadAll();
    return session;
  }

  /** Sets how the clocks of the points differ, before any record. */
  setClocks({ report, estimates, notes }: Clocks): void {
    this.clock = report;
    this.estimates = estimates;
    this.notes.push(...notes);
    for (const [point, estimate] of (estimates ?? []).entries()) {
      if (estimate !== undefined) this.trace.setClock(point, estimate.offset, estimate.skew, estimate.at);
    }
  }

  /** Nanoseconds that a delay between two points may be wrong by. */
  private readonly error = (from: number, to: number): number => clockError(this.estimates, from, to);

  /** Takes records of a batch, from index `from` up to before `until`, all of one point; or each of its interface's. */
  add(batch: Batch, from: number, until: number, point?: number): void {
    const { choice } = this;
    if (from < until) {
      this.begin ??= [batch.seconds[from], batch.nanoseconds[from]];
      this.latest = Math.max(
        this.latest,
        batch.seconds[until - 1] * 1e3 + batch.nanoseconds[until - 1] / 1e6,
      );
    }
    for (let i = from; i < until; i++) {
      const frame = point === undefined ? 0 : batch.frame(i);
      const at = point ?? batch.interface[i];
      this.trace.add(at, batch, i, frame, choice === undefined || choice.takes(batch, i, at));
    }
  }

  /** Takes packets that another thread has read. */
  takeRead(packets: ReadPackets, secret: number): void {
    const { trace } = this;
    const { count, seconds, nanoseconds } = packets;
    if (count === 0) return;
    this.begin ??= [seconds[0], nanoseconds[0]];
    for (let k = 0; k < count; k++) {
      const latest = seconds[k] * 1e3 + nanoseconds[k] / 1e6;
      if (latest > this.latest) this.latest = latest;
    }
    trace.addRead(packets, secret);
  }

  /** Are only the packets' identities used, and none printed? */
  get readsOnly(): boolean {
    return this.printer === undefined;
  }

  /** When the first and the latest record were captured: seconds since 1970 and nanoseconds, and milliseconds. */
  get span(): { begin: [seconds: number, nanoseconds: number]; latest: number } {
    return { begin: this.begin ?? [0, 0], latest: this.latest };
  }

  /** Flushes the output. Throws Closed if the reader has gone. */
  flush(): void {
    this.sink.flush();
  }

  private report(way: Path): void {
    this.ledger.add(way);
    if (this.printer !== undefined && this.chosen(way)) this.print(way);
    this.onPath?.(way);
  }

  private print(way: Path): void {
    const { sink, printer } = this;
    const { text } = sink;
    if (way.batch === undefined) text.utf8('(a packet that is no longer kept)\n');
    else printer!.print(way.batch, 0);
    text.utf8(`        ${this.lines.text(way)}\n`);
    sink.line();
  }

  /** The trace as --json prints it. */
  document(outcomes: readonly AssertionOutcome[] = []): TraceReport {
    return traceReport(this.trace, this.ledger, this.clock, this.error, this.notes, this.counters, outcomes);
  }

  /** Writes the page of --report, with what the filters take of the captures at the points. */
  async writePage(inputs: readonly PageInput[], filter: string, displayFilter?: string): Promise<void> {
    const { writePage } = await import('../report/page.ts');
    const trace = this.document();
    const title = `Trace: ${trace.points.join(' → ')}`;
    await writePage(
      inputs,
      { title, filter, displayFilter, trace, topology: this.topology, maxConnections: MOST_CONNECTIONS },
      { path: this.plan.page ?? '-' },
    );
  }

  /** After the last record: the summary or the document, and the outcomes of the assertions. */
  finish(): void {
    this.trace.end();
    const { plan, sink, trace, ledger } = this;
    const outcomes: AssertionOutcome[] = checkTraceAssertions(this.assertions, trace, ledger);
    if (plan.json) {
      sink.print(`${JSON.stringify(this.document(outcomes), null, 2)}\n`);
    } else sink.print(traceSummary(trace, ledger, this.error));
    sink.flush();
    for (const note of this.notes) process.stderr.write(`nscap: ${note}\n`);
    reportOutcomes('trace', outcomes, plan.junit);
  }
}
