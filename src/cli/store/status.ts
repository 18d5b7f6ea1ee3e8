// nscap store status: what is stored where.
import { escapeControls } from '../../base/escape-controls.ts';
import { byteSize, count } from '../../base/units.ts';
import { NscapError } from '../../errors.ts';
import { Sink } from '../../output/sink.ts';
import { drawTable } from '../../report/table.ts';
import type { Clickhouse } from '../../store/clickhouse/client.ts';
import { literal } from '../../store/clickhouse/ddl.ts';
import { checkTables } from '../../store/clickhouse/tables.ts';
import { folderVersion } from '../../store/folder.ts';
import { TABLE_NAMES } from '../../store/schema.ts';
import { type Unsent, unsent, type Waiting, waiting } from '../../store/spool.ts';
import { connect } from './delivery.ts';

/** What lies in a table. Rows are not counted in a folder, for that all files would have to be opened. */
interface TableStatus {
  table: string;
  rows?: number;
  files: number;
  bytes: number;
  first_day: string | null;
  last_day: string | null;
  hosts: number;
}

interface SpoolStatus {
  folder: string;
  files: number;
  bytes: number;
  bound: number;
  /** Seconds since the oldest was written. */
  oldest: number | null;
  /** Files that can never be sent, and were set aside. */
  refused: number;
  /** These, and those that the engine has refused and that are tried again. */
  unsent: Unsent[];
}

/** Files that could not be sent are listed up to this number; all are in JSON. */
const LISTED = 20;

interface Status {
  store: string;
  schema: number | null;
  engine?: string;
  /** Why the engine cannot be queried. */
  problem?: string;
  spool?: SpoolStatus;
  tables: TableStatus[];
}

/** Prints it. An engine that cannot be queried is a failure; the rows in the spool are reported all the same. */
export async function status(target: string, json: boolean): Promise<void> {
  const clickhouse = connect(target);
  const found = clickhouse === undefined ? ofFolder(target) : await ofEngine(clickhouse);
  new Sink().end(json ? `${JSON.stringify(found)}\n` : text(found));
  if (found.problem !== undefined) process.exitCode = 1;
}

function ofFolder(folder: string): Status {
  const version = folderVersion(folder);
  if (version === undefined) {
    throw new NscapError('STORE', `there is no store in ${folder}`, {
      hint: `nscap store init --store ${folder} makes one`,
    });
  }
  const files = waiting(folder);
  return { store: folder, schema: version, tables: TABLE_NAMES.map((name) => tableOf(name, files)) };
}

function tableOf(table: string, all: readonly Waiting[]): TableStatus {
  const files = all.filter((one) => one.table === table);
  const days = files.map(({ name }) => name.split('/')[1].replace(/^day=/, '')).sort();
  return {
    table,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    first_day: days[0] ?? null,
    last_day: days.at(-1) ?? null,
    hosts: new Set(files.map(({ name }) => name.split('/')[2])).size,
  };
}

async function ofEngine(clickhouse: Clickhouse): Promise<Status> {
  const { spool, spoolBytes } = clickhouse.target;
  const files = waiting(spool);
  const failed = unsent(spool);
  const status: Status = {
    store: clickhouse.place,
    schema: null,
    spool: {
      folder: spool,
      files: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      bound: spoolBytes,
      oldest:
        files.length === 0
          ? null
          : Math.round((Date.now() - Math.min(...files.map((one) => one.since))) / 1000),
      refused: failed.filter((one) => one.set_aside).length,
      unsent: failed,
    },
    tables: [],
  };
  try {
    status.engine = (await clickhouse.query('SELECT version()', {}, 'system')).toString().trim();
    status.schema = await checkTables(clickhouse);
    for (const name of TABLE_NAMES) status.tables.push(await engineTable(clickhouse, name));
  } catch (error) {
    if (!(error instanceof NscapError)) throw error;
    status.problem = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  } finally {
    clickhouse.close();
  }
  return status;
}

/** Files and bytes are those of the replica that is asked, rows those of the whole cluster. */
async function engineTable(clickhouse: Clickhouse, table: string): Promise<TableStatus> {
  const line = async (sql: string) => (await clickhouse.query(sql)).toString().trim().split('\t');
  const [rows, first = '', last = '', hosts] = await line(
    `SELECT count(), min(day), max(day), uniqExact(host) FROM ${table}`,
  );
  const names = [table, `${table}_local`].map(literal).join(', ');
  const [files, bytes] = await line(
    `SELECT count(), sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table IN (${names})`,
  );
  const some = Number(rows) > 0;
  return {
    table,
    rows: Number(rows),
    files: Number(files),
    bytes: Number(bytes),
    first_day: some ? first : null,
    last_day: some ? last : null,
    hosts: Number(hosts),
  };
}

function text({ store, schema, engine, problem, spool, tables }: Status): string {
  const lines = [
    `${store}${engine === undefined ? '' : `: ClickHouse ${engine}`}${schema === null ? '' : `, schema version ${schema}`}`,
  ];
  if (problem !== undefined) lines.push(problem);
  if (spool !== undefined) {
    const age = spool.oldest === null ? '' : `, the oldest ${spool.oldest} s old`;
    const kept = spool.unsent.length - spool.refused;
    const aside = [
      ...(kept === 0 ? [] : [`; ${kept} refused, and tried again`]),
      ...(spool.refused === 0 ? [] : [`; ${spool.refused} damaged and set aside`]),
    ].join('');
    lines.push(
      `spool ${spool.folder}: ${count(spool.files, 'batch', 'batches')}, ${byteSize(spool.bytes)} of ${byteSize(spool.bound)}${age}${aside}`,
      ...spool.unsent.slice(0, LISTED).map(unsentLine),
    );
    if (spool.unsent.length > LISTED) lines.push(`  and ${spool.unsent.length - LISTED} more (--json)`);
  }
  if (tables.length === 0) return `${lines.join('\n')}\n`;
  const counted = tables.some(({ rows }) => rows !== undefined);
  const head = [
    'table',
    ...(counted ? ['rows'] : []),
    counted ? 'parts' : 'files',
    'size',
    'first day',
    'last day',
    'hosts',
  ];
  const body = tables.map((one) => [
    one.table,
    ...(counted ? [String(one.rows)] : []),
    String(one.files),
    byteSize(one.bytes),
    one.first_day ?? '',
    one.last_day ?? '',
    String(one.hosts),
  ]);
  const right = head.flatMap((name, i) => (/rows|parts|files|size|hosts/.test(name) ? [i] : []));
  return `${lines.join('\n')}\n${drawTable(head, body, { right })}\n`;
}

function unsentLine({ file, since, reason }: Unsent): string {
  const when = new Date(since).toISOString().slice(0, 19);
  return `  ${escapeControls(file)}: ${escapeControls(reason ?? 'the reason is not known')} (${when}Z)`;
}
