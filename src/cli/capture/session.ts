// One capture from its opening to its closing lines: privileges, output, signals, counters.
import { dirname, resolve } from 'node:path';
import type { Batch } from '../../base/batch.ts';
import type { Interface } from '../../base/interface.ts';
import { endingSignals } from '../../base/signals.ts';
import type { Handle } from '../../binding/libpcap.ts';
import { becomeUser, checkedUser, type User } from '../../binding/privilege.ts';
import type { Statistics } from '../../flow/statistics.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { CaptureFiles, FileSummary } from '../../output/capture-files.ts';
import { createFile } from '../../output/create.ts';
import type { Outcome } from '../../report/assertions.ts';
import type { LiveCapture, LiveSource } from '../../source/live.ts';
import type { OverlookedOnInterface } from '../../source/overlooked.ts';
import { Recorder } from '../../source/recorder.ts';
import type { LiveAnalysis } from '../live-analysis.ts';
import { sayHints } from '../overlooked.ts';
import type { CaptureStore } from '../store/capture-store.ts';
import { analyzes, type CaptureFlags, inNanoseconds, inPcapng, prints } from './flags.ts';
import type { Processes } from './processes.ts';
import type { SocketComments } from './sockets.ts';
import { closingLines, StatusLine, summary, total } from './status.ts';

/** Milliseconds between two looks whether the namespace is still there. */
const WATCH = 500;

/** Milliseconds between two samples of --sockets. */
const SAMPLED_EVERY = 100;

/** Milliseconds within which a second signal counts as the first. */
const ECHO = 300;

/** Why a capture ended. */
type Reason =
  | 'count'
  | 'duration'
  | 'size'
  | 'files'
  | 'signal'
  | 'interface gone'
  | 'namespace gone'
  | 'reader gone'
  | 'failure';

/** What all captures have in common. */
export class Session {
  /** What is to be said once the capture is on. */
  readonly warnings: string[] = [];
  readonly listening: string[] = [];
  /** What is looked at besides, for who captures nothing. */
  readonly overlooked: OverlookedOnInterface[] = [];
  /** What packets are captured, as a pcap-filter(7) expression. */
  filter = '';
  /** The namespace that this process captures in; undefined where children do, each in its own. */
  inside: Namespace | undefined;
  private readonly flags: CaptureFlags;
  private readonly gone: () => boolean;
  private readonly start = new Date();
  private analysis: LiveAnalysis | undefined;
  private processes: Processes | undefined;
  private reason: Reason | undefined;
  private signals = 0;
  private signalled = 0;
  private heeding = false;
  /** The capture, once it is on. */
  private capture: LiveCapture | undefined;

  /** `gone` tells whether what is captured has ceased to exist without libpcap noticing. */
  constructor(flags: CaptureFlags, gone: () => boolean) {
    this.flags = flags;
    if (flags.G !== undefined && !flags.write?.includes('%')) {
      this.warnings.push(
        `each file of -G overwrites the one before, for ${flags.write} has no time in it, such as %H%M%S`,
      );
    }
    this.gone = gone;
  }

  /** Prints or writes what a source delivers, to its end, and closes it. */
  async run(source: LiveSource): Promise<void> {
    let sockets: SocketComments | undefined;
    try {
      const user = this.user();
      await this.openProcesses(user);
      const output = await this.output(source, user);
      if (this.flags.sockets && output !== undefined) {
        const { SocketComments } = await import('./sockets.ts');
        sockets = new SocketComments(this.flags.socketsInterval ?? SAMPLED_EVERY);
        output.comment = () => sockets!.take();
      }
      if (user !== undefined) await this.loadRest();
      becomeUser(user);
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

  /** Who to become once the capture is open. */
  private user(): User | undefined {
    const { relinquishPrivileges, write, C, G } = this.flags;
    return checkedUser(relinquishPrivileges, (C ?? G) === undefined ? undefined : dirname(write!));
  }

  /** Before privileges go: to say whose a socket is takes those of its owner. */
  private async openProcesses(user: User | undefined): Promise<void> {
    if (!this.flags.process || this.inside === undefined) return;
    const { OWN, RootOwners } = await import('./owners.ts');
    const { Processes } = await import('./processes.ts');
    const stays = user === undefined || process.geteuid?.() === user.uid;
    this.processes = new Processes(stays ? OWN : new RootOwners(), { ...this.inside, enter: [] });
  }

  /** The processes of a record's connection; those that a child told are its comment. */
  private async processOf() {
    if (!this.flags.process) return undefined;
    const { processComment } = await import('./processes.ts');
    const { processes } = this;
    return processes === undefined
      ? processComment
      : (batch: Batch, index: number) => processes.of(batch, index);
  }

  /** Lets libpcap write to a pcap file by itself. */
  async record(handle: Handle, about: Interface): Promise<void> {
    const path = this.flags.write!;
    let recorder: Recorder;
    try {
      const user = this.user();
      recorder = new Recorder(handle, about, createFile(path, user, true), path, this.flags.count);
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
    await this.finish(recorder, failure, undefined, [{ path, bytes: recorder.size }]);
  }

  private async output(source: LiveSource, user: User | undefined): Promise<CaptureFiles | undefined> {
    if (this.flags.write === undefined) return undefined;
    const { CaptureFiles } = await import('../../output/capture-files.ts');
    const { processes } = this;
    const { COMMENT_PREFIX } =
      processes === undefined ? { COMMENT_PREFIX: '' } : await import('./processes.ts');
    const comment = (batch: Batch, index: number) => {
      const ends = processes?.of(batch, index);
      return ends === undefined ? undefined : `${COMMENT_PREFIX}${ends}`;
    };
    const {
      write,
      C: size = 0,
      G: seconds = 0,
      W: files = 0,
      maxSize,
      postrotateCommand: command,
    } = this.flags;
    const { runOnFile } = command === undefined ? { runOnFile: undefined } : await import('./postrotate.ts');
    return new CaptureFiles(source, {
      path: write,
      pcapng: inPcapng(this.flags),
      nanoseconds: inNanoseconds(this.flags),
      started: this.start,
      rotation: { size, seconds, files },
      limit: maxSize,
      user,
      finished: runOnFile === undefined ? undefined : (path) => runOnFile(command!, path),
      names: await this.names(),
      comment: processes === undefined ? undefined : comment,
    });
  }

  /** Whose addresses are whose, for pcapng files. */
  private async names() {
    if (!this.flags.names || !inPcapng(this.flags)) return [];
    const { addressNames } = await import('../../netns/address-names.ts');
    return addressNames();
  }

  /** Loads what is used later, before privileges go: the user may not be one who can read where nscap lies. */
  private async loadRest(): Promise<void> {
    if (prints(this.flags)) {
      await (await import('./lines.ts')).loadLines(this.flags);
      await this.dropRemark();
    }
    if (this.flags.store !== undefined) await import('../store/capture-store.ts');
    if (analyzes(this.flags)) {
      await import('../live-analysis.ts');
      await (await import('../analyze-report.ts')).loadRest();
      await import('../../report/assertions.ts');
    }
  }

  private async deliver(source: LiveSource, output: CaptureFiles | undefined): Promise<void> {
    if (analyzes(this.flags)) {
      const { LiveAnalysis } = await import('../live-analysis.ts');
      this.analysis = new LiveAnalysis(source, this.flags.maxConnections, false, await this.rows());
    }
    const { analysis } = this;
    // What is dropped comes on further interfaces, which are not known yet.
    const captured = source.interfaces.length;
    const lines = prints(this.flags)
      ? await (await import('./lines.ts')).lines(
          source,
          this.flags,
          analysis,
          captured,
          await this.dropRemark(),
          await this.processOf(),
        )
      : undefined;
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
        } else analysis?.addBatch(batch, this.flags.drops ? captured : undefined);
        for (let i = 0; i < batch.count; i++) bytes += batch.captured[i]!;
        if (output?.full) {
          this.stop(source, this.flags.maxSize === undefined ? 'files' : 'size');
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
    analysis?.finishRows();
    status?.end();
    await this.finish(source, failure, output);
  }

  /** What stores the rows of an interface, where that is asked for. */
  private async rows(): Promise<((statistics: Statistics, label: string) => CaptureStore) | undefined> {
    const { store, write, C, G } = this.flags;
    if (store === undefined) return undefined;
    const { CaptureStore } = await import('../store/capture-store.ts');
    const single = write !== undefined && write !== '-' && (C ?? G) === undefined;
    const options = { filter: this.filter, file: single ? resolve(write) : undefined };
    return (statistics, label) => new CaptureStore(store, statistics, label, options);
  }

  private async dropRemark() {
    return this.flags.drops ? (await import('./drops.ts')).appendReason : undefined;
  }

  /**
   * Heeds SIGINT, SIGTERM and SIGHUP from now on. A capture that is not on yet ends as soon as it is; `early` is told of
   * such a signal.
   */
  heed(early: (signal: NodeJS.Signals) => void = () => {}): void {
    this.heeding = true;
    for (const signal of endingSignals()) {
      process.on(signal, () => {
        // A second one, unless it is the same Ctrl-C passed on by a parent, gives up on packets not yet delivered.
        if (Date.now() - this.signalled > ECHO) this.signals++;
        this.signalled = Date.now();
        if (this.capture === undefined) early(signal);
        else this.stop(this.capture, 'signal');
      });
    }
  }

  /** Says that the capture is on, and from now on heeds signals and stop conditions. */
  private ready(capture: LiveCapture): void {
    this.capture = capture;
    if (!this.heeding) this.heed();
    process.on('SIGUSR2', () => capture.refresh?.());
    process.on('SIGUSR1', async () => {
      await capture.refresh?.();
      process.stderr.write(`nscap: ${closingLines(total(capture.tallies())).join(', ')}\n`);
    });
    const { duration } = this.flags;
    if (duration !== undefined) setTimeout(() => this.stop(capture, 'duration'), duration).unref();
    setInterval(() => {
      if (this.overlooked.length > 0) this.lookAgain(capture);
      if (this.gone()) this.stop(capture, 'namespace gone');
    }, WATCH).unref();
    const lines = [...this.warnings.map((warning) => `nscap: ${warning}`), ...this.listening];
    process.stderr.write(`${lines.join('\n')}\n`);
    if (this.signals > 0) this.stop(capture, 'signal');
  }

  /** Once a packet is taken there is no need to look for others. */
  private lookAgain(capture: LiveCapture): void {
    const { captured, received = captured } = total(capture.tallies());
    if (received > 0) for (const one of this.overlooked.splice(0)) one.close();
  }

  /** Says which filters would have taken packets, where this one took none. */
  private async tellOverlooked(captured: number): Promise<void> {
    for (const one of this.overlooked.splice(0)) {
      if (captured === 0) sayHints(await one.hints());
      one.close();
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
    return process.stderr.isTTY && !this.flags.q ? new StatusLine(capture, size) : undefined;
  }

  /** The closing lines, and what is to be said besides; throws `failure` if there is one. */
  private async finish(
    capture: LiveCapture,
    failure: unknown,
    output: CaptureFiles | undefined,
    files: FileSummary[] = output?.files ?? [],
  ): Promise<void> {
    const counts = total(capture.tallies());
    const unwritten = failure === undefined || output === undefined ? 0 : counts.captured - output.packets;
    if (output !== undefined) counts.captured = output.packets;
    for (const name of capture.gone) process.stderr.write(`nscap: ${name} has disappeared\n`);
    if (this.reason === 'namespace gone') process.stderr.write('nscap: the namespace was deleted\n');
    if (this.reason === 'files') process.stderr.write(`Maximum file limit reached: ${this.flags.W}\n`);
    process.stderr.write(`${closingLines(counts, unwritten).join('\n')}\n`);
    await this.tellOverlooked(counts.captured);
    const { analysis } = this;
    const outcomes = analysis === undefined ? [] : await this.checkAssertions(analysis);
    if (this.flags.json) {
      const otherwise =
        failure !== undefined ? 'failure' : capture.gone.length > 0 ? 'interface gone' : 'count';
      const ended = this.reason ?? otherwise;
      const { start } = this;
      process.stdout.write(
        summary(
          capture,
          { start, end: new Date(), ended, captured: counts.captured, files },
          analysis === undefined
            ? {}
            : { analysis: await analysis.json(), ...(await assertionsJson(outcomes)) },
        ),
      );
    } else if (this.flags.analyze && this.reason !== 'reader gone') {
      // Where standard output takes the packets themselves, nothing else may come there.
      (this.flags.write === '-' ? process.stderr : process.stdout).write(await analysis!.text());
    }
    if (outcomes.length > 0) {
      const { reportOutcomes } = await import('../assertions.ts');
      reportOutcomes('capture', outcomes, this.flags.junit);
    }
    if (failure !== undefined) throw failure;
  }

  private async checkAssertions(analysis: LiveAnalysis): Promise<Outcome[]> {
    const { assert } = this.flags;
    if (assert === undefined) return [];
    const { parseAssertions } = await import('../../report/assertions.ts');
    return analysis.check(parseAssertions(assert));
  }
}

async function assertionsJson(outcomes: readonly Outcome[]): Promise<object> {
  const { failures } = await import('../../report/assertions.ts');
  return { failedAssertions: failures(outcomes), assertions: outcomes };
}
