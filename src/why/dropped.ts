// What the kernel dropped while the probe's packets flowed.
import type { DropEvent, Rule } from '../drops/event.ts';
import type { Flow, Tracked } from './sightings.ts';

/** A packet that the kernel dropped. */
export interface Dropped extends Tracked {
  /** The kernel's name for the reason. */
  reason?: string;
  function?: string;
  rule?: Rule;
  /** The flow whose own thread was sending it, where that and not the packet itself is known. */
  sent?: Flow['name'];
  /** A request for the neighbor's address: the first flow to need it sends it, and all wait for the answer. */
  resolvesForAll?: boolean;
}

/** A drop that may have been of a packet of the probe, or of another's. */
export interface Hint {
  reason: string;
  function?: string;
  netns?: string;
  interface?: string;
}

/** What happened, in the kernel's names. */
export function whatHappened({ reason, function: name, rule }: DropEvent): Partial<Dropped> {
  // XDP of the stack itself (do_xdp_generic) gives no reason; its function says it.
  const known = reason === 'NOT_SPECIFIED' && name !== undefined && /xdp/.test(name) ? 'XDP' : reason;
  return {
    ...(known === undefined ? {} : { reason: known }),
    ...(name === undefined ? {} : { function: name }),
    ...(rule === undefined ? {} : { rule }),
  };
}
