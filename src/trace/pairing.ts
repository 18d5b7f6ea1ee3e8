// Records joined to packets: each becomes a sighting, in a group with those of the same packet.
import { DatagramSegments } from './datagram-segments.ts';
import { FirstSightings } from './first-sightings.ts';
import { FLOW_KEY_WORDS, KIND } from './flow-key.ts';
import { FlowLinks } from './flow-links.ts';
import type { Flows } from './flows.ts';
import type { Identity } from './identity.ts';
import { BOUND, HEADER_WORDS, TCP_DATA, UDP } from './identity-fields.ts';
import type { ReadPackets } from './read-packets.ts';
import type { Shared } from './shared.ts';
import { CHOSEN, REORDERED, REPEATED, RESOLVED, type Sightings } from './sightings.ts';

export class Pairing {
  private readonly packet: Identity;
  private readonly sightings: Sightings;
  private readonly flows: Flows;
  private readonly window: number;
  private readonly isFiltered: boolean;
  private readonly datagramSegments: DatagramSegments;
  private readonly firsts: FirstSightings;
  private readonly links: FlowLinks;
  /** Where the packet that is taken lies, if another thread has read it. */
  private block: ReadPackets | undefined;
  private index = 0;

  /** `packet` is what `take` takes. `isFiltered`: `take` is told which records a filter takes. */
  constructor(shared: Shared, packet: Identity, isFiltered: boolean) {
    const { sightings, flows, window } = shared;
    this.packet = packet;
    this.sightings = sightings;
    this.flows = flows;
    this.window = window;
    this.isFiltered = isFiltered;
    this.datagramSegments = new DatagramSegments(sightings, flows, window);
    this.firsts = new FirstSightings(shared, this.datagramSegments);
    this.links = new FlowLinks(sightings, flows, window);
  }

  /** Takes the packet that was read. Returns its index among the sightings, where `prepare` has made room for it. */
  take(point: number, isChosen: boolean): number {
    const { packet, sightings } = this;
    const serial = sightings.take();
    const i = serial & sightings.mask;
    this.fill(i, point);
    this.block = undefined;
    this.place(serial, i, packet.flowKey, 0, isChosen);
    return i;
  }

  /** Takes packet `k` of a block, whose columns were copied to the next sighting (`ReadPackets.copyTo`), but for its time. */
  takeRead(block: ReadPackets, k: number, time: number): void {
    const { sightings } = this;
    const serial = sightings.take();
    const i = serial & sightings.mask;
    sightings.time[i] = time;
    this.block = block;
    this.index = k;
    this.place(serial, i, block.flowKeys, k * FLOW_KEY_WORDS, true);
  }

  /** The packet that is taken, with all that was read of it. */
  private identity(): Identity {
    this.block?.load(this.index, this.packet);
    return this.packet;
  }

  /** Copies what identifies the packet, and what may change on its way. */
  private fill(i: number, point: number): void {
    const { packet, sightings } = this;
    sightings.time[i] = packet.time;
    sightings.point[i] = point;
    sightings.kind[i] = packet.kind;
    sightings.traits[i] = packet.traits;
    sightings.sequence[i] = packet.sequence;
    sightings.length[i] = packet.length;
    const { headers } = packet;
    const to = i * HEADER_WORDS;
    for (let k = 0; k < HEADER_WORDS; k++) sightings.headers[to + k] = headers[k];
    sightings.transmission[i] = packet.transmission;
    sightings.payloadHash[i] = packet.payloadHash;
    sightings.destinationMac[i] = packet.destinationMac;
    sightings.keyA[i] = packet.keyA;
    sightings.keyB[i] = packet.keyB;
    sightings.coarse[i] = packet.coarse;
  }

  /** Finds the flow of a sighting, whose key begins at `at`, and the packet that it is of. */
  private place(serial: number, i: number, keys: Int32Array, at: number, isChosen: boolean): void {
    const { sightings, flows } = this;
    const flow = keys[at + KIND] === 0 ? -1 : flows.find(keys, at, sightings.time[i]);
    sightings.flow[i] = flow;
    sightings.state[i] = isChosen ? CHOSEN : 0;
    if (this.isFiltered && flow >= 0) flows.choose(flow, isChosen);
    const { kind, length } = sightings;
    if (kind[i] === UDP) sightings.clearParts(i);
    else if (kind[i] === TCP_DATA && length[i] > sightings.longestSegment)
      sightings.longestSegment = length[i];
    this.join(serial, i, flow);
  }

  /** Adds a sighting to those of the same packet, if there are any. */
  private join(serial: number, i: number, flow: number): void {
    const { sightings, flows } = this;
    const isBound = (sightings.traits[i] & BOUND) !== 0 && flow >= 0;
    if (isBound) {
      if (flows.fresh) this.links.byDatagram(i, this.identity());
      const root = flows.root(flow);
      sightings.keyA[i] = Math.imul(sightings.keyA[i] ^ root, 0x85ebca6b);
      sightings.keyB[i] ^= root;
    }
    const isSearched = this.block === undefined || isBound;
    const head = isSearched ? this.group(i) : this.groupOf(i, this.earlier(serial));
    if (head < 0) this.found(serial, i);
    else this.append(head, serial, i);
    if (isSearched) sightings.enter(serial);
    if (sightings.isRanged(i)) sightings.enterRange(serial, sightings.rangeOf(i));
  }

  /** The head of the group that a sighting belongs to; -1 for none. */
  private group(i: number): number {
    const { sightings } = this;
    const { mask, keyA, keyB } = sightings;
    const a = keyA[i];
    const b = keyB[i];
    for (let at = sightings.latest(a); sightings.holds(at); at = sightings.older[at & mask]) {
      const j = at & mask;
      if (keyA[j] === a && keyB[j] === b) return this.groupOf(i, at);
    }
    return -1;
  }

  /** The latest sighting with the key of one that another thread has read; -1 for none. */
  private earlier(serial: number): number {
    const ago = this.block!.ago[this.index];
    return ago === 0 ? -1 : (serial - ago) & 0x7fffffff;
  }

  /** The same, where the latest sighting with its key is known. */
  private groupOf(i: number, latest: number): number {
    const { sightings } = this;
    if (!sightings.holds(latest)) return -1;
    const { mask, head, tail, time, state } = sightings;
    const j = latest & mask;
    if ((state[j] & RESOLVED) !== 0) return -1;
    const last = tail[head[j] & mask] & mask;
    return time[i] - time[last] > this.window ? -1 : head[j];
  }

  /** A packet is seen for the first time. */
  private found(serial: number, i: number): void {
    const { sightings } = this;
    sightings.head[i] = sightings.tail[i] = serial;
    sightings.count[i] = 1;
    sightings.enterCoarse(serial);
    if (this.firsts.tells(i)) this.firsts.note(serial, i, this.identity());
  }

  /** A packet is seen once more. */
  private append(head: number, serial: number, i: number): void {
    const { sightings, flows } = this;
    const { mask, point, time, flow, state } = sightings;
    const h = head & mask;
    const before = sightings.tail[h] & mask;
    sightings.head[i] = head;
    sightings.next[before] = serial;
    sightings.tail[h] = serial;
    sightings.count[h]++;
    if (sightings.kind[i] === UDP) this.datagramSegments.copy(h, serial, flows.root(flow[i]));
    if ((state[h] & REPEATED) === 0) {
      for (let at = head; at !== serial; at = sightings.next[at & mask])
        if (point[at & mask] === point[i]) state[h] |= REPEATED;
    }
    if (flow[i] < 0 || (state[h] & REPEATED) !== 0) return;
    if (flow[i] !== flow[before] && !this.links.bySightings(before, i)) return;
    const root = flows.root(flow[i]);
    if (time[i] < time[before]) {
      this.learnLate(head, i, root);
      return;
    }
    // Clocks of one microsecond give the same time to several points.
    if (time[i] === time[before] && sightings.ttl(i) >= sightings.ttl(before)) return;
    flows.routes.learn(root, point[before], point[i]);
    if (flows.routes.overtaken(root, point[i], time, before)) state[i] |= REORDERED;
  }

  /** A sighting that was delivered later than others of its packet that came after it. */
  private learnLate(head: number, i: number, root: number): void {
    const { sightings, flows } = this;
    const { mask, time, point, next, count } = sightings;
    let before = -1;
    let behind = -1;
    for (let at = head, k = 1; k < count[head & mask]; at = next[at & mask], k++) {
      const j = at & mask;
      if (time[j] < time[i] && (before < 0 || time[j] > time[before])) before = j;
      if (time[j] > time[i] && (behind < 0 || time[j] < time[behind])) behind = j;
    }
    if (before >= 0) flows.routes.learn(root, point[before], point[i]);
    if (behind >= 0) flows.routes.learn(root, point[i], point[behind]);
  }
}
