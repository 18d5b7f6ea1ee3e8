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
    expect: { poll: { timeout: 60_000 } },
  },
});
