// All findings about a connection.
import type { Connection } from '../record.ts';
import { endingFindings } from './ending.ts';
import { type ConnectionFinding, Findings } from './finding.ts';
import { lossFindings } from './loss.ts';
import { normalFindings } from './normal.ts';
import { openingFindings } from './opening.ts';
import { stallFindings } from './stall.ts';

/** The findings about a connection, problems first. */
export function connectionFindings(connection: Connection): ConnectionFinding[] {
  const findings = new Findings(connection);
  openingFindings(findings);
  stallFindings(findings);
  endingFindings(findings);
  lossFindings(findings);
  normalFindings(findings);
  if (findings.all.length < 2) return findings.all;
  return [
    ...findings.all.filter(({ severity }) => severity === 'problem'),
    ...findings.all.filter(({ severity }) => severity === 'note'),
  ];
}
