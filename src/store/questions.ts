// What is asked most, as SQL that DuckDB and ClickHouse both take. Aliases are no names of columns: ClickHouse takes an
// alias for the column within the same query.
import { TABLES, type TableName } from './schema.ts';

export const SORT_KEYS = ['retransmissions', 'rtt', 'stalls', 'resets', 'missed'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface QuestionOptions {
  /** Nanoseconds since 1970; rows before are left out. */
  since?: bigint | undefined;
  limit: number;
  by: SortKey;
  /** ClickHouse merges rows that were sent twice in its own time: FINAL does while it is asked. */
  final?: boolean;
}

const BY: Record<SortKey, string> = {
  retransmissions: 'retransmitted',
  rtt: 'worst_rtt_p99',
  stalls: 'stalled',
  resets: 'reset_segments',
  missed: 'missed',
};

/** What `worst` sorts by: columns of either side, and how they become one number. None of them is negative. */
export const SORTED: Record<SortKey, { columns: readonly string[]; most?: boolean }> = {
  retransmissions: { columns: sides('retransmissions') },
  rtt: { columns: sides('rtt_p99'), most: true },
  stalls: { columns: [...sides('zero_window_time'), ...sides('window_full_time')] },
  resets: { columns: sides('resets') },
  missed: { columns: sides('missed_bytes') },
};

function sides(column: string): string[] {
  return [`${column}_client`, `${column}_server`];
}

/** The number that `worst` sorts by. */
export function sortExpression(by: SortKey): string {
  const { columns, most } = SORTED[by];
  return most ? `greatest(${columns.map((one) => `coalesce(${one}, 0)`).join(', ')})` : columns.join(' + ');
}

function both(column: string): string {
  return sides(column).join(' + ');
}

function from(table: TableName, { final }: QuestionOptions): string {
  return final ? `${table} FINAL` : table;
}

function where(conditions: readonly (string | false)[]): string {
  const all = conditions.filter((one) => one !== false);
  return all.length === 0 ? '' : `\nWHERE ${all.join(' AND ')}`;
}

function since(options: QuestionOptions): string | false {
  return options.since === undefined ? false : `time >= ${options.since}`;
}

/** The connections with most of something. */
export function worst(options: QuestionOptions): string {
  return `SELECT host, time, client_address, client_port, server_address, server_port,
  ${sortExpression('retransmissions')} AS retransmitted,
  ${both('data_packets')} AS data_segments,
  ${sortExpression('rtt')} AS worst_rtt_p99,
  ${sortExpression('stalls')} AS stalled,
  ${sortExpression('resets')} AS reset_segments,
  ${sortExpression('missed')} AS missed,
  opening, closing, flow_key, capture, stream
FROM ${from('connections', options)}${where([since(options)])}
ORDER BY ${[...new Set([BY[options.by], BY.retransmissions])].join(' DESC, ')} DESC, time, capture, stream
LIMIT ${options.limit}`;
}

/** Loss and delay from point to point. */
export function links(options: QuestionOptions): string {
  return `SELECT from_point, to_point,
  sum(packets) AS packets_due,
  sum(lost) AS packets_lost,
  sum(unknown) AS packets_unknown,
  round(100.0 * sum(lost) / sum(packets), 4) AS loss_percent,
  sum(reordered) AS packets_reordered,
  min(delay_min) AS shortest_delay,
  round(sum(delay_mean * (packets - lost - unknown)) / sum(CASE WHEN delay_mean IS NULL THEN 0 ELSE packets - lost - unknown END)) AS mean_delay,
  max(delay_p99) AS worst_delay_p99,
  max(delay_max) AS longest_delay
FROM ${from('hops', options)}${where([since(options), 'packets > 0'])}
GROUP BY from_point, to_point
ORDER BY loss_percent DESC, packets_due DESC, from_point, to_point
LIMIT ${options.limit}`;
}

/** Packets that kernels dropped. */
export function drops(options: QuestionOptions): string {
  return `SELECT reason, rule, host, namespace, sum(packets) AS dropped, min(time) AS first_seen, max(time) AS last_seen
FROM ${from('drops', options)}${where([since(options), 'NOT harmless'])}
GROUP BY reason, rule, host, namespace
ORDER BY dropped DESC, reason, host
LIMIT ${options.limit}`;
}

/** What each host has stored. */
export function hosts(options: QuestionOptions): string {
  return `SELECT h.host AS host, captures_stored, packets_seen, connections_seen, retransmitted, first_packet, last_packet
FROM (
  SELECT host, count(*) AS captures_stored, sum(packets) AS packets_seen, min(time) AS first_packet, max(end_time) AS last_packet
  FROM ${from('captures', options)}${where([since(options)])}
  GROUP BY host
) AS h
LEFT JOIN (
  SELECT host, count(*) AS connections_seen, sum(${both('retransmissions')}) AS retransmitted
  FROM ${from('connections', options)}${where([since(options)])}
  GROUP BY host
) AS c ON h.host = c.host
ORDER BY host
LIMIT ${options.limit}`;
}

/** What each day had, of all hosts. */
export function days(options: QuestionOptions): string {
  return `SELECT day, count(*) AS connections_seen, count(DISTINCT host) AS hosts_seen,
  sum(${both('data_packets')}) AS data_segments,
  sum(${both('retransmissions')}) AS retransmitted,
  round(100.0 * sum(${both('retransmissions')}) / greatest(sum(${both('data_packets')}), 1), 4) AS retransmitted_percent,
  sum(${both('resets')}) AS reset_segments
FROM ${from('connections', options)}${where([since(options)])}
GROUP BY day
ORDER BY day DESC
LIMIT ${options.limit}`;
}

/** What was found, most frequent first. */
export function found(options: QuestionOptions): string {
  return `SELECT severity, code, count(*) AS times_found, count(DISTINCT host) AS hosts_found, max(time) AS last_seen, min(text) AS example
FROM ${from('findings', options)}${where([since(options)])}
GROUP BY severity, code
ORDER BY severity DESC, times_found DESC, code
LIMIT ${options.limit}`;
}

/** A flow key, as rows have it. */
export const KEY = /^(?:[0-9a-f]{16}|x[0-9a-f]{15})$/;

/** All that was seen of a connection: by each capture that saw it. `key` is a flow key. */
export function connection(key: string, options: QuestionOptions): string {
  if (!KEY.test(key)) throw new TypeError(`no flow key: ${key}`);
  // Names without their table: versions of ClickHouse disagree about those of a join that is sent to other hosts.
  const columns = TABLES.connections.columns.map(({ name }) => name);
  return `SELECT ${columns.join(', ')}, file
FROM ${from('connections', options)}
LEFT JOIN (SELECT capture, max(file) AS file FROM captures GROUP BY capture) AS stored USING (capture)
WHERE flow_key = '${key}'
ORDER BY time, host, capture, stream`;
}
