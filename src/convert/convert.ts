// Capture files into capture files: cut, filtered, merged, split, in another format.
import { fstatSync } from 'node:fs';
import { basename } from 'node:path';
import type { Batch } from '../base/batch.ts';
import type { Interface, Moment } from '../base/interface.ts';
import { usageError } from '../errors.ts';
import type { ForeignBlock } from '../file/pcapng-blocks.ts';
import type { Section } from '../file/pcapng-writer.ts';
import { identity } from '../output/create.ts';
import { WholeFile, type WrittenFile } from '../output/whole-file.ts';
import { type CaptureFile, openFile } from '../source/file.ts';
import { filtered } from '../source/filtered.ts';
import { statInput } from '../source/input.ts';
import type { PacketSource } from '../source/source.ts';
import { Head, nextRun, noteFirst } from '../source/time-order.ts';
import { Split, type SplitPlan } from './split.ts';
import { type Bound, isBefore, isEarlier, resolve } from './time.ts';
import { PcapngOutput, PcapOutput, type Writer } from './writer.ts';

export interface Plan extends SplitPlan {
  inputs: readonly string[];
  output: string;
  /** Absent: what the output's name says, else what the first input is. */
  format?: 'pcap' | 'pcapng';
  /** pcap: see PcapPlan. */
  nanoseconds?: boolean;
  /** Packets at most, of those that the filter takes; absent: all. */
  count?: number;
  /** A pcap-filter(7) expression; empty or absent for none. */
  filter?: string;
  /** A display filter (fields/filter/), for each input by itself; absent for none. */
  displayFilter?: string;
  /** Names or numbers of interfaces to keep; empty or absent for all. */
  interfaces?: readonly string[];
  from?: Bound;
  to?: Bound;
  /** Bytes to cut packets to; 0 or absent for none. */
  snaplen?: number;
  /** All of one input, then all of the next, instead of the order of time. */
  append?: boolean;
  /** For --annotate: what to say of the frames of an input, by their number. */
  comments?: (input: string) => Promise<ReadonlyMap<number, string>>;
  /** What a section header says wrote the file, where no input does. */
  application: string;
}

/** Told how far it is after each batch: the part that is read, from 0 to 1, where it is known, and packets written. */
export type Step = (part: number | undefined, packets: number) => void;

export interface Result {
  format: 'pcap' | 'pcapng';
  files: WrittenFile[];
  /** What could not be kept, a sentence each. */
  notes: string[];
  /** Which filters would have taken packets, where this one took none. */
  hints: string[];
  /** Inputs that are cut short or damaged, and how. */
  damage: { input: string; damage: string; truncated: boolean }[];
}

/** Milliseconds to wait for the end of a pipe after Ctrl-C. */
const GRACE = 300;

/** Converts as planned. Ends early, with whole files, when the signal aborts and an input is a pipe. */
export async function convert(plan: Plan, signal: AbortSignal, step: Step = () => {}): Promise<Result> {
  const files: CaptureFile[] = [];
  const close = () => {
    // Also where standard input is still being opened, and nothing comes of it.
    if (plan.inputs.includes('-')) process.stdin.destroy();
    return Promise.all(files.map((file) => file.close()));
  };
  // A pipe's writer, which Ctrl-C met as well, may still have something to say.
  const abort = () => setTimeout(close, files.some((file) => file.progress === undefined) ? GRACE : 0);
  signal.addEventListener('abort', abort);
  try {
    const identities = new Set<string>();
    const blocks: ForeignBlock[] = [];
    for (const path of plan.inputs) {
      const allRecords = plan.displayFilter !== undefined;
      files.push(await openFile(path, { keep: (block) => blocks.push(block), allRecords }));
      const stat = path === '-' ? fstatSync(0) : statInput(path)!;
      if (stat.isFile()) identities.add(identity(stat));
    }
    return await new Conversion(plan, files, blocks, identities, signal, step).run();
  } catch (error) {
    if (signal.aborted && files.length < plan.inputs.length)
      return { format: 'pcap', files: [], notes: [], hints: [], damage: [] };
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    await close();
  }
}

class Conversion {
  private readonly plan: Plan;
  private readonly files: CaptureFile[];
  /** Blocks that have come up in the inputs since they were last written. */
  private readonly blocks: ForeignBlock[];
  private readonly format: 'pcap' | 'pcapng';
  private readonly writer: Writer;
  private readonly output: WholeFile;
  private readonly split: Split;
  private readonly signal: AbortSignal;
  private readonly step: Step;
  /** For each input, the output's number of each of its interfaces; -1 for those that are left out. */
  private readonly ids: number[][];
  private described = 0;
  private from: Moment | undefined;
  private to: Moment | undefined;
  private opened = false;
  private number = 0;
  /** Packets in the open file. */
  private packets = 0;
  private seen = 0;
  private sources: readonly PacketSource[] = [];
  /** Of each input, what is to be said of its frames. */
  private readonly comments: ReadonlyMap<number, string>[] = [];

  constructor(
    plan: Plan,
    files: CaptureFile[],
    blocks: ForeignBlock[],
    identities: ReadonlySet<string>,
    signal: AbortSignal,
    step: Step,
  ) {
    this.plan = plan;
    this.files = files;
    this.blocks = blocks;
    this.signal = signal;
    this.step = step;
    this.ids = files.map(() => []);
    this.format = plan.format ?? byName(plan.output) ?? files[0].format;
    this.output = new WholeFile(plan.output, identities);
    this.split = new Split(plan);
    if (this.format === 'pcapng')
      this.writer = new PcapngOutput(
        sectionOf(files, plan.application),
        plan.snaplen ?? 0,
        this.split.wanted,
      );
    else {
      const { snaplen = 0, nanoseconds } = plan;
      this.writer = new PcapOutput({ snaplen, ...(nanoseconds === undefined ? {} : { nanoseconds }) });
    }
  }

  private get hints(): string[] {
    return this.seen > 0 ? [] : this.sources.flatMap((source) => source.hints?.() ?? []);
  }

  async run(): Promise<Result> {
    const { files, output } = this;
    await this.loadComments();
    const firsts: Moment[] = [];
    this.sources = await Promise.all(files.map((file) => this.chosen(file, firsts)));
    const heads = this.sources.map((source) => new Head(source));
    try {
      for (const head of heads) await head.load();
      this.bounds(firsts);
      // In the order of the inputs, as far as they are known by now.
      for (let i = 0; i < files.length; i++) this.describe(i);
      if (await this.copy(heads)) this.end();
      else output.abandon();
    } catch (error) {
      output.abandon();
      throw error;
    }
    return this.result();
  }

  /** @throws NscapError USAGE where the output or an input cannot have comments */
  private async loadComments(): Promise<void> {
    const { comments, inputs } = this.plan;
    if (comments === undefined) return;
    if (this.format !== 'pcapng') {
      throw usageError(
        'pcap has no place for the comments of --annotate',
        'write to a name that ends in .pcapng',
      );
    }
    for (const path of inputs) this.comments.push(await comments(path));
  }

  /** Writes the packets of all inputs; false where that was given up, and nothing is to be written. */
  private async copy(heads: readonly Head[]): Promise<boolean> {
    const { files, output, signal } = this;
    const { append = false, count = Number.POSITIVE_INFINITY } = this.plan;
    const piped = () => files.some((file) => file.progress === undefined);
    for (let run = nextRun(heads, append); run !== undefined; run = nextRun(heads, append)) {
      const { head } = run;
      const until = Math.min(run.until, head.at + count - this.seen);
      this.take(heads.indexOf(head), head.batch!, head.at, until);
      head.at = until;
      if (this.seen === count) break;
      if (until < head.batch!.count) continue;
      // What came through a pipe goes on at once.
      if (this.opened && piped()) output.flush();
      this.step(this.progress, this.seen);
      await head.load();
      if (signal.aborted && !piped()) return false;
    }
    return true;
  }

  /** Ends the last file, with what the inputs said behind their packets. */
  private end(): void {
    if (!this.opened) this.begin();
    for (let i = 0; i < this.files.length; i++) this.describe(i);
    this.checkInterfaces();
    this.carry();
    this.writer.end();
    this.output.close(this.packets);
  }

  /** The part of all inputs that has been read; undefined where one is a pipe. */
  private get progress(): number | undefined {
    let sum = 0;
    for (const { progress } of this.files) {
      if (progress === undefined) return undefined;
      sum += progress;
    }
    return sum / this.files.length;
  }

  /** The packets of an input that the filters take. */
  private async chosen(file: CaptureFile, firsts: Moment[]): Promise<PacketSource> {
    const { filter = '', displayFilter } = this.plan;
    const source = filtered(noteFirst(file, firsts), filter);
    if (displayFilter === undefined) return source;
    const { displayed } = await import('../fields/displayed.ts');
    return displayed(source, displayFilter, file.format === 'pcapng');
  }

  private result(): Result {
    const damage = this.files.flatMap((file, i) =>
      file.damage === undefined
        ? []
        : [{ input: nameOf(this.plan.inputs[i]), damage: file.damage, truncated: file.truncated === true }],
    );
    return {
      format: this.format,
      files: this.output.written,
      notes: this.writer.notes,
      hints: this.hints,
      damage,
    };
  }

  private bounds(firsts: Moment[]): void {
    const { from, to } = this.plan;
    const first = firsts.reduce(
      (a, b) => (isBefore(b, a) ? b : a),
      firsts[0] ?? { seconds: 0, nanoseconds: 0 },
    );
    if (from !== undefined) this.from = resolve(from, first);
    if (to !== undefined) this.to = resolve(to, first);
    if (this.from !== undefined && this.to !== undefined && !isBefore(this.from, this.to)) {
      throw usageError('--to is not after --from', 'packets from --from on, and before --to, are taken');
    }
  }

  /** Takes records `at` up to before `until` of a batch of input `which`. */
  private take(which: number, batch: Batch, at: number, until: number): void {
    const { writer, output, from, to } = this;
    const { snaplen = 0 } = this.plan;
    const ids = this.ids[which];
    const comments = this.comments[which];
    this.describe(which);
    this.carry();
    this.seen += until - at;
    for (let i = at; i < until; i++) {
      const id = ids[batch.interface[i]];
      if (id < 0) continue;
      if (from !== undefined && isEarlier(batch, i, from)) continue;
      if (to !== undefined && !isEarlier(batch, i, to)) continue;
      if (snaplen > 0 && batch.captured[i] > snaplen) batch.captured[i] = snaplen;
      if (!this.opened) this.begin(batch, i);
      else if (
        this.split.wanted &&
        this.split.due(
          batch,
          i,
          this.packets,
          output.size + writer.lengthOf(batch, i, comments?.get(batch.frame(i))),
        )
      ) {
        output.close(this.packets);
        this.begin(batch, i);
      }
      writer.record(batch, i, id, comments?.get(batch.frame(i)));
      this.packets++;
      if (output.sink.text.length > FULL) output.flush();
    }
  }

  /** Makes the interfaces of input `which` known that have come up since. */
  private describe(which: number): void {
    const ids = this.ids[which];
    const { interfaces, format } = this.files[which];
    while (ids.length < interfaces.length) {
      const one = interfaces[ids.length];
      if (!this.wanted(one, ids.length)) {
        ids.push(-1);
        continue;
      }
      ids.push(this.described++);
      // Of several pcap files, which name no interface, the description says which is which.
      if (format === 'pcap' && this.files.length > 1)
        this.writer.describe({ ...one, description: basename(this.plan.inputs[which]) });
      else this.writer.describe(one);
    }
  }

  /** Writes the blocks that have come up. Those met with a batch come before its packets, as secrets have to. */
  private carry(): void {
    for (const block of this.blocks) this.writer.block(block);
    this.blocks.length = 0;
  }

  private wanted({ name }: Interface, number: number): boolean {
    const { interfaces = [] } = this.plan;
    return (
      interfaces.length === 0 ||
      interfaces.includes(String(number)) ||
      (name !== '' && interfaces.includes(name))
    );
  }

  /** An interface that no input has is a slip of the pen. */
  private checkInterfaces(): void {
    const known = this.files
      .flatMap((file) => file.interfaces.map((one, number) => [one.name, String(number)]))
      .flat();
    const missing = this.plan.interfaces?.find((one) => !known.includes(one));
    if (missing === undefined) return;
    const names = [...new Set(known.filter((one) => one !== ''))].join(', ');
    throw usageError(`no input has an interface '${missing}'`, `there are: ${names}`);
  }

  private begin(batch?: Batch, index = 0): void {
    const { output } = this;
    output.open(this.split.wanted ? ++this.number : undefined);
    this.opened = true;
    this.packets = 0;
    this.writer.begin(output.sink.text, batch, index);
    if (batch !== undefined) this.split.begin(batch, index);
  }
}

/** Bytes gathered before a write. */
const FULL = 1 << 18;

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

function byName(path: string): 'pcap' | 'pcapng' | undefined {
  if (/\.(pcapng|ntar)(\.gz)?$/i.test(path)) return 'pcapng';
  return /\.(pcap|cap|dmp)(\.gz)?$/i.test(path) ? 'pcap' : undefined;
}

/** One section for all: what the inputs' own say, where there is but one, else that it was put together here. */
function sectionOf(files: CaptureFile[], application: string): Section {
  const sections = files.flatMap((file) => file.sections);
  const [only] = sections.length === 1 ? sections : [];
  return { application, ...only };
}
