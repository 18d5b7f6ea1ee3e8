// The results of analyzing a live capture, as rows: per interface, as the analysis is.
import type { Batch } from '../../base/batch.ts';
import type { Statistics } from '../../flow/statistics.ts';
import { findingsOf } from '../../report/tcp/findings.ts';
import { CAPTURE_BATCH } from '../../store/batch-writer.ts';
import { CaptureRows } from '../../store/capture-rows.ts';
import type { SocketStates } from '../../store/socket-states.ts';
import { LiveStore } from './live-store.ts';

const BILLION = 1_000_000_000n;
/** Milliseconds between two checks for connections that are over. */
const EVERY = 10_000;

interface CaptureStoreOptions {
  filter: string;
  /** Where the packets are written, if to one file. */
  file: string | undefined;
  /** What --sockets samples. */
  sockets?: SocketStates | undefined;
}

/** The rows of one interface of a live capture. Writing them never fails: what cannot be written is counted. */
export class CaptureStore {
  private readonly store: LiveStore;
  private readonly rows: CaptureRows;
  private readonly statistics: Statistics;
  private readonly label: string;
  private readonly options: CaptureStoreOptions;
  private readonly timer: NodeJS.Timeout;

  constructor(target: string, statistics: Statistics, label: string, options: CaptureStoreOptions) {
    this.store = new LiveStore(target);
    this.statistics = statistics;
    this.label = label;
    this.options = options;
    this.rows = new CaptureRows(statistics, this.store.writer, {
      sample: 0,
      findings: findingsOf,
      interfaceName: () => label,
      sockets: options.sockets,
    });
    this.timer = setInterval(() => this.store.attempt(() => this.rows.sweep()), EVERY).unref();
  }

  /** Stores what is to be stored of the record that the statistics have just added. */
  add(batch: Batch, index: number): void {
    try {
      this.rows.add(batch, index);
    } catch (error) {
      this.store.fail(error);
    }
  }

  /** Writes the rest: connections that are not over, and the capture. */
  finish(): void {
    clearInterval(this.timer);
    const { statistics, rows, store } = this;
    store.attempt(() => rows.finish());
    store.flush();
    if (statistics.packets > 0) store.attempt(() => this.describe());
    store.close();
  }

  private describe(): void {
    const { statistics, rows, options } = this;
    const begin = rows.absolute(0);
    this.store.writer.single('captures', CAPTURE_BATCH, Number(begin / BILLION), (to) =>
      to.add(begin, {
        file: options.file ?? null,
        filter: options.filter,
        interfaces: this.label,
        end_time: rows.absolute(statistics.span),
        packets: statistics.packets,
        segments: statistics.segments,
        connections: statistics.analysis.streams,
        sample: 0,
        stored: BigInt(Date.now()) * 1_000_000n,
      }),
    );
  }
}
