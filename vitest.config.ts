import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A control plane that stops beside others takes its time.
    teardownTimeout: 30_000,
    // One less by default, which is one after the other on two cores; most of a test's time is waiting for a cluster.
    maxWorkers: '100%',
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts', 'test/behaviour/**/*.test.ts'],
          globalSetup: ['test/contract/cluster.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts', 'test/behaviour/**/*.test.ts'],
          globalSetup: ['test/real/cluster.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/shared-platform.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
