// A pcapng file, or standard output, to which blocks are appended.
import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import os from 'node:os';
import { Text } from '../base/text.ts';
import type { User } from '../binding/privilege.ts';
import { cannotWrite } from '../errors.ts';
import { PcapngWriter } from '../file/pcapng-writer.ts';
import { createFile } from './create.ts';
import { wholeRecords } from './whole-records.ts';

declare const __VERSION__: string;

/** Bytes gathered before they are written. */
const GATHERED = 1 << 16;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

export class PcapngFile {
  readonly writer: PcapngWriter;
  private readonly path: string;
  /** -1 once it is closed, or can take no more. */
  private descriptor: number;
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

  /**
   * Writes what was gathered. Throws NscapError where that fails: the file then ends with the last whole block that there
   * was room for, and takes no more. Throws the EPIPE error where the reader has gone away.
   */
  flush(): void {
    const { bytes, length } = this.text;
    this.text.clear();
    if (this.descriptor < 0) return;
    for (let at = 0; at < length; ) {
      try {
        at += writeSync(this.descriptor, bytes, at, length - at);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EAGAIN') {
          this.cut(bytes, at);
          throw code === 'EPIPE' ? error : cannotWrite(this.path, error);
        }
        Atomics.wait(sleeper, 0, 0, 5);
      }
    }
    this.size += length;
  }

  /** Ends the file before the block of which only a part was written, up to `at`. */
  private cut(bytes: Uint8Array, at: number): void {
    const { descriptor } = this;
    this.size += wholeRecords(bytes, 0, at, true).end;
    if (fstatSync(descriptor).isFile()) ftruncateSync(descriptor, this.size);
    this.close();
  }

  close(): void {
    if (this.descriptor > 1) closeSync(this.descriptor);
    this.descriptor = -1;
  }
}
