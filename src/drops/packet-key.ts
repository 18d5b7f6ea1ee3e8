// What two reports of one dropped packet have in common: its IP header and the beginning of the payload.
import * as link from '../wire/linktype.ts';
import type { DroppedPacket } from './event.ts';

const ETHERNET_LENGTH = 14;
/** Bytes of the transport header: ports and sequence number, or an ICMP echo's identifier and sequence number. */
const TRANSPORT_LENGTH = 8;
const IPV4_LENGTH = 20;
const IPV6_LENGTH = 40;

/** The key of a packet given by its network and transport headers; undefined where it is not IP. */
export function headersKey(network: Uint8Array, transport: Uint8Array): string | undefined {
  const version = network[0] >>> 4;
  const carried = text(transport, 0, TRANSPORT_LENGTH);
  // Not the TTL, the checksum or the traffic class, which change on the way through a host.
  if (version === 4 && network.length >= IPV4_LENGTH)
    return `4 ${text(network, 2, 8)}${text(network, 9, 10)}${text(network, 12, 20)} ${carried}`;
  if (version === 6 && network.length >= IPV6_LENGTH)
    return `6 ${text(network, 4, 7)}${text(network, 8, IPV6_LENGTH)} ${carried}`;
  return undefined;
}

export function packetKey(packet: DroppedPacket): string | undefined {
  const [network, transport] = headers(packet);
  return headersKey(network, transport);
}

/** What packets of one conversation have in common: version, protocol, addresses and ports; undefined where it is not IP. */
export function conversationKey(packet: DroppedPacket): string | undefined {
  const [network, transport] = headers(packet);
  const version = network[0] >>> 4;
  const ports = text(transport, 0, 4);
  if (version === 4 && network.length >= IPV4_LENGTH)
    return `4 ${text(network, 9, 10)}${text(network, 12, 20)} ${ports}`;
  if (version === 6 && network.length >= IPV6_LENGTH)
    return `6 ${text(network, 6, 7)}${text(network, 8, IPV6_LENGTH)} ${ports}`;
  return undefined;
}

function headers({ linkType, bytes }: DroppedPacket): [network: Uint8Array, transport: Uint8Array] {
  const network = linkType === link.ETHERNET ? bytes.subarray(ETHERNET_LENGTH) : bytes;
  const length = network[0] >>> 4 === 4 ? (network[0] & 0xf) * 4 : IPV6_LENGTH;
  return [network, network.subarray(length)];
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
