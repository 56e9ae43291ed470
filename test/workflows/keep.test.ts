import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import { withObservedTrial } from '../support/observed-trial.ts'
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

const withObserved = (work: (cycle: WorkflowHandle, trialId: string) => Promise<void>, overrides?: Partial<Activities>) =>
  withObservedTrial(environment, work, overrides)

describe('a running trial that a person keeps', () => {
  test('goes to all instances without a verdict, and the record says undecided and kept by whom', async () => {
    const { done, concluded, trialId } = await withObserved(async (cycle, trialId) => {
      await cycle.signal('keep', { trialId, by: 'ada', why: 'I know what it does' })
      await cycle.result()
    })
    expect(done.slice(2)).toEqual([
      `execute candidate ${trialId}`,
      `execute all ${trialId}`,
      `conclude ${trialId} undecided`,
      'report completed',
    ])
    expect(concluded[0]).toMatchObject({ failure: null, keptBy: { by: 'ada', reason: 'I know what it does' } })
  })

  test('is rolled back if it cannot be applied everywhere', async () => {
    const { ApplicationFailure } = await import('@temporalio/common')
    const { done, concluded, trialId } = await withObserved(
      async (cycle, trialId) => {
        await cycle.signal('keep', { trialId, by: 'ada' })
        await cycle.result()
      },
      {
        execute: async ({ step }) => {
          if (step === 'all') throw ApplicationFailure.nonRetryable('it broke', 'broken')
          return { version: 2, instances: ['a'] }
        },
      },
    )
    expect(done).toContain(`restore ${trialId}`)
    expect(concluded[0]).toMatchObject({ verdict: null, failure: { reason: 'it broke' } })
  })

  test.each([[undefined], [{ by: 'ada' }], [{ trialId: 'opt_0_other', by: 'ada' }], ['opt_0_other']])(
    'continues if the request is %j, which names neither the trial nor a person',
    async (wish) => {
      const { done, trialId } = await withObserved(async (cycle, trialId) => {
        await cycle.signal('keep', wish)
        await cycle.signal('rollBack', trialId)
        await cycle.result()
      })
      expect(done).toContain(`restore ${trialId}`)
      expect(done).not.toContain(`execute all ${trialId}`)
    },
  )
})
