// Time divided among causes: exact totals, and runs of one cause in bounded memory.

/** What keeps a sender from sending, in the order that reports list them. */
export const CAUSES = [
  'application',
  'receiver-window',
  'send-buffer',
  'congestion-window',
  'loss',
  'path-mtu',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Runs kept at most; where there are more, short ones become part of the one before. */
const RUNS = 1000;

/** The longest wait for a cause: the frames that it lies between. */
export interface Proof {
  nanoseconds: number;
  fromFrame: number;
  untilFrame: number;
}

/** Intervals of time, one behind the other, each with its cause. */
export class Runs {
  /** Nanoseconds of each cause, and how many intervals they are the sum of. */
  readonly totals = new Float64Array(CAUSES.length);
  readonly waits = new Float64Array(CAUSES.length);
  readonly longest: (Proof | undefined)[] = CAUSES.map(() => undefined);
  readonly begins = new Float64Array(RUNS);
  readonly ends = new Float64Array(RUNS);
  readonly causes = new Uint8Array(RUNS);
  count = 0;
  /** Runs shorter than this became part of others; 0 where all are there. */
  shortest = 0;

  add(begin: number, end: number, cause: number, fromFrame: number, untilFrame: number): void {
    const length = end - begin;
    if (!(length > 0)) return;
    this.totals[cause]! += length;
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

  /** What was ascribed to one cause since a time, up to the end, is another's. */
  reassign(since: number, from: number, to: number): void {
    for (let i = this.count - 1; i >= 0 && this.ends[i]! > since; i--) {
      if (this.causes[i] !== from) continue;
      const length = this.ends[i]! - Math.max(since, this.begins[i]!);
      this.totals[from]! -= length;
      this.totals[to]! += length;
      this.waits[to]!++;
      if (this.begins[i]! >= since) this.causes[i] = to;
    }
  }

  private append(begin: number, end: number, cause: number): void {
    this.begins[this.count] = begin;
    this.ends[this.count] = end;
    this.causes[this.count++] = cause;
  }

  private reduce(): void {
    const { begins, ends, causes } = this;
    const span = ends[this.count - 1]! - begins[0]!;
    this.shortest = this.shortest === 0 ? span / RUNS : this.shortest * 2;
    let kept = 0;
    for (let i = 1; i < this.count; i++) {
      if (ends[i]! - begins[i]! < this.shortest || causes[i] === causes[kept]) ends[kept] = ends[i]!;
      else {
        kept++;
        begins[kept] = begins[i]!;
        ends[kept] = ends[i]!;
        causes[kept] = causes[i]!;
      }
    }
    this.count = kept + 1;
    if (this.count > RUNS >> 1) this.reduce();
  }
}
