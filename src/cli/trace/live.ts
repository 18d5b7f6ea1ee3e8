// The live side of a trace: captures at all points, what they lost, what the kernel dropped, and counters before and after.
import { openCounters } from '../../drops/counters/source.ts';
import type { DropEvent, DropSource } from '../../drops/event.ts';
import { openDrops } from '../../drops/open.ts';
import { NscapError } from '../../errors.ts';
import { discover } from '../../netns/discover.ts';
import { HERE, type Namespace } from '../../netns/namespace.ts';
import { Topology } from '../../netns/topology.ts';
import { type CaptureLoss, CaptureLosses } from '../../source/capture-losses.ts';
import type { MergedSource } from '../../source/merged.ts';
import { type CaptureOptions, openPoints } from './open.ts';
import { withoutOwnConnection } from './own-connection.ts';
import type { CapturePoint } from './point.ts';

export class LivePoints {
  /** Packets in the order of their time stamps; its interfaces are the points. */
  readonly source: MergedSource;
  readonly points: readonly CapturePoint[];
  /** What was not available, in sentences. */
  readonly notes: string[];
  private readonly losses: CaptureLosses;
  private readonly drops: DropSource | undefined;
  private readonly counters: DropSource | undefined;
  private readonly events: DropEvent[] = [];
  private readonly reading: Promise<void>;

  private constructor(
    points: readonly CapturePoint[],
    source: MergedSource,
    drops: DropSource | undefined,
    counters: DropSource | undefined,
    notes: string[],
  ) {
    this.points = points;
    this.source = source;
    this.drops = drops;
    this.counters = counters;
    this.notes = notes;
    this.losses = new CaptureLosses(source);
    this.reading = this.read();
  }

  /**
   * Captures at the points from now on. Root is needed until this resolves, and no longer.
   * @throws NscapError as openPoints does
   */
  static async open(points: readonly CapturePoint[], options: CaptureOptions): Promise<LivePoints> {
    const namespaces = [...new Map(points.map(({ namespace }) => [namespace.inode, namespace])).values()];
    const notes: string[] = [];
    const drops = await openDropEvents([...namespaces, ...(await between(namespaces))], notes);
    let counters: DropSource | undefined;
    try {
      counters = await openCounters(namespaces, false, [], Number.POSITIVE_INFINITY);
      const source = openPoints(points, { ...options, exclude: exclusion(options) });
      return new LivePoints(points, source, drops, counters, notes);
    } catch (error) {
      await drops?.close();
      await counters?.close();
      throw error;
    }
  }

  private async read(): Promise<void> {
    const { drops, events } = this;
    if (drops === undefined) return;
    for (let found = await drops.next(); found !== null; found = await drops.next()) events.push(...found);
  }

  /** What the captures lost since the last call. */
  captureLosses(): CaptureLoss[] {
    return this.losses.look();
  }

  /** Packets that the kernel dropped, since the last call. */
  dropEvents(): DropEvent[] {
    return this.events.splice(0);
  }

  /** Drops that were counted, but of which there are no events: too many at a time, or lost on their way. */
  get unseenDrops(): number {
    if (this.drops === undefined) return 0;
    const { limited, lost } = this.drops.totals();
    return limited + lost;
  }

  /** Why it is not known how many drops there were, in a sentence; undefined where that is known. */
  get uncounted(): string | undefined {
    return this.drops?.totals().uncounted;
  }

  /** Stops capturing at all points; packets already captured are still delivered. */
  stop(): void {
    this.source.stop();
  }

  /** After the end of `source`: waits for the last drop events, and returns what counters grew by since the start. */
  async finish(): Promise<DropEvent[]> {
    this.drops?.stop();
    await this.reading;
    const grown: DropEvent[] = [];
    if (this.counters !== undefined) {
      this.counters.stop();
      for (let some = await this.counters.next(); some !== null; some = await this.counters.next())
        grown.push(...some);
    }
    return grown;
  }

  async close(): Promise<void> {
    await this.source.close();
    this.drops?.stop();
    await this.reading;
    await this.drops?.close();
    await this.counters?.close();
  }
}

/** Namespaces without a point that the wiring leads through from one with a point to the next: packets may be lost there. */
async function between(namespaces: readonly Namespace[]): Promise<Namespace[]> {
  if (namespaces.length < 2) return [];
  const discovery = await discover();
  const topology = new Topology(discovery.namespaces);
  const known = new Set(namespaces.map(({ inode }) => inode));
  const found: Namespace[] = [];
  const at = ({ inode }: Namespace) => discovery.namespaces.find((one) => one.inode === inode);
  for (const [i, one] of namespaces.slice(1).entries()) {
    const [from, to] = [at(namespaces[i]), at(one)];
    if (from === undefined || to === undefined) continue;
    for (const { wire } of topology.route(from, (node) => node.namespace === to) ?? []) {
      for (const { namespace } of wire) {
        if (known.has(namespace.inode)) continue;
        known.add(namespace.inode);
        found.push({ ...namespace.namespace, label: namespace.label });
      }
    }
  }
  return found;
}

async function openDropEvents(
  namespaces: readonly Namespace[],
  notes: string[],
): Promise<DropSource | undefined> {
  const refused: string[] = [];
  for (const how of ['bpf', 'nft'] as const) {
    try {
      const source = await openDrops({ how, namespaces });
      notes.push(...source.notes);
      return source;
    } catch (error) {
      if (!(error instanceof NscapError)) throw error;
      refused.push(`${how}: ${error.message}`);
    }
  }
  notes.push(`why packets are lost is not known but by counters: ${refused.join('; ')}`);
  return undefined;
}

/** The packets excluded in this process's own namespace. */
function exclusion({ exclude }: CaptureOptions): CaptureOptions['exclude'] {
  return exclude ?? ((namespace) => (namespace.inode === HERE.inode ? withoutOwnConnection() : undefined));
}
