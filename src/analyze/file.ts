// A capture file analyzed from its beginning to its end, of large ones half of the connections by a second thread.
import { Analysis } from '../flow/analysis.ts';
import { CaptureAnalysis } from '../flow/capture-analysis.ts';
import { GroupSample, Half } from '../flow/halves.ts';
import type { SegmentRows } from '../flow/live-analysis.ts';
import { merge } from '../flow/partition.ts';
import { Segment } from '../flow/segment.ts';
import type { Statistics } from '../flow/statistics.ts';
import { openFile } from '../source/file.ts';
import { filtered } from '../source/filtered.ts';
import type { PacketSource } from '../source/source.ts';
import { type Partner, startPartner } from './second-thread.ts';

/** Packets looked at to split the connections between two threads. */
const SAMPLED = 20_000;

/** Rows of a file, which are there as a whole or not at all. */
export interface FileRows extends SegmentRows {
  abort(): void;
}

export interface FileOptions {
  /** A pcap-filter(7) expression; empty for none. */
  filter: string;
  /** A display filter; absent for none. */
  displayFilter?: string | undefined;
  /** Connections kept at a time. */
  maxConnections: number;
  /** Makes what keeps the segments, once the file is open; undefined where nothing is to. */
  rows?: ((source: PacketSource, statistics: Statistics) => Promise<FileRows | undefined>) | undefined;
  /** Told after each batch how many packets were read, and which part of the file, where that is known. */
  step?: (packets: number, part: number | undefined) => void;
}

export interface AnalyzedFile {
  found: CaptureAnalysis;
  /** Closed; what it says of interfaces, of damage, and of what its filter overlooked. */
  source: PacketSource;
}

/** The packets of a file that both filters take. */
export async function openFiltered(
  file: string,
  filter: string,
  displayFilter: string | undefined,
): Promise<PacketSource> {
  const capture = await openFile(file, { allRecords: displayFilter !== undefined });
  try {
    const source = filtered(capture, filter);
    if (displayFilter === undefined) return source;
    const { displayed } = await import('../fields/displayed.ts');
    return await displayed(source, displayFilter, capture.format === 'pcapng');
  } catch (error) {
    await capture.close();
    throw error;
  }
}

/** Analyzes a file. @throws NscapError where it cannot be read or is not a capture file */
export async function analyzeFile(file: string, options: FileOptions): Promise<AnalyzedFile> {
  const { filter, displayFilter, maxConnections, rows } = options;
  const half = Math.ceil(maxConnections / 2);
  let partner: Partner | undefined;
  let source: PacketSource | undefined;
  try {
    // Rows are written in the order of the packets, by one thread; and a display filter follows all of them.
    if (rows === undefined && displayFilter === undefined)
      partner = await startPartner({ file, filter, maxConnections: half }, split);
    source = await openFiltered(file, filter, displayFilter);
    const analysis =
      partner === undefined ? new Analysis(maxConnections) : new Analysis(half, new Half(0, partner.halves));
    const found = new CaptureAnalysis(analysis);
    await analyzeSource(source, found, options);
    if (partner !== undefined) merge(found.statistics, await partner.result);
    return { found, source };
  } finally {
    partner?.stop();
    await source?.close();
  }
}

async function analyzeSource(
  source: PacketSource,
  found: CaptureAnalysis,
  { rows, step }: FileOptions,
): Promise<void> {
  const stored = await rows?.(source, found.statistics);
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) if (found.add(batch, i)) stored?.add(batch, i);
      step?.(batch.first + batch.count - 1, source.progress);
    }
    stored?.finish();
  } catch (error) {
    stored?.abort();
    throw error;
  }
}

/** How the connections that a file begins with are split between two threads. */
async function split(file: string): Promise<Uint8Array> {
  const sample = new GroupSample();
  const segment = new Segment();
  const source = await openFile(file);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) if (segment.place(batch, i)) sample.add(segment.group);
    if (batch.first + batch.count > SAMPLED) break;
  }
  await source.close();
  return sample.halves();
}
