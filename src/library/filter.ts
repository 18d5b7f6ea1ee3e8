// pcap-filter(7) on packets that a program already has.
import { compileFilter } from '../filter/compile.ts';
import { type FilterFunction, filterFunction } from '../filter/function.ts';
import { ETHERNET } from '../wire/linktype.ts';
import type { Packet } from './packet.ts';

/**
 * A pcap-filter(7) expression, compiled by libpcap to BPF and then to one JavaScript function for each link type.
 * (Where a whole capture is to be filtered, the `filter` option of `openFile` and `openLive` is faster.)
 *
 * @example const dns = new Filter('udp port 53'); if (dns.test(packet)) …
 */
export class Filter {
  /** The expression as it was given. */
  readonly expression: string;
  private readonly functions = new Map<number, FilterFunction>();

  /** @throws NscapError USAGE, in libpcap's words, where the expression does not compile for Ethernet; LIBPCAP, KOFFI */
  constructor(expression: string) {
    this.expression = expression;
    this.of(ETHERNET);
  }

  /**
   * Whether the filter takes the packet. It decides as the kernel would: on the captured bytes.
   *
   * @throws NscapError USAGE where the expression means nothing for the packet's link type
   */
  test(packet: Packet): boolean {
    const { batch, index } = packet;
    const takes = this.of(packet.linkType);
    return takes(batch.view, batch.offset[index], batch.captured[index], batch.wire[index]) !== 0;
  }

  private of(linkType: number): FilterFunction {
    let found = this.functions.get(linkType);
    if (found === undefined) {
      found = filterFunction(compileFilter(this.expression, linkType));
      this.functions.set(linkType, found);
    }
    return found;
  }
}
