import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Activities, TrialLook } from '../../src/contract/activities.ts'
import { eventually } from '../support/eventually.ts'
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

const hourMs = 3_600_000
const longestMs = 72 * hourMs
const waiting: TrialLook = {
  verdict: 'continue',
  reason: 'not proven yet',
  waitMs: 2 * hourMs,
  progress: 'about 7 more executions',
}

let runs = 0

/** A fleet whose trials are long, and looked at with these results, one after the other; by default with `waiting`. */
function longFleet(looks: (number: number) => TrialLook | Promise<TrialLook>) {
  const strategy = { ...strategyRef('rare', ++runs), alone: true }
  const fleet = scriptedFleet([strategy])
  const { execute, look } = fleet.activities
  let number = 0
  const activities: Activities = {
    ...fleet.activities,
    execute: async (input) => ({ ...(await execute(input)), observeMs: longestMs, isLong: true }),
    async look(input) {
      await look(input)
      return input.step === 'half' ? { verdict: 'keep', reason: 'no harm' } : await looks(++number)
    },
  }
  return { strategy, activities, done: fleet.done }
}

const startAlone = (strategy: object, id: string): Promise<WorkflowHandle> =>
  environment.client.workflow.start('trial', { taskQueue, workflowId: `trial-${id}`, args: [{ strategyId: id, strategy }] })

async function lastedHours(handle: WorkflowHandle): Promise<number> {
  const { startTime, closeTime } = await handle.describe()
  return (closeTime!.getTime() - startTime.getTime()) / hourMs
}

/**
 * Resolves once it waits for its next look. This server never completes a workflow task that cancels an activity which completes at the
 * same time (`ACTIVITY_UNKNOWN`); a real one does.
 */
async function betweenLooks(trial: WorkflowHandle): Promise<void> {
  await eventually('the trial to wait', async () => {
    const { events } = await trial.fetchHistory()
    return events?.some(({ timerStartedEventAttributes }) => timerStartedEventAttributes) || undefined
  })
}

describe('a trial that takes longer than a cycle', () => {
  test('is looked at for days, until it is proven and kept', async () => {
    const { strategy, activities, done } = longFleet((number) =>
      number <= 30 ? waiting : { verdict: 'keep', reason: 'cheaper' },
    )
    await environment.withActivities(activities, async () => {
      const trial = await startAlone(strategy, strategy.id)
      expect(await trial.result()).toMatchObject({ verdict: 'keep' })
      expect(await lastedHours(trial)).toBeGreaterThanOrEqual(60)
    })
    expect(done.filter((step) => step === `look candidate ${strategy.id}`)).toHaveLength(31)
    expect(done.filter((step) => !step.startsWith('look'))).toEqual([
      `execute candidate ${strategy.id}`,
      `execute half ${strategy.id}`,
      `execute all ${strategy.id}`,
      `conclude ${strategy.id} keep`,
    ])
  })

  test('is suspended for a freeze window and resumed after it', async () => {
    const frozen: TrialLook = { verdict: 'continue', reason: 'suspended', waitMs: 600_000 }
    const script: TrialLook[] = [
      waiting,
      { verdict: 'continue', reason: 'a freeze window', next: 'suspend' },
      ...Array.from({ length: 6 }, () => frozen),
      { verdict: 'continue', reason: 'a freeze window', next: 'resume' },
      waiting,
    ]
    const { strategy, activities, done } = longFleet(
      (number) => script[number - 1] ?? { verdict: 'undecided', reason: 'the time is over' },
    )
    await environment.withActivities(activities, async () => await (await startAlone(strategy, strategy.id)).result())
    expect(done.filter((step) => !step.startsWith('look'))).toEqual([
      `execute candidate ${strategy.id}`,
      `execute suspend ${strategy.id}`,
      `execute resume ${strategy.id}`,
      `restore ${strategy.id}`,
      `conclude ${strategy.id} undecided`,
    ])
  })

  test('that cannot be suspended is rolled back', async () => {
    const { ApplicationFailure } = await import('@temporalio/common')
    const { strategy, activities, done } = longFleet(() => ({ verdict: 'continue', reason: 'frozen', next: 'suspend' }))
    const { execute } = activities
    activities.execute = async (input) => {
      if (input.step === 'suspend') throw ApplicationFailure.nonRetryable('it broke', 'broken')
      return await execute(input)
    }
    await environment.withActivities(activities, async () => await (await startAlone(strategy, strategy.id)).result())
    expect(done.slice(-2)).toEqual([`restore ${strategy.id}`, `conclude ${strategy.id} failed: it broke`])
  })

  test.each([
    ['rollBack', 'restore'],
    ['keep', 'execute all'],
  ])('ends at once between two looks if a person sends %s', async (signal, step) => {
    const { strategy, activities, done } = longFleet(() => ({ ...waiting, waitMs: 24 * hourMs }))
    await environment.withActivities(activities, async () => {
      const trial = await startAlone(strategy, strategy.id)
      await betweenLooks(trial)
      const request = { trialId: strategy.id, by: 'ada', why: 'a complaint' }
      await (signal === 'keep' ? trial.signal(signal, request) : trial.signal(signal, strategy.id))
      // Whoever waits for the result lets the server skip the time until the next look.
      await trial.result()
      expect(await lastedHours(trial)).toBeLessThan(1)
    })
    expect(done).toContain(`${step} ${strategy.id}`)
  })

  test('is looked at at once when it is told that something has changed', async () => {
    const { strategy, activities, done } = longFleet((number) => {
      return number < 2 ? { ...waiting, waitMs: 24 * hourMs } : { verdict: 'undecided', reason: 'it was edited' }
    })
    await environment.withActivities(activities, async () => {
      const trial = await startAlone(strategy, strategy.id)
      await betweenLooks(trial)
      await trial.signal('lookNow')
      await trial.result()
      expect(await lastedHours(trial)).toBeLessThan(1)
    })
    expect(done).toContain(`restore ${strategy.id}`)
  })

  test.each([
    [{ step: 'candidate', observeMs: longestMs }, ['execute half', 'execute all']],
    [{ step: 'half', observeMs: longestMs, proof: 'cheaper' }, ['execute all']],
  ])('goes on in a new run from %j, and applies nothing again', async (resumed, steps) => {
    const { strategy, activities, done } = longFleet((number) => (number < 3 ? waiting : { verdict: 'keep', reason: 'cheaper' }))
    await environment.withActivities(activities, async () => {
      const args = [{ strategyId: strategy.id, strategy, resumed }]
      const workflowId = `trial-${strategy.id}`
      expect(await environment.client.workflow.execute('trial', { taskQueue, workflowId, args })).toMatchObject({
        verdict: 'keep',
      })
    })
    expect(done.filter((step) => step.startsWith('execute'))).toEqual(steps.map((step) => `${step} ${strategy.id}`))
  })

  test.each([
    [{ step: 'candidate', observeMs: longestMs }, 'undecided'],
    [{ step: 'half', observeMs: longestMs, proof: 'cheaper' }, 'keep'],
  ])('is kept by a person whose request reaches a new run from %j before its first line', async (resumed, verdict) => {
    const { strategy, activities, done } = longFleet(() => waiting)
    await environment.withActivities(activities, async () => {
      const trial = await environment.client.workflow.signalWithStart('trial', {
        taskQueue,
        workflowId: `trial-${strategy.id}`,
        args: [{ strategyId: strategy.id, strategy, resumed }],
        signal: 'keep',
        signalArgs: [{ trialId: strategy.id, by: 'ada', why: 'I know it' }],
      })
      await trial.result()
    })
    expect(done).toEqual([`execute all ${strategy.id}`, `conclude ${strategy.id} ${verdict}`])
  })

  test('shows in its details what it still needs', async () => {
    const { strategy, activities } = longFleet((number) => {
      return number < 40 ? waiting : { verdict: 'undecided', reason: 'the time is over' }
    })
    await environment.withActivities(activities, async () => {
      const trial = await startAlone(strategy, strategy.id)
      await betweenLooks(trial)
      const { currentDetails } = await trial.query<{ currentDetails: string }>('__temporal_workflow_metadata')
      expect(currentDetails).toContain('about 7 more executions')
      await trial.result()
    })
  })

  // The last one: after a workflow whose parent has ended, this server no longer skips time by itself.
  test('runs in a workflow of its own, while the cycle ends', async () => {
    const { strategy, activities, done } = longFleet((number) =>
      number < 4 ? waiting : { verdict: 'roll-back', reason: 'it is worse' },
    )
    await environment.withActivities(activities, async () => {
      const cycle = await environment.client.workflow.execute('optimizationCycle', {
        taskQueue,
        workflowId: `cycle-long-${runs}`,
      })
      const workflowId = `trial-${strategy.id}`
      expect(cycle).toMatchObject({ outcomes: [], deferred: [expect.stringContaining(`runs in ${workflowId}`)] })
      await environment.client.workflow.getHandle(workflowId).result()
    })
    expect(done.slice(-2)).toEqual([`restore ${strategy.id}`, `conclude ${strategy.id} roll-back`])
  })
})
