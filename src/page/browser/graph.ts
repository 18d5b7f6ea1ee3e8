// A graph over time: uPlot draws axes, cursor and selection, this layer the values, so that bars, steps and points lie on one
// axis whatever times they have. Graphs of a group share cursor and zoom.
import uPlot from 'uplot';
import { color, onColors } from './colors.ts';
import { fill, h } from './dom.ts';

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
}

export interface GraphOptions {
  title: string;
  unit: (value: number) => string;
  height: number;
  layers: Layer[];
  span: [number, number];
  /** The axis of values begins at 0. */
  zero?: boolean;
  /** Called with the time and the value that were clicked, and how much of each a pixel is. */
  pick?: (time: number, value: number, perPixel: { time: number; value: number }) => void;
}

/** Graphs that are zoomed together. */
export class Group {
  readonly plots: uPlot[] = [];
  private readonly span: [number, number];
  readonly key: string;
  private busy = false;
  private static made = 0;

  constructor(span: [number, number]) {
    this.span = span;
    this.key = `group${Group.made++}`;
  }

  /** Shows this range of time in all graphs. */
  zoom(min: number, max: number): void {
    if (this.busy) return;
    const [first, last] = this.span;
    const width = Math.max(max - min, (last - first) * 1e-9, 1e-9);
    const from = Math.max(first, Math.min(min, last - width));
    this.busy = true;
    for (const plot of this.plots) plot.setScale('x', { min: from, max: Math.min(last, from + width) });
    this.busy = false;
  }

  reset(): void {
    this.zoom(...this.span);
  }

  /** Moves by a share of what is shown, or zooms to a share of it around its middle. */
  move(share: number, zoom = 1): void {
    const { min, max } = this.plots[0]!.scales.x as { min: number; max: number };
    const half = ((max - min) / 2) * zoom;
    const middle = (min + max) / 2 + (max - min) * share;
    this.zoom(middle - half, middle + half);
  }

  destroy(): void {
    for (const plot of this.plots.splice(0)) plot.destroy();
  }
}

const KEYS: Record<string, (group: Group) => void> = {
  ArrowLeft: (group) => group.move(-0.2),
  ArrowRight: (group) => group.move(0.2),
  '+': (group) => group.move(0, 0.5),
  '=': (group) => group.move(0, 0.5),
  '-': (group) => group.move(0, 2),
  '0': (group) => group.reset(),
};

/** A graph with its title, values at the cursor and legend. */
export function graph(group: Group, options: GraphOptions): HTMLElement {
  const readout = h('output', { class: 'readout' });
  const legend = h(
    'ul',
    { class: 'legend' },
    ...options.layers.map((layer) => h('li', { class: `ink-${layer.color}` }, layer.name)),
  );
  const holder = h('div', {
    class: 'plot',
    tabindex: 0,
    role: 'img',
    'aria-label': `${options.title}: ${options.layers.map(({ name }) => name).join(', ')}. Arrow keys move, plus and minus zoom, 0 shows all.`,
  });
  holder.addEventListener('keydown', (event) => {
    const action = KEYS[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action(group);
  });
  const figure = h(
    'figure',
    { class: 'graph' },
    h('figcaption', {}, h('h4', {}, options.title), readout),
    holder,
    legend,
  );
  // uPlot needs to know how wide it is: when it is in the page.
  requestAnimationFrame(() => {
    if (holder.isConnected) draw(group, options, holder, readout);
  });
  return figure;
}

function draw(group: Group, options: GraphOptions, holder: HTMLElement, readout: HTMLElement): void {
  const { layers, span, unit, height } = options;
  const axis = {
    stroke: () => color('ink'),
    grid: { stroke: () => color('grid') },
    ticks: { stroke: () => color('grid') },
  };
  const plot = new uPlot(
    {
      width: holder.clientWidth,
      height,
      scales: {
        x: { time: false, min: span[0], max: span[1] },
        y: {
          range: (self) =>
            rangeOf(layers, self.scales.x!.min ?? span[0], self.scales.x!.max ?? span[1], options.zero),
        },
      },
      series: [{}, { show: true, paths: () => null, points: { show: false } }],
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => `${Number(tick.toPrecision(12))} s`) },
        { ...axis, size: 78, values: (_, ticks) => ticks.map(unit) },
      ],
      legend: { show: false },
      cursor: {
        sync: { key: group.key, scales: ['x', null] },
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        bind: {
          dblclick: () => () => {
            group.reset();
            return null;
          },
        },
      },
      hooks: {
        draw: [(self) => drawLayers(self, layers)],
        setSelect: [
          (self) => {
            if (self.select.width < 3) return;
            const from = self.posToVal(self.select.left, 'x');
            const to = self.posToVal(self.select.left + self.select.width, 'x');
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            group.zoom(from, to);
          },
        ],
        setCursor: [(self) => fill(readout, cursorText(self, layers, unit))],
      },
    },
    [
      [span[0], span[1]],
      [0, 1],
    ],
    holder,
  );
  group.plots.push(plot);
  group.reset();
  new ResizeObserver(() => {
    if (holder.clientWidth > 0 && holder.clientWidth !== plot.width)
      plot.setSize({ width: holder.clientWidth, height });
  }).observe(holder);
  const forget = onColors(() => (holder.isConnected ? plot.redraw(false) : forget()));
  const { pick } = options;
  if (pick !== undefined) {
    plot.over.addEventListener('click', (event) => {
      const box = plot.over.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const perPixel = {
        time: Math.abs(plot.posToVal(1, 'x') - plot.posToVal(0, 'x')),
        value: Math.abs(plot.posToVal(1, 'y') - plot.posToVal(0, 'y')),
      };
      pick(plot.posToVal(x, 'x'), plot.posToVal(y, 'y'), perPixel);
    });
  }
  plot.over.addEventListener(
    'wheel',
    (event) => {
      // Without a key the wheel scrolls the page.
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      const delta = event.deltaY || event.deltaX;
      group.move(0, delta > 0 ? 1.25 : 0.8);
    },
    { passive: false },
  );
}

/** The first index whose time is not below `time`. */
export function lowerBound(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rangeOf(layers: Layer[], min: number, max: number, zero = false): [number, number] {
  let low = zero ? 0 : Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { times, values, ends, shape } of layers) {
    if (shape === 'spans') return [0, 1];
    // The value before what is shown still holds at its beginning.
    for (let i = Math.max(0, lowerBound(times, min) - 1); i < times.length && times[i]! <= max; i++) {
      low = Math.min(low, values[i]!);
      high = Math.max(high, ends?.[i] ?? values[i]!);
    }
  }
  if (!(high >= low)) return [0, 1];
  const margin = (high - low) * 0.04 || 1;
  return [zero ? 0 : low - margin, high + margin];
}

function drawLayers(plot: uPlot, layers: Layer[]): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  for (const layer of layers) drawLayer(plot, layer);
  ctx.restore();
}

function drawLayer(plot: uPlot, layer: Layer): void {
  const { ctx } = plot;
  const { min, max } = plot.scales.x as { min: number; max: number };
  const x = (value: number) => plot.valToPos(value, 'x', true);
  const y = (value: number) => plot.valToPos(value, 'y', true);
  const { times, values, ends, shape } = layer;
  const first = Math.max(0, lowerBound(times, min) - 1);
  const pixel = devicePixelRatio;
  ctx.strokeStyle = color(layer.color);
  ctx.fillStyle = ctx.strokeStyle;
  ctx.lineWidth = (layer.letter === undefined ? 1 : 2) * pixel;
  ctx.beginPath();
  let count = 0;
  let last = 0;
  for (let i = first; i < times.length; i++) {
    const px = x(times[i]!);
    const py = y(values[i]!);
    if (shape === 'spans')
      ctx.rect(px, plot.bbox.top, Math.max(pixel / 2, x(ends![i]!) - px), plot.bbox.height);
    else if (shape === 'points') ctx.rect(px - pixel, py - pixel, 2 * pixel, 2 * pixel);
    else if (shape === 'columns') {
      const next = i + 1 < times.length ? x(times[i + 1]!) : px;
      ctx.rect(px, py, Math.max(pixel, next - px), y(0) - py);
    } else if (shape === 'bars') {
      const end = ends === undefined ? py : y(ends[i]!);
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
    if (times[i]! > max) break;
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
  ctx.font = `${11 * devicePixelRatio}px sans-serif`;
  ctx.textAlign = 'center';
  for (let i = first; i < times.length && times[i]! <= max; i++) {
    const top = plot.valToPos(ends?.[i] ?? values[i]!, 'y', true);
    ctx.fillText(letter!, plot.valToPos(times[i]!, 'x', true), top - 4 * devicePixelRatio);
  }
}

/** What the graphs say at the cursor: of each layer the last value up to there. */
function cursorText(plot: uPlot, layers: Layer[], unit: (value: number) => string): string {
  const { left } = plot.cursor;
  if (left === undefined || left < 0) return '';
  const time = plot.posToVal(left, 'x');
  const parts = [`${time.toFixed(6)} s`];
  for (const { name, times, values, shape } of layers) {
    if (shape === 'bars') continue;
    const i = lowerBound(times, time) - 1;
    if (shape === 'spans') {
      if (i >= 0 && time <= layers.find((layer) => layer.times === times)!.ends![i]!) parts.push(name);
    } else if (i >= 0) parts.push(`${name} ${unit(values[i]!)}`);
  }
  return parts.join(' · ');
}
