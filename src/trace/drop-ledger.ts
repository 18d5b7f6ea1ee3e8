// Drop events that wait for the packet they are about.
import { Batch } from '../base/batch.ts';
import type { DropEvent } from '../drops/event.ts';
import type { Identity } from './identity.ts';
import type { Sightings } from './sightings.ts';

/** Events about packets with one key, the oldest first: times, and undefined for those that are used up. */
interface Queue {
  events: (DropEvent | undefined)[];
  times: number[];
  /** The first that is not used up or too old. */
  first: number;
}

/** Events kept at most. */
const MOST = 1 << 15;
/** The most events of equal packets examined for one packet. */
const LOOKED = 64;

/** Events by the key of their packet, without its flow: NAT may have happened in between. */
export class DropLedger {
  private readonly queues = new Map<number, Queue>();
  private readonly record = new Batch(1);
  private readonly window: number;
  private kept = 0;

  constructor(window: number) {
    this.window = window;
  }

  /** May there be an event about the packet seen last at `i`? */
  mayHave(sightings: Sightings, i: number): boolean {
    return this.kept > 0 && this.queues.has(sightings.coarse[i]);
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
    let queue = this.queues.get(packet.coarse);
    if (queue === undefined) {
      queue = { events: [], times: [], first: 0 };
      this.queues.set(packet.coarse, queue);
    }
    queue.events.push(event);
    queue.times.push(time);
    if (++this.kept > MOST) this.forget(time - 2 * this.window);
  }

  /** The event about the packet seen last at `i`, if there is one; it is used up then. */
  take(sightings: Sightings, i: number): DropEvent | undefined {
    if (this.kept === 0) return undefined;
    const queue = this.queues.get(sightings.coarse[i]);
    if (queue === undefined) return undefined;
    const { events, times } = queue;
    const time = sightings.time[i];
    while (
      queue.first < times.length &&
      (events[queue.first] === undefined || times[queue.first] < time - this.window)
    )
      queue.first++;
    const end = Math.min(times.length, queue.first + LOOKED);
    for (let k = queue.first; k < end; k++) {
      const event = events[k];
      if (event === undefined || times[k] < time) continue;
      if (times[k] > time + this.window) return undefined;
      events[k] = undefined;
      return event;
    }
    return undefined;
  }

  /** Forgets events that are used up or older than a time; if all are young, the older half. */
  private forget(time: number): void {
    this.kept = 0;
    for (const [key, queue] of this.queues) {
      const { events, times } = queue;
      let { first } = queue;
      while (first < times.length && (events[first] === undefined || times[first] < time)) first++;
      if (times.length - first > MOST / 2) first = times.length - MOST / 2;
      events.splice(0, first);
      times.splice(0, first);
      queue.first = 0;
      this.kept += times.length;
      if (times.length === 0) this.queues.delete(key);
    }
    // Many keys, and all of them young: the oldest keys go.
    for (const [key, { times }] of this.queues) {
      if (this.kept <= MOST / 2) return;
      this.kept -= times.length;
      this.queues.delete(key);
    }
  }
}
