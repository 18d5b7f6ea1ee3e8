// Analysis while packets are captured or printed: the verdict behind each line, and what was found at the end.
import type { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import type { Text } from '../base/text.ts';
import { Analysis } from '../flow/analysis.ts';
import { Queries } from '../flow/queries.ts';
import { appendTags } from '../flow/tags.ts';
import { interfaceName } from '../print/sll.ts';
import { dnsJson, dnsText } from '../report/dns.ts';
import { echoJson, echoText } from '../report/echo.ts';
import { VerdictCounts, verdictsJson, verdictsText } from '../report/verdicts.ts';
import { LINUX_SLL2 } from '../wire/linktype.ts';

/** Interfaces whose connections are followed at most; interfaces come and go while a capture on `any` runs. */
const MAX_INTERFACES = 256;
/** Where LINUX_SLL2 has the number of the interface. */
const SLL2_INTERFACE = 4;

/** What is known of one interface's packets. */
interface Watch {
  label: string;
  analysis: Analysis;
  queries: Queries;
  verdicts: VerdictCounts;
}

/**
 * Judges packets as they come. A packet that passes several interfaces is there several times, so each interface has
 * its own state; otherwise every forwarded segment were a retransmission. In a capture on `any`, that goes by the
 * interface its header tells.
 */
export class LiveAnalysis {
  private readonly watches = new Map<number, Watch>();
  private watch: Watch | undefined;
  private key = -1;
  private tcp = false;
  private readonly interfaces: readonly Interface[];
  private readonly apart: boolean;

  /**
   * `interfaces` are those of the source; it may still grow. Without `apart` all have one state, as Wireshark has it
   * when it reads a file.
   */
  constructor(interfaces: readonly Interface[], apart = true) {
    this.interfaces = interfaces;
    this.apart = apart;
  }

  addBatch(batch: Batch): void {
    for (let i = 0; i < batch.count; i++) this.add(batch, i);
  }

  /** Looks at record `index`. */
  add(batch: Batch, index: number): void {
    const key = this.apart ? interfaceKey(batch, index) : 0;
    const watch = this.watch !== undefined && key === this.key ? this.watch : this.choose(key);
    this.tcp = watch.analysis.add(batch, index);
    if (this.tcp) watch.verdicts.add(watch.analysis.verdict);
    watch.queries.add(watch.analysis, this.tcp, batch, index);
  }

  /** Appends the verdicts on the last record, each behind a space. */
  readonly remark = (text: Text): void => {
    if (this.tcp) appendTags(text, this.watch!.analysis);
  };

  /** What was found, for people: for each interface with TCP, echo or DNS. */
  text(): string {
    const parts = [...this.watches.values()].map(({ label, analysis, queries, verdicts }) => {
      const tcp = verdicts.segments === 0 ? '' : `${verdictsText(verdicts, analysis.streams)}\n`;
      const all = tcp + echoText(queries.echo) + dnsText(queries.dns);
      return this.watches.size > 1 && all !== '' ? `${label}\n${all}` : all;
    });
    const found = parts.filter((part) => part !== '');
    return found.length === 0 ? 'no TCP, no ICMP echo and no DNS\n' : found.join('\n');
  }

  /** The same for programs, an object for each interface. */
  json(): object[] {
    return Array.from(this.watches.values(), ({ label, analysis, queries, verdicts }) => ({
      interface: label,
      connections: analysis.streams,
      segments: verdicts.segments,
      verdicts: verdictsJson(verdicts),
      echo: echoJson(queries.echo),
      dns: dnsJson(queries.dns),
    }));
  }

  /** As in the interface list; for a packet captured on `any`, the interface its header tells. */
  private label(key: number): string {
    const name = this.interfaces[key & 0xffff]?.name ?? '';
    return key > 0xffff ? name.replace(/any$/, interfaceName(Math.floor(key / 0x10000))) : name;
  }

  private choose(key: number): Watch {
    let watch = this.watches.get(key);
    if (watch === undefined) {
      if (this.watches.size === MAX_INTERFACES) this.watches.delete(this.watches.keys().next().value!);
      watch = {
        label: this.label(key),
        analysis: new Analysis(),
        queries: new Queries(),
        verdicts: new VerdictCounts(),
      };
      this.watches.set(key, watch);
    }
    this.key = key;
    this.watch = watch;
    return watch;
  }
}

/** What keeps interfaces apart: in the low half the source's index, above it the number in the packet's own header. */
function interfaceKey(batch: Batch, index: number): number {
  const source = batch.interface[index]!;
  if (batch.linkType[index] !== LINUX_SLL2 || batch.captured[index]! < SLL2_INTERFACE + 4) return source;
  return source + 0x10000 * batch.view.getUint32(batch.offset[index]! + SLL2_INTERFACE);
}
