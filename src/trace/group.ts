// The sightings of one packet, or of several equal ones, in the order of their way.
import type { Flows } from './flows.ts';
import type { Sightings } from './sightings.ts';

/** Members among which points that saw the packet again are looked for. */
const MOST_OF_ONE_WAY = 64;

export class Group {
  /** Serials, of which there are `count`. */
  members = new Int32Array(64);
  count = 0;
  private direction = 0;
  private readonly sightings: Sightings;
  private readonly flows: Flows;

  constructor(sightings: Sightings, flows: Flows) {
    this.sightings = sightings;
    this.flows = flows;
  }

  /** Takes the sightings that are chained from a head. */
  load(head: number): void {
    const { sightings } = this;
    const { mask, next } = sightings;
    const n = sightings.count[head & mask];
    if (n > this.members.length) this.members = new Int32Array(2 * n);
    let at = head;
    for (let k = 0; k < n; k++) {
      this.members[k] = at;
      at = next[at & mask];
    }
    this.count = n;
    this.sort();
  }

  /** Puts the members in the order of their way. */
  private sort(): void {
    const { members, sightings, count: n } = this;
    const { mask } = sightings;
    this.direction = this.directionOf();
    for (let k = 1; k < n; k++) {
      const serial = members[k];
      let to = k;
      while (to > 0 && this.isBefore(serial & mask, members[to - 1] & mask)) {
        members[to] = members[to - 1];
        to--;
      }
      members[to] = serial;
    }
  }

  /** Do the members go up the points as they are given, or down? 0 where that is not to be seen. */
  private directionOf(): number {
    const { members, sightings, count: n } = this;
    const { mask, time, point } = sightings;
    let first = members[0] & mask;
    let last = first;
    for (let k = 1; k < n; k++) {
      const i = members[k] & mask;
      if (time[i] < time[first]) first = i;
      if (time[i] > time[last]) last = i;
    }
    return time[first] < time[last] ? Math.sign(point[last] - point[first]) : 0;
  }

  /** Does one sighting of a packet come before another on its way? */
  private isBefore(a: number, b: number): boolean {
    const { sightings } = this;
    const { time, point, flow } = sightings;
    if (time[a] !== time[b]) return time[a] < time[b];
    const [ttlA, ttlB] = [sightings.ttl(a), sightings.ttl(b)];
    if (ttlA !== ttlB) return ttlA > ttlB;
    if (flow[a] >= 0) {
      const root = this.flows.root(flow[a]);
      if (this.flows.routes.precedes(root, point[a], point[b])) return true;
      if (this.flows.routes.precedes(root, point[b], point[a])) return false;
    }
    return Math.sign(point[b] - point[a]) === this.direction && this.direction !== 0;
  }

  /** Has each point seen it once, or with another TTL, VLAN or tunnel each time, as it passes it more than once? */
  isOneWay(): boolean {
    const { members, sightings, count: n } = this;
    const { mask } = sightings;
    if (n > MOST_OF_ONE_WAY) return false;
    for (let k = 1; k < n; k++)
      for (let j = 0; j < k; j++)
        if (isSameSlot(sightings, members[k] & mask, members[j] & mask)) return false;
    return true;
  }
}

/** Has a point seen the packet there twice in the same form? */
export function isSameSlot(sightings: Sightings, a: number, b: number): boolean {
  const { point } = sightings;
  return (
    point[a] === point[b] &&
    sightings.ttl(a) === sightings.ttl(b) &&
    sightings.vlan(a) === sightings.vlan(b) &&
    sightings.tunnel(a) === sightings.tunnel(b)
  );
}
