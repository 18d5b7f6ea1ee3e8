// One capture from its opening to its closing lines: privileges, output, signals, counters.
import { dirname } from 'node:path';
import type { Batch } from '../../base/batch.ts';
import type { Interface } from '../../base/interface.ts';
import { endingSignals } from '../../base/signals.ts';
import type { Handle } from '../../binding/libpcap.ts';
import { becomeUser, checkedUser, type User } from '../../binding/privilege.ts';
import type { LiveAnalysis } from '../../flow/live-analysis.ts';
import type { Statistics } from '../../flow/statistics.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { CaptureFiles } from '../../output/capture-files.ts';
import { createFile } from '../../output/create.ts';
import type { LiveCapture, LiveSource } from '../../source/live.ts';
import type { OverlookedOnInterface } from '../../source/overlooked.ts';
import { Recorder } from '../../source/recorder.ts';
import type { SocketStates } from '../../store/socket-states.ts';
import { sayHints } from '../source-end.ts';
import { type Ending, type Reason, reportEnding, sayCounters } from './ending.ts';
import type { Lines } from './lines.ts';
import type { AnalysisPlan, SessionPlan } from './plan.ts';
import type { Processes } from './processes.ts';
import type { SocketComments } from './sockets.ts';
import { closingLines, StatusLine, total } from './status.ts';

/** Milliseconds between two checks whether the namespace is still there. */
const WATCH = 500;

/** Milliseconds within which a second signal counts as the first. */
const ECHO = 300;

/** Where a capture is. */
interface Place {
  /** What packets are captured, as a pcap-filter(7) expression. */
  filter: string;
  /** The namespace that this process captures in; undefined where children do, each in its own. */
  inside: Namespace | undefined;
  /** Whether the captured interface has ceased to exist without libpcap noticing. */
  isGone(): boolean;
}

/** The parts common to all captures. */
export class Session {
  /** Messages to print once the capture is on. */
  readonly warnings: string[];
  readonly listening: string[] = [];
  /** What else is examined if nothing is captured. */
  readonly overlooked: OverlookedOnInterface[] = [];
  private readonly plan: SessionPlan;
  private readonly place: Place;
  private readonly start = new Date();
  private analysis: { plan: AnalysisPlan; live: LiveAnalysis } | undefined;
  private processes: Processes | undefined;
  private socketStates: SocketStates | undefined;
  private reason: Reason | undefined;
  private signals = 0;
  /** When the last came; the first counts even right after the start of this process, where the clock begins at 0. */
  private signalled = Number.NEGATIVE_INFINITY;
  private handling = false;
  /** The capture, once it is on. */
  private capture: LiveCapture | undefined;

  constructor(plan: SessionPlan, place: Place) {
    this.plan = plan;
    this.place = place;
    this.warnings = [...plan.warnings];
  }

  /** Prints or writes what a source delivers, to its end, and closes it. */
  async run(source: LiveSource): Promise<void> {
    const { files, socketsInterval } = this.plan;
    let sockets: SocketComments | undefined;
    try {
      const user = this.user();
      await this.openProcesses(user);
      const output = files && (await this.openFiles(source, user));
      if (socketsInterval !== undefined) {
        const { SocketComments } = await import('./sockets.ts');
        const states = await this.openSocketStates();
        sockets = await SocketComments.open(socketsInterval, {
          comments: output !== undefined,
          state: states === undefined ? undefined : (sample) => states.add(sample),
          failed: ({ message }) => process.stderr.write(`nscap: no more samples of sockets: ${message}\n`),
        });
        if (output !== undefined) output.comment = () => sockets!.take();
      }
      if (user !== undefined) await this.loadRest();
      becomeUser(user, files?.command !== undefined);
      this.ready(source);
      await this.deliver(source, output);
    } catch (error) {
      // Standard output has lost its reader before the file's header was out.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    } finally {
      sockets?.close();
      this.processes?.close();
      await source.close();
    }
  }

  /** Lets libpcap write to a pcap file by itself. */
  async record(handle: Handle, about: Interface, count: number | undefined): Promise<void> {
    const { path } = this.plan.files!;
    let recorder: Recorder;
    try {
      const user = this.user();
      recorder = new Recorder(handle, about, createFile(path, user, true), path, count);
      becomeUser(user);
    } catch (error) {
      handle.close();
      throw error;
    }
    this.ready(recorder);
    const status = this.status(recorder, () => ({ bytes: recorder.size, file: recorder.size }));
    let failure: unknown;
    try {
      await recorder.run();
    } catch (error) {
      this.reason ??= 'failure';
      failure = error;
    }
    status?.end();
    const { start, reason } = this;
    const files = [{ path, bytes: recorder.size }];
    await this.finish(recorder, { start, reason, failure, output: undefined, files });
  }

  /** The user to become once the capture is open. */
  private user(): User | undefined {
    const { user, files } = this.plan;
    const further = files !== undefined && (files.rotation.size > 0 || files.rotation.seconds > 0);
    return checkedUser(user, further ? dirname(files.path) : undefined);
  }

  /** Before privileges are dropped: finding a socket's process takes the privileges of its owner. */
  private async openProcesses(user: User | undefined): Promise<void> {
    const { inside } = this.place;
    if (!this.plan.processes || inside === undefined) return;
    const { OWN, RootOwners } = await import('./owners.ts');
    const { Processes } = await import('./processes.ts');
    const stays = user === undefined || process.geteuid?.() === user.uid;
    this.processes = new Processes(stays ? OWN : new RootOwners(), { ...inside, enter: [] });
  }

  private async openFiles(source: LiveSource, user: User | undefined): Promise<CaptureFiles> {
    const { openFiles } = await import('./files.ts');
    return openFiles(this.plan.files!, source, this.start, user, this.processes);
  }

  /** The processes of a record's connection; those that a child found are its comment. */
  private async processOf() {
    if (!this.plan.processes) return undefined;
    const { processComment } = await import('./processes.ts');
    const { processes } = this;
    return processes === undefined
      ? processComment
      : (batch: Batch, index: number) => processes.of(batch, index);
  }

  /** Loads code needed later before privileges are dropped: the user may not be able to read nscap's files. */
  private async loadRest(): Promise<void> {
    const { lines, analysis } = this.plan;
    if (lines !== undefined) {
      await (await import('./lines.ts')).loadLines(lines);
      await this.dropRemark();
    }
    if (analysis === undefined) return;
    if (analysis.store !== undefined) await import('../store/capture-store.ts');
    await import('../../flow/live-analysis.ts');
    await (await import('../../report/analysis.ts')).loadRest();
    await import('../../report/live-analysis.ts');
  }

  private async deliver(source: LiveSource, output: CaptureFiles | undefined): Promise<void> {
    const live = await this.openAnalysis(source);
    // Dropped packets are on further interfaces, which are not known yet.
    const captured = source.interfaces.length;
    const lines = await this.openLines(source, captured);
    let bytes = 0;
    const status = this.status(source, () => ({ bytes, file: output?.bytes }));
    let failure: unknown;
    const fail = (error: unknown) => {
      // A reader that has gone away is no failure.
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') this.reason ??= 'reader gone';
      else failure ??= error;
    };
    try {
      for (let batch = await source.next(); batch !== null && this.signals < 2; batch = await source.next()) {
        await this.processes?.prepare(batch);
        output?.write(batch, source.records);
        if (lines !== undefined) {
          status?.clear();
          await lines.print(batch);
        } else live?.addBatch(batch, this.plan.drops ? captured : undefined);
        for (let i = 0; i < batch.count; i++) bytes += batch.captured[i];
        if (output?.full) {
          this.stop(source, this.plan.files!.limit === undefined ? 'files' : 'size');
          break;
        }
      }
    } catch (error) {
      fail(error);
    }
    await source.close();
    try {
      lines?.end();
      output?.close();
    } catch (error) {
      fail(error);
    }
    live?.finishRows();
    status?.end();
    const { start, reason } = this;
    await this.finish(source, { start, reason, failure, output, files: output?.files ?? [] });
  }

  private async openAnalysis(source: LiveSource): Promise<LiveAnalysis | undefined> {
    const plan = this.plan.analysis;
    if (plan === undefined) return undefined;
    const { LiveAnalysis } = await import('../../flow/live-analysis.ts');
    const live = new LiveAnalysis(source, plan.maxConnections, false, await this.rows(plan.store));
    this.analysis = { plan, live };
    return live;
  }

  private async openLines(source: LiveSource, captured: number): Promise<Lines | undefined> {
    const plan = this.plan.lines;
    if (plan === undefined) return undefined;
    const { lines } = await import('./lines.ts');
    const [remark, processOf] = [await this.dropRemark(), await this.processOf()];
    return lines(source, plan, this.analysis?.live, captured, remark, processOf);
  }

  /** The samples of sockets for the rows of a store, if there is one. */
  private async openSocketStates(): Promise<SocketStates | undefined> {
    if (this.plan.analysis?.store === undefined) return undefined;
    const { SocketStates } = await import('../../store/socket-states.ts');
    const { INTERVAL } = await import('../../store/sample-table.ts');
    this.socketStates = new SocketStates(INTERVAL);
    return this.socketStates;
  }

  /** The writer of an interface's rows, if requested. */
  private async rows(store: AnalysisPlan['store']) {
    if (store === undefined) return undefined;
    const { CaptureStore } = await import('../store/capture-store.ts');
    const options = { filter: this.place.filter, file: store.file, sockets: this.socketStates };
    return (statistics: Statistics, label: string) =>
      new CaptureStore(store.target, statistics, label, options);
  }

  private async dropRemark() {
    return this.plan.drops ? (await import('./drops.ts')).appendReason : undefined;
  }

  /**
   * Handles SIGINT, SIGTERM and SIGHUP from now on. A capture that is not on yet ends as soon as it is; `early` is called
   * with such a signal.
   */
  handleSignals(early: (signal: NodeJS.Signals) => void = () => {}): void {
    this.handling = true;
    for (const signal of endingSignals()) {
      process.on(signal, () => {
        // A second one, unless it is the same Ctrl-C passed on by a parent, gives up on packets not yet delivered.
        const now = performance.now();
        if (now - this.signalled > ECHO) this.signals++;
        this.signalled = now;
        if (this.capture === undefined) early(signal);
        else this.stop(this.capture, 'signal');
      });
    }
  }

  /** Reports that the capture is on, and handles signals and stop conditions from now on. */
  private ready(capture: LiveCapture): void {
    this.capture = capture;
    if (!this.handling) this.handleSignals();
    process.on('SIGUSR2', () => capture.refresh?.());
    process.on('SIGUSR1', async () => {
      await capture.refresh?.();
      process.stderr.write(`nscap: ${closingLines(total(capture.tallies())).join(', ')}\n`);
    });
    const { duration } = this.plan;
    if (duration !== undefined) setTimeout(() => this.stop(capture, 'duration'), duration).unref();
    setInterval(() => {
      if (this.overlooked.length > 0) this.lookAgain(capture);
      if (this.place.isGone()) this.stop(capture, 'namespace gone');
    }, WATCH).unref();
    const lines = [...this.warnings.map((warning) => `nscap: ${warning}`), ...this.listening];
    process.stderr.write(`${lines.join('\n')}\n`);
    if (this.signals > 0) this.stop(capture, 'signal');
  }

  /** Once a packet matches, no other need be examined. */
  private lookAgain(capture: LiveCapture): void {
    const { captured, received = captured } = total(capture.tallies());
    if (received > 0) for (const overlooked of this.overlooked.splice(0)) overlooked.close();
  }

  /** Says which filters would have matched, if this one matched nothing. */
  private async sayOverlooked(captured: number): Promise<void> {
    for (const overlooked of this.overlooked.splice(0)) {
      if (captured === 0) sayHints(await overlooked.hints());
      overlooked.close();
    }
  }

  private stop(capture: LiveCapture, reason: Reason): void {
    this.reason ??= reason;
    capture.stop();
  }

  private status(
    capture: LiveCapture,
    size: () => { bytes: number; file: number | undefined },
  ): StatusLine | undefined {
    return process.stderr.isTTY && !this.plan.quiet ? new StatusLine(capture, size) : undefined;
  }

  /** The closing lines and remarks; throws the error, if any. */
  private async finish(capture: LiveCapture, ending: Ending): Promise<void> {
    const { files, json } = this.plan;
    const mostFiles = files?.rotation.files ?? 0;
    const captured = sayCounters(capture, ending, mostFiles);
    await this.sayOverlooked(captured);
    await reportEnding(
      capture,
      ending,
      captured,
      { json, toStandardOutput: files?.path === '-' },
      this.analysis,
    );
    if (ending.failure !== undefined) throw ending.failure;
  }
}
