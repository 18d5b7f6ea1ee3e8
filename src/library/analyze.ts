// The analysis of a capture as plain data: what `nscap analyze --json` prints.
import type { PacketSource } from '../source/source.ts';
import type { AnalyzeOptions, AnalyzeReport } from './analysis.ts';

/**
 * Analyzes every TCP connection of a capture by the rules of Wireshark 4.0: verdicts, round-trip times, losses, and
 * findings in sentences, with the frames that prove them. A live capture is analyzed until it ends (by its `count` or
 * `signal`).
 *
 * @param source the path of a capture file, or a capture, which is read to its end and closed
 * @throws NscapError as `openFile` does
 * @example const { connections } = await analyze('trace.pcap'); for (const { findings } of connections) …
 */
export async function analyze(
  source: string | PacketSource,
  options: AnalyzeOptions = {},
): Promise<AnalyzeReport> {
  const { analyzeSource } = await import('./analysis.ts');
  return analyzeSource(source, options);
}
