// Where the headers of each protocol lie in the packet at hand.
import { Layers } from './layers.ts';

/** A list a protocol, outer headers first. */
export class Headers {
  readonly eth = new Layers();
  readonly vlan = new Layers();
  readonly sll = new Layers();
  readonly arp = new Layers();
  readonly ip = new Layers();
  readonly ipv6 = new Layers();
  readonly hopopts = new Layers();
  readonly dstopts = new Layers();
  readonly routing = new Layers();
  readonly fraghdr = new Layers();
  readonly icmp = new Layers();
  readonly icmpv6 = new Layers();
  readonly tcp = new Layers();
  readonly udp = new Layers();
  readonly dns = new Layers();
  readonly gre = new Layers();
  readonly vxlan = new Layers();
  /** Payloads put together from fragments, each of the IP header of the last one; `wireEnd`: where its frames begin below. */
  readonly reassembled = new Layers();
  /** The records that those fragments came in. */
  readonly fragmentFrames: number[] = [];
  private readonly all = [
    this.eth,
    this.vlan,
    this.sll,
    this.arp,
    this.ip,
    this.ipv6,
    this.hopopts,
    this.dstopts,
    this.routing,
    this.fraghdr,
    this.icmp,
    this.icmpv6,
    this.tcp,
    this.udp,
    this.dns,
    this.gre,
    this.vxlan,
    this.reassembled,
  ];

  clear(): void {
    for (let i = 0; i < this.all.length; i++) this.all[i].count = 0;
    this.fragmentFrames.length = 0;
  }
}
