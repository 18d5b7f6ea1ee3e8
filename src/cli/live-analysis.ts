// Analysis while packets are captured or printed: the verdict behind each line, and what was found at the end.
import type { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import type { Text } from '../base/text.ts';
import { count } from '../base/units.ts';
import { Analysis } from '../flow/analysis.ts';
import { Queries } from '../flow/queries.ts';
import { appendTags } from '../flow/tags.ts';
import { dnsJson, dnsText } from '../report/dns.ts';
import { echoJson, echoText } from '../report/echo.ts';
import { VerdictCounts, verdictsJson, verdictsText } from '../report/verdicts.ts';
import { PerInterface } from './per-interface.ts';

/** Connections of an interface that are followed at a time, unless told otherwise: about 100 MB when there are so many. */
export const LIVE_CONNECTIONS = 100_000;

/** What is known of one interface's packets. */
class Watch {
  readonly analysis: Analysis;
  readonly queries = new Queries();
  readonly verdicts = new VerdictCounts();
  readonly label: string;
  /** The last record was a TCP segment. */
  tcp = false;

  constructor(label: string, maxConnections: number) {
    this.label = label;
    this.analysis = new Analysis(maxConnections);
  }

  add(batch: Batch, index: number): void {
    const { analysis } = this;
    this.tcp = analysis.add(batch, index);
    if (this.tcp) this.verdicts.add(analysis.verdict);
    this.queries.add(analysis, this.tcp, batch, index);
  }

  text(): string {
    const { verdicts, analysis, queries } = this;
    const tcp = verdicts.segments === 0 ? '' : `${verdictsText(verdicts, analysis.streams)}\n`;
    const retired =
      analysis.retired === 0
        ? ''
        : `${count(analysis.retired, 'connection was', 'connections were')} given up to keep no more than --max-connections\n`;
    return tcp + retired + echoText(queries.echo) + dnsText(queries.dns);
  }

  json(): object {
    return {
      interface: this.label,
      connections: this.analysis.streams,
      retiredConnections: this.analysis.retired,
      segments: this.verdicts.segments,
      verdicts: verdictsJson(this.verdicts),
      echo: echoJson(this.queries.echo),
      dns: dnsJson(this.queries.dns),
    };
  }
}

/** Judges packets as they come. */
export class LiveAnalysis {
  private readonly watches: PerInterface<Watch>;
  /** The one for all interfaces together. */
  private readonly together: Watch | undefined;
  private last: Watch | undefined;

  /**
   * `interfaces` are those of the source, and each has its own state; with `together` all have one, as Wireshark has it
   * when it reads a file.
   */
  constructor(interfaces: readonly Interface[], maxConnections = LIVE_CONNECTIONS, together = false) {
    this.watches = new PerInterface(interfaces, (label) => new Watch(label, maxConnections));
    if (together) this.together = new Watch('', maxConnections);
  }

  /** Looks at record `index`. */
  add(batch: Batch, index: number): void {
    this.last = this.together ?? this.watches.of(batch, index);
    this.last.add(batch, index);
  }

  addBatch(batch: Batch): void {
    for (let i = 0; i < batch.count; i++) this.add(batch, i);
  }

  /** Appends the verdicts on the last record, each behind a space. */
  readonly remark = (text: Text): void => {
    if (this.last!.tcp) appendTags(text, this.last!.analysis);
  };

  /** What was found, for people: for each interface with TCP, echo or DNS. */
  text(): string {
    const all = this.all.map((watch) => ({ label: watch.label, text: watch.text() }));
    const found = all.filter(({ text }) => text !== '');
    if (found.length === 0) return 'no TCP, no ICMP echo and no DNS\n';
    if (all.length === 1) return found[0]!.text;
    return found.map(({ label, text }) => `${label}\n${text}`).join('\n');
  }

  /** The same for programs, an object for each interface. */
  json(): object[] {
    return this.all.map((watch) => watch.json());
  }

  private get all(): readonly Watch[] {
    return this.together === undefined ? this.watches.all : [this.together];
  }
}
