// Groups of equal packets: which of their sightings are of one packet.
import { EqualPackets } from './equal-packets.ts';
import type { Flows } from './flows.ts';
import { type Group, isSameSlot } from './group.ts';
import type { Hops } from './hops.ts';
import { LINK_SCOPE } from './identity-fields.ts';
import { COPY, REPEATED, RESOLVED, type Sightings } from './sightings.ts';

export class EqualGroups {
  /** The way of one packet: serials, `length` of them. */
  way = new Int32Array(64);
  length = 0;
  /** Of that packet: another sighting would have matched as well; it is a copy of one that was seen earlier on the path. */
  isDoubtful = false;
  isCopy = false;
  /** By member: index of its successor and its predecessor, and whether that is doubtful. */
  private successor = new Int32Array(64);
  private predecessor = new Int32Array(64);
  private doubtful = new Uint8Array(64);
  /** By member: the slot that it is at. */
  private slots = new Int32Array(64);
  private readonly equal = new EqualPackets();
  private readonly sightings: Sightings;
  private readonly flows: Flows;
  private readonly hops: Hops;

  constructor(sightings: Sightings, flows: Flows, hops: Hops) {
    this.sightings = sightings;
    this.flows = flows;
    this.hops = hops;
  }

  /** Determines which members of a group are of one packet. */
  pair(group: Group): void {
    const { members, count: n } = group;
    this.reserve(n);
    const slots = this.findSlots(members, n);
    this.successor.fill(-1, 0, n);
    this.predecessor.fill(-1, 0, n);
    this.doubtful.fill(0, 0, n);
    for (let slot = 1; slot < slots; slot++)
      for (let before = slot - 1; before >= 0; before--) if (this.join(before, slot, group)) break;
  }

  /** Is a member the first sighting of its packet? */
  begins(k: number): boolean {
    return this.predecessor[k] < 0;
  }

  /** Puts the way of the packet that begins at a member into `way`. */
  follow(k: number, group: Group): void {
    this.length = 0;
    this.isDoubtful = false;
    for (let at = k; at >= 0; at = this.successor[at]) {
      this.way[this.length++] = group.members[at];
      if (this.doubtful[at] !== 0) this.isDoubtful = true;
    }
    this.isCopy = this.isFirstOfCopy(k, group);
  }

  /** Does a copy of a packet that was seen earlier on the path begin with a member? */
  private isFirstOfCopy(k: number, group: Group): boolean {
    const { mask, state } = this.sightings;
    if ((state[group.members[k] & mask] & COPY) !== 0) return true;
    return this.slots[k] !== this.slots[0] && this.hasEarlierSlot(k, group);
  }

  private reserve(n: number): void {
    if (n <= this.way.length) return;
    const size = n * 2;
    this.successor = new Int32Array(size);
    this.predecessor = new Int32Array(size);
    this.doubtful = new Uint8Array(size);
    this.slots = new Int32Array(size);
    this.way = new Int32Array(size);
  }

  /** Numbers the slots that members were seen at, in the order of the way, into `slots`; returns how many there are. */
  private findSlots(members: Int32Array, n: number): number {
    const { sightings, slots } = this;
    const { mask, flow, point } = sightings;
    const firsts: number[] = [];
    for (let k = 0; k < n; k++) {
      const i = members[k] & mask;
      let slot = firsts.findIndex((first) => isSameSlot(sightings, first, i));
      if (slot < 0) slot = firsts.push(i) - 1;
      slots[k] = slot;
    }
    const root = flow[firsts[0]] < 0 ? -1 : this.flows.root(flow[firsts[0]]);
    const order = firsts.map((_, slot) => slot);
    for (let k = 1; root >= 0 && k < order.length; k++) {
      for (let to = k; to > 0; to--) {
        const [a, b] = [firsts[order[to]], firsts[order[to - 1]]];
        if (point[a] === point[b] || !this.flows.routes.precedes(root, point[a], point[b])) break;
        [order[to], order[to - 1]] = [order[to - 1], order[to]];
      }
    }
    for (let k = 0; k < n; k++) slots[k] = order.indexOf(slots[k]);
    return order.length;
  }

  /** Pairs members of two slots that have no partner yet. Returns whether all of the later slot have one. */
  private join(before: number, slot: number, { members, count: n }: Group): boolean {
    const { equal, sightings, slots, successor, predecessor } = this;
    const { mask, time, point } = sightings;
    equal.reserve(n);
    const from: number[] = [];
    const to: number[] = [];
    for (let k = 0; k < n; k++) {
      if (slots[k] === before && successor[k] < 0) equal.a[from.push(k) - 1] = time[members[k] & mask];
      else if (slots[k] === slot && predecessor[k] < 0) equal.b[to.push(k) - 1] = time[members[k] & mask];
    }
    if (to.length === 0) return true;
    if (from.length === 0) return false;
    const hop = this.hops.known(point[members[from[0]] & mask], point[members[to[0]] & mask]);
    equal.pair(
      from.length,
      to.length,
      hop === undefined || hop.delays.count === 0 ? 0 : hop.sum / hop.delays.count,
      hop?.max ?? 0,
    );
    for (const [a, k] of from.entries()) {
      const b = equal.to[a];
      if (b < 0) continue;
      successor[k] = to[b];
      predecessor[to[b]] = k;
      this.doubtful[k] = equal.doubtful[a];
    }
    this.learn(members[from[0]] & mask, members[to[0]] & mask);
    return from.length >= to.length && to.every((k) => predecessor[k] >= 0);
  }

  /** Later groups of the flow may begin with a sighting in the middle of the way: it is learned from those that do not. */
  private learn(a: number, b: number): void {
    const { flow, point } = this.sightings;
    if (flow[a] < 0 || point[a] === point[b]) return;
    const root = this.flows.root(flow[a]);
    if (!this.flows.routes.precedes(root, point[a], point[b]))
      this.flows.routes.learn(root, point[a], point[b]);
  }

  /** Was an equal packet seen at an earlier slot before this one? */
  private hasEarlierSlot(k: number, { members, count: n }: Group): boolean {
    const { sightings, slots } = this;
    const { time, mask } = sightings;
    const bound = time[members[k] & mask];
    for (let j = 0; j < n && time[members[j] & mask] <= bound; j++) if (slots[j] < slots[k]) return true;
    return false;
  }

  /** The members that are left are a group of their own. */
  regroup(group: Group): void {
    const { members, count: n } = group;
    const { sightings } = this;
    const { mask, state, traits, head, next, tail, count } = sightings;
    let first = 0;
    let last = 0;
    let left = 0;
    for (let k = 0; k < n; k++) {
      const serial = members[k];
      const i = serial & mask;
      if ((state[i] & RESOLVED) !== 0) continue;
      // On links that are not connected others send the same: reports of multicast groups from no address (RFC 3810).
      const isForwarded = (traits[i] & LINK_SCOPE) === 0;
      if (isForwarded && this.begins(k) && this.isFirstOfCopy(k, group)) state[i] |= COPY;
      if (left === 0) first = serial;
      else next[last & mask] = serial;
      head[i] = first;
      last = serial;
      left++;
    }
    if (left === 0) return;
    tail[first & mask] = last;
    count[first & mask] = left;
    state[first & mask] |= REPEATED;
    if (members[0] !== first) sightings.enterCoarse(first);
  }
}
