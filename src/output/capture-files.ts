// Where `capture -w` writes: one file or a ring of them, pcap or pcapng, never with half a packet at its end.
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import os from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Batch } from '../base/batch.ts';
import { escapeControls } from '../base/escape-controls.ts';
import {
  type Interface,
  type InterfaceNames,
  type InterfaceStatistics,
  type Moment,
  recordedName,
} from '../base/interface.ts';
import { Text } from '../base/text.ts';
import { LITTLE_ENDIAN } from '../binding/libc.ts';
import type { User } from '../binding/privilege.ts';
import { formatTime } from '../binding/time.ts';
import { cannotWrite, NscapError } from '../errors.ts';
import { RECORD_HEADER_LENGTH } from '../file/pcap.ts';
import { PcapWriter } from '../file/pcap-writer.ts';
import { ENHANCED_PACKET } from '../file/pcapng.ts';
import { type AddressName, PcapngWriter, type Section } from '../file/pcapng-writer.ts';
import { createFile } from './create.ts';
import type { LiveSource } from '../source/live.ts';
import { interfaceNames } from '../source/source.ts';
import { ETHERNET, LINUX_SLL2, SLL2_INTERFACE } from '../wire/linktype.ts';
import { type CaptureFlags, inNanoseconds, inPcapng } from '../cli/capture/flags.ts';
import type { FileSummary } from '../cli/capture/status.ts';

declare const __VERSION__: string;

/** Interfaces captured on at a time at most. */
const MOST_INTERFACES = 0x10000;
/** Bytes of an interface description at most, as far as a limit of size is concerned. */
const LONGEST_DESCRIPTION = 1024;
/** And of a comment, with its option. */
const LONGEST_COMMENT = 128;

/** When to begin a new file, as tcpdump has it. Zero: never. */
export interface Rotation {
  /** -C: bytes after which the next packet goes into a new file. */
  size: number;
  /** -G: seconds after which it does. */
  seconds: number;
  /** -W: with -C, files in the ring; with -G alone, files after which to end. */
  files: number;
}

/** What pcapng files say besides. */
export interface OutputExtras {
  /** Names of addresses. */
  names?: readonly AddressName[];
  /** A comment for record `index`. */
  comment?: ((batch: Batch, index: number) => string | undefined) | undefined;
}

export interface OutputOptions extends OutputExtras {
  /** The file's name, or its pattern, or `-`. */
  path: string;
  interfaces: readonly Interface[];
  interfaceName: InterfaceNames;
  /** pcapng, with this section header; otherwise pcap. */
  section?: Section;
  /** pcap time stamps in nanoseconds. */
  nanoseconds: boolean;
  rotation: Rotation;
  /** Bytes that all files together may have. */
  limit: number;
  /** -z: run with the name of each file that is finished. */
  command: string | undefined;
  /** Who gets the files. */
  user: User | undefined;
  /** What was counted on each interface so far, for the end of each pcapng file. */
  statistics(): InterfaceStatistics[];
}

/** The output that the options ask for, its first file made. */
export function openOutput(
  flags: Partial<CaptureFlags>,
  capture: LiveSource,
  started: Date,
  user: User | undefined,
  extras: OutputExtras = {},
): CaptureOutput {
  const start = moment(started);
  return new CaptureOutput({
    path: flags.write!,
    interfaces: capture.interfaces,
    interfaceName: interfaceNames(capture),
    ...(inPcapng(flags) ? { section: section() } : {}),
    ...extras,
    nanoseconds: inNanoseconds(flags),
    rotation: { size: flags.C ?? 0, seconds: flags.G ?? 0, files: flags.W ?? 0 },
    limit: flags.maxSize ?? Number.POSITIVE_INFINITY,
    user,
    command: flags.write === '-' ? undefined : flags.postrotateCommand,
    statistics: () =>
      capture.tallies().map(({ captured, received, dropped, interfaceDropped }) => ({
        start,
        end: moment(new Date()),
        delivered: captured,
        ...(received === undefined ? {} : { accepted: received }),
        ...(dropped === undefined ? {} : { osDropped: dropped }),
        ...(interfaceDropped === undefined ? {} : { dropped: interfaceDropped }),
      })),
  });
}

function section(): Section {
  const model = os.cpus()[0]?.model.trim();
  return {
    ...(model === undefined ? {} : { hardware: `${model} (${os.machine()})` }),
    os: `${os.type()} ${os.release()}`,
    application: `nscap ${__VERSION__}`,
  };
}

function moment(date: Date): Moment {
  const milliseconds = date.getTime();
  return { seconds: Math.floor(milliseconds / 1000), nanoseconds: (milliseconds % 1000) * 1_000_000 };
}

/** A capture's packets on their way into files. */
export class CaptureOutput {
  /** Bytes of each file written, in order; a name used again in a ring is there once. */
  private readonly lengths = new Map<string, number>();
  /** Packets and bytes written to all files. */
  packets = 0;
  bytes = 0;
  /** True once no further packet may be written: the limit, or -W with -G. */
  full = false;
  /** What the next packet of a pcapng file has as a comment. */
  comment: (() => string | undefined) | undefined;
  private readonly options: OutputOptions;
  private readonly text = new Text(1 << 18);
  private readonly pcap: PcapWriter;
  private readonly pcapng: PcapngWriter | undefined;
  private descriptor = -1;
  /** Numbers, in the pcapng file being written, of the source's interfaces described there. */
  private readonly numbers: number[] = [];
  /** Those of the interfaces that `any` stands for. */
  private readonly realNumbers = new Map<number, number>();
  private path = '';
  /** Bytes in the file being written. */
  private size = 0;
  private periodStart = Math.floor(Date.now() / 1000);
  private period = 0;
  private number = 0;

  constructor(options: OutputOptions) {
    this.options = options;
    const { interfaces, section, nanoseconds } = options;
    // Of dropped packets the interfaces are found as they come.
    const { linkType, snaplen } = interfaces[0] ?? { linkType: ETHERNET, snaplen: 0 };
    if (section === undefined && interfaces.some((one) => one.linkType !== linkType)) {
      throw new NscapError('FORMAT', 'a pcap file holds one link type, and these interfaces have several', {
        hint: 'pcapng holds them: write to a name that ends in .pcapng, or use --pcapng',
      });
    }
    this.pcap = new PcapWriter(this.text, { linkType, snaplen, nanoseconds });
    if (section !== undefined) this.pcapng = new PcapngWriter(this.text);
    this.open();
  }

  /**
   * Writes a batch; where `records` are given they are its packets as pcap records, one behind the other, and are taken
   * as they are. Throws NscapError where writing fails, and the EPIPE error where nobody reads any more.
   */
  write(batch: Batch, records?: Uint8Array): void {
    const { rotation, limit } = this.options;
    const raw = this.pcapng === undefined && LITTLE_ENDIAN ? records : undefined;
    if (rotation.size === 0 && rotation.seconds === 0 && limit === Number.POSITIVE_INFINITY) {
      this.emit(batch, 0, batch.count, raw);
      return;
    }
    let from = 0;
    let pending = 0;
    for (let i = 0; i < batch.count; i++) {
      if (this.due(batch.seconds[i]!, this.size + pending)) {
        this.emit(batch, from, i, raw);
        this.rotate(batch.seconds[i]!);
        if (this.full) return;
        from = i;
        pending = 0;
      }
      const length = this.recordLength(batch, i);
      if (this.bytes + pending + length > limit) {
        this.full = true;
        this.emit(batch, from, i, raw);
        return;
      }
      pending += length;
    }
    this.emit(batch, from, batch.count, raw);
  }

  get files(): FileSummary[] {
    return Array.from(this.lengths, ([path, bytes]) => ({ path, bytes }));
  }

  /** Finishes the last file. */
  close(): void {
    if (this.descriptor < 0) return;
    this.finish();
  }

  private due(seconds: number, size: number): boolean {
    const { rotation } = this.options;
    return (
      (rotation.seconds > 0 && seconds - this.periodStart >= rotation.seconds) ||
      (rotation.size > 0 && size > rotation.size)
    );
  }

  /** tcpdump's order: first whether a new period begins, whose files are numbered from 0 again, then the size. */
  private rotate(seconds: number): void {
    const { rotation } = this.options;
    this.finish();
    if (rotation.seconds > 0 && seconds - this.periodStart >= rotation.seconds) {
      this.periodStart = seconds;
      this.period++;
      this.number = 0;
      if (rotation.size === 0 && rotation.files > 0 && this.period >= rotation.files) {
        this.full = true;
        return;
      }
    } else {
      this.number++;
      if (rotation.files > 0 && this.number >= rotation.files) this.number = 0;
    }
    this.open();
  }

  /** The next file's name: tcpdump's MakeFilename. */
  private name(): string {
    const { path, rotation } = this.options;
    const base = rotation.seconds > 0 ? formatTime(path, this.periodStart) : path;
    if (rotation.size === 0) return base;
    const width = rotation.files > 1 ? String(rotation.files - 1).length : 0;
    return this.number === 0 && width === 0 ? base : base + String(this.number).padStart(width, '0');
  }

  private open(): void {
    const { section, user } = this.options;
    this.path = this.options.path === '-' ? 'standard output' : this.name();
    this.descriptor = this.options.path === '-' ? 1 : createFile(this.path, user);
    this.lengths.delete(this.path);
    this.size = 0;
    if (section === undefined) this.pcap.header();
    else {
      this.pcapng!.section(section);
      this.numbers.length = 0;
      this.realNumbers.clear();
      this.describe();
      this.pcapng!.names(this.options.names ?? []);
    }
    this.flush();
  }

  /** Describes the interfaces that the file does not know yet: a source may find further ones. */
  private describe(): void {
    const { interfaces } = this.options;
    for (const one of interfaces.slice(this.numbers.length)) this.numbers.push(this.pcapng!.interface(one));
  }

  private finish(): void {
    if (this.pcapng !== undefined) this.describe();
    this.options.statistics().forEach((counts, i) => {
      this.pcapng?.statistics(this.numbers[i]!, counts);
    });
    this.flush();
    // Standard output is not ours to close.
    if (this.descriptor !== 1) closeSync(this.descriptor);
    this.descriptor = -1;
    if (this.options.command !== undefined) runOn(this.options.command, this.path);
  }

  private emit(batch: Batch, from: number, to: number, raw: Uint8Array | undefined): void {
    if (from === to) return;
    if (raw !== undefined) {
      const start = batch.offset[from]! - RECORD_HEADER_LENGTH;
      const end = batch.offset[to - 1]! + batch.captured[to - 1]!;
      this.put(batch.bytes, start, end);
    } else {
      if (this.pcapng !== undefined) this.describe();
      const { comment } = this.options;
      for (let i = from; i < to; i++) {
        if (this.pcapng === undefined) this.pcap.record(batch, i);
        else this.pcapng.record(batch, i, this.interfaceId(batch, i), this.comment?.(), comment?.(batch, i));
      }
      this.flush();
    }
    this.packets += to - from;
  }

  /** The number, in the pcapng file being written, of the interface that a packet was captured on. */
  private interfaceId(batch: Batch, i: number): number {
    const number = batch.interface[i]!;
    const key = this.realInterface(batch, i);
    if (key === undefined) return this.numbers[number]!;
    let id = this.realNumbers.get(key);
    if (id === undefined) {
      const any = this.options.interfaces[number]!;
      const name = this.options.interfaceName(number, Math.floor(key / MOST_INTERFACES));
      id = this.pcapng!.interface({ ...any, ...nameOf(any, name) });
      this.realNumbers.set(key, id);
    }
    return id;
  }

  /** Of a packet captured on `any`: its interface there, by the index that its header has. */
  private realInterface(batch: Batch, i: number): number | undefined {
    if (batch.linkType[i] !== LINUX_SLL2 || batch.captured[i]! < SLL2_INTERFACE + 4) return undefined;
    const number = batch.interface[i]!;
    if (recordedName(this.options.interfaces[number]!.name) !== undefined) return undefined;
    return number + MOST_INTERFACES * batch.view.getUint32(batch.offset[i]! + SLL2_INTERFACE);
  }

  private flush(): void {
    this.put(this.text.bytes, 0, this.text.length);
    this.text.clear();
  }

  private put(bytes: Uint8Array, start: number, end: number): void {
    if (start < end && this.descriptor !== 1 && /\.gz$/i.test(this.options.path)) {
      // Members of a gzip file (RFC 1952, 2.2) one behind the other: each is whole by itself.
      const packed = gzipSync(bytes.subarray(start, end));
      this.send(packed, 0, packed.length);
    } else this.send(bytes, start, end);
  }

  private send(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    try {
      while (at < end) at += writeSync(this.descriptor, bytes, at, end - at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') throw error;
      if (code === 'EAGAIN') {
        // A pipe that somebody made non-blocking: wait for its reader.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        this.account(at - start);
        this.send(bytes, at, end);
        return;
      }
      this.cut(bytes, start, at);
      throw cannotWrite(this.path, error);
    }
    this.account(end - start);
  }

  private account(bytes: number): void {
    this.size += bytes;
    this.bytes += bytes;
    this.lengths.set(this.path, this.size);
  }

  /** Takes the half record at the file's end away, where a write ended at `at` instead of at a record's end. */
  private cut(bytes: Uint8Array, start: number, at: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    let whole = start;
    // The header of a file comes in one piece with nothing else; a part of it is no use.
    const packed = /\.gz$/i.test(this.options.path);
    while (!packed && this.size > 0 && whole + RECORD_HEADER_LENGTH <= at) {
      const length =
        this.pcapng === undefined
          ? RECORD_HEADER_LENGTH + view.getUint32(whole + 8, true)
          : view.getUint32(whole + 4, true);
      if (whole + length > at) break;
      if (this.pcapng === undefined || view.getUint32(whole, true) === ENHANCED_PACKET) this.packets++;
      whole += length;
    }
    this.account(whole - start);
    const { descriptor } = this;
    if (descriptor === 1) return;
    this.descriptor = -1;
    if (fstatSync(descriptor).isFile()) ftruncateSync(descriptor, this.size);
    closeSync(descriptor);
  }

  private recordLength(batch: Batch, i: number): number {
    const captured = batch.captured[i]!;
    if (this.pcapng === undefined) return RECORD_HEADER_LENGTH + captured;
    const options = batch.optionsLength[i]! > 0 ? batch.optionsLength[i]! + 4 : batch.flags[i] === 0 ? 0 : 12;
    const real = this.realInterface(batch, i);
    const description = real === undefined || this.realNumbers.has(real) ? 0 : LONGEST_DESCRIPTION;
    const comment = this.options.comment === undefined ? 0 : LONGEST_COMMENT;
    return 32 + ((captured + 3) & ~3) + options + description + comment;
  }
}

/** Name and description of one of the interfaces that `any` stands for. */
function nameOf(any: Interface, name: string): { name: string; description: string } {
  const namespace = any.name.slice(0, any.name.lastIndexOf(':') + 1);
  return { name: namespace + name, description: any.description.replace('all interfaces of', `${name} in`) };
}

/** Runs `command FILE`, whose output does not mix with ours; the capture ends when it has. */
function runOn(command: string, path: string): void {
  const failed = (why: string) => {
    process.stderr.write(`nscap: ${escapeControls(command)} ${escapeControls(path)}: ${why}\n`);
    process.exitCode = 1;
  };
  const child = spawn(command, [path], { stdio: ['ignore', 2, 2] });
  child.on('error', ({ errno, message }: NodeJS.ErrnoException) =>
    failed(getSystemErrorMap().get(errno ?? 0)?.[1] ?? message),
  );
  child.on('exit', (status, signal) => {
    if (status !== 0 && status !== null) failed(`exit status ${status}`);
    else if (signal !== null) failed(`ended by ${signal}`);
  });
}
