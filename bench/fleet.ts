// A store at the shape of a fleet: connections of many hosts, asked with DuckDB; the writer's rate and the bytes a row takes;
// and, where NSCAP_ENGINE names a target, how many rows it takes a second. ROWS of HOSTS, 100 M of 100 unless told otherwise.
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchRows } from '../src/store/batch-writer.ts';
import { Clickhouse } from '../src/store/clickhouse/client.ts';
import { credentials } from '../src/store/clickhouse/credentials.ts';
import { Shipper } from '../src/store/clickhouse/ship.ts';
import { encode } from '../src/store/parquet.ts';
import { type Cell, Rows } from '../src/store/rows.ts';
import { type Column, SCHEMA_VERSION, TABLES } from '../src/store/schema.ts';
import { clickhouseTarget } from '../src/store/target.ts';
import { type Bench, type Figures, measure } from './measure.ts';

const ROWS = Number(process.env.ROWS ?? 100_000_000);
const HOSTS = Number(process.env.HOSTS ?? 100);
/** Rows of a file, as the writer makes them. */
const BATCH = batchRows(TABLES.connections);
/** Files that differ; the others are links to them under other hosts and days. */
const DISTINCT = Number(process.env.DISTINCT ?? 64);
const DAY = 20_780;
const SECOND = 1_000_000_000n;

export const bench: Bench = {
  title: `A fleet: ${ROWS / 1e6} M connections of ${HOSTS} hosts, ${DISTINCT} files that differ`,
  async run(): Promise<Figures[]> {
    const folder = mkdtempSync(join(process.env.FLEET_FOLDER ?? tmpdir(), 'nscap-bench-fleet-'));
    try {
      return [...segments(), ...(await questions(folder)), ...(await engine(folder))];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/**
 * Numbers as captures have them: most are zero, few are large. What was measured on captures of the lab and of mirrors of data
 * centres, three connections in a hundred with any segment sent again, falls off with a power of about 1.2.
 */
function heavy(share: number, scale: number): number {
  return Math.random() < share
    ? Math.min(Math.floor(scale * (1 - Math.random()) ** (-1 / 1.2)), Number.MAX_SAFE_INTEGER)
    : 0;
}

/** What fills a column: chosen once, for a file has 18 million cells. */
function connectionCell({ name, type, nullable }: Column): (row: number) => Cell {
  if (/^(retransmissions|retransmitted_packets|duplicate_acks|spurious)/.test(name))
    return () => heavy(0.03, 1);
  if (/^rtt_(min|mean|p50|p95|p99|max)/.test(name))
    return () => (Math.random() < 0.2 ? null : 20_000 + heavy(1, 50_000));
  if (/_time_|silence|duration/.test(name)) return () => heavy(0.02, 1e6);
  if (/^(packets|bytes|data_packets|payload|unique)/.test(name)) return () => heavy(1, 4);
  if (/address_bytes/.test(name)) return () => ADDRESS;
  if (/address$/.test(name)) return (row) => ADDRESSES[row % ADDRESSES.length];
  if (name === 'client_port') return (row) => 32_768 + (row & 0x7fff);
  if (name === 'server_port') return (row) => [443, 80, 5432, 6379][row & 3];
  if (name === 'flow_key') return (row) => row.toString(16).padStart(16, '0');
  if (name === 'opening') return () => 'handshake';
  if (name === 'closing') return (row) => (row % 9 === 0 ? 'reset' : 'fin');
  if (nullable) return () => null;
  return type === 'text'
    ? () => ''
    : type === 'boolean'
      ? () => true
      : type === 'int32'
        ? (row) => row
        : () => 0;
}
const ADDRESSES = Array.from({ length: 2000 }, (_, i) => `10.${i & 7}.${(i >> 3) & 31}.${i & 255}`);
const ADDRESS = Uint8Array.from({ length: 16 }, (_, i) => (i < 10 ? 0 : i < 12 ? 255 : i));

function connectionFile(host: string, batch: number, count: number): Uint8Array {
  const rows = new Rows(TABLES.connections, DAY);
  const columns = TABLES.connections.columns
    .slice(7)
    .map((column) => ({ ...column, cell: connectionCell(column) }));
  for (let row = 0; row < count; row++) {
    const i = rows.next(BigInt(DAY) * 86_400n * SECOND + BigInt(row) * 600_000n);
    for (const [at, { type, nullable, cell }] of columns.entries()) {
      const value = cell(row);
      (rows.columns[at + 7] as Cell[])[i] =
        nullable && value === null && type !== 'text'
          ? Number.NaN
          : type === 'int64' && !nullable
            ? BigInt(value as number)
            : value;
    }
  }
  return encode(rows, { host, boot: `boot${batch}`, capture: `capture${batch}`, nscap: 'bench' }, batch);
}

/** The folder of a fleet, and what it is asked. */
async function questions(folder: string): Promise<Figures[]> {
  const store = join(folder, 'store');
  mkdirSync(store);
  writeFileSync(join(store, 'nscap-store.json'), `{"schema":${SCHEMA_VERSION}}\n`);
  const files = Math.ceil(ROWS / BATCH);
  const begin = performance.now();
  const made: string[] = [];
  let bytes = 0;
  for (let file = 0; file < files; file++) {
    const day = new Date((DAY + Math.floor(file / HOSTS)) * 86_400_000).toISOString().slice(0, 10);
    const place = join(store, 'connections', `day=${day}`, `host=web-${file % HOSTS}`);
    mkdirSync(place, { recursive: true });
    const path = join(place, `boot${file}-${file}.parquet`);
    if (file < DISTINCT) {
      writeFileSync(path, connectionFile(`web-${file % HOSTS}`, file, BATCH));
      made.push(path);
    } else linkSync(made[file % made.length], path);
    bytes += statSync(path).size;
  }
  const seconds = (performance.now() - begin) / 1000;
  const figures: Figures[] = [
    {
      what: 'connections written',
      seconds: round(seconds),
      rowsPerSecond: Math.round((made.length * BATCH) / seconds),
      bytesPerRow: round(bytes / (files * BATCH)),
    },
  ];
  const asked = [
    ['worst'],
    ['worst', '--by', 'rtt'],
    ['worst', '--by', 'stalls'],
    ['sql', 'SELECT host, count(*), sum(retransmissions_client) FROM connections GROUP BY host'],
  ];
  for (const words of asked) {
    const [cost] = await measure(
      [
        {
          what: words.join(' '),
          program: 'node',
          args: ['dist/nscap.js', 'fleet', '--store', store, ...words],
        },
      ],
      3,
    );
    figures.push({
      what: `fleet ${words.slice(0, 3).join(' ')}`,
      seconds: round(cost.seconds),
      cpu: round(cost.cpu),
      memoryMb: Math.round(cost.memory),
    });
  }
  return figures;
}

/** The writer of segments, one core: a million rows as live analysis has them. */
function segments(): Figures[] {
  const count = 1_000_000;
  let bytes = 0;
  const begin = process.cpuUsage();
  for (let from = 0; from < count; from += BATCH) {
    const rows = new Rows(TABLES.segments, DAY);
    const column = rows.columns as unknown as Record<number, unknown>[];
    const names = TABLES.segments.columns.map(({ name }) => name);
    const at = Object.fromEntries(names.map((name, i) => [name, i]));
    for (let row = from; row < Math.min(from + BATCH, count); row++) {
      const i = rows.next(
        BigInt(DAY) * 86_400n * SECOND + BigInt(row) * 5_000n + BigInt(Math.floor(Math.random() * 4000)),
      );
      const kind = row & 3;
      column[at.stream][i] = row % 500;
      column[at.flow_key][i] = KEYS[row % 500];
      column[at.frame][i] = row * 3;
      column[at.from_client][i] = (row & 1) === 0;
      column[at.flags][i] = 16;
      column[at.seq][i] = BigInt(Math.floor(Math.random() * 2 ** 32));
      column[at.len][i] = kind === 0 ? 0 : 1448;
      column[at.verdicts][i] = VERDICTS[kind];
      column[at.verdict_bits][i] = 1 << kind;
      column[at.ack_rtt][i] = kind === 0 ? 100_000 + Math.floor(Math.random() * 1e6) : Number.NaN;
      column[at.rto][i] = kind === 1 ? 200_000_000 + Math.floor(Math.random() * 1e6) : Number.NaN;
      column[at.duplicate_ack_number][i] = kind === 0 ? (row & 31) + 1 : Number.NaN;
      column[at.bytes_in_flight][i] = kind === 0 ? Number.NaN : 1448 * (row % 40);
      column[at.window][i] = 65_535 - (row % 100) * 64;
    }
    bytes += encode(rows, { host: 'web-1', boot: 'boot', capture: 'c', nscap: 'bench' }, from).length;
  }
  const { user, system } = process.cpuUsage(begin);
  const seconds = (user + system) / 1e6;
  return [
    {
      what: 'segments written, 1 M',
      seconds: round(seconds),
      rowsPerSecond: Math.round(count / seconds),
      bytesPerRow: round(bytes / count),
    },
  ];
}
const KEYS = Array.from({ length: 500 }, (_, i) => (0x1234567 * (i + 1)).toString(16).padStart(16, '0'));
const VERDICTS = ['duplicate_ack', 'retransmission', 'out_of_order', 'retransmission,fast_retransmission'];

/** How fast an engine takes batches of 10 s of a host: until a million rows are there. */
async function engine(folder: string): Promise<Figures[]> {
  const target = process.env.NSCAP_ENGINE;
  if (target === undefined) return [];
  const spool = join(folder, 'spool');
  for (const rows of [100, 1000, 10_000]) {
    for (let file = 0; file < Math.min(100, 1_000_000 / rows); file++) {
      const place = join(spool, 'connections', 'day=2026-11-23', `host=web-${file % HOSTS}`);
      mkdirSync(place, { recursive: true });
      writeFileSync(
        join(place, `bench${rows}-${process.pid}${file}.parquet`),
        connectionFile(`web-${file % HOSTS}`, file, rows),
      );
    }
  }
  const files = readdirSync(spool, { recursive: true }).filter((name) =>
    String(name).endsWith('.parquet'),
  ).length;
  const clickhouse = new Clickhouse(clickhouseTarget(target)!, credentials());
  const begin = performance.now();
  const shipped = await new Shipper(clickhouse, spool, {
    patience: 60_000,
    report: (sentence) => process.stderr.write(`${sentence}\n`),
  }).run();
  clickhouse.close();
  const seconds = (performance.now() - begin) / 1000;
  return [
    {
      what: `shipped, ${files} batches`,
      seconds: round(seconds),
      rowsPerSecond: Math.round(shipped.rows / seconds),
      batchesPerSecond: round(shipped.files / seconds),
    },
  ];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
