// The tables of a store, declared once: the Parquet schema, ClickHouse's DDL, docs/store.md and the JSON schema are made of this.
import type { VERDICTS } from '../flow/verdict.ts';

/**
 * The version of the schema that is written. From one version to the next columns and tables are only ever added, with
 * `since`; none is renamed, removed or given another meaning. So files of older versions read as NULL what they lack, and
 * `ALTER TABLE … ADD COLUMN` brings the tables of an engine up to date.
 */
export const SCHEMA_VERSION = 2;

/**
 * `int64` holds all times (nanoseconds since 1970) and byte counts, `date` days in UTC, `address` 16 bytes: IPv6, or
 * IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2).
 */
export type ColumnType = 'text' | 'int32' | 'int64' | 'double' | 'boolean' | 'date' | 'address';

export interface Column {
  name: string;
  type: ColumnType;
  unit: string;
  /** NULL is possible: what was not seen. */
  nullable: boolean;
  /** What it is, and where it is read. */
  meaning: string;
  source: string;
  /** The version of the schema that added it. */
  since: number;
}

export interface Table {
  name: TableName;
  meaning: string;
  /** Columns that ClickHouse orders rows by, before host, boot, batch and row. */
  order: readonly string[];
  /** Days that ClickHouse keeps rows of it unless told otherwise. */
  days: number;
  columns: readonly Column[];
}

export const TABLE_NAMES = [
  'hosts',
  'captures',
  'connections',
  'segments',
  'samples',
  'hops',
  'drops',
  'findings',
] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** What counts how often a side's segments got each verdict, in names of columns. */
export const VERDICT_COLUMNS: Record<(typeof VERDICTS)[number], string> = {
  retransmission: 'retransmissions',
  fast_retransmission: 'fast_retransmissions',
  spurious_retransmission: 'spurious_retransmissions',
  out_of_order: 'out_of_order',
  duplicate_ack: 'duplicate_acks',
  lost_segment: 'lost_segments',
  ack_lost_segment: 'ack_lost_segments',
  zero_window: 'zero_windows',
  zero_window_probe: 'zero_window_probes',
  zero_window_probe_ack: 'zero_window_probe_acks',
  keep_alive: 'keep_alives',
  keep_alive_ack: 'keep_alive_acks',
  window_full: 'window_fulls',
  window_update: 'window_updates',
  reused_ports: 'reused_ports',
  tfo_syn: 'tfo_syns',
  tfo_ack: 'tfo_acks',
  tfo_ignored: 'tfo_ignored',
};

type Declared = [name: string, type: ColumnType | `${ColumnType}?`, unit: string, meaning: string];

function columns(source: string, declared: readonly Declared[], since = 1): Column[] {
  return declared.map(([name, type, unit, meaning]) => ({
    name,
    type: type.replace('?', '') as ColumnType,
    unit,
    nullable: type.endsWith('?'),
    meaning,
    source,
    since,
  }));
}

/** What every row begins with: where it comes from. Host, boot, batch and row are together unique in a table. */
const ORIGIN = columns('nscap', [
  ['day', 'date', '', 'UTC day of `time`, the partition'],
  ['host', 'text', '', 'host that captured'],
  [
    'boot',
    'text',
    '',
    'what wrote the batch: a capture file by its content, or a process of a boot of the host',
  ],
  ['batch', 'int32', '', 'number of the file of rows'],
  ['row', 'int32', '', 'number within that file, from 0'],
  [
    'capture',
    'text',
    '',
    'capture, 16 hexadecimal digits; of a file: of the SHA-256 of its content and filter',
  ],
  ['time', 'int64', 'ns', 'when, since 1970 (UTC)'],
]);

const ENDPOINTS: Declared[] = [
  ['client_address', 'text', '', 'address of the client: who sent the SYN, else who has the higher port'],
  ['client_address_bytes', 'address', '', 'the same as 16 bytes'],
  ['client_port', 'int32', '', 'port of the client'],
  ['server_address', 'text', '', 'address of the server'],
  ['server_address_bytes', 'address', '', 'the same as 16 bytes'],
  ['server_port', 'int32', '', 'port of the server'],
];

const FLOW_KEY =
  'both initial sequence numbers, the lower first: equal at both ends and behind NAT; without SYN-ACK `x` and a hash of addresses and ports';

const SIDE: Declared[] = [
  ['packets', 'int64', '', 'packets sent'],
  ['bytes', 'int64', 'bytes', 'sent on the wire, all headers included'],
  ['data_packets', 'int64', '', 'packets with payload'],
  ['payload_bytes', 'int64', 'bytes', 'payload sent'],
  ['unique_bytes', 'int64', 'bytes', 'payload without what was sent again'],
  [
    'retransmitted_packets',
    'int64',
    '',
    'sent again, by `nscap analyze`: without copies and what was not captured before',
  ],
  ['retransmitted_bytes', 'int64', 'bytes', 'payload sent again'],
  ['rtt_count', 'int64', '', 'segments whose acknowledgment was timed'],
  ['rtt_min', 'int64?', 'ns', 'shortest time until its data was acknowledged'],
  ['rtt_mean', 'int64?', 'ns', 'mean of these times'],
  ['rtt_p50', 'int64?', 'ns', 'median'],
  ['rtt_p95', 'int64?', 'ns', '95th percentile'],
  ['rtt_p99', 'int64?', 'ns', '99th percentile'],
  ['rtt_max', 'int64?', 'ns', 'longest'],
  ['max_bytes_in_flight', 'int32', 'bytes', 'sent and not acknowledged, at most'],
  ['min_window', 'int32', 'bytes', 'least window it announced'],
  ['max_window', 'int32', 'bytes', 'largest window it announced'],
  ['zero_window_time', 'int64', 'ns', 'its window was closed'],
  ['window_full_time', 'int64', 'ns', 'its window was filled by the other side'],
  ['missed_bytes', 'int64', 'bytes', 'acknowledged by the other side and never captured'],
  ['mss', 'int32?', 'bytes', 'maximum segment size of its SYN'],
  ['window_scale', 'int32?', '', 'window scale of its SYN'],
  ['sack_permitted', 'boolean', '', 'its SYN permitted SACK'],
  ['timestamps', 'boolean', '', 'its SYN had time stamps'],
  ['resets', 'int64', '', 'RST segments'],
];

function bothSides(declared: readonly Declared[]): Declared[] {
  return ['client', 'server'].flatMap((side) =>
    declared.map(
      ([name, type, unit, meaning]): Declared => [`${name}_${side}`, type, unit, `${side}: ${meaning}`],
    ),
  );
}

const VERDICT_COUNTS: Declared[] = Object.entries(VERDICT_COLUMNS).flatMap(([verdict, name]) =>
  ['client', 'server'].map(
    (side): Declared => [
      `${name}_${side}`,
      'int64',
      '',
      `segments of the ${side} with tcp.analysis.${verdict}`,
    ],
  ),
);

/** What the kernel of the sender knows of its socket (`capture --sockets`): the latest of the interval. */
const SOCKET: Declared[] = [
  [
    'cwnd',
    'int32?',
    '',
    "congestion window of the sender's socket, in segments: as all below, latest in the interval",
  ],
  ['ssthresh', 'int64?', '', 'slow start threshold, in segments'],
  ['srtt', 'int64?', 'ns', 'smoothed round-trip time, as the kernel has it'],
  ['rttvar', 'int64?', 'ns', 'its mean deviation'],
  ['kernel_rtt_min', 'int64?', 'ns', 'least round-trip time of the last minutes'],
  ['unacked', 'int32?', '', 'segments not acknowledged'],
  ['lost', 'int32?', '', 'segments taken for lost'],
  ['kernel_retransmissions', 'int64?', '', 'segments sent again since the connection began'],
  ['pacing_rate', 'int64?', 'bytes', 'pacing rate, a second'],
  ['delivery_rate', 'int64?', 'bytes', 'latest delivery rate, a second'],
  ['not_sent', 'int64?', 'bytes', 'in the send buffer and not sent'],
  ['busy_time', 'int64?', 'ns', 'time with data to send, since the connection began'],
  ['receive_window_limited', 'int64?', 'ns', "of it, waiting for the receiver's window"],
  ['send_buffer_limited', 'int64?', 'ns', 'of it, waiting for room in the send buffer'],
];

const STREAM: Declared = ['stream', 'int32', '', 'number of the connection in the capture (tcp.stream)'];

export const TABLES: Record<TableName, Table> = {
  hosts: {
    name: 'hosts',
    meaning: 'hosts that captured, as each capture found them',
    order: ['host'],
    days: 400,
    columns: [
      ...ORIGIN,
      ...columns('uname, pcapng section header', [
        ['os', 'text?', '', 'operating system, where known'],
        ['hardware', 'text?', '', 'hardware, where known'],
        ['application', 'text?', '', 'what wrote the capture, where known'],
        ['nscap', 'text', '', 'version of nscap that wrote the row'],
        ['schema', 'int32', '', 'version of this schema'],
      ]),
    ],
  },
  captures: {
    name: 'captures',
    meaning: 'captures, and where their packets lie',
    order: ['host', 'time'],
    days: 400,
    columns: [
      ...ORIGIN,
      ...columns('capture', [
        ['file', 'text?', '', 'path of the packets when the capture was stored'],
        ['sha256', 'text?', '', 'SHA-256 of that file'],
        ['filter', 'text', '', 'pcap-filter(7) expression the rows were taken with'],
        ['size', 'int64?', 'bytes', 'size of that file'],
        ['interfaces', 'text', '', 'names of the interfaces, separated by commas'],
        ['end_time', 'int64', 'ns', 'time of the latest packet'],
        ['packets', 'int64', '', 'packets, of any protocol'],
        ['segments', 'int64', '', 'TCP segments'],
        ['connections', 'int64', '', 'TCP connections'],
        ['sample', 'int32', '', 'every nth segment without a verdict is stored too; 0: none'],
        ['damage', 'text?', '', 'what is wrong with the file'],
        ['stored', 'int64', 'ns', 'when the rows were written'],
      ]),
    ],
  },
  connections: {
    name: 'connections',
    meaning: 'TCP connections, as a capture saw them',
    order: ['host', 'time'],
    days: 90,
    columns: [
      ...ORIGIN,
      ...columns('flow', [
        STREAM,
        ['flow_key', 'text', '', FLOW_KEY],
        ['interface', 'text?', '', 'interface of its first packet'],
        ...ENDPOINTS,
        ['duration', 'int64', 'ns', 'from its first packet to its last'],
        ['opening', 'text', '', 'how it began: `handshake`, `middle`, `refused`, …'],
        ['closing', 'text', '', 'how it ended: `fin`, `reset`, `open`, …'],
        ['first_frame', 'int32', '', 'number of its first packet in the capture'],
        ['last_frame', 'int32', '', 'number of its last'],
        ['syn_to_syn_ack', 'int64?', 'ns', 'from SYN to SYN-ACK'],
        ['syn_ack_to_ack', 'int64?', 'ns', 'from SYN-ACK to ACK'],
        ['initial_rtt', 'int64?', 'ns', 'initial round-trip time (tcp.analysis.initial_rtt)'],
        ['time_to_first_byte', 'int64?', 'ns', "until the server's first payload"],
        ['longest_silence', 'int64', 'ns', 'longest time without a packet'],
        ...bothSides(SIDE),
      ]),
      ...columns('tcp.analysis', VERDICT_COUNTS),
    ],
  },
  segments: {
    name: 'segments',
    meaning: 'TCP segments with a verdict, or sampled',
    order: ['host', 'time'],
    days: 30,
    columns: [
      ...ORIGIN,
      ...columns('flow', [
        STREAM,
        ['flow_key', 'text', '', 'as in connections, as far as it is known when the row is written'],
        ['frame', 'int32', '', 'number of the packet in the capture'],
        ['from_client', 'boolean', '', 'the client sent it'],
        ['flags', 'int32', '', 'TCP flags, as in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16'],
        ['seq', 'int64', '', 'sequence number (tcp.seq_raw)'],
        ['len', 'int32', 'bytes', 'payload'],
        ['verdicts', 'text', '', 'names of the verdicts (tcp.analysis.*), separated by commas'],
        ['verdict_bits', 'int32', '', 'the same as bits, in the order of docs/analyze.md; 0: sampled'],
        ['ack_rtt', 'int64?', 'ns', 'since the segment it acknowledges (tcp.analysis.ack_rtt)'],
        ['rto', 'int64?', 'ns', 'of a retransmission: since the segment waited for (tcp.analysis.rto)'],
        ['duplicate_ack_number', 'int32?', '', 'of a duplicate ACK (tcp.analysis.duplicate_ack_num)'],
        ['bytes_in_flight', 'int32?', 'bytes', 'tcp.analysis.bytes_in_flight'],
        ['window', 'int32', 'bytes', 'window, scaled where the scale is known'],
      ]),
    ],
  },
  samples: {
    name: 'samples',
    meaning: 'what one side of a connection did in an interval',
    order: ['host', 'time'],
    days: 30,
    columns: [
      ...ORIGIN,
      ...columns('flow', [
        STREAM,
        ['flow_key', 'text', '', 'as in connections, as far as it is known when the row is written'],
        ['from_client', 'boolean', '', 'of what the client sent'],
        ['interval', 'int64', 'ns', 'length of the interval that begins at `time`'],
        ['packets', 'int64', '', 'segments sent'],
        ['payload_bytes', 'int64', 'bytes', 'payload sent'],
        ['retransmissions', 'int64', '', 'of these segments, those with tcp.analysis.retransmission'],
        ['rtt_count', 'int64', '', 'segments whose acknowledgment came in the interval'],
        ['rtt_min', 'int64?', 'ns', 'shortest time until its data was acknowledged'],
        ['rtt_mean', 'int64?', 'ns', 'mean'],
        ['rtt_max', 'int64?', 'ns', 'longest'],
        ['max_bytes_in_flight', 'int32?', 'bytes', 'at most'],
      ]),
      ...columns('tcp_info', SOCKET, 2),
    ],
  },
  hops: {
    name: 'hops',
    meaning: 'packets from one point of a trace to the next, by direction',
    order: ['from_point', 'to_point', 'time'],
    days: 90,
    columns: [
      ...ORIGIN,
      ...columns('trace', [
        ['from_point', 'text', '', 'point they left'],
        ['to_point', 'text', '', 'point they were due at'],
        ['end_time', 'int64', 'ns', 'time of the latest packet'],
        ['packets', 'int64', '', 'packets due'],
        ['bytes', 'int64', 'bytes', 'their bytes on the wire'],
        ['lost', 'int64', '', 'seen neither there nor later'],
        ['unknown', 'int64', '', 'not seen there, and the capture may be the cause'],
        ['reordered', 'int64', '', 'came later than one that left after them (RFC 4737)'],
        ['duplicated', 'int64', '', 'copies that came besides'],
        ['changed', 'int64', '', 'came changed (NAT, MSS, TTL beyond one, …)'],
        ['delay_min', 'int64?', 'ns', 'shortest delay'],
        ['delay_mean', 'int64?', 'ns', 'mean'],
        ['delay_p50', 'int64?', 'ns', 'median'],
        ['delay_p99', 'int64?', 'ns', '99th percentile'],
        ['delay_max', 'int64?', 'ns', 'longest'],
      ]),
    ],
  },
  drops: {
    name: 'drops',
    meaning: 'packets that the kernel dropped, one event or counter a row',
    order: ['reason', 'time'],
    days: 90,
    columns: [
      ...ORIGIN,
      ...columns('drops', [
        ['reason', 'text', '', 'reason, as the kernel calls it'],
        ['function', 'text?', '', 'function of the kernel that dropped it'],
        ['rule', 'text?', '', 'nft rule'],
        ['namespace', 'text?', '', 'network namespace'],
        ['interface', 'text?', '', 'network interface'],
        ['direction', 'text?', '', '`in` or `out`'],
        ['packets', 'int64', '', 'how many packets the row stands for'],
        ['harmless', 'boolean', '', 'no sign of a fault, such as multicast without a receiver'],
        ['packet', 'text?', '', 'the packet, as tcpdump prints it'],
        ['how', 'text', '', 'how it was learnt: `bpf`, `tracefs`, `nft`, `counters`'],
      ]),
    ],
  },
  findings: {
    name: 'findings',
    meaning: 'what is wrong, or worth knowing, by codes',
    order: ['code', 'time'],
    days: 90,
    columns: [
      ...ORIGIN,
      ...columns('analyze', [
        ['subject', 'text', '', 'what it is about: `connection`, or `store`'],
        ['stream', 'int32?', '', 'number of the connection in the capture'],
        ['flow_key', 'text?', '', 'as in connections'],
        ['code', 'text', '', 'stable code: `refused`, `loss-beyond`, … (docs/analyze.md)'],
        ['severity', 'text', '', '`problem` or `note`'],
        ['text', 'text', '', 'the sentence'],
        ['frames', 'text', '', 'numbers of the packets that prove it, separated by commas'],
      ]),
      ...columns(
        'nscap',
        [['count', 'int64?', '', 'of `rows-given-up`: rows that there was no room for']],
        2,
      ),
    ],
  },
};
