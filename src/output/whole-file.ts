// Files that are replaced as a whole: each is written beside its name and renamed, so that no reader ever sees half of one.
import {
  closeSync,
  fchmodSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { refuseForeign } from '../base/foreign.ts';
import { futureUser } from '../binding/privilege.ts';
import { cannotWrite, NscapError, usageError } from '../errors.ts';
import { giveTo, identity, openOutput, PRIVATE } from './create.ts';
import { Sink } from './sink.ts';

/** A file that has been written. */
export interface WrittenFile {
  path: string;
  packets: number;
  bytes: number;
}

/**
 * One output after the other. Bytes appended to `sink.text` go to the file that `open` made. A regular file is written
 * under another name beside its own and renamed by `close`, so that under its own name there is never half a capture;
 * what is no regular file (`-`, a named pipe, /dev/null) is written as it comes.
 */
export class WholeFile {
  /** Of the file that is open. */
  sink!: Sink;
  readonly written: WrittenFile[] = [];
  private readonly path: string;
  private readonly inputs: ReadonlySet<string>;
  private descriptor = -1;
  private target = '';
  private temporary: string | undefined;
  /** Of a file that is not there yet. */
  private readonly mode: number;

  /** `inputs`: the `identity` of every file that is read, and so must not be written over; `mode`: less the umask. */
  constructor(path: string, inputs: ReadonlySet<string>, mode = PRIVATE) {
    this.path = path;
    this.mode = mode;
    this.inputs = inputs;
  }

  /** Bytes of the open file so far, with those not yet written out. */
  get size(): number {
    return this.sink.total + this.sink.text.length;
  }

  /** Begins a file; `number`, counted from 1, is put into its name. */
  open(number?: number): void {
    if (this.path === '-') {
      this.target = 'standard output';
      this.sink = new Sink(1);
      return;
    }
    const path = number === undefined ? this.path : numbered(this.path, number);
    this.target = path;
    const stat = lookAt(path);
    if (stat !== undefined && this.inputs.has(identity(stat))) {
      throw usageError(`${path} is both read and written`, 'write to another name, and rename it afterwards');
    }
    try {
      const { name, mode } = existing(path, stat);
      refuseForeign(path, futureUser(undefined));
      if (name === undefined) this.descriptor = openOutput(path, futureUser(undefined));
      else {
        this.target = name;
        this.temporary = join(dirname(name), `.${basename(name)}.${process.pid}.part`);
        this.descriptor = openSync(this.temporary, 'wx', this.mode);
        const owner =
          stat === undefined ? futureUser(undefined) : { name: undefined, uid: stat.uid, gid: stat.gid };
        giveTo(owner, this.descriptor);
        if (mode !== undefined) fchmodSync(this.descriptor, mode);
      }
    } catch (error) {
      this.temporary = undefined;
      throw error instanceof NscapError ? error : cannotWrite(path, error);
    }
    this.sink = new Sink(this.descriptor, path, /\.gz$/i.test(path) ? gzipSync : undefined);
  }

  /** Writes out what has gathered. */
  flush(): void {
    this.sink.flush();
  }

  /** Ends the file: from now on it is there, whole. */
  close(packets: number): void {
    this.flush();
    this.written.push({ path: this.target, packets, bytes: this.sink.total });
    if (this.descriptor < 0) return;
    closeSync(this.descriptor);
    this.descriptor = -1;
    if (this.temporary !== undefined) renameSync(this.temporary, this.target);
    this.temporary = undefined;
  }

  /** After a failure: takes away the file that was not finished. */
  abandon(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
    if (this.temporary !== undefined) rmSync(this.temporary, { force: true });
    this.temporary = undefined;
  }
}

/** Writes the text to the file; - is standard output. @throws NscapError FILE; the file is then unchanged. */
export function writeWhole(path: string, text: string): void {
  const output = new WholeFile(path, new Set(), 0o666);
  try {
    output.open();
    output.sink.text.utf8(text);
    output.close(0);
  } catch (error) {
    output.abandon();
    throw error;
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** The real name under which a regular file is to appear, and the mode it has; no name for what is something else. */
function existing(path: string, stat: Stats | undefined): { name?: string; mode?: number } {
  if (stat === undefined) return { name: path };
  return stat.isFile() ? { name: realpathSync(path), mode: stat.mode & 0o777 } : {};
}

/** `trace.pcap` and 3 make `trace_00003.pcap`. */
function numbered(path: string, number: number): string {
  const extension = /(\.[^./]*)?(\.gz)?$/i.exec(path)![0];
  return `${path.slice(0, path.length - extension.length)}_${String(number).padStart(5, '0')}${extension}`;
}
