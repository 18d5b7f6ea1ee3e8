// nscap why: why one namespace can't reach another, and the command that fixes it.
import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import { WAYS, type Way } from '../drops/event.ts';
import { NscapError, usageError } from '../errors.ts';
import { whyErrorJson, whyJson, whyText } from '../report/why.ts';
import { parsePort } from '../talk/port.ts';
import { applyFix, takeBack } from '../why/apply-fixes.ts';
import { type Examination, examine } from '../why/examine.ts';
import { commandLine, type Finding } from '../why/finding.ts';
import type { Asked } from '../why/request.ts';

interface Options {
  udp?: boolean;
  ipv4?: boolean;
  ipv6?: boolean;
  how?: Way;
  json?: boolean;
  fix?: boolean;
  yes?: boolean;
}

/** With --yes: the most causes fixed one after the other. */
const MOST_ROUNDS = 5;

export function command(): Command {
  return new Command('why')
    .description(
      'Say why one namespace can or cannot reach an address, another namespace, or a port there, and how to fix it',
    )
    .argument('<namespace>', 'where the packets start: a name, pid:PID, container:NAME, a path, or host')
    .argument('<target>', 'an address, a namespace, or a host name')
    .argument('[port]', 'TCP port that should be reachable; without it, a ping')
    .option('--udp', 'the port is a UDP port')
    .addOption(new Option('-4, --ipv4', 'IPv4, where TARGET has both').conflicts('ipv6'))
    .option('-6, --ipv6', 'IPv6, where TARGET has both')
    .addOption(
      new Option(
        '--how <way>',
        "how to learn of the kernel's drops (default: the first of these that is allowed)",
      ).choices(WAYS),
    )
    .option('--json', 'one JSON document')
    .option('--fix', 'run the commands that fix it, after a yes, test again, and undo what did not help')
    .option('--yes', 'with --fix: do not ask')
    .addHelpText(
      'after',
      `
Examples:
  nscap why ns1 ns2                   do pings get there and back?
  nscap why ns1 10.0.2.1 7096         does anyone listen there?
  nscap why ns1 fd00::2 53 --udp
  nscap why ns1 ns2 --fix             fix it, after a yes
Exit status: 0 reachable, 1 not reachable, 2 usage error, unknown namespace or target, 4 no permission.`,
    )
    .action(async (from: string, target: string, port: string | undefined, options: Options) => {
      const say = (examination: Examination) =>
        process.stdout.write(
          options.json ? `${JSON.stringify(whyJson(examination), null, 2)}\n` : whyText(examination),
        );
      try {
        const asked = question(from, target, port, options);
        let examination = await examine(asked);
        if (options.fix) examination = await fix(asked, examination, options, say);
        else say(examination);
        process.exitCode = examination.reachable ? 0 : 1;
      } catch (error) {
        throw reported(error, options);
      }
    });
}

export function errorDocument(error: NscapError): unknown {
  return whyErrorJson(error, error.exitStatus);
}

function question(from: string, target: string, port: string | undefined, options: Options): Asked {
  if (options.udp && port === undefined)
    throw usageError('--udp needs a port', 'nscap why ns1 10.0.1.2 53 --udp');
  if (options.yes && !options.fix) throw usageError('--yes goes with --fix', 'nscap why ns1 ns2 --fix --yes');
  if (target === '' || from === '')
    throw usageError('a namespace and a target are needed', 'nscap why ns1 ns2');
  return {
    from,
    target,
    ...(port === undefined ? {} : { port: parsePort(port) }),
    ...(options.udp ? { udp: true } : {}),
    ...(options.how === undefined ? {} : { how: options.how }),
    ...(options.ipv6 ? { family: 6 as const } : options.ipv4 ? { family: 4 as const } : {}),
  };
}

/** 1 means "not reachable": requests that could not be made have other statuses. */
const STATUS: Record<string, number> = {
  USAGE: 2,
  UNKNOWN_NAMESPACE: 2,
  UNKNOWN_TARGET: 2,
  NOT_PERMITTED: 4,
};

/** The error with its exit status; with --json it is also printed as a document on standard output. */
function reported(error: unknown, { json }: Options): unknown {
  if (!(error instanceof NscapError)) return error;
  const exitStatus = STATUS[error.code] ?? (error.exitStatus === 1 ? 2 : error.exitStatus);
  if (json) process.stdout.write(`${JSON.stringify(whyErrorJson(error, exitStatus), null, 2)}\n`);
  return new NscapError(error.code, error.message, {
    exitStatus,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

/** Fixes certain causes and examines again, until no problem is left, nothing more can be done, or the user declines. */
async function fix(
  asked: Asked,
  first: Examination,
  options: Options,
  say: (examination: Examination) => void,
): Promise<Examination> {
  let examination = first;
  const tell = (words: readonly string[]) => process.stderr.write(`nscap: ${commandLine([words])}\n`);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { cause } = examination;
    if (cause === undefined || cause.fix.length === 0) break;
    if (cause.possible) {
      process.stderr.write('nscap: nothing was changed: the cause is likely, but not proved\n');
      break;
    }
    if (!options.json) say(examination);
    if (!options.yes && !(await agreed(commandLine(cause.fix)))) return examination;
    const applied = await applyFix(cause, tell);
    // Neighbours and bridges take a moment to notice.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const after = await examine(asked);
    if (!after.reachable && !differs(cause, after.cause)) {
      process.stderr.write('nscap: that did not help, and is undone\n');
      if (!(await takeBack(applied, tell))) process.stderr.write('nscap: not all of it could be undone\n');
      break;
    }
    examination = after;
  }
  say(examination);
  return examination;
}

/** Whether the next cause differs from the one just fixed: then that fix worked. */
function differs(before: Finding, after: Finding | undefined): boolean {
  return (
    after !== undefined && (after.code !== before.code || commandLine(after.fix) !== commandLine(before.fix))
  );
}

async function agreed(line: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new NscapError('NOT_CONFIRMED', 'nothing was changed: there is no terminal to ask on', {
      hint: 'add --yes to run the commands without asking',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`run ${line} ? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
