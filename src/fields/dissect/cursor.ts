// How far the dissection of a record came.
import type { Batch } from '../../base/batch.ts';
import { Fragments } from '../../flow/fragments.ts';
import { Packet } from '../../wire/packet.ts';
import type { Headers } from '../headers.ts';

/** The place in a record from which on its headers are not known yet, and what those before said of it. Reused. */
export class Cursor {
  readonly headers: Headers;
  readonly packet = new Packet();
  readonly fragments = new Fragments();
  batch!: Batch;
  /** Its number. */
  frame = 0;
  /** The buffer at hand: the record's, or that of a datagram put together from fragments. */
  view!: DataView;
  /** First byte not captured of what is at hand, and first behind it on the wire. */
  captureEnd = 0;
  wireEnd = 0;
  /** QUOTED within what an ICMP error quotes. */
  quoted = 0;
  /** The IP header at hand: its number, and OVER_IPV6 where it is one of IPv6. */
  carrier = 0;
  over = 0;

  constructor(headers: Headers) {
    this.headers = headers;
  }

  /** First byte behind what may be read. */
  get readable(): number {
    return Math.min(this.captureEnd, this.wireEnd);
  }
}
