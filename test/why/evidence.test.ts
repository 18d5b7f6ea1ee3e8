// What routes and rules alone don't show: `nscap why` must name what became of the probe's own packets, and its command
// must fix it.
import { describe, expect, test } from 'vitest';
import { verdictText } from '../../src/report/why/verdict.ts';
import { whyText } from '../../src/report/why.ts';
import { applyFix } from '../../src/why/apply-fixes.ts';
import { examine } from '../../src/why/examine.ts';
import { commandLine } from '../../src/why/finding.ts';
import { has } from '../support/needs.ts';
import { askedIn } from './broken-labs.ts';
import { CASES } from './cases/evidence.ts';
import { brokenLab } from './cases/lab-of-case.ts';

describe.runIf(has('root'))('what became of the probe', () => {
  test.each(CASES)('$name ($topology)', async (one) => {
    const made = await brokenLab(one);
    try {
      const asked = await askedIn(made, one);
      const found = await examine(asked);
      const seen = whyText(found);
      expect(found.reachable, seen).toBe(false);
      expect(verdictText(found), seen).toMatch(one.says);
      expect(found.cause, seen).toMatchObject({ code: one.code });
      expect(found.cause?.possible, seen).not.toBe(true);
      if (one.fixes === false) return;
      await applyFix(found.cause!, () => {});
      const again = await examine(asked);
      expect(again.reachable, `after ${commandLine(found.cause!.fix)}:\n${whyText(again)}`).toBe(true);
    } finally {
      made.remove();
    }
  });
});
