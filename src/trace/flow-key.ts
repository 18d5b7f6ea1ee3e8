// The key of a flow, as words: lower address, higher one, ports, protocol, and a hash of all that.
import { mix, SECRET } from '../base/hash.ts';

/** Words of a key, and what they are. Ports are those of the lower end << 16 | those of the higher. */
export const FLOW_KEY_WORDS = 12;
export const LOW = 0;
export const HIGH = 4;
export const PORTS = 8;
/** IP protocol << 1 | is it IPv6; 0 for a packet that belongs to no flow. */
export const KIND = 9;
export const HASH = 10;
/** Only of a packet's key: 1 where its source is the higher end, the direction of its flow. */
export const SWAPPED = 11;

/** The ends of a packet: addresses of four words, of which IPv4 uses the first. */
interface Ends {
  readonly source: Int32Array;
  readonly destination: Int32Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly isIpv6: boolean;
}

/** Writes a packet's key. */
export function writeFlowKey(key: Int32Array, ends: Ends): void {
  const { source, destination, sourcePort, destinationPort, isIpv6 } = ends;
  const kind = (ends.protocol << 1) | (isIpv6 ? 1 : 0);
  const words = isIpv6 ? 4 : 1;
  const swapped = isSwapped(source, destination, words, sourcePort, destinationPort);
  const low = swapped ? destination : source;
  const high = swapped ? source : destination;
  const ports = swapped ? (destinationPort << 16) | sourcePort : (sourcePort << 16) | destinationPort;
  let hash = mix(mix(SECRET, ports), kind);
  for (let i = 0; i < words; i++) hash = mix(mix(hash, low[i]), high[i]);
  for (let i = 0; i < 4; i++) {
    key[LOW + i] = low[i];
    key[HIGH + i] = high[i];
  }
  key[PORTS] = ports;
  key[KIND] = kind;
  key[HASH] = hash;
  key[SWAPPED] = swapped ? 1 : 0;
}

/** The same of a packet of IPv4 with these addresses. */
export function writeIpv4FlowKey(key: Int32Array, source: number, destination: number, ends: Ends): void {
  const { sourcePort, destinationPort } = ends;
  const kind = ends.protocol << 1;
  const swapped = source === destination ? sourcePort > destinationPort : source > destination;
  const low = swapped ? destination : source;
  const high = swapped ? source : destination;
  const ports = swapped ? (destinationPort << 16) | sourcePort : (sourcePort << 16) | destinationPort;
  key[LOW] = low;
  key[HIGH] = high;
  key[LOW + 1] = key[LOW + 2] = key[LOW + 3] = key[HIGH + 1] = key[HIGH + 2] = key[HIGH + 3] = 0;
  key[PORTS] = ports;
  key[KIND] = kind;
  key[HASH] = mix(mix(mix(mix(SECRET, ports), kind), low), high);
  key[SWAPPED] = swapped ? 1 : 0;
}

/** Are two keys, whose hashes are equal, of one flow? */
export function isSameFlow(one: Int32Array, at: number, other: Int32Array, otherAt: number): boolean {
  const kind = one[at + KIND];
  if (kind !== other[otherAt + KIND] || one[at + PORTS] !== other[otherAt + PORTS]) return false;
  const words = (kind & 1) === 0 ? 1 : 4;
  for (let i = 0; i < words; i++) {
    if (one[at + LOW + i] !== other[otherAt + LOW + i] || one[at + HIGH + i] !== other[otherAt + HIGH + i])
      return false;
  }
  return true;
}

function isSwapped(
  source: Int32Array,
  destination: Int32Array,
  words: number,
  sourcePort: number,
  destinationPort: number,
): boolean {
  for (let i = 0; i < words; i++) if (source[i] !== destination[i]) return source[i] > destination[i];
  return sourcePort > destinationPort;
}
