// All findings about a connection, in words.
import { agree } from '../../base/units.ts';
import type { ConnectionDiagnosis, ConnectionFacts } from '../../flow/findings/facts.ts';
import type { ConnectionFinding } from '../../flow/findings/finding.ts';
import { connectionFindings } from '../../flow/findings/findings.ts';
import type { Connection } from '../../flow/record.ts';
import { ENDING } from './ending.ts';
import { ICMP } from './icmp.ts';
import { LOSS } from './loss.ts';
import { NORMAL } from './normal.ts';
import { OPENING } from './opening.ts';
import type { Sentences } from './sentence.ts';
import { STALL } from './stall.ts';

/** A code without a sentence is an error of the compiler. */
const SENTENCES: Sentences = { ...ENDING, ...ICMP, ...LOSS, ...NORMAL, ...OPENING, ...STALL };

/** A finding, and what it says: one sentence, without a full stop. */
export type Finding = ConnectionFinding & { text: string };

/** The findings about a connection, problems first. */
export function findingsOf(connection: Connection): Finding[] {
  return connectionFindings(connection).map((one) => ({ ...one, text: sentence(one) }));
}

/** What was found, in one sentence. */
export function sentence(diagnosis: ConnectionDiagnosis): string {
  return said(diagnosis);
}

function said<Code extends keyof ConnectionFacts>({
  code,
  facts,
}: {
  code: Code;
  facts: ConnectionFacts[Code];
}): string {
  const words: Sentences[Code] = SENTENCES[code];
  return words(facts);
}

/** A finding as a line: the sentence, and the frames. */
export function findingText({ text, frames }: Finding): string {
  if (frames.length === 0) return text;
  return `${text} (${agree(frames.length, 'frame', 'frames')} ${frames.join(', ')})`;
}
