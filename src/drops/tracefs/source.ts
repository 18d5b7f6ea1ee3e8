// Drops by the kernel's tracing: reason and function of each, but no packet. The interface, and by it the namespace, is
// that which the same buffer passed right before.
import { closeSync, constants, existsSync, readlinkSync, readSync, statSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readable, wake } from '../../binding/poll.ts';
import { realtimeOffset } from '../../binding/time.ts';
import { discover } from '../../netns/discover.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { DropEvent, DropSource, DropTotals } from '../event.ts';
import { ModuleReasons } from '../module-reasons.ts';
import type { Places } from '../places.ts';
import { TraceInstance } from './instance.ts';
import { lostEvents, parseTraceLine, type TraceLine } from './line.ts';
import { Passages } from './passages.ts';

/** KiB of each processor's buffer. */
const BUFFER = 2048;
/** Milliseconds that events are gathered after the first. */
const GATHER = 20;
/** Names that a filter of the kernel's tracing may have; it takes 4 KiB. */
const MOST_NAMES = 100;

/** A read returns at most a page: events beyond this many at a time are lost, and counted by the kernel. */
const MOST_READS = 64;

interface Device {
  name: string;
  index: number;
  inode: number;
}

/** Opens this method. Throws NscapError if that is not allowed, or the kernel has no tracing. */
export async function openTracefs(
  namespaces: readonly Namespace[] | undefined,
  places: Places,
  { hasFilter, threads }: { hasFilter: boolean; threads: boolean },
): Promise<TracefsDrops> {
  const instance = await TraceInstance.make();
  try {
    instance.set('trace_clock', 'mono');
    instance.set('buffer_size_kb', String(BUFFER));
    const devices = namespaces === undefined ? new Map() : await watchDevices(instance, namespaces);
    instance.set('events/skb/kfree_skb/enable', '1');
    const source = new TracefsDrops(instance, namespaces, devices, places, threads);
    if (hasFilter)
      source.notes.push("the kernel's tracing cannot be filtered by packet: all drops are shown");
    return source;
  } catch (error) {
    await instance.remove();
    throw error;
  }
}

/** Tracepoints at which a packet passes an interface. */
const PASSING = ['netif_receive_skb', 'net_dev_queue'];

/** Has what passes the namespaces' devices traced, too; undefined stands for a name that other namespaces have as well. */
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
    const alone =
      seesAll() && all.every((candidate) => candidate === device || candidate.name !== device.name);
    devices.set(device.name, alone ? device : undefined);
  }
  // Every namespace has a lo: nothing would tell which.
  const names = [...devices.keys()]
    .filter((name) => name !== 'lo' && /^[\w.:@-]+$/.test(name))
    .slice(0, MOST_NAMES);
  if (names.length > 0) {
    const filter = names.map((name) => `name == "${name}"`).join(' || ');
    for (const event of PASSING) {
      instance.set(`events/net/${event}/filter`, filter);
      instance.set(`events/net/${event}/enable`, '1');
    }
  }
  return devices;
}

/** Inode of the first process namespace of a machine (linux/nsfs.h): from there all namespaces with processes are seen. */
const FIRST = 0xeffffffc;

/** Whether the trace has no devices but those of namespaces that we see. */
function seesAll(): boolean {
  return statSync('/proc/self/ns/pid').ino === FIRST;
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
  private readonly passages = new Passages();
  private readonly moduleReasons = new ModuleReasons();
  /** Whether drops on behalf of threads are delivered though nothing tells their namespace. */
  private readonly threads: boolean;
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
    threads: boolean,
  ) {
    this.instance = instance;
    this.descriptor = instance.open('trace_pipe', constants.O_RDONLY | constants.O_NONBLOCK);
    this.tracing = instance.open('tracing_on', constants.O_WRONLY);
    this.wanted = namespaces === undefined ? undefined : new Set(namespaces.map(({ inode }) => inode));
    this.devices = devices;
    this.places = places;
    this.threads = threads;
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
      if (line === undefined) continue;
      if (line.event === 'kfree_skb') {
        const event = this.event(line, offset);
        if (event !== undefined) events.push(event);
      } else this.passages.note(line, offset);
    }
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
    // The trace has names of the kernel's own reasons only.
    if (reason !== undefined)
      event.reason = reason.startsWith('0x') ? this.moduleReasons.name(Number(reason)) : reason;
    const functionName = /^[^+.]+/.exec(line.fields.get('location') ?? '')?.[0];
    if (functionName !== undefined) event.function = functionName;
    const passages = this.passages.take(line, offset);
    if (passages.length > 0) event.passages = passages;
    const inode = this.place(line, event);
    if (inode === undefined) {
      // Of a requested namespace or of any other: events without a namespace are only counted.
      const isKept = event.interface !== undefined || (this.threads && event.thread !== undefined);
      if (this.wanted === undefined || isKept) return event;
      this.unplaced++;
      return undefined;
    }
    if (this.wanted?.has(inode) === false) return undefined;
    event.namespace = this.places.namespace(inode);
    return event;
  }

  /** Adds the interface and returns the namespace, as far as they are known. */
  private place(line: TraceLine, event: DropEvent): number | undefined {
    // Packets are dropped on behalf of a thread before any capture, too, as by the queue of the interface it sends by.
    const isOfThread = !line.inInterrupt && line.process !== 0;
    if (isOfThread) event.thread = line.process;
    const last = event.passages?.at(-1);
    if (last !== undefined) {
      const device = this.devices.get(last.interface);
      event.interface = { index: device?.index ?? 0, name: last.interface };
      event.direction = last.direction;
      if (device !== undefined) return device.inode;
    }
    if (!isOfThread) return undefined;
    // A thread of this process was in the namespace during the system call only.
    if (existsSync(`/proc/self/task/${line.process}`)) return undefined;
    try {
      // What a process itself sends is dropped while it runs.
      const link = readlinkSync(`/proc/${line.process}/ns/net`);
      return Number(/\d+/.exec(link)?.[0]);
    } catch {
      return undefined; // It has ended, or may not be inspected any more.
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
    await wake(this.descriptor);
    closeSync(this.descriptor);
    closeSync(this.tracing);
    await this.instance.remove();
  }
}
