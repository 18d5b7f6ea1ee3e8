// The file of `nscap trace -w`: packets of all points and those that the kernel dropped, in order of time, with what became
// of them as comments.
import type { Batch } from '../../base/batch.ts';
import { type Interface, type Moment, momentOf } from '../../base/interface.ts';
import type { User } from '../../binding/privilege.ts';
import { DropBatches } from '../../drops/batch.ts';
import type { DropEvent } from '../../drops/event.ts';
import { PcapngFile } from '../../output/pcapng-file.ts';
import type { CaptureLoss } from '../../source/capture-losses.ts';
import type { Tally } from '../../source/live.ts';
import { HeldRecords } from './held-records.ts';

/** More than the points of any trace: combines a point and a number into one key. */
const POINTS = 256;

export class StoryFile {
  /** Records written before the fate of their packets was known, because there were too many. */
  early = 0;
  private readonly file: PcapngFile;
  private readonly points: number;
  private readonly held = new HeldRecords();
  private readonly numbers: number[];
  /** Of them, those that are in the file. */
  private readonly written: number[];
  private readonly comments = new Map<number, string>();
  private readonly drops = new DropBatches();
  private readonly events: DropEvent[] = [];
  private described: number;
  private isClosed = false;
  private readonly lost: number[];

  /** Throws NscapError where the file cannot be made. `points` are its interfaces, in this order. */
  constructor(path: string, user: User | undefined, points: readonly Interface[]) {
    this.file = new PcapngFile(path, user);
    this.points = points.length;
    this.described = points.length;
    this.numbers = points.map(() => 0);
    this.written = points.map(() => 0);
    this.lost = points.map(() => 0);
    for (const point of points) this.file.writer.interface(point);
    this.file.flush();
  }

  /** Takes records from `from` on, whose interfaces are the points. */
  add(batch: Batch, from = 0): void {
    const { held, numbers } = this;
    for (let i = from; i < batch.count; i++) {
      while (!held.hasRoom(batch.captured[i])) {
        this.early++;
        this.writeOldest();
      }
      held.take(batch, i, ++numbers[batch.interface[i]]);
    }
    this.file.flushFull();
  }

  /** Adds a comment to the `number`th record of a point. A comment after the record was released is not written. */
  comment(point: number, number: number, text: string): void {
    if (number <= this.written[point]) return;
    const key = number * POINTS + point;
    const before = this.comments.get(key);
    this.comments.set(key, before === undefined ? text : `${before}; ${text}`);
  }

  /** Packets that the kernel dropped. */
  drop(events: readonly DropEvent[]): void {
    for (const event of events) {
      let at = this.events.length;
      while (at > 0 && isEarlier(event.time, this.events[at - 1].time)) at--;
      this.events.splice(at, 0, event);
    }
  }

  /** The capture of a point lost packets: as statistics before and after (isb_osdrop). */
  captureLost({ interface: point, from, to, packets }: CaptureLoss): void {
    const { writer } = this.file;
    writer.statistics(point, { time: momentOf(from), osDropped: this.lost[point] });
    this.lost[point] += packets;
    writer.statistics(point, { time: momentOf(to), osDropped: this.lost[point] });
  }

  /** What became of packets before this moment is known: their records are written. */
  release({ seconds, nanoseconds }: Moment): void {
    const { held } = this;
    while (held.oldest !== held.end && held.isBefore(seconds, nanoseconds)) {
      this.writeOldest();
      this.file.flushFull();
    }
    this.file.flush();
  }

  private writeOldest(): void {
    const { held, comments } = this;
    if (this.events.length > 0) this.writeDrops(held.oldestSeconds, held.oldestNanoseconds);
    const { oldestNumber: number, oldestPoint: point } = held;
    this.written[point] = number;
    const key = number * POINTS + point;
    const comment = comments.get(key);
    if (comment !== undefined) comments.delete(key);
    const batch = held.release();
    this.file.writer.record(batch, 0, point, comment);
  }

  /** Drop events until a time. */
  private writeDrops(seconds: number, nanoseconds: number): void {
    const { events } = this;
    const end = events.findIndex(({ time }) => !isEarlier(time, { seconds, nanoseconds }));
    const due = events.splice(0, end < 0 ? events.length : end);
    if (due.length === 0) return;
    const { writer } = this.file;
    const batch = this.drops.batch(due);
    const { interfaces } = this.drops;
    for (; this.described < this.points + interfaces.length; this.described++) {
      writer.interface(interfaces[this.described - this.points]);
    }
    for (let i = 0; i < batch.count; i++) writer.record(batch, i, this.points + batch.interface[i]);
  }

  /** Writes what is held still, and the captures' counters. Nothing where it is closed. */
  close(tallies: readonly Tally[]): void {
    const { held } = this;
    if (this.isClosed) return;
    this.isClosed = true;
    while (held.oldest !== held.end) {
      this.writeOldest();
      this.file.flushFull();
    }
    this.writeDrops(Number.POSITIVE_INFINITY, 0);
    for (const [point, { captured, received, dropped }] of tallies.entries()) {
      this.file.writer.statistics(point, {
        delivered: captured,
        ...(received === undefined ? {} : { accepted: received }),
        ...(dropped === undefined ? {} : { osDropped: dropped }),
      });
    }
    this.file.flush();
    this.file.close();
  }
}

function isEarlier(one: Moment, other: Moment): boolean {
  return (
    one.seconds < other.seconds || (one.seconds === other.seconds && one.nanoseconds < other.nanoseconds)
  );
}
