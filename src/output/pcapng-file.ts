// A pcapng file, or standard output, to which blocks are appended.
import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import os from 'node:os';
import { Text } from '../base/text.ts';
import type { User } from '../binding/privilege.ts';
import { cannotWrite } from '../errors.ts';
import { PcapngWriter } from '../file/pcapng-writer.ts';
import { createFile } from './create.ts';

declare const __VERSION__: string;

/** Bytes gathered before they are written. */
const GATHERED = 1 << 16;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

export class PcapngFile {
  readonly writer: PcapngWriter;
  private readonly path: string;
  private readonly descriptor: number;
  private readonly text = new Text(GATHERED);
  private size = 0;

  /** `-` is standard output. Throws NscapError where the file cannot be made. */
  constructor(path: string, user: User | undefined) {
    this.path = path === '-' ? 'standard output' : path;
    this.descriptor = path === '-' ? 1 : createFile(path, user);
    this.writer = new PcapngWriter(this.text);
    this.writer.section({ os: `${os.type()} ${os.release()}`, application: `nscap ${__VERSION__}` });
    this.flush();
  }

  /** Writes what was gathered, once it is much. To be called between blocks: what fails then leaves whole ones. */
  flushFull(): void {
    if (this.text.length >= GATHERED) this.flush();
  }

  flush(): void {
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

  close(): void {
    if (this.descriptor !== 1) closeSync(this.descriptor);
  }
}
