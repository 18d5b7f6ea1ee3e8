// Opening live captures in any namespace, and watching over them.
import { statSync } from 'node:fs';
import os from 'node:os';
import type { Batch } from '../base/batch.ts';
import type { InterfaceNames } from '../base/interface.ts';
import type { Handle } from '../binding/libpcap.ts';
import { insideNamespace } from '../binding/netlink.ts';
import { NscapError, usageError } from '../errors.ts';
import { DEFAULT_SNAPLEN } from '../file/pcap-writer.ts';
import { findInterface, interfaces as interfacesOf } from '../netns/interfaces.ts';
import { HERE, type Namespace } from '../netns/namespace.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import { InterfaceSource, type LiveSource, type Tally } from '../source/live.ts';
import { openInterface, RING_KIB } from '../source/open-interface.ts';
import { interfaceNames } from '../source/source.ts';
import { type Capture, CaptureOf } from './capture.ts';

/** How a live capture is opened. */
export interface LiveOptions {
  /**
   * The namespace: a name under /run/netns, `pid:1234`, `container:NAME`, a path, or `host`. Absent: the one that this
   * process is in.
   */
  namespace?: string;
  /** Only packets that match this pcap-filter(7) expression; it runs in the kernel. */
  filter?: string;
  /** Ends by itself after this many packets. */
  count?: number;
  /** Ends the capture when it is aborted; `AbortSignal.timeout(5000)` captures for five seconds. */
  signal?: AbortSignal;
  /** Bytes captured of a packet at most: 262 144 where absent, as tcpdump. */
  snaplen?: number;
  /** Also packets for other hosts that pass the interface: true where absent. */
  promiscuous?: boolean;
  /** `in` or `out` for packets of one direction only. */
  direction?: 'in' | 'out';
  /** Size of the kernel's ring in KiB: 8192 where absent. */
  bufferKib?: number;
  /** Each packet is handed over at once, at a cost, instead of after at most 10 ms. */
  immediate?: boolean;
  /** Name of a time stamp type (pcap-tstamp(7)), such as `adapter`. */
  timestampType?: string;
}

/** A live capture under way. */
export interface LiveCapture extends Capture {
  /** What was counted on each of `interfaces`, in packets; also after the end. */
  tallies(): Tally[];
  /** Lets no further packet in; what has come already is still delivered, and then the capture ends. */
  stop(): void;
  /** Names of the interfaces that were removed while they were captured on. */
  readonly gone: readonly string[];
}

/** Milliseconds until the kernel hands over packets that do not fill a block. */
const TIMEOUT = 10;
/** Milliseconds between two looks whether the namespace is still there. */
const WATCH = 500;

/** What `openLive` does, loaded when it is called. */
export async function openLive(
  interfaces: string | readonly string[],
  options: LiveOptions,
): Promise<LiveCapture> {
  const names = typeof interfaces === 'string' ? [interfaces] : [...interfaces];
  if (names.length === 0) throw usageError('an interface is needed', "openLive('eth0')");
  options.signal?.throwIfAborted();
  const namespace = options.namespace === undefined ? HERE : await resolveNamespace(options.namespace);
  const handles = await openAll(names, namespace, options);
  const single = handles.length === 1;
  const sources = handles.map(
    (handle) =>
      new InterfaceSource(handle, describe(handle, namespace, options), single ? options.count : undefined),
  );
  let source: LiveSource = sources[0];
  if (!single) {
    const { MergedSource } = await import('../source/merged.ts');
    source = new MergedSource(sources, options.count);
  }
  try {
    return new Live(source, namespace, await interfaceNamesOf(source, namespace), options.signal);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Names of interfaces by their index, which packets captured on `any` tell: those of the namespace. */
async function interfaceNamesOf(source: LiveSource, namespace: Namespace): Promise<InterfaceNames> {
  if (namespace.enter.length === 0) return interfaceNames(source);
  const names = new Map((await interfacesOf(namespace)).map(({ index, name }) => [index, name]));
  return (_, index) => names.get(index) ?? String(index);
}

async function openAll(
  names: readonly string[],
  namespace: Namespace,
  options: LiveOptions,
): Promise<Handle[]> {
  const handles: Handle[] = [];
  try {
    for (const name of names) handles.push(openHandle(name, namespace, options));
    return handles;
  } catch (error) {
    for (const handle of handles) handle.close();
    // libpcap says that there is none; this says which there are.
    if (error instanceof NscapError && error.code === 'UNKNOWN_INTERFACE')
      await findInterface(namespace, names[handles.length]);
    throw error;
  }
}

/** Opens a handle inside of the namespace. It stays there, whichever thread uses it. */
function openHandle(name: string, namespace: Namespace, options: LiveOptions): Handle {
  const { direction, timestampType, filter = '' } = options;
  const open = () =>
    openInterface(name, filter, {
      snaplen: options.snaplen ?? DEFAULT_SNAPLEN,
      promiscuous: options.promiscuous !== false,
      timeout: TIMEOUT,
      immediate: options.immediate === true,
      bufferKib: options.bufferKib ?? RING_KIB,
      nanoseconds: true,
      ...(direction === undefined ? {} : { direction }),
      ...(timestampType === undefined ? {} : { timestampType }),
    });
  return namespace.enter.length === 0 ? open() : insideNamespace(namespace.path, open, namespace.inode);
}

function describe(handle: Handle, { label, enter }: Namespace, { filter }: LiveOptions) {
  return {
    name: enter.length === 0 ? handle.device : `${label}:${handle.device}`,
    description: `${handle.device === 'any' ? 'all interfaces' : handle.device} of network namespace ${label}`,
    os: `${os.type()} ${os.release()}`,
    ...(filter ? { filter } : {}),
    linkType: handle.fileLinkType,
    snaplen: handle.snaplen,
  };
}

class Live extends CaptureOf implements LiveCapture {
  private readonly live: LiveSource;
  private readonly elsewhere: boolean;
  private readonly watch: NodeJS.Timeout | undefined;
  private readonly end = () => this.live.stop();
  private readonly signal: AbortSignal | undefined;

  constructor(
    live: LiveSource,
    namespace: Namespace,
    names: InterfaceNames,
    signal: AbortSignal | undefined,
  ) {
    super(live, live.interfaces.map(({ name }) => name).join(', '), names);
    this.live = live;
    this.elsewhere = namespace.enter.length > 0;
    this.signal = signal;
    signal?.addEventListener('abort', this.end, { once: true });
    if (this.elsewhere) this.watch = setInterval(() => isGone(namespace) && this.end(), WATCH).unref();
  }

  get gone(): readonly string[] {
    return this.live.gone;
  }

  stop(): void {
    this.live.stop();
  }

  tallies(): Tally[] {
    // libpcap reads the driver's counters in /sys, which shows the interfaces of this process's namespace.
    return this.live
      .tallies()
      .map(({ interfaceDropped, ...rest }) =>
        this.elsewhere || interfaceDropped === undefined ? rest : { ...rest, interfaceDropped },
      );
  }

  override async next(): Promise<Batch | null> {
    const batch = await super.next();
    if (batch === null) this.release();
    return batch;
  }

  override close(): Promise<void> {
    this.release();
    return super.close();
  }

  private release(): void {
    clearInterval(this.watch);
    this.signal?.removeEventListener('abort', this.end);
  }
}

/** Whether the namespace was deleted. The capture's sockets keep it alive, with its interfaces, but it has no name any more. */
function isGone({ path, inode }: Namespace): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino !== inode;
  } catch {
    return false; // Not ours to look at any more.
  }
}
