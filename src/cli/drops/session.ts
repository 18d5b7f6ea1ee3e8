// One run of `nscap drops`, from attaching to the summary.
import { escapeControls } from '../../base/escape-controls.ts';
import { endingSignals } from '../../base/signals.ts';
import { becomeUser, checkedUser } from '../../binding/privilege.ts';
import type { DropEvent, DropSource, DropTotals } from '../../drops/event.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { Closed } from '../../output/sink.ts';
import { PacketPrinter } from '../../print/packet.ts';
import { failedDropAssertions } from '../../report/drop-assertions.ts';
import { DropSummary } from '../../report/drops.ts';
import { watchDeletion } from '../capture/deletion.ts';
import type { DropRows } from '../store/drop-rows.ts';
import { DropFile } from './file.ts';
import { DropLines, DropObjects, type EventOutput } from './lines.ts';
import type { DropPlan } from './plan.ts';

const WAYS = {
  bpf: 'a BPF program on the tracepoint kfree_skb',
  tracefs: "an instance of the kernel's tracing",
  nft: "nft's traces, and counters",
  counters: 'counters',
};

export class DropSession {
  private readonly plan: DropPlan;
  private readonly source: DropSource;
  private readonly summary = new DropSummary();
  private output: EventOutput | undefined;
  private file: DropFile | undefined;
  private rows: DropRows | undefined;
  private delivered = 0;
  /** Packets not delivered of which the file already knows. */
  private missed = 0;

  constructor(plan: DropPlan, source: DropSource) {
    this.plan = plan;
    this.source = source;
  }

  /**
   * Prints and writes events until it is stopped, or there is none left of `namespaces`, where some are named. `places`:
   * what is watched, in words.
   */
  async run(places: string, namespaces: readonly Namespace[]): Promise<void> {
    const { source } = this;
    const { write, shown, print, explain, store: target, count } = this.plan;
    const user = checkedUser(this.plan.user);
    if (write !== undefined) this.file = new DropFile(write, user);
    if (shown === 'objects') this.output = new DropObjects(print, source.way);
    else if (shown === 'lines') this.output = new DropLines(print, explain);
    // Loaded before root is given up: the user may not be able to read nscap's files.
    if (user !== undefined) await PacketPrinter.loadAll();
    const store = target === undefined ? undefined : await import('../store/drop-rows.ts');
    becomeUser(user);
    if (store !== undefined) this.rows = new store.DropRows(target!, source.way, print);
    this.handleSignals();
    const notes = source.notes.map((note) => `nscap: ${escapeControls(note)}\n`);
    process.stderr.write(
      `${notes.join('')}watching drops in ${escapeControls(places)}, by ${WAYS[source.way]}\n`,
    );
    watchDeletion(namespaces, () => source.stop());
    try {
      await this.deliver();
    } catch (error) {
      // The reader of standard output has closed it.
      if (!(error instanceof Closed) && (error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
      return;
    } finally {
      // With -c, drops after the last one wanted are not counted.
      this.rows?.close(count === undefined ? source.totals().counts : []);
    }
    this.finish();
  }

  /** Signals and --duration end it; drops already received are still shown. */
  private handleSignals(): void {
    for (const signal of endingSignals()) process.on(signal, () => this.source.stop());
    const { duration } = this.plan;
    if (duration !== undefined) setTimeout(() => this.source.stop(), duration).unref();
  }

  private async deliver(): Promise<void> {
    const { source } = this;
    const limit = this.plan.count ?? Number.POSITIVE_INFINITY;
    for (let events = await source.next(); events !== null; events = await source.next()) {
      const taken = events.slice(0, limit - this.delivered);
      this.delivered += taken.length;
      for (const event of taken) this.summary.add(event);
      // First the file: whoever reads the lines may go away.
      if (this.file !== undefined) this.write(this.file, taken);
      await this.rows?.print(taken);
      await this.output?.print(taken);
      if (this.delivered >= limit) break;
    }
    source.stop();
  }

  private write(file: DropFile, events: readonly DropEvent[]): void {
    const { limited, lost } = this.source.totals();
    file.write(events, Math.max(limited + lost - this.missed, 0));
    this.missed = limited + lost;
  }

  private finish(): void {
    const { summary } = this;
    const { count, shown, write, assertions } = this.plan;
    const totals = this.source.totals();
    this.file?.close(totals.packets, totals.limited + totals.lost);
    // With -c, drops after the last one wanted are not counted.
    if (count === undefined) summary.complete(totals);
    const toStderr = shown === 'objects' || write === '-';
    (toStderr ? process.stderr : process.stdout).write(summary.text());
    process.stderr.write(closing(this.delivered, totals));
    const failed = failedDropAssertions(assertions, summary, totals);
    for (const sentence of failed) process.stderr.write(`nscap: ${sentence}\n`);
    if (failed.length > 0) process.exitCode = 3;
  }
}

function closing(delivered: number, { limited, lost, uncounted, unplaced = 0 }: DropTotals): string {
  const lines = [`${delivered} drop event${delivered === 1 ? '' : 's'} shown`];
  if (limited > 0)
    lines.push(`${limited} more packets counted, but not shown: they came faster than is shown`);
  if (uncounted !== undefined) lines.push(uncounted);
  else if (lost > 0) lines.push(`${lost} events lost between the kernel and nscap`);
  if (unplaced > 0) lines.push(`${unplaced} drops of which the namespace is not known left out`);
  return `${lines.join('\n')}\n`;
}
