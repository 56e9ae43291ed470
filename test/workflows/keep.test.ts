import { Context } from '@temporalio/activity'
import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import { patienceMs } from '../support/eventually.ts'
import {
  scriptedFleet,
  startWorkflowEnvironment,
  strategyRef,
  taskQueue,
  type WorkflowEnvironment,
} from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

let runs = 0

/** A cycle with one trial that is observed until somebody ends it; `concluded` is what it came to. */
async function withObserved(
  work: (cycle: WorkflowHandle, trialId: string) => Promise<void>,
  overrides: Partial<Activities> = {},
) {
  const strategy = strategyRef('hunter', ++runs)
  const concluded: Parameters<Activities['conclude']>[0][] = []
  let observing = false
  const fleet = scriptedFleet([strategy], {
    async measure() {
      observing = true
      const context = Context.current()
      const beat = setInterval(() => context.heartbeat(), 50)
      return await context.cancelled.finally(() => clearInterval(beat))
    },
    ...overrides,
  })
  const { conclude } = fleet.activities
  fleet.activities.conclude = async (input) => {
    concluded.push(input)
    return await conclude(input)
  }
  await environment.withActivities(fleet.activities, async () => {
    const cycle = await environment.client.workflow.start('optimizationCycle', { taskQueue, workflowId: `cycle-keep-${runs}` })
    await vi.waitFor(() => expect(observing).toBe(true), patienceMs)
    await work(cycle, strategy.id)
  })
  return { done: fleet.done, concluded, trialId: strategy.id }
}

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
    expect(concluded[0]).toMatchObject({ failure: null, keptBy: { by: 'ada', why: 'I know what it does' } })
  })

  test('is put back when it cannot be applied everywhere', async () => {
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
    'goes on when the wish is %j, which names neither it nor a person',
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
