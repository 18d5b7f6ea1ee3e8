// The way of a packet, sighting by sighting, and the hops between them, counted.
import { IP_WRONG, RIGHT, UNVERIFIED, WRONG } from './checksums.ts';
import { HEADER_WORDS } from './identity-fields.ts';
import * as path from './path.ts';
import { Path } from './path.ts';
import type { Shared } from './shared.ts';
import { REORDERED } from './sightings.ts';

export class PathBuilder {
  readonly path: Path;
  private readonly shared: Shared;

  constructor(shared: Shared) {
    this.shared = shared;
    this.path = new Path(shared.sightings);
  }

  /** Appends a sighting to the path; returns its index. */
  step(i: number, before: number): number {
    const { path: way } = this;
    const { sightings } = this.shared;
    const k = way.push(i);
    way.point[k] = sightings.point[i];
    way.time[k] = way.lastTime[k] = sightings.time[i];
    way.frame[k] = sightings.frame[i];
    way.segments[k] = way.merged[k] = 1;
    way.missing[k] = 0;
    way.changes[k] = before < 0 ? 0 : this.changes(before, i);
    return k;
  }

  /** Counts the hop to a sighting, which `path` has last. */
  countHop(before: number, i: number, root: number): void {
    const { path: way } = this;
    const { sightings } = this.shared;
    const { point } = sightings;
    let next = root < 0 ? -1 : this.skipped(root, point[before], point[i]);
    if (next < 0) next = this.asleep(before, i);
    if (next >= 0) {
      const missed = this.shared.hops.between(point[before], next);
      missed.packets++;
      missed.bytes += sightings.wire[before];
      missed.unknown++;
      return;
    }
    this.shared.routes.learn(point[before], point[i]);
    if (way.count > 2) this.shared.routes.learnThrough(way.point[way.count - 3], point[before], point[i]);
    this.countUsual(before, i, root);
  }

  /** The same where it is the way of all of its flow (usual-ways.ts). */
  countUsual(before: number, i: number, root: number): void {
    const { path: way } = this;
    const { sightings } = this.shared;
    const { point, time } = sightings;
    const hop = this.shared.hops.between(point[before], point[i]);
    const delay = time[i] - time[before];
    hop.packets++;
    hop.bytes += sightings.wire[before];
    hop.came(delay);
    if ((sightings.state[i] & REORDERED) !== 0) hop.reordered++;
    if ((way.changes[way.count - 1] & ~path.CHANGED_TTL) !== 0) hop.changed++;
    if (way.ambiguous) hop.ambiguous++;
    if (root >= 0) this.shared.flows.routes.came(root, point[i], delay);
  }

  /** The point between two that the flow's packets pass as a rule; -1 where there is none. */
  skipped(root: number, from: number, to: number): number {
    const next = this.shared.flows.routes.next(root, from);
    return next >= 0 && next !== to && this.shared.flows.routes.leads(root, next, to) ? next : -1;
  }

  /** A point between two, by what other flows show, that did not capture then, or lost some; -1 where there is none. */
  private asleep(before: number, i: number): number {
    const { shared } = this;
    const { sightings } = shared;
    const { point, time } = sightings;
    const between = shared.routes.through(point[before], point[i]);
    if (between < 0) return -1;
    const isOff = time[before] < shared.firsts[between] || time[i] > shared.lasts[between];
    return isOff || shared.gaps.overlaps(between, time[before], time[i]) ? between : -1;
  }

  private changes(a: number, b: number): number {
    const s = this.shared.sightings;
    let mask = 0;
    if (s.flow[a] !== s.flow[b]) mask |= this.shared.flows.changes(s.flow[a], s.flow[b]);
    const { headers } = s;
    const x = a * HEADER_WORDS;
    const y = b * HEADER_WORDS;
    const first = headers[x] ^ headers[y];
    const second = headers[x + 1] ^ headers[y + 1];
    const others =
      (headers[x + 2] ^ headers[y + 2]) |
      (headers[x + 3] ^ headers[y + 3]) |
      (headers[x + 4] ^ headers[y + 4]) |
      (headers[x + 5] ^ headers[y + 5]);
    const isSame = s.length[a] === s.length[b] && s.kind[a] === s.kind[b];
    // Most packets change nothing but their TTL.
    if (((first & 0xff_ffff) | second | others) === 0 && isSame && s.payloadHash[a] === s.payloadHash[b])
      return first === 0 ? mask : mask | path.CHANGED_TTL;
    if (first >>> 24 !== 0) mask |= path.CHANGED_TTL;
    if ((first & 0xfc_0000) !== 0) mask |= path.CHANGED_DSCP;
    if ((first & 0x3_0000) !== 0) mask |= path.CHANGED_ECN;
    if (second >>> 16 !== 0) mask |= path.CHANGED_WINDOW;
    if (headers[x + 2] !== headers[y + 2]) {
      if (s.mss(a) !== s.mss(b) && s.mss(a) !== 0 && s.mss(b) !== 0) mask |= path.CHANGED_MSS;
      if (s.vlan(a) !== s.vlan(b)) mask |= path.CHANGED_VLAN;
    }
    if (headers[x + 3] !== headers[y + 3]) mask |= path.CHANGED_OPTIONS;
    if (headers[x + 4] !== headers[y + 4]) mask |= path.CHANGED_TUNNEL;
    // What differs where a packet was cut, or put together, is no change.
    if (!isSame) return mask;
    if ((first & 0xff) !== 0) mask |= path.CHANGED_FLAGS;
    if ((second & 0xffff) !== 0) mask |= path.CHANGED_ID;
    if (s.payloadHash[a] !== s.payloadHash[b]) mask |= path.CHANGED_PAYLOAD;
    if (headers[x + 5] === headers[y + 5]) return mask;
    // Whatever headers became, the sum of the payload stays.
    if (isRight(s.checksum(a)) && isRight(s.checksum(b)) && s.payloadSum(a) !== s.payloadSum(b))
      mask |= path.CHANGED_PAYLOAD;
    if (isChecksumChanged(s.checksum(a), s.checksum(b))) mask |= path.CHANGED_CHECKSUM;
    return mask;
  }
}

function isRight(checksum: number): boolean {
  return (checksum & ~IP_WRONG) === RIGHT;
}

/** A checksum left to a device is known only if the result is wrong. */
function isChecksumChanged(before: number, after: number): boolean {
  if (before === after) return false;
  if (((before ^ after) & IP_WRONG) !== 0) return true;
  return (after & WRONG) !== 0 || ((before & WRONG) !== 0 && (after & ~IP_WRONG) !== UNVERIFIED);
}
