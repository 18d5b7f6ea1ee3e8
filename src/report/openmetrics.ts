// Counters as OpenMetrics (openmetrics.io, version 1.0.0), which Prometheus scrapes, and in Prometheus' older text format, 0.0.4,
// which other agents ask for.

/** An exposition, by what the client accepts. */
export interface Exposition {
  contentType: string;
  text: string;
}

const OPENMETRICS = 'application/openmetrics-text';

/** As OpenMetrics, unless the client names `text/plain` and not that (RFC 9110, 12.5.1). */
export function exposition(families: readonly Family[], accept = ''): Exposition {
  if (/\btext\/plain\b/i.test(accept) && !accept.toLowerCase().includes(OPENMETRICS))
    return { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: plainText(families) };
  return { contentType: `${OPENMETRICS}; version=1.0.0; charset=utf-8`, text: openMetrics(families) };
}

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

/** The same in the older format: families are named as their samples are, and it has neither units nor `info`. */
function plainText(families: readonly Family[]): string {
  const lines = families.flatMap(({ name, help, type, samples }) => {
    const named = `${name}${SUFFIX[type]}`;
    return [
      `# TYPE ${named} ${type === 'info' ? 'gauge' : type}`,
      `# HELP ${named} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      ...samples.flatMap((sample) => sampleLines(name, type, sample)),
    ];
  });
  return `${lines.join('\n')}\n`;
}

/** Of the names of samples; those of histograms have several. */
const SUFFIX: Record<Family['type'], string> = { counter: '_total', info: '_info', gauge: '', histogram: '' };

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
    return [`${name}${SUFFIX[type]}${labelText(sample.labels)} ${sample.value}`];
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
