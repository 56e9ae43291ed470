import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest first, so that no worker begins one while the others are done; where nothing is known yet, by the folder. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const longest = ['integration/start/', 'integration/trials/', 'integration/', 'workflows/']
    const rank = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((folder) => moduleId.includes(`/test/${folder}`))
      return found === -1 ? longest.length : found
    }
    return files.toSorted((a, b) => rank(a) - rank(b))
  }
}

// Tests start many short processes that load the same modules; Node compiles each module once for all of them.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'performance-optimizer-compiled')

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000, isolate: false } },
      {
        test: {
          name: 'integration',
          include: ['test/{integration,workflows,replay}/**/*.test.ts'],
          globalSetup: ['test/support/servers.ts'],
          // Where a line is wrapped depends on names and figures, so what programs print for a test is not.
          env: { COLUMNS: '1000' },
          // Far longer than anything takes: on a slow or busy machine tests pass later, not less often.
          testTimeout: 900_000,
          hookTimeout: 900_000,
          isolate: false,
          // These measure real programs, so noise of the machine decides a few of them; `npm test` names those that it ran twice.
          retry: 1,
        },
      },
    ],
    // They mostly wait for servers and trials.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    // Agents warn of outages, which tests bring about.
    execArgv: ['--disable-warning=OptimizerAgentWarning'],
    silent: 'passed-only',
    slowTestThreshold: Number.POSITIVE_INFINITY,
  },
})
