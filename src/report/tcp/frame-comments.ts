// What the analysis finds, as comments on the packets that prove it: convert --annotate.
import { usageError } from '../../errors.ts';
import { Analysis } from '../../flow/analysis.ts';
import { Statistics } from '../../flow/statistics.ts';
import { openFile } from '../../source/file.ts';
import { allFindings } from './report.ts';

/** How the comments begin, so that they can be told from others. */
const PREFIX = 'nscap: ';
/** Frames that have comments at most; findings of the worst connections come first. */
const MOST = 100_000;

/**
 * The sentences about each frame of a file, by its number: those of `nscap analyze`.
 * @throws NscapError USAGE for standard input, which cannot be read twice
 */
export async function frameComments(path: string): Promise<Map<number, string>> {
  if (path === '-')
    throw usageError('--annotate reads its input twice, which standard input cannot be', 'name a file');
  const source = await openFile(path);
  const statistics = new Statistics(new Analysis());
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) statistics.add(batch, i);
    }
  } finally {
    await source.close();
  }
  const sentences = new Map<number, string>();
  for (const { text, frames } of allFindings(statistics)) {
    for (const frame of frames) {
      const before = sentences.get(frame);
      if (before === undefined && sentences.size === MOST) continue;
      sentences.set(frame, before === undefined ? PREFIX + text : `${before}; ${text}`);
    }
  }
  return sentences;
}
