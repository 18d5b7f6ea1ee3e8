// The few fields of a captured packet by which the probe's own packets are known again on their way.

import { textOf } from '../netns/prefix.ts';
import { EXTENSION_LEAST, extensionLength, leadsToTransport } from '../wire/ipv6-extensions.ts';
import * as ethertype from '../wire/registry/ethertypes.ts';
import * as ipProtocol from '../wire/registry/ip-protocols.ts';

/** What was read; fields that the packet does not have, or that were cut off, are undefined. */
export interface Decoded {
  kind: 'arp' | 'ip' | 'none';
  source?: string;
  target?: string;
  /** IP protocol number; an ARP packet has none. */
  protocol?: number;
  sourcePort?: number;
  targetPort?: number;
  ttl?: number;
  /** Bytes of the IP packet. */
  size?: number;
  /** The IPv4 identification, offset and flags of fragments. */
  fragment?: boolean;
  tcp?: { sequence: number; acknowledgment: number; flags: number };
  icmp?: { type: number; code: number; id: number; sequence: number; stamp: string };
  /** The beginning of the packet that an ICMP error quotes. */
  about?: Decoded;
  /** ARP and neighbour discovery: the address requested, and whether this is the answer. */
  resolving?: { address: string; reply: boolean; asker: string };
}

/** ICMP types that quote the packet they report (RFC 792; RFC 4443, 2.1). */
const ERRORS = { 4: [3, 11, 12], 6: [1, 2, 3, 4] } as const;

export function decode(protocol: number, bytes: Buffer): Decoded {
  if (protocol === ethertype.ARP) return decodeArp(bytes);
  return protocol === ethertype.IPV6 ? decodeIpv6(bytes) : decodeIpv4(bytes);
}

function decodeArp(bytes: Buffer): Decoded {
  // Ethernet and IPv4 only (RFC 826).
  if (bytes.length < 28 || bytes[4] !== 6 || bytes[5] !== 4) return { kind: 'none' };
  const [sender, wanted] = [address4(bytes, 14), address4(bytes, 24)];
  const reply = bytes.readUInt16BE(6) === 2;
  return {
    kind: 'arp',
    source: sender,
    target: wanted,
    resolving: { address: reply ? sender : wanted, reply, asker: reply ? wanted : sender },
  };
}

function decodeIpv4(bytes: Buffer): Decoded {
  if (bytes.length < 20) return { kind: 'none' };
  const fragment = bytes.readUInt16BE(6) & 0x3fff;
  const found: Decoded = {
    kind: 'ip',
    source: address4(bytes, 12),
    target: address4(bytes, 16),
    protocol: bytes[9],
    ttl: bytes[8],
    size: bytes.readUInt16BE(2),
    ...(fragment === 0 ? {} : { fragment: true }),
  };
  if ((fragment & 0x1fff) !== 0) return found;
  return { ...found, ...transport(bytes, (bytes[0] & 15) * 4, bytes[9], 4) };
}

function decodeIpv6(bytes: Buffer): Decoded {
  if (bytes.length < 40) return { kind: 'none' };
  let [protocol, offset] = [bytes[6], 40];
  let fragment = false;
  // Extension headers (RFC 8200, 4) that may precede the transport header.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (
    let count = 0;
    count < 4 && leadsToTransport(protocol) && offset + EXTENSION_LEAST <= bytes.length;
    count++
  ) {
    const length = extensionLength(view, protocol, offset);
    const later = protocol === ipProtocol.FRAGMENT && (view.getUint16(offset + 2) & 0xfff8) !== 0;
    if (protocol === ipProtocol.FRAGMENT) fragment = true;
    protocol = bytes[offset];
    offset += length;
    if (later) break;
  }
  return {
    kind: 'ip',
    source: address6(bytes, 8),
    target: address6(bytes, 24),
    protocol,
    ttl: bytes[7],
    size: bytes.readUInt16BE(4) + 40,
    ...(fragment ? { fragment } : {}),
    ...transport(bytes, offset, protocol, 6),
  };
}

function transport(bytes: Buffer, offset: number, protocol: number, family: 4 | 6): Partial<Decoded> {
  if (offset + 8 > bytes.length) return {};
  const ports = { sourcePort: bytes.readUInt16BE(offset), targetPort: bytes.readUInt16BE(offset + 2) };
  if (protocol === ipProtocol.UDP) return ports;
  if (protocol === ipProtocol.TCP) {
    const isComplete = offset + 14 <= bytes.length;
    return {
      ...ports,
      tcp: {
        sequence: bytes.readUInt32BE(offset + 4),
        // An ICMP error may quote 8 bytes only.
        acknowledgment: isComplete ? bytes.readUInt32BE(offset + 8) : 0,
        flags: isComplete ? bytes[offset + 13] : 0,
      },
    };
  }
  if (protocol !== (family === 4 ? ipProtocol.ICMP : ipProtocol.ICMPV6)) return {};
  const [type, code] = [bytes[offset], bytes[offset + 1]];
  const icmp = {
    type,
    code,
    id: bytes.readUInt16BE(offset + 4),
    sequence: bytes.readUInt16BE(offset + 6),
    // ping(8) begins its payload with the time of sending; nft's traces have 20 bytes from the ICMP header on.
    stamp: bytes.toString('hex', offset + 8, offset + 20),
  };
  if ((ERRORS[family] as readonly number[]).includes(type)) {
    const quoted = bytes.subarray(offset + 8);
    return { icmp, about: family === 4 ? decodeIpv4(quoted) : decodeIpv6(quoted) };
  }
  // Neighbour solicitation and advertisement (RFC 4861, 4.3 and 4.4).
  if (family === 6 && (type === 135 || type === 136) && offset + 24 <= bytes.length) {
    const asker = address6(bytes, type === 135 ? 8 : 24);
    return { icmp, resolving: { address: address6(bytes, offset + 8), reply: type === 136, asker } };
  }
  return { icmp };
}

function address4(bytes: Buffer, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

function address6(bytes: Buffer, offset: number): string {
  return textOf(BigInt(`0x${bytes.toString('hex', offset, offset + 16)}`), 6);
}
