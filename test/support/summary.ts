// The closing line of a run: what passed, what failed, and what was not tested at all.
import type { Reporter, TestModule } from 'vitest/node';
import { met, NEEDS } from './needs.ts';

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const flaky: string[] = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        count[test.result().state] += 1;
        if (test.diagnostic()?.flaky) flaky.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
      // A file that fails before its tests are known, or in a hook, has no failed test.
      if (module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed'))
        count.failed += 1;
    }
    const lacking = NEEDS.filter((need) => !met(need));
    const why =
      count.skipped > 0 && lacking.length > 0 ? ` (not on this machine: ${lacking.join(', ')})` : '';
    const flakes = flaky.length > 0 ? `, ${flaky.length} only at the second attempt` : '';
    const unfinished = count.pending > 0 ? `, ${count.pending} not run` : '';
    console.log(
      `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped${why}${unfinished}${flakes}`,
    );
    // A race in the test or in nscap: either is a defect, to be found before the next change.
    for (const name of flaky) console.log(`  flaky: ${name}`);
  }
}
