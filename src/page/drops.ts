// Packets dropped by the kernel that a capture has records of (capture --drops, drops -w).
import type { Batch } from '../base/batch.ts';
import { harmlessBecause } from '../drops/harmless.ts';
import { ruleText } from '../drops/nft/listing.ts';
import { isDropInterface, recordedDrop } from '../drops/recorded.ts';
import { Segment } from '../flow/segment.ts';
import { DropSummary, dropRemark, explanation } from '../report/drops.ts';
import type { PacketSource } from '../source/source.ts';
import type { DropsData } from './document.ts';

/** Drops that are listed. */
const LISTED = 300;

/** Drops of a capture, counted, and the first ones kept. */
export class RecordedDrops {
  /** Frames of the drops that are listed. */
  readonly frames: number[] = [];
  private readonly summary = new DropSummary();
  private readonly listed: DropsData['listed'] = [];
  private readonly remarks = new Map<number, string>();
  private readonly segment = new Segment();
  private readonly source: PacketSource;
  /** Of each interface, whether it stands for packets dropped. */
  private readonly known: boolean[] = [];

  constructor(source: PacketSource) {
    this.source = source;
  }

  /** Whether record `index` is of a packet that was dropped, and not of one that was captured. */
  isDrop(batch: Batch, index: number): boolean {
    const number = batch.interface[index];
    const known = this.known[number];
    if (known !== undefined) return known;
    const one = this.source.interfaces[number];
    const found = one !== undefined && isDropInterface(one);
    this.known[number] = found;
    return found;
  }

  /** Takes such a record. */
  add(batch: Batch, index: number): void {
    const event = recordedDrop(batch, index, this.source.interfaces[batch.interface[index]]);
    this.summary.add(event);
    if (this.listed.length === LISTED) return;
    const frame = batch.frame(index);
    const { segment } = this;
    const isSegment = segment.place(batch, index) && segment.complete;
    this.frames.push(frame);
    this.remarks.set(frame, dropRemark(event));
    this.listed.push({
      frame,
      time: event.time.seconds + event.time.nanoseconds / 1e9,
      place: `${event.namespace?.name ?? '?'}:${event.interface?.name ?? '?'}`,
      reason: event.reason ?? null,
      function: event.function ?? null,
      rule: event.rule === undefined ? null : ruleText(event.rule),
      explanation: explanation(event),
      harmless: harmlessBecause(event) !== undefined,
      from: isSegment ? segment.endpoint(true) : null,
      to: isSegment ? segment.endpoint(false) : null,
    });
  }

  /** What stands behind the line of a frame; empty where it was not dropped. */
  remark(frame: number): string {
    return this.remarks.get(frame) ?? '';
  }

  data(): DropsData | undefined {
    if (this.summary.packets === 0) return undefined;
    const { packets, harmless } = this.summary;
    return { packets, harmless, ...this.summary.rows(), listed: this.listed };
  }
}
