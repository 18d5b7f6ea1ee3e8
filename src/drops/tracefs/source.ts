// Drops by the kernel's tracing: reason and function of each, but no packet. The interface, and by it the namespace, is
// that on which the kernel received the same buffer right before.
import { closeSync, constants, readlinkSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readable, wake } from '../../binding/poll.ts';
import { realtimeOffset } from '../../binding/time.ts';
import { discover } from '../../netns/discover.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { DropEvent, DropSource, DropTotals } from '../event.ts';
import type { Places } from '../places.ts';
import { TraceInstance } from './instance.ts';
import { lostEvents, parseTraceLine, type TraceLine } from './line.ts';

/** KiB of each processor's buffer. */
const BUFFER = 2048;
/** Milliseconds that events are gathered after the first. */
const GATHER = 20;
/** Nanoseconds within which a buffer that was received is still the same packet. */
const SAME = 1_000_000n;
/** Buffers received that are kept until they are dropped. */
const REMEMBERED = 8192;
/** Names that a filter of the kernel's tracing may have; it takes 4 KiB. */
const MOST_NAMES = 100;

/** A read gives at most a page: what comes faster than this many at a time is lost, and counted by the kernel. */
const MOST_READS = 64;

interface Device {
  name: string;
  index: number;
  inode: number;
}

/** Opens this way. Throws NscapError where that is not allowed, or the kernel has no tracing. */
export async function openTracefs(
  namespaces: readonly Namespace[] | undefined,
  places: Places,
  hasFilter: boolean,
): Promise<TracefsDrops> {
  const instance = await TraceInstance.make();
  try {
    instance.set('trace_clock', 'mono');
    instance.set('buffer_size_kb', String(BUFFER));
    const devices = namespaces === undefined ? new Map() : await watchDevices(instance, namespaces);
    instance.set('events/skb/kfree_skb/enable', '1');
    return new TracefsDrops(instance, namespaces, devices, places, hasFilter);
  } catch (error) {
    await instance.remove();
    throw error;
  }
}

/** Has what the namespaces' devices receive traced, too; undefined stands for a name that other namespaces have as well. */
async function watchDevices(
  instance: TraceInstance,
  namespaces: readonly Namespace[],
): Promise<Map<string, Device | undefined>> {
  const wanted = new Set(namespaces.map(({ inode }) => inode));
  const all = (await discover()).namespaces.flatMap(({ inode, interfaces = [] }) =>
    interfaces.map(({ name, index }): Device => ({ name, index, inode })),
  );
  const devices = new Map<string, Device | undefined>();
  for (const device of all.filter(({ inode }) => wanted.has(inode))) {
    const alone = all.every((other) => other === device || other.name !== device.name);
    devices.set(device.name, alone ? device : undefined);
  }
  // Every namespace has a lo: nothing would tell which.
  const names = [...devices.keys()]
    .filter((name) => name !== 'lo' && /^[\w.:@-]+$/.test(name))
    .slice(0, MOST_NAMES);
  if (names.length > 0) {
    instance.set(
      'events/net/netif_receive_skb/filter',
      names.map((name) => `name == "${name}"`).join(' || '),
    );
    instance.set('events/net/netif_receive_skb/enable', '1');
  }
  return devices;
}

export class TracefsDrops implements DropSource {
  readonly way = 'tracefs';
  readonly notes = [
    "the kernel's tracing shows no packets, and the namespace only where the interface tells; drops of which nothing tells the namespace are counted only",
  ];
  private readonly instance: TraceInstance;
  private readonly descriptor: number;
  /** The switch of it all, opened while we may. */
  private readonly tracing: number;
  private readonly wanted: Set<number> | undefined;
  private readonly devices: Map<string, Device | undefined>;
  private readonly places: Places;
  /** Where and when each processor received a buffer, by the address the trace gives it. */
  private readonly received = new Map<string, { time: bigint; processor: number; device: string }>();
  private readonly buffer = Buffer.alloc(1 << 16);
  private rest = '';
  private packets = 0;
  private lost = 0;
  private unplaced = 0;
  private stopped = false;
  /** There was nothing more to read. */
  private idle = false;

  constructor(
    instance: TraceInstance,
    namespaces: readonly Namespace[] | undefined,
    devices: Map<string, Device | undefined>,
    places: Places,
    hasFilter: boolean,
  ) {
    this.instance = instance;
    this.descriptor = instance.open('trace_pipe', constants.O_RDONLY | constants.O_NONBLOCK);
    this.tracing = instance.open('tracing_on', constants.O_WRONLY);
    this.wanted = namespaces === undefined ? undefined : new Set(namespaces.map(({ inode }) => inode));
    this.devices = devices;
    this.places = places;
    if (hasFilter) this.notes.push("the kernel's tracing cannot be filtered by packet: all drops are shown");
  }

  async next(): Promise<DropEvent[] | null> {
    for (;;) {
      const events = this.drain();
      if (events.length > 0) return events;
      if (this.idle && this.stopped) return null;
      if (this.idle) await readable(this.descriptor);
      if (!this.stopped) await sleep(GATHER);
    }
  }

  private drain(): DropEvent[] {
    const offset = realtimeOffset();
    const lines = (this.rest + this.read()).split('\n');
    this.rest = lines.pop()!;
    const events: DropEvent[] = [];
    for (const text of lines) {
      this.lost += lostEvents(text) ?? 0;
      const line = parseTraceLine(text);
      if (line?.event === 'netif_receive_skb') {
        const { time, processor, fields } = line;
        this.received.set(fields.get('skbaddr')!, { time, processor, device: fields.get('dev')! });
      } else if (line?.event === 'kfree_skb') {
        const event = this.event(line, offset);
        if (event !== undefined) events.push(event);
      }
    }
    // Addresses are used again and again: most of what is left is old.
    if (this.received.size > REMEMBERED) this.received.clear();
    this.packets += events.length;
    return events;
  }

  private read(): string {
    let text = '';
    this.idle = false;
    for (let reads = 0; reads < MOST_READS; reads++) {
      try {
        const length = readSync(this.descriptor, this.buffer);
        if (length === 0) return text;
        text += this.buffer.toString('latin1', 0, length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        this.idle = true;
        return text;
      }
    }
    return text;
  }

  /** Undefined for a packet of another namespace. */
  private event(line: TraceLine, offset: bigint): DropEvent | undefined {
    const nanoseconds = line.time + offset;
    const event: DropEvent = {
      time: {
        seconds: Number(nanoseconds / 1_000_000_000n),
        nanoseconds: Number(nanoseconds % 1_000_000_000n),
      },
      count: 1,
    };
    const reason = line.fields.get('reason');
    if (reason !== undefined) event.reason = reason;
    const functionName = /^[^+.]+/.exec(line.fields.get('location') ?? '')?.[0];
    if (functionName !== undefined) event.function = functionName;
    const inode = this.place(line, event);
    if (inode === undefined) {
      // Of those that we asked for, or of any other: what nothing tells of is counted only.
      if (this.wanted === undefined || event.interface !== undefined) return event;
      this.unplaced++;
      return undefined;
    }
    if (this.wanted?.has(inode) === false) return undefined;
    event.namespace = this.places.namespace(inode);
    return event;
  }

  /** Adds the interface and returns the namespace, as far as they can be told. */
  private place(line: TraceLine, event: DropEvent): number | undefined {
    const received = this.received.get(line.fields.get('skbaddr') ?? '');
    if (received?.processor === line.processor && line.time - received.time < SAME) {
      const device = this.devices.get(received.device);
      event.interface = { index: device?.index ?? 0, name: received.device };
      event.direction = 'in';
      if (device !== undefined) return device.inode;
    }
    if (line.inInterrupt || line.process === 0) return undefined;
    try {
      // What a process itself sends is dropped while it runs.
      const link = readlinkSync(`/proc/${line.process}/ns/net`);
      return Number(/\d+/.exec(link)?.[0]);
    } catch {
      return undefined; // It has ended, or may not be looked at any more.
    }
  }

  totals(): DropTotals {
    const { packets, lost, unplaced } = this;
    return { packets: packets + lost, limited: 0, lost, unplaced };
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    writeSync(this.tracing, '0');
    wake(this.descriptor);
  }

  async close(): Promise<void> {
    this.stop();
    closeSync(this.descriptor);
    closeSync(this.tracing);
    await this.instance.remove();
  }
}
