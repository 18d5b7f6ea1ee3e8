// Packets that the kernel drops: the one door to the sources of such events.
import type { DropEvent, DropSource, Way } from '../drops/event.ts';

/** Which drops to deliver, and how to learn of them. */
export interface DropsOptions {
  /** As arguments of `nscap drops`: names, `pid:1234`, …; absent: all namespaces of the machine. */
  namespaces?: readonly string[];
  /** Only packets that match this pcap-filter(7) expression, from the Ethernet header on. */
  filter?: string;
  /** The way to learn of drops: `bpf`, `tracefs`, `nft`, `counters`; absent: the best that is allowed. */
  way?: Way;
  /** Find the nft rule of each packet that a rule dropped, too: true where absent. */
  rules?: boolean;
}

/**
 * Drops under way. `for await (const event of drops)` delivers them one by one, and closes the source when the loop
 * ends; `next()` delivers them as they come, several at a time.
 */
export interface Drops extends DropSource, AsyncIterable<DropEvent> {}

/**
 * Opens a source of the packets that the kernel drops, with the kernel's reason, its function, and the nft rule.
 *
 * @throws NscapError NOT_PERMITTED (it takes root), KERNEL_LACKS, UNKNOWN_NAMESPACE, USAGE where the filter does not compile
 * @example for await (const { reason, packet } of await openDrops({ namespaces: ['ns1'] })) console.log(reason);
 */
export async function openDrops(options: DropsOptions = {}): Promise<Drops> {
  const { openDrops: open } = await import('../drops/open.ts');
  const { resolveNamespace } = await import('../netns/resolve.ts');
  const { way, filter, rules } = options;
  const source = await open({
    how: way,
    namespaces: options.namespaces && (await Promise.all(options.namespaces.map(resolveNamespace))),
    ...(filter === undefined ? {} : { filter }),
    ...(rules === undefined ? {} : { rules }),
  });
  return Object.assign(source, { [Symbol.asyncIterator]: () => events(source) });
}

async function* events(source: DropSource): AsyncGenerator<DropEvent, void, undefined> {
  try {
    for (let some = await source.next(); some !== null; some = await source.next()) yield* some;
  } finally {
    await source.close();
  }
}
