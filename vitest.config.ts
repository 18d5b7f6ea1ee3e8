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
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
    // A test in which nothing is compared tests nothing.
    expect: { requireAssertions: true, poll: { timeout: 60_000 } },
  },
});
