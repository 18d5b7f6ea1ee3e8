// Where the key of each record was seen last, found by the thread that reads: so the one that pairs need not search for it.
import type { Identity } from './identity.ts';
import { BOUND } from './identity-fields.ts';

/** A match is looked for among this many records, as many as sightings are kept. A power of two. */
const KEPT = 1 << 20;
const MASK = KEPT - 1;

/** Keys of the most recent records, chained by bucket, the latest first. */
export class EarlierKeys {
  private readonly keyA = new Int32Array(KEPT);
  private readonly keyB = new Int32Array(KEPT);
  private readonly older = new Int32Array(KEPT);
  private readonly buckets = new Int32Array(KEPT);
  /** Number of the next record (which wraps): from KEPT on, so that the 0 of an empty bucket is too old. */
  private next = KEPT;

  /** A record comes: how many records ago was the latest with the same key? 0 for none, and where its flow is part of its key. */
  find({ traits, protocol, keyA, keyB }: Identity): number {
    if ((traits & BOUND) === 0 || protocol === 0) return this.enter(keyA | 0, keyB | 0);
    this.next = (this.next + 1) | 0;
    return 0;
  }

  private enter(a: number, b: number): number {
    const { keyA, keyB, older, next } = this;
    const bucket = a & MASK;
    let ago = (next - this.buckets[bucket]) | 0;
    while (ago > 0 && ago < KEPT) {
      const at = (next - ago) & MASK;
      if (keyA[at] === a && keyB[at] === b) break;
      const further = (next - older[at]) | 0;
      // What is not further back was written over.
      ago = further > ago ? further : 0;
    }
    const own = next & MASK;
    keyA[own] = a;
    keyB[own] = b;
    older[own] = this.buckets[bucket];
    this.buckets[bucket] = next;
    this.next = (next + 1) | 0;
    return ago < KEPT ? Math.max(ago, 0) : 0;
  }
}
