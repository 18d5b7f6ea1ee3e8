// What was found of each interface of a live capture: for people, for programs, and of assertions.
import { escapeControls } from '../base/escape-controls.ts';
import { InterfaceAnalysis } from '../flow/live-analysis.ts';
import { analysisDocument, analysisText } from './analysis.ts';
import { type Assertion, type AssertionOutcome, checkAssertions } from './assertions.ts';

/** Connections that the closing report lists of an interface, the worst first. */
const LISTED = 50;

/** A report for each interface. */
export async function interfacesText(all: readonly InterfaceAnalysis[]): Promise<string> {
  if (all.length === 0) return 'no packets, nothing to report\n';
  const parts: string[] = [];
  for (const one of all) {
    const report = await analysisText(one, { sort: 'worst', limit: LISTED });
    parts.push(all.length === 1 ? report : `${escapeControls(one.label)}\n${report}`);
  }
  return parts.join('\n');
}

/** An object for each interface. */
export function interfaceDocuments(all: readonly InterfaceAnalysis[]): Promise<object[]> {
  return Promise.all(
    all.map(async (one) => ({
      interface: one.label,
      ...(await analysisDocument(one, () => one.label, { sort: 'worst', limit: 0 })),
    })),
  );
}

/** What became of the assertions, on each of the interfaces. */
export function checkInterfaces(
  assertions: readonly Assertion[],
  all: readonly InterfaceAnalysis[],
): AssertionOutcome[] {
  // A capture without a packet has none of anything.
  const seen = all.length > 0 ? all : [new InterfaceAnalysis('', 1)];
  return seen.flatMap((one) => checkAssertions(assertions, one, seen.length === 1 ? '' : one.label));
}
