// Pieces of text that come again and again, such as the endpoints of a connection: writing one once more takes a few
// words instead of digit after digit.
import type { Text } from './text.ts';

/** Int32 of a key. */
const KEY = 4;
/** Float64 of text in an entry. */
const WORDS = 9;
const LONGEST = WORDS * 8;

/**
 * A direct-mapped cache from four int32 to at most 72 ASCII characters. Its size is fixed, so that packets made to fill
 * it can do no more than make it useless.
 */
export class TextCache {
  private readonly mask: number;
  private readonly keys: Int32Array;
  private readonly words: Float64Array;
  /** Characters in each entry; 0 where there is none. */
  private readonly lengths: Uint8Array;
  /** The entry of the last key. */
  private entry = 0;

  /** `entries` is a power of two. */
  constructor(entries: number) {
    this.mask = entries - 1;
    this.keys = new Int32Array(entries * KEY);
    this.words = new Float64Array(entries * WORDS);
    this.lengths = new Uint8Array(entries);
  }

  /** Appends what is known under this key. Returns false where nothing is: append it, then call `remember`. */
  write(out: Text, a: number, b: number, c: number, d: number): boolean {
    let hash = Math.imul(a ^ Math.imul(b, 0x85ebca6b) ^ (c << 7) ^ d, 0x9e3779b1);
    hash ^= Math.imul(c, 0xc2b2ae35) >>> 11;
    const entry = (hash ^ (hash >>> 15)) & this.mask;
    const keys = this.keys;
    const offset = entry * KEY;
    if (
      keys[offset] === a &&
      keys[offset + 1] === b &&
      keys[offset + 2] === c &&
      keys[offset + 3] === d &&
      this.lengths[entry] !== 0
    ) {
      out.words(this.words, entry * WORDS, this.lengths[entry]);
      return true;
    }
    keys[offset] = a;
    keys[offset + 1] = b;
    keys[offset + 2] = c;
    keys[offset + 3] = d;
    this.lengths[entry] = 0;
    this.entry = entry;
    return false;
  }

  /** Keeps what has been appended from `start` on under the key that was not known. */
  remember(out: Text, start: number): void {
    const length = out.length - start;
    if (length > LONGEST) return;
    // ASCII is never NaN, whose bits would not survive; what lies behind the text might be.
    for (let i = length; i % 8 !== 0; i++) out.bytes[start + i] = 0;
    for (let i = 0; i * 8 < length; i++) {
      this.words[this.entry * WORDS + i] = out.view.getFloat64(start + i * 8, true);
    }
    this.lengths[this.entry] = length;
  }
}
