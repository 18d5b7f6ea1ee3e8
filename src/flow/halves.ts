// Which connections each of two threads analyzes (halves.ts).
import { isDnsPort } from './dns.ts';

/** Groups of connections, as a power of two: enough to spread a few long connections. */
const GROUP_BITS = 12;
const GROUPS = 1 << GROUP_BITS;
const UNKNOWN = 2;
/** DNS, which is matched across connections, is all in the first half. */
const DNS_GROUP = 0;

/**
 * The group of a connection, alike for both directions. `mixed`: one address XOR the other, or most of their bits.
 */
export function groupOf(ports: number, mixed: number): number {
  if (isDnsPort(ports >>> 16) || isDnsPort(ports & 0xffff)) return DNS_GROUP;
  const between = Math.imul((ports >>> 16) ^ (ports & 0xffff), 0x85ebca6b) ^ mixed;
  return Math.imul(between, 0x9e3779b1) >>> (32 - GROUP_BITS);
}

/** Counts packets of each group at the begin of a capture, to split the connections into halves of about as many. */
export class GroupSample {
  private readonly counts = new Uint32Array(GROUPS);

  add(group: number): void {
    this.counts[group]++;
  }

  /** The half of each group seen, the largest first to where there is less. */
  halves(): Uint8Array {
    const halves = new Uint8Array(GROUPS).fill(UNKNOWN);
    const seen = Array.from(this.counts.keys()).filter((group) => this.counts[group] !== 0);
    seen.sort((a, b) => this.counts[b] - this.counts[a]);
    halves[DNS_GROUP] = 0;
    let ahead = this.counts[DNS_GROUP];
    for (const group of seen) {
      if (group === DNS_GROUP) continue;
      halves[group] = ahead > 0 ? 1 : 0;
      ahead += halves[group] === 0 ? this.counts[group] : -this.counts[group];
    }
    return halves;
  }
}

/**
 * One half of the connections: of a few that carry all, a hash alone would often put most into one. A group that was
 * not in the sample goes to the half that has had fewer packets when it first appears; both threads see all packets in
 * the same order, and so arrive at the same halves without communicating.
 */
export class Half {
  private readonly half: 0 | 1;
  private readonly halves: Uint8Array;
  /** Packets of the first half less those of the second. */
  private ahead = 0;

  /** `halves`: of the sample, the same for both threads. */
  constructor(half: 0 | 1, halves: Uint8Array) {
    this.half = half;
    this.halves = Uint8Array.from(halves);
  }

  /** Counts a packet of that group. Is the group in this half? */
  takes(group: number): boolean {
    let half = this.halves[group];
    if (half === UNKNOWN) {
      half = this.ahead > 0 ? 1 : 0;
      this.halves[group] = half;
    }
    this.ahead += half === 0 ? 1 : -1;
    return half === this.half;
  }
}
