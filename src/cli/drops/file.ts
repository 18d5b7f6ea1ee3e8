// The pcapng file of `nscap drops -w`.
import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import os from 'node:os';
import { Text } from '../../base/text.ts';
import { DropBatches } from '../../drops/batch.ts';
import type { DropEvent } from '../../drops/event.ts';
import { cannotWrite } from '../../errors.ts';
import { PcapngWriter } from '../../file/pcapng-writer.ts';
import { createFile } from '../create.ts';
import type { User } from '../privilege.ts';

declare const __VERSION__: string;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Writes dropped packets, each with its reason as a comment; interfaces are described as they are met. */
export class DropFile {
  packets = 0;
  private readonly path: string;
  private readonly descriptor: number;
  private readonly text = new Text(1 << 16);
  private readonly writer = new PcapngWriter(this.text);
  private readonly batches = new DropBatches();
  private described = 0;
  private size = 0;

  /** `-` is standard output. Throws NscapError where the file cannot be made. */
  constructor(path: string, user: User | undefined) {
    this.path = path === '-' ? 'standard output' : path;
    this.descriptor = path === '-' ? 1 : createFile(path, user);
    this.writer.section({ os: `${os.type()} ${os.release()}`, application: `nscap ${__VERSION__}` });
    this.flush();
  }

  /** `missed` packets before these were dropped, too, but are not there. */
  write(events: readonly DropEvent[], missed: number): void {
    const batch = this.batches.batch(events, missed);
    const { interfaces } = this.batches;
    for (; this.described < interfaces.length; this.described++) {
      this.writer.interface(interfaces[this.described]!);
    }
    this.writer.records(batch);
    this.flush();
    this.packets += batch.count;
  }

  /** The counts of all: they are known of the kernel as a whole, and so stand at the first interface. */
  close(dropped: number, lost: number): void {
    if (this.described > 0) {
      this.writer.statistics(0, { received: dropped, osDropped: lost, delivered: this.packets });
      this.flush();
    }
    if (this.descriptor !== 1) closeSync(this.descriptor);
  }

  private flush(): void {
    const { bytes, length } = this.text;
    for (let at = 0; at < length; ) {
      try {
        at += writeSync(this.descriptor, bytes, at, length - at);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EPIPE') throw error;
        if (code !== 'EAGAIN') {
          // What was written before stays a whole file.
          if (fstatSync(this.descriptor).isFile()) ftruncateSync(this.descriptor, this.size);
          throw cannotWrite(this.path, error);
        }
        Atomics.wait(sleeper, 0, 0, 5);
      }
    }
    this.size += length;
    this.text.clear();
  }
}
