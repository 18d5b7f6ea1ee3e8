// What `nscap top` does once it is in the namespace: captures headers, and shows the connections once a second.
import { becomeUser, futureUser } from '../../binding/privilege.ts';
import { NscapError } from '../../errors.ts';
import { Analysis } from '../../flow/analysis.ts';
import { Busiest } from '../../flow/busiest.ts';
import { LIVE_CONNECTIONS, LiveAnalysis } from '../../flow/live-analysis.ts';
import { PerInterface } from '../../flow/per-interface.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { type Moment, ORDERS, type Order, topScreen } from '../../report/top.ts';
import { InterfaceSource } from '../../source/live.ts';
import { openInterface } from '../../source/open-interface.ts';
import { isGone } from '../capture/deletion.ts';
import { interfaceNamed } from '../capture/interfaces.ts';
import { interruptible } from '../interrupt.ts';
import { Screen } from '../screen.ts';

/** Bytes captured of a packet: headers, also in tunnels. */
const SNAPLEN = 256;
/** Milliseconds until the kernel delivers a partly filled block. */
const TIMEOUT = 20;
const BUFFER_KIB = 32_768;
/** Milliseconds between two updates, and updates after which an idle connection is removed. */
const INTERVAL = 1000;
const MEMORY = 10;
/** The most lines of a screen, for terminals that claim to be endless. */
const MOST = 500;

/** Shows the interface until a key or a signal ends it. Throws INTERFACE_GONE where the interface does. */
export async function watch(
  namespace: Namespace,
  device: string,
  filter: string,
  { sort: order, store }: { sort: Order; store?: string },
): Promise<void> {
  const name = await interfaceNamed(namespace, device, false);
  const source = open(namespace, name, filter);
  try {
    // Loaded before root is given up: the user may not be able to read nscap's files.
    const stored = store === undefined ? undefined : await import('../store/capture-store.ts');
    becomeUser(futureUser(undefined));
    const rows =
      store === undefined
        ? undefined
        : new LiveAnalysis(source, LIVE_CONNECTIONS, false, (statistics, label) => {
            return new stored!.CaptureStore(store, statistics, label, { filter, file: undefined });
          });
    const title = `${namespace.label}:${name}${filter === '' ? '' : `  ${filter}`}`;
    try {
      await interruptible(async (signal) => {
        const display = new Display(source, title, name === 'any', order, () => isGone(namespace), rows);
        await display.run(signal);
      });
    } finally {
      rows?.finishRows();
    }
  } finally {
    await source.close();
  }
}

function open({ label }: Namespace, name: string, filter: string): InterfaceSource {
  const handle = openInterface(name, filter, {
    snaplen: SNAPLEN,
    promiscuous: true,
    timeout: TIMEOUT,
    bufferKib: BUFFER_KIB,
  });
  return new InterfaceSource(handle, {
    name: `${label}:${name}`,
    description: '',
    linkType: handle.fileLinkType,
    snaplen: handle.snaplen,
  });
}

/** The capture and its screen. */
class Display {
  private readonly source: InterfaceSource;
  private readonly title: string;
  private readonly gone: () => boolean;
  /** The rows to be stored from the same packets. */
  private readonly rows: LiveAnalysis | undefined;
  private readonly interfaces: PerInterface<{ busiest: Busiest; analysis: Analysis }>;
  private readonly screen = new Screen({
    key: (key) => this.attempt(() => this.key(key)),
    redraw: () => this.attempt(() => this.draw()),
  });
  private order: Order;
  private looked = performance.now();
  private moment: Moment;
  private end: () => void = () => {};
  private failure: unknown;

  /** `several`: the interface of each connection is shown. `gone`: whether the namespace was deleted. */
  constructor(
    source: InterfaceSource,
    title: string,
    several: boolean,
    order: Order,
    gone: () => boolean,
    rows: LiveAnalysis | undefined,
  ) {
    this.rows = rows;
    this.source = source;
    this.title = title;
    this.order = order;
    this.gone = gone;
    this.interfaces = new PerInterface(source, (label) => {
      const analysis = new Analysis(LIVE_CONNECTIONS);
      const device = label.slice(label.lastIndexOf(':') + 1);
      return { analysis, busiest: new Busiest(several ? device : '', analysis) };
    });
    this.moment = this.look();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { source, screen } = this;
    const ended = new Promise<void>((resolve) => {
      this.end = resolve;
      signal.addEventListener('abort', () => resolve());
    });
    let gone = false;
    const timer = setInterval(() => {
      gone ||= this.gone();
      if (gone) this.end();
      else {
        this.attempt(() => {
          this.moment = this.look();
          this.draw();
        });
      }
    }, INTERVAL);
    screen.enter();
    try {
      this.draw();
      const packets = this.packets();
      await Promise.race([ended, packets]);
      await source.close();
      await packets;
    } finally {
      clearInterval(timer);
      screen.leave();
    }
    if (this.failure !== undefined) throw this.failure;
    if (gone) throw new NscapError('NAMESPACE_GONE', 'the namespace was deleted');
    if (source.gone.length > 0) throw new NscapError('INTERFACE_GONE', `${source.gone[0]} has disappeared`);
  }

  /** An error while the screen is on must not be printed there: it ends the display, and is reported afterwards. */
  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.failure ??= error;
      this.end();
    }
  }

  private async packets(): Promise<void> {
    const { source, interfaces } = this;
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) interfaces.of(batch, i).busiest.add(batch, i);
      this.rows?.addBatch(batch);
    }
  }

  /** The traffic since the last update. */
  private look(): Moment {
    const now = performance.now();
    const seconds = Math.max((now - this.looked) / 1000, 1e-3);
    this.looked = now;
    const { rank } = ORDERS[this.order];
    const all = this.interfaces.all;
    const sum = (value: (busiest: Busiest) => number) =>
      all.reduce((total, { busiest }) => total + value(busiest), 0);
    const [packets, bytes, tcpPackets] = [
      sum((busiest) => busiest.packets),
      sum((busiest) => busiest.bytes),
      sum((busiest) => busiest.tcpPackets),
    ];
    return {
      title: this.title,
      seconds,
      packets,
      bytes,
      tcpPackets,
      dropped: this.source.tallies()[0]?.dropped ?? 0,
      connections: all.reduce((total, { analysis }) => total + analysis.streams, 0),
      order: this.order,
      activities: all
        .flatMap(({ busiest }) => busiest.look(MOST, MEMORY, rank))
        .sort((a, b) => rank(b) - rank(a))
        .slice(0, MOST),
    };
  }

  private draw(): void {
    const { screen } = this;
    const [width, height] = [screen.width, Math.min(screen.height, MOST)];
    screen.draw(topScreen(this.moment, width, height));
  }

  private key(key: string): void {
    if (key === 'q' || key === 'Q') this.end();
    const order = (Object.keys(ORDERS) as Order[]).find((candidate) => ORDERS[candidate].key === key);
    if (order === undefined) return;
    this.order = order;
    const { rank } = ORDERS[order];
    this.moment = {
      ...this.moment,
      order,
      activities: [...this.moment.activities].sort((a, b) => rank(b) - rank(a)),
    };
    this.draw();
  }
}
