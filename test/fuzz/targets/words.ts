// What people type: command lines, and assertions with what becomes of them.
import { type Command, CommanderError } from 'commander';
import { checkFlags, openingOf, sessionOf } from '../../../src/cli/capture/request.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { checkDropFlags, dropPlanOf } from '../../../src/cli/drops/flags.ts';
import { statsPlan } from '../../../src/cli/stats/flags.ts';
import { dividePoints } from '../../../src/cli/trace/point.ts';
import { filesPlan, livePlan } from '../../../src/cli/trace/request.ts';
import { NscapError } from '../../../src/errors.ts';
import { Analysis } from '../../../src/flow/analysis.ts';
import { Queries } from '../../../src/flow/queries.ts';
import { Statistics } from '../../../src/flow/statistics.ts';
import { checkAssertions, parseAssertions } from '../../../src/report/assertions.ts';
import { parseDropAssertions } from '../../../src/report/drop-assertions.ts';
import { junitXml } from '../../../src/report/junit.ts';
import { checkTraceAssertions, parseTraceAssertions } from '../../../src/report/trace/assertions.ts';
import { TraceLedger } from '../../../src/report/trace/ledger.ts';
import { Trace } from '../../../src/trace/trace.ts';
import { Broken, bytes, LINES, type Target, TOKENS, textOf } from '../target.ts';

/** An error that a user is meant to see: of nscap, of commander, or of a system call. */
function isMeant(error: unknown): boolean {
  return (
    error instanceof NscapError ||
    error instanceof CommanderError ||
    (error as NodeJS.ErrnoException).syscall !== undefined
  );
}

/** The parsed command makes its plan, and nothing is done. */
type Plan = (words: unknown[], flags: never) => void | Promise<void>;
const PLANS: Record<string, Plan> = {
  capture: async (_, flags) => {
    checkFlags(flags);
    await sessionOf(flags);
    openingOf(flags);
  },
  drops: (_, flags) => {
    checkDropFlags(flags);
    dropPlanOf(flags);
  },
  stats: (_, flags) => void statsPlan(flags),
  trace: ([words], flags) => {
    const { points, filter } = dividePoints(words as string[]);
    if (points.length + filter.length !== (words as string[]).length) throw new Broken('a word is lost');
    filesPlan(flags);
    livePlan(flags);
  },
};

/** Commands below it, too, are parsed and do nothing else. */
function still(command: Command, plan: Plan | undefined): Command {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  command.action((...given: unknown[]) => plan?.(given.slice(0, -2), given.at(-2) as never));
  for (const child of command.commands) still(child as Command, undefined);
  return command;
}

const CALLS = [
  'capture ns1 veth0 tcp port 7096',
  'capture -w x.pcapng -C 10 -W 5 -G 3 -z gzip ns1 any',
  'capture ns1 -i veth0 -i ns2:veth1 -T fields -e ip.src -E separator=, -Y tcp.flags',
  'capture --analyze --assert rtt.p99<1ms --junit j.xml --duration 500ms -s 0 -B 100 -j host -Q in ns1 veth0',
  'drops --how bpf --assert NO_SOCKET<10 -w - --json ns1 tcp',
  'trace pc:eth0 router:lan --only slow>1ms,lost --offset a.pcap=-0.25 --window 1s -c 3',
  'trace pc --to 10.2.0.20 80 -u --list-points',
  'read -r x.pcap -nn -X -tttt -c 5 tcp',
  'stats -z io,stat,1,COUNT(tcp)tcp -z conv,tcp x.pcap --interval 100ms --csv',
  'analyze --plot rtt x.pcap 3 --limit 0 --json',
  'convert --from 10s --split 1M --format pcapng a.pcap b.pcapng',
  'follow x.pcap 0 --hex',
  'why ns1 10.0.0.1 80 --fix --json --timeout 3',
  'tcp-test 7096 --client a --server b --bytes 1G',
  'nc -l -k -u -w 1 -z 127.0.0.1 9',
  'lab break pair loss 10%',
  'store import --store clickhouse://h/d x.pcap',
  'fleet worst --by bytes --since 1d --store x',
  'exporter --listen 127.0.0.1:0 a:veth0',
  'report -o r.html --connections 3 x.pcap',
];

export const commandLine: Target = {
  name: 'command-line',
  about: "words of the command line, a line each, up to the command's plan",
  structure: LINES,
  seeds: () => CALLS.map((call) => bytes(call.replaceAll(' ', '\n'))),
  words: [
    ...Object.keys(COMMANDS),
    ...['--', '-', '--json', '--assert', '-T', 'fields', 'ek', '-e', '-Y', '-E', 'quote=d', '-C', '-W', '-w'],
    ...['%s', '-1', '0', '1e9', '10k', '500ms', '9999999999', '--only', '--store', '=', '', '~', '/dev/null'],
    ...['__proto__', 'constructor', '--no-', '-tttttt', '-vvvv', '-XX', '--time-stamp-precision=nano'],
  ].map((word) => `${word}\n`),
  async run(input) {
    const [name, ...words] = textOf(input).split('\n');
    // No program is called with a zero byte.
    if (!Object.hasOwn(COMMANDS, name) || input.includes(0)) return;
    const module = await COMMANDS[name][1]();
    try {
      await still(module.command(words), PLANS[name]).parseAsync(words, { from: 'user' });
    } catch (error) {
      if (!isMeant(error)) throw error;
    }
  },
};

const POINTS = [{ name: 'pc.pcap' }, { name: 'b:y' }, { name: 'router:lan' }];

export const assertions: Target = {
  name: 'assertions',
  about: 'assertions about captures, traces and drops, and their outcomes',
  structure: TOKENS,
  seeds: () =>
    [
      'retransmissions == 0',
      'rtt.p99 < 1ms',
      'dns.rtt.max <= 3.5e2 us',
      'throughput >= 10Mbit/s',
      'retransmissions.share < 1%',
      'loss == 0',
      'loss < 0.5%',
      'pc.pcap\u2192b:y.loss < 5%',
      'b:y->router:lan.delay.p99 < 1ms',
      'drops == 0',
      'NO_SOCKET < 10',
    ].map(bytes),
  words: [
    ...[
      ' < ',
      '>=',
      '==',
      '!=',
      '->',
      '\u2192',
      '%',
      'ms',
      '\u00b5s',
      'GiB',
      'e309',
      'e-5',
      '.',
      'loss',
      'delay.min',
    ],
    ...[
      'connections',
      'constructor',
      '__proto__',
      'lost',
      'pc.pcap',
      'b:y',
      'router:lan',
      'packets',
      'echo.lost',
    ],
  ],
  run(input) {
    const text = textOf(input);
    const statistics = new Statistics(new Analysis(4));
    const trace = new Trace(POINTS, { window: 1e8, report: () => {} });
    trace.end();
    const outcomes = [
      () => checkAssertions(parseAssertions([text]), { statistics, queries: new Queries() }, 'x'),
      () => checkTraceAssertions(parseTraceAssertions([text]), trace, new TraceLedger(trace)),
      () => {
        parseDropAssertions([text]);
        return [];
      },
    ].flatMap((read) => {
      try {
        return read();
      } catch (error) {
        if (error instanceof NscapError) return [];
        throw error;
      }
    });
    for (const { sentence } of outcomes)
      if (/NaN|undefined|Infinity/.test(sentence.replaceAll(text.trim(), '')))
        throw new Broken(`a value is missing: ${sentence}`);
    if (/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(junitXml('nscap trace', outcomes)))
      throw new Broken('control bytes in XML');
  },
};
