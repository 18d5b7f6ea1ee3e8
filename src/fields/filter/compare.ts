// Comparisons of values.
import type { Dissection } from '../dissection.ts';
import type { Values } from '../values.ts';
import type { Comparison, Quantifier } from './ast.ts';
import { kindOf, type Operand } from './operand.ts';
import type { Pattern } from './pattern.ts';

/** Is it true of the packet at hand? */
export type Evaluate = (packet: Dissection) => boolean;

/** Below, at or above 0 as value `i` of the one is before, equal to or behind value `j` of the other. */
export type Order = (a: Values, i: number, b: Values, j: number) => number;

const numbers: Order = (a, i, b, j) => a.number[i] - b.number[j];
/** Whole numbers, with a sign or without: what the one on the left could not be is in no order with it. */
const whole =
  (hasSign: boolean): Order =>
  (a, i, b, j) => {
    const one = a.number[i];
    const other = b.number[j];
    return (hasSign || one < 0 ? other <= 0x7fff_ffff : other >= 0) ? one - other : Number.NaN;
  };
const times: Order = (a, i, b, j) => a.number[i] - b.number[j] || a.nanoseconds[i] - b.nanoseconds[j];

/** The shorter comes first; of the same length, byte by byte. */
const bytes: Order = (a, i, b, j) => a.length[i] - b.length[j] || text(a, i, b, j);

/** Byte by byte; of which one is the beginning of the other, the shorter comes first. */
const text: Order = (a, i, b, j) => {
  const one = a.view[i];
  const other = b.view[j];
  const from = a.offset[i];
  const at = b.offset[j];
  const common = Math.min(a.length[i], b.length[j]);
  for (let k = 0; k < common; k++) {
    const difference = one.getUint8(from + k) - other.getUint8(at + k);
    if (difference !== 0) return difference;
  }
  return a.length[i] - b.length[j];
};

/** Only the first bits count. */
function prefixed(prefix: number, kind: 'ipv4' | 'ipv6'): Order {
  if (kind === 'ipv4') {
    const mask = prefix === 0 ? 0 : -1 << (32 - prefix);
    return (a, i, b, j) => ((a.number[i] & mask) >>> 0) - ((b.number[j] & mask) >>> 0);
  }
  return (a, i, b, j) => {
    for (let k = 0; k * 8 < prefix; k++) {
      const rest = prefix - k * 8;
      const mask = rest >= 8 ? 0xff : (0xff << (8 - rest)) & 0xff;
      const one = a.view[i].getUint8(a.offset[i] + k) & mask;
      const other = b.view[j].getUint8(b.offset[j] + k) & mask;
      if (one !== other) return one - other;
    }
    return 0;
  };
}

export function orderOf(left: Operand, right: Operand): Order {
  const kind = kindOf(left.type);
  if (right.prefix !== undefined && (kind === 'ipv4' || kind === 'ipv6')) return prefixed(right.prefix, kind);
  switch (kind) {
    case 'duration':
    case 'moment':
      return times;
    case 'string':
      return text;
    case 'ipv6':
    case 'bytes':
      return bytes;
  }
  return kind === 'number' ? whole(left.type === 'int32') : numbers;
}

type Holds = (order: number) => boolean;
const HOLDS: Record<Exclude<Comparison, 'contains' | 'matches'>, Holds> = {
  eq: (order) => order === 0,
  ne: (order) => order < 0 || order > 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

const CONTRARY = { eq: 'ne', ne: 'eq', gt: 'le', ge: 'lt', lt: 'ge', le: 'gt' } as const;

/** A comparison of any value, or all values, on the left with those on the right. False where one side has none. */
export function compare(
  comparison: Exclude<Comparison, 'contains' | 'matches'>,
  quantifier: Quantifier,
  left: Operand,
  right: Operand,
): Evaluate {
  const order = orderOf(left, right);
  const isAll = quantifier === 'all';
  // All hold where of none the contrary does: so it is, too, of those that are in no order.
  const contrary = HOLDS[CONTRARY[comparison]];
  const holds: Holds = isAll ? (order) => !contrary(order) : HOLDS[comparison];
  return (packet) => {
    const a = left.read(packet);
    if (a.count === 0) return false;
    const b = right.read(packet);
    if (b.count === 0) return false;
    for (let i = 0; i < a.count; i++) {
      for (let j = 0; j < b.count; j++) if (holds(order(a, i, b, j)) !== isAll) return !isAll;
    }
    return isAll;
  };
}

/** Is a value between these two, the ends included? */
export function between(quantifier: Quantifier, left: Operand, low: Operand, high: Operand): Evaluate {
  const fromLow = orderOf(left, low);
  const toHigh = orderOf(left, high);
  const isAll = quantifier === 'all';
  return (packet) => {
    const a = left.read(packet);
    const from = low.read(packet);
    const to = high.read(packet);
    if (a.count === 0 || from.count === 0 || to.count === 0) return false;
    for (let i = 0; i < a.count; i++) {
      if (isWithin(a, i, from, to, fromLow, toHigh) !== isAll) return !isAll;
    }
    return isAll;
  };
}

function isWithin(a: Values, i: number, low: Values, high: Values, fromLow: Order, toHigh: Order): boolean {
  let above = false;
  for (let j = 0; j < low.count && !above; j++) above = fromLow(a, i, low, j) >= 0;
  for (let j = 0; j < high.count && above; j++) if (toHigh(a, i, high, j) <= 0) return true;
  return false;
}

/** Does a value on the left have one on the right in it? */
export function contains(quantifier: Quantifier, left: Operand, right: Operand): Evaluate {
  const read = left.whole ?? left.read;
  const readRight = right.whole ?? right.read;
  const isAll = quantifier === 'all';
  return (packet) => {
    const a = read(packet);
    if (a.count === 0) return false;
    const b = readRight(packet);
    if (b.count === 0) return false;
    for (let i = 0; i < a.count; i++) {
      for (let j = 0; j < b.count; j++) if (isWithinBytes(a, i, b, j) !== isAll) return !isAll;
    }
    return isAll;
  };
}

/** Nothing is in nothing: so Wireshark has it. */
function isWithinBytes(a: Values, i: number, b: Values, j: number): boolean {
  const length = b.length[j];
  if (length === 0) return false;
  const view = a.view[i];
  const wanted = b.view[j];
  const at = b.offset[j];
  const first = wanted.getUint8(at);
  const end = a.offset[i] + a.length[i] - length;
  for (let from = a.offset[i]; from <= end; from++) {
    if (view.getUint8(from) !== first) continue;
    let k = 1;
    while (k < length && view.getUint8(from + k) === wanted.getUint8(at + k)) k++;
    if (k === length) return true;
  }
  return false;
}

export function matches(quantifier: Quantifier, left: Operand, found: Pattern): Evaluate {
  const read = left.whole ?? left.read;
  const isAll = quantifier === 'all';
  return (packet) => {
    const a = read(packet);
    if (a.count === 0) return false;
    for (let i = 0; i < a.count; i++) {
      if (found(a.view[i], a.offset[i], a.length[i]) !== isAll) return !isAll;
    }
    return isAll;
  };
}
