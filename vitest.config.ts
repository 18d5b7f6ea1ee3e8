import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * No test asserts how long something took. Each waits for an event, and gives up only when even a machine with twenty
 * times as much to do would have seen it.
 */
const PATIENCE = 180_000;

export default defineConfig({
  define: { __VERSION__: JSON.stringify('test') },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/summary.ts'],
    // Tests in namespaces mostly wait; with one worker a processor, which vitest leaves one short of, they would idle.
    maxWorkers: availableParallelism() + 1,
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
    // Where set (.ci/run), what failed is tried once more, and the summary names what passed only then.
    retry: Number(process.env.NSCAP_RETRY ?? 0),
    // A test in which nothing is compared tests nothing. Concurrent tests need the `expect` of their own context for it.
    // Each case of why makes a lab and starts a dozen programs: more of them at a time only wait for each other.
    maxConcurrency: 2,
    expect: { requireAssertions: true, poll: { timeout: 60_000 } },
  },
});
