// nscap store init and ship: the tables of an engine, and the rows waiting to be sent there.
import { escapeControls } from '../../base/escape-controls.ts';
import { endingSignals } from '../../base/signals.ts';
import { count } from '../../base/units.ts';
import { NscapError, usageError } from '../../errors.ts';
import { Sink } from '../../output/sink.ts';
import type { Clickhouse } from '../../store/clickhouse/client.ts';
import { type Shipped, Shipper } from '../../store/clickhouse/ship.ts';
import { initialize } from '../../store/clickhouse/tables.ts';
import { FolderWriter } from '../../store/folder.ts';
import { FolderLock, SHIP_LOCK } from '../../store/folder-lock.ts';
import { SCHEMA_VERSION } from '../../store/schema.ts';
import { waiting } from '../../store/spool.ts';
import { connect, report, withWaitingHint } from './delivery.ts';

/** Milliseconds for sending the rest once it is to end. */
const LAST_PATIENCE = 5000;
const POLL = 500;

/** What `init` makes. */
interface InitPlan {
  target: string;
  /** Of ClickHouse alone: the cluster of replicated tables, and how long rows are kept. */
  cluster: string | undefined;
  days: number | undefined;
  json: boolean;
}

/** Creates what is missing, and reports it. */
export async function init({ target, cluster, days, json }: InitPlan): Promise<void> {
  const clickhouse = connect(target);
  if (clickhouse === undefined) {
    if (cluster !== undefined || days !== undefined)
      throw usageError('--cluster and --days are of ClickHouse, and the store is a folder');
    new FolderWriter(target);
    new Sink().end(
      json
        ? `${JSON.stringify({ store: target, schema: SCHEMA_VERSION })}\n`
        : `${target}: schema version ${SCHEMA_VERSION}\n`,
    );
    return;
  }
  try {
    const { engine, made, added, before, notes } = await initialize(clickhouse, { cluster, days });
    for (const note of notes) process.stderr.write(`nscap: ${note}\n`);
    const version = `schema version ${SCHEMA_VERSION}${before === undefined || before === SCHEMA_VERSION ? '' : `, before ${before}`}`;
    const changes = [
      ...(made.length > 0 ? [`${count(made.length, 'table')} made`] : []),
      ...(added.length > 0 ? [`columns added: ${added.join(', ')}`] : []),
    ];
    new Sink().end(
      json
        ? `${JSON.stringify({ store: clickhouse.place, engine, schema: SCHEMA_VERSION, before: before ?? null, made, added, notes })}\n`
        : `${clickhouse.place}: ClickHouse ${escapeControls(engine)}, ${version}; ${changes.length === 0 ? 'nothing to change' : changes.join('; ')}\n`,
    );
  } finally {
    clickhouse.close();
  }
}

/** What `ship` sends, and when it ends. */
interface ShipPlan {
  target: string;
  /** Until a signal ends it; else until nothing waits. */
  follow: boolean;
  /** Until standard input ends; nothing is printed. */
  attached: boolean;
  /** Milliseconds without success after which it gives up. */
  timeout: number;
  json: boolean;
}

/** Sends what waits. */
export async function ship(plan: ShipPlan): Promise<void> {
  const clickhouse = connect(plan.target);
  if (clickhouse === undefined)
    throw usageError(
      'what is to be sent goes to ClickHouse, and the store is a folder',
      '--store clickhouse://HOST/DATABASE',
    );
  const { spool } = clickhouse.target;
  const finish = new AbortController();
  for (const signal of endingSignals()) process.on(signal, () => finish.abort());
  if (plan.attached) process.stdin.on('end', () => finish.abort()).resume();
  const lock = new FolderLock(spool, SHIP_LOCK);
  try {
    const held = await locked(lock, spool, plan, finish.signal);
    if (held) await shipHeld(clickhouse, lock, plan, finish.signal);
  } catch (error) {
    throw withWaitingHint(error, clickhouse.target);
  } finally {
    clickhouse.close();
    process.stdin.destroy();
  }
}

async function shipHeld(
  clickhouse: Clickhouse,
  lock: FolderLock,
  { follow, attached, timeout, json }: ShipPlan,
  finish: AbortSignal,
): Promise<void> {
  const { spool } = clickhouse.target;
  const shipper = new Shipper(clickhouse, spool, {
    follow,
    patience: follow ? LAST_PATIENCE : timeout,
    finish,
    report,
  });
  try {
    const shipped = await shipper.run();
    if (!attached) new Sink().end(json ? `${JSON.stringify(shipped)}\n` : sentence(shipped));
    if (shipped.refused + shipped.left > 0) process.exitCode = 1;
  } finally {
    lock.release();
  }
}

/** Waits until no other process sends from this spool; false where that process has sent everything. */
async function locked(
  lock: FolderLock,
  spool: string,
  { follow, timeout }: ShipPlan,
  finish: AbortSignal,
): Promise<boolean> {
  const begin = performance.now();
  while (!lock.take()) {
    if (finish.aborted || (!follow && waiting(spool).length === 0)) return false;
    if (!follow && performance.now() - begin > timeout)
      throw new NscapError('STORE', `another nscap sends from ${spool}, and has not come to an end`);
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return true;
}

function sentence({ files, rows, repeated, refused, left }: Shipped): string {
  const parts = [
    `${count(files, 'batch', 'batches')} with ${count(rows, 'row')} sent`,
    ...(repeated > 0 ? [`${repeated} had arrived before`] : []),
    ...(refused > 0 ? [`${refused} damaged and set aside`] : []),
    ...(left > 0 ? [`${left} left`] : []),
  ];
  return `${parts.join(', ')}\n`;
}
