// The outcomes of assertions: on standard error, and for CI as JUnit's XML.
import { escapeControls } from '../base/escape-controls.ts';
import { usageError } from '../errors.ts';
import { writeWhole } from '../output/whole-file.ts';
import type { AssertionOutcome } from '../report/assertions.ts';
import { junitXml } from '../report/junit.ts';

/** @throws NscapError USAGE where there is a file for outcomes, and nothing to be asserted */
export function checkJunit(junit: string | undefined, assert: readonly string[] | undefined): void {
  if (junit !== undefined && (assert ?? []).length === 0)
    throw usageError(
      '--junit writes the outcomes of assertions, and there are none',
      "--assert 'NAME OPERATOR VALUE'",
    );
}

/** Reports which assertions hold, writes the file, and sets exit status 3 if one does not. */
export function reportOutcomes(
  command: string,
  outcomes: readonly AssertionOutcome[],
  junit: string | undefined,
): void {
  for (const { sentence } of outcomes) process.stderr.write(`nscap: ${escapeControls(sentence)}\n`);
  if (outcomes.some((outcome) => !outcome.holds)) process.exitCode = 3;
  if (junit !== undefined) writeWhole(junit, junitXml(`nscap ${command}`, outcomes));
}
