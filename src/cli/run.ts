// Runs one command: builds the program around it and turns whatever it throws into a sentence and an exit status.
import { Command, CommanderError } from 'commander';
import { NscapError, usageError } from '../errors.ts';

type Commands = Record<string, [summary: string, load: () => Promise<{ command(): Command }>]>;

let known: Commands = {};

/** The commands that `run` was called with: for shell completion, which is itself one of them. */
export function knownCommands(): Commands {
  return known;
}

/**
 * Runs the command that `argv` names (argv[2]). Only that command's module is loaded.
 * Sets process.exitCode; never throws. A closed standard output (EPIPE) ends the process quietly.
 */
export async function run(argv: string[], commands: Commands): Promise<void> {
  known = commands;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
      fail(error);
      process.exit();
    });
  }
  const program = new Command('nscap')
    .description('Packet capture and TCP analysis for Linux network namespaces')
    .version('', '-V, --version', 'print the version')
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const wanted = Object.hasOwn(commands, argv[2] ?? '') ? argv[2]! : undefined;
  for (const [name, [summary, load]] of Object.entries(commands)) {
    if (wanted === undefined) program.addCommand(new Command(name).description(summary));
    else if (name === wanted) program.addCommand(inherit((await load()).command().summary(summary), program));
  }
  try {
    if (wanted === undefined && argv.length === 2) program.help({ error: true });
    if (wanted === undefined && !/^(-h|--help|help)$/.test(argv[2]!)) {
      throw usageError(
        `there is no command '${argv[2]}'`,
        `nscap --help lists them: ${Object.keys(commands).join(', ')}`,
      );
    }
    await program.parseAsync(argv);
  } catch (error) {
    fail(error);
  }
}

function inherit(command: Command, program: Command): Command {
  command.copyInheritedSettings(program);
  for (const child of command.commands) inherit(child, command);
  return command;
}

/** Says on stderr what went wrong, in one sentence and a hint, and sets the exit status. */
export function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    if (error.exitCode === 0 || error.code === 'commander.help') return;
    const sentence = error.message.replace(/^error: /, '');
    process.stderr.write(
      `nscap: ${sentence}\nhint: ${process.argv[2]?.startsWith('-') ? 'nscap' : `nscap ${process.argv[2] ?? ''}`.trim()} --help shows what it takes\n`,
    );
    return;
  }
  if (error instanceof NscapError) {
    process.exitCode = error.exitStatus;
    process.stderr.write(
      `nscap: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`,
    );
    return;
  }
  process.exitCode = 1;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`nscap: ${message.split('\n', 1)[0]}\n`);
  if (process.env.NSCAP_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
