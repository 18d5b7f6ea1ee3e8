// Runs one command: builds the program around it and turns errors into a sentence and an exit status.
import { closeSync, openSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { escapeControls, escapeOutput } from '../base/escape-controls.ts';
import { didYouMean } from '../base/similar.ts';
import { cannotWrite, NscapError, reason, usageError } from '../errors.ts';
import type { CommandModule, Commands } from './command-module.ts';

let known: Commands = {};
/** The command, or subcommand, of the usage error. */
let failing = 'nscap';
/** An exhausted resource has been reported. */
let saidExhausted = false;
/** The command's --json document for a usage error. */
let errorDocument: CommandModule['errorDocument'];

/** The commands that `run` was called with: for shell completion, which is itself one of them. */
export function knownCommands(): Commands {
  return known;
}

/**
 * Runs the command that `typed`, a process.argv, names (its third word). Only that command's module is loaded.
 * Sets process.exitCode; never throws. A closed standard output (EPIPE) ends the process quietly.
 */
export async function run(typed: string[], commands: Commands): Promise<void> {
  const argv = withoutHelpCommand(typed);
  known = commands;
  watch('stdout');
  watch('stderr');
  // Errors outside of any awaited call: a program that could not be started, a defect in a timer.
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
  const program = new Command('nscap')
    .description('Packet capture and TCP analysis for Linux network namespaces')
    .version('', '-V, --version', 'print the version')
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const wanted = Object.hasOwn(commands, argv[2] ?? '') ? argv[2] : undefined;
  try {
    for (const [name, [summary, load]] of Object.entries(commands)) {
      if (wanted === undefined) program.addCommand(new Command(name).description(summary));
      else if (name === wanted) {
        const module = await load();
        if (argv.includes('--json')) errorDocument = module.errorDocument;
        program.addCommand(inherit(module.command(argv.slice(3)).summary(summary), program));
      }
    }
    if (wanted === undefined && argv.length === 2) program.help({ error: true });
    if (wanted === undefined && !/^(-h|--help)$/.test(argv[2])) {
      const suggestion = didYouMean(argv[2], Object.keys(commands));
      throw usageError(
        `there is no command '${argv[2]}'`,
        `${suggestion === undefined ? '' : `${suggestion}; `}nscap --help lists them: ${Object.keys(commands).join(', ')}`,
      );
    }
    await program.parseAsync(argv);
  } catch (error) {
    fail(error);
  }
}

/** `help capture` is `capture --help`: only so the command's code, which knows its options, is loaded. */
function withoutHelpCommand(typed: string[]): string[] {
  const [node, script, first, ...words] = typed as [string, string, ...string[]];
  if (first !== 'help') return typed;
  return [node, script, ...words.filter((word) => !word.startsWith('-')), '--help'];
}

/** Listens for failures of a stream on first use: creating one takes 2 ms, and lines do without (sink.ts). */
function watch(name: 'stdout' | 'stderr'): void {
  const { get } = Object.getOwnPropertyDescriptor(process, name)!;
  const enumerable = true;
  const configurable = true;
  Object.defineProperty(process, name, {
    enumerable,
    configurable,
    get() {
      const value: NodeJS.WriteStream = get!.call(process);
      Object.defineProperty(process, name, { enumerable, configurable, value });
      value.on('error', streamFailed);
      escapeStrings(value);
      return value;
    },
  });
}

/**
 * Strings that a command writes are text, and control characters in them never reach a terminal, wherever
 * they come from. Control sequences, such as the screen of `top`, are written as bytes.
 */
function escapeStrings(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === 'string' ? escapeOutput(chunk) : chunk, ...rest);
}

/** Ends the process if its output cannot be written: quietly if the reader has gone, else with a message. */
export function streamFailed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  fail(cannotWrite('standard output', error));
  process.exit();
}

/** Applies the program's common settings to a command and its subcommands; `path` is its full name. */
function inherit(command: Command, program: Command, path = `nscap ${command.name()}`): Command {
  command.copyInheritedSettings(program).exitOverride((error) => {
    failing = path;
    throw error;
  });
  for (const child of command.commands) inherit(child, command, `${path} ${child.name()}`);
  return command;
}

/** Reports an error on stderr, as one sentence and a hint, and sets the exit status. */
function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    if (error.exitCode === 0 || error.code === 'commander.help') return;
    const [said, meant] = error.message.replace(/^error: /, '').split('\n', 2);
    // `… argument 'x' is invalid. Allowed choices are …` as one sentence.
    const sentence = said.replace(
      / is invalid\. (.)(.*?)\.?$/,
      (_, first: string, rest: string) => ` is invalid: ${first.toLowerCase()}${rest}`,
    );
    const suggestion = /^\(Did you mean (.*)\?\)$/.exec(meant ?? '')?.[1];
    const shows = `${failing} --help shows what it takes`;
    const hint = suggestion === undefined ? shows : `${suggestion} may be meant; ${shows}`;
    const document = errorDocument?.(usageError(sentence, hint));
    if (document !== undefined) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    say(sentence, hint);
    return;
  }
  const exhausted = exhaustedBy(error);
  if (exhausted !== undefined) {
    process.exitCode = 1;
    // Later failures have the same cause.
    if (!saidExhausted) say(...exhausted);
    saidExhausted = true;
    return;
  }
  if (error instanceof NscapError) {
    process.exitCode = error.exitStatus;
    say(error.message, error.hint, error.excerpt);
    return;
  }
  process.exitCode = 1;
  const { path } = error as NodeJS.ErrnoException;
  if (path?.startsWith('/proc/self/')) {
    say('/proc is not mounted; processes and namespaces are unknown without it', 'mount -t proc proc /proc');
    return;
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  const message = error instanceof Error ? error.message : String(error);
  // `ENOSPC: no space left on device, write` as a sentence.
  const subject = [syscall, path].filter((part) => part !== undefined).join(' ');
  say(code === undefined || subject === '' ? message.split('\n', 1)[0] : `${subject}: ${reason(error)}`);
  if (process.env.NSCAP_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}

/**
 * The exhausted resource that caused the error, and a hint: the code that fails first only names what it could not do
 * then. For example, child_process returns a child without pipes if there are no descriptors for them.
 */
function exhaustedBy(error: unknown): [sentence: string, hint: string] | undefined {
  const { code, syscall, message = '' } = error as NodeJS.ErrnoException;
  const defect = !(error instanceof NscapError) && code === undefined;
  if (
    code === 'EMFILE' ||
    /too many (open files|files are open)/i.test(message) ||
    (defect && !mayOpenMore())
  )
    return ['too many files are open for the limit of this process', 'ulimit -n 1024 allows more'];
  if (syscall?.startsWith('spawn') && code === 'EAGAIN')
    return ['no more processes may be started', 'ulimit -u shows how many this user may have'];
  return undefined;
}

/** Whether this process may open as many files as a child with three pipes takes. */
function mayOpenMore(): boolean {
  const opened: number[] = [];
  try {
    for (let i = 0; i < 6; i++) opened.push(openSync('/dev/null', 'r'));
    return true;
  } catch {
    return false;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** One line each. What was typed, or the name of a namespace, may hold control bytes: they are shown, not sent. */
function say(sentence: string, hint?: string, excerpt: readonly string[] = []): void {
  const lines = [`nscap: ${sentence}`, ...excerpt, ...(hint === undefined ? [] : [`hint: ${hint}`])];
  process.stderr.write(`${lines.map(escapeControls).join('\n')}\n`);
}
