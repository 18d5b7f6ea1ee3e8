// nscap why: why one namespace can't reach another, and the command that mends it.
import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import { NscapError, usageError } from '../errors.ts';
import { type Examination, examine } from '../netns/why/examine.ts';
import { commandLine } from '../netns/why/finding.ts';
import { mend } from '../netns/why/mend.ts';
import type { Asked } from '../netns/why/question.ts';
import { whyJson, whyText } from '../report/why.ts';
import { parsePort } from '../talk/port.ts';

interface Options {
  udp?: boolean;
  ipv4?: boolean;
  ipv6?: boolean;
  json?: boolean;
  fix?: boolean;
  yes?: boolean;
}

/** With --yes: as many causes one behind the other are mended. */
const MOST_ROUNDS = 5;

export function command(): Command {
  return new Command('why')
    .description(
      'Say why one namespace can or cannot reach an address, another namespace, or a port there, and how to mend it',
    )
    .argument('<namespace>', 'where the packets start: a name, pid:PID, container:NAME, a path, or host')
    .argument('<target>', 'an address, a namespace, or a host name')
    .argument('[port]', 'TCP port that should be reachable; without it, a ping')
    .option('--udp', 'the port is a UDP port')
    .addOption(new Option('-4, --ipv4', 'IPv4, where TARGET has both').conflicts('ipv6'))
    .option('-6, --ipv6', 'IPv6, where TARGET has both')
    .option('--json', 'one JSON document')
    .option('--fix', 'run the commands that mend it, after a yes, and test again')
    .option('--yes', 'with --fix: do not ask')
    .addHelpText(
      'after',
      `
Examples:
  nscap why ns1 ns2                   do pings get there and back?
  nscap why ns1 10.0.2.1 7096         does anyone listen there?
  nscap why ns1 fd00::2 53 --udp
  nscap why ns1 ns2 --fix             mend it, after a yes
Exit status: 0 reachable, 1 not, 2 wrong usage.`,
    )
    .action(async (from: string, target: string, port: string | undefined, options: Options) => {
      const asked = question(from, target, port, options);
      const say = (examination: Examination) =>
        process.stdout.write(
          options.json ? `${JSON.stringify(whyJson(examination), null, 2)}\n` : whyText(examination),
        );
      let examination = await examine(asked);
      if (options.fix) examination = await fix(asked, examination, options, say);
      else say(examination);
      process.exitCode = examination.reachable ? 0 : 1;
    });
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
    ...(options.ipv6 ? { family: 6 as const } : options.ipv4 ? { family: 4 as const } : {}),
  };
}

/** Mends and examines again, until all is well, nothing more can be done, or the answer is no. */
async function fix(
  asked: Asked,
  first: Examination,
  options: Options,
  say: (examination: Examination) => void,
): Promise<Examination> {
  let examination = first;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { cause } = examination;
    if (cause === undefined || cause.mend.length === 0) break;
    if (!options.json) say(examination);
    const line = commandLine(cause.mend);
    if (!options.yes && !(await agreed(line))) return examination;
    await mend(cause, (words) => process.stderr.write(`nscap: ${commandLine([words])}\n`));
    const sentence = cause.cause;
    // Neighbours and bridges take a moment to notice.
    await new Promise((resolve) => setTimeout(resolve, 200));
    examination = await examine(asked);
    if (examination.cause?.cause === sentence) break;
  }
  say(examination);
  return examination;
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
