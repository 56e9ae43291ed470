import { Worker } from '@temporalio/worker'
import { beforeAll, expect, test } from 'vitest'
import { installQuietRuntime } from '../support/runtime.ts'
import { workflowBundle } from '../support/workflows.ts'
import { recordedHistories } from './histories.ts'

beforeAll(installQuietRuntime)

test('workflows that began with the recorded code go on with the present one', async () => {
  const replayed: Record<string, string | null> = {}
  const results = Worker.runReplayHistories({ workflowBundle: workflowBundle() }, recordedHistories())
  for await (const { workflowId, error } of results) replayed[workflowId] = error?.message ?? null
  expect(replayed).toEqual({
    'cycle-ended-early': null,
    'cycle-with-every-verdict': null,
    optimizer: null,
    'restore-after-a-failure': null,
    'trial-approved': null,
    'trial-ended-early': null,
  })
})
