// Turns the options of `nscap capture` into the plan that is carried out.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { usageError } from '../../errors.ts';
import { fieldRequest } from '../field-options.ts';
import { printOptions } from '../print-options.ts';
import type { CaptureFlags } from './flags.ts';
import type { AnalysisPlan, FilesPlan, LinesPlan, OpeningPlan, SessionPlan } from './plan.ts';

/** Milliseconds between two samples of --sockets. */
const SAMPLED_EVERY = 100;

/** Throws a usage error if options contradict each other or miss another one. */
export function checkFlags(flags: CaptureFlags): void {
  if ((flags.T !== undefined || flags.displayFilter !== undefined) && !prints(flags)) {
    throw usageError(
      `${flags.T === undefined ? '-Y' : '-T'} is about packets that are printed`,
      'a filter after the interface selects the packets to capture; nscap convert -Y filters files',
    );
  }
  checkFileFlags(flags);
  if (flags.maxConnections !== undefined && !analyzes(flags)) {
    throw usageError(
      '--max-connections is about the analysis, and none of --analyze, --assert and --store is given',
    );
  }
  checkExtras(flags);
}

/** Of -w and the options that are about it. */
function checkFileFlags(flags: CaptureFlags): void {
  const { write } = flags;
  if (write === undefined) {
    const lone = (
      ['C', 'G', 'pcapng', 'print', 'packetBuffered', 'maxSize', 'postrotateCommand'] as const
    ).find((flag) => flags[flag] !== undefined);
    if (lone !== undefined) {
      const name = {
        C: '-C',
        G: '-G',
        pcapng: '--pcapng',
        print: '--print',
        packetBuffered: '-U',
        maxSize: '--max-size',
        postrotateCommand: '-z',
      }[lone];
      throw usageError(`${name} is about files, and no file is written`, '-w FILE writes one');
    }
  }
  if (write === '-' && (flags.C ?? flags.G) !== undefined) {
    throw usageError('standard output cannot be divided into several files', '-C and -G need a file name');
  }
  if (write === '-' && (flags.print || flags.json)) {
    throw usageError(
      `standard output cannot take both the packets and what ${flags.print ? '--print' : '--json'} prints`,
    );
  }
  if (flags.W !== undefined && flags.C === undefined && flags.G === undefined) {
    throw usageError('-W counts the files that -C or -G make, and neither is given');
  }
}

/** Of what is shown or written besides packets, and of the binding. */
function checkExtras(flags: CaptureFlags): void {
  const { write } = flags;
  if (flags.drops && write !== undefined && !inPcapng(flags)) {
    throw usageError(
      'a pcap file has no room for the reasons of --drops',
      'write to a name that ends in .pcapng, or use --pcapng',
    );
  }
  if (flags.sockets && (flags.write === undefined ? flags.store === undefined : !inPcapng(flags))) {
    throw usageError(
      'the samples of --sockets go into a pcapng file, or into a store',
      '-w FILE.pcapng, or --store TARGET',
    );
  }
  if (flags.socketsInterval !== undefined && !flags.sockets) {
    throw usageError('--sockets-interval is about --sockets, which is not given');
  }
  if (flags.process && flags.write !== undefined && !inPcapng(flags) && !flags.print) {
    throw usageError(
      'a pcap file has no room for processes',
      'write to a name that ends in .pcapng, or use --pcapng; --print shows them',
    );
  }
  if (flags.binding === 'cap') {
    const foreign = [
      [flags.drops, '--drops'],
      [flags.process, '--process'],
      [flags.promiscuousMode === false, '-p'],
      [flags.direction !== undefined, '-Q'],
      [flags.immediateMode, '--immediate-mode'],
      [flags.timeStampType !== undefined, '-j'],
      [flags.timeStampPrecision === 'nano' || flags.nano, '--time-stamp-precision nano'],
      [flags.linktype !== undefined, '-y'],
    ].find(([given]) => given);
    if (foreign !== undefined)
      throw usageError(`the binding cap cannot do ${foreign[1]}`, '--binding libpcap, the default, can');
  }
}

/** Where packets come from. */
export function openingOf(flags: CaptureFlags): OpeningPlan {
  const { bufferSize, direction, timeStampType, linktype } = flags;
  return {
    binding: flags.binding,
    interfaces: {
      snaplen: flags.snapshotLength,
      promiscuous: flags.promiscuousMode,
      immediate: flags.immediateMode === true,
      nanoseconds: inNanoseconds(flags),
      ...(bufferSize === undefined ? {} : { bufferKib: bufferSize }),
      ...(direction === undefined ? {} : { direction }),
      ...(timeStampType === undefined ? {} : { timestampType: timeStampType }),
      ...(linktype === undefined ? {} : { linkType: linktype }),
    },
    drops: flags.drops === true,
    count: flags.count,
    printed: prints(flags),
    recorded: isPlain(flags),
  };
}

/** What is done with them. @throws NscapError USAGE where fields, filters or assertions cannot be meant */
export async function sessionOf(flags: CaptureFlags): Promise<SessionPlan> {
  const { write, G } = flags;
  const warnings =
    G !== undefined && !write?.includes('%')
      ? [`each file of -G overwrites the one before, for ${write} has no time in it, such as %H%M%S`]
      : [];
  const lines = await linesOf(flags);
  return {
    files: filesOf(flags),
    lines: prints(flags) ? lines : undefined,
    analysis: await analysisOf(flags),
    drops: flags.drops === true,
    processes: flags.process === true,
    socketsInterval: flags.sockets ? (flags.socketsInterval ?? SAMPLED_EVERY) : undefined,
    duration: flags.duration,
    user: flags.relinquishPrivileges,
    json: flags.json === true,
    quiet: Boolean(flags.q),
    warnings,
  };
}

function filesOf(flags: CaptureFlags): FilesPlan | undefined {
  const { write, C: size = 0, G: seconds = 0, W: files = 0 } = flags;
  if (write === undefined) return undefined;
  return {
    path: write,
    pcapng: inPcapng(flags),
    nanoseconds: inNanoseconds(flags),
    rotation: { size, seconds, files },
    limit: flags.maxSize,
    command: flags.postrotateCommand,
    names: flags.names,
  };
}

async function linesOf(flags: CaptureFlags): Promise<LinesPlan> {
  const { displayFilter } = flags;
  const fields = await fieldRequest(flags);
  // Errors in it are reported before anything is captured.
  if (displayFilter !== undefined)
    await (await import('../../fields/filter/compile.ts')).displayFilter(displayFilter);
  return {
    print: { ...printOptions(flags), nano: flags.nano === true || flags.timeStampPrecision === 'nano' },
    resolve: flags.resolve === true,
    fields,
    displayFilter,
    verdicts: flags.analyze === true,
  };
}

async function analysisOf(flags: CaptureFlags): Promise<AnalysisPlan | undefined> {
  const { write, store, assert, junit } = flags;
  if (junit !== undefined) (await import('../assertions.ts')).checkJunit(junit, assert);
  const assertions =
    assert === undefined ? [] : (await import('../../report/assertions.ts')).parseAssertions(assert);
  if (!analyzes(flags)) return undefined;
  const single = write !== undefined && write !== '-' && (flags.C ?? flags.G) === undefined;
  return {
    maxConnections: flags.maxConnections,
    report: flags.analyze === true,
    assertions,
    junit,
    store: store === undefined ? undefined : { target: store, file: single ? resolve(write) : undefined },
  };
}

/** Whether the packets are printed. */
function prints(flags: CaptureFlags): boolean {
  return flags.write === undefined ? !flags.json : flags.print === true;
}

/** Whether TCP is analyzed. */
function analyzes({ analyze, assert, store }: CaptureFlags): boolean {
  return analyze === true || assert !== undefined || store !== undefined;
}

/** Whether they are written as pcapng. */
function inPcapng(flags: CaptureFlags): boolean {
  return flags.write !== undefined && (flags.pcapng === true || /\.pcapng(\.gz)?$/i.test(flags.write));
}

/** Whether time stamps have nanoseconds. pcapng has room for them, so there they are kept unless asked otherwise. */
function inNanoseconds(flags: CaptureFlags): boolean {
  if (flags.timeStampPrecision !== undefined) return flags.timeStampPrecision === 'nano';
  return flags.nano === true || inPcapng(flags);
}

/** Whether the packets go into a pcap file and nowhere else: then no JavaScript needs to see them. */
function isPlain(flags: CaptureFlags): boolean {
  const { write } = flags;
  if (
    write === undefined ||
    write === '-' ||
    inPcapng(flags) ||
    prints(flags) ||
    flags.drops ||
    flags.process ||
    flags.packetBuffered ||
    analyzes(flags)
  )
    return false;
  if ((flags.C ?? flags.G ?? flags.maxSize ?? flags.postrotateCommand) !== undefined) return false;
  if (/\.gz$/i.test(write)) return false;
  return statSync(write, { throwIfNoEntry: false })?.isFile() ?? true;
}
