// Rows found by a key of a few words: addresses, ports, a stream.
import { mix, SECRET } from '../base/hash.ts';

const FIRST_ROWS = 1 << 8;

/** Columns of numbers, as long as the table of rows they belong to. */
export function grownTo(column: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(size);
  larger.set(column);
  return larger;
}

/**
 * Keys of two sides and one further word, found alike whichever side is first. `left`, `right` and `extra` are filled by
 * the caller; where a key has one side only, `right` is left alone.
 */
export class KeyTable {
  /** Rows there are. */
  count = 0;
  /** Rows there is room for: columns of the caller grow with it. */
  room = FIRST_ROWS;
  /** Of the key found last: the row's own left side was `left`. */
  forward = true;
  readonly left: Int32Array<ArrayBuffer>;
  readonly right: Int32Array<ArrayBuffer>;
  extra = 0;
  private readonly words: number;
  private readonly limit: number;
  private keys: Int32Array<ArrayBuffer>;
  /** Hash and row + 1, in turn; at most half full. */
  private index = new Int32Array(FIRST_ROWS * 4);
  private mask = FIRST_ROWS * 2 - 1;
  /** Of the key asked for last: its hash, and where it belongs in the index. */
  private hash = 0;
  private slot = 0;

  /** `words` of a side; at most `limit` rows. */
  constructor(words: number, limit: number) {
    this.words = words;
    this.limit = limit;
    this.left = new Int32Array(words);
    this.right = new Int32Array(words);
    this.keys = new Int32Array(FIRST_ROWS * (2 * words + 1));
  }

  /** The row of the key, made where there is none yet; -1 where there is room for no more. */
  find(): number {
    const row = this.get();
    return row >= 0 ? row : this.insert();
  }

  /** The row of the key, -1 where there is none. */
  get(): number {
    const { words, left, right, index, mask, keys } = this;
    let one = SECRET;
    let other = SECRET;
    for (let i = 0; i < words; i++) {
      one = mix(one, left[i]);
      other = mix(other, right[i]);
    }
    this.hash = mix((one + other) | 0, this.extra);
    let slot = this.hash & mask;
    for (; index[slot * 2 + 1] !== 0; slot = (slot + 1) & mask) {
      if (index[slot * 2] !== this.hash) continue;
      const row = index[slot * 2 + 1] - 1;
      const at = row * (2 * words + 1);
      if (keys[at + 2 * words] !== this.extra) continue;
      if (this.equal(at, left, right)) {
        this.forward = true;
        return row;
      }
      if (this.equal(at, right, left)) {
        this.forward = false;
        return row;
      }
    }
    this.slot = slot;
    return -1;
  }

  private equal(at: number, first: Int32Array, second: Int32Array): boolean {
    const { words, keys } = this;
    for (let i = 0; i < words; i++) {
      if (keys[at + i] !== first[i] || keys[at + words + i] !== second[i]) return false;
    }
    return true;
  }

  /** The key that was not found. */
  private insert(): number {
    if (this.count === this.limit) return -1;
    this.forward = true;
    if (this.count === this.room) {
      this.grow();
      this.get();
    }
    const { words, hash, slot } = this;
    const row = this.count++;
    const at = row * (2 * words + 1);
    this.keys.set(this.left, at);
    this.keys.set(this.right, at + words);
    this.keys[at + 2 * words] = this.extra;
    this.index[slot * 2] = hash;
    this.index[slot * 2 + 1] = row + 1;
    return row;
  }

  private grow(): void {
    const { index: old, words } = this;
    this.room *= 2;
    const keys = new Int32Array(this.room * (2 * words + 1));
    keys.set(this.keys);
    this.keys = keys;
    this.index = new Int32Array(this.room * 4);
    this.mask = this.room * 2 - 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = old[i] & this.mask;
      while (this.index[slot * 2 + 1] !== 0) slot = (slot + 1) & this.mask;
      this.index[slot * 2] = old[i];
      this.index[slot * 2 + 1] = old[i + 1];
    }
  }

  /** The words of a row's side. */
  sideOf(row: number, side: 'left' | 'right'): Int32Array {
    const at = row * (2 * this.words + 1) + (side === 'left' ? 0 : this.words);
    return this.keys.subarray(at, at + this.words);
  }

  extraOf(row: number): number {
    return this.keys[row * (2 * this.words + 1) + 2 * this.words];
  }
}
