// The usual path of each flow's packets: its end is determined once, and holds until something new is learned.
import { LINK_SCOPE } from './identity-fields.ts';
import type { Shared } from './shared.ts';

/** Flows remembered; those that share a slot take turns. A power of two. */
const SLOTS = 1 << 13;
/** Points of such a way at most: each takes a byte of two words. */
export const MOST_STEPS = 8;

/**
 * A packet that was seen at the same points as those of its flow before it, in the same order, is due nowhere else if they
 * were not. Only what tells this of a packet (`Routes.expected`) is compared.
 */
export class UsualWays {
  private readonly shared: Shared;
  /** The flow (a root) + 1 that a slot is of, and what was known of routes (`state`) when its way was found. */
  private readonly roots = new Int32Array(SLOTS);
  private readonly states = new Float64Array(SLOTS);
  /** The points of the way + 1, a byte each. */
  private readonly low = new Int32Array(SLOTS);
  private readonly high = new Int32Array(SLOTS);
  /** Of its last sighting: the flow there, the scope (LINK_SCOPE) and the station that it was sent to. */
  private readonly flows = new Int32Array(SLOTS);
  private readonly scopes = new Uint8Array(SLOTS);
  private readonly stations = new Float64Array(SLOTS);

  constructor(shared: Shared) {
    this.shared = shared;
  }

  /** Changes with all that is learned of where packets of a flow (a root) go. */
  private state(root: number): number {
    const { flows, routes } = this.shared;
    return flows.routes.learned(root) + routes.learned;
  }

  /** Is this the usual way of a flow's packets (of a root)? `last`: its last sighting. */
  has(root: number, low: number, high: number, last: number): boolean {
    const slot = root & (SLOTS - 1);
    const { flow, traits, destinationMac } = this.shared.sightings;
    return (
      this.roots[slot] === root + 1 &&
      this.low[slot] === low &&
      this.high[slot] === high &&
      this.flows[slot] === flow[last] &&
      this.scopes[slot] === (traits[last] & LINK_SCOPE) &&
      this.stations[slot] === destinationMac[last] &&
      this.states[slot] === this.state(root)
    );
  }

  /** The way of a packet that was due nowhere else, at these points. */
  learn(root: number, low: number, high: number, last: number): void {
    const slot = root & (SLOTS - 1);
    const { flow, traits, destinationMac } = this.shared.sightings;
    this.roots[slot] = root + 1;
    this.low[slot] = low;
    this.high[slot] = high;
    this.flows[slot] = flow[last];
    this.scopes[slot] = traits[last] & LINK_SCOPE;
    this.stations[slot] = destinationMac[last];
    this.states[slot] = this.state(root);
  }
}
