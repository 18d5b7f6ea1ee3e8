// Values over time, drawn: bars, steps, points and spans lie on one axis whatever times they have.
import type uPlot from 'uplot';
import { color } from './colors.ts';

/** Values over time that are drawn alike. Times in seconds, ascending as far as clocks allow. */
export interface Layer {
  name: string;
  /** A color of the style. */
  color: string;
  /** Spans fill the height from each time to its end. */
  shape: 'step' | 'line' | 'points' | 'bars' | 'columns' | 'spans';
  times: Float64Array;
  values: Float64Array;
  /** Of bars: their other end; of spans: the time they end at. */
  ends?: Float64Array;
  /** A letter that marks each where there is room. */
  letter?: string;
  /** The axis leaves it out where the others stay far below it. */
  aside?: boolean;
}

/** How many times the others' highest value one aside is left out above. */
const FAR_ABOVE = 4;

/** Part of the axis above the highest value, so that its mark is whole. */
const MARGIN = 0.06;

/** The first index whose time is not below `time`. */
export function lowerBound(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Lowest and highest value that is shown; [Infinity, -Infinity] where none is. */
function extent(layers: Layer[], min: number, max: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { times, values, ends } of layers) {
    // The value before what is shown still holds at its beginning.
    for (let i = Math.max(0, lowerBound(times, min) - 1); i < times.length && times[i] <= max; i++) {
      low = Math.min(low, values[i]);
      high = Math.max(high, ends?.[i] ?? values[i]);
    }
  }
  return [low, high];
}

/** Whether the layer's highest value is so far above the others' that the axis leaves it out. */
export function isFarAbove(layer: Layer, layers: Layer[], min: number, max: number): boolean {
  if (layer.aside !== true) return false;
  const [, high] = extent(
    layers.filter(({ aside }) => aside !== true),
    min,
    max,
  );
  return high > 0 && extent([layer], min, max)[1] > high * FAR_ABOVE;
}

export function rangeOf(layers: Layer[], min: number, max: number, zero = false): [number, number] {
  if (layers.some(({ shape }) => shape === 'spans')) return [0, 1];
  const [least, high] = extent(
    layers.filter((layer) => !isFarAbove(layer, layers, min, max)),
    min,
    max,
  );
  const low = zero ? 0 : least;
  if (!(high >= low)) return [0, 1];
  const margin = (high - low) * MARGIN || 1;
  return [zero ? 0 : low - margin, high + margin];
}

export function drawLayers(plot: uPlot, layers: Layer[]): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  for (const layer of layers) drawLayer(plot, layer);
  ctx.restore();
}

/** Points that are drawn large. */
const FEW = 1000;

function drawLayer(plot: uPlot, layer: Layer): void {
  const { ctx } = plot;
  const { min, max } = plot.scales.x as { min: number; max: number };
  const x = (value: number) => plot.valToPos(value, 'x', true);
  const y = (value: number) => plot.valToPos(value, 'y', true);
  const { times, values, ends, shape } = layer;
  const first = Math.max(0, lowerBound(times, min) - 1);
  const pixel = devicePixelRatio;
  // A few are seen only where they are large, and many only where they are small.
  const radius = (times.length < FEW ? 2 : 1) * pixel;
  ctx.strokeStyle = color(layer.color);
  ctx.fillStyle = ctx.strokeStyle;
  ctx.lineWidth = (layer.letter === undefined ? 1 : 2) * pixel;
  ctx.beginPath();
  let count = 0;
  let last = 0;
  for (let i = first; i < times.length; i++) {
    const px = x(times[i]);
    const py = y(values[i]);
    if (shape === 'spans')
      ctx.rect(px, plot.bbox.top, Math.max(pixel / 2, x(ends![i]) - px), plot.bbox.height);
    else if (shape === 'points') ctx.rect(px - radius, py - radius, 2 * radius, 2 * radius);
    else if (shape === 'columns') {
      const next = i + 1 < times.length ? x(times[i + 1]) : px;
      ctx.rect(px, py, Math.max(pixel, next - px), y(0) - py);
    } else if (shape === 'bars') {
      const end = ends === undefined ? py : y(ends[i]);
      // A bar is never too short to be seen.
      ctx.moveTo(px, py + pixel);
      ctx.lineTo(px, Math.min(end, py - pixel));
    } else {
      if (i > first && shape === 'step') ctx.lineTo(px, last);
      if (i === first) ctx.moveTo(px, py);
      else ctx.lineTo(px, py);
    }
    last = py;
    count++;
    if (times[i] > max) break;
  }
  if (shape === 'step' && count > 0) ctx.lineTo(x(max), last);
  if (shape === 'points' || shape === 'columns' || shape === 'spans') ctx.fill();
  else ctx.stroke();
  if (layer.letter !== undefined && count < LETTERS) drawLetters(plot, layer, first);
}

/** Letters of a layer that are drawn at most. */
const LETTERS = 120;

function drawLetters(plot: uPlot, { times, values, ends, letter }: Layer, first: number): void {
  const { ctx } = plot;
  const { max } = plot.scales.x as { max: number };
  const { left, width } = plot.bbox;
  ctx.font = `${11 * devicePixelRatio}px sans-serif`;
  ctx.textAlign = 'center';
  // At the edges they stand whole, too.
  const half = ctx.measureText(letter!).width / 2;
  const [least, most] = [left + half, left + width - half];
  for (let i = first; i < times.length && times[i] <= max; i++) {
    const top = plot.valToPos(ends?.[i] ?? values[i], 'y', true);
    const middle = plot.valToPos(times[i], 'x', true);
    if (middle < left) continue;
    ctx.fillText(letter!, Math.max(least, Math.min(most, middle)), top - 4 * devicePixelRatio);
  }
}
