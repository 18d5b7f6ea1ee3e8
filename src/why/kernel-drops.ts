// What the kernel itself reports of the packets it drops while the probe's flow: reason, function, and the rule.
import type { DropEvent, DropSource, Rule } from '../drops/event.ts';
import { NscapError, reason } from '../errors.ts';
import type { FoundNamespace } from '../netns/discover.ts';
import { isMulticast } from '../netns/prefix.ts';
import { ETHERNET } from '../wire/linktype.ts';
import * as ethertype from '../wire/registry/ethertypes.ts';
import { decode } from './decode.ts';
import type { Tracked } from './sightings.ts';

/** A packet that the kernel dropped. */
export interface Dropped extends Tracked {
  /** The kernel's name for the reason. */
  reason?: string;
  function?: string;
  rule?: Rule;
}

export interface Watch {
  /** Ends it; what was dropped, in order of time. */
  stop(): Promise<Dropped[]>;
  /** How it was learned, and what could not be. */
  way?: DropSource['way'];
  missing?: string;
}

/** Of the protocols that the probe uses; of TCP what starts or refuses a connection, and answers to that. */
const FILTER = 'icmp or icmp6 or udp or (ip and tcp and tcp[13] & 6 != 0) or (ip6 and tcp)';

/** Milliseconds for what was dropped last to be reported. */
const LAST = 30;

/**
 * Watches these namespaces by BPF, or else those on the way by nft's traces, which take a table in each: whichever is
 * allowed. Where neither is, nothing fails: what is missing is said.
 */
export async function watchDrops(
  all: readonly FoundNamespace[],
  onTheWay: readonly FoundNamespace[],
): Promise<Watch> {
  const refusals: string[] = [];
  const { openDrops } = await import('../drops/open.ts');
  for (const how of ['bpf', 'nft'] as const) {
    const namespaces = how === 'bpf' ? all : onTheWay;
    try {
      const source = await openDrops({
        how,
        namespaces: namespaces.map(({ namespace }) => namespace),
        filter: FILTER,
      });
      return { way: how, stop: () => collect(source, namespaces) };
    } catch (error) {
      // A namespace that went away meanwhile is no reason to answer nothing.
      // What keeps both from working is said once, with what helps.
      if (error instanceof NscapError && error.code === 'KOFFI')
        return { stop: async () => [], missing: error.message };
      refusals.push(`${how}: ${reason(error)}`);
    }
  }
  return { stop: async () => [], missing: refusals.join('; ') };
}

async function collect(source: DropSource, namespaces: readonly FoundNamespace[]): Promise<Dropped[]> {
  const found: Dropped[] = [];
  try {
    await new Promise((resolve) => setTimeout(resolve, LAST));
    source.stop();
    for (let events = await source.next(); events !== null; events = await source.next()) {
      for (const event of events) {
        const dropped = asDropped(event, namespaces);
        if (dropped !== undefined) found.push(dropped);
      }
    }
  } catch {
    // What came so far is as good as ever; the rest is asked of captures and counters.
  } finally {
    await source.close();
  }
  return found;
}

const ETHERNET_LENGTH = 14;

function asDropped(event: DropEvent, namespaces: readonly FoundNamespace[]): Dropped | undefined {
  const here = namespaces.find(({ inode }) => inode === event.namespace?.inode);
  if (event.packet === undefined || here === undefined) return undefined;
  const { linkType, bytes } = event.packet;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let type = (buffer[0] ?? 0) >> 4 === 6 ? ethertype.IPV6 : ethertype.IPV4;
  if (linkType === ETHERNET) {
    if (buffer.length < ETHERNET_LENGTH + 4) return undefined;
    at = buffer.readUInt16BE(12) === ethertype.VLAN ? ETHERNET_LENGTH + 4 : ETHERNET_LENGTH;
    type = buffer.readUInt16BE(at - 2);
  }
  const decoded = decode(type, buffer.subarray(at));
  // Not of the probe: hosts that came up tell of themselves.
  if (decoded.target !== undefined && isMulticast(decoded.target)) return undefined;
  return {
    ...decoded,
    here,
    dev: event.interface?.name ?? '',
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(event.function === undefined ? {} : { function: event.function }),
    ...(event.rule === undefined ? {} : { rule: event.rule }),
  };
}
