// npm run test:fleet: stores with ClickHouse, ZooKeeper and chdb, which scripts/setup --fleet installs.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __VERSION__: JSON.stringify('test') },
  test: {
    include: ['test/fleet/*.fleet.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 180_000,
    expect: { requireAssertions: true, poll: { timeout: 60_000, interval: 250 } },
  },
});
