// pcapng options (draft-ietf-opsawg-pcapng, 3.5): a code, a length, a value padded to four bytes, until opt_endofopt.
import type { Batch } from '../base/batch.ts';
import type { Output } from './output.ts';
import * as ng from './pcapng.ts';

const decoder = new TextDecoder();

/**
 * Walks the options that lie in `view` from `at` up to before `end`, option by option. A list that does not end with
 * opt_endofopt ends where its room ends; an option longer than the room ends it too, with `damage` set. Only where
 * packets depend on them, in an interface description, is that more than the end of the list, as to tcpdump.
 */
export class Options {
  code = 0;
  /** Where the value lies, and its length in bytes without padding. */
  at = 0;
  length = 0;
  damage: string | undefined;
  private readonly view: DataView;
  private readonly littleEndian: boolean;
  private next: number;
  private readonly end: number;

  constructor(view: DataView, at: number, end: number, littleEndian: boolean) {
    this.view = view;
    this.next = at;
    this.end = end;
    this.littleEndian = littleEndian;
  }

  /** Moves to the next option; false after the last. */
  step(): boolean {
    const { view, next, end, littleEndian } = this;
    if (next + 4 > end) return false;
    this.code = view.getUint16(next, littleEndian);
    this.length = view.getUint16(next + 2, littleEndian);
    this.at = next + 4;
    if (this.at + this.length > end) {
      this.damage = `an option of ${this.length} bytes where ${end - this.at} are left`;
      return false;
    }
    if (this.code === ng.END_OF_OPTIONS) return false;
    this.next = this.at + ((this.length + 3) & ~3);
    return true;
  }

  /** The length of the value without zero bytes at its end. */
  get textLength(): number {
    const { view, at } = this;
    let { length } = this;
    while (length > 0 && view.getUint8(at + length - 1) === 0) length--;
    return length;
  }

  /** The value as text. Zero bytes at its end, which some writers add, are left out. */
  text(from = 0): string {
    const { view, at, textLength } = this;
    return decoder.decode(
      new Uint8Array(view.buffer, view.byteOffset + at + from, Math.max(textLength - from, 0)),
    );
  }
}

/** The comments of record `index`; empty where it has none. */
export function commentsOf(batch: Batch, index: number): string[] {
  const comments: string[] = [];
  const at = batch.options[index];
  const options = new Options(batch.view, at, at + batch.optionsLength[index], batch.optionsLittleEndian);
  while (options.step()) if (options.code === ng.COMMENT) comments.push(options.text());
  return comments;
}

/**
 * Appends the options of record `index` without opt_endofopt, in little endian. From a big-endian section those whose
 * inner order is known are turned round; custom options, whose content only their owner knows, are left out there.
 */
export function appendOptions(output: Output, batch: Batch, index: number): void {
  const at = batch.options[index];
  const little = batch.optionsLittleEndian;
  const options = new Options(batch.view, at, at + batch.optionsLength[index], little);
  while (options.step()) {
    const word = wordLength(options.code);
    if (!little && word === 0) continue;
    output.reserve(8 + options.length);
    output.uint16(options.code);
    output.uint16(options.length);
    if (little || word !== options.length) output.copy(batch.bytes, batch.view, options.at, options.length);
    else {
      if (word === 8) output.uint32(batch.view.getUint32(options.at + 4));
      output.uint32(batch.view.getUint32(options.at));
    }
    output.pad(options.length);
  }
}

/** Bytes of the number that an option holds, 1 for bytes as they are, 0 where that is not known. */
function wordLength(code: number): number {
  switch (code) {
    case ng.EPB_FLAGS:
    case ng.EPB_QUEUE:
      return 4;
    case ng.EPB_DROPCOUNT:
    case ng.EPB_PACKETID:
      return 8;
    case ng.COMMENT:
    case ng.EPB_HASH:
    case ng.EPB_VERDICT:
      return 1;
    default:
      return 0;
  }
}
