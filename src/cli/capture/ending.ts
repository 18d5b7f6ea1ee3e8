// The output at the end of a capture: the closing lines, the analysis, the JSON document, the outcomes of assertions.

import type { LiveAnalysis } from '../../flow/live-analysis.ts';
import type { CaptureFiles, FileSummary } from '../../output/capture-files.ts';
import type { AssertionOutcome } from '../../report/assertions.ts';
import type { LiveCapture } from '../../source/live.ts';
import type { AnalysisPlan } from './plan.ts';
import { closingLines, summary, total } from './status.ts';

/** Why a capture ended. */
export type Reason =
  | 'count'
  | 'duration'
  | 'size'
  | 'files'
  | 'signal'
  | 'interface gone'
  | 'namespace gone'
  | 'reader gone'
  | 'failure';

/** How a capture came to its end. */
export interface Ending {
  start: Date;
  /** Undefined where the source ended by itself. */
  reason: Reason | undefined;
  /** The error, if any. */
  failure: unknown;
  /** The writer of the packets, if any. */
  output: CaptureFiles | undefined;
  files: readonly FileSummary[];
}

/** The output at the end. */
interface EndingPlan {
  json: boolean;
  /** Standard output has the packets themselves. */
  toStandardOutput: boolean;
}

/** Writes the closing lines to standard error. Returns the number of packets captured, or written if there are files. */
export function sayCounters(capture: LiveCapture, ending: Ending, mostFiles: number): number {
  const { output, failure, reason } = ending;
  const counts = total(capture.tallies());
  const unwritten = failure === undefined || output === undefined ? 0 : counts.captured - output.packets;
  if (output !== undefined) counts.captured = output.packets;
  for (const name of capture.gone) process.stderr.write(`nscap: ${name} has disappeared\n`);
  if (reason === 'namespace gone') process.stderr.write('nscap: the namespace was deleted\n');
  if (reason === 'files') process.stderr.write(`Maximum file limit reached: ${mostFiles}\n`);
  process.stderr.write(`${closingLines(counts, unwritten).join('\n')}\n`);
  return counts.captured;
}

/** Writes the JSON document, or the results of the analysis, and the outcomes of assertions. */
export async function reportEnding(
  capture: LiveCapture,
  ending: Ending,
  captured: number,
  plan: EndingPlan,
  analysis: { plan: AnalysisPlan; live: LiveAnalysis } | undefined,
): Promise<void> {
  const outcomes =
    analysis === undefined || analysis.plan.assertions.length === 0
      ? []
      : (await report()).checkInterfaces(analysis.plan.assertions, analysis.live.all);
  if (plan.json) process.stdout.write(await document(capture, ending, captured, analysis?.live, outcomes));
  else if (analysis?.plan.report && ending.reason !== 'reader gone') {
    // Where standard output takes the packets themselves, nothing else may come there.
    (plan.toStandardOutput ? process.stderr : process.stdout).write(
      await (await report()).interfacesText(analysis.live.all),
    );
  }
  if (outcomes.length > 0) {
    const { reportOutcomes } = await import('../assertions.ts');
    reportOutcomes('capture', outcomes, analysis!.plan.junit);
  }
}

async function document(
  capture: LiveCapture,
  { start, reason, failure, files }: Ending,
  captured: number,
  live: LiveAnalysis | undefined,
  outcomes: readonly AssertionOutcome[],
): Promise<string> {
  const otherwise = failure !== undefined ? 'failure' : capture.gone.length > 0 ? 'interface gone' : 'count';
  const ended = reason ?? otherwise;
  return summary(
    capture,
    { start, end: new Date(), ended, captured, files },
    live === undefined
      ? {}
      : {
          analysis: await (await report()).interfaceDocuments(live.all),
          ...(await assertionsJson(outcomes)),
        },
  );
}

/** Loaded when the capture has ended, or before privileges go (`Session.loadRest`). */
function report() {
  return import('../../report/live-analysis.ts');
}

async function assertionsJson(outcomes: readonly AssertionOutcome[]): Promise<object> {
  const { failures } = await import('../../report/assertions.ts');
  return { failedAssertions: failures(outcomes), assertions: outcomes };
}
