import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/{integration,workflows,replay}/**/*.test.ts'],
          globalSetup: ['test/support/servers.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    // They mostly wait for servers and trials.
    maxWorkers: 3,
  },
})
