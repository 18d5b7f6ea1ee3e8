// Assertions about a trace: `loss == 0`, `delay.p99 < 1ms`, `router:lan→router:dmz.loss == 0`.
import { didYouMean } from '../../base/similar.ts';
import { usageError } from '../../errors.ts';
import type { Hop } from '../../trace/hops.ts';
import type { Trace } from '../../trace/trace.ts';
import {
  type AssertionOutcome,
  compare,
  type Kind,
  parseValue,
  splitAssertion,
  valueText,
} from '../assertions.ts';
import { within } from './document.ts';
import type { TraceLedger } from './ledger.ts';

type Delays = Pick<Hop, 'min' | 'max' | 'sum' | 'delays'>;
type Counted = Pick<
  Hop,
  'packets' | 'bytes' | 'lost' | 'unknown' | 'reordered' | 'duplicated' | 'split' | 'merged' | 'changed'
>;

/** Every quantity: its kind, its meaning, and how it is read. Times in nanoseconds; NaN where there is none. */
const QUANTITIES: Record<string, [Kind, string, (seen: Counted & Delays & { ambiguous: number }) => number]> =
  {
    packets: ['count', 'packets', (seen) => seen.packets],
    loss: ['loss', 'packets lost, or their share of all with %', (seen) => seen.lost],
    unknown: [
      'count',
      'packets of which the captures do not tell whether they were lost',
      (seen) => seen.unknown,
    ],
    reordered: [
      'count',
      'packets that came later than one that had left after them',
      (seen) => seen.reordered,
    ],
    duplicated: ['count', 'copies', (seen) => seen.duplicated],
    split: ['count', 'packets that came as several', (seen) => seen.split],
    merged: ['count', 'packets that came as a part of one', (seen) => seen.merged],
    changed: ['count', 'packets that something was changed of, besides the TTL', (seen) => seen.changed],
    ambiguous: ['count', 'packets that are not told apart from equal ones', (seen) => seen.ambiguous],
    'delay.min': ['time', 'shortest delay', (seen) => (seen.delays.count === 0 ? Number.NaN : seen.min)],
    'delay.mean': ['time', 'mean delay', (seen) => seen.sum / seen.delays.count],
    'delay.p50': ['time', 'median delay', (seen) => percentile(seen, 0.5)],
    'delay.p99': ['time', '99th percentile of the delays', (seen) => percentile(seen, 0.99)],
    'delay.max': ['time', 'longest delay', (seen) => (seen.delays.count === 0 ? Number.NaN : seen.max)],
  };

function percentile({ delays, min, max }: Delays, share: number): number {
  return delays.count === 0 ? Number.NaN : within(delays.percentile(share), min, max);
}

export interface TraceAssertion {
  text: string;
  /** Names of the points of a hop; absent for whole ways. */
  hop?: { from: string; to: string };
  name: string;
  operator: string;
  value: number;
  /** The value is a share of all packets. */
  share: boolean;
}

/** @throws NscapError USAGE where it is none */
export function parseTraceAssertions(texts: readonly string[]): TraceAssertion[] {
  return texts.map((text) => {
    const {
      name: full,
      operator,
      number,
      unit,
    } = splitAssertion(
      text,
      "for example 'loss == 0', 'delay.p99 < 1ms' or 'router:lan→router:dmz.loss == 0'; operators are == != < <= > >=",
    );
    const known = Object.keys(QUANTITIES);
    const [, from, to, inner] = ARROW.test(full) ? dissect(full, known) : [];
    const name = inner ?? full;
    const quantity = Object.hasOwn(QUANTITIES, name) ? QUANTITIES[name] : undefined;
    if (quantity === undefined) {
      throw usageError(
        `there is nothing called '${name}' to assert`,
        didYouMean(name, known) ?? `known quantities: ${known.join(', ')}; of a hop with A→B. before`,
      );
    }
    return {
      text: text.trim(),
      ...(from === undefined ? {} : { hop: { from, to: to! } }),
      name,
      operator,
      value: parseValue(text, name, quantity[0], number, unit),
      share: unit === '%',
    };
  });
}

/** `A→B` or `A->B`, and what comes behind. */
const ARROW = /^(.+?)\s*(?:\u2192|->)\s*(.+)$/;

/** A hop and a quantity: names of points may have dots in them, so the quantity is what ends it. */
function dissect(full: string, known: readonly string[]): (string | undefined)[] {
  const [, from, rest] = ARROW.exec(full)!;
  const name = known.filter((one) => rest.endsWith(`.${one}`)).sort((a, b) => b.length - a.length)[0];
  if (name !== undefined) return [full, from, rest.slice(0, -name.length - 1), name];
  const dot = rest.indexOf('.');
  return [full, from, dot < 0 ? rest : rest.slice(0, dot), dot < 0 ? '' : rest.slice(dot + 1)];
}

/** @throws NscapError USAGE where one is about a point that there is not */
export function checkHops(assertions: readonly TraceAssertion[], names: readonly string[]): void {
  for (const { hop, text } of assertions) {
    for (const name of hop === undefined ? [] : [hop.from, hop.to]) {
      if (!names.includes(name))
        throw usageError(
          `'${text}' is about a point '${name}', and there is none`,
          didYouMean(name, names) ?? `the points are ${names.join(', ')}`,
        );
    }
  }
}

/** The result of each, in order. */
export function checkTraceAssertions(
  assertions: readonly TraceAssertion[],
  trace: Trace,
  ledger: TraceLedger,
): AssertionOutcome[] {
  return assertions.map((assertion) => {
    const { text, hop, name, operator, value, share } = assertion;
    const [kind, , read] = QUANTITIES[name];
    const counted = hop === undefined ? whole(trace, ledger) : one(trace, hop);
    const seen = counted === undefined ? Number.NaN : shared(read(counted), counted, share);
    const known = !Number.isNaN(seen);
    const holds = known && compare(operator, seen, value);
    const doubt =
      name === 'loss' && counted !== undefined && counted.unknown > 0
        ? ` (of ${counted.unknown} it is not known)`
        : '';
    const is = share ? valueText('share', seen) : valueText(kind, seen);
    const sentence = known
      ? `${text} ${holds ? 'holds' : 'does not hold'}: ${name} is ${is}${doubt}`
      : `${text} is unknown: there is no ${name}`;
    return { text, label: '', holds, sentence };
  });
}

function shared(value: number, { packets }: Counted, share: boolean): number {
  if (!share) return value;
  return packets === 0 ? 0 : value / packets;
}

/** All hops together, and the delays of whole ways. */
function whole(trace: Trace, ledger: TraceLedger): Counted & Delays & { ambiguous: number } {
  const hops = trace.hops.all();
  const sum = (key: 'bytes' | 'reordered' | 'duplicated' | 'split' | 'merged' | 'changed') =>
    hops.reduce((total, hop) => total + hop[key], 0);
  return {
    packets: trace.packets,
    lost: trace.lost,
    unknown: trace.unknown,
    ambiguous: trace.ambiguous,
    bytes: sum('bytes'),
    reordered: sum('reordered'),
    duplicated: sum('duplicated'),
    split: sum('split'),
    merged: sum('merged'),
    changed: sum('changed'),
    min: ledger.min,
    max: ledger.max,
    sum: ledger.sum,
    delays: ledger.delays,
  };
}

function one(trace: Trace, { from, to }: { from: string; to: string }): Hop | undefined {
  const number = (name: string) => trace.points.findIndex((point) => point.name === name);
  return trace.hops.known(number(from), number(to));
}

/** All names with their meaning, for --help. */
export function traceAssertionHelp(): string {
  const lines = Object.entries(QUANTITIES).map(
    ([name, [kind, meaning]]) => `  ${name.padEnd(12)}${meaning}${kind === 'time' ? ' [s ms us µs ns]' : ''}`,
  );
  return `Assertions (--assert 'NAME OPERATOR VALUE', operators == != < <= > >=); of one hop: A→B.NAME or A->B.NAME:\n${lines.join('\n')}\n`;
}
