// A capture in another namespace: a child, which is just `nscap capture … --pcapng -w -` inside it.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Batch } from '../../base/batch.ts';
import { type Interface, recordedName } from '../../base/interface.ts';
import { spawn } from '../../base/spawn.ts';
import { NscapError } from '../../errors.ts';
import { missingTool, runnable } from '../../netns/command.ts';
import { enterArgv, type Namespace } from '../../netns/namespace.ts';
import { childEnvironment, selfArgv } from '../../netns/user.ts';
import { openStream } from '../../source/file.ts';
import type { LiveSource, Tally } from '../../source/live.ts';
import type { PacketSource } from '../../source/source.ts';
import { LINUX_SLL2, SLL2_INTERFACE } from '../../wire/linktype.ts';

/** The packets a child captures; ends when the child does. */
export class ChildSource implements LiveSource {
  damage: string | undefined;
  readonly gone: string[] = [];
  /** The child's message when it began: `listening on veth1, …`. */
  readonly listening: string[] = [];
  private readonly label: string;
  private readonly say: (line: string) => void;
  private readonly child: ChildProcess;
  /** The child's error, and its hint. */
  private readonly said: string[] = [];
  private source: PacketSource | undefined;
  /** The requested interfaces. Those after them in its output are the ones that `any` stands for. */
  private asked: readonly Interface[] = [];
  private readonly names = new Map<number, string>();
  private readonly exit: Promise<unknown>;
  /** All its interfaces are captured on, or it has ended. */
  private readonly ready: Promise<void>;

  /** The program that starts it is not installed. */
  private missing: NscapError | undefined;

  private constructor(
    namespace: Namespace,
    args: readonly string[],
    interfaces: number,
    signal: AbortSignal | undefined,
    say: (line: string) => void,
  ) {
    this.say = say;
    this.label = namespace.label;
    const [program, ...rest] = runnable(enterArgv(namespace, selfArgv(args)));
    // In its own session, for this process passes on Ctrl-C, once.
    this.child = spawn(program, rest, {
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(signal === undefined ? {} : { signal }),
    });
    this.exit = once(this.child, 'close');
    this.exit.catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') this.missing = missingTool(program);
    });
    this.ready = new Promise((resolve) => {
      createInterface(this.child.stderr!)
        .on('line', (line) => {
          this.hear(line);
          if (this.listening.length === interfaces) resolve();
        })
        .on('close', resolve);
    });
  }

  /**
   * Starts a child with these arguments and waits until it captures on this many interfaces. Throws the error that
   * prevents that. `signal` aborts the wait. `say` gets its messages other than errors and counters.
   */
  static async start(
    namespace: Namespace,
    args: readonly string[],
    interfaces: number,
    signal?: AbortSignal,
    say = (line: string): void => void process.stderr.write(`${line}\n`),
  ): Promise<ChildSource> {
    const made = new ChildSource(namespace, args, interfaces, signal, say);
    try {
      made.source = await openStream(made.child.stdout!, `the capture in ${namespace.label}`);
      await made.ready;
      made.asked = made.source.interfaces.slice(0, interfaces);
      return made;
    } catch (error) {
      made.child.kill();
      await made.exit.catch(() => {});
      throw made.complaint() ?? error;
    }
  }

  private hear(line: string): void {
    if (line.startsWith('listening on ')) {
      this.listening.push(line.replace('listening on ', `listening on ${this.label}:`));
    } else if (/^\S+ has disappeared$/.test(line.replace('nscap: ', ''))) {
      this.gone.push(line.replace('nscap: ', '').replace(' has disappeared', ''));
    } else if (line === 'nscap: the namespace was deleted') {
      this.say(`nscap: the namespace ${this.label} was deleted`);
    } else if (line.endsWith(': waiting for it')) this.say(line);
    else if (/^hint: .* would take /.test(line)) this.say(line);
    else if (/^(nscap|hint): /.test(line)) this.said.push(line);
  }

  private complaint(): NscapError | undefined {
    if (this.missing !== undefined) return this.missing;
    const sentence = this.said.find((line) => line.startsWith('nscap: '));
    const hint = this.said.find((line) => line.startsWith('hint: '));
    if (sentence === undefined) return undefined;
    return new NscapError('CAPTURE', sentence.slice('nscap: '.length), {
      ...(hint === undefined ? {} : { hint: hint.slice('hint: '.length) }),
      ...(this.child.exitCode === 2 ? { exitStatus: 2 } : {}),
    });
  }

  get interfaces(): readonly Interface[] {
    return this.asked;
  }

  readonly interfaceName = (_: number, index: number): string => this.names.get(index) ?? String(index);

  /** Gives packets of interfaces that `any` stands for to `any`, and remembers the names. */
  private gather(batch: Batch): void {
    const { asked, names, source } = this;
    const any = asked.findIndex(({ name }) => recordedName(name) === undefined);
    if (any < 0) return;
    for (let i = 0; i < batch.count; i++) {
      const number = batch.interface[i];
      if (number < asked.length) continue;
      batch.interface[i] = any;
      if (batch.linkType[i] !== LINUX_SLL2) continue;
      const index = batch.view.getUint32(batch.offset[i] + SLL2_INTERFACE);
      if (names.has(index)) continue;
      const name = recordedName(source!.interfaces[number].name);
      if (name !== undefined) names.set(index, name);
    }
  }

  async next(): Promise<Batch | null> {
    const batch = await this.source!.next();
    if (batch !== null) {
      this.gather(batch);
      return batch;
    }
    await this.exit.catch(() => {});
    if (!this.complete)
      throw this.complaint() ?? new NscapError('CAPTURE', `the capture in ${this.label} broke off`);
    return null;
  }

  /**
   * Whether the child ended as it should. Node handles no signal any more while it exits: our own SIGINT may end it after
   * its last byte.
   */
  private get complete(): boolean {
    const { exitCode, signalCode } = this.child;
    if (exitCode === 0) return true;
    return signalCode === 'SIGINT' && this.asked.every(({ statistics }) => statistics !== undefined);
  }

  /** The child's counters of its interfaces, which it writes at its end. */
  tallies(): Tally[] {
    return this.interfaces.map(({ statistics }) => ({
      captured: statistics?.delivered ?? 0,
      ...(statistics?.accepted === undefined ? {} : { received: statistics.accepted }),
      ...(statistics?.osDropped === undefined ? {} : { dropped: statistics.osDropped }),
      ...(statistics?.dropped === undefined ? {} : { interfaceDropped: statistics.dropped }),
    }));
  }

  stop(): void {
    this.child.kill('SIGINT');
  }

  async close(): Promise<void> {
    this.stop();
    // Its message about counters comes before its end.
    while ((await this.source!.next()) !== null);
    await this.source!.close();
    await this.exit.catch(() => {});
  }
}
