// Standard output for lines: one buffer, written in large writes, and at once when no packet is waiting.
import { writeSync } from 'node:fs';
import { escapeOutput } from '../base/escape-controls.ts';
import { Text } from '../base/text.ts';
import { cannotWrite } from '../errors.ts';

/** Bytes gathered before a write. */
const FULL = 1 << 18;
/** Milliseconds to wait for a reader of a non-blocking pipe. */
const PATIENCE = 5;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Thrown when the reader of standard output has gone away: the command ends quietly. */
export class Closed extends Error {}

/**
 * Where lines go. A printer appends to `text` and calls `line` after each packet and `flush` when no further
 * packet is waiting. Throws Closed where the reader has gone away, and NscapError where nothing more can be written.
 */
export class Sink {
  readonly text = new Text(FULL + (1 << 16));
  /** Bytes written out so far. */
  total = 0;
  private readonly pack: ((bytes: Uint8Array) => Uint8Array) | undefined;
  private readonly descriptor: number;
  private readonly name: string;

  /** `name`: what errors call the file behind the descriptor; `pack`: what is written instead of the bytes. */
  constructor(descriptor = 1, name = 'standard output', pack?: (bytes: Uint8Array) => Uint8Array) {
    this.pack = pack;
    this.descriptor = descriptor;
    this.name = name;
  }

  /** Appends text for people, or JSON, which may have names in it that others chose. */
  print(text: string): void {
    this.text.utf8(escapeOutput(text));
  }

  /** The text and nothing else, at once. */
  end(text: string): void {
    this.print(text);
    try {
      this.flush();
    } catch (error) {
      if (!(error instanceof Closed)) throw error;
    }
  }

  /** A packet has been printed: writes when much has gathered. */
  line(): void {
    if (this.text.length >= FULL) this.flush();
  }

  flush(): void {
    const packed =
      this.text.length > 0 ? this.pack?.(this.text.bytes.subarray(0, this.text.length)) : undefined;
    const bytes = packed ?? this.text.bytes;
    const length = packed?.length ?? this.text.length;
    for (let at = 0; at < length; ) {
      try {
        at += writeSync(this.descriptor, bytes, at, length - at);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'EPIPE') throw new Closed();
        if (code !== 'EAGAIN') throw cannotWrite(this.name, error);
        Atomics.wait(sleeper, 0, 0, PATIENCE);
      }
    }
    this.total += length;
    this.text.clear();
  }
}
