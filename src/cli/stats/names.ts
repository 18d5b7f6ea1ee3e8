// The statistics by name, as --help lists them; statistics.ts has what counts each.

interface Entry {
  /** What may follow the name on the command line. */
  syntax?: string;
  /** A line of --help for each. */
  summary: readonly string[];
}

const KINDS = '[,KIND...]';

export const STATISTICS = {
  conversations: {
    syntax: KINDS,
    summary: ['packets and bytes of each pair of endpoints, both ways'],
  },
  endpoints: { syntax: KINDS, summary: ['packets and bytes that each endpoint sent and received'] },
  protocols: { summary: ['the hierarchy of protocols'] },
  lengths: { summary: ['lengths of packets, and bursts'] },
  io: {
    summary: [
      'packets and bytes in each --interval, or per --column:',
      'SUM, AVG, MIN, MAX or COUNT of a field, of the packets that match a filter',
    ],
  },
  rtt: { summary: ['TCP round-trip times'] },
} as const satisfies Record<string, Entry>;

export type StatisticName = keyof typeof STATISTICS;

/** tshark's names, as -z takes them. */
export const TSHARK_SYNTAX = {
  conv: 'conv,KIND',
  endpoints: 'endpoints,KIND',
  'io,phs': 'io,phs',
  'io,stat': 'io,stat,INTERVAL[,COLUMN...]',
  'plen,tree': 'plen,tree',
} as const;

export type TsharkName = keyof typeof TSHARK_SYNTAX;

/** The list of statistics in --help. */
export function statisticsHelp(): string {
  const width = 2 + Math.max(...entries().map(([name]) => name.length));
  return entries()
    .flatMap(([name, lines]) => lines.map((line, i) => `  ${(i === 0 ? name : '').padEnd(width)}${line}`))
    .join('\n');
}

function entries(): (readonly [name: string, summary: readonly string[]])[] {
  return Object.entries<Entry>(STATISTICS).map(
    ([name, { syntax = '', summary }]) => [name + syntax, summary] as const,
  );
}
