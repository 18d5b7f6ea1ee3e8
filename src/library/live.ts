// A live capture as an iterable of packets, in any namespace.
import type { LiveCapture, LiveOptions } from './live-capture.ts';

/**
 * Captures on an interface, or on several: their packets come in the order of their time stamps, which have
 * nanoseconds. `any` stands for all interfaces of the namespace. Neither this process nor its other threads change their
 * namespace, and it keeps its privileges.
 *
 * @throws NscapError NOT_PERMITTED without CAP_NET_RAW, or CAP_SYS_ADMIN for another namespace; UNKNOWN_NAMESPACE;
 * UNKNOWN_INTERFACE; USAGE where the filter does not compile; CAPTURE with libpcap's words; LIBPCAP, KOFFI where these
 * cannot be loaded
 * @example for await (const packet of await openLive('veth0', { namespace: 'ns1', filter: 'icmp' })) …
 */
export async function openLive(
  interfaces: string | readonly string[],
  options: LiveOptions = {},
): Promise<LiveCapture> {
  const live = await import('./live-capture.ts');
  return live.openLive(interfaces, options);
}
