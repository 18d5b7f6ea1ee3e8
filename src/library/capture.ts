// A capture file as an iterable of packets.
import type { Readable } from 'node:stream';
import type { Batch } from '../base/batch.ts';
import type { Interface, InterfaceNames } from '../base/interface.ts';
import { NscapError } from '../errors.ts';
import { openFile as openBatches, openStream as openBatchStream } from '../source/file.ts';
import { interfaceNames, type PacketSource } from '../source/source.ts';
import { Packet } from './packet.ts';

/**
 * Packets of a file or a live capture. There are two ways to read it, of which a program takes one:
 *
 * - `for await (const packet of capture)`: packet by packet. One object is reused, see `Packet`. The capture is closed
 *   when the loop ends, also by `break` or an error. Where a file turns out to be damaged or cut short, the loop delivers
 *   what was whole and then throws NscapError FORMAT.
 * - `next()`: batch by batch, two to three times as fast. Where a file is damaged, `damage` says so at the end.
 */
export interface Capture extends PacketSource, AsyncIterable<Packet> {}

/** How a file is opened. */
export interface FileOptions {
  /** Only packets that match this pcap-filter(7) expression; they keep their frame numbers. */
  filter?: string | undefined;
}

/**
 * Opens a capture file: pcap or pcapng, as its first bytes say, plain or compressed with gzip (zstd, where
 * Node.js has it: from 22.15 on). `-` is
 * standard input, whose packets are delivered as they arrive. Memory does not grow with the file.
 *
 * @throws NscapError FILE where it cannot be read, FORMAT where it is not a capture file, USAGE where the filter does not
 * compile (in libpcap's words)
 * @example for await (const packet of await openFile('trace.pcap', { filter: 'tcp' })) console.log(packet.iso);
 */
export async function openFile(path: string, options: FileOptions = {}): Promise<Capture> {
  return packetsOf(await openBatches(path), options.filter, path);
}

/**
 * The same from a readable stream of bytes, such as a socket or a child's standard output; `name` is what error messages
 * call it. Closing the capture destroys the stream.
 *
 * @throws NscapError as `openFile` does
 */
export async function openStream(
  stream: Readable,
  name = 'the stream',
  options: FileOptions = {},
): Promise<Capture> {
  return packetsOf(await openBatchStream(stream, name), options.filter, name);
}

/** A source of batches as a capture; `name` is what messages call it. Closes the source where the filter is wrong. */
export async function packetsOf(
  source: PacketSource,
  filter: string | undefined,
  name: string,
): Promise<Capture> {
  if (filter === undefined || filter.trim() === '') return new CaptureOf(source, name);
  try {
    const { filtered } = await import('../source/filtered.ts');
    return new CaptureOf(filtered(source, filter), name);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The capture that a path or a source means, with a filter. */
export async function captureOf(given: string | PacketSource, filter: string | undefined): Promise<Capture> {
  return typeof given === 'string'
    ? packetsOf(await openBatches(given), filter, given)
    : packetsOf(given, filter, 'the capture');
}

/** Packets of any source. */
export class CaptureOf implements Capture {
  readonly interfaceName: InterfaceNames;
  private readonly source: PacketSource;
  private readonly name: string;

  constructor(source: PacketSource, name: string, names: InterfaceNames = interfaceNames(source)) {
    this.source = source;
    this.interfaceName = names;
    this.name = name;
  }

  get interfaces(): readonly Interface[] {
    return this.source.interfaces;
  }

  get damage(): string | undefined {
    return this.source.damage;
  }

  get progress(): number | undefined {
    return this.source.progress;
  }

  get truncated(): boolean {
    return this.source.truncated === true;
  }

  next(): Promise<Batch | null> {
    return this.source.next();
  }

  close(): Promise<void> {
    return this.source.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Packet> {
    return new PacketIterator(this, this.name);
  }
}

/** Steps from packet to packet. Within a batch it returns the same promise each time: nothing is made per packet. */
class PacketIterator implements AsyncIterator<Packet> {
  private readonly capture: Capture;
  private readonly name: string;
  private readonly packet: Packet;
  private readonly step: Promise<IteratorResult<Packet>>;
  private batch: Batch | null = null;
  private index = 0;

  constructor(capture: Capture, name: string) {
    this.capture = capture;
    this.name = name;
    this.packet = new Packet(capture);
    this.step = Promise.resolve({ done: false, value: this.packet });
  }

  next(): Promise<IteratorResult<Packet>> {
    if (this.batch === null || this.index === this.batch.count) return this.more();
    this.packet.place(this.batch, this.index++);
    return this.step;
  }

  private async more(): Promise<IteratorResult<Packet>> {
    const { capture } = this;
    try {
      do this.batch = await capture.next();
      while (this.batch?.count === 0);
    } catch (error) {
      await capture.close();
      throw error;
    }
    if (this.batch !== null) {
      this.packet.place(this.batch, 0);
      this.index = 1;
      return this.step;
    }
    await capture.close();
    if (capture.damage !== undefined)
      throw new NscapError('FORMAT', `${this.name} is ${capture.damage}`, {
        hint: 'the packets before that were delivered',
      });
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Packet>> {
    await this.capture.close();
    return { done: true, value: undefined };
  }
}
