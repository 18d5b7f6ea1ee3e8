// A live trace from its points to its end: packets, losses of the captures and drops of the kernel, in one window.
import type { Batch } from '../../base/batch.ts';
import { momentOf } from '../../base/interface.ts';
import { endingSignals } from '../../base/signals.ts';
import { duration } from '../../base/units.ts';
import { becomeUser, checkedUser } from '../../binding/privilege.ts';
import type { DropEvent } from '../../drops/event.ts';
import { harmlessBecause } from '../../drops/harmless.ts';
import { commentOn } from '../../report/trace/comments.ts';
import { counterNotes, counterReports } from '../../report/trace/counters.ts';
import { LOST, type Path } from '../../trace/path.ts';
import { watchDeletion } from '../capture/deletion.ts';
import { Choice } from './choice.ts';
import { choosePoints } from './choose-points.ts';
import { parseSlow } from './chosen.ts';
import { LivePoints } from './live.ts';
import type { LivePlan } from './plan.ts';
import { checkPoints } from './point.ts';
import { TraceSession } from './session.ts';
import { StoryFile } from './story-file.ts';
import { UnnamedFile } from './unnamed-file.ts';

/** Milliseconds between two reads of counters and drop events. */
const PAUSE = 50;
/** Nanoseconds after which a packet is called slow in the file, unless --only says when it is. */
const SLOW = 1e6;
/** Milliseconds: longer than any trace. */
const FOREVER = 1e12;
/** Milliseconds by which the clock must be set for that to matter. */
const LEAST_STEP = 100;
/** Milliseconds: see TraceOptions.window. */
const WINDOW = 1000;

/** Traces packets until a signal, --duration or -c ends it. Throws Closed where the output has no reader. */
export async function traceLive(words: readonly string[], plan: LivePlan): Promise<void> {
  const { points, filter, notes } = await choosePoints(words, plan.points);
  if (plan.listOnly) {
    process.stdout.write(points.map(({ name }) => `${name}\n`).join(''));
    return;
  }
  checkPoints(points);
  const { file, store } = plan;
  const user = checkedUser(plan.user);
  const delivery =
    store === undefined ? undefined : new (await import('../store/delivery.ts')).LiveDelivery(store, user);
  const topology =
    plan.session.page === undefined
      ? undefined
      : await (await import('../report/topology.ts')).topologyOf(
          points.map(({ namespace }) => namespace.inode),
        );
  const live = await LivePoints.open(points, {
    snaplen: plan.snaplen,
    promiscuous: plan.promiscuous,
    bufferKib: plan.bufferKib,
  });
  let unnamed: UnnamedFile | undefined;
  try {
    const { interfaces } = live.source;
    const origin = { interfaces, named: true };
    const choice = await Choice.of(
      filter,
      () => interfaces,
      plan.displayFilter,
      interfaces.map(() => origin),
    );
    const session = await TraceSession.open(
      interfaces.map(({ name, snaplen }) => ({ name, snaplen })),
      plan.session,
      {},
      choice,
    );
    session.topology = topology;
    if (plan.session.page !== undefined && file === undefined) unnamed = new UnnamedFile(user);
    const path = file ?? unnamed?.path;
    const story = path === undefined ? undefined : new StoryFile(path, user, interfaces);
    // Loaded before root is given up: the user may not be able to read nscap's files.
    if (store !== undefined) await import('../store/hop-rows.ts');
    becomeUser(user);
    session.notes.push(...notes);
    await new LiveSession(live, session, story, plan, filter, unnamed).run();
  } finally {
    unnamed?.close();
    await live.close();
    await delivery?.end();
  }
}

class LiveSession {
  private readonly live: LivePoints;
  private readonly session: TraceSession;
  private readonly story: StoryFile | undefined;
  private readonly plan: LivePlan;
  /** Drop events may be about packets that were not requested. */
  private readonly isFiltered: boolean;
  private readonly filter: string;
  /** Where the packets are for the page, if -w names no file. */
  private readonly unnamed: UnnamedFile | undefined;
  private readonly slow: number;
  private readonly window: number;
  /** Everything before this moment is left out: not all points captured yet. */
  private begin = Date.now();
  /** By how much the clock of time stamps is ahead of the monotonic one, in milliseconds. */
  private clockOffset = Date.now() - performance.now();
  private packets = 0;
  private readonly gone = new Set<string>();
  /** Losses that no drop event was about. */
  private unexplained = 0;
  /** Drop events, without harmless ones, and how many of them explained a loss. */
  private reported = 0;
  private explained = 0;
  /** Packets that the captures lost. */
  private uncaptured = 0;
  private failure: unknown;

  constructor(
    live: LivePoints,
    session: TraceSession,
    story: StoryFile | undefined,
    plan: LivePlan,
    filter: string,
    unnamed: UnnamedFile | undefined,
  ) {
    this.live = live;
    this.filter = filter;
    this.isFiltered = filter !== '' || plan.displayFilter !== undefined;
    this.unnamed = unnamed;
    this.session = session;
    this.story = story;
    this.plan = plan;
    this.slow = parseSlow(plan.session.only) ?? SLOW;
    this.window = plan.session.window ?? WINDOW;
    session.trace.begin(momentOf(this.begin));
    session.onPath = (way) => this.onPath(way);
  }

  async run(): Promise<void> {
    const { live, plan } = this;
    for (const signal of endingSignals()) process.on(signal, () => live.stop());
    if (plan.duration !== undefined) setTimeout(() => live.stop(), plan.duration).unref();
    watchDeletion(
      live.points.map(({ namespace }) => namespace),
      () => live.stop(),
    );
    const notes = live.notes.map((note) => `nscap: ${note}\n`).join('');
    process.stderr.write(`${notes}tracing at ${live.points.map(({ name }) => name).join(', ')}\n`);
    const timer = setInterval(() => this.attempt(() => this.look()), PAUSE);
    try {
      await this.deliver();
      clearInterval(timer);
      await this.finish();
    } finally {
      clearInterval(timer);
      // Whatever failed, such as standard output: what was captured is in the file.
      this.story?.close(live.source.tallies());
    }
    if (this.failure !== undefined) throw this.failure;
  }

  private async deliver(): Promise<void> {
    const { source } = this.live;
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      this.checkClock();
      const from = this.started(batch);
      if (from === batch.count) continue;
      // First the file: whoever reads the lines may go away. Where it is full, the packets at hand are traced still.
      this.attempt(() => this.story?.add(batch, from));
      this.session.add(batch, from, batch.count);
    }
  }

  /** The first record of a batch that came when all points captured. */
  private started({ seconds, nanoseconds, count }: Batch): number {
    let from = 0;
    while (from < count && seconds[from] * 1000 + nanoseconds[from] / 1e6 < this.begin) from++;
    return from;
  }

  /** Times before and after the clock was set cannot be compared: what is under way then is unknown, and the trace goes on. */
  private checkClock(): void {
    const now = Date.now();
    const step = now - performance.now() - this.clockOffset;
    if (Math.abs(step) < LEAST_STEP) return;
    const { session, story } = this;
    this.clockOffset += step;
    this.begin = Math.min(this.begin, now);
    session.trace.clockSet(momentOf(now - step), momentOf(now));
    story?.release(momentOf(now + FOREVER));
    const by = duration(Math.abs(step) * 1e6);
    session.notes.push(
      `the clock was set ${step < 0 ? 'back' : 'forward'} by ${by}: the fate of packets under way then is unknown`,
    );
  }

  /** Passes on losses and drops to the trace, and writes out what is decided. */
  private look(): void {
    const { live, session, story } = this;
    this.checkClock();
    for (const loss of live.captureLosses()) {
      this.uncaptured += loss.packets;
      session.trace.captureLost(loss.interface, momentOf(loss.from), momentOf(loss.to), loss.packets);
      story?.captureLost(loss);
    }
    this.tellGone();
    const events = live
      .dropEvents()
      .filter((event) => event.packet !== undefined && harmlessBecause(event) === undefined);
    this.reported += events.length;
    for (const event of events) session.trace.drop(event);
    story?.drop(events.filter((event) => this.isHere(event)));
    const until = live.source.deliveredUntil();
    if (!Number.isFinite(until) || until < this.begin) return;
    session.trace.advance(momentOf(until));
    story?.release(momentOf(until - this.window));
    session.flush();
  }

  /** Points whose interface was removed capture nothing any more: what is not seen there is unknown. */
  private tellGone(): void {
    const { source } = this.live;
    for (const name of source.gone) {
      if (this.gone.has(name)) continue;
      this.gone.add(name);
      const point = source.interfaces.findIndex((one) => one.name === name);
      const now = Date.now();
      this.session.trace.captureLost(point, momentOf(now - this.window), momentOf(now + FOREVER), 0);
    }
  }

  /** Whether a packet was dropped in the namespace of a point. Of others the file has what concerns its packets. */
  private isHere({ namespace }: DropEvent): boolean {
    return this.live.points.some((point) => point.namespace.inode === namespace?.inode);
  }

  /** A failure in a timer ends the trace, and is reported after it. */
  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.failure ??= error;
      this.live.stop();
    }
  }

  private onPath(way: Path): void {
    const { story, session, slow, plan } = this;
    if (story !== undefined) {
      commentOn(session.trace, way, slow, (point, number, comment) => story.comment(point, number, comment));
      if (way.drop !== undefined && !this.isHere(way.drop)) story.drop([way.drop]);
    }
    if (way.drop !== undefined) this.explained++;
    else if (way.fate === LOST) this.unexplained++;
    if (++this.packets === plan.count) this.live.stop();
  }

  private sayUnseenDrops(session: TraceSession): void {
    const { unseenDrops: count, uncounted } = this.live;
    if (count === 0 && uncounted === undefined) return;
    const what = uncounted ?? `${count} more drops in these namespaces came too fast to be told one by one`;
    const then =
      this.unexplained > 0
        ? `${this.unexplained} losses are without a reason`
        : 'packets may have been dropped after the last point where they were seen';
    session.notes.push(`${what}: ${then}`);
  }

  /** With those reported and those that came too fast, these are all drops of a flood. */
  private sayOtherDrops(session: TraceSession): void {
    const count = this.reported - this.explained;
    if (this.isFiltered || count <= 0 || (this.uncaptured === 0 && this.live.unseenDrops === 0)) return;
    session.notes.push(
      `${count} more drops in these namespaces happened after the last point, or to packets that were not captured: the captures lost ${this.uncaptured}`,
    );
  }

  private async finish(): Promise<void> {
    const { live, session, story } = this;
    const grown = await live.finish();
    this.attempt(() => this.look());
    session.trace.end();
    this.attempt(() => story?.close(live.source.tallies()));
    if (story !== undefined && story.early > 0) {
      session.notes.push(
        `${story.early} records of the file have no comments: there were too many to wait for the fate of their packets`,
      );
    }
    this.sayUnseenDrops(session);
    this.sayOtherDrops(session);
    for (const name of live.source.gone) session.notes.push(`${name} has disappeared`);
    if (session.trace.lost > 0) {
      session.counters = counterReports(session.trace, grown);
      session.notes.push(...counterNotes(session.counters));
    }
    session.finish();
    await this.writePage();
    const { store } = this.plan;
    if (store !== undefined) {
      const { storeLiveHops } = await import('../store/hop-rows.ts');
      storeLiveHops(store, session.trace, session.span);
    }
  }

  /** The page of --report, with what was captured at each point. */
  private async writePage(): Promise<void> {
    const { plan, session, live, unnamed, filter } = this;
    if (plan.session.page === undefined) return;
    const file = plan.file === undefined || plan.file === '-' ? null : plan.file;
    const path = unnamed?.path ?? file;
    const points = path === null ? [] : live.source.interfaces;
    const inputs = points.map(({ name }, number) => ({ path: path!, name, file, interface: number }));
    await session.writePage(inputs, filter, plan.displayFilter);
  }
}
