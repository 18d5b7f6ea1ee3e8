// Hashes of what comes from the wire.

/**
 * Who could tell which keys share a slot could make each look-up a search. So what is mixed is not known beforehand, and
 * each word is mixed in full (MurmurHash3's finalizer) before the next: of a sum of multiples, whatever the factors, the
 * top bits of one word cancel those of another.
 */
export const SECRET = Math.floor(Math.random() * 2 ** 32) | 0;

/** The hash of some words and one more, all int32. Begin with SECRET. */
export function mix(hash: number, word: number): number {
  let mixed = hash ^ word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
