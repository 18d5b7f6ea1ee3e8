// Analysis while packets are captured or printed: the verdict behind each line, and what was found at the end.
import type { Batch } from '../base/batch.ts';
import { escapeControls } from '../base/escape-controls.ts';
import type { Text } from '../base/text.ts';
import type { CaptureStore } from '../cli/store/capture-store.ts';
import { type Assertion, checkAssertions, type Outcome } from '../report/assertions.ts';
import type { PacketSource } from '../source/source.ts';
import { Analysis } from './analysis.ts';
import { PerInterface } from './per-interface.ts';
import { Queries } from './queries.ts';
import { Statistics } from './statistics.ts';
import { appendTags } from './tags.ts';

/** Connections of an interface that are followed at a time, unless told otherwise: about 100 MB when there are so many. */
export const LIVE_CONNECTIONS = 100_000;

/** Connections that the closing report lists of an interface, the worst first. */
const LISTED = 50;

/** What is known of one interface's packets. */
class Watch {
  readonly label: string;
  readonly analysis: Analysis;
  readonly statistics: Statistics;
  readonly queries = new Queries();
  /** The last record was a TCP segment. */
  tcp = false;
  /** What stores rows of it. */
  rows: CaptureStore | undefined;

  constructor(label: string, maxConnections: number) {
    this.label = label;
    this.analysis = new Analysis(maxConnections);
    this.statistics = new Statistics(this.analysis);
  }

  add(batch: Batch, index: number): void {
    this.tcp = this.statistics.add(batch, index);
    this.queries.add(this.analysis, this.tcp, batch, index);
    if (this.tcp) this.rows?.add(batch, index);
  }
}

/** Judges packets as they come. */
export class LiveAnalysis {
  private readonly watches: PerInterface<Watch>;
  /** The one for all interfaces together. */
  private readonly together: Watch | undefined;
  private last: Watch | undefined;
  /** Of all interfaces there were, those that are gone among them. */
  private readonly stores: CaptureStore[] = [];

  /**
   * Each interface of the source has its own state; with `together` all have one, as Wireshark has it
   * when it reads a file.
   */
  constructor(
    source: PacketSource,
    maxConnections = LIVE_CONNECTIONS,
    together = false,
    store?: (statistics: Statistics, label: string) => CaptureStore,
  ) {
    this.watches = new PerInterface(source, (label) => {
      const watch = new Watch(label, maxConnections);
      watch.rows = store?.(watch.statistics, label);
      if (watch.rows !== undefined) this.stores.push(watch.rows);
      return watch;
    });
    if (together) this.together = new Watch('', maxConnections);
  }

  /** Looks at record `index`. */
  add(batch: Batch, index: number): void {
    this.last = this.together ?? this.watches.of(batch, index);
    this.last.add(batch, index);
  }

  /** Records of the first `interfaces` interfaces. */
  addBatch(batch: Batch, interfaces = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < batch.count; i++) if (batch.interface[i]! < interfaces) this.add(batch, i);
  }

  /** Appends the verdicts on the last record, each behind a space. */
  readonly remark = (text: Text): void => {
    if (this.last!.tcp) appendTags(text, this.last!.analysis);
  };

  /** After the last record: writes the rest of the rows. */
  finishRows(): void {
    for (const store of this.stores) store.finish();
  }

  /** What was found, for people: a report for each interface. */
  async text(): Promise<string> {
    const { all } = this;
    if (all.length === 0) return 'no packets, nothing to tell\n';
    const { reportText } = await import('../report/analysis.ts');
    const parts: string[] = [];
    for (const { label, statistics, queries } of all) {
      const report = await reportText(statistics, queries, { sort: 'worst', limit: LISTED });
      parts.push(all.length === 1 ? report : `${escapeControls(label)}\n${report}`);
    }
    return parts.join('\n');
  }

  /** The same for programs, an object for each interface. */
  async json(): Promise<object[]> {
    const { reportDocument } = await import('../report/analysis.ts');
    return Promise.all(
      this.all.map(async ({ label, statistics, queries }) => ({
        interface: label,
        ...(await reportDocument(statistics, queries, label, 0)),
      })),
    );
  }

  /** What became of the assertions, on each of the interfaces. */
  check(assertions: readonly Assertion[]): Outcome[] {
    // A capture without a packet has none of anything.
    const all = this.all.length > 0 ? this.all : [new Watch('', 1)];
    return all.flatMap(({ label, statistics, queries }) =>
      checkAssertions(assertions, statistics.summary(), statistics, queries, all.length === 1 ? '' : label),
    );
  }

  private get all(): readonly Watch[] {
    return this.together === undefined ? this.watches.all : [this.together];
  }
}
