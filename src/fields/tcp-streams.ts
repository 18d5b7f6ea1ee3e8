// What tcp.time_relative, tcp.time_delta and tcp.completeness take besides the analysis: a few numbers for each connection.
import type { Analysis } from '../flow/analysis.ts';
import { REUSED_PORTS } from '../flow/verdict.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';

/** Bits of tcp.completeness. */
const SYN_SEEN = 1;
const SYN_ACK_SEEN = 2;
const ACK_SEEN = 4;
const DATA_SEEN = 8;
const FIN_SEEN = 16;
const RST_SEEN = 32;

/** A row for each row of the analysis's table of connections; a row used for another connection begins again. */
export class TcpStreams {
  /** Of the last segment: its row here. */
  row = -1;
  /** Seconds and nanoseconds of the stream's first segment, and of the one before this. */
  times = new Float64Array(0);
  completeness = new Uint8Array(0);
  /** The first FIN of the stream came from: 1 the lower endpoint, 2 the higher; 0 before it. */
  firstFin = new Uint8Array(0);
  /** tcp.completeness as it was when the segment was shown. */
  shown = 0;
  /** The segment is its stream's first. */
  private isNew = false;
  private stream = new Int32Array(0);
  private readonly last = new Float64Array(2);

  /** Takes the segment that the analysis has at hand, at this time. */
  add(analysis: Analysis, seconds: number, nanoseconds: number): void {
    const { row, last } = this;
    if (row >= 0) {
      this.times[row * 4 + 2] = last[0];
      this.times[row * 4 + 3] = last[1];
    }
    this.row = analysis.row;
    if (analysis.row < 0) return;
    if (analysis.row >= this.stream.length) this.grow(analysis.row);
    this.isNew = this.stream[analysis.row] !== analysis.stream + 1;
    if (this.isNew) this.begin(analysis, seconds, nanoseconds);
    last[0] = seconds;
    last[1] = nanoseconds;
    this.complete(analysis);
  }

  private begin(analysis: Analysis, seconds: number, nanoseconds: number): void {
    const { row } = analysis;
    this.stream[row] = analysis.stream + 1;
    this.completeness[row] = 0;
    this.firstFin[row] = 0;
    for (let i = 0; i < 4; i += 2) {
      this.times[row * 4 + i] = seconds;
      this.times[row * 4 + i + 1] = nanoseconds;
    }
  }

  private complete(analysis: Analysis): void {
    const { flags, length, wellFormed } = analysis.segment;
    const { row } = this;
    let seen = this.completeness[row];
    this.shown = seen;
    if (!wellFormed) return;
    if ((flags & FIN) !== 0 && this.firstFin[row] === 0) this.firstFin[row] = analysis.direction + 1;
    if (this.isNew && (flags & (SYN | ACK)) !== SYN) return;
    // Ports used again begin with the SYN.
    if (this.isNew && (analysis.verdict & REUSED_PORTS) !== 0) this.shown = SYN_SEEN;
    // As Wireshark counts: of a segment with data only the data, and no ACK in the segment that the stream begins with.
    // A SYN counts where the stream begins with it, and a FIN with an ACK.
    if ((flags & SYN) !== 0) seen |= (flags & ACK) !== 0 ? SYN_ACK_SEEN : this.isNew ? SYN_SEEN : 0;
    else if ((flags & ACK) !== 0 && length === 0) seen |= ACK_SEEN;
    const isAnswer = (flags & (SYN | ACK)) === (SYN | ACK);
    if (length > 0 && (flags & (SYN | ACK)) !== 0 && !isAnswer && (flags & RST) === 0) seen |= DATA_SEEN;
    if ((flags & (FIN | ACK)) === (FIN | ACK)) seen |= FIN_SEEN;
    if ((flags & RST) !== 0) seen |= RST_SEEN;
    this.completeness[row] = seen;
  }

  private grow(row: number): void {
    let size = Math.max(256, this.stream.length);
    while (size <= row) size *= 2;
    const { stream, times, completeness, firstFin } = this;
    this.stream = new Int32Array(size);
    this.stream.set(stream);
    this.times = new Float64Array(size * 4);
    this.times.set(times);
    this.completeness = new Uint8Array(size);
    this.completeness.set(completeness);
    this.firstFin = new Uint8Array(size);
    this.firstFin.set(firstFin);
  }
}
