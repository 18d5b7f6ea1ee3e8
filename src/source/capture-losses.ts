// When a capture lost packets, and how many: the kernel's counters of its socket, looked at again and again.
import type { LiveCapture } from './live.ts';

/** Packets that a capture socket had no room for. */
export interface CaptureLoss {
  /** Number of the interface among those of the capture. */
  interface: number;
  /** Between these moments, in milliseconds since 1970. */
  from: number;
  to: number;
  packets: number;
}

/** Milliseconds by which a packet may be older than the moment it is counted: see live.ts. */
const QUEUED = 40;

export class CaptureLosses {
  private readonly capture: LiveCapture;
  private readonly counted: number[] = [];
  private looked = Date.now();

  constructor(capture: LiveCapture) {
    this.capture = capture;
  }

  /** What was lost since the last look. */
  look(): CaptureLoss[] {
    const found: CaptureLoss[] = [];
    const tallies = this.capture.tallies();
    const to = Date.now();
    // The clock may have been set back.
    const from = Math.min(this.looked, to) - QUEUED;
    this.looked = to;
    for (const [i, { dropped = 0 }] of tallies.entries()) {
      // The counter has 32 bits.
      const packets = (dropped - (this.counted[i] ?? 0)) >>> 0;
      this.counted[i] = dropped;
      if (packets > 0) found.push({ interface: i, from, to, packets });
    }
    return found;
  }
}
