// A graph over time: uPlot draws axes, cursor and selection, this layer the values, so that bars, steps and points lie on one
// axis whatever times they have. Graphs of a group share cursor and zoom.
import uPlot from 'uplot';
import { color, onColors } from './colors.ts';
import { fill, h } from './dom.ts';
import * as format from './format.ts';
import { drawLayers, isFarAbove, type Layer, lowerBound, rangeOf } from './layers.ts';

export interface GraphOptions {
  title: string;
  unit: (value: number) => string;
  height: number;
  layers: Layer[];
  span: [number, number];
  /** What the axis of values shows, where neither the title nor the unit says it. */
  axis?: string;
  /** The axis of values begins at 0. */
  zero?: boolean;
  /** Called with what was clicked, or chosen with the keyboard. */
  pick?: (picked: Picked) => void;
}

/** A place in a graph: a time, a value, and how much of each a pixel is. */
export interface Picked {
  time: number;
  value: number;
  perPixel: { time: number; value: number };
}

/** Graphs that are zoomed together. */
export class Group {
  readonly plots: uPlot[] = [];
  private readonly span: [number, number];
  /** The range of time that all graphs show. */
  shown: [number, number];
  readonly key: string;
  private busy = false;
  private static made = 0;

  constructor(span: [number, number]) {
    this.span = span;
    this.shown = span;
    this.key = `group${Group.made++}`;
  }

  /** Shows this range of time in all graphs. */
  zoom(min: number, max: number): void {
    if (this.busy) return;
    const [first, last] = this.span;
    const width = Math.max(max - min, (last - first) * 1e-9, 1e-9);
    const from = Math.max(first, Math.min(min, last - width));
    this.busy = true;
    // uPlot asks for the range of values while the scale of time is still the one before.
    this.shown = [from, Math.min(last, from + width)];
    for (const plot of this.plots) plot.setScale('x', { min: this.shown[0], max: this.shown[1] });
    this.busy = false;
  }

  reset(): void {
    this.zoom(...this.span);
  }

  /** Moves by a share of what is shown, or zooms to a share of it around its middle. */
  move(share: number, zoom = 1): void {
    const [min, max] = this.shown;
    const half = ((max - min) / 2) * zoom;
    const middle = (min + max) / 2 + (max - min) * share;
    this.zoom(middle - half, middle + half);
  }

  /** Moves the cursor of all graphs by a share of what is shown. */
  moveCursor(share: number): void {
    const plot = this.plots[0];
    const width = plot.over.clientWidth;
    const { left = -1 } = plot.cursor;
    const next = left < 0 ? width / 2 : Math.max(0, Math.min(width - 1, left + share * width));
    for (const one of this.plots) one.setCursor({ left: next, top: one.over.clientHeight / 2 });
  }

  destroy(): void {
    for (const plot of this.plots.splice(0)) plot.destroy();
  }
}

/** The page has been shown. */
const painted = new Promise<void>((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve));
});

const KEYS: Record<string, (group: Group) => void> = {
  ArrowLeft: (group) => group.move(-0.2),
  ArrowRight: (group) => group.move(0.2),
  '+': (group) => group.move(0, 0.5),
  '=': (group) => group.move(0, 0.5),
  '-': (group) => group.move(0, 2),
  '0': (group) => group.reset(),
};

/** The same with Shift. */
const SHIFTED: Record<string, (group: Group) => void> = {
  ArrowLeft: (group) => group.moveCursor(-0.01),
  ArrowRight: (group) => group.moveCursor(0.01),
};

/** A graph with its title, values at the cursor and legend. */
export function graph(group: Group, options: GraphOptions): HTMLElement {
  if (options.layers.every(({ times }) => times.length === 0)) {
    return h(
      'figure',
      { class: 'graph' },
      h('figcaption', {}, h('h4', {}, options.title)),
      h('p', {}, 'There are no values of it.'),
    );
  }
  const readout = h('output', { class: 'readout' });
  const legend = h(
    'ul',
    { class: 'legend' },
    ...options.layers.map((layer) =>
      h(
        'li',
        { class: `ink-${layer.color}` },
        layer.name,
        isFarAbove(layer, options.layers, ...options.span)
          ? ` (above the graph, up to ${highest(layer, options.unit)})`
          : '',
      ),
    ),
  );
  const holder = h('div', {
    class: 'plot',
    tabindex: 0,
    role: 'img',
    'aria-label': `${options.title}: ${options.layers.map(({ name }) => name).join(', ')}. Arrow keys move, with Shift the cursor; plus and minus zoom, 0 shows all${options.pick === undefined ? '' : ', Enter shows the packet at the cursor'}.`,
  });
  holder.addEventListener('keydown', (event) => {
    const action = (event.shiftKey ? SHIFTED : KEYS)[event.key] ?? KEYS[event.key];
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
  holder.style.minHeight = `${options.height}px`;
  // uPlot needs to know how wide it is, when it is in the page; and what can be read is shown before what has to be drawn.
  painted.then(() => {
    if (holder.isConnected) draw(group, options, holder, readout);
  });
  return figure;
}

function highest({ values }: Layer, unit: (value: number) => string): string {
  return unit(values.reduce((most, value) => Math.max(most, value), 0));
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
      // The last time on the axis stands whole.
      padding: [null, timeSpace(...span, holder.clientWidth) / 2, null, null],
      scales: {
        x: { time: false, min: span[0], max: span[1] },
        y: { range: () => rangeOf(layers, ...group.shown, options.zero) },
      },
      series: [{}, { show: true, paths: () => null, points: { show: false } }],
      axes: [
        {
          ...axis,
          size: 34,
          label: "time since the capture's first packet",
          ...LABEL,
          space: (_, __, min, max, room) => timeSpace(min, max, room),
          values: (_, ticks, __, ___, step) => ticks.map((tick) => `${tick.toFixed(decimalsOf(step))} s`),
        },
        {
          ...axis,
          // There is no half of a byte.
          ...(unit === format.time ? {} : { incrs: WHOLE }),
          // As wide with a label as without: the graphs stand below each other.
          size: options.axis === undefined ? VALUES + LABEL.labelSize : VALUES,
          ...(options.axis === undefined ? {} : { label: options.axis }),
          ...LABEL,
          space: 20,
          values: (_, ticks) => (layers.some(({ shape }) => shape === 'spans') ? [] : ticks.map(unit)),
        },
      ],
      legend: { show: false },
      cursor: {
        sync: { key: group.key, scales: ['x', null] },
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        bind: {
          // With Shift, or the middle button, a drag moves what is shown; else it selects.
          mousedown: (_, __, select) => (event) => {
            if (!pans(event)) select(event);
            return null;
          },
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
  if (options.pick !== undefined) enablePick(plot, holder, options.pick);
  enablePan(plot, group);
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

/** Pixels that the values beside a graph take. */
const VALUES = 92;

const LABEL = { labelSize: 18, labelGap: 0, labelFont: '12px system-ui, sans-serif' };

/** Steps of an axis of bytes, bits or packets. */
const WHOLE = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

/** Decimals that values with this step need. */
function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < 9; decimals++) {
    const scaled = step * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-3 * scaled) return decimals;
  }
  return 9;
}

/** Pixels of a digit on an axis, and least ones between two times on it. */
const DIGIT = 7;
const APART = 50;

/** Pixels that a time on the axis takes with a gap behind it: the later and the closer, the longer. */
function timeSpace(min: number, max: number, room: number): number {
  const decimals = Math.max(0, Math.ceil(-Math.log10((max - min) / Math.max(1, room / 100))) + 1);
  const characters = Math.max(0, max).toFixed(Math.min(9, decimals)).length + 2;
  return Math.max(APART, (characters + 2) * DIGIT);
}

function pans(event: MouseEvent): boolean {
  return event.button === 1 || (event.button === 0 && event.shiftKey);
}

/** A drag with Shift or the middle button, or with a finger, moves what is shown. */
function enablePan(plot: uPlot, group: Group): void {
  const { over } = plot;
  over.addEventListener('pointerdown', (event) => {
    if (!pans(event) && event.pointerType !== 'touch') return;
    event.preventDefault();
    const { min, max } = plot.scales.x as { min: number; max: number };
    const perPixel = (max - min) / over.clientWidth;
    over.setPointerCapture(event.pointerId);
    const move = ({ clientX }: PointerEvent) => {
      const by = (event.clientX - clientX) * perPixel;
      group.zoom(min + by, max + by);
    };
    over.addEventListener('pointermove', move);
    for (const end of ['pointerup', 'pointercancel'] as const) {
      over.addEventListener(end, () => over.removeEventListener('pointermove', move), { once: true });
    }
  });
}

/** A click shows the nearest packet, Enter the one at the cursor. */
function enablePick(plot: uPlot, holder: HTMLElement, pick: (picked: Picked) => void): void {
  const at = (x: number, y: number, anyValue: boolean) => {
    const value = Math.abs(plot.posToVal(1, 'y') - plot.posToVal(0, 'y'));
    pick({
      time: plot.posToVal(x, 'x'),
      value: plot.posToVal(y, 'y'),
      perPixel: {
        time: Math.abs(plot.posToVal(1, 'x') - plot.posToVal(0, 'x')),
        value: anyValue ? Number.POSITIVE_INFINITY : value,
      },
    });
  };
  plot.over.addEventListener('click', (event) => {
    const box = plot.over.getBoundingClientRect();
    if (!pans(event)) at(event.clientX - box.left, event.clientY - box.top, false);
  });
  holder.addEventListener('keydown', ({ key }) => {
    const { left = -1 } = plot.cursor;
    if (key === 'Enter' && left >= 0) at(left, 0, true);
  });
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
      if (i >= 0 && time <= layers.find((layer) => layer.times === times)!.ends![i]) parts.push(name);
    } else if (i >= 0) parts.push(`${name} ${unit(values[i])}`);
  }
  return parts.join(' · ');
}
