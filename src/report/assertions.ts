// Assertions about a capture's TCP, echo and DNS, for CI: `retransmissions == 0`, `rtt.p99 < 1ms`.

import { didYouMean } from '../base/similar.ts';
import { bitRate, byteSize, duration } from '../base/units.ts';
import { usageError } from '../errors.ts';
import type { Pairs } from '../flow/pairs.ts';
import type { Queries } from '../flow/queries.ts';
import type { Statistics } from '../flow/statistics.ts';
import type { Summary } from '../flow/summary.ts';
import { VERDICTS } from '../flow/verdict.ts';

/** What a quantity is measured in; a value without a unit is in the first. */
const UNITS = {
  count: { '': 1 },
  time: { s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 },
  size: { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1 << 20, GiB: 1 << 30 },
  rate: { 'bit/s': 1, 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9 },
  share: { '': 1, '%': 0.01 },
  loss: { '': 1, '%': 0.01 },
} satisfies Record<string, Record<string, number>>;
export type Kind = keyof typeof UNITS;

const OPERATORS: Record<string, (a: number, b: number) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
};

type Read = (summary: Summary, statistics: Statistics, queries: Queries) => number;

/** Every quantity: its kind, its meaning, and how it is read. Times in nanoseconds; NaN where there is none. */
const QUANTITIES: Record<string, [kind: Kind, meaning: string, read: Read]> = {
  connections: ['count', 'TCP connections', (s) => s.connections],
  segments: ['count', 'TCP segments', (s) => s.segments],
  packets: ['count', 'packets of any kind', (_, all) => all.packets],
  bytes: ['size', 'bytes of TCP on the wire', (s) => s.bytes],
  payload: ['size', 'bytes of payload, retransmissions included', (s) => s.payloadBytes],
  'payload.unique': ['size', 'bytes of payload, without retransmissions', (s) => s.uniqueBytes],
  retransmissions: ['count', 'retransmitted segments', (s) => s.retransmissions],
  'retransmissions.share': [
    'share',
    'retransmitted share of the segments with payload',
    (s) => (s.dataPackets === 0 ? 0 : s.retransmissions / s.dataPackets),
  ],
  resets: ['count', 'RST segments', (s) => s.resets],
  'connections.complete': ['count', 'with a complete handshake', (s) => s.openings.handshake],
  'connections.refused': ['count', 'refused with an RST', (s) => s.openings.refused],
  'connections.unanswered': ['count', 'whose SYNs were not answered', (s) => s.openings.unanswered],
  'connections.half_open': [
    'count',
    'without the final ACK of the handshake',
    (s) => s.openings['half-open'],
  ],
  'connections.reset': ['count', 'reset by an RST', (s) => s.closings.reset],
  'connections.timeout': ['count', 'where one side stopped answering', (s) => s.closings.timeout],
  'connections.open': ['count', 'not closed by the end of the capture', (s) => s.closings.open],
  'rtt.min': ['time', 'shortest round-trip time, from a segment to its ACK', (s) => s.rtt.min],
  'rtt.mean': ['time', 'mean round-trip time', (s) => s.rtt.sum / s.rtt.count],
  'rtt.p50': ['time', 'median round-trip time', (_, all) => all.rtt.percentile(0.5)],
  'rtt.p95': ['time', '95th percentile of round-trip times', (_, all) => all.rtt.percentile(0.95)],
  'rtt.p99': ['time', '99th percentile of round-trip times', (_, all) => all.rtt.percentile(0.99)],
  'rtt.max': ['time', 'longest round-trip time', (s) => s.rtt.max],
  'handshake.mean': [
    'time',
    'mean time from SYN to the final ACK of the handshake',
    (s) => s.handshake.sum / s.handshake.count,
  ],
  'handshake.max': ['time', 'longest time of a handshake', (s) => s.handshake.max],
  'duration.max': ['time', 'duration of the longest connection', (s) => s.longestDuration],
  'silence.max': ['time', 'longest time without a packet in a connection', (s) => s.longestSilence],
  'stall.total': ['time', 'total time that windows were closed or full', (s) => s.stallTime],
  'stall.max': ['time', 'stall time of the worst direction', (s) => s.longestStall],
  throughput: [
    'rate',
    'bytes of TCP on the wire per duration of the capture',
    (s, all) => (s.bytes * 8e9) / all.span,
  ],
  goodput: [
    'rate',
    'payload without retransmissions per duration of the capture',
    (s, all) => (s.uniqueBytes * 8e9) / all.span,
  ],
};
for (const [prefix, asked, answer, of] of [
  ['echo', 'ICMP echo requests', 'reply', (queries) => queries.echo],
  ['dns', 'DNS queries', 'response', (queries) => queries.dns],
] as [string, string, string, (queries: Queries) => { pairs: Pairs }][]) {
  const pairs = (queries: Queries) => of(queries).pairs;
  Object.assign(QUANTITIES, {
    [`${prefix}.asked`]: ['count', asked, (_, __, all) => pairs(all).total.requests],
    [`${prefix}.lost`]: ['count', `${asked} without a ${answer}`, (_, __, all) => pairs(all).total.lost],
    [`${prefix}.rtt.mean`]: [
      'time',
      `mean time until the ${answer}`,
      (_, __, all) => pairs(all).total.rttMean,
    ],
    [`${prefix}.rtt.max`]: [
      'time',
      `longest time until the ${answer}`,
      (_, __, all) => pairs(all).total.rttMax,
    ],
  } satisfies typeof QUANTITIES);
}
for (const name of VERDICTS) {
  if (name === 'retransmission') continue; // available as retransmissions
  QUANTITIES[name] = ['count', `segments flagged tcp.analysis.${name}`, (s) => s.verdicts[name]];
}

/** One assertion, as written and as meant. */
export interface Assertion {
  text: string;
  name: string;
  operator: string;
  /** In nanoseconds, bytes, bits per second, or a number. */
  value: number;
}

/** Reads assertions such as `rtt.p99 < 1ms`. Throws a usage error that names what there is. */
export function parseAssertions(texts: readonly string[]): Assertion[] {
  return texts.map(parse);
}

function parse(text: string): Assertion {
  const { name, operator, number, unit } = splitAssertion(
    text,
    "for example 'retransmissions == 0' or 'rtt.p99 < 1ms'; operators are == != < <= > >=",
    /^[\w.]+$/,
  );
  const known = Object.hasOwn(QUANTITIES, name) ? QUANTITIES[name] : undefined;
  if (known === undefined) {
    throw usageError(
      `there is nothing called '${name}' to assert`,
      didYouMean(name, Object.keys(QUANTITIES)) ?? `known quantities: ${Object.keys(QUANTITIES).join(', ')}`,
    );
  }
  return { text: text.trim(), name, operator, value: parseValue(text, name, known[0], number, unit) };
}

/** The parts of an assertion. @throws NscapError USAGE, with the hint given, where it is none */
export function splitAssertion(
  text: string,
  hint: string,
  names = /./,
): { name: string; operator: string; number: string; unit: string } {
  const parts = /^\s*(.+?)\s*(==|!=|<=|>=|<|(?<!-)>)\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(\S*)\s*$/i.exec(text);
  if (parts === null || !names.test(parts[1]))
    throw usageError(`the assertion '${text}' is not NAME OPERATOR VALUE`, hint);
  const [, name, operator, number, unit] = parts as unknown as [string, string, string, string, string];
  return { name, operator, number, unit };
}

/** A value with its unit, as a number of the kind's first unit. @throws NscapError USAGE where it has another unit */
export function parseValue(text: string, name: string, kind: Kind, number: string, unit: string): number {
  const units: Record<string, number> = UNITS[kind];
  const factor = unit === '' ? Object.values(units)[0] : Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (factor === undefined || (unit === '' && kind === 'time' && Number(number) !== 0)) {
    const names = Object.keys(units).filter(Boolean);
    throw usageError(
      unit === '' ? `'${text}' lacks a unit` : `'${unit}' is not a unit of ${name}`,
      names.length === 0 ? `${name} is a number without a unit` : `units of ${name} are ${names.join(', ')}`,
    );
  }
  return Number(number) * factor;
}

/** Does `seen OPERATOR value` hold? */
export function compare(operator: string, seen: number, value: number): boolean {
  return OPERATORS[operator](seen, value);
}

/** The result of an assertion. */
export interface AssertionOutcome {
  /** As it was written. */
  text: string;
  /** The interface it is about, where there are several; else empty. */
  label: string;
  holds: boolean;
  /** Whether it holds, with the value seen. */
  sentence: string;
}

/** The result of each, in order. */
export function checkAssertions(
  assertions: readonly Assertion[],
  { statistics, queries }: { statistics: Statistics; queries: Queries },
  label = '',
): AssertionOutcome[] {
  if (assertions.length === 0) return [];
  const summary = statistics.summary();
  return assertions.map(({ text, name, operator, value }) => {
    const [kind, , read] = QUANTITIES[name];
    const seen = read(summary, statistics, queries);
    const known = !Number.isNaN(seen);
    const holds = known && compare(operator, seen, value);
    const what = known
      ? `${text} ${holds ? 'holds' : 'does not hold'}: ${name} is ${valueText(kind, seen)}`
      : `${text} is unknown: the capture has no ${name}`;
    return { text, label, holds, sentence: label === '' ? what : `${label}: ${what}` };
  });
}

/** The sentences about those that do not hold. */
export function failures(outcomes: readonly AssertionOutcome[]): string[] {
  return outcomes.filter((outcome) => !outcome.holds).map((outcome) => outcome.sentence);
}

export function valueText(kind: Kind, value: number): string {
  switch (kind) {
    case 'time':
      return duration(value);
    case 'size':
      return value < 10_000 ? `${value} B` : `${byteSize(value)} (${value} B)`;
    case 'rate':
      return bitRate(value / 8);
    case 'share':
      return `${(100 * value).toFixed(2)} %`;
    case 'count':
    case 'loss':
      return String(value);
  }
}

/** All names with their units, for --help. */
export function assertionHelp(): string {
  const width = Math.max(...Object.keys(QUANTITIES).map((name) => name.length)) + 2;
  const lines = Object.entries(QUANTITIES).map(([name, [kind, meaning]]) => {
    const units = Object.keys(UNITS[kind]).filter(Boolean).join(' ');
    return `  ${name.padEnd(width)}${meaning}${units === '' ? '' : ` [${units}]`}`;
  });
  return `Assertions (--assert 'NAME OPERATOR VALUE', operators == != < <= > >=):\n${lines.join('\n')}\n`;
}
