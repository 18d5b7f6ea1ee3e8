// Sends rows from a spool to the engine of a target: at once after reading files, or in parallel to a running command.
import type { ChildProcess } from 'node:child_process';
import { escapeControls } from '../../base/escape-controls.ts';
import { spawn } from '../../base/spawn.ts';
import { count } from '../../base/units.ts';
import { type User, useHomeOf } from '../../binding/privilege.ts';
import { NscapError } from '../../errors.ts';
import { selfArgv, selfEnvironment } from '../../netns/user.ts';
import { Clickhouse } from '../../store/clickhouse/client.ts';
import { credentials } from '../../store/clickhouse/credentials.ts';
import { literal } from '../../store/clickhouse/ddl.ts';
import { Shipper } from '../../store/clickhouse/ship.ts';
import { checkTables } from '../../store/clickhouse/tables.ts';
import { waiting } from '../../store/spool.ts';
import { type ClickhouseTarget, clickhouseTarget } from '../../store/target.ts';

/** Milliseconds that an engine may take to be there. */
const PATIENCE = 20_000;

/** The client of a target's engine. @throws NscapError USAGE where it is a folder */
export function connect(target: string): Clickhouse | undefined {
  const engine = clickhouseTarget(target);
  return engine === undefined ? undefined : new Clickhouse(engine, credentials());
}

/** Reports rows that cannot be sent. */
export function report(sentence: string, hint: string | undefined): void {
  process.stderr.write(`nscap: ${escapeControls(sentence)}\n`);
  if (hint !== undefined) process.stderr.write(`hint: ${escapeControls(hint)}\n`);
}

/** How many batches wait, and what sends them. */
function waitingHint({ spool, text }: ClickhouseTarget): string {
  const batches = waiting(spool).length;
  return `${count(batches, 'batch', 'batches')} ${batches === 1 ? 'waits' : 'wait'} in ${spool}; nscap store ship --store '${text}' sends them`;
}

/** The error with that hint as well. */
export function withWaitingHint(error: unknown, target: ClickhouseTarget): unknown {
  if (!(error instanceof NscapError)) return error;
  const hint = [error.hint, waitingHint(target)].filter(Boolean).join('; ');
  return new NscapError(error.code, error.message, { hint, cause: error });
}

/** Sends all waiting rows now. If that fails nothing is lost. @throws NscapError with the waiting rows in its hint */
export async function deliver(target: string): Promise<void> {
  const clickhouse = connect(target);
  if (clickhouse === undefined) return;
  const { spool } = clickhouse.target;
  try {
    const { refused, left } = await new Shipper(clickhouse, spool, { patience: PATIENCE, report }).run();
    if (refused + left > 0) process.exitCode ??= 1;
  } catch (error) {
    throw withWaitingHint(error, clickhouse.target);
  } finally {
    clickhouse.close();
  }
}

/**
 * The host under which the engine has a capture; undefined where it has not, or does not answer: then rows that are there
 * already are sent once more, and stored once.
 */
export async function knownHost(target: string, capture: string): Promise<string | undefined> {
  const clickhouse = connect(target);
  if (clickhouse === undefined) return undefined;
  try {
    await checkTables(clickhouse);
    const answer = await clickhouse.query(
      `SELECT host FROM captures WHERE boot = ${literal(capture)} AND batch = 0 LIMIT 1 FORMAT JSONCompact`,
    );
    const { data } = JSON.parse(answer.toString()) as { data: string[][] };
    return data[0]?.[0];
  } catch (error) {
    if (error instanceof NscapError) return undefined; // said when the rows are sent
    throw error;
  } finally {
    clickhouse.close();
  }
}

/** The environment by which a copy of nscap becomes the user, too. */
function behindSudo(user: User | undefined): NodeJS.ProcessEnv {
  if (user === undefined) return {};
  const { name, uid, gid } = user;
  return { SUDO_UID: `${uid}`, SUDO_GID: `${gid}`, ...(name === undefined ? {} : { SUDO_USER: name }) };
}

/**
 * A shipper in a separate process, beside a command that captures: started before that enters a namespace, so that it has
 * the network of the host. It ends with the command, however that ends: its standard input does.
 */
export class LiveDelivery {
  private readonly child: ChildProcess | undefined;

  /**
   * `target`: none, or a folder, for which nothing is started. `user`: the one that the command becomes, with the home folder of
   * the rows. @throws NscapError for an invalid target
   */
  constructor(target: string | undefined, user: User | undefined) {
    if (user !== undefined && process.geteuid?.() === 0) useHomeOf(user);
    if (target === undefined || clickhouseTarget(target) === undefined) return;
    credentials();
    const [program, ...args] = selfArgv(['store', 'ship', '--follow', '--attached', '--store', target]);
    // In another process group: Ctrl-C is for the command, and its last rows are still to be sent.
    this.child = spawn(program, args, {
      env: selfEnvironment(behindSudo(user)),
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
    this.child.stdin!.on('error', () => {}); // it has ended, and said why
    this.child.unref();
    (this.child.stdin as unknown as { unref?(): void }).unref?.();
  }

  /** Lets it send the rest, and waits until it has, or has given up. */
  async end(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin!.end();
    await ended;
  }
}
