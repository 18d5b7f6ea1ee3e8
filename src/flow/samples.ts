// Round-trip times of each direction, for their percentiles: exact while few, a histogram when many.

/** Samples a direction keeps one by one. Beyond, they are counted in a histogram. */
const EXACT_LIMIT = 2048;
/** Chunks of all directions, 32 bytes each, and histograms, 24 kB each: beyond, further samples are not kept. */
const MAX_CHUNKS = 1 << 22;
const MAX_HISTOGRAMS = 2048;
/** Samples in a chunk; the cell after them leads to the next chunk. */
const CHUNK = 7;
const STRIDE = CHUNK + 1;
/** Cells of a page, as a power of two. */
const PAGE_SHIFT = 14;
const PAGE_MASK = (1 << PAGE_SHIFT) - 1;

/**
 * A histogram of times in nanoseconds. A bucket is 1/128 of a power of two wide, so a percentile is at most 0.4 % off.
 */
export class Histogram {
  count = 0;
  readonly buckets: Uint32Array<ArrayBuffer>;

  constructor(buckets = new Uint32Array(BUCKETS), count = 0) {
    this.buckets = buckets;
    this.count = count;
  }

  /** Takes in another histogram. */
  merge(other: Pick<Histogram, 'buckets' | 'count'>): void {
    this.count += other.count;
    for (let i = 0; i < BUCKETS; i++) this.buckets[i] += other.buckets[i];
  }

  add(nanoseconds: number, times = 1): void {
    this.count += times;
    this.buckets[bucketOf(nanoseconds)] += times;
  }

  /** The value below which `share` (0 to 1) of the samples lie, in nanoseconds; NaN without samples. */
  percentile(share: number): number {
    return this.percentiles([share])[0];
  }

  /** The same for several shares, in ascending order. */
  percentiles(shares: readonly number[]): number[] {
    let bucket = -1;
    let passed = 0;
    return shares.map((share) => {
      const rank = Math.max(1, Math.ceil(share * this.count));
      while (passed < rank && ++bucket < BUCKETS) passed += this.buckets[bucket];
      return bucket < BUCKETS ? middle(bucket) : Number.NaN;
    });
  }

  /** Calls `use` with the middle of each bucket and the samples in it. */
  each(use: (nanoseconds: number, count: number) => void): void {
    for (let i = 0; i < BUCKETS; i++) if (this.buckets[i] !== 0) use(middle(i), this.buckets[i]);
  }
}

// A float32's exponent and the first seven bits of its fraction are a logarithmic scale.
const FLOAT = new Float32Array(1);
const BITS = new Int32Array(FLOAT.buffer);
FLOAT[0] = 1;
const FIRST = BITS[0] >>> 16;
/** Up to 2^48 ns, more than three days. */
const BUCKETS = 48 * 128 + 1;

/** Times below a nanosecond, which clocks that ran backwards give, are in the first bucket. */
function bucketOf(nanoseconds: number): number {
  FLOAT[0] = nanoseconds;
  const bucket = (BITS[0] >> 16) - FIRST;
  return bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1;
}

function middle(bucket: number): number {
  BITS[0] = ((bucket + FIRST) << 16) | 0x8000;
  return FLOAT[0];
}

/** The samples of all directions, in one pool. A direction keeps a handle: 0 for none yet. */
export class Samples {
  /** Pages of chunks, and the same cells as int32 for the links. */
  private readonly cells: Float32Array<ArrayBuffer>[] = [];
  private readonly links: Int32Array<ArrayBuffer>[] = [];
  /** Chunk 0 stands for none. */
  private used = STRIDE;
  private free = 0;
  private readonly histograms: Histogram[] = [];
  /** Histograms given back. */
  private emptied = 0;

  /** Whether the sample added last was kept. */
  kept = false;

  /** Adds a sample to the `count` of the direction with this handle; returns the handle from now on. */
  add(handle: number, count: number, nanoseconds: number): number {
    this.kept = true;
    if (handle < 0) {
      this.histograms[-1 - handle].add(nanoseconds);
      return handle;
    }
    if (count >= EXACT_LIMIT) return this.convert(handle, count, nanoseconds);
    const place = count % CHUNK;
    let chunk = handle;
    if (place === 0) {
      chunk = this.take();
      if (chunk === 0) {
        this.kept = false;
        return handle;
      }
      this.link(chunk, handle);
    }
    this.cells[chunk >>> PAGE_SHIFT][(chunk & PAGE_MASK) + place] = nanoseconds;
    return chunk;
  }

  /** All samples of a handle: each value, and how often it is there. */
  each(handle: number, count: number, use: (nanoseconds: number, times: number) => void): void {
    if (handle < 0) {
      this.histograms[-1 - handle].each(use);
      return;
    }
    let left = count;
    for (let chunk = handle; chunk !== 0; chunk = this.next(chunk)) {
      const cells = this.cells[chunk >>> PAGE_SHIFT];
      const offset = chunk & PAGE_MASK;
      const here = left % CHUNK === 0 ? CHUNK : left % CHUNK;
      for (let i = 0; i < here; i++) use(cells[offset + i], 1);
      left -= here;
    }
  }

  /** The values below which these shares (0 to 1, ascending) of a handle's samples lie, by nearest rank; nanoseconds. */
  percentiles(handle: number, count: number, shares: readonly number[]): number[] {
    if (handle < 0) return this.histograms[-1 - handle].percentiles(shares);
    const sorted = new Float32Array(count);
    let i = 0;
    this.each(handle, count, (value) => {
      sorted[i++] = value;
    });
    sorted.sort();
    return shares.map((share) => sorted[Math.max(1, Math.ceil(share * count)) - 1]);
  }

  /** All pages and histograms, to be handed to another thread. */
  release(): { pages: ArrayBuffer[]; histograms: Pick<Histogram, 'buckets' | 'count'>[] } {
    const histograms = this.histograms.map(({ buckets, count }) => ({ buckets, count }));
    return { pages: this.cells.map((page) => page.buffer), histograms };
  }

  /** Appends the pages and histograms of another pool. Returns how their handles change. */
  append({ pages, histograms }: ReturnType<Samples['release']>): (handle: number) => number {
    const offset = this.cells.length << PAGE_SHIFT;
    const earlier = this.histograms.length;
    for (const page of pages) {
      const links = new Int32Array(page);
      for (let link = CHUNK; link < links.length; link += STRIDE)
        if (links[link] !== 0) links[link] += offset;
      this.links.push(links);
      this.cells.push(new Float32Array(page));
    }
    this.used = this.cells.length << PAGE_SHIFT;
    for (const { buckets, count } of histograms) this.histograms.push(new Histogram(buckets, count));
    return (handle) => (handle < 0 ? handle - earlier : handle === 0 ? 0 : handle + offset);
  }

  /** Releases what a handle holds. */
  give(handle: number): void {
    if (handle < 0) {
      this.histograms[-1 - handle] = EMPTY;
      this.emptied++;
      return;
    }
    for (let chunk = handle; chunk !== 0; ) {
      const next = this.next(chunk);
      this.link(chunk, this.free);
      this.free = chunk;
      chunk = next;
    }
  }

  private convert(handle: number, count: number, nanoseconds: number): number {
    const vacant = this.emptied === 0 ? -1 : this.histograms.indexOf(EMPTY);
    if (vacant < 0 && this.histograms.length === MAX_HISTOGRAMS) {
      this.kept = false;
      return handle;
    }
    const histogram = new Histogram();
    this.each(handle, count, (value, times) => histogram.add(value, times));
    this.give(handle);
    histogram.add(nanoseconds);
    if (vacant >= 0) {
      this.histograms[vacant] = histogram;
      this.emptied--;
      return -1 - vacant;
    }
    return -this.histograms.push(histogram);
  }

  private take(): number {
    const chunk = this.free;
    if (chunk !== 0) {
      this.free = this.next(chunk);
      return chunk;
    }
    if (this.used >= MAX_CHUNKS * STRIDE) return 0;
    if (this.used >>> PAGE_SHIFT >= this.cells.length) {
      const page = new Float32Array(1 << PAGE_SHIFT);
      this.cells.push(page);
      this.links.push(new Int32Array(page.buffer));
    }
    this.used += STRIDE;
    return this.used - STRIDE;
  }

  private next(chunk: number): number {
    return this.links[chunk >>> PAGE_SHIFT][(chunk & PAGE_MASK) + CHUNK];
  }

  private link(chunk: number, next: number): void {
    this.links[chunk >>> PAGE_SHIFT][(chunk & PAGE_MASK) + CHUNK] = next;
  }
}

const EMPTY = new Histogram();
