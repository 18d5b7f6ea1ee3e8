// Counters as OpenMetrics (RFC-like: openmetrics.io, version 1.0.0), which Prometheus scrapes.

export const CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export type Labels = Record<string, string>;

export interface Histogram {
  /** Upper bounds in the unit of the family, ascending; what is above the last is counted as well. */
  bounds: readonly number[];
  /** How many fell into each, one more than there are bounds. */
  counts: ArrayLike<number>;
  sum: number;
}

type Sample = { labels: Labels } & ({ value: number } | { histogram: Histogram });

export interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram' | 'info';
  unit?: string;
  samples: readonly Sample[];
}

/** The text of an exposition. */
export function openMetrics(families: readonly Family[]): string {
  return `${families.map(familyText).join('')}# EOF\n`;
}

function familyText({ name, help, type, unit, samples }: Family): string {
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
  ];
  return [...head, ...samples.flatMap((sample) => sampleLines(name, type, sample)), ''].join('\n');
}

function sampleLines(name: string, type: Family['type'], sample: Sample): string[] {
  if ('value' in sample) {
    const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : '';
    return [`${name}${suffix}${labelText(sample.labels)} ${sample.value}`];
  }
  const { bounds, counts, sum } = sample.histogram;
  let below = 0;
  const lines: string[] = [];
  for (const [i, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
    below += counts[i];
    lines.push(`${name}_bucket${labelText({ ...sample.labels, le: boundText(bound) })} ${below}`);
  }
  return [
    ...lines,
    `${name}_count${labelText(sample.labels)} ${below}`,
    `${name}_sum${labelText(sample.labels)} ${sum}`,
  ];
}

/** Bounds are numbers with a point: parsers compare them as text. */
function boundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
