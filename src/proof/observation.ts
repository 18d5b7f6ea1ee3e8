// What was seen on the wire between two addresses: the evidence behind a verdict.
import { addressText, ipv4Text, ipv6Text } from '../base/address.ts';
import type { Batch } from '../base/batch.ts';
import { icmpErrorText } from '../base/icmp-error.ts';
import { count } from '../base/units.ts';
import { EchoTable } from '../flow/echo.ts';
import { REPLY, REQUEST } from '../wire/arp.ts';
import { UNREACHABLE } from '../wire/icmp.ts';
import { ARP, ICMP, ICMPV6, Packet, TCP } from '../wire/packet.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';

const V6_UNREACHABLE = 1;
const NEIGHBOR_SOLICITATION = 135;
const NEIGHBOR_ADVERTISEMENT = 136;

/** Counts packets of one capture, as seen from the server's side of one TCP port. */
export class Observation {
  packets = 0;
  syns = 0;
  synAcks = 0;
  /** ACKs of the client without SYN: the third step of the handshake and all after it. */
  clientAcks = 0;
  /** Segments and bytes of payload each way. */
  clientSegments = 0;
  clientBytes = 0;
  serverSegments = 0;
  serverBytes = 0;
  /** Nanoseconds from the first SYN to the ACK that completed the handshake; undefined where it was not completed. */
  handshakeTime: number | undefined;
  clientFins = 0;
  serverFins = 0;
  clientResets = 0;
  serverResets = 0;
  /** ICMP errors that name the port: who sent them, and what they say. */
  readonly errors: string[] = [];
  /** Neighbour resolution (ARP, or NDP for IPv6): questions for an address, and addresses that were answered for. */
  readonly asked = new Map<string, number>();
  readonly answered = new Set<string>();
  readonly echoes = new EchoTable();
  private synSeconds = 0;
  private synNanoseconds = 0;
  private readonly packet = new Packet();
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  addBatch(batch: Batch): void {
    for (let i = 0; i < batch.count; i++) this.add(batch, i);
  }

  private add(batch: Batch, index: number): void {
    const packet = this.packet;
    const layers = packet.decode(batch, index);
    this.packets++;
    if (layers & TCP) this.segment(packet);
    else if (layers & ARP) this.arp(packet);
    else if (layers & ICMP) this.icmp(packet);
    else if (layers & ICMPV6) this.icmp6(packet);
    this.echoes.add(packet, batch, index);
  }

  private segment({ tcp, batch, index }: Packet): void {
    const { flags } = tcp;
    const toServer = tcp.destinationPort === this.port;
    if (!toServer && tcp.sourcePort !== this.port) return;
    if (toServer) {
      this.clientSegments++;
      this.clientBytes += tcp.payloadLength;
    } else {
      this.serverSegments++;
      this.serverBytes += tcp.payloadLength;
    }
    if (flags & SYN) {
      if (flags & ACK) this.synAcks++;
      else if (this.syns++ === 0) {
        this.synSeconds = batch.seconds[index];
        this.synNanoseconds = batch.nanoseconds[index];
      }
    } else if (toServer && flags & ACK && this.clientAcks++ === 0 && this.synAcks > 0) {
      this.handshakeTime =
        (batch.seconds[index] - this.synSeconds) * 1e9 + batch.nanoseconds[index] - this.synNanoseconds;
    }
    if (flags & FIN) {
      if (toServer) this.clientFins++;
      else this.serverFins++;
    }
    if (flags & RST) {
      if (toServer) this.clientResets++;
      else this.serverResets++;
    }
  }

  private arp({ arp, batch, captureEnd }: Packet): void {
    if (arp.protocolLength !== 4 || arp.endAt > captureEnd) return;
    if (arp.operation === REQUEST) this.ask(ipv4Text(batch.bytes, arp.targetProtocolAt));
    else if (arp.operation === REPLY) this.answered.add(ipv4Text(batch.bytes, arp.senderProtocolAt));
  }

  private icmp({ icmp, ipv4, batch }: Packet): void {
    if (icmp.type !== UNREACHABLE || this.errors.length >= 16) return;
    this.error(ipv4Text(batch.bytes, ipv4.sourceAt), icmpErrorText(4, icmp.type, icmp.code));
  }

  private icmp6({ icmp, ipv6, batch, captureEnd, transportAt }: Packet): void {
    const from = ipv6Text(batch.bytes, ipv6.sourceAt);
    if (icmp.type === V6_UNREACHABLE && this.errors.length < 16) {
      this.error(from, icmpErrorText(6, icmp.type, icmp.code));
    } else if (transportAt + 24 <= captureEnd) {
      const target = ipv6Text(batch.bytes, transportAt + 8);
      if (icmp.type === NEIGHBOR_SOLICITATION) this.ask(target);
      else if (icmp.type === NEIGHBOR_ADVERTISEMENT) this.answered.add(target);
    }
  }

  private error(from: string, what: string): void {
    const text = `${from} answered with ICMP: ${what}`;
    if (!this.errors.includes(text)) this.errors.push(text);
  }

  private ask(address: string): void {
    if (this.asked.size < 64) this.asked.set(address, (this.asked.get(address) ?? 0) + 1);
  }

  /** The handshake in words, for a connection that did not come about. */
  describeHandshake(): string {
    const parts = this.unanswered();
    if (this.syns === 0) parts.push('no SYN arrived');
    else if (this.serverResets > 0 && this.synAcks === 0) {
      parts.push(
        `${count(this.syns, 'SYN')}, answered with RST: nothing listens there, or a firewall rejects`,
      );
    } else if (this.synAcks === 0) {
      const rejected = this.errors.length > 0;
      parts.push(
        rejected
          ? `${count(this.syns, 'SYN')} arrived, rejected by a firewall or router`
          : `${count(this.syns, 'SYN')} arrived, no answer left: dropped by a firewall, or no route back`,
      );
    } else if (this.clientAcks === 0) {
      parts.push(
        `${count(this.syns, 'SYN')} and ${count(this.synAcks, 'SYN-ACK')}, but no ACK: the answer does not reach the client`,
      );
    } else parts.push('SYN, SYN-ACK and ACK');
    return [...parts, ...this.errors].join('; ');
  }

  /** How the connection was closed, in words. */
  describeClose(): string {
    const parts: string[] = [];
    if (this.clientFins > 0 && this.serverFins > 0) parts.push('FIN from both');
    else if (this.clientFins > 0) parts.push('FIN from the client only');
    else if (this.serverFins > 0) parts.push('FIN from the server only');
    if (this.clientResets > 0) parts.push('RST from the client');
    if (this.serverResets > 0) parts.push('RST from the server');
    return parts.join(', ') || 'neither FIN nor RST';
  }

  /** Why an echo request found no answer, in words. */
  describePing(source: string, destination: string): string {
    const echo = this.echoes.conversations.find(
      (one) => addressText(one.source) === source && addressText(one.destination) === destination,
    );
    const parts = this.unanswered();
    if (echo === undefined) parts.push('no echo request');
    else parts.push(`${count(echo.requests, 'echo request')}, ${echo.replies} answered`);
    return [...parts, ...this.errors].join('; ');
  }

  /** ARP requests and neighbor solicitations without an answer. */
  private unanswered(): string[] {
    return [...this.asked]
      .filter(([address]) => !this.answered.has(address))
      .map(
        ([address, times]) =>
          `asked ${times === 1 ? 'once' : `${times} times`} who has ${address}, never answered`,
      );
  }

  get resets(): number {
    return this.clientResets + this.serverResets;
  }

  /** Whether SYN, SYN-ACK and the client's ACK were all seen. */
  get handshake(): boolean {
    return this.syns > 0 && this.synAcks > 0 && this.clientAcks > 0;
  }
}
