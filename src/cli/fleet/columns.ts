// Columns of answers as people read them: without what only programs need, and with units.
import { endpointText } from '../../base/address.ts';
import type { AnswerTable, Unit } from '../../report/answer.ts';
import { TABLES } from '../../store/schema.ts';

/** What of an answer people need not see: which rows of which capture they are, and columns that no row has anything in. */
export function forPeople({ columns, rows }: AnswerTable): AnswerTable {
  const kept = columns
    .map((_, at) => at)
    .filter((at) => !['capture', 'stream'].includes(columns[at]))
    .filter((at) => rows.some((row) => row[at] !== null && row[at] !== 0));
  return endpointsJoined({
    columns: kept.map((at) => columns[at]),
    rows: rows.map((row) => kept.map((at) => row[at])),
  });
}

/** `client_address` and `client_port` as one column, `client`. */
function endpointsJoined({ columns, rows }: AnswerTable): AnswerTable {
  const ports = new Map(
    columns.flatMap((name, at) => {
      const port = columns.indexOf(name.replace(/_address$/, '_port'));
      return name.endsWith('_address') && port >= 0 ? [[at, port] as const] : [];
    }),
  );
  const left = columns.map((_, at) => at).filter((at) => ![...ports.values()].includes(at));
  return {
    columns: left.map((at) => (ports.has(at) ? columns[at].replace(/_address$/, '') : columns[at])),
    rows: rows.map((row) =>
      left.map((at) =>
        ports.has(at) ? endpointText(String(row[at]), Number(row[ports.get(at)!])) : row[at],
      ),
    ),
  };
}

/** Units of the columns of the questions whose names are no columns of the tables. */
const UNITS: Record<string, Unit> = {
  first_packet: 'time',
  last_packet: 'time',
  first_seen: 'time',
  last_seen: 'time',
  worst_rtt_p99: 'duration',
  stalled: 'duration',
  shortest_delay: 'duration',
  mean_delay: 'duration',
  worst_delay_p99: 'duration',
  longest_delay: 'duration',
};
/** Times; other columns in nanoseconds are durations. */
const TIMES = new Set(['time', 'end_time', 'stored']);

export function unitOf(column: string): Unit {
  if (TIMES.has(column)) return 'time';
  if (column in UNITS) return UNITS[column];
  const known = Object.values(TABLES).some(({ columns }) =>
    columns.some(({ name, unit }) => name === column && unit === 'ns'),
  );
  return known ? 'duration' : undefined;
}
