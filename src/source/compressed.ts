// Compressed captures: gzip through zlib, zstd where Node has it, and for the others the command that helps.
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { NscapError } from '../errors.ts';
import type { Input } from './input.ts';

/** Compressed bytes handed to zlib at once: also what is lost at most of corrupt data that come through a pipe. */
const PIECE = 1 << 14;

/** The formats people compress captures with, by the bytes they begin with. */
const FORMATS: { name: string; magic: number[]; command: string; engine?: () => Transform }[] = [
  {
    name: 'gzip',
    magic: [0x1f, 0x8b],
    command: 'gzip',
    engine: () => zlib.createGunzip({ chunkSize: 1 << 16 }),
  },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], command: 'zstd', ...zstd() },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], command: 'lz4' },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58], command: 'xz' },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], command: 'bzip2' },
];

/** Node has zstd from 22.15 on. */
function zstd(): { engine?: () => Transform } {
  const create = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;
  return create === undefined ? {} : { engine: create };
}

/**
 * The input unpacked, where its first bytes (`head`, already taken from it) say that it is compressed; undefined where
 * they do not. The name does not matter. Throws NscapError for a format that Node's zlib lacks, naming the command.
 */
export function unpacked(input: Input, head: Uint8Array): Input | undefined {
  const format = FORMATS.find(({ magic }) => magic.every((byte, i) => head[i] === byte));
  if (format === undefined) return undefined;
  if (format.engine !== undefined) return new UnpackedInput(input, head.slice(), format.name, format.engine);
  const path = input.name === 'standard input' ? '' : ` '${input.name.replaceAll("'", "'\\''")}'`;
  throw new NscapError(
    'FORMAT',
    `${input.name} is compressed with ${format.name}, which this Node.js cannot unpack`,
    {
      hint: `${format.command} -dc${path} | nscap read - unpacks it on the way; every command takes - for a file`,
    },
  );
}

/**
 * Unpacks piece by piece: a piece goes in, all that comes of it is taken, the next goes in. So memory stays flat, and
 * when the data turn out to be cut short or corrupt, what came before has been delivered.
 */
class UnpackedInput implements Input {
  readonly name: string;
  damage: string | undefined;
  private readonly input: Input;
  private readonly format: string;
  private readonly create: () => Transform;
  private engine: Engine;
  private readonly piece = new Uint8Array(PIECE);
  private head: Uint8Array | undefined;
  private chunk: Uint8Array | undefined;
  /** Packed bytes put in and unpacked bytes taken out. */
  private consumed = 0;
  private produced = 0;
  private done = false;

  constructor(input: Input, head: Uint8Array, format: string, create: () => Transform) {
    this.input = input;
    this.name = input.name;
    this.head = head;
    this.format = format;
    this.create = create;
    this.engine = new Engine(create());
  }

  get size(): number | undefined {
    return this.input.size;
  }

  get position(): number {
    return this.input.position;
  }

  async read(bytes: Uint8Array, at: number): Promise<number> {
    while (this.chunk === undefined) {
      this.chunk = this.engine.output.shift();
      if (this.chunk !== undefined) break;
      if (this.done) return 0;
      await this.feed();
    }
    const n = Math.min(this.chunk.length, bytes.length - at);
    bytes.set(this.chunk.subarray(0, n), at);
    this.chunk = n === this.chunk.length ? undefined : this.chunk.subarray(n);
    this.produced += n;
    return n;
  }

  async again(): Promise<undefined> {
    return undefined;
  }

  close(): void {
    this.done = true;
    this.engine.close();
    this.input.close();
  }

  private async feed(): Promise<void> {
    let piece = this.head;
    this.head = undefined;
    if (piece === undefined) piece = this.piece.subarray(0, await this.input.read(this.piece, 0));
    if (piece.length === 0) {
      this.done = true;
      if (!(await this.engine.end())) {
        this.damage = `cut short: its ${this.format} data stop at byte ${this.consumed}, before their end`;
      }
      return;
    }
    if (await this.engine.write(piece)) this.consumed += piece.length;
    else await this.recover(piece.length);
  }

  /**
   * zlib gives nothing of the piece in which it meets an error. Where the file can be read again, it is unpacked once
   * more up to that piece and then byte by byte, so that every byte before the error is delivered.
   */
  private async recover(length: number): Promise<void> {
    if (this.done) return;
    this.done = true;
    this.damage = `damaged: its ${this.format} data are corrupt between bytes ${this.consumed} and ${this.consumed + length}`;
    const input = await this.input.again();
    if (input === undefined) return;
    let skip = this.produced;
    const engine = new Engine(this.create());
    let at = 0;
    try {
      for (;;) {
        const most = at < this.consumed ? Math.min(PIECE, this.consumed - at) : 1;
        const n = await input.read(this.piece.subarray(0, most), 0);
        if (n === 0 || !(await engine.write(this.piece.subarray(0, n)))) break;
        at += n;
        for (let chunk = engine.output[0]; chunk !== undefined && skip > 0; chunk = engine.output[0]) {
          if (chunk.length > skip) engine.output[0] = chunk.subarray(skip);
          else engine.output.shift();
          skip -= Math.min(skip, chunk.length);
        }
      }
    } finally {
      input.close();
      engine.close();
    }
    this.damage = `damaged: its ${this.format} data are corrupt at byte ${at}`;
    this.engine.output.push(Buffer.concat(engine.output));
  }
}

/** One run of a decompressor: returns true while all is well, and false from the first error on. */
class Engine {
  readonly output: Uint8Array[] = [];
  private readonly stream: Transform;
  private failed = false;
  /** Answers the waiting reader: zlib does not call a write back in which it meets an error. */
  private answer: ((well: boolean) => void) | undefined;

  constructor(stream: Transform) {
    this.stream = stream;
    stream.on('data', (chunk: Uint8Array) => this.output.push(chunk));
    stream.on('end', () => this.answer?.(true));
    const fail = () => {
      this.failed = true;
      this.answer?.(false);
    };
    stream.on('error', fail);
    stream.on('close', fail);
  }

  /** Puts bytes in; when it answers, all that comes of them is in `output`. */
  write(bytes: Uint8Array): Promise<boolean> {
    return this.ask(() => this.stream.write(bytes, (error) => this.answer?.(!error)));
  }

  /** False where the bytes put in were not all there are. */
  end(): Promise<boolean> {
    return this.ask(() => this.stream.end());
  }

  close(): void {
    this.stream.destroy();
  }

  private ask(question: () => void): Promise<boolean> {
    return new Promise((resolve) => {
      this.answer = resolve;
      if (this.failed) resolve(false);
      else question();
    });
  }
}
