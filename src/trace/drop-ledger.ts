// Drop events that wait for the packet they are about.
import { Batch } from '../base/batch.ts';
import type { DropEvent } from '../drops/event.ts';
import type { Identity } from './identity.ts';
import type { Sightings } from './sightings.ts';

interface Entry {
  event: DropEvent;
  time: number;
  keyB: number;
  taken: boolean;
}

/** Events kept at most. */
const MOST = 1 << 15;

/** Events by the key of their packet, without its flow: NAT may have happened in between. */
export class DropLedger {
  private readonly entries = new Map<number, Entry[]>();
  private readonly order: { key: number; entry: Entry }[] = [];
  private readonly record = new Batch(1);
  private readonly window: number;

  constructor(window: number) {
    this.window = window;
  }

  /** `packet` is used to read the event's packet. */
  add(event: DropEvent, packet: Identity, time: number): void {
    const { packet: dropped } = event;
    if (dropped === undefined || dropped.bytes.length === 0) return;
    const { record } = this;
    record.reset(dropped.bytes, 1);
    record.offset[0] = 0;
    record.captured[0] = dropped.bytes.length;
    record.wire[0] = dropped.length;
    record.linkType[0] = dropped.linkType;
    record.count = 1;
    packet.place(record, 0);
    const entry = { event, time, keyB: packet.payloadHash, taken: false };
    const list = this.entries.get(packet.coarse);
    if (list === undefined) this.entries.set(packet.coarse, [entry]);
    else list.push(entry);
    this.order.push({ key: packet.coarse, entry });
    if (this.order.length > MOST) this.forget();
  }

  /** The event about the packet seen last at `i`, if there is one; it is used up then. */
  take(sightings: Sightings, i: number): DropEvent | undefined {
    if (this.entries.size === 0) return undefined;
    const list = this.entries.get(sightings.coarse[i]);
    if (list === undefined) return undefined;
    const time = sightings.time[i];
    for (const entry of list) {
      if (entry.taken || entry.time < time || entry.time > time + this.window) continue;
      entry.taken = true;
      return entry.event;
    }
    return undefined;
  }

  private forget(): void {
    for (const { key, entry } of this.order.splice(0, MOST / 4)) {
      const list = this.entries.get(key)!.filter((other) => other !== entry);
      if (list.length === 0) this.entries.delete(key);
      else this.entries.set(key, list);
    }
  }
}
