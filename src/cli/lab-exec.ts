// nscap lab exec and shell: a program inside a lab, which is made for it if none is given or permitted otherwise.
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { userEnvironment } from '../binding/system-programs.ts';
import { NscapError, usageError } from '../errors.ts';
import { withLab } from '../lab/create.ts';
import { foreground } from '../netns/command.ts';
import { enterArgv } from '../netns/namespace.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import { asRoot, mayManageNamespaces, startedInUserNamespace } from '../netns/user.ts';
import { interruptible } from './interrupt.ts';
import { addLabOptions, type LabOptions, specFrom } from './lab-options.ts';

export function execCommand(): Command {
  const command = new Command('exec')
    .description('Run a command in a namespace, and exit with its status')
    .usage('[options] NAMESPACE -- COMMAND…')
    .argument('<namespace>', 'a name, pid:PID, container:NAME, a path, or host')
    .argument('<command...>', 'the program and its arguments')
    .passThroughOptions();
  return addLabOptions(command)
    .option('--file <file>', 'a lab file')
    .addHelpText(
      'after',
      `
With an option that describes a lab the lab is made for the command, and removed when it ends. Without root so is the
pair, or what the options say, in a separate user namespace.

Examples:
  nscap lab exec ns1 -- ping -c 1 10.0.2.0
  nscap lab exec --topology chain --count 4 ns1 -- ping -c 1 10.0.3.2`,
    )
    .action(async (name: string, words: string[], options: LabOptions) => {
      // Everything after the namespace is the program's, so commander passes on the -- as well.
      const argv = words[0] === '--' ? words.slice(1) : words;
      if (argv.length === 0)
        throw usageError('there is no command to run', 'nscap lab exec ns1 -- ip address');
      process.exitCode = await inLab(options, name, argv);
    });
}

export function shellCommand(): Command {
  const command = new Command('shell')
    .description('Run a shell in a namespace; without root in a temporary lab')
    .usage('[options] [NAMESPACE]')
    .argument('[namespace]', 'by default the first of the lab');
  return addLabOptions(command)
    .option('--file <file>', 'a lab file')
    .addHelpText('after', '\nExample: nscap lab shell --topology star --count 5 ns2')
    .action(async (name: string | undefined, options: LabOptions) => {
      const where = name ?? Object.keys((await specFrom(options)).namespaces)[0];
      if (process.stderr.isTTY) process.stderr.write(`nscap: a shell in ${where}; exit leaves it\n`);
      process.exitCode = await inLab(options, where, [process.env.SHELL || '/bin/sh']);
    });
}

/** Runs argv in the namespace, in a temporary lab if one is described or nothing else is permitted. */
async function inLab(options: LabOptions, name: string, argv: string[]): Promise<number> {
  const ownLab = describesLab(options) || startedInUserNamespace() || !mayManageNamespaces();
  if (!ownLab) return runIn(name, argv);
  const spec = await specFrom(options);
  if (!Object.hasOwn(spec.namespaces, name)) {
    throw new NscapError('UNKNOWN_NAMESPACE', `there is no namespace '${name}' in this lab`, {
      hint: `those there are: ${Object.keys(spec.namespaces).join(', ')}`,
    });
  }
  const status = await asRoot();
  if (status !== undefined) return status;
  return interruptible((signal) => withLab(spec, () => runIn(name, argv), { signal }));
}

/** As a shell does: 127 where there is no such program, 126 where it cannot be run, 128 + N where signal N ended it. */
async function runIn(name: string, argv: readonly string[]): Promise<number> {
  const namespace = await resolveNamespace(name);
  const [program] = argv as [string];
  const status = programStatus(program);
  if (status !== 0) {
    const problem = status === 127 ? 'there is no program' : 'it is not permitted to run';
    throw new NscapError('PROGRAM', `${problem} '${program}'`, { exitStatus: status });
  }
  // A script with a missing interpreter exists but cannot be started: shells have the same status for that.
  return foreground(enterArgv(namespace, ['/bin/sh', '-c', 'exec "$@"', 'sh', ...argv]));
}

/** 0 where the program can be run, 126 where it is no executable file, 127 where there is none of that name. */
function programStatus(program: string): number {
  const folders = userEnvironment().PATH!.split(':');
  const paths = program.includes('/') ? [program] : folders.map((folder) => join(folder || '.', program));
  let found = 127;
  for (const path of paths) {
    try {
      const isFile = statSync(path).isFile();
      found = 126;
      accessSync(path, constants.X_OK);
      if (isFile) return 0;
    } catch {
      // Missing, or not readable by this user: the next folder may have it.
    }
  }
  return found;
}

function describesLab(options: LabOptions): boolean {
  return Object.keys(options).some((key) => key !== 'routes') || !options.routes;
}
