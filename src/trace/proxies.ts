// Connections that a proxy ended, and those by which it sends their payload on.

/** Payloads remembered. */
const MOST = 1 << 12;
/** Packets with payload of each direction that are looked at. */
const LOOKED_AT = 4;

interface Seen {
  flow: number;
  point: number;
  time: number;
}

/**
 * A proxy takes a request, sends the same bytes on in a connection of its own, and the answer back. So of two connections
 * whose requests are equal, and whose answers are, the second lies within the first: its request comes later, and its
 * answer earlier. Two clients that ask the same do not look so, unless chance will have it.
 */
export class Proxies {
  private readonly payloads = new Map<number, Seen>();
  private readonly looked = new Map<number, number>();
  /** By flow of a request: the flow of the equal request that came later. */
  private readonly candidates = new Map<number, number>();
  /** By flow: the flow in which its payload goes on. */
  private readonly onward = new Map<number, number>();
  private readonly window: number;

  constructor(window: number) {
    this.window = window;
  }

  /** A packet with payload was seen for the first time. Flows are roots. */
  note(flow: number, point: number, payload: number, time: number): void {
    const looked = this.looked.get(flow) ?? 0;
    if (looked >= LOOKED_AT) return;
    if (this.looked.size >= MOST) this.looked.clear();
    this.looked.set(flow, looked + 1);
    const before = this.payloads.get(payload);
    if (before === undefined || time - before.time > this.window) {
      if (this.payloads.size >= MOST) this.payloads.clear();
      this.payloads.set(payload, { flow, point, time });
      return;
    }
    if (before.flow >> 1 === flow >> 1 || before.point === point) return;
    // The answer: first in the later connection, now in the earlier one.
    if (this.candidates.get(flow ^ 1) === (before.flow ^ 1)) {
      if (this.onward.size >= MOST) this.onward.clear();
      this.onward.set(flow ^ 1, before.flow ^ 1);
      this.onward.set(before.flow, flow);
      return;
    }
    if (this.candidates.size >= MOST) this.candidates.clear();
    if (!this.candidates.has(before.flow)) this.candidates.set(before.flow, flow);
  }

  /** Does a proxy send on what comes in this flow? */
  ends(flow: number): boolean {
    return this.onward.size > 0 && this.onward.has(flow);
  }
}
