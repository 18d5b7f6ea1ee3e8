// nscap tcp-test PORT: the whole TCP test in one command.
import { dirname } from 'node:path';
import { Command } from 'commander';
import { futureUser } from '../binding/privilege.ts';
import { usageError } from '../errors.ts';
import { notPermitted } from '../netns/command.ts';
import { namespaceNames } from '../netns/namespace.ts';
import { asRoot, mayManageNamespaces } from '../netns/user.ts';
import { makeFolder } from '../output/create.ts';
import { tcpTest } from '../proof/tcp-test.ts';
import { checkAssertions, failures, parseAssertions } from '../report/assertions.ts';
import { tcpTestJson, tcpTestText } from '../report/tcp-test.ts';
import { parsePort } from '../talk/port.ts';
import { gather, parseDuration, parseSize } from './arguments.ts';
import { checkJunit, reportOutcomes } from './assertions.ts';
import { interruptible } from './interrupt.ts';
import { addPrintOptions, type PrintFlags, printOptions } from './print-options.ts';

interface Options extends PrintFlags {
  server?: string;
  client?: string;
  message: string;
  bytes?: number;
  timeout?: number;
  write?: string;
  keep?: true;
  serve: boolean;
  assert?: string[];
  junit?: string;
  report?: string;
  json?: true;
}

/** Connections of a report: a test makes a few. */
const MOST_CONNECTIONS = 1000;

/** Milliseconds that each wait may take by default. */
const TIMEOUT = 3000;

export function command(): Command {
  const test = new Command('tcp-test')
    .description(
      'test a TCP path between two namespaces: ping, handshake, data in both directions, capture, verdict',
    )
    .argument('<port>', 'TCP port of the server', parsePort)
    .option(
      '--server <ns>',
      'namespace of the server (default: ns1 where ns1 and ns2 exist, else a temporary lab)',
    )
    .option('--client <ns>', 'namespace of the client (default: ns2)')
    .option('--message <text>', 'what the client sends', 'this is a test message')
    .option('--bytes <size>', 'send SIZE bytes instead, such as 10M, verified by a hash', parseSize)
    .option('--no-serve', 'start no server, use the one that is listening')
    .option(
      '--timeout <time>',
      'limit on each wait, in seconds or with a unit: 500ms, 1m (default: 3)',
      parseDuration,
    )
    .option('-w, --write <file>', 'capture file (default: captures/tcp-test-PORT.pcap)')
    .option('--keep', 'keep the lab that was made for this run')
    .option(
      '--assert <assertion>',
      'exit with status 3 unless it holds; nscap analyze --help lists what can be asserted',
      gather,
    )
    .option('--junit <file>', 'write the results of the assertions as JUnit XML, for CI')
    .option('--report <file>', 'write an HTML page of the capture, as nscap report does')
    .option('--json', 'the result as one JSON document');
  return addPrintOptions(test)
    .addHelpText(
      'after',
      '\nExample:\n  nscap tcp-test 7096\n  nscap tcp-test 7096 --server ns1 --client ns2 --bytes 10M\n' +
        "  nscap tcp-test 7096 --assert 'retransmissions == 0' --assert 'rtt.p99 < 5ms'\n" +
        'Exit status: 0 success, 1 a step failed, 2 usage error, 3 an assertion failed.',
    )
    .action(action);
}

async function action(port: number, options: Options): Promise<void> {
  checkJunit(options.junit, options.assert);
  const assertions = parseAssertions(options.assert ?? []);
  if (!mayManageNamespaces() && (options.server ?? options.client) !== undefined) {
    throw notPermitted('entering a namespace needs root');
  }
  const status = await asRoot();
  if (status !== undefined) {
    process.exitCode = status;
    return;
  }
  if (options.write === '-') {
    throw usageError(
      'the capture goes to a file, and - is standard output',
      'standard output is for the result; -w FILE',
    );
  }
  const file = options.write ?? `captures/tcp-test-${port}.pcap`;
  makeFolder(futureUser(undefined), dirname(file));
  const topology = options.report === undefined ? undefined : await topologyOfTest(options);
  const result = await interruptible((signal) =>
    tcpTest({
      port,
      message: options.message,
      timeout: options.timeout ?? TIMEOUT,
      file,
      keep: options.keep ?? false,
      serve: options.serve,
      print: { ...printOptions(options), explain: options.explain ?? true },
      signal,
      ...(options.server === undefined ? {} : { server: options.server }),
      ...(options.client === undefined ? {} : { client: options.client }),
      ...(options.bytes === undefined ? {} : { bytes: options.bytes }),
    }),
  );
  const { traffic } = result;
  const outcomes = traffic === undefined ? [] : checkAssertions(assertions, traffic.found);
  if (!options.json && traffic !== undefined) process.stdout.write(traffic.lines);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify(tcpTestJson(result, failures(outcomes), outcomes), undefined, 2)}\n`,
    );
  else process.stdout.write(tcpTestText(result));
  if (options.report !== undefined && traffic !== undefined) {
    const { writePage } = await import('./report/page.ts');
    const title = `tcp-test ${port}`;
    const request = { title, filter: '', topology, maxConnections: MOST_CONNECTIONS };
    await writePage([{ path: file, name: file, file }], request, { path: options.report });
  }
  reportOutcomes('tcp-test', outcomes, options.junit);
  if (!result.ok) process.exitCode = 1;
}

/** The namespaces of the test; a temporary lab, which it makes and removes, is not checked. */
async function topologyOfTest({ server = 'ns1', client = 'ns2' }: { server?: string; client?: string }) {
  const names = await namespaceNames();
  if (![server, client].every((name) => names.includes(name))) return undefined;
  const { topologyOf } = await import('./report/topology.ts');
  return topologyOf([server, client]);
}
