// Datagrams that offload split into several on their way (UDP_SEGMENT), or merged into one (UDP GRO).
import type { Flows } from './flows.ts';
import type { Identity } from './identity.ts';
import { HASHED, UDP, UDP_HEADER } from './identity-fields.ts';
import { REPEATED, RESOLVED, type Sightings } from './sightings.ts';

/** The most datagrams of a flow examined for one. */
const MOST_LOOKED_AT = 512;
/** The most equal segments within a window that are distinguished at later points. */
const MOST_EQUAL = 256;

/**
 * Each segment has its own headers and a part of the payload; all but the last are equally long, and IPv4 numbers
 * them from the identification of the whole on. There are no sequence numbers, so that segments get them here: offsets in
 * the whole's payload, by identification, by payload where it tells, and else by order.
 */
export class DatagramSegments {
  private readonly sightings: Sightings;
  private readonly flows: Flows;
  private readonly window: number;
  /** Serials that were examined, the latest first. */
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
    const { mask, point } = sightings;
    const i = serial & mask;
    const latest = flows.latestDatagram[root];
    const origin = flows.routes.origin(root);
    this.enter(serial, root);
    if (origin < 0 || origin === point[i]) return false;
    if (this.isSegment(serial, latest, root)) return true;
    const looked = this.look(latest, -1, i, root);
    for (let k = looked - 1; k >= 0; k--) if (this.merge(k, serial, root, packet)) return true;
    return false;
  }

  private enter(serial: number, root: number): void {
    const { latestDatagram } = this.flows;
    const { mask, olderDatagram } = this.sightings;
    olderDatagram[serial & mask] = latestDatagram[root];
    latestDatagram[root] = serial;
  }

  private isSegment(serial: number, latest: number, root: number): boolean {
    const { flows } = this;
    const i = serial & this.sightings.mask;
    const current = flows.latestSegmented[root];
    const { recent } = this;
    const looked = this.look(latest, current, i, root);
    // Identifications of segments overlap those of the next datagrams: the start of the payload decides first, then its sequel.
    for (let k = looked - 1; k >= 0; k--)
      if (this.isBeginning(recent[k], i) && this.take(recent[k], serial, root)) return true;
    if (this.take(current, serial, root)) return true;
    for (let k = looked - 1; k >= 0; k--) if (this.take(recent[k], serial, root)) return true;
    return false;
  }

  /** Gives a further sighting of a packet of a flow (a root) what was found of the first. */
  copy(head: number, serial: number, root: number): void {
    const { sightings } = this;
    const { mask, whole, partOffset, segmented, segmentSize, point, length } = sightings;
    const i = serial & mask;
    const isEqual = point[i] === point[head];
    if (!this.isPart(head)) {
      if (isEqual) this.enter(serial, root);
      else if ((sightings.state[head] & REPEATED) === 0) whole[i] = whole[head];
      return;
    }
    if (isEqual) {
      this.isSegment(serial, this.flows.latestDatagram[root], root);
      return;
    }
    const from = this.counterpart(head, i) & mask;
    if (!this.isPart(from) || !sightings.holds(whole[from])) return;
    this.assign(serial, whole[from], partOffset[from]);
    // A merged datagram may have been split again: those that follow are segments of the same.
    const w = whole[from] & mask;
    const end = partOffset[i] + length[i] - UDP_HEADER;
    if (point[w] === point[i] || end <= segmented[w]) return;
    if (segmented[w] === 0) segmentSize[w] = length[i] - UDP_HEADER;
    segmented[w] = end;
    this.flows.latestSegmented[root] = whole[from];
    this.flows.routes.learn(root, this.lastPoint(w), point[i]);
  }

  /** Of equal segments seen at the head's point, the one that was seen as many before as of these; else the head. */
  private counterpart(head: number, i: number): number {
    const { mask, count, next, point } = this.sightings;
    const first = this.sightings.head[head];
    if (count[head] > MOST_EQUAL) return first;
    let before = 0;
    let at = first;
    for (let k = 1; k < count[head]; k++, at = next[at & mask]) if (point[at & mask] === point[i]) before++;
    at = first;
    for (let k = 1; k < count[head]; k++, at = next[at & mask])
      if (point[at & mask] === point[head] && before-- === 0) return at;
    return first;
  }

  private isPart(i: number): boolean {
    return this.sightings.partOffset[i] >= 0;
  }

  /** Does a datagram begin as a segment does, headers and payload? */
  private isBeginning(whole: number, i: number): boolean {
    const { sightings } = this;
    const { mask, payloadHash } = sightings;
    return sightings.ipId(whole & mask) === sightings.ipId(i) && payloadHash[whole & mask] === payloadHash[i];
  }

  /** Collects the datagrams of the flow that were seen after `bound`, within the window. */
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
      if (kind[j] !== UDP || this.isPart(j) || point[j] === point[i] || (state[j] & RESOLVED) !== 0) continue;
      recent[looked++] = at;
    }
    return looked;
  }

  /** Takes a datagram for a segment of a longer one, if it fits. */
  private take(whole: number, serial: number, root: number): boolean {
    const { sightings } = this;
    if (!sightings.holds(whole)) return false;
    const { mask, length, segmented, segmentSize } = sightings;
    const w = whole & mask;
    const i = serial & mask;
    if (!this.isOpen(w, i, root)) return false;
    const size = length[i] - UDP_HEADER;
    const offset = this.offsetIn(w, i);
    if (offset < 0 || !this.fits(w, i, offset)) return false;
    this.mark(whole);
    if (segmented[w] === 0)
      segmentSize[w] = offset > 0 && offset + size === length[w] - UDP_HEADER ? offset : size;
    segmented[w] = Math.max(segmented[w], offset + size);
    this.assign(serial, whole, offset);
    this.flows.latestSegmented[root] = whole;
    this.flows.routes.learn(root, this.lastPoint(w), sightings.point[i]);
    return true;
  }

  /** The point that saw it last. */
  private lastPoint(w: number): number {
    const { mask, point, head, tail } = this.sightings;
    return point[tail[head[w] & mask] & mask];
  }

  /** May the longer one have come to the point as segments? */
  private isOpen(w: number, i: number, root: number): boolean {
    const { sightings, flows } = this;
    const { mask, kind, flow, length, point, state, time, next, count, head } = sightings;
    if (
      kind[w] !== UDP ||
      this.isPart(w) ||
      flow[w] < 0 ||
      flows.root(flow[w]) !== root ||
      (state[w] & RESOLVED) !== 0
    )
      return false;
    if (length[w] <= length[i] || time[i] < time[w] || time[i] - time[w] > this.window) return false;
    const h = head[w] & mask;
    if (count[h] > MOST_EQUAL) return true;
    for (let at = head[w], k = 0; k < count[h]; at = next[at & mask], k++)
      if (point[at & mask] === point[i]) return false;
    return true;
  }

  /** Where in the payload of the longer one a segment begins; -1 where it is none. */
  private offsetIn(w: number, i: number): number {
    const { sightings } = this;
    const { length, segmented, segmentSize } = sightings;
    const whole = length[w] - UDP_HEADER;
    const size = length[i] - UDP_HEADER;
    if (size <= 0) return -1;
    const number = (sightings.ipId(i) - sightings.ipId(w)) & 0xffff;
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
    const { mask, length, payloadHash, point } = sightings;
    const i = serial & mask;
    const first = recent[k] & mask;
    const whole = length[i] - UDP_HEADER;
    const size = length[first] - UDP_HEADER;
    if (size <= 0 || size >= whole || sightings.ipId(first) !== sightings.ipId(i)) return false;
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
    for (let n = 0; n < count; n++) this.assignAll(parts[n], serial, n * size);
    this.flows.routes.learn(root, this.lastPoint(first), point[i]);
    return true;
  }

  /** Makes a sighting, and others of the same datagram, the whole of what is found of it. */
  private mark(serial: number): void {
    const { mask, whole, next, count, head, state } = this.sightings;
    const i = serial & mask;
    const isOne = head[i] === serial && (state[i] & REPEATED) === 0;
    whole[i] = serial;
    for (let at = serial, k = 0; isOne && k < count[i]; at = next[at & mask], k++) whole[at & mask] = serial;
  }

  private assign(serial: number, of: number, offset: number): void {
    const { mask, whole, partOffset, latestPart, olderPart } = this.sightings;
    const i = serial & mask;
    whole[i] = of;
    partOffset[i] = offset;
    olderPart[i] = latestPart[of & mask];
    latestPart[of & mask] = serial;
  }

  private assignAll(part: number, of: number, offset: number): void {
    const { mask, next, count } = this.sightings;
    for (let at = part, k = 0; k < count[part & mask]; at = next[at & mask], k++) this.assign(at, of, offset);
  }
}
