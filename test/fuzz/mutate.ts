// Inputs made of others: bytes changed, inserted, removed, repeated; parts of a structure likewise; two inputs crossed.
import type { Random } from '../support/random.ts';
import type { Structure, Target } from './target.ts';

const BYTES = [0, 1, 2, 4, 7, 8, 15, 16, 20, 31, 32, 63, 64, 127, 128, 192, 254, 255];
const WORDS = [0, 1, 2, 4, 8, 20, 40, 64, 255, 256, 1500, 0x7fff, 0x8000, 0xfffe, 0xffff];
const LONGS = [0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffffe, 0xffffffff, 0x10000, 0xa1b2c3d4];
const LARGEST = 1 << 16;

export class Mutator {
  private readonly random: Random;
  private readonly structure: Structure | undefined;
  private readonly words: readonly Uint8Array[];

  constructor(random: Random, { structure, words = [] }: Target) {
    this.random = random;
    this.structure = structure;
    this.words = words.map((word) => new Uint8Array(Buffer.from(word as Uint8Array)));
  }

  /** A new input made of one of these. */
  mutate(corpus: readonly Uint8Array[]): Uint8Array {
    const { random, structure } = this;
    const input = random.pick(corpus);
    let made: Uint8Array;
    if (structure === undefined || random.chance(0.3)) made = this.damaged(input, random.pick(corpus));
    else {
      const parts = structure.split(input);
      this.rearrange(parts, structure.split(random.pick(corpus)));
      made = structure.join(parts);
    }
    return made.length > LARGEST ? made.subarray(0, LARGEST) : made;
  }

  private rearrange(parts: Uint8Array[], others: readonly Uint8Array[]): void {
    const { random } = this;
    for (let times = 1 + random.below(4); times > 0; times--) {
      const at = random.below(parts.length + 1);
      const kind = random.below(10);
      if (parts.length > 0 && kind < 5) {
        const which = Math.min(at, parts.length - 1);
        parts[which] = this.damaged(parts[which], random.pick(parts));
      } else if (kind === 5) parts.splice(at, 1 + random.below(3));
      else if (kind === 6 && parts.length > 0) {
        const from = random.below(parts.length);
        const run = parts.slice(from, from + 1 + random.below(4));
        for (let n = random.chance(0.05) ? 64 : 1; n > 0 && parts.length < 4096; n--)
          parts.splice(at, 0, ...run);
      } else if (kind === 7 && parts.length > 1) {
        const other = random.below(parts.length);
        const which = Math.min(at, parts.length - 1);
        [parts[which], parts[other]] = [parts[other], parts[which]];
      } else if (kind === 8 && others.length > 0) {
        const from = random.below(others.length);
        parts.splice(at, random.below(2), ...others.slice(from, from + 1 + random.below(4)));
      } else if (this.words.length > 0) parts.splice(at, random.below(2), random.pick(this.words));
    }
  }

  private damaged(input: Uint8Array, other: Uint8Array): Uint8Array {
    const { random } = this;
    let made = Buffer.from(input);
    const most = random.chance(0.1) ? 24 : 4;
    for (let times = 1 + random.below(most); times > 0; times--) made = this.change(made, other);
    return new Uint8Array(made);
  }

  private change(made: Buffer<ArrayBuffer>, other: Uint8Array): Buffer<ArrayBuffer> {
    const { random } = this;
    const { length } = made;
    const at = random.below(length + 1);
    const there = Math.min(at, length - 1);
    switch (length === 0 ? 9 : random.below(14)) {
      case 0:
        made[there] ^= 1 << random.below(8);
        return made;
      case 1:
      case 2:
        made[there] = random.pick(BYTES);
        return made;
      case 3:
        made[there] = random.below(256);
        return made;
      case 4:
        made[there] = made[there] + random.pick([1, -1, 4, -4, 8]);
        return made;
      case 5:
        if (at + 2 <= length)
          random.chance(0.7)
            ? made.writeUInt16BE(random.pick(WORDS), at)
            : made.writeUInt16LE(random.pick(WORDS), at);
        return made;
      case 6:
        if (at + 4 <= length)
          random.chance(0.5)
            ? made.writeUInt32BE(random.pick(LONGS), at)
            : made.writeUInt32LE(random.pick(LONGS), at);
        return made;
      case 7: {
        // A length that is true, in some place.
        const left = length - at - random.pick([0, 1, 2, 4]);
        if (left >= 0 && at + 2 <= length) made.writeUInt16BE(left & 0xffff, at);
        return made;
      }
      case 8:
        return Buffer.concat([
          made.subarray(0, at),
          made.subarray(at + 1 + random.below(random.chance(0.5) ? 4 : 64)),
        ]);
      case 9: {
        const filler = Buffer.alloc(1 + random.below(random.chance(0.8) ? 8 : 300), random.below(256));
        return Buffer.concat([made.subarray(0, at), filler, made.subarray(at)]);
      }
      case 10: {
        const from = random.below(length);
        const run = made.subarray(from, from + 1 + random.below(32));
        return Buffer.concat([made.subarray(0, at), run, made.subarray(at)]);
      }
      case 11: {
        const from = random.below(other.length + 1);
        const run = other.subarray(from, from + 1 + random.below(64));
        return Buffer.concat([
          made.subarray(0, at),
          run,
          made.subarray(at + (random.chance(0.5) ? run.length : 0)),
        ]);
      }
      case 12:
        return random.chance(0.3) ? made.subarray(0, at) : made;
      default: {
        if (this.words.length === 0) return made;
        const word = random.pick(this.words);
        return Buffer.concat([
          made.subarray(0, at),
          word,
          made.subarray(at + (random.chance(0.5) ? word.length : 0)),
        ]);
      }
    }
  }
}
