// Records of several files in the order of their time stamps.
import type { Batch } from '../base/batch.ts';
import type { Moment } from '../base/interface.ts';
import { isPacket } from '../base/record-kind.ts';
import type { PacketSource } from './source.ts';

/** A file and its next record: `at` in `batch`; no batch once the file has come to its end. */
export class Head {
  readonly source: PacketSource;
  batch: Batch | null = null;
  at = 0;

  constructor(source: PacketSource) {
    this.source = source;
  }

  /** Gets the next batch where this one is used up. */
  async load(): Promise<void> {
    if (this.batch !== null && this.at < this.batch.count) return;
    this.batch = await this.source.next();
    this.at = 0;
  }
}

/**
 * The head whose record is next, and in `until` how many of its batch come before any other's: the earliest first, and
 * of equal times the one of the earlier file, as mergecap has it. Each file alone keeps its order, also where that is
 * not the order of time. `inTurn`: all of one file, then all of the next.
 */
export function nextRun(heads: readonly Head[], inTurn: boolean): { head: Head; until: number } | undefined {
  let first: Head | undefined;
  let second: Head | undefined;
  for (const head of heads) {
    if (head.batch === null) continue;
    if (inTurn) return { head, until: head.batch.count };
    if (first === undefined || !earlier(first, head)) {
      second = first;
      first = head;
    } else if (second === undefined || !earlier(second, head)) second = head;
  }
  if (first === undefined) return undefined;
  const { batch, at } = first as Head & { batch: Batch };
  if (second === undefined) return { head: first, until: batch.count };
  const winsTie = heads.indexOf(first) > heads.indexOf(second);
  const { seconds, nanoseconds } = second.batch!;
  const [s, n] = [seconds[second.at], nanoseconds[second.at]];
  let until = at + 1;
  while (until < batch.count) {
    const difference = batch.seconds[until] - s || batch.nanoseconds[until] - n;
    if (difference > 0 || (difference === 0 && !winsTie)) break;
    until++;
  }
  return { head: first, until };
}

function earlier(one: Head, other: Head): boolean {
  const [a, b] = [one.batch!, other.batch!];
  return (a.seconds[one.at] - b.seconds[other.at] || a.nanoseconds[one.at] - b.nanoseconds[other.at]) < 0;
}

/** The same source; the time of its very first record, before any filter, is added to `firsts`. */
export function noteFirst(source: PacketSource, firsts: Moment[]): PacketSource {
  let noted = false;
  return {
    get interfaces() {
      return source.interfaces;
    },
    get damage() {
      return source.damage;
    },
    get truncated() {
      return source.truncated === true;
    },
    async next() {
      const batch = await source.next();
      for (let i = 0; !noted && batch !== null && i < batch.count; i++) {
        if (!isPacket(batch.kind[i])) continue;
        firsts.push({ seconds: batch.seconds[i], nanoseconds: batch.nanoseconds[i] });
        noted = true;
      }
      return batch;
    },
    close: () => source.close(),
  };
}
