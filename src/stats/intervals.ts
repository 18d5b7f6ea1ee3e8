// What happened in each interval: packets and bytes, or a field's sum, mean, least, most or number of values, of the
// packets that a display filter takes; counted as `tshark -z io,stat,INTERVAL,…` counts.
import { NscapError } from '../errors.ts';
import type { Dissection } from '../fields/dissection.ts';
import type { Field } from '../fields/field.ts';
import { Values } from '../fields/values.ts';
import type { Clock, Statistic } from './statistic.ts';

export const CALCULATIONS = ['SUM', 'AVG', 'MIN', 'MAX', 'COUNT'] as const;
export type Calculation = (typeof CALCULATIONS)[number];

/** A column that is asked for. */
export interface ColumnRequest {
  /** As it was typed. */
  label: string;
  /** Packets and bytes where there is none. */
  calculation?: Calculation;
  field?: Field;
  /** Which packets it is about. */
  takes?: ((packet: Dissection) => boolean) | undefined;
}

/** A field's values are whole numbers, times in nanoseconds, or fractions. */
export type Unit = 'count' | 'time' | 'fraction';

/** Intervals at most: what a table can be made of. */
const MOST_INTERVALS = 1 << 20;
const FIRST = 64;

/** One column's cells: what was counted in each interval. */
export class Column {
  readonly request: ColumnRequest;
  readonly unit: Unit;
  frames = new Float64Array(FIRST);
  /** Bytes, or the sum of values; for MIN and MAX the value. */
  value = new Float64Array(FIRST);
  /** Values there were. */
  values = new Float64Array(FIRST);
  /** The interval of the latest packet; as in tshark, packets that come late, for an earlier one, are left out. */
  current = 0;
  private readonly found = new Values();

  constructor(request: ColumnRequest) {
    this.request = request;
    this.unit = unitOf(request);
  }

  add(packet: Dissection, interval: number): void {
    const { takes, field, calculation } = this.request;
    if (interval < this.current) return;
    if (takes !== undefined && !takes(packet)) return;
    this.current = interval;
    if (interval >= this.frames.length) this.grow(interval);
    this.frames[interval]++;
    if (field === undefined) {
      this.value[interval] += packet.batch.wire[packet.index];
      return;
    }
    const { found } = this;
    found.clear();
    field.read(packet, found);
    if (found.count === 0) return;
    if (calculation !== 'COUNT') this.calculate(interval);
    this.values[interval] += found.count;
  }

  private calculate(interval: number): void {
    const { found, value, values } = this;
    const { calculation } = this.request;
    for (let i = 0; i < found.count; i++) {
      const one = this.unit === 'time' ? found.number[i] * 1e9 + found.nanoseconds[i] : found.number[i];
      const isFirst = values[interval] === 0 && i === 0;
      if (calculation === 'MIN') value[interval] = isFirst ? one : Math.min(value[interval], one);
      else if (calculation === 'MAX') value[interval] = isFirst ? one : Math.max(value[interval], one);
      else value[interval] += one;
    }
  }

  private grow(interval: number): void {
    const size = 2 ** Math.ceil(Math.log2(interval + 1));
    for (const name of ['frames', 'value', 'values'] as const) {
      const larger = new Float64Array(size);
      larger.set(this[name]);
      this[name] = larger;
    }
  }

  /** The cell as one number; undefined where no value is known. Times are in seconds. */
  result(interval: number): number | undefined {
    const { calculation, field } = this.request;
    const [value, values] = [this.value[interval] ?? 0, this.values[interval] ?? 0];
    if (field === undefined) return value;
    if (calculation === 'COUNT') return values;
    if (calculation === 'SUM') return this.scaled(value);
    if (values === 0) return undefined;
    return this.scaled(calculation === 'AVG' ? value / values : value);
  }

  private scaled(value: number): number {
    return this.unit === 'time' ? value / 1e9 : value;
  }
}

function unitOf({ field, calculation }: ColumnRequest): Unit {
  if (field === undefined || calculation === 'COUNT') return 'count';
  return field.type === 'relative_time' ? 'time' : field.type === 'double' ? 'fraction' : 'count';
}

/** Types that can be added up. */
const NUMERIC = /^(uint\d+|int\d+|double|relative_time)$/;

/** Whether the calculation makes sense for the field's type. */
export function isCalculable(calculation: Calculation, { type }: Field): boolean {
  return calculation === 'COUNT' || (NUMERIC.test(type) && type !== 'uint64');
}

export class Intervals implements Statistic {
  readonly needs: number;
  readonly columns: readonly Column[];
  /** Microseconds of an interval; infinity for one that has everything. */
  readonly interval: number;
  /** Microseconds from the first packet to the last. */
  duration = 0;

  /** `needs`: what the filters need. */
  constructor(microseconds: number, requests: readonly ColumnRequest[], needs = 0) {
    this.interval = microseconds;
    this.columns = requests.map((request) => new Column(request));
    this.needs = requests.reduce((all, { field }) => all | (field?.needs ?? 0), needs);
  }

  add(packet: Dissection, { microseconds }: Clock): void {
    if (microseconds < 0) return;
    if (microseconds > this.duration) this.duration = microseconds;
    const interval = Math.floor(microseconds / this.interval);
    if (interval >= MOST_INTERVALS) {
      throw new NscapError('MEMORY', `more than ${MOST_INTERVALS} intervals of ${this.interval / 1e6} s`, {
        hint: 'choose a longer one: --interval',
      });
    }
    for (let i = 0; i < this.columns.length; i++) this.columns[i].add(packet, interval);
  }

  /** Intervals there are, the last one's end being the capture's. */
  get count(): number {
    if (this.interval === Number.POSITIVE_INFINITY) return 1;
    const last = Math.max(0, ...this.columns.map(({ current }) => current)) + 1;
    return Math.max(last, Math.ceil(this.duration / this.interval));
  }
}
