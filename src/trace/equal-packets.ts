// Equal packets: pairs their sightings at one point with those at the next, assuming that their order is kept.

/** How slowly the delay that is expected follows those that are found. */
const SMOOTHING = 8;

/**
 * Pairs the sightings of one point (`a`, times ascending) with those of the next (`b`), of equal packets: in order, none
 * before it left, and as many as possible. Where there is a choice, it is the one whose delay is most like those of the
 * packets before (at first: `mean` nanoseconds), as long as no later one is left without.
 *
 * Writes to `to`, for each of `a`, the index of its partner in `b`, or -1; and to `doubtful` whether another one would
 * have matched as well (one not further away than `usual`).
 */
export class EqualPackets {
  a = new Float64Array(64);
  b = new Float64Array(64);
  to = new Int32Array(64);
  doubtful = new Uint8Array(64);
  private bound = new Int32Array(64);

  /** Makes room for `n` times. */
  reserve(n: number): void {
    if (n <= this.a.length) return;
    const size = n * 2;
    this.a = new Float64Array(size);
    this.b = new Float64Array(size);
    this.to = new Int32Array(size);
    this.doubtful = new Uint8Array(size);
    this.bound = new Int32Array(size);
  }

  pair(m: number, n: number, mean: number, usual: number): void {
    this.to.fill(-1, 0, m);
    this.doubtful.fill(0, 0, m);
    if (m >= n) this.fromFew(m, n, mean, usual);
    else this.toFew(m, n);
  }

  /** As many or more left than came: for each that came, the one it was. */
  private fromFew(m: number, n: number, mean: number, usual: number): void {
    const { a, b, to, bound, doubtful } = this;
    let limit = m - 1;
    for (let j = n - 1; j >= 0; j--) {
      while (limit >= 0 && a[limit] > b[j]) limit--;
      bound[j] = limit;
      if (limit >= 0) limit--;
    }
    let previous = -1;
    for (let j = 0; j < n; j++) {
      if (bound[j] <= previous) continue;
      let pick = previous + 1;
      const target = b[j] - mean;
      while (pick < bound[j] && Math.abs(a[pick + 1] - target) <= Math.abs(a[pick] - target)) pick++;
      to[pick] = j;
      mean += (b[j] - a[pick] - mean) / SMOOTHING;
      const longest = Math.max(usual, 2 * (b[j] - a[pick]));
      const other = (pick > previous + 1 && b[j] - a[pick - 1] <= longest) || pick < bound[j];
      if (m > n && other) doubtful[pick] = 1;
      previous = pick;
    }
  }

  /** More came than left: for each that left, the first that came of it. */
  private toFew(m: number, n: number): void {
    const { a, b, to, bound } = this;
    let limit = n - 1;
    for (let i = m - 1; i >= 0; i--) {
      if (limit >= 0 && b[limit] >= a[i]) bound[i] = limit--;
      else bound[i] = -1;
    }
    let previous = -1;
    for (let i = 0; i < m; i++) {
      if (bound[i] < 0) continue;
      let pick = previous + 1;
      while (pick < bound[i] && b[pick] < a[i]) pick++;
      if (b[pick] < a[i]) continue;
      to[i] = pick;
      previous = pick;
    }
  }
}
