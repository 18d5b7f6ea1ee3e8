// What the analysis of a capture finds, as rows: segments and samples while it runs, connections when they end.
import type { Batch } from '../base/batch.ts';
import * as cell from '../flow/connection.ts';
import { type Connection, connectionOf } from '../flow/record.ts';
import type { Statistics } from '../flow/statistics.ts';
import { RETRANSMISSION, VERDICTS } from '../flow/verdict.ts';
import type { BatchWriter } from './batch-writer.ts';
import { addConnection } from './connection-row.ts';
import { flowKey } from './flow-key.ts';
import { storable } from './rows.ts';
import { INTERVAL, SampleTable } from './sample-table.ts';
import { TABLES } from './schema.ts';
import { SocketStates } from './socket-states.ts';

const BILLION = 1_000_000_000n;
/** Nanoseconds. */
const TIME_WAIT = 60e9;
/** A finding, as report/ makes it of a connection. */
export interface StoredFinding {
  code: string;
  severity: string;
  text: string;
  frames: readonly number[];
}

const place = Object.fromEntries(TABLES.segments.columns.map(({ name }, i) => [name, i]));
/** Places of the columns of `segments` that `segment` fills. */
const STREAM = place.stream;
const FLOW_KEY = place.flow_key;
const FRAME = place.frame;
const FROM_CLIENT = place.from_client;
const FLAGS = place.flags;
const SEQ = place.seq;
const LEN = place.len;
const NAMES = place.verdicts;
const BITS = place.verdict_bits;
const ACK_RTT = place.ack_rtt;
const RTO = place.rto;
const DUPLICATE = place.duplicate_ack_number;
const FLIGHT = place.bytes_in_flight;
const WINDOW = place.window;

/** Places of the columns of `findings`. */
const FINDING = Object.fromEntries(TABLES.findings.columns.map(({ name }, i) => [name, i]));

/** Follows a Statistics and writes what it finds. */
export class CaptureRows {
  /** What is known of sockets; of `samples` it becomes part. */
  readonly sockets: SocketStates;
  private readonly statistics: Statistics;
  private readonly writer: BatchWriter;
  private readonly findings: (connection: Connection) => readonly StoredFinding[];
  private readonly interfaceName: (index: number) => string;
  private readonly sample: number;
  private readonly samples: SampleTable;
  private untilSample: number;
  /** Texts of the masks of verdicts met so far. */
  private readonly names = new Map<number, string>([[0, '']]);
  /** Flow keys by row, with what they were made of: a row may become another connection's. */
  private readonly keys: (string | undefined)[] = [];
  /** By row the number of the connection that was written before it is retired. */
  private readonly swept: (number | undefined)[] = [];

  /**
   * `sample`: every nth segment without a verdict is stored as well; 0 for none. Takes over `onRetire` of the analysis.
   */
  constructor(
    statistics: Statistics,
    writer: BatchWriter,
    options: {
      sample: number;
      findings: (connection: Connection) => readonly StoredFinding[];
      interfaceName: (index: number) => string;
      /** Of live captures: what samples of sockets are added to, whatever interface their packets are on. */
      sockets?: SocketStates | undefined;
    },
  ) {
    this.statistics = statistics;
    this.writer = writer;
    this.sample = options.sample;
    this.untilSample = options.sample;
    this.findings = options.findings;
    this.interfaceName = options.interfaceName;
    this.sockets = options.sockets ?? new SocketStates(INTERVAL);
    this.samples = new SampleTable(statistics, writer, (row) => this.keyOf(row), this.sockets);
    const { analysis } = statistics;
    const release = analysis.onRetire;
    analysis.onRetire = (row) => {
      this.connection(row);
      this.keys[row] = undefined;
      release?.(row);
    };
  }

  /** Stores what is to be stored of the segment that the statistics have just added. */
  add(batch: Batch, index: number): void {
    const { analysis } = this.statistics;
    if (analysis.row < 0 || analysis.segment.quoted) return;
    this.samples.add(batch, index, (analysis.verdict & RETRANSMISSION) !== 0);
    if (analysis.verdict === 0) {
      if (this.sample === 0 || --this.untilSample > 0) return;
      this.untilSample = this.sample;
    }
    this.segment(batch, index);
  }

  private segment(batch: Batch, index: number): void {
    const { analysis } = this.statistics;
    const { segment, verdict, row, ackRtt, rto } = analysis;
    const seconds = storable(batch.seconds[index]);
    const rows = this.writer.rows('segments', seconds);
    const i = rows.next(BigInt(seconds) * BILLION + BigInt(batch.nanoseconds[index]));
    const column = rows.columns as unknown as Record<number, unknown>[];
    column[STREAM][i] = analysis.stream;
    column[FLOW_KEY][i] = this.keyOf(row);
    column[FRAME][i] = analysis.frame;
    column[FROM_CLIENT][i] = this.fromClient();
    column[FLAGS][i] = segment.flags;
    column[SEQ][i] = BigInt(segment.sequence >>> 0);
    column[LEN][i] = segment.length;
    column[NAMES][i] = this.namesOf(verdict);
    column[BITS][i] = verdict;
    column[ACK_RTT][i] = analysis.acksFrame === 0 ? Number.NaN : ackRtt.value;
    column[RTO][i] = rto.isZero ? Number.NaN : rto.value;
    column[DUPLICATE][i] = analysis.duplicateAckNumber || Number.NaN;
    column[FLIGHT][i] = analysis.bytesInFlight || Number.NaN;
    column[WINDOW][i] = analysis.windowSize;
    this.writer.full(rows);
  }

  /**
   * Writes the connections that are closed and have been silent for a minute, as long as TIME-WAIT lasts on Linux, and no
   * capture of days waits for its end. What comes of them later is not in their row.
   */
  sweep(): void {
    const { table } = this.statistics.analysis;
    const before = this.statistics.now - TIME_WAIT;
    for (let row = 0; row < table.rows; row++) {
      const cells = table.cells(row);
      const offset = table.offset(row);
      const state = cells[offset + cell.STATE];
      if ((state & cell.IN_USE) === 0 || (state & cell.CLOSED) === 0) continue;
      if (table.values(row)[offset / 2 + cell.LAST] > before) continue;
      this.connection(row);
      this.swept[row] = cells[offset + cell.STREAM];
    }
  }

  /** Writes what is left: the connections that are not retired. */
  finish(): void {
    const { table } = this.statistics.analysis;
    for (let row = 0; row < table.rows; row++) {
      if ((table.cells(row)[table.offset(row) + cell.STATE] & cell.IN_USE) !== 0) this.connection(row);
    }
  }

  /** Nanoseconds since 1970 of a time that counts from the first packet. */
  absolute(time: number): bigint {
    const { base, baseNanoseconds } = this.statistics;
    if (Number.isNaN(base)) return 0n;
    return BigInt(storable(base)) * BILLION + BigInt(baseNanoseconds) + BigInt(Math.round(time));
  }

  private connection(row: number): void {
    const { statistics, writer } = this;
    const connection = connectionOf(statistics, row);
    if (this.swept[row] === connection.stream) return;
    if (connection.firstFrame === 0) return; // only an ICMP error quoted it
    const time = this.absolute(connection.start);
    const seconds = Number(time / BILLION);
    const key = flowKey(statistics.analysis, row);
    this.samples.end(row);
    const rows = writer.rows('connections', seconds);
    addConnection(rows, time, connection, key, this.interfaceName(connection.interface));
    writer.full(rows);
    for (const { code, severity, text, frames } of this.findings(connection)) {
      const found = writer.rows('findings', seconds);
      const row = found.next(time);
      const column = found.columns as unknown as Record<number, unknown>[];
      column[FINDING.subject][row] = 'connection';
      column[FINDING.stream][row] = connection.stream;
      column[FINDING.flow_key][row] = key;
      column[FINDING.code][row] = code;
      column[FINDING.severity][row] = severity;
      column[FINDING.text][row] = text;
      column[FINDING.frames][row] = frames.join(',');
      writer.full(found);
    }
  }

  private keyOf(row: number): string {
    const { analysis } = this.statistics;
    const known = this.keys[row];
    if (known !== undefined) return known;
    const key = flowKey(analysis, row);
    // Before the SYN-ACK it is not the one that stays.
    const cells = analysis.table.cells(row);
    if (cells[analysis.table.offset(row) + cell.SYN_FRAME] === 0 || !key.startsWith('x'))
      this.keys[row] = key;
    return key;
  }

  private fromClient(): boolean {
    const { cells, offset, direction } = this.statistics.analysis;
    return ((cells[offset + cell.STATE] & cell.CLIENT_HIGH) !== 0) === (direction === 1);
  }

  private namesOf(mask: number): string {
    let names = this.names.get(mask);
    if (names === undefined) {
      names = VERDICTS.filter((_, bit) => (mask & (1 << bit)) !== 0).join(',');
      this.names.set(mask, names);
    }
    return names;
  }
}
