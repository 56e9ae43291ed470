import type { WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Activities, ExecuteStep } from '../../src/contract/activities.ts'
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
const trialId = strategyRef('hunter').id

async function runCycle(fleet: ReturnType<typeof scriptedFleet>) {
  return await environment.withActivities(fleet.activities, () =>
    environment.client.workflow.execute('optimizationCycle', { taskQueue, workflowId: `cycle-saga-${++runs}` }),
  )
}

const broken = (): never => {
  throw ApplicationFailure.nonRetryable('it broke', 'broken')
}

describe('the saga of one trial', () => {
  test('a proven change is applied to the candidate, measured, widened to half, measured, applied to all and never rolled back', async () => {
    const fleet = scriptedFleet([strategyRef('hunter')])
    await runCycle(fleet)
    expect(fleet.done).toEqual([
      'collect',
      'detect',
      `execute candidate ${trialId}`,
      `measure candidate ${trialId}`,
      `execute half ${trialId}`,
      `measure half ${trialId}`,
      `execute all ${trialId}`,
      `conclude ${trialId} keep`,
      'report completed',
    ])
  })

  test.each(['roll-back', 'undecided'] as const)('a change judged %s is rolled back before it is concluded', async (verdict) => {
    const fleet = scriptedFleet([strategyRef('hunter')], { measure: async () => ({ verdict, reason: '' }) })
    await runCycle(fleet)
    expect(fleet.done.slice(2)).toEqual([
      `execute candidate ${trialId}`,
      `restore ${trialId}`,
      `conclude ${trialId} ${verdict}`,
      'report completed',
    ])
  })

  test('a change that harms the half it is widened to is rolled back before it is concluded', async () => {
    const measure: Activities['measure'] = async ({ step }) => ({ verdict: step === 'half' ? 'roll-back' : 'keep', reason: '' })
    const fleet = scriptedFleet([strategyRef('hunter')], { measure })
    await runCycle(fleet)
    expect(fleet.done.slice(2)).toEqual([
      `execute candidate ${trialId}`,
      `execute half ${trialId}`,
      `restore ${trialId}`,
      `conclude ${trialId} roll-back`,
      'report completed',
    ])
  })

  test('a step that adds no instance is not measured', async () => {
    const fleet = scriptedFleet([strategyRef('hunter')])
    const { execute } = fleet.activities
    fleet.activities.execute = async (input) => ({ ...(await execute(input)), instances: input.step === 'half' ? [] : ['a'] })
    await runCycle(fleet)
    expect(fleet.done.slice(3, 6)).toEqual([`measure candidate ${trialId}`, `execute half ${trialId}`, `execute all ${trialId}`])
  })

  const failures: [string, (done: string[]) => Partial<Activities>][] = [
    ['applying to the candidate', (done) => ({ execute: failingStep('candidate', done) })],
    ['measuring', () => ({ measure: async () => broken() })],
    ['applying to half', (done) => ({ execute: failingStep('half', done) })],
    ['measuring half', () => ({ measure: async ({ step }) => (step === 'half' ? broken() : { verdict: 'keep', reason: '' }) })],
    ['applying to all', (done) => ({ execute: failingStep('all', done) })],
  ]
  test.each(failures)('a failure while %s rolls everything back', async (_, overrides) => {
    const done: string[] = []
    const fleet = scriptedFleet([strategyRef('hunter')], overrides(done))
    const result = await runCycle(fleet)
    expect(fleet.done).toContain(`restore ${trialId}`)
    expect(fleet.done.at(-2)).toBe(`conclude ${trialId} failed: it broke`)
    expect(result).toMatchObject({ outcomes: [{ verdict: 'undecided' }] })
  })

  test('an activity that hangs is noticed by its missing heartbeat, and retried', async () => {
    const { Context } = await import('@temporalio/activity')
    const [applying, observing] = [strategyRef('hunter'), strategyRef('analyzer')]
    const fleet = scriptedFleet([applying, observing])
    const { execute, measure } = fleet.activities
    const hung = new Set<string>()
    const hangOnce = async (name: string) => {
      if (hung.has(name)) return
      hung.add(name)
      await Context.current().cancelled
    }
    fleet.activities.execute = async (input) => {
      if (input.trialId === applying.id) await hangOnce('execute')
      return await execute(input)
    }
    fleet.activities.measure = async (input) => {
      if (input.trialId === observing.id) await hangOnce('measure')
      return await measure(input)
    }
    await runCycle(fleet)
    expect([...hung].sort()).toEqual(['execute', 'measure'])
    for (const { id } of [applying, observing]) {
      const steps = fleet.done.filter((step) => step.endsWith(id) || step.endsWith(`${id} keep`))
      expect(steps.slice(-2)).toEqual([`execute all ${id}`, `conclude ${id} keep`])
      expect(steps).not.toContain(`restore ${id}`)
    }
  })

  test('a compensation that fails once is retried', async () => {
    let attempts = 0
    const fleet = scriptedFleet([strategyRef('hunter')], {
      measure: async () => ({ verdict: 'roll-back', reason: '' }),
      restore: async () => {
        if (++attempts < 3) throw new Error('the agent does not answer')
        return { outcome: 'done', issues: [] }
      },
    })
    await runCycle(fleet)
    expect(attempts).toBe(3)
  })

  test('a compensation that cannot reach its agent continues in its own workflow while the cycle ends', async () => {
    let reachable = false
    let attempts = 0
    const fleet = scriptedFleet([strategyRef('hunter')], {
      measure: async () => ({ verdict: 'roll-back', reason: '' }),
      restore: async () => {
        attempts++
        if (!reachable) throw new Error('the agent does not answer')
        return { outcome: 'done', issues: [] }
      },
    })
    await environment.withActivities(fleet.activities, async () => {
      await environment.client.workflow.execute('optimizationCycle', { taskQueue, workflowId: `cycle-saga-${++runs}` })
      expect(fleet.done.at(-1)).toBe('report completed')
      const before = attempts
      reachable = true
      await environment.client.workflow.getHandle(`restore-${trialId}`).result()
      expect(attempts).toBeGreaterThan(before)
    })
  })

  test('cancelling the cycle in the middle of a trial rolls everything back before the cycle ends', async () => {
    let measuring: () => void
    const isMeasuring = new Promise<void>((resolve) => {
      measuring = resolve
    })
    const { Context } = await import('@temporalio/activity')
    const fleet = scriptedFleet([strategyRef('hunter'), strategyRef('hunter', 2)], {
      measure: async () => {
        measuring()
        const context = Context.current()
        const beat = setInterval(() => context.heartbeat(), 50)
        try {
          return await context.cancelled
        } finally {
          clearInterval(beat)
        }
      },
    })
    await environment.withActivities(fleet.activities, async () => {
      const handle = await environment.client.workflow.start('optimizationCycle', {
        taskQueue,
        workflowId: `cycle-saga-${++runs}`,
      })
      await isMeasuring
      await handle.cancel()
      await expect(handle.result()).rejects.toThrow(/cancel/i)
    })
    expect(fleet.done.slice(2)).toEqual([
      `execute candidate ${trialId}`,
      `restore ${trialId}`,
      `conclude ${trialId} failed: its workflow was cancelled`,
      'report cancelled',
    ])
  })
  test('a rollback request that arrives while the change goes to all instances is carried out', async () => {
    let widening = false
    let mayFinish = false
    const fleet = scriptedFleet([strategyRef('hunter')])
    const { execute } = fleet.activities
    fleet.activities.execute = async (input) => {
      widening = input.step === 'all'
      if (widening) await vi.waitUntil(() => mayFinish, patienceMs)
      return await execute(input)
    }
    await environment.withActivities(fleet.activities, async () => {
      const handle = await environment.client.workflow.start('optimizationCycle', {
        taskQueue,
        workflowId: `cycle-saga-${++runs}`,
      })
      await vi.waitFor(() => expect(widening).toBe(true), patienceMs)
      await handle.signal('rollBack', trialId)
      // The time-skipping server cannot take a step's end and its cancellation at once; the real one can.
      await vi.waitFor(async () => expect(await stepsAskedToStop(handle)).toBe(1), patienceMs)
      mayFinish = true
      await handle.result()
    })
    expect(fleet.done.slice(-4)).toEqual([
      `execute all ${trialId}`,
      `restore ${trialId}`,
      `conclude ${trialId} failed: a person requested it`,
      'report completed',
    ])
  })

  test('cancelling a cycle that still has agents waiting for their turn rolls back every running trial', async () => {
    const { Context } = await import('@temporalio/activity')
    const measuring = new Set<string>()
    const fleet = scriptedFleet([strategyRef('a'), strategyRef('b'), strategyRef('c')], {
      measure: async ({ trialId }) => {
        measuring.add(trialId)
        const context = Context.current()
        const beat = setInterval(() => context.heartbeat(), 50)
        return await context.cancelled.finally(() => clearInterval(beat))
      },
    })
    await environment.withActivities(fleet.activities, async () => {
      const handle = await environment.client.workflow.start('optimizationCycle', {
        taskQueue,
        workflowId: `cycle-saga-${++runs}`,
      })
      await vi.waitFor(() => expect(measuring.size).toBe(2), patienceMs)
      await handle.cancel()
      await expect(handle.result()).rejects.toThrow(/cancel/i)
    })
    expect(fleet.done.filter((step) => step.startsWith('restore')).sort()).toEqual(['restore opt_1_a', 'restore opt_1_b'])
    expect(fleet.done.at(-1)).toBe('report cancelled')
  })
})

async function stepsAskedToStop(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory()
  return events?.filter((event) => event.activityTaskCancelRequestedEventAttributes).length ?? 0
}

function failingStep(failing: ExecuteStep, done: string[]): Activities['execute'] {
  return async ({ step }) => {
    done.push(step)
    return step === failing ? broken() : { version: 2, instances: ['a'] }
  }
}
