// nscap follow FILE N: the bytes of one TCP connection.
import { Command, Option } from 'commander';
import { count } from '../base/units.ts';
import { NscapError, usageError } from '../errors.ts';
import { DEFAULT_MAX_CONNECTIONS } from '../flow/analysis.ts';
import { CLIENT, Follow, type FollowOutput, SERVER, type Side } from '../flow/follow.ts';
import { identity } from '../output/create.ts';
import { Closed, Sink } from '../output/sink.ts';
import { WholeFile } from '../output/whole-file.ts';
import { STREAM_FORMATS, type StreamFormat, streamReport } from '../report/stream.ts';
import { type CaptureFile, openFile } from '../source/file.ts';
import { statInput } from '../source/input.ts';
import { parseCount, parseSize } from './arguments.ts';
import { displayFilterOption, displayOf } from './field-options.ts';
import { readAsUser } from './read-as-user.ts';
import { sayEnd } from './source-end.ts';

interface FollowFlags {
  client?: true;
  server?: true;
  format: StreamFormat;
  write?: string;
  read?: string;
  maxMemory?: number;
  maxConnections: number;
  displayFilter?: string;
}

/** Bytes buffered after a gap by default. */
const MEMORY = 64 << 20;

export function command(): Command {
  return new Command('follow')
    .description('show the bytes of one TCP connection in order, one side or both')
    .argument('[file]', 'capture file, or - for standard input')
    .argument('[stream]', 'number of the connection, as analyze and Wireshark (tcp.stream) count them')
    .option('-r, --read <file>', 'the capture file, as tcpdump takes it')
    .addOption(displayFilterOption('only data of packets'))
    .option('--client', 'only what the client sent')
    .option('--server', 'only what the server sent')
    .addOption(
      new Option(
        '--format <format>',
        'text with dots for control characters, hex dump, raw bytes, or JSON lines',
      )
        .choices(STREAM_FORMATS)
        .default('text'),
    )
    .option('-w, --write <file>', 'write to this file')
    .option(
      '--max-memory <size>',
      'bytes kept at most of segments that wait for others (default: 64M)',
      parseSize,
    )
    .option(
      '--max-connections <n>',
      'connections kept at a time, about 1 kB each; beyond, closed and idle ones are given up',
      parseCount,
      DEFAULT_MAX_CONNECTIONS,
    )
    .addHelpText(
      'after',
      `
Gaps in the capture are reported, retransmissions are used once, overlaps resolved as Linux does.
Examples:
  nscap follow trace.pcap 0
  nscap follow trace.pcap 3 --server --format raw -w page.html`,
    )
    .action(action);
}

function stream(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw usageError(`'${text}' is not the number of a stream`, 'streams are numbered from 0');
  return Number(text);
}

async function action(
  first: string | undefined,
  second: string | undefined,
  flags: FollowFlags,
): Promise<void> {
  const [file, text] = flags.read === undefined ? [first, second] : [flags.read, first];
  if (file === undefined) throw usageError('no capture file is given', 'nscap follow FILE STREAM');
  if (text === undefined) {
    throw usageError('which stream is missing', `nscap analyze ${file} numbers them: nscap follow ${file} 0`);
  }
  const number = stream(text);
  if (flags.format === 'raw' && flags.write === undefined && process.stdout.isTTY) {
    throw usageError('raw bytes do no terminal good', 'write them with -w FILE, or into a pipe');
  }
  await readAsUser([file]);
  // Opened first: a capture that is not there, or is the file to write, does not cost that file.
  const source = await openFile(file, { allRecords: flags.displayFilter !== undefined });
  const inputs = new Set(file === '-' ? [] : [identity(statInput(file)!)]);
  const output = flags.write === undefined ? undefined : new WholeFile(flags.write, inputs);
  try {
    output?.open();
    await follow(source, file, number, flags, output?.sink ?? new Sink());
    output?.close(0);
  } catch (error) {
    output?.abandon();
    if (!(error instanceof Closed)) throw error;
  } finally {
    await source.close();
  }
}

async function follow(
  source: CaptureFile,
  file: string,
  number: number,
  flags: FollowFlags,
  sink: Sink,
): Promise<void> {
  const both = flags.client === flags.server;
  const wanted = (side: Side) => both || (side === CLIENT ? flags.client === true : flags.server === true);
  const report = streamReport(flags.format, sink.text, both, (side) => followed.endpoints![side]);
  const output: FollowOutput = {
    data: (side, bytes, from, to) => wanted(side) && report.data(side, bytes, from, to),
    gap: (side, length) => wanted(side) && report.gap(side, length),
  };
  const followed = new Follow(number, output, flags.maxMemory ?? MEMORY, flags.maxConnections);
  const display = await displayOf(source, flags.displayFilter, source.format === 'pcapng');
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      followed.add(batch, i, display?.takes(batch, i));
      sink.line();
    }
  }
  followed.end();
  report.end();
  sink.flush();
  if (followed.retired > 0) {
    const many = count(followed.retired, 'connection');
    process.stderr.write(
      `nscap: ${many} given up before stream ${number} to keep memory bounded (--max-connections): what came of them later counts as new streams, so numbers may be higher than Wireshark's\n`,
    );
  }
  if (followed.endpoints === undefined) {
    throw new NscapError('NO_STREAM', `there is no TCP stream ${number} in ${file}`, {
      hint:
        followed.streams === 0
          ? 'it holds no TCP at all'
          : `it holds ${count(followed.streams, 'stream')}, counted from 0`,
    });
  }
  for (const side of [CLIENT, SERVER] as const) {
    if (!wanted(side)) continue;
    const { missing, bounded, behindFin } = followed.sides[side];
    const name = `${side === CLIENT ? 'client' : 'server'} ${followed.endpoints[side]}`;
    if (missing > 0) process.stderr.write(`nscap: ${count(missing, 'byte')} from the ${name} not captured\n`);
    if (behindFin > 0)
      process.stderr.write(`nscap: ${count(behindFin, 'byte')} after the FIN of the ${name} left out\n`);
    if (bounded > 0) {
      process.stderr.write(
        `nscap: ${count(bounded, 'hole')} given up early because --max-memory was reached: later bytes are left out\n`,
      );
    }
  }
  sayEnd(file, source);
}
