// Why a filter took nothing: what it looks for may lie behind a VLAN tag, PPPoE, MPLS labels or IPv6 extension headers,
// where pcap-filter(7) looks only when it is told to.
import type { Batch } from '../base/batch.ts';
import { shellLine } from '../base/shell.ts';
import { compileFilter } from './compile.ts';
import { type FilterFunction, filterFunction } from './function.ts';

/** Packets that are kept, bytes of each, and packets that are looked at. */
const KEPT = 4096;
export const SAMPLE_SNAPLEN = 256;
const LOOKED_AT = 1_000_000;

/** Next header values of extension headers (RFC 8200, 4; AH and Mobility of IANA's list). */
const EXTENSIONS = [0, 43, 44, 51, 60, 135].map((number) => `ip6[6] = ${number}`).join(' or ');
/** EtherTypes of VLAN tags, of PPPoE sessions and of MPLS. */
const CARRIERS = [0x8100, 0x88a8, 0x9100, 0x8864, 0x8847, 0x8848]
  .map((type) => `ether proto 0x${type.toString(16)}`)
  .join(' or ');

/**
 * Filters for all packets that carry others in such a way, the first of which a link type knows is to be taken. Of a
 * live interface the kernel may hold the VLAN tag beside the packet, where only `vlan` finds it; it is the last, since
 * what stands behind it is looked for behind a tag.
 */
export const CARRYING = [`${CARRIERS} or ${EXTENSIONS}`, EXTENSIONS];
export const CARRYING_LIVE = [`${CARRYING[0]} or vlan`, ...CARRYING];

/** What packets may have in front, the filter that says so, and the one that looks behind it. */
const WAYS: [what: string, has: string, behind: (filter: string) => string | undefined][] = [
  ['a VLAN tag', 'vlan', (filter) => `vlan and (${filter})`],
  ['two VLAN tags', 'vlan and vlan', (filter) => `vlan and vlan and (${filter})`],
  ['a PPPoE header', 'pppoes', (filter) => `pppoes and (${filter})`],
  ['a VLAN tag and a PPPoE header', 'vlan and pppoes', (filter) => `vlan and pppoes and (${filter})`],
  ['an MPLS label', 'mpls', (filter) => `mpls and (${filter})`],
  ['two MPLS labels', 'mpls and mpls', (filter) => `mpls and mpls and (${filter})`],
  ['a VLAN tag and an MPLS label', 'vlan and mpls', (filter) => `vlan and mpls and (${filter})`],
  ['IPv6 extension headers', EXTENSIONS, protocolChain],
];

const PROTOCOLS: Record<string, number> = { tcp: 6, udp: 17, icmp6: 58, sctp: 132 };
/** What an expression says of transport protocols and ports. */
const TRANSPORT =
  /\b(?:(tcp|udp|icmp6|sctp)\b(?:\s+(?:(?:src|dst)\s+)?(?:port|portrange)\s+[\w-]+)?|(?:(?:src|dst)\s+)?(?:port|portrange)\s+[\w-]+)/g;

/** The expression with all it says of protocols and ports replaced by the protocols behind any extension headers. */
function protocolChain(filter: string): string | undefined {
  const chain = filter.replace(TRANSPORT, (_, protocol?: string) =>
    protocol === undefined
      ? '(ip6 protochain 6 or ip6 protochain 17)'
      : `ip6 protochain ${PROTOCOLS[protocol]}`,
  );
  return chain === filter ? undefined : chain;
}

function aboutPorts(filter: string): boolean {
  return /\b(port|portrange)\b/.test(filter);
}

/** A sample of the packets that a filter left out, as long as it takes none. */
export class Overlooked {
  private readonly filter: string;
  private readonly samples = new Map<number, Sample>();
  private kept = 0;
  private looked = 0;

  constructor(filter: string) {
    this.filter = filter;
  }

  /** Looks at packets that the filter left out. */
  add(batch: Batch): void {
    if (this.looked > LOOKED_AT) return;
    this.looked += batch.count;
    const { view, offset, captured, wire, linkType, count } = batch;
    for (let i = 0; i < count && this.kept < KEPT; i++) {
      const sample = this.sample(linkType[i]);
      if (sample.carries === undefined) continue;
      if (sample.carries(view, offset[i], captured[i], wire[i]) === 0) continue;
      const length = Math.min(captured[i], SAMPLE_SNAPLEN);
      const copy = batch.bytes.slice(offset[i], offset[i] + length);
      sample.packets.push(new DataView(copy.buffer));
      this.kept++;
    }
  }

  private sample(linkType: number): Sample {
    let sample = this.samples.get(linkType);
    if (sample === undefined) {
      sample = { carries: firstOf(CARRYING, linkType), packets: [] };
      this.samples.set(linkType, sample);
    }
    return sample;
  }

  /** Which filters would take packets of the sample, and how many. */
  hints(): string[] {
    return [...this.samples].flatMap(([linkType, { packets }]) =>
      WAYS.flatMap(([what, has, behind]) => {
        const filter = behind(this.filter);
        const [carried, taken] = [has, filter].map((one) => count(one, linkType, packets)) as [
          number,
          number,
        ];
        if (taken === 0) return [];
        const have = carried === 1 ? '1 packet has' : `${carried} packets have`;
        const take = carried === 1 ? 'take it' : `take ${taken === carried ? 'them' : `${taken} of them`}`;
        const ports = behind === protocolChain && aboutPorts(this.filter) ? ', whatever the port' : '';
        return [`${have} ${what}: ${shellLine([filter!])} would ${take}${ports}`];
      }),
    );
  }
}

interface Sample {
  /** Whether a packet carries another; undefined where the link type knows no such thing. */
  carries: FilterFunction | undefined;
  packets: DataView[];
}

function count(filter: string | undefined, linkType: number, packets: readonly DataView[]): number {
  const takes = filter === undefined || packets.length === 0 ? undefined : firstOf([filter], linkType);
  if (takes === undefined) return 0;
  return packets.filter((view) => takes(view, 0, view.byteLength, view.byteLength) !== 0).length;
}

/** The function of the first filter that makes sense for the link type. */
function firstOf(filters: readonly string[], linkType: number): FilterFunction | undefined {
  for (const filter of filters) {
    try {
      return filterFunction(compileFilter(filter, linkType));
    } catch {
      // Not every link type has VLAN tags, PPPoE and MPLS, nor IPv6.
    }
  }
  return undefined;
}
