import { Context } from '@temporalio/activity'
import type { WorkflowHandle } from '@temporalio/client'
import { expect, vi } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import { patienceMs } from './eventually.ts'
import { scriptedFleet, strategyRef, taskQueue, type WorkflowEnvironment } from './workflows.ts'

let runs = 0

/** Observes until it is cancelled. */
export async function observeUntilCancelled(): Promise<never> {
  const context = Context.current()
  const beat = setInterval(() => context.heartbeat(), 50)
  return await context.cancelled.finally(() => clearInterval(beat))
}

/** A cycle with one trial that is observed until somebody ends it; `concluded` is what it came to. */
export async function withObservedTrial(
  environment: WorkflowEnvironment,
  work: (cycle: WorkflowHandle, trialId: string) => Promise<void>,
  overrides: Partial<Activities> = {},
) {
  const strategy = strategyRef('observed', ++runs)
  const concluded: Parameters<Activities['conclude']>[0][] = []
  let observing = false
  const fleet = scriptedFleet([strategy], {
    async measure() {
      observing = true
      return await observeUntilCancelled()
    },
    ...overrides,
  })
  const { conclude } = fleet.activities
  fleet.activities.conclude = async (input) => {
    concluded.push(input)
    return await conclude(input)
  }
  await environment.withActivities(fleet.activities, async () => {
    const workflowId = `cycle-observed-${runs}`
    const cycle = await environment.client.workflow.start('optimizationCycle', { taskQueue, workflowId })
    await vi.waitFor(() => expect(observing).toBe(true), patienceMs)
    await work(cycle, strategy.id)
  })
  return { done: fleet.done, concluded, trialId: strategy.id }
}
