import { Worker } from '@temporalio/worker'
import { beforeAll, expect, test } from 'vitest'
import { installQuietRuntime } from '../support/runtime.ts'
import { workflowBundle } from '../support/workflows.ts'
import { recordedHistories } from './histories.ts'

beforeAll(installQuietRuntime)

/** Each represents workflows that may still run somewhere. */
const known = [
  'cycle-aborted',
  'cycle-ended-early',
  'cycle-kept-by-update',
  'cycle-with-a-long-trial',
  'cycle-with-every-verdict',
  'cycle-with-many-agents',
  'cycle-without-clean-up',
  'monitoring',
  'optimizer',
  'optimizer-alerts',
  'optimizer-continued-as-new',
  'optimizer-from-record',
  'optimizer-postponed',
  'optimizer-shared-alerts',
  'optimizer-unchanged',
  'optimizer-with-carried-state',
  'profile',
  'profile-refused',
  'profile-refused-silently',
  'restore-after-a-failure',
  'restore-given-up',
  'restore-of-an-agent',
  'retention',
  'trial-approved',
  'trial-competing',
  'trial-ended-early',
  'trial-of-days',
  'trial-of-days-continued',
  'trial-rolled-back-by-update',
]

const replay = async (histories: ReturnType<typeof recordedHistories>) => {
  const replayed: Record<string, string | null> = {}
  const results = Worker.runReplayHistories({ workflowBundle: workflowBundle() }, histories)
  for await (const { workflowId, error } of results) replayed[workflowId] = error?.message ?? null
  return replayed
}

test('workflows that started with the recorded code continue with the current code', async () => {
  const replayed = await replay(recordedHistories())
  expect(Object.keys(replayed).sort()).toEqual(known)
  expect(Object.entries(replayed).filter(([, error]) => error)).toEqual([])
})

test('so do those that were sent the name of a person that cannot be seen, which earlier versions took', async () => {
  const named = recordedHistories(' \u200b').filter(({ workflowId }) => /^(cycle-kept|trial|restore|profile)/.test(workflowId))
  expect(Object.entries(await replay(named)).filter(([, error]) => error)).toEqual([])
})
