// Files of a live capture: one or a ring of them, pcap or pcapng, never with half a packet at their end.
import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import os from 'node:os';
import { gzipSync } from 'node:zlib';
import type { Batch } from '../base/batch.ts';
import {
  type Interface,
  type InterfaceNames,
  type InterfaceStatistics,
  interfaceNames,
  momentOf,
  recordedName,
} from '../base/interface.ts';
import { Text } from '../base/text.ts';
import { LITTLE_ENDIAN } from '../binding/libc.ts';
import type { User } from '../binding/privilege.ts';
import { cannotWrite, NscapError } from '../errors.ts';
import { RECORD_HEADER_LENGTH } from '../file/pcap.ts';
import { PcapWriter } from '../file/pcap-writer.ts';
import { type AddressName, PcapngWriter, type Section } from '../file/pcapng-writer.ts';
import type { LiveSource } from '../source/live.ts';
import { ETHERNET, LINUX_SLL2, SLL2_INTERFACE } from '../wire/linktype.ts';
import { createFile } from './create.ts';
import { Rotation, type RotationPlan } from './rotation.ts';
import { wholeRecords } from './whole-records.ts';

declare const __VERSION__: string;

/** Interfaces captured on at a time at most. */
const MOST_INTERFACES = 0x10000;
/** Bytes of an interface description at most, as far as a limit of size is concerned. */
const LONGEST_DESCRIPTION = 1024;
/** And of a comment, with its option. */
const LONGEST_COMMENT = 128;

/** A file written, and its length in bytes. */
export interface FileSummary {
  path: string;
  bytes: number;
}

export interface CaptureFilesOptions {
  /** The file's name, with a rotation by time a strftime(3) pattern of it; or `-`. */
  path: string;
  /** pcapng instead of pcap. */
  pcapng: boolean;
  /** pcap: time stamps in nanoseconds instead of microseconds. */
  nanoseconds: boolean;
  /** When the capture began. */
  started: Date;
  /** Absent: one file. */
  rotation?: RotationPlan;
  /** Bytes that all files together may have; absent: no limit. */
  limit?: number | undefined;
  /** Who gets the files; absent: who runs this. */
  user?: User | undefined;
  /** pcapng: names of addresses. */
  names?: readonly AddressName[];
  /** pcapng: a comment for record `index`. */
  comment?: ((batch: Batch, index: number) => string | undefined) | undefined;
  /** Called with the name of each file that is finished. */
  finished?: ((path: string) => void) | undefined;
}

function section(): Section {
  const model = os.cpus()[0]?.model.trim();
  return {
    ...(model === undefined ? {} : { hardware: `${model} (${os.machine()})` }),
    os: `${os.type()} ${os.release()}`,
    application: `nscap ${__VERSION__}`,
  };
}

/** A capture's packets on their way into files. */
export class CaptureFiles {
  /** Bytes of each file written, in order; a name used again in a ring is there once. */
  private readonly lengths = new Map<string, number>();
  /** Packets and bytes written to all files. */
  packets = 0;
  bytes = 0;
  /** True once no further packet may be written: the limit, or -W with -G. */
  full = false;
  /** What the next packet of a pcapng file has as a comment. */
  comment: (() => string | undefined) | undefined;
  private readonly capture: LiveSource;
  private readonly options: CaptureFilesOptions;
  private readonly interfaces: readonly Interface[];
  private readonly interfaceName: InterfaceNames;
  private readonly rotation: Rotation;
  private readonly limit: number;
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

  /** Makes the first file. @throws NscapError FORMAT where a pcap file cannot have all interfaces, FILE */
  constructor(capture: LiveSource, options: CaptureFilesOptions) {
    const { pcapng, nanoseconds, rotation, limit = Number.POSITIVE_INFINITY } = options;
    const { interfaces } = capture;
    this.capture = capture;
    this.interfaces = interfaces;
    this.options = options;
    this.interfaceName = interfaceNames(capture);
    this.rotation = new Rotation(options.path, rotation);
    this.limit = limit;
    // Of dropped packets the interfaces are found as they come.
    const { linkType, snaplen } = interfaces[0] ?? { linkType: ETHERNET, snaplen: 0 };
    if (!pcapng && interfaces.some((one) => one.linkType !== linkType)) {
      throw new NscapError('FORMAT', 'a pcap file holds one link type, and these interfaces have several', {
        hint: 'pcapng holds them: write to a name that ends in .pcapng, or use --pcapng',
      });
    }
    this.pcap = new PcapWriter(this.text, { linkType, snaplen, nanoseconds });
    if (pcapng) this.pcapng = new PcapngWriter(this.text);
    this.open();
  }

  /**
   * Writes a batch; where `records` are given they are its packets as pcap records, one behind the other, and are written
   * unchanged. Throws NscapError where writing fails, and the EPIPE error where the reader has gone away.
   */
  write(batch: Batch, records?: Uint8Array): void {
    const { rotation, limit } = this;
    const raw = this.pcapng === undefined && LITTLE_ENDIAN ? records : undefined;
    if (!rotation.wanted && limit === Number.POSITIVE_INFINITY) {
      this.emit(batch, 0, batch.count, raw);
      return;
    }
    let from = 0;
    let pending = 0;
    for (let i = 0; i < batch.count; i++) {
      if (rotation.due(batch.seconds[i], this.size + pending)) {
        this.emit(batch, from, i, raw);
        this.finish();
        this.full = !rotation.advance(batch.seconds[i]);
        if (this.full) return;
        this.open();
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

  private open(): void {
    const { path, user, names } = this.options;
    this.path = path === '-' ? 'standard output' : this.rotation.name();
    this.descriptor = path === '-' ? 1 : createFile(this.path, user);
    this.lengths.delete(this.path);
    this.size = 0;
    if (this.pcapng === undefined) this.pcap.header();
    else {
      this.pcapng.section(section());
      this.numbers.length = 0;
      this.realNumbers.clear();
      this.describe();
      this.pcapng.names(names ?? []);
    }
    this.flush();
  }

  /** Describes the interfaces that the file does not know yet: a source may find further ones. */
  private describe(): void {
    for (const one of this.interfaces.slice(this.numbers.length))
      this.numbers.push(this.pcapng!.interface(one));
  }

  private finish(): void {
    if (this.pcapng !== undefined) this.statistics(this.pcapng);
    this.flush();
    // Standard output is not ours to close.
    if (this.descriptor !== 1) closeSync(this.descriptor);
    this.descriptor = -1;
    if (this.options.path !== '-') this.options.finished?.(this.path);
  }

  /** What was counted on each interface so far. */
  private statistics(pcapng: PcapngWriter): void {
    this.describe();
    const [start, end] = [momentOf(this.options.started.getTime()), momentOf(Date.now())];
    for (const [i, tally] of this.capture.tallies().entries()) {
      const { captured, received, dropped, interfaceDropped } = tally;
      const counts: InterfaceStatistics = { start, end, delivered: captured };
      if (received !== undefined) counts.accepted = received;
      if (dropped !== undefined) counts.osDropped = dropped;
      if (interfaceDropped !== undefined) counts.dropped = interfaceDropped;
      pcapng.statistics(this.numbers[i], counts);
    }
  }

  private emit(batch: Batch, from: number, to: number, raw: Uint8Array | undefined): void {
    if (from === to) return;
    if (raw !== undefined) {
      const start = batch.offset[from] - RECORD_HEADER_LENGTH;
      const end = batch.offset[to - 1] + batch.captured[to - 1];
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
    const number = batch.interface[i];
    const key = this.realInterface(batch, i);
    if (key === undefined) return this.numbers[number];
    let id = this.realNumbers.get(key);
    if (id === undefined) {
      const any = this.interfaces[number];
      const name = this.interfaceName(number, Math.floor(key / MOST_INTERFACES));
      id = this.pcapng!.interface({ ...any, ...nameOf(any, name) });
      this.realNumbers.set(key, id);
    }
    return id;
  }

  /** Of a packet captured on `any`: its interface there, by the index that its header has. */
  private realInterface(batch: Batch, i: number): number | undefined {
    if (batch.linkType[i] !== LINUX_SLL2 || batch.captured[i] < SLL2_INTERFACE + 4) return undefined;
    const number = batch.interface[i];
    if (recordedName(this.interfaces[number].name) !== undefined) return undefined;
    return number + MOST_INTERFACES * batch.view.getUint32(batch.offset[i] + SLL2_INTERFACE);
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
        // A non-blocking pipe: wait for its reader.
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
    // The header of a file comes in one piece with nothing else, and so does a member of gzip: a part of it is no use.
    const isPart = this.size === 0 || /\.gz$/i.test(this.options.path);
    const { end, packets } = wholeRecords(bytes, start, isPart ? start : at, this.pcapng !== undefined);
    this.packets += packets;
    this.account(end - start);
    const { descriptor } = this;
    if (descriptor === 1) return;
    this.descriptor = -1;
    if (fstatSync(descriptor).isFile()) ftruncateSync(descriptor, this.size);
    closeSync(descriptor);
  }

  private recordLength(batch: Batch, i: number): number {
    const captured = batch.captured[i];
    if (this.pcapng === undefined) return RECORD_HEADER_LENGTH + captured;
    const options = batch.optionsLength[i] > 0 ? batch.optionsLength[i] + 4 : batch.flags[i] === 0 ? 0 : 12;
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
