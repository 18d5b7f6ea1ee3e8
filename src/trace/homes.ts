// The home of each address: the point where its packets are seen first.
import { mix, SECRET } from '../base/hash.ts';

const SLOTS = 1 << 14;

/** Addresses of Ethernet and IP, each with the point its packets come from. Bounded: what is rare is forgotten first. */
export class Homes {
  /** Grows with what `of` tells. */
  changes = 0;
  private readonly checks = new Int32Array(SLOTS);
  private readonly points = new Uint8Array(SLOTS);
  private readonly votes = new Uint8Array(SLOTS);

  /** A packet from this address (its words, hashed) was first seen at a point. */
  note(address: number, point: number): void {
    const slot = address & (SLOTS - 1);
    if (this.checks[slot] === address && this.points[slot] === point + 1) {
      if (this.votes[slot] < 255) this.votes[slot]++;
    } else if (this.votes[slot] <= 1) {
      this.checks[slot] = address;
      this.points[slot] = point + 1;
      this.votes[slot] = 1;
      this.changes++;
    } else this.votes[slot]--;
  }

  /** The point an address is at, or beyond; -1 if unknown. */
  of(address: number): number {
    const slot = address & (SLOTS - 1);
    return this.checks[slot] === address ? this.points[slot] - 1 : -1;
  }
}

/** An Ethernet address, a number of 48 bits, as a key. */
export function macKey(mac: number): number {
  return mix(mix(mix(SECRET, 48), Math.floor(mac / 0x1_0000_0000)), mac | 0);
}

/** An IP address of four words as a key. */
export function addressKey(words: Int32Array): number {
  let hash = mix(SECRET, 128);
  for (let i = 0; i < 4; i++) hash = mix(hash, words[i]);
  return hash;
}
