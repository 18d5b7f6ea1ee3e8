// All findings about a connection.
import { agree } from '../../base/units.ts';
import type { Connection } from '../../flow/record.ts';
import { endingFindings } from './ending.ts';
import { type Finding, Findings } from './finding.ts';
import { lossFindings } from './loss.ts';
import { normalFindings } from './normal.ts';
import { openingFindings } from './opening.ts';
import { stallFindings } from './stall.ts';

/** The findings about a connection, problems first. */
export function findingsOf(connection: Connection): Finding[] {
  const findings = new Findings(connection);
  openingFindings(findings);
  stallFindings(findings);
  endingFindings(findings);
  lossFindings(findings);
  normalFindings(findings);
  return [
    ...findings.all.filter(({ severity }) => severity === 'problem'),
    ...findings.all.filter(({ severity }) => severity === 'note'),
  ];
}

/** A finding as a line: the sentence, and the frames. */
export function findingText({ text, frames }: Finding): string {
  if (frames.length === 0) return text;
  return `${text} (${agree(frames.length, 'frame', 'frames')} ${frames.join(', ')})`;
}
