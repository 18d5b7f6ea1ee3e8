// nscap capture NS IFACE [filter…]: live packets of a namespace, as tcpdump prints them or into a file.
import { closeSync, openSync, writeSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { replaceProcess } from '../binding/exec.ts';
import { libc } from '../binding/libc.ts';
import { Handle } from '../binding/libpcap.ts';
import { NscapError, usageError } from '../errors.ts';
import { filterExpression } from '../filter/expression.ts';
import { missingTool, notPermitted, toolEnvironment } from '../netns/command.ts';
import { findInterface } from '../netns/interface.ts';
import { enterArgv, type Namespace, resolveNamespace } from '../netns/namespace.ts';
import { mayManageNamespaces, selfArgv } from '../netns/user.ts';
import { PacketPrinter } from '../print/packet.ts';
import { LiveSource } from '../source/live.ts';
import { addPrintOptions, type PrintFlags, printOptions } from './print-options.ts';
import { become, giveTo, userBehindSudo } from './privilege.ts';
import { Closed, Sink } from './sink.ts';

interface CaptureFlags extends PrintFlags {
  count?: number;
  snapshotLength: number;
  write?: string;
  filterFile?: string;
}

/** Milliseconds until the kernel hands over a packet that is alone. */
const TIMEOUT = 10;
const DEFAULT_SNAPLEN = 262144;

export function command(): Command {
  const capture = new Command('capture')
    .argument('<namespace>', 'a name, pid:PID, /path/to/namespace, or host')
    .argument('[words...]', 'interface, and a filter in pcap-filter(7) syntax')
    .usage('[options] NAMESPACE INTERFACE [filter...]')
    .option('-c, --count <n>', 'stop after so many packets', positive)
    .option(
      '-s, --snapshot-length <bytes>',
      'capture so many bytes of each packet; 0 for all',
      bytes,
      DEFAULT_SNAPLEN,
    )
    .option('-w, --write <file>', 'write the packets to a pcap file, or - for standard output')
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .option('-l', 'write each line at once (always so; accepted for habit)');
  return addPrintOptions(capture)
    .addHelpText(
      'after',
      '\nExamples:\n  nscap capture ns1 veth0 icmp\n  nscap capture -X ns1 veth0 tcp port 7096\n  nscap capture -w trace.pcap ns1 veth0',
    )
    .action(async (name: string, words: string[], flags: CaptureFlags) => {
      const namespace = await resolveNamespace(name);
      if (namespace.enter.length > 0) enter(namespace);
      else await run(namespace, words, flags);
    });
}

/** This very command line again, inside the namespace and in this process's place. */
function enter(namespace: Namespace): never {
  if (!mayManageNamespaces())
    throw notPermitted(`entering the namespace '${namespace.label}' is not permitted`);
  const argv = enterArgv(namespace, selfArgv(process.argv.slice(2)));
  const environment = toolEnvironment();
  // Node would read a whole bundle of certificates each time it starts, which nobody needs here.
  delete environment.NODE_EXTRA_CA_CERTS;
  const code = replaceProcess(argv, environment);
  throw code === 'ENOENT'
    ? missingTool(argv[0]!)
    : new NscapError('SYSTEM', `cannot run ${argv[0]}: ${code}`);
}

async function run(namespace: Namespace, words: string[], flags: CaptureFlags): Promise<void> {
  const device = words[0];
  if (device === undefined)
    throw usageError('the interface is missing', 'nscap capture NAMESPACE INTERFACE [filter...]');
  if (device !== 'any' && libc().interfaceIndex(device) === 0) await findInterface(namespace, device);
  const handle = new Handle(device, {
    snaplen: flags.snapshotLength,
    promiscuous: true,
    timeout: TIMEOUT,
  });
  handle.setFilter(filterExpression(words.slice(1), flags.filterFile));
  const source = new LiveSource(
    handle,
    { name: `${namespace.label}:${device}`, description: '', linkType: 0, snaplen: 0 },
    flags.count,
  );
  const user = userBehindSudo();
  const output = flags.write === undefined ? undefined : open(flags.write, user);
  if (user !== undefined) become(user);
  for (const warning of handle.warnings) process.stderr.write(`nscap: ${warning}\n`);
  const { name, description } = handle.linkType;
  process.stderr.write(
    `listening on ${device}, link-type ${name} (${description}), snapshot length ${handle.snaplen} bytes\n`,
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => source.stop());
  process.on('SIGUSR1', () => process.stderr.write(`nscap: ${counted(source).join(', ')}\n`));
  try {
    if (output === undefined) await print(source, flags);
    else await write(source, output);
  } catch (error) {
    if (!(error instanceof Closed) && (error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    await source.close();
    process.stderr.write(`${counted(source).join('\n')}\n`);
  }
}

async function print(source: LiveSource, flags: CaptureFlags): Promise<void> {
  const sink = new Sink();
  const printer = new PacketPrinter(printOptions(flags), sink.text);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      printer.print(batch, i);
      sink.line();
    }
    sink.flush();
  }
}

async function write(source: LiveSource, descriptor: number): Promise<void> {
  writeSync(descriptor, source.header);
  while ((await source.next()) !== null) {
    for (let at = 0; at < source.records.length; ) at += writeSync(descriptor, source.records, at);
  }
  if (descriptor !== 1) closeSync(descriptor);
}

function open(path: string, user: ReturnType<typeof userBehindSudo>): number {
  if (path === '-') return 1;
  try {
    const descriptor = openSync(path, 'wx');
    giveTo(user, descriptor);
    return descriptor;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return openSync(path, 'w');
    throw new NscapError('FILE', `cannot write ${path}: ${(error as Error).message}`);
  }
}

/** tcpdump's closing lines. */
function counted(source: LiveSource): string[] {
  const { received, dropped, interfaceDropped } = source.statistics();
  const lines = [
    `${packets(source.captured)} captured`,
    `${packets(received)} received by filter`,
    `${packets(dropped)} dropped by kernel`,
  ];
  if (interfaceDropped > 0) lines.push(`${packets(interfaceDropped)} dropped by interface`);
  return lines;
}

function packets(count: number): string {
  return `${count} packet${count === 1 ? '' : 's'}`;
}

function positive(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('a number above 0 is wanted.');
  return count;
}

function bytes(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > DEFAULT_SNAPLEN) {
    throw new InvalidArgumentError(`a number from 0 to ${DEFAULT_SNAPLEN} is wanted.`);
  }
  return count === 0 ? DEFAULT_SNAPLEN : count;
}
