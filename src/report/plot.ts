// Plots for a terminal: dots of braille characters, eight to a cell, with axes, as wide as there is room.
import { bitRate, byteSize, duration } from '../base/units.ts';
import { type Bars, KINDS } from '../flow/series/bars.ts';
import { BINS, type ConnectionSeries, type DirectionSeries } from '../flow/series/connection-series.ts';
import type { Line } from '../flow/series/line.ts';

export type Plot = 'rtt' | 'sequence' | 'throughput' | 'window';

/** Bits of a braille character (U+2800), by column and row of its dots. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];
const BRAILLE = 0x2800;
/** Columns of the labels at the left. */
const LABELS = 11;
const LEAST_WIDTH = 20;
const LEAST_HEIGHT = 4;

/** Letters of marked segments in the plot of sequence numbers. */
const LETTERS: Partial<Record<(typeof KINDS)[number], string>> = {
  retransmission: 'R',
  'fast-retransmission': 'F',
  'spurious-retransmission': 'S',
  'out-of-order': 'O',
  'zero-window': 'Z',
  rst: 'X',
};

/** Dots and letters over ranges of time and value. */
class Canvas {
  private readonly cells: Uint8Array;
  private readonly letters: (string | undefined)[] = [];
  private readonly width: number;
  private readonly height: number;
  private readonly start: number;
  private readonly span: number;
  private readonly low: number;
  private readonly high: number;

  constructor(width: number, height: number, start: number, span: number, low: number, high: number) {
    this.width = width;
    this.height = height;
    this.cells = new Uint8Array(width * height);
    this.start = start;
    this.span = Math.max(span, 1);
    this.low = low;
    this.high = high > low ? high : low + 1;
  }

  private x(time: number): number {
    return Math.round(((time - this.start) / this.span) * (this.width * 2 - 1));
  }

  private y(value: number): number {
    return Math.round(((this.high - value) / (this.high - this.low)) * (this.height * 4 - 1));
  }

  private dot(x: number, y: number): void {
    if (x < 0 || y < 0 || x >= this.width * 2 || y >= this.height * 4) return;
    this.cells[(y >> 2) * this.width + (x >> 1)] |= DOTS[x & 1][y & 3];
  }

  point(time: number, value: number): void {
    this.dot(this.x(time), this.y(value));
  }

  bar(time: number, from: number, to: number): void {
    const x = this.x(time);
    for (let y = Math.max(0, this.y(to)); y <= Math.min(this.height * 4 - 1, this.y(from)); y++)
      this.dot(x, y);
  }

  /** A line in steps: each value holds until the next. */
  steps(times: Float64Array, values: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const from = this.x(times[i]);
      const to = i + 1 < count ? this.x(times[i + 1]) : from;
      for (let x = Math.max(0, from); x <= Math.min(to, this.width * 2 - 1); x++)
        this.dot(x, this.y(values[i]));
    }
  }

  letter(time: number, value: number, letter: string): void {
    const column = Math.min(this.width - 1, Math.max(0, this.x(time) >> 1));
    const row = Math.min(this.height - 1, Math.max(0, this.y(value) >> 2));
    this.letters[row * this.width + column] = letter;
  }

  rows(): string[] {
    return Array.from({ length: this.height }, (_, row) =>
      Array.from({ length: this.width }, (_, column) => {
        const at = row * this.width + column;
        return (
          this.letters[at] ?? (this.cells[at] === 0 ? ' ' : String.fromCharCode(BRAILLE + this.cells[at]))
        );
      })
        .join('')
        .trimEnd(),
    );
  }
}

/** The plot of a direction of a connection in `width` columns and `height` lines, both of which have a least. */
export function plotText(
  plot: Plot,
  series: ConnectionSeries,
  direction: DirectionSeries,
  width: number,
  height: number,
): string {
  const columns = Math.max(LEAST_WIDTH, width - LABELS - 1);
  const rows = Math.max(LEAST_HEIGHT, height - 3);
  const { start, span } = series.axis;
  const canvas = (low: number, high: number) => new Canvas(columns, rows, start, span, low, high);
  switch (plot) {
    case 'rtt': {
      const { rtt } = direction;
      const top = highest(rtt);
      const on = canvas(0, top);
      for (let i = 0; i < rtt.count; i++) on.point(rtt.times[i], rtt.values[i]);
      return framed('round-trip time', on.rows(), 0, top, duration, series, columns);
    }
    case 'throughput': {
      const top = Math.max(...direction.bytes);
      const on = canvas(0, top);
      direction.bytes.forEach((bytes, i) => {
        for (let part = 0; part < 1; part += 0.25) on.bar(start + ((i + part) * span) / BINS, 0, bytes);
      });
      const unit = (bytes: number) => bitRate((bytes * 1e9) / Math.max(series.bin, 1));
      return framed('throughput', on.rows(), 0, top, unit, series, columns);
    }
    case 'window': {
      const { window, flight } = direction;
      const top = Math.max(highest(window), highest(flight));
      const on = canvas(0, top);
      on.steps(window.times, window.values, window.count);
      for (let i = 0; i < flight.count; i++) on.bar(flight.times[i], 0, flight.values[i]);
      return framed('window (line) and bytes in flight (bars)', on.rows(), 0, top, byteSize, series, columns);
    }
    case 'sequence': {
      const { bars, acks, edges } = direction;
      const top = Math.max(highest(edges), ...bars.ends.subarray(0, bars.count));
      const on = canvas(0, top);
      on.steps(acks.times, acks.values, acks.count);
      on.steps(edges.times, edges.values, edges.count);
      drawBars(on, bars);
      const title = 'sequence numbers (R F S sent again, O out of order, Z zero window, X RST)';
      return framed(title, on.rows(), 0, top, (value) => String(Math.round(value)), series, columns);
    }
  }
}

function drawBars(canvas: Canvas, bars: Bars): void {
  for (let i = 0; i < bars.count; i++) {
    const kind = KINDS[bars.kinds[i]];
    if (kind === 'sack') continue;
    canvas.bar(bars.times[i], bars.begins[i], bars.ends[i]);
    const letter = LETTERS[kind];
    if (letter !== undefined) canvas.letter(bars.times[i], bars.ends[i], letter);
  }
}

function highest({ values, count }: Line): number {
  let top = 0;
  for (let i = 0; i < count; i++) top = Math.max(top, values[i]);
  return top;
}

/** The rows with values at the left and times below. */
function framed(
  title: string,
  rows: string[],
  low: number,
  high: number,
  unit: (value: number) => string,
  { axis }: ConnectionSeries,
  columns: number,
): string {
  const label = (text: string) => text.slice(0, LABELS).padStart(LABELS);
  const middle = Math.floor((rows.length - 1) / 2);
  const lines = rows.map((row, i) => {
    const value = i === 0 ? high : i === rows.length - 1 ? low : i === middle ? (high + low) / 2 : undefined;
    return `${label(value === undefined ? '' : unit(value))}│${row}`;
  });
  const begin = `${(axis.start / 1e9).toFixed(3)} s`;
  const end = `${((axis.start + axis.span) / 1e9).toFixed(3)} s`;
  const foot = `${begin}${end.padStart(Math.max(end.length + 1, columns - begin.length))}`;
  return [
    ...wrapped(title, columns + LABELS + 1),
    ...lines,
    `${label('')}└${'─'.repeat(columns)}`,
    `${label('')} ${foot}`,
    '',
  ].join('\n');
}

/** A text in lines of whole words; a word longer than a line has one for itself. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}
