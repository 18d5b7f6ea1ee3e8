// Opens a capture at each point, in whichever namespace it lies, and merges them in the order of the kernel's time stamps.
//
// All in this one process: a packet socket belongs to the namespace that the thread was in when it was made. Nothing crosses
// a pipe, the kernel's counters are at hand at any moment, and nothing is left when the process is killed.
import os from 'node:os';
import type { Interface } from '../../base/interface.ts';
import { Handle } from '../../binding/libpcap.ts';
import { insideNamespace } from '../../binding/netlink.ts';
import { NscapError } from '../../errors.ts';
import { notPermitted } from '../../netns/command.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { mayManageNamespaces } from '../../netns/user.ts';
import { InterfaceSource, type LiveSource } from '../../source/live.ts';
import { MergedSource } from '../../source/merged.ts';
import type { CapturePoint } from './point.ts';

/** How the points are captured on. */
export interface CaptureOptions {
  snaplen: number;
  promiscuous: boolean;
  /**
   * A pcap-filter(7) expression for what is captured in a namespace; undefined for all packets. The user's filter is
   * not applied here: behind NAT the same packet has other addresses.
   */
  exclude?: ((namespace: Namespace) => string | undefined) | undefined;
  /** Size of each point's ring, in KiB. */
  bufferKib: number;
}

/**
 * Milliseconds until the kernel hands over a packet that is alone. Each time costs a block of the ring, of which there are
 * some hundred: the ring lasts as many times as long where this process has to wait for a processor.
 */
const TIMEOUT = 100;
/** Milliseconds by which packets are merged late, for the sake of those that wait in the queue of a busy processor. */
const QUEUED = 250;

/**
 * Captures at all points; the merged source's interfaces are the points in this order.
 * @throws NscapError NOT_PERMITTED, UNKNOWN_INTERFACE, CAPTURE
 */
export function openPoints(points: readonly CapturePoint[], options: CaptureOptions): MergedSource {
  const foreign = points.find(({ namespace }) => namespace.enter.length > 0);
  if (foreign !== undefined && !mayManageNamespaces()) {
    throw notPermitted(`entering the namespace '${foreign.namespace.label}' is not permitted`);
  }
  const opened: Handle[] = [];
  try {
    for (const point of points) {
      const { namespace } = point;
      const open = () => opened.push(openPoint(point, options));
      if (namespace.enter.length === 0) open();
      else insideNamespace(namespace.path, open);
    }
  } catch (error) {
    for (const handle of opened) handle.close();
    throw error;
  }
  const sources: LiveSource[] = opened.map(
    (handle, i) => new InterfaceSource(handle, describe(points[i], handle)),
  );
  return new MergedSource(sources, Number.POSITIVE_INFINITY, QUEUED);
}

/** In the namespace that this thread is in. */
function openPoint({ device, name, namespace }: CapturePoint, options: CaptureOptions): Handle {
  const { snaplen, promiscuous, bufferKib } = options;
  const handle = named(
    name,
    () => new Handle(device, { snaplen, promiscuous, timeout: TIMEOUT, bufferKib, nanoseconds: true }),
  );
  try {
    const filter = options.exclude?.(namespace);
    if (filter !== undefined) handle.setFilter(filter);
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** libpcap's messages name an interface without its namespace, of which there are several here. */
function named<T>(name: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof NscapError) || error.code === 'USAGE') throw error;
    const { code, message, hint, exitStatus } = error;
    // Of no interface at all.
    if (code === 'LIBPCAP' || code === 'KOFFI') throw error;
    throw new NscapError(code, `${name}: ${message.replace(/^[^:]*: /, '')}`, {
      ...(hint === undefined ? {} : { hint }),
      exitStatus,
    });
  }
}

function describe({ namespace, device, name }: CapturePoint, handle: Handle): Interface {
  return {
    name,
    description: `${device} in network namespace ${namespace.label}`,
    os: `${os.type()} ${os.release()}`,
    linkType: handle.fileLinkType,
    snaplen: handle.snaplen,
  };
}
