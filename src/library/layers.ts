// The headers of a packet as users of the library see them: addresses as text, sequence numbers without a sign.
import { ipv4Text, ipv6Text } from '../base/address.ts';
import type { Packet as Decoded } from '../wire/packet.ts';

/** `00:00:5e:00:53:01`: the `length` bytes at `offset` in hex, with colons. */
function hexText(bytes: Uint8Array, offset: number, length: number): string {
  return Array.from(bytes.subarray(offset, offset + length), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join(':');
}

/**
 * A header of the packet it was taken from. It moves with that packet: like the packet, it is valid until the next step.
 */
abstract class LayerView {
  protected readonly decoded: Decoded;

  constructor(decoded: Decoded) {
    this.decoded = decoded;
  }

  protected get bytes(): Uint8Array {
    return this.decoded.batch.bytes;
  }
}

/** The Ethernet header (IEEE 802.3). */
export class EthernetLayer extends LayerView {
  /** The sender's address, such as `00:00:5e:00:53:01`. */
  get source(): string {
    return hexText(this.bytes, this.start + 6, 6);
  }
  /** The receiver's address. */
  get destination(): string {
    return hexText(this.bytes, this.start, 6);
  }
  /** EtherType, or the length of the frame where it is below 1536; of a tagged frame the tag's, 0x8100. */
  get etherType(): number {
    return this.decoded.batch.view.getUint16(this.start + 12);
  }

  private get start(): number {
    return this.decoded.batch.offset[this.decoded.index];
  }
}

/** ARP or RARP (RFC 826, RFC 903). */
export class ArpLayer extends LayerView {
  /** 1 request, 2 reply (IANA, ARP operation codes). */
  get operation(): number {
    return this.decoded.arp.operation;
  }
  /** The sender's link-layer address; empty where it was not captured. */
  get senderMac(): string {
    const { arp } = this.decoded;
    return this.text(arp.senderHardwareAt, arp.hardwareLength, false);
  }
  /** The sender's protocol address: IPv4 as a dotted quad, others in hex; empty where it was not captured. */
  get senderAddress(): string {
    const { arp } = this.decoded;
    return this.text(arp.senderProtocolAt, arp.protocolLength, true);
  }
  /** The link-layer address that is asked for: zeros in a request; empty where it was not captured. */
  get targetMac(): string {
    const { arp } = this.decoded;
    return this.text(arp.targetHardwareAt, arp.hardwareLength, false);
  }
  /** The protocol address that is asked for; empty where it was not captured. */
  get targetAddress(): string {
    const { arp } = this.decoded;
    return this.text(arp.targetProtocolAt, arp.protocolLength, true);
  }

  private text(offset: number, length: number, address: boolean): string {
    if (offset + length > this.decoded.captureEnd) return '';
    return address && length === 4 ? ipv4Text(this.bytes, offset) : hexText(this.bytes, offset, length);
  }
}

/** The IPv4 header (RFC 791). */
export class Ipv4Layer extends LayerView {
  /** The sender's address, such as `10.0.1.0`. */
  get source(): string {
    return ipv4Text(this.bytes, this.decoded.ipv4.sourceAt);
  }
  /** The receiver's address. */
  get destination(): string {
    return ipv4Text(this.bytes, this.decoded.ipv4.destinationAt);
  }
  /** Protocol of the payload (IANA, protocol numbers): 6 TCP, 17 UDP, 1 ICMP. */
  get protocol(): number {
    return this.decoded.ipv4.protocol;
  }
  /** Time to live, in hops. */
  get ttl(): number {
    return this.decoded.ipv4.ttl;
  }
  /** The byte of DSCP (upper six bits) and ECN (lower two; RFC 2474, RFC 3168). */
  get trafficClass(): number {
    return this.decoded.ipv4.tos;
  }
  /** Bytes of header, options included. */
  get headerLength(): number {
    return this.decoded.ipv4.headerLength;
  }
  /** Bytes of header and payload; 0 where segmentation offload left it out. */
  get totalLength(): number {
    return this.decoded.ipv4.totalLength;
  }
  /** The datagram's identification, which its fragments share. */
  get identification(): number {
    return this.decoded.ipv4.identification;
  }
  /** DF. */
  get dontFragment(): boolean {
    return this.decoded.ipv4.dontFragment;
  }
  /** MF. */
  get moreFragments(): boolean {
    return this.decoded.ipv4.moreFragments;
  }
  /** Where in the datagram this fragment begins, in bytes. */
  get fragmentOffset(): number {
    return this.decoded.ipv4.fragmentOffset;
  }
  /** The header checksum as it was captured; not verified. */
  get checksum(): number {
    return this.decoded.ipv4.checksum;
  }
}

/** The IPv6 header (RFC 8200). */
export class Ipv6Layer extends LayerView {
  /** The sender's address in the form of RFC 5952, such as `fd00::1`. */
  get source(): string {
    return ipv6Text(this.bytes, this.decoded.ipv6.sourceAt);
  }
  /** The receiver's address, as the header has it: with a routing header, the next stop. */
  get destination(): string {
    return ipv6Text(this.bytes, this.decoded.ipv6.destinationAt);
  }
  /** What follows the fixed header (IANA, protocol numbers): an extension header, or the payload's protocol. */
  get nextHeader(): number {
    return this.decoded.ipv6.nextHeader;
  }
  /** Hops. */
  get hopLimit(): number {
    return this.decoded.ipv6.hopLimit;
  }
  /** DSCP (upper six bits) and ECN (lower two). */
  get trafficClass(): number {
    return this.decoded.ipv6.trafficClass;
  }
  /** 20 bits (RFC 6437). */
  get flowLabel(): number {
    return this.decoded.ipv6.flowLabel;
  }
  /** Bytes after the fixed header; 0 in a jumbogram or where segmentation offload left it out. */
  get payloadLength(): number {
    return this.decoded.ipv6.payloadLength;
  }
}

/** The TCP header (RFC 9293, 3.1). */
export class TcpLayer extends LayerView {
  get sourcePort(): number {
    return this.decoded.tcp.sourcePort;
  }
  get destinationPort(): number {
    return this.decoded.tcp.destinationPort;
  }
  /** 0 to 4 294 967 295, as in the header. */
  get sequence(): number {
    return this.decoded.tcp.sequence >>> 0;
  }
  /** 0 to 4 294 967 295, as in the header; it means something where `TcpFlag.ACK` is set. */
  get acknowledgment(): number {
    return this.decoded.tcp.acknowledgment >>> 0;
  }
  /** A mask of `TcpFlag`. */
  get flags(): number {
    return this.decoded.tcp.flags;
  }
  /** As in the header: not scaled. */
  get window(): number {
    return this.decoded.tcp.window;
  }
  /** As it was captured; not verified. */
  get checksum(): number {
    return this.decoded.tcp.checksum;
  }
  /** It means something where `TcpFlag.URG` is set. */
  get urgentPointer(): number {
    return this.decoded.tcp.urgentPointer;
  }
  /** Bytes of header, options included; below 20 in a malformed segment. */
  get headerLength(): number {
    return this.decoded.tcp.headerLength;
  }
  /** Bytes of payload as the IP header says, whether captured or not; negative in a malformed segment. */
  get payloadLength(): number {
    return this.decoded.tcp.payloadLength;
  }
  /** The payload as far as it was captured: a view on the packet's bytes. */
  get payload(): Uint8Array {
    const { tcp, captureEnd } = this.decoded;
    const start = tcp.offset + Math.max(tcp.headerLength, 20);
    return this.bytes.subarray(start, Math.max(start, Math.min(tcp.wireEnd, captureEnd)));
  }
}

/** The UDP header (RFC 768). */
export class UdpLayer extends LayerView {
  get sourcePort(): number {
    return this.decoded.udp.sourcePort;
  }
  get destinationPort(): number {
    return this.decoded.udp.destinationPort;
  }
  /** Bytes of header and payload. */
  get length(): number {
    return this.decoded.udp.length;
  }
  /** As it was captured; not verified. 0: the sender computed none. */
  get checksum(): number {
    return this.decoded.udp.checksum;
  }
  /** The payload as far as it was captured: a view on the packet's bytes. */
  get payload(): Uint8Array {
    const { udp, captureEnd, transportEnd } = this.decoded;
    const start = udp.offset + 8;
    return this.bytes.subarray(start, Math.max(start, Math.min(transportEnd, captureEnd)));
  }
}

/** ICMP (RFC 792) or ICMPv6 (RFC 4443): the first eight bytes. */
export class IcmpLayer extends LayerView {
  /** ICMP: 8 echo request, 0 echo reply, 3 unreachable; ICMPv6: 128 echo request, 129 echo reply, 1 unreachable. */
  get type(): number {
    return this.decoded.icmp.type;
  }
  get code(): number {
    return this.decoded.icmp.code;
  }
  /** As it was captured; not verified. */
  get checksum(): number {
    return this.decoded.icmp.checksum;
  }
  /** Of an echo request or reply. */
  get identifier(): number {
    return this.decoded.icmp.identifier;
  }
  /** Of an echo request or reply. */
  get sequence(): number {
    return this.decoded.icmp.sequence;
  }
}
