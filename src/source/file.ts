// Packets from a capture file.
import { closeSync, openSync, readSync } from 'node:fs';
import { Batch } from '../base/batch.ts';
import { NscapError } from '../errors.ts';
import { FILE_HEADER_LENGTH, PcapParser } from '../file/pcap.ts';
import type { Interface, PacketSource } from './source.ts';

const BUFFER_SIZE = 1 << 20;

/** Opens a capture file. Throws NscapError where it cannot be read or is no capture. */
export async function openFile(path: string): Promise<PacketSource> {
  return new FileSource(path);
}

class FileSource implements PacketSource {
  readonly interfaces: Interface[] = [];
  damage: string | undefined;
  private readonly descriptor: number;
  private buffer = new Uint8Array(BUFFER_SIZE);
  private readonly parser = new PcapParser();
  private readonly batch = new Batch();
  private at = 0;
  private end = 0;
  private fileOffset = 0;

  constructor(path: string) {
    try {
      this.descriptor = openSync(path, 'r');
    } catch (error) {
      throw new NscapError('FILE', `cannot open ${path}: ${(error as Error).message}`);
    }
    this.end = readSync(this.descriptor, this.buffer);
    if (!this.parser.header(new DataView(this.buffer.buffer, 0, this.end))) {
      closeSync(this.descriptor);
      throw new NscapError('FORMAT', `${path} is no capture file`);
    }
    this.at = FILE_HEADER_LENGTH;
    this.interfaces.push({
      linkType: this.parser.linkType,
      snaplen: this.parser.snaplen,
      name: '',
      description: '',
    });
  }

  async next(): Promise<Batch | null> {
    const batch = this.batch;
    batch.reset(this.buffer, batch.first + batch.count);
    for (;;) {
      this.at = this.parser.fill(batch, this.at, this.end);
      if (batch.count > 0) return batch;
      this.buffer.copyWithin(0, this.at, this.end);
      this.fileOffset += this.at;
      this.end -= this.at;
      this.at = 0;
      const read = readSync(this.descriptor, this.buffer, this.end, this.buffer.length - this.end, null);
      if (read === 0) {
        if (this.end > 0) this.damage = `cut short in the middle of a packet at byte ${this.fileOffset}`;
        return null;
      }
      this.end += read;
    }
  }

  async close(): Promise<void> {
    closeSync(this.descriptor);
  }
}
