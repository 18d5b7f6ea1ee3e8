// Flows that are one flow with several addresses, because of NAT between the points.
import type { Flows } from './flows.ts';
import type { Identity } from './identity.ts';
import { HAS_TIMESTAMPS, HASHED, TCP_CONTROL, UDP } from './identity-fields.ts';
import { RESOLVED, type Sightings } from './sightings.ts';

/** The most flows examined for one that NAT translated. */
const MOST_LOOKED_AT = 64;
/** The most sightings examined for the datagram of a segment. */
const MOST_LOOKED_BACK = 256;

/** Bytes of payload that are unlikely to be equal by chance. */
const LEAST_PAYLOAD = 8;

export class FlowLinks {
  private readonly sightings: Sightings;
  private readonly flows: Flows;
  private readonly window: number;

  constructor(sightings: Sightings, flows: Flows, window: number) {
    this.sightings = sightings;
    this.flows = flows;
    this.window = window;
  }

  /** Two sightings of one packet have different addresses: their flows are one, unless chance made the packets equal. */
  bySightings(before: number, i: number): boolean {
    const { flows, sightings } = this;
    const { flow, traits } = sightings;
    if (flows.root(flow[before]) === flows.root(flow[i])) return true;
    if (!flows.related(flow[before], flow[i]) && (traits[i] & HAS_TIMESTAMPS) === 0) return false;
    flows.link(flow[before], flow[i]);
    return true;
  }

  /** A flow begins with this datagram: did NAT make it of another flow, where the same datagram was just seen? */
  byDatagram(i: number, packet: Identity): void {
    const { sightings, flows } = this;
    const { mask, coarse, flow, point, time, payloadHash, state, kind } = sightings;
    let looked = 0;
    for (
      let at = sightings.latestCoarse(coarse[i]);
      sightings.holds(at) && looked < MOST_LOOKED_AT;
      at = sightings.olderCoarse[at & mask], looked++
    ) {
      const j = at & mask;
      if (coarse[j] !== coarse[i] || (state[j] & RESOLVED) !== 0 || flow[j] < 0) continue;
      if (payloadHash[j] !== payloadHash[i] || point[j] === point[i] || kind[j] === TCP_CONTROL) continue;
      if (time[i] - time[j] > this.window) continue;
      if (flow[j] >> 1 === flow[i] >> 1) continue;
      if (!flows.related(flow[j], flow[i]) && !this.isTranslatedTwice(j, i, packet)) continue;
      flows.link(flow[j], flow[i]);
      return;
    }
    if (kind[i] === UDP && packet.hashed >= HASHED) this.bySegment(i);
  }

  /**
   * Are these one datagram although both of its addresses differ, as after DNAT and masquerading? Equal datagrams of others
   * have another identification and another port of the sender, which NAT keeps where it is free; and they pass the same point.
   */
  private isTranslatedTwice(j: number, i: number, packet: Identity): boolean {
    const { sightings, flows } = this;
    const { mask, flow, head, count, next, point } = sightings;
    if (packet.hashed < LEAST_PAYLOAD || !flows.isSameProtocol(flow[j], flow[i])) return false;
    if (sightings.ipId(i) === 0 && !flows.hasSamePort(flow[j], flow[i])) return false;
    const h = head[j] & mask;
    if (count[h] > MOST_LOOKED_AT) return false;
    for (let at = head[j], k = 0; k < count[h]; at = next[at & mask], k++)
      if (point[at & mask] === point[i]) return false;
    return true;
  }

  /** The same for NAT combined with offload: the datagram that this one is the first segment of. */
  private bySegment(i: number): void {
    const { sightings, flows } = this;
    const { mask, flow, point, time, payloadHash, length, state, kind, end } = sightings;
    for (let back = 2; back < MOST_LOOKED_BACK && sightings.holds((end - back) & 0x7fffffff); back++) {
      const j = (end - back) & mask;
      if (payloadHash[j] !== payloadHash[i] || kind[j] !== UDP || length[j] <= length[i]) continue;
      if (point[j] === point[i] || (state[j] & RESOLVED) !== 0 || time[i] - time[j] > this.window) continue;
      if (flow[j] >> 1 === flow[i] >> 1 || !flows.related(flow[j], flow[i])) continue;
      flows.link(flow[j], flow[i]);
      return;
    }
  }
}
