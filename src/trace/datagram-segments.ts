// Datagrams that offload cut into several on their way (UDP_SEGMENT), or put together to one (UDP GRO).
import { mix } from '../base/hash.ts';
import type { Flows } from './flows.ts';
import { HASHED, type Identity, UDP, UDP_HEADER, UDP_SEGMENT } from './identity.ts';
import { following, RESOLVED, type Sightings } from './sightings.ts';

/** Datagrams of a flow that are looked at for one. */
const MOST_LOOKED_AT = 512;
/** Equal segments within a window that are told apart at points behind. */
const MOST_EQUAL = 256;

/**
 * Each segment has headers of its own and a part of the payload; all are equally long but for the last, and IPv4 numbers
 * them from the identification of the whole on. There are no sequence numbers, so that segments get them here: offsets in
 * the whole's payload, by identification, by payload where it tells, and else by order.
 */
export class DatagramSegments {
  private readonly sightings: Sightings;
  private readonly flows: Flows;
  private readonly window: number;
  /** Serials that were looked at, the latest first. */
  private readonly recent = new Int32Array(MOST_LOOKED_AT);
  private readonly parts = new Int32Array(MOST_LOOKED_AT);

  constructor(sightings: Sightings, flows: Flows, window: number) {
    this.sightings = sightings;
    this.flows = flows;
    this.window = window;
  }

  /**
   * A datagram of a flow (a root) is seen for the first time. Is it a segment of a longer one that was seen at another
   * point, or are shorter ones in it that were?
   */
  find(serial: number, root: number, packet: Identity): boolean {
    const { flows, sightings } = this;
    const { mask, point, olderDatagram } = sightings;
    const i = serial & mask;
    const latest = flows.latestDatagram[root];
    const origin = flows.origin(root);
    flows.latestDatagram[root] = serial;
    olderDatagram[i] = latest;
    if (origin < 0 || origin === point[i]) return false;
    if (this.isSegment(i, latest, root)) return true;
    const looked = this.look(latest, -1, i, root);
    for (let k = looked - 1; k >= 0; k--) if (this.merge(k, serial, root, packet)) return true;
    return false;
  }

  private isSegment(i: number, latest: number, root: number): boolean {
    const { flows } = this;
    const current = flows.latestSegmented[root];
    const { recent } = this;
    const looked = this.look(latest, current, i, root);
    // Identifications of segments overlap those of the next datagrams: its beginning tells it best, then that it goes on.
    for (let k = looked - 1; k >= 0; k--)
      if (this.isBeginning(recent[k], i) && this.take(recent[k], i, root)) return true;
    if (this.take(current, i, root)) return true;
    for (let k = looked - 1; k >= 0; k--) if (this.take(recent[k], i, root)) return true;
    return false;
  }

  /** Gives a further sighting of a packet of a flow (a root) what was found of the first. */
  copy(head: number, i: number, root: number): void {
    const { sightings } = this;
    const { mask, kind, sequence, length, transmission, segmented, segmentSize, point } = sightings;
    if (kind[head] !== UDP_SEGMENT) {
      transmission[i] = transmission[head];
      return;
    }
    // Another one that is equal.
    if (point[i] === point[head]) {
      this.isSegment(i, this.flows.latestDatagram[root], root);
      return;
    }
    const from = this.counterpart(head, i);
    if (from < 0) return;
    kind[i] = kind[from & mask];
    sequence[i] = sequence[from & mask];
    length[i] = length[from & mask];
    transmission[i] = transmission[from & mask];
    // What was put together may have been cut again: those that follow are segments of the same.
    const whole = this.wholeOf(transmission[i]);
    const w = whole & mask;
    if (whole < 0 || point[w] === point[i]) return;
    const end = sequence[i] - UDP_HEADER + length[i];
    if (segmented[w] === 0) segmentSize[w] = length[i];
    if (end <= segmented[w]) return;
    segmented[w] = end;
    this.flows.latestSegmented[root] = whole;
  }

  /** Of equal segments seen at the head's point, the one that was seen as many before as of these; -1 for none. */
  private counterpart(head: number, i: number): number {
    const { mask, count, next, point, kind } = this.sightings;
    if (count[head] > MOST_EQUAL) return -1;
    let before = 0;
    let at = this.sightings.head[head];
    for (let k = 1; k < count[head]; k++, at = next[at & mask]) if (point[at & mask] === point[i]) before++;
    at = this.sightings.head[head];
    for (let k = 1; k < count[head]; k++, at = next[at & mask]) {
      if (point[at & mask] !== point[head] || before-- > 0) continue;
      return kind[at & mask] === UDP_SEGMENT ? at : -1;
    }
    return -1;
  }

  private wholeOf(transmission: number): number {
    const { sightings } = this;
    const { mask, kind, olderRange } = sightings;
    let steps = 0;
    for (
      let at = sightings.latestInRange(transmission);
      sightings.holds(at) && steps < MOST_LOOKED_AT;
      at = olderRange[at & mask], steps++
    ) {
      if (kind[at & mask] === UDP && sightings.transmission[at & mask] === transmission)
        return sightings.head[at & mask];
    }
    return -1;
  }

  /** Does a datagram begin as a segment does, headers and payload? */
  private isBeginning(whole: number, i: number): boolean {
    const { mask, ipId, payloadHash } = this.sightings;
    return ipId[whole & mask] === ipId[i] && payloadHash[whole & mask] === payloadHash[i];
  }

  /** Collects the datagrams of the flow that were seen behind `bound`, within the window. */
  private look(latest: number, bound: number, i: number, root: number): number {
    const { flows, sightings, recent } = this;
    const { mask, time, flow, kind, point, state, olderDatagram } = sightings;
    let looked = 0;
    for (
      let at = latest, steps = 0;
      at !== bound && sightings.holds(at) && steps < MOST_LOOKED_AT;
      at = olderDatagram[at & mask], steps++
    ) {
      const j = at & mask;
      if (flow[j] < 0 || flows.root(flow[j]) !== root || time[i] - time[j] > this.window) break;
      if (kind[j] !== UDP || point[j] === point[i] || (state[j] & RESOLVED) !== 0) continue;
      recent[looked++] = at;
    }
    return looked;
  }

  /** Takes a datagram for a segment of a longer one, if it fits. */
  private take(whole: number, i: number, root: number): boolean {
    const { sightings } = this;
    if (!sightings.holds(whole)) return false;
    const { mask, length, segmented, segmentSize } = sightings;
    const w = whole & mask;
    if (!this.isOpen(w, i, root)) return false;
    const size = length[i] - UDP_HEADER;
    const offset = this.offsetIn(w, i);
    if (offset < 0 || !this.fits(w, i, offset)) return false;
    this.mark(whole);
    if (segmented[w] === 0)
      segmentSize[w] = offset > 0 && offset + size === length[w] - UDP_HEADER ? offset : size;
    segmented[w] = Math.max(segmented[w], offset + size);
    this.assign(i, w, offset);
    this.flows.latestSegmented[root] = whole;
    this.flows.learn(root, sightings.point[sightings.tail[w] & mask], sightings.point[i]);
    return true;
  }

  /** May the longer one have come to the point as segments? */
  private isOpen(w: number, i: number, root: number): boolean {
    const { sightings, flows } = this;
    const { mask, kind, flow, length, point, state, time, next, count, head } = sightings;
    if (kind[w] !== UDP || flow[w] < 0 || flows.root(flow[w]) !== root || (state[w] & RESOLVED) !== 0)
      return false;
    if (length[w] <= length[i] || time[i] < time[w] || time[i] - time[w] > this.window) return false;
    for (let at = head[w], k = 0; k < count[w]; at = next[at & mask], k++)
      if (point[at & mask] === point[i]) return false;
    return true;
  }

  /** Where in the payload of the longer one a segment begins; -1 where it is none. */
  private offsetIn(w: number, i: number): number {
    const { length, ipId, segmented, segmentSize } = this.sightings;
    const whole = length[w] - UDP_HEADER;
    const size = length[i] - UDP_HEADER;
    if (size <= 0) return -1;
    const number = (ipId[i] - ipId[w]) & 0xffff;
    const full = segmentSize[w];
    if (segmented[w] === 0) return number * size < whole ? number * size : -1;
    if (size > full) return -1;
    if (size < full) return (whole - size) % full === 0 ? whole - size : -1;
    return number > 0 ? number * full : segmented[w];
  }

  /** Is it as long as a segment must be there, and is it the beginning of the payload where it should be? */
  private fits(w: number, i: number, offset: number): boolean {
    const { length, payloadHash, segmented, segmentSize } = this.sightings;
    const whole = length[w] - UDP_HEADER;
    const size = length[i] - UDP_HEADER;
    const end = offset + size;
    if (end > whole) return false;
    if (segmented[w] !== 0 && size !== segmentSize[w] && end !== whole) return false;
    // They are in order where they were cut.
    if (offset < segmented[w]) return false;
    return offset > 0 || size < HASHED || payloadHash[i] === payloadHash[w];
  }

  /** Do datagrams seen before, of which the `k`th begins it, make up this one? */
  private merge(k: number, serial: number, root: number, packet: Identity): boolean {
    const { sightings, recent, parts } = this;
    const { mask, length, payloadHash, point, ipId } = sightings;
    const i = serial & mask;
    const first = recent[k] & mask;
    const whole = length[i] - UDP_HEADER;
    const size = length[first] - UDP_HEADER;
    if (size <= 0 || size >= whole || ipId[first] !== ipId[i]) return false;
    if (size >= HASHED && payloadHash[first] !== payloadHash[i]) return false;
    let count = 0;
    let offset = 0;
    for (let at = k; at >= 0 && offset < whole; at--) {
      const j = recent[at] & mask;
      const bytes = length[j] - UDP_HEADER;
      if (point[j] !== point[first] || bytes > size || (bytes < size && offset + bytes !== whole)) continue;
      const hash = packet.sliceHash(offset, bytes);
      if (offset + bytes > whole || (hash !== 0 && hash !== payloadHash[j])) continue;
      parts[count++] = recent[at];
      offset += bytes;
    }
    if (offset !== whole) return false;
    this.mark(serial);
    for (let n = 0; n < count; n++) this.assignAll(parts[n], i, n * size);
    this.flows.learn(root, point[sightings.tail[first] & mask], point[i]);
    return true;
  }

  /** Gives all sightings of a datagram a number that its segments share. */
  private mark(whole: number): void {
    const { sightings } = this;
    const { mask, transmission, keyA, keyB, next, count } = sightings;
    const w = whole & mask;
    if (transmission[w] !== 0) return;
    const shared = mix(keyA[w], keyB[w]) || 1;
    for (let at = whole, k = 0; k < count[w]; at = next[at & mask], k++) {
      transmission[at & mask] = shared;
      // The one that is being entered is entered with the rest.
      if (following(at) !== sightings.end) sightings.enterRange(at, shared);
    }
  }

  private assign(i: number, w: number, offset: number): void {
    const { kind, sequence, length, transmission } = this.sightings;
    kind[i] = UDP_SEGMENT;
    sequence[i] = UDP_HEADER + offset;
    length[i] -= UDP_HEADER;
    transmission[i] = transmission[w];
  }

  private assignAll(part: number, w: number, offset: number): void {
    const { sightings } = this;
    const { mask, next, count, transmission } = sightings;
    for (let at = part, k = 0; k < count[part & mask]; at = next[at & mask], k++) {
      this.assign(at & mask, w, offset);
      sightings.enterRange(at, transmission[w]);
    }
  }
}
