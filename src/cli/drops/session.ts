// One run of `nscap drops`, from attaching to the summary.
import { escapeControls } from '../../base/escape-controls.ts';
import { endingSignals } from '../../base/signals.ts';
import { becomeUser, checkedUser } from '../../binding/privilege.ts';
import type { DropEvent, DropSource, DropTotals } from '../../drops/event.ts';
import { Closed } from '../../output/sink.ts';
import { PacketPrinter } from '../../print/packet.ts';
import { failedDropAssertions, parseDropAssertions } from '../../report/drop-assertions.ts';
import { DropSummary } from '../../report/drops.ts';
import type { DropRows } from '../store/drop-rows.ts';
import { DropFile } from './file.ts';
import type { DropFlags } from './flags.ts';
import { DropLines, DropObjects, type EventOutput } from './lines.ts';

const WAYS = {
  bpf: 'a BPF program on the tracepoint kfree_skb',
  tracefs: "an instance of the kernel's tracing",
  nft: "nft's traces, and counters",
  counters: 'counters',
};

export class DropSession {
  private readonly flags: DropFlags;
  private readonly source: DropSource;
  private readonly summary = new DropSummary();
  private output: EventOutput | undefined;
  private file: DropFile | undefined;
  private rows: DropRows | undefined;
  private delivered = 0;
  /** Packets not delivered of which the file already knows. */
  private missed = 0;

  constructor(flags: DropFlags, source: DropSource) {
    this.flags = flags;
    this.source = source;
  }

  /** Prints and writes events until it is stopped. `places`: what is watched, in words. */
  async run(places: string): Promise<void> {
    const { flags, source } = this;
    const assertions = parseDropAssertions(flags.assert ?? []);
    const user = checkedUser(flags.relinquishPrivileges);
    if (flags.write !== undefined) this.file = new DropFile(flags.write, user);
    if (flags.json) this.output = new DropObjects(flags, source.way);
    else if (flags.write === undefined || flags.print) this.output = new DropLines(flags);
    // Loaded before root goes: the user may not be one who can read where nscap lies.
    if (user !== undefined) await PacketPrinter.loadAll();
    const store = flags.store === undefined ? undefined : await import('../store/drop-rows.ts');
    becomeUser(user);
    if (store !== undefined) this.rows = new store.DropRows(flags.store!, source.way, flags);
    this.heed();
    const notes = source.notes.map((note) => `nscap: ${escapeControls(note)}\n`);
    process.stderr.write(
      `${notes.join('')}watching drops in ${escapeControls(places)}, by ${WAYS[source.way]}\n`,
    );
    try {
      await this.deliver();
    } catch (error) {
      // Whoever read standard output has seen enough.
      if (!(error instanceof Closed) && (error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
      return;
    } finally {
      // With -c, what came behind the last one that was wanted is not counted.
      this.rows?.close(flags.count === undefined ? source.totals().counts : []);
    }
    this.finish(assertions);
  }

  /** Signals and --duration end it; what has come is still shown. */
  private heed(): void {
    for (const signal of endingSignals()) process.on(signal, () => this.source.stop());
    if (this.flags.duration !== undefined) setTimeout(() => this.source.stop(), this.flags.duration).unref();
  }

  private async deliver(): Promise<void> {
    const { source, flags } = this;
    const limit = flags.count ?? Number.POSITIVE_INFINITY;
    for (let events = await source.next(); events !== null; events = await source.next()) {
      const taken = events.slice(0, limit - this.delivered);
      this.delivered += taken.length;
      for (const event of taken) this.summary.add(event);
      await this.rows?.print(taken);
      await this.output?.print(taken);
      if (this.file !== undefined) this.write(this.file, taken);
      if (this.delivered >= limit) break;
    }
    source.stop();
  }

  private write(file: DropFile, events: readonly DropEvent[]): void {
    const { limited, lost } = this.source.totals();
    file.write(events, Math.max(limited + lost - this.missed, 0));
    this.missed = limited + lost;
  }

  private finish(assertions: ReturnType<typeof parseDropAssertions>): void {
    const { flags, summary } = this;
    const totals = this.source.totals();
    this.file?.close(totals.packets, totals.limited + totals.lost);
    // With -c, what came behind the last one that was wanted is not counted.
    if (flags.count === undefined) summary.complete(totals);
    const toStderr = flags.json === true || flags.write === '-';
    (toStderr ? process.stderr : process.stdout).write(summary.text());
    process.stderr.write(closing(this.delivered, totals));
    const failed = failedDropAssertions(assertions, summary, totals);
    for (const sentence of failed) process.stderr.write(`nscap: ${sentence}\n`);
    if (failed.length > 0) process.exitCode = 3;
  }
}

function closing(delivered: number, { limited, lost, unplaced = 0 }: DropTotals): string {
  const lines = [`${delivered} drop event${delivered === 1 ? '' : 's'} shown`];
  if (limited > 0)
    lines.push(`${limited} more packets counted, but not shown: they came faster than is shown`);
  if (lost > 0) lines.push(`${lost} events lost between the kernel and nscap`);
  if (unplaced > 0) lines.push(`${unplaced} drops of which the namespace is not known left out`);
  return `${lines.join('\n')}\n`;
}
