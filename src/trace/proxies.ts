// Connections that a proxy ended, and those by which it sends their payload on.
import type { Flows } from './flows.ts';
import { RENUMBERED } from './handshakes.ts';

/** Payloads remembered. */
const MOST = 1 << 12;
/** The most packets with payload examined per direction. */
const LOOKED_AT = 4;

interface Seen {
  flow: number;
  point: number;
  time: number;
  sequence: number;
  acknowledgment: number;
}

/**
 * A proxy takes a request, sends the same bytes on in its own connection, and the answer back. So of two connections
 * whose requests are equal, and whose answers are, the second lies within the first: its request comes later, and its
 * answer earlier. Two clients that send the same request look so only by chance.
 */
export class Proxies {
  private readonly payloads = new Map<number, Seen>();
  private readonly looked = new Map<number, number>();
  /** By flow of a request: the flow of the equal request that came later. */
  private readonly candidates = new Map<number, number>();
  /** By flow: what acknowledgment numbers of equal segments differ by at two points. */
  private readonly shifts = new Map<number, number>();
  private readonly flows: Flows;
  private readonly window: number;

  constructor(flows: Flows, window: number) {
    this.flows = flows;
    this.window = window;
  }

  /** Were enough packets of a flow (a root) examined? */
  hasLooked(flow: number): boolean {
    return (this.looked.get(flow) ?? 0) >= LOOKED_AT;
  }

  /** A packet with payload was seen for the first time. Flows are roots. */
  note(
    flow: number,
    point: number,
    payload: number,
    time: number,
    sequence: number,
    acknowledgment: number,
  ): void {
    const looked = this.looked.get(flow) ?? 0;
    if (looked >= LOOKED_AT) return;
    if (this.looked.size >= MOST) this.looked.clear();
    this.looked.set(flow, looked + 1);
    const before = this.payloads.get(payload);
    if (before === undefined || time - before.time > this.window) {
      if (this.payloads.size >= MOST) this.payloads.clear();
      this.payloads.set(payload, { flow, point, time, sequence, acknowledgment });
      return;
    }
    if (before.point === point) return;
    if (before.flow === flow && before.sequence === sequence)
      this.noteShift(flow, (acknowledgment - before.acknowledgment) | 0);
    if (before.flow >> 1 === flow >> 1) return;
    // The answer: first in the later connection, now in the earlier one.
    if (this.candidates.get(flow ^ 1) === (before.flow ^ 1)) {
      this.flows.handshakes.ended[flow ^ 1] = this.flows.handshakes.ended[before.flow] = 1;
      return;
    }
    if (this.candidates.size >= MOST) this.candidates.clear();
    if (!this.candidates.has(before.flow)) this.candidates.set(before.flow, flow);
  }

  /** Several segments of one connection that acknowledge other numbers at the next point: its answers are renumbered. */
  private noteShift(flow: number, shift: number): void {
    if (shift === 0) return;
    if (this.shifts.get(flow) === shift)
      this.flows.handshakes.ended[flow] = this.flows.handshakes.ended[flow ^ 1] = RENUMBERED;
    if (this.shifts.size >= MOST) this.shifts.clear();
    this.shifts.set(flow, shift);
  }
}
