// Most packets: TCP or UDP over IPv4 over Ethernet, without a tag, a tunnel or a fragment, read in one go.
import type { Batch } from '../base/batch.ts';
import { mix } from '../base/hash.ts';
import * as ethernet from '../wire/ethernet.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as link from '../wire/linktype.ts';
import * as ipProtocol from '../wire/registry/ip-protocols.ts';
import * as tcpOption from '../wire/registry/tcp-options.ts';
import * as tcp from '../wire/tcp.ts';
import { mayCarry } from '../wire/tunnel/datagram.ts';
import * as udp from '../wire/udp.ts';
import { writeIpv4FlowKey } from './flow-key.ts';
import {
  BOUND,
  HAS_TIMESTAMPS,
  HASHED,
  type IdentityFields,
  LINK_SCOPE,
  MAY_FRAGMENT,
  step,
  TCP_CONTROL,
  TCP_DATA,
  UDP,
} from './identity-fields.ts';

/** The EtherType of IPv4, and a header of 20 bytes. */
const IPV4_WITHOUT_OPTIONS = 0x080045;
/** More fragments, and the offset of one. */
const FRAGMENTED = 0x3fff;
const DONT_FRAGMENT = 0x4000;

/**
 * Reads record `index` as `Identity.place` would, in a third of the time, where it is such a packet; returns whether it is.
 * If it is not, nothing of `packet` has changed.
 */
export function placePlain(packet: IdentityFields, batch: Batch, index: number): boolean {
  const { view } = batch;
  const at = batch.offset[index];
  const captured = batch.captured[index];
  const ip = at + ethernet.HEADER_LENGTH;
  const transport = ip + ipv4.HEADER_LENGTH;
  const captureEnd = at + captured;
  if (batch.linkType[index] !== link.ETHERNET || transport + udp.HEADER_LENGTH > captureEnd) return false;
  if (view.getUint32(at + 12) >>> 8 !== IPV4_WITHOUT_OPTIONS) return false;
  const identificationAndFragment = view.getUint32(ip + ipv4.IDENTIFICATION);
  if ((identificationAndFragment & FRAGMENTED) !== 0) return false;
  const end = ip + view.getUint16(ip + ipv4.TOTAL_LENGTH);
  const wireEnd = at + Math.max(batch.wire[index], captured);
  const protocol = view.getUint8(ip + ipv4.PROTOCOL);
  const ports = view.getInt32(transport);
  packet.sourcePort = ports >>> 16;
  packet.destinationPort = ports & 0xffff;
  let header = udp.HEADER_LENGTH;
  if (protocol === ipProtocol.TCP) {
    header = tcpHeader(packet, view, ip, Math.min(end, captureEnd));
    if (header === 0) return false;
  } else if (
    protocol !== ipProtocol.UDP ||
    end < transport ||
    mayCarry(packet.sourcePort, packet.destinationPort)
  )
    return false;
  packet.bytes = view;
  packet.protocol = protocol;
  packet.isIpv6 = false;
  packet.ipId = identificationAndFragment >>> 16;
  packet.ttl = view.getUint8(ip + ipv4.TTL);
  packet.tos = view.getUint8(ip + ipv4.TOS);
  packet.vlan = packet.tunnel = packet.mss = packet.payloadHash = 0;
  packet.traits = (identificationAndFragment & DONT_FRAGMENT) === 0 ? MAY_FRAGMENT : 0;
  addresses(packet, view, at, ip);
  const payloadEnd = Math.min(captureEnd, wireEnd, end);
  const limit = ip + packet.payloadLimit;
  if (protocol === ipProtocol.TCP)
    segment(packet, view, transport, header, Math.min(end, wireEnd), limit, payloadEnd);
  else datagram(packet, view, transport, Math.min(captureEnd, limit), payloadEnd);
  packet.checksums.verifyPlain(view, ip, protocol, end, captureEnd, header);
  packet.writeHeaders();
  return true;
}

/** Bytes of the header of TCP, where it has no options, or none but time stamps as usual; else 0. */
function tcpHeader({ headerLimit }: IdentityFields, view: DataView, ip: number, end: number): number {
  const transport = ip + ipv4.HEADER_LENGTH;
  if (transport + tcp.HEADER_LENGTH > end) return 0;
  const length = (view.getUint8(transport + tcp.OFFSET) >> 4) << 2;
  if (ipv4.HEADER_LENGTH + length > headerLimit) return 0;
  if (length === tcp.HEADER_LENGTH) return length;
  const isUsual =
    length === tcp.HEADER_LENGTH + tcpOption.USUAL_LENGTH &&
    transport + length <= end &&
    view.getInt32(transport + tcp.HEADER_LENGTH) === tcpOption.USUAL;
  return isUsual ? length : 0;
}

function addresses(packet: IdentityFields, view: DataView, at: number, ip: number): void {
  const high = view.getUint16(at);
  packet.destinationMac = high * 0x1_0000_0000 + view.getUint32(at + 2);
  packet.sourceMac = view.getUint16(at + 6) * 0x1_0000_0000 + view.getUint32(at + 8);
  const source = view.getInt32(ip + ipv4.SOURCE);
  const destination = view.getInt32(ip + ipv4.DESTINATION);
  const network = destination >>> 16;
  if ((high & 0x100) !== 0 || network >= 0xe000 || network === 0xa9fe) packet.traits |= LINK_SCOPE;
  packet.setIpv4(source, destination);
  writeIpv4FlowKey(packet.flowKey, source, destination, packet);
}

/** `end`: of the segment on the wire; `limit` and `payloadEnd`: how much of it all points have, and this one. */
function segment(
  packet: IdentityFields,
  view: DataView,
  at: number,
  header: number,
  end: number,
  limit: number,
  payloadEnd: number,
): void {
  const payloadAt = at + header;
  const length = end > payloadAt ? end - payloadAt : 0;
  const sequence = view.getInt32(at + tcp.SEQUENCE);
  const acknowledgment = view.getInt32(at + tcp.ACKNOWLEDGMENT);
  const flags = view.getUint8(at + tcp.FLAGS);
  const window = view.getUint16(at + tcp.WINDOW);
  let timestampValue = 0;
  let timestampEcho = 0;
  packet.options = 0;
  if (header > tcp.HEADER_LENGTH) {
    packet.traits |= HAS_TIMESTAMPS;
    packet.options = 1 << tcpOption.TIMESTAMPS;
    timestampValue = view.getInt32(at + tcp.HEADER_LENGTH + 4);
    timestampEcho = view.getInt32(at + tcp.HEADER_LENGTH + 8);
  }
  packet.sequence = sequence;
  packet.acknowledgment = acknowledgment;
  packet.length = length;
  packet.tcpFlags = flags;
  packet.window = window;
  packet.begin(length > 0 ? TCP_DATA : TCP_CONTROL);
  const lengthAndFlags = (length << 8) | (flags & (tcp.SYN | tcp.FIN | tcp.RST | tcp.ACK));
  const windowAndId = (window << 16) | packet.ipId;
  const coarse = mix(mix(mix(packet.keyA, sequence), acknowledgment), lengthAndFlags);
  const transmission = mix(mix(acknowledgment, timestampValue), timestampEcho);
  packet.coarse = coarse;
  packet.transmission = transmission;
  packet.keyA = mix(mix(coarse, transmission), windowAndId);
  const b = step(step(step(packet.keyB, sequence), acknowledgment), lengthAndFlags);
  packet.keyB = step(step(step(b, timestampValue), timestampEcho), windowAndId);
  if (length > 0) packet.hashBytes(payloadAt, Math.min(payloadEnd, payloadAt + HASHED, limit));
}

function datagram(
  packet: IdentityFields,
  view: DataView,
  at: number,
  captureEnd: number,
  payloadEnd: number,
): void {
  const length = view.getUint16(at + udp.LENGTH);
  const payloadAt = at + udp.HEADER_LENGTH;
  packet.sequence = packet.transmission = packet.tcpFlags = packet.window = packet.options = 0;
  packet.length = length;
  packet.payloadAt = payloadAt;
  packet.payloadEnd = captureEnd;
  packet.traits |= BOUND;
  packet.begin(UDP);
  packet.hashBytes(payloadAt, Math.min(payloadEnd, payloadAt + HASHED, captureEnd));
  packet.datagram(length);
}
