// One capture from its opening to its closing lines: sources, privileges, output, signals.
import { statSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import os from 'node:os';
import { dirname } from 'node:path';
import type { Interface, InterfaceStatistics, Moment } from '../../base/interface.ts';
import { CapHandle, SHORTCOMINGS } from '../../binding/cap.ts';
import { Handle } from '../../binding/libpcap.ts';
import { NscapError } from '../../errors.ts';
import type { Section } from '../../file/pcapng-writer.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { PacketPrinter } from '../../print/packet.ts';
import { CapSource } from '../../source/cap.ts';
import { InterfaceSource, type LiveCapture, type LiveSource } from '../../source/live.ts';
import { MergedSource } from '../../source/merged.ts';
import { Recorder } from '../../source/recorder.ts';
import { printOptions } from '../print-options.ts';
import { become, type User, userBehindSudo, userNamed } from '../privilege.ts';
import { Closed, Sink } from '../sink.ts';
import type { CaptureFlags } from './flags.ts';
import { CaptureOutput, createFile } from './output.ts';
import { closingLines, type FileSummary, StatusLine, summary, total } from './status.ts';

declare const __VERSION__: string;

/** Milliseconds until the kernel hands over a packet that is alone. */
const TIMEOUT = 10;
/** Milliseconds between two looks whether the namespace is still there. */
const WATCH = 500;

/** Why a capture ended. */
export type Reason =
  | 'count'
  | 'duration'
  | 'size'
  | 'files'
  | 'signal'
  | 'interface gone'
  | 'namespace gone'
  | 'end of input'
  | 'failure';

/** Captures on interfaces of the namespace this process is in. */
export async function captureHere(
  namespace: Namespace,
  names: string[],
  filter: string,
  flags: CaptureFlags,
): Promise<void> {
  const session = new Session(flags, () => isGone(namespace));
  if (flags.binding === 'cap') {
    const { snapshotLength, bufferSize, count } = flags;
    const sources = names.map((name) => {
      const handle = new CapHandle(name, filter, snapshotLength, bufferSize);
      session.listening.push(
        `listening on ${name}, link-type ${handle.linkName}, snapshot length ${snapshotLength} bytes`,
      );
      const about = describe(namespace, name, filter, handle.linkType, snapshotLength);
      return new CapSource(handle, about, names.length === 1 ? count : undefined);
    });
    session.warnings.push(SHORTCOMINGS);
    await session.run(one(sources, count));
    return;
  }
  const handles = names.map((name) => open(name, filter, flags, namespace));
  for (const handle of handles) {
    session.warnings.push(...handle.warnings);
    const { name, description } = handle.linkType;
    session.listening.push(
      `listening on ${handle.device}, link-type ${name} (${description}), snapshot length ${handle.snaplen} bytes`,
    );
  }
  const [handle] = handles as [Handle];
  const about = handles.map((each) =>
    describe(namespace, each.device, filter, each.fileLinkType, each.snaplen),
  );
  if (handles.length === 1 && isPlain(flags)) await session.record(handle, about[0]!);
  else {
    const limit = handles.length === 1 ? flags.count : undefined;
    await session.run(
      one(
        handles.map((each, i) => new InterfaceSource(each, about[i]!, limit)),
        flags.count,
      ),
    );
  }
}

function one(sources: LiveSource[], limit: number | undefined): LiveSource {
  return sources.length === 1 ? sources[0]! : new MergedSource(sources, limit);
}

function open(name: string, filter: string, flags: CaptureFlags, { label }: Namespace): Handle {
  const { bufferSize, immediateMode, timeStampType, direction } = flags;
  // tcpdump too asks for the newer cooked header, which tells the interface.
  const linkType = flags.linktype ?? (name === 'any' ? 'LINUX_SLL2' : undefined);
  const handle = new Handle(name, {
    snaplen: flags.snapshotLength,
    promiscuous: flags.promiscuousMode,
    timeout: TIMEOUT,
    immediate: immediateMode === true,
    bufferKib: bufferSize,
    nanoseconds: inNanoseconds(flags),
    ...(timeStampType === undefined ? {} : { timestampType: timeStampType }),
    ...(direction === undefined ? {} : { direction }),
    ...(linkType === undefined ? {} : { linkType }),
  });
  if (filter.trim() !== '') {
    try {
      handle.setFilter(filter);
    } catch (error) {
      handle.close();
      throw error;
    }
  }
  if (flags.write === undefined && !flags.json && !PacketPrinter.knows(handle.fileLinkType)) {
    const type = handle.linkType;
    handle.close();
    throw new NscapError(
      'LINK_TYPE',
      `packets of link type ${type.name} (${type.description}) on ${label}:${name} cannot be printed`,
      {
        hint: '-w FILE writes them to a file',
      },
    );
  }
  return handle;
}

function describe(
  { label }: Namespace,
  name: string,
  filter: string,
  linkType: number,
  snaplen: number,
): Interface {
  return {
    name: `${label}:${name}`,
    description:
      name === 'any'
        ? `all interfaces of network namespace ${label}`
        : `${name} in network namespace ${label}`,
    os: `${os.type()} ${os.release()}`,
    ...(filter === '' ? {} : { filter }),
    linkType,
    snaplen,
  };
}

function section(): Section {
  const model = os.cpus()[0]?.model.trim();
  return {
    ...(model === undefined ? {} : { hardware: `${model} (${os.machine()})` }),
    os: `${os.type()} ${os.release()}`,
    application: `nscap ${__VERSION__}`,
  };
}

export function inPcapng(flags: CaptureFlags): boolean {
  return flags.write !== undefined && (flags.pcapng === true || /\.pcapng$/i.test(flags.write));
}

/** pcapng has room for nanoseconds, so they are kept there even where microseconds are printed. */
function inNanoseconds(flags: CaptureFlags): boolean {
  return (
    flags.timeStampPrecision === 'nano' ||
    flags.nano === true ||
    (inPcapng(flags) && flags.timeStampPrecision === undefined)
  );
}

/** Whether the packets go into a pcap file and nowhere else: then no JavaScript needs to see them. */
function isPlain(flags: CaptureFlags): boolean {
  const { write } = flags;
  if (write === undefined || write === '-' || inPcapng(flags) || flags.print || flags.packetBuffered)
    return false;
  if ((flags.C ?? flags.G ?? flags.maxSize) !== undefined) return false;
  return statSync(write, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** Whether the namespace was deleted. This process being inside, it lives on, with its interfaces, but nobody sees it. */
function isGone({ kind, path, inode, label }: Namespace): boolean {
  if (kind === 'host') return false;
  const watched = kind === 'process' ? `/proc/${label.slice('pid:'.length)}` : path;
  try {
    const found = statSync(watched, { throwIfNoEntry: false });
    return found === undefined || (kind !== 'process' && found.ino !== inode);
  } catch {
    return false; // Not ours to look at any more.
  }
}

/** What all captures have in common. */
export class Session {
  /** Said once the capture is on. */
  readonly listening: string[] = [];
  readonly warnings: string[] = [];
  private readonly flags: CaptureFlags;
  private readonly gone: () => boolean;
  private readonly start = new Date();
  private reason: Reason | undefined;
  private stops = 0;
  private user: User | undefined;

  /** `gone` tells whether what is captured has ceased to exist without libpcap noticing. */
  constructor(flags: CaptureFlags, gone: () => boolean) {
    this.flags = flags;
    this.gone = gone;
  }

  /** Prints or writes what a source delivers, to its end. */
  async run(source: LiveSource): Promise<void> {
    const { flags } = this;
    try {
      await this.deliver(
        source,
        flags.write !== undefined,
        flags.write === undefined ? !flags.json : flags.print === true,
      );
    } finally {
      await source.close();
    }
  }

  private async deliver(source: LiveSource, writes: boolean, prints: boolean): Promise<void> {
    const { flags } = this;
    this.user = this.futureUser();
    const output = writes ? this.output(source) : undefined;
    await this.giveUpRoot(flags.C !== undefined || flags.G !== undefined);
    this.ready(source);
    const sink = prints ? new Sink() : undefined;
    const printer =
      sink &&
      new PacketPrinter(
        { ...printOptions(flags), nano: flags.nano === true || flags.timeStampPrecision === 'nano' },
        sink.text,
      );
    let bytes = 0;
    const status = this.status(source, () => ({ bytes, file: output?.bytes }));
    let failure: unknown;
    try {
      for (let batch = await source.next(); batch !== null && this.stops < 2; batch = await source.next()) {
        output?.write(batch, source instanceof InterfaceSource ? source.records : undefined);
        for (let i = 0; i < batch.count; i++) {
          bytes += batch.captured[i]!;
          printer?.print(batch, i);
          sink?.line();
        }
        if (sink !== undefined) status?.clear();
        sink?.flush();
        if (output?.full) {
          this.stop(source, flags.maxSize === undefined ? 'files' : 'size');
          break;
        }
      }
    } catch (error) {
      this.reason ??= error instanceof Closed ? 'end of input' : 'failure';
      if (!(error instanceof Closed)) failure = error;
    }
    await source.close();
    try {
      output?.close();
    } catch (error) {
      if (!(error instanceof Closed)) failure ??= error;
    }
    status?.end();
    this.finish(source, failure, output);
  }

  /** Lets libpcap write to a pcap file by itself. */
  async record(handle: Handle, about: Interface): Promise<void> {
    const path = this.flags.write!;
    this.user = this.futureUser();
    let recorder: Recorder;
    try {
      recorder = new Recorder(handle, about, createFile(path, this.user, true), path, this.flags.count);
    } catch (error) {
      handle.close();
      throw error;
    }
    await this.giveUpRoot(false);
    this.ready(recorder);
    const status = this.status(recorder, () => ({ bytes: recorder.size, file: recorder.size }));
    let failure: unknown;
    try {
      await recorder.run();
    } catch (error) {
      this.reason ??= 'failure';
      failure = error;
    }
    status?.end();
    this.finish(recorder, failure, undefined, [{ path, bytes: recorder.size }]);
  }

  private output(source: LiveSource): CaptureOutput {
    const { flags } = this;
    return new CaptureOutput({
      path: flags.write!,
      interfaces: source.interfaces,
      ...(inPcapng(flags) ? { section: section() } : {}),
      nanoseconds: inNanoseconds(flags),
      rotation: { size: flags.C ?? 0, seconds: flags.G ?? 0, files: flags.W ?? 0 },
      limit: flags.maxSize ?? Number.POSITIVE_INFINITY,
      user: this.user,
      statistics: () => this.statistics(source),
    });
  }

  private statistics(source: LiveCapture): InterfaceStatistics[] {
    const start = moment(this.start);
    return source.tallies().map(({ captured, received, dropped, interfaceDropped }) => ({
      start,
      end: moment(new Date()),
      delivered: captured,
      ...(received === undefined ? {} : { accepted: received }),
      ...(dropped === undefined ? {} : { osDropped: dropped }),
      ...(interfaceDropped === undefined ? {} : { dropped: interfaceDropped }),
    }));
  }

  private futureUser(): User | undefined {
    const name = this.flags.relinquishPrivileges;
    if (name === undefined) return userBehindSudo();
    const user = userNamed(name);
    return user.uid === 0 ? undefined : user;
  }

  /** Becomes the user who called sudo, or -Z's, before any packet is looked at. */
  private async giveUpRoot(rotates: boolean): Promise<void> {
    const { user, flags } = this;
    if (user === undefined || process.geteuid?.() === user.uid) return;
    if (!become(user)) {
      if (flags.relinquishPrivileges === undefined) return;
      throw new NscapError('NOT_PERMITTED', `cannot become the user '${flags.relinquishPrivileges}'`, {
        hint: 'only root can',
      });
    }
    if (!rotates) return;
    const folder = dirname(flags.write!);
    await access(folder, constants.W_OK).catch(() => {
      throw new NscapError(
        'FILE',
        `${user.name ?? `user ${user.uid}`} may not make further files in ${folder}`,
        {
          hint: '-Z root goes on as root',
        },
      );
    });
  }

  /** Says that the capture is on, and from now on heeds signals and stop conditions. */
  private ready(capture: LiveCapture): void {
    const { flags } = this;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => this.stop(capture, 'signal'));
    }
    process.on('SIGUSR1', () =>
      process.stderr.write(`nscap: ${closingLines(total(capture.tallies())).join(', ')}\n`),
    );
    if (flags.duration !== undefined) {
      setTimeout(() => this.stop(capture, 'duration'), flags.duration * 1000).unref();
    }
    setInterval(() => this.gone() && this.stop(capture, 'namespace gone'), WATCH).unref();
    const lines = [...this.warnings.map((warning) => `nscap: ${warning}`), ...this.listening];
    process.stderr.write(`${lines.join('\n')}\n`);
  }

  private stop(capture: LiveCapture, reason: Reason): void {
    this.reason ??= reason;
    if (reason === 'signal') this.stops++;
    capture.stop();
  }

  private status(
    capture: LiveCapture,
    size: () => { bytes: number; file: number | undefined },
  ): StatusLine | undefined {
    return process.stderr.isTTY && !this.flags.q ? new StatusLine(capture, size) : undefined;
  }

  /** The closing lines, and what is to be said besides; throws `failure` if there is one. */
  private finish(
    capture: LiveCapture,
    failure: unknown,
    output: CaptureOutput | undefined,
    files: FileSummary[] = output?.files ?? [],
  ): void {
    const counts = total(capture.tallies());
    const unwritten = failure === undefined || output === undefined ? 0 : counts.captured - output.packets;
    if (output !== undefined) counts.captured = output.packets;
    for (const name of capture.gone) process.stderr.write(`nscap: ${name} has disappeared\n`);
    if (this.reason === 'namespace gone') process.stderr.write('nscap: the namespace was deleted\n');
    if (this.reason === 'files') process.stderr.write(`Maximum file limit reached: ${this.flags.W}\n`);
    process.stderr.write(`${closingLines(counts, unwritten).join('\n')}\n`);
    if (this.flags.json) {
      const reason = this.reason ?? (capture.gone.length > 0 ? 'interface gone' : 'count');
      process.stdout.write(
        summary(capture, { start: this.start, end: new Date(), reason, captured: counts.captured, files }),
      );
    }
    if (failure !== undefined) throw failure;
  }
}

function moment(date: Date): Moment {
  const milliseconds = date.getTime();
  return { seconds: Math.floor(milliseconds / 1000), nanoseconds: (milliseconds % 1000) * 1_000_000 };
}
