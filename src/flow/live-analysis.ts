// Analysis while packets are captured or printed, of each interface by itself.
import type { Batch } from '../base/batch.ts';
import type { Interfaces } from '../base/interface.ts';
import type { Text } from '../base/text.ts';
import { Analysis } from './analysis.ts';
import { CaptureAnalysis } from './capture-analysis.ts';
import { PerInterface } from './per-interface.ts';
import type { Statistics } from './statistics.ts';
import { appendTags } from './tags.ts';

/** Connections of an interface followed at a time by default: about 100 MB. */
export const LIVE_CONNECTIONS = 100_000;

/** What keeps what is found of an interface, segment by segment. */
export interface SegmentRows {
  /** Record `index` is a segment that the statistics have just added. */
  add(batch: Batch, index: number): void;
  /** After the last one. */
  finish(): void;
}

/** What was found on one interface; `label` is its name, empty where all are analyzed together. */
export class InterfaceAnalysis extends CaptureAnalysis {
  readonly label: string;
  /** The last record was a TCP segment. */
  isSegment = false;
  rows: SegmentRows | undefined;

  constructor(label: string, maxConnections: number) {
    super(new Analysis(maxConnections));
    this.label = label;
  }

  override add(batch: Batch, index: number): boolean {
    this.isSegment = super.add(batch, index);
    if (this.isSegment) this.rows?.add(batch, index);
    return this.isSegment;
  }
}

/** Analyzes packets as they come. */
export class LiveAnalysis {
  private readonly interfaces: PerInterface<InterfaceAnalysis>;
  /** The one for all interfaces together. */
  private readonly together: InterfaceAnalysis | undefined;
  private last: InterfaceAnalysis | undefined;
  /** Of all interfaces there were, those that are gone among them. */
  private readonly rows: SegmentRows[] = [];

  /**
   * Each interface of the source has its own state; with `together` all have one, as Wireshark has it
   * when it reads a file. `rows` makes what keeps the segments of an interface.
   */
  constructor(
    source: Interfaces,
    maxConnections = LIVE_CONNECTIONS,
    together = false,
    rows?: (statistics: Statistics, label: string) => SegmentRows,
  ) {
    this.interfaces = new PerInterface(source, (label) => {
      const made = new InterfaceAnalysis(label, maxConnections);
      made.rows = rows?.(made.statistics, label);
      if (made.rows !== undefined) this.rows.push(made.rows);
      return made;
    });
    if (together) this.together = new InterfaceAnalysis('', maxConnections);
  }

  /** Processes record `index`. */
  add(batch: Batch, index: number): void {
    this.last = this.together ?? this.interfaces.of(batch, index);
    this.last.add(batch, index);
  }

  /** Records of the first `interfaces` interfaces. */
  addBatch(batch: Batch, interfaces = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < batch.count; i++) if (batch.interface[i] < interfaces) this.add(batch, i);
  }

  /** Appends the verdicts on the last record, each preceded by a space. */
  readonly remark = (text: Text): void => {
    if (this.last!.isSegment) appendTags(text, this.last!.analysis);
  };

  /** After the last record: writes the rest of the rows. */
  finishRows(): void {
    for (const one of this.rows) one.finish();
  }

  /** What was found, of each interface that packets came from. */
  get all(): readonly InterfaceAnalysis[] {
    return this.together === undefined ? this.interfaces.all : [this.together];
  }
}
