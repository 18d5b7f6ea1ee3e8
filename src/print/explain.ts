// What a packet does, in words, and what looks alarming in a capture and is not: the notes of --explain.
import type { Batch } from '../base/batch.ts';
import { folded, sum16 } from '../base/checksum.ts';
import type { Text } from '../base/text.ts';
import * as icmp from '../wire/icmp.ts';
import * as link from '../wire/linktype.ts';
import { ARP, FRAGMENT, ICMP, ICMPV6, IPV4, IPV6, Packet, TCP, UDP } from '../wire/packet.ts';
import { pseudoHeaderSum } from '../wire/pseudo-header.ts';
import * as tcp from '../wire/tcp.ts';
import { DuplicatePackets } from './duplicate-packets.ts';
import { RelativeNumbers } from './transport/relative-numbers.ts';

/** The largest IP packet most links carry; what is larger was captured before it was cut, or after it was merged. */
const USUAL_MTU = 1500;

/** The hardware type of lo in a cooked header (linux/if_arp.h). */
const ARPHRD_LOOPBACK = 772;

/** Once a connection was asked for (the client's sequence number is in `sequence`), `acknowledgment` tells how far it came. */
const ASKED = 1;
const ANSWERED = 2;

const UNREACHABLE = [
  'no route to that network',
  'no such host: no answer for its address',
  'the host does not speak this protocol',
  'nothing listens on that port',
  'too large for the next link, and not allowed to be cut: the sender must send smaller packets',
];
const WHO_HAS = 'asks for the hardware address behind an IP address';
/** RFC 4862, 5.4, and RFC 5227. */
const PROBE = 'asks whether another host has that address already, before taking it';
const PROHIBITED = 'a firewall forbids it';
const UNREACHABLE_6 = [
  'no route to there',
  PROHIBITED,
  'outside the scope of its address',
  'no such host: no answer for its address',
  'nothing listens on that port',
  PROHIBITED,
  PROHIBITED,
];

/** Appends notes behind a packet's text, a line each. Keeps which connections were asked for and the last packets. */
export class Explainer {
  private readonly out: Text;
  private readonly before: string;
  private readonly after: string;
  private readonly packet = new Packet();
  private readonly attempts = new RelativeNumbers();
  private readonly duplicates = new DuplicatePackets();

  /** -v says of every such checksum that it is incorrect; otherwise it is enough to say once what it is. */
  private readonly alarming: boolean;
  private offloaded = false;

  /** `before` and `after` surround each note, newlines included; `alarming`: the lines show checksums. */
  constructor(out: Text, before: string, after: string, alarming: boolean) {
    this.out = out;
    this.alarming = alarming;
    this.before = before;
    this.after = after;
  }

  /** Appends the notes on record `index`. */
  explain(batch: Batch, index: number): void {
    const packet = this.packet;
    const layers = packet.decode(batch, index);
    if ((layers & ARP) !== 0) this.arp();
    if ((layers & (IPV4 | IPV6)) === 0) return;
    const other = this.duplicates.add(packet);
    // What it does was said of the other: taken for a segment of its own, it would be one that was sent again.
    if (other >= 0) this.note(`seen twice: same packet at two interfaces (packet ${other} is the other)`);
    else if ((layers & TCP) !== 0) this.tcp();
    else if ((layers & ICMP) !== 0) this.icmp();
    else if ((layers & ICMPV6) !== 0) this.icmp6();
    if ((layers & (TCP | UDP)) !== 0 && (layers & FRAGMENT) === 0) this.checksum();
    this.size();
  }

  private note(text: string): void {
    this.out.ascii(this.before);
    this.out.ascii(text);
    this.out.ascii(this.after);
  }

  private arp(): void {
    const { operation, protocolLength, senderProtocolAt, targetProtocolAt, endAt } = this.packet.arp;
    const { batch, captureEnd } = this.packet;
    const internet = protocolLength === 4 && endAt <= captureEnd;
    const sender = internet ? batch.view.getInt32(senderProtocolAt) : -1;
    // RFC 5227: a probe has no sender yet, an announcement asks for itself.
    if (operation === 1 && sender === 0) this.note(PROBE);
    else if (operation === 1 && internet && sender === batch.view.getInt32(targetProtocolAt))
      this.note('announces its own address');
    else if (operation === 1) this.note(WHO_HAS);
    else if (operation === 2) this.note('tells its hardware address');
  }

  private tcp(): void {
    const { tcp: segment, layers, ipv4, ipv6 } = this.packet;
    const { flags } = segment;
    const port = segment.destinationPort;
    const established = (flags & (tcp.SYN | tcp.RST)) === 0;
    if (!established) {
      const v4 = (layers & IPV4) !== 0;
      const row = this.attempts.find(
        segment.bytes,
        v4 ? 4 : 6,
        v4 ? ipv4.sourceAt : ipv6.sourceAt,
        v4 ? ipv4.destinationAt : ipv6.destinationAt,
        (segment.sourcePort << 16) | port,
      );
      if ((flags & tcp.RST) !== 0) {
        const refused = row.known && row.acknowledgment === ASKED;
        row.acknowledgment = 0;
        this.note(
          refused && (flags & tcp.ACK) !== 0
            ? `RST after SYN: nothing listens on port ${segment.sourcePort}, or a firewall refuses`
            : 'RST: breaks the connection off',
        );
      } else if ((flags & tcp.ACK) !== 0) {
        this.note(
          row.known && row.acknowledgment === ANSWERED ? 'SYN-ACK: accepts again' : 'SYN-ACK: accepts',
        );
        row.acknowledgment = ANSWERED;
      } else {
        const again = row.known && row.acknowledgment === ASKED && row.sequence === segment.sequence;
        this.note(again ? 'SYN: asks again, for no answer came' : `SYN: asks to connect to port ${port}`);
        row.sequence = segment.sequence;
        row.acknowledgment = ASKED;
      }
    }
    if ((flags & tcp.FIN) !== 0) this.note('FIN: has no more to send');
    if (established && segment.window === 0) this.note('zero window: receiver is full, the sender must wait');
  }

  private icmp(): void {
    const { type, code } = this.packet.icmp;
    if (type === icmp.UNREACHABLE) {
      this.note(
        UNREACHABLE[code] ?? (code === 9 || code === 10 || code === 13 ? PROHIBITED : 'cannot get there'),
      );
    } else if (type === icmp.TIME_EXCEEDED) {
      this.note(code === 0 ? 'passed too many routers: a loop, or traceroute' : 'a fragment never came');
    } else if (type === icmp.REDIRECT) this.note('tells a better router for that destination');
  }

  private icmp6(): void {
    const { type, code } = this.packet.icmp;
    if (type === 1) this.note(UNREACHABLE_6[code] ?? 'cannot get there');
    else if (type === 2) this.note('too large for the next link: the sender must send smaller packets');
    else if (type === 3)
      this.note(code === 0 ? 'passed too many routers: a loop, or traceroute' : 'a fragment never came');
    else if (type === 135) this.note(this.unspecified() ? PROBE : WHO_HAS);
    else if (type === 136) this.note('tells its hardware address');
    else if (type === 137) this.note('tells a better router for that destination');
  }

  /** True where the packet comes from ::, as those of a host that has no address yet. */
  private unspecified(): boolean {
    const { batch, ipv6 } = this.packet;
    return sum16(batch.view, ipv6.sourceAt, ipv6.sourceAt + 16) === 0;
  }

  /**
   * A sender that leaves the checksum to the network card puts the sum of the pseudo header in its place; veth has no
   * card, and the receiver is told not to verify it.
   */
  private checksum(): void {
    const { layers, transportAt: offset, transportEnd, captureEnd, ipv4, ipv6, protocol } = this.packet;
    if (transportEnd > captureEnd) return;
    const view = this.packet.batch.view;
    const length = transportEnd - offset;
    const found = view.getUint16(offset + ((layers & TCP) !== 0 ? 16 : 6));
    if (found === 0 && (layers & UDP) !== 0) return;
    const header = (layers & IPV4) !== 0 ? ipv4 : ipv6;
    const version = header === ipv4 ? 4 : 6;
    const pseudo = pseudoHeaderSum(view, version, header.sourceAt, header.destinationAt, protocol, length);
    if (folded(pseudo + sum16(view, offset, transportEnd)) === 0xffff) return;
    if (found !== folded(pseudo))
      this.note('checksum wrong: damaged, or changed on the way without mending it');
    else if (this.alarming || !this.offloaded) {
      this.offloaded = true;
      this.note('checksum not yet computed: offload, normal on veth');
    }
  }

  private size(): void {
    const { layers, networkAt, ipv4, ipv6, transportAt, batch, index } = this.packet;
    if ((layers & (TCP | UDP)) === 0 || this.loopback()) return;
    const length =
      (layers & IPV4) !== 0
        ? ipv4.totalLength || batch.wire[index] - (networkAt - batch.offset[index])
        : (ipv6.payloadLength || batch.wire[index] - (networkAt - batch.offset[index]) - 40) + 40;
    if (length > USUAL_MTU && transportAt > 0) {
      this.note(
        `${length} bytes, larger than the usual MTU of ${USUAL_MTU}: GSO, cut later, or GRO, merged on arrival`,
      );
    }
  }

  /** The loopback interface takes packets of 64 KiB as they are, also those between other addresses of the host. */
  private loopback(): boolean {
    const { layers, ipv4, batch, index } = this.packet;
    if ((layers & IPV4) !== 0 && batch.bytes[ipv4.destinationAt] === 127) return true;
    const frame = batch.offset[index];
    switch (batch.linkType[index]) {
      case link.ETHERNET:
        return sum16(batch.view, frame, frame + 12) === 0;
      case link.LINUX_SLL:
        return batch.view.getUint16(frame + 2) === ARPHRD_LOOPBACK;
      case link.LINUX_SLL2:
        return batch.view.getUint16(frame + 8) === ARPHRD_LOOPBACK;
      default:
        return batch.linkType[index] === link.NULL || batch.linkType[index] === link.LOOP;
    }
  }
}
