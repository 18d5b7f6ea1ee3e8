// What `analyze` does, loaded when it is called.
import { Analysis, DEFAULT_MAX_CONNECTIONS } from '../flow/analysis.ts';
import { CaptureAnalysis } from '../flow/capture-analysis.ts';
import { analysisDocument } from '../report/analysis.ts';
import type { ConnectionReport, DnsReport, EchoReport, SummaryReport } from '../report/documents.ts';
import type { SortKey } from '../report/tcp/order.ts';
import type { PacketSource } from '../source/source.ts';
import { captureOf } from './capture.ts';

/** What to analyze, and what to report of it. */
export interface AnalyzeOptions {
  /** Look only at packets that match this pcap-filter(7) expression. */
  filter?: string;
  /** Order of the connections: `stream` (as they began) where absent; `worst` for those with most trouble first. */
  sort?: SortKey;
  /** Connections reported at most; absent: all. The summary counts all of them. */
  limit?: number;
  /** Connections kept at a time, about 1 kB each; beyond, closed and idle ones are given up. 250 000 where absent. */
  maxConnections?: number;
}

/** What happened to the TCP connections, ICMP echo and DNS of a capture. Times are in seconds, sizes in bytes. */
export interface AnalyzeReport {
  summary: SummaryReport;
  connections: ConnectionReport[];
  echo: EchoReport;
  dns: DnsReport;
  /** What is wrong with the file: it is damaged or cut short, and the report is of what was whole; null where nothing is. */
  damage: string | null;
}

/** Analyzes a source to its end, and closes it. */
export async function analyzeSource(
  given: string | PacketSource,
  options: AnalyzeOptions,
): Promise<AnalyzeReport> {
  const source = await captureOf(given, options.filter);
  const found = new CaptureAnalysis(new Analysis(options.maxConnections ?? DEFAULT_MAX_CONNECTIONS));
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next())
      for (let i = 0; i < batch.count; i++) found.add(batch, i);
  } finally {
    await source.close();
  }
  const nameOf = (number: number) => source.interfaces[number]?.name ?? '';
  const listing = { sort: options.sort ?? 'stream', limit: options.limit ?? 0 };
  return { ...(await analysisDocument(found, nameOf, listing)), damage: source.damage ?? null };
}
