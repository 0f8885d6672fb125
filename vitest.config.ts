/** Two suites: `unit` (npm test, needs only Node) and `guests` (npm run test:guests, boots whole guests). */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/guests/**'],
          // A worker for each CPU; by default one CPU is spared, which is half of them on a small machine.
          maxWorkers: '100%',
        },
      },
      {
        extends: true,
        test: {
          name: 'guests',
          include: ['test/guests/**/*.test.ts'],
          globalSetup: 'test/guests/linux/setup.ts',
          testTimeout: 2_500_000,
          // Each of them is a process that keeps a CPU busy.
          maxConcurrency: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
