// How the connection of each flow is opened: where its SYN and SYN-ACK are seen first, and whether a middlebox ends it.
import { doubled } from './columns.ts';

/** A value of `ended`. */
export const RENUMBERED = 2;

/** Of each flow, a root in flows.ts, and each of its directions. */
export class Handshakes {
  /** By flow (a root): a middlebox ends the connection and sends its payload on; where with other sequence numbers, RENUMBERED. */
  ended: Uint8Array;
  /** By flow (a root): the SYN-ACK that was seen first, and the point + 1 where. */
  private synAckSequence: Int32Array;
  private synAckAcknowledgment: Int32Array;
  private synAckPoint: Uint8Array;
  /** By flow (a root): the point + 1 where its first SYN was seen first. */
  private synPoint: Uint8Array;

  /** @param flows how many there is room for at first */
  constructor(flows: number) {
    this.ended = new Uint8Array(flows);
    this.synAckSequence = new Int32Array(flows);
    this.synAckAcknowledgment = new Int32Array(flows);
    this.synAckPoint = new Uint8Array(flows);
    this.synPoint = new Uint8Array(flows);
  }

  /** Makes room for twice as many flows. */
  grow(): void {
    this.ended = doubled(this.ended);
    this.synAckSequence = doubled(this.synAckSequence);
    this.synAckAcknowledgment = doubled(this.synAckAcknowledgment);
    this.synAckPoint = doubled(this.synAckPoint);
    this.synPoint = doubled(this.synPoint);
  }

  /** Forgets a flow, the row of which is released. */
  clear(flow: number): void {
    this.ended[flow] = this.synAckPoint[flow] = this.synPoint[flow] = 0;
  }

  /** One flow turned out to be another. */
  merge(one: number, other: number): void {
    this.ended[other] |= this.ended[one];
  }

  /** A SYN without ACK of a flow (a root) is seen at a point for the first time. */
  asks(root: number, point: number): void {
    if (this.synPoint[root] === 0) this.synPoint[root] = point + 1;
  }

  /** Does a packet of a flow (a root) that was seen first at one point, and last at another, end at a middlebox there? */
  isEnded(root: number, first: number, last: number): boolean {
    if (this.ended[root] !== RENUMBERED) return this.ended[root] !== 0;
    if (this.synPoint[root] !== 0) return this.synPoint[root] === first + 1;
    return this.synPoint[root ^ 1] !== last + 1;
  }

  /**
   * A SYN-ACK of a flow (a root) is seen at a point for the first time. If another point was the first to see one that
   * acknowledges the same SYN with another sequence number, a middlebox stands in between: SYNPROXY, or one that renumbers.
   */
  answers(root: number, point: number, sequence: number, acknowledgment: number): void {
    const isSame = this.synAckPoint[root] !== 0 && this.synAckAcknowledgment[root] === acknowledgment;
    if (isSame && this.synAckSequence[root] !== sequence && this.synAckPoint[root] !== point + 1)
      this.ended[root] = this.ended[root ^ 1] = RENUMBERED;
    this.synAckPoint[root] = point + 1;
    this.synAckSequence[root] = sequence;
    this.synAckAcknowledgment[root] = acknowledgment;
  }
}
