// What an exchange carries: a text, or bulk that both ends can make for themselves and so need not be told.
import { createHash } from 'node:crypto';

/** A text, sent as UTF-8, or that many bytes of bulk. */
export type Payload = string | { bytes: number };

const BLOCK = 65536;

/** How many bytes it is. */
export function byteLength(payload: Payload): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.bytes;
}

/** Its bytes, in order, in pieces of up to 64 KiB; each piece is the caller's to keep. */
export function* pieces(payload: Payload): Generator<Buffer> {
  if (typeof payload === 'string') {
    const bytes = Buffer.from(payload);
    for (let at = 0; at < bytes.length; at += BLOCK) yield bytes.subarray(at, at + BLOCK);
    return;
  }
  for (let at = 0; at < payload.bytes; at += BLOCK) {
    // No two blocks are alike: one lost, doubled or out of place is seen.
    const block = Buffer.from(noise);
    block.writeUIntBE(at / BLOCK, 0, 6);
    yield block.subarray(0, Math.min(BLOCK, payload.bytes - at));
  }
}

/** Pseudo-random bytes (Marsaglia's xorshift32), so that nothing on the way can compress them. */
const noise = (() => {
  const block = Buffer.alloc(BLOCK);
  let state = 0x6e736361;
  for (let at = 0; at < BLOCK; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    block.writeInt32LE(state | 0, at);
  }
  return block;
})();

/** Compares bytes as they arrive with a payload, and hashes them. */
export class Check {
  received = 0;
  /** Offset of the first byte that is not as expected: past the end where there are too many. */
  differs: number | undefined;
  readonly expected: number;
  private readonly hash = createHash('sha256');
  private readonly pieces: Generator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(payload: Payload) {
    this.expected = byteLength(payload);
    this.pieces = pieces(payload);
  }

  get complete(): boolean {
    return this.received >= this.expected;
  }

  take(chunk: Buffer): void {
    this.hash.update(chunk);
    for (let at = 0; at < chunk.length && this.differs === undefined; ) {
      if (this.rest.length === 0) this.rest = this.pieces.next().value ?? this.rest;
      const n = Math.min(this.rest.length, chunk.length - at);
      if (n === 0) this.differs = this.received + at;
      else if (this.rest.compare(chunk, at, at + n, 0, n) !== 0) {
        let same = 0;
        while (this.rest[same] === chunk[at + same]) same++;
        this.differs = this.received + at + same;
      }
      this.rest = this.rest.subarray(n);
      at += n;
    }
    this.received += chunk.length;
  }

  /** SHA-256 of all that was taken, in hex. Ends the taking. */
  digest(): string {
    return this.hash.digest('hex');
  }
}
