// Opening an interface of the namespace that this thread is in.
import { Handle, type OpenOptions } from '../binding/libpcap.ts';

/** KiB of the kernel's ring: four times libpcap's, for JavaScript may pause longer than tcpdump does. */
export const RING_KIB = 8192;

/**
 * Opens an interface with its filter, a pcap-filter(7) expression that the kernel runs; empty for all packets. On `any`
 * packets have the newer cooked header, which has the interface, unless another link type is asked for, as with tcpdump.
 * @throws NscapError UNKNOWN_INTERFACE, NOT_PERMITTED, CAPTURE; USAGE where the filter does not compile
 */
export function openInterface(name: string, filter: string, options: OpenOptions): Handle {
  const handle = new Handle(name, { ...(name === 'any' ? { linkType: 'LINUX_SLL2' } : {}), ...options });
  try {
    if (filter.trim() !== '') handle.setFilter(filter);
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}
