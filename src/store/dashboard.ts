// A dashboard of Grafana over the tables of ClickHouse (grafana-clickhouse-datasource).
import { VERDICT_COLUMNS } from './schema.ts';

interface Panel {
  title: string;
  type: 'timeseries' | 'table' | 'stat';
  unit?: string;
  sql: string;
  width: number;
}

/** Rows of the time that Grafana shows; days are the partitions. */
const SHOWN =
  'day >= toDate($__fromTime) AND day <= toDate($__toTime) AND time >= toInt64(toUnixTimestamp($__fromTime)) * 1000000000 AND time <= toInt64(toUnixTimestamp($__toTime)) * 1000000000';
/** A variable of Grafana's, as text. */
const HOST = `'\${host:raw}'`;
const HOSTS = `(empty(${HOST}) OR match(host, ${HOST}))`;
const MINUTE = 'toStartOfMinute(toDateTime(intDiv(time, 1000000000)))';

function sum(column: string): string {
  return `sum(${column}_client + ${column}_server)`;
}

const WORST_VERDICTS = [
  'retransmission',
  'duplicate_ack',
  'zero_window',
  'out_of_order',
  'lost_segment',
] as const;

export const PANELS: readonly Panel[] = [
  {
    title: 'Connections, by host',
    type: 'timeseries',
    width: 12,
    sql: `SELECT ${MINUTE} AS minute, host, count() AS value FROM connections WHERE ${SHOWN} AND ${HOSTS} GROUP BY minute, host ORDER BY minute`,
  },
  {
    title: 'Segments sent again, by host',
    type: 'timeseries',
    unit: 'percentunit',
    width: 12,
    sql: `SELECT ${MINUTE} AS minute, host, ${sum('retransmissions')} / greatest(${sum('data_packets')}, 1) AS value FROM connections WHERE ${SHOWN} AND ${HOSTS} GROUP BY minute, host ORDER BY minute`,
  },
  {
    title: 'Verdicts',
    type: 'timeseries',
    width: 12,
    sql: `SELECT ${MINUTE} AS minute, ${WORST_VERDICTS.map((one) => `${sum(VERDICT_COLUMNS[one])} AS ${one}`).join(', ')} FROM connections WHERE ${SHOWN} AND ${HOSTS} GROUP BY minute ORDER BY minute`,
  },
  {
    title: 'Round-trip time: worst 99th percentile of a connection, by host',
    type: 'timeseries',
    unit: 'ns',
    width: 12,
    sql: `SELECT ${MINUTE} AS minute, host, quantile(0.99)(greatest(ifNull(rtt_p99_client, 0), ifNull(rtt_p99_server, 0))) AS value FROM connections WHERE ${SHOWN} AND ${HOSTS} GROUP BY minute, host ORDER BY minute`,
  },
  {
    title: 'Packets dropped by the kernel, by reason',
    type: 'timeseries',
    width: 12,
    sql: `SELECT ${MINUTE} AS minute, reason, sum(packets) AS value FROM drops WHERE ${SHOWN} AND ${HOSTS} AND NOT harmless GROUP BY minute, reason ORDER BY minute`,
  },
  {
    title: 'Loss from point to point',
    type: 'table',
    width: 12,
    sql: `SELECT from_point, to_point, sum(packets) AS due, sum(lost) AS lost, max(delay_p99) AS worst_delay_p99 FROM hops WHERE ${SHOWN} GROUP BY from_point, to_point ORDER BY lost DESC LIMIT 50`,
  },
  {
    title: 'Findings',
    type: 'table',
    width: 12,
    sql: `SELECT severity, code, count() AS times, uniq(host) AS hosts, min(text) AS example FROM findings WHERE ${SHOWN} AND ${HOSTS} GROUP BY severity, code ORDER BY severity DESC, times DESC LIMIT 50`,
  },
  {
    title: 'Worst connections',
    type: 'table',
    width: 24,
    sql: `SELECT host, toDateTime(intDiv(time, 1000000000)) AS begin, client_address, client_port, server_address, server_port, retransmissions_client + retransmissions_server AS retransmitted, closing, flow_key FROM connections WHERE ${SHOWN} AND ${HOSTS} ORDER BY retransmitted DESC, time LIMIT 50`,
  },
];

const HEIGHT = 8;
const ROW = 24;
const SOURCE = { type: 'grafana-clickhouse-datasource', uid: `\${DS_CLICKHOUSE}` };

/** The document that Grafana imports. */
export function dashboard(): object {
  let [x, y] = [0, 0];
  const panels = PANELS.map(({ title, type, unit, sql, width }, i) => {
    if (x + width > ROW) [x, y] = [0, y + HEIGHT];
    const place = { x, y, w: width, h: HEIGHT };
    x += width;
    return {
      id: i + 1,
      title,
      type,
      gridPos: place,
      datasource: SOURCE,
      fieldConfig: { defaults: unit === undefined ? {} : { unit }, overrides: [] },
      targets: [
        {
          refId: 'A',
          datasource: SOURCE,
          editorType: 'sql',
          queryType: type === 'table' ? 'table' : 'timeseries',
          format: type === 'table' ? 1 : 0,
          rawSql: sql,
        },
      ],
    };
  });
  return {
    __inputs: [
      {
        name: 'DS_CLICKHOUSE',
        label: 'ClickHouse',
        type: 'datasource',
        pluginId: 'grafana-clickhouse-datasource',
      },
    ],
    title: 'nscap: TCP connections of a fleet',
    uid: 'nscap-fleet',
    tags: ['nscap'],
    schemaVersion: 39,
    time: { from: 'now-6h', to: 'now' },
    refresh: '1m',
    templating: {
      list: [
        {
          name: 'host',
          label: 'Host (pattern)',
          type: 'textbox',
          query: '',
          current: { text: '', value: '' },
        },
      ],
    },
    panels,
  };
}
