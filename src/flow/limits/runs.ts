// Time divided among causes: exact totals, and runs of one cause in bounded memory.

/** What keeps a sender from sending, in the order that reports list them. */
export const CAUSES = [
  'application',
  'receiver-window',
  'send-buffer',
  'congestion-window',
  'loss',
  'path-mtu',
  'unknown',
] as const;
export type Cause = (typeof CAUSES)[number];

/** The place of each among them. */
export const CAUSE = Object.fromEntries(CAUSES.map((name, index) => [name, index])) as Record<Cause, number>;

/** Places after the causes, for waits whose cause is not decided yet: see undecided.ts. */
const UNDECIDED = 5;

/** Runs kept at most; where there are more, short ones become part of the one before. */
const RUNS = 1000;

/** The longest wait for a cause: the frames that it lies between. */
interface Proof {
  nanoseconds: number;
  fromFrame: number;
  untilFrame: number;
}

/** Consecutive intervals of time, each with its cause. */
export class Runs {
  /** Nanoseconds of each cause, and how many intervals they are the sum of. */
  readonly totals = new Float64Array(CAUSES.length + UNDECIDED);
  readonly waits = new Float64Array(CAUSES.length + UNDECIDED);
  readonly longest: (Proof | undefined)[] = Array.from(this.totals, () => undefined);
  /** What the unknown time may have been, as far as that is known. */
  readonly candidates = new Set<Cause>();
  readonly begins = new Float64Array(RUNS);
  readonly ends = new Float64Array(RUNS);
  readonly causes = new Uint8Array(RUNS);
  count = 0;
  /** Runs shorter than this became part of others; 0 where all are there. */
  shortest = 0;

  add(begin: number, end: number, cause: number, fromFrame: number, untilFrame: number): void {
    const length = end - begin;
    if (!(length > 0)) return;
    this.totals[cause] += length;
    this.waits[cause]!++;
    if (length > (this.longest[cause]?.nanoseconds ?? 0)) {
      this.longest[cause] = { nanoseconds: length, fromFrame, untilFrame };
    }
    const last = this.count - 1;
    if (last >= 0 && (this.causes[last] === cause || length < this.shortest)) {
      this.ends[last] = end;
      return;
    }
    if (this.count === RUNS) this.reduce();
    this.append(begin, end, cause);
  }

  /** Some of the time is one of these causes, and it is not known which. */
  doubt(...causes: Cause[]): void {
    for (const one of causes) this.candidates.add(one);
  }

  /** What was ascribed to one cause since a time, up to another or the end, is another's. */
  reassign(since: number, from: number, to: number, until = Number.POSITIVE_INFINITY): void {
    let moved = 0;
    for (let i = this.count - 1; i >= 0 && this.ends[i] > since; i--) {
      if (this.causes[i] !== from || this.begins[i] >= until) continue;
      if (this.ends[i] > until) this.split(i, until);
      const inside = this.begins[i] >= since ? i : this.split(i, since);
      moved += this.ends[inside] - this.begins[inside];
      this.causes[inside] = to;
      this.waits[to]!++;
    }
    const length = Math.min(moved, this.totals[from]);
    this.totals[from] -= length;
    this.totals[to] += length;
    const longest = this.longest[from];
    if (
      longest !== undefined &&
      longest.nanoseconds <= length &&
      !(longest.nanoseconds < (this.longest[to]?.nanoseconds ?? 0))
    ) {
      this.longest[to] = longest;
    }
    if (this.totals[from] < 1) this.totals[from] = 0;
  }

  /** Makes two runs of one, and returns the second; where there is no room, all of it. */
  private split(index: number, time: number): number {
    if (this.count === RUNS) return index;
    for (const column of [this.begins, this.ends, this.causes])
      column.copyWithin(index + 1, index, this.count);
    this.count++;
    this.ends[index] = time;
    this.begins[index + 1] = time;
    return index + 1;
  }

  private append(begin: number, end: number, cause: number): void {
    this.begins[this.count] = begin;
    this.ends[this.count] = end;
    this.causes[this.count++] = cause;
  }

  private reduce(): void {
    const { begins, ends, causes } = this;
    const span = ends[this.count - 1] - begins[0];
    this.shortest = this.shortest === 0 ? span / RUNS : this.shortest * 2;
    let kept = 0;
    for (let i = 1; i < this.count; i++) {
      if (ends[i] - begins[i] < this.shortest || causes[i] === causes[kept]) ends[kept] = ends[i];
      else {
        kept++;
        begins[kept] = begins[i];
        ends[kept] = ends[i];
        causes[kept] = causes[i];
      }
    }
    this.count = kept + 1;
    if (this.count > RUNS >> 1) this.reduce();
  }
}
