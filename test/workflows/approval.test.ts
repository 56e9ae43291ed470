import type { WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Activities, TrialOutcome } from '../../src/contract/activities.ts'
import type { ApprovalOutcome } from '../../src/model/approval.ts'
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
type Fleet = ReturnType<typeof scriptedFleet>

const startWaiting = (strategyId: string) =>
  environment.client.workflow.start('trial', { taskQueue, workflowId: `trial-${strategyId}`, args: [{ strategyId }] })

/** Runs a trial that waits for a person. */
async function withWaiting(
  work: (trial: WorkflowHandle, trialId: string, fleet: Fleet) => Promise<void>,
  fleet = scriptedFleet([]),
) {
  const trialId = `opt_${++runs}_risky`
  await environment.withActivities(fleet.activities, async () => {
    const trial = await startWaiting(trialId)
    await vi.waitFor(() => expect(fleet.done).toContain(`ask ${trialId}`), patienceMs)
    await work(trial, trialId, fleet)
  })
}

const decide = (trial: WorkflowHandle, approve: boolean, by = 'ada', reason = 'a quiet day') =>
  trial.executeUpdate<ApprovalOutcome, [unknown]>('approve', { args: [{ approve, by, reason }] })
const outcomeOf = (trial: WorkflowHandle) => trial.result() as Promise<TrialOutcome>
const phaseOf = async (trial: WorkflowHandle) => (await trial.describe()).searchAttributes.OptimizerPhase

describe('a trial that waits for approval', () => {
  test('changes nothing, shows that it is waiting, and runs the same saga once it is approved', async () => {
    await withWaiting(async (trial, trialId, { done }) => {
      await vi.waitFor(async () => expect(await phaseOf(trial)).toEqual(['waiting for approval']), patienceMs)
      const details = await trial.query<{ currentDetails: string }>('__temporal_workflow_metadata')
      expect(details.currentDetails).toContain(`npx optimizer approve ${trialId}`)
      expect(done).toEqual([`ask ${trialId}`])

      const decision = { approve: true, by: 'ada', reason: 'a quiet day' }
      expect(await decide(trial, true)).toEqual({ ...decision, counted: true })
      expect(await outcomeOf(trial)).toMatchObject({ verdict: 'keep' })
      expect(done).toEqual([
        `ask ${trialId}`,
        `recordApproval ${trialId} approved ada a quiet day`,
        `execute candidate ${trialId}`,
        `measure candidate ${trialId}`,
        `execute half ${trialId}`,
        `measure half ${trialId}`,
        `execute all ${trialId}`,
        `conclude ${trialId} keep`,
      ])
      expect(await phaseOf(trial)).toEqual(['completed'])
    })
  })

  test('ends as not started if it is declined, with who declined it and why on record', async () => {
    await withWaiting(async (trial, trialId, { done }) => {
      expect(await decide(trial, false, 'bob', 'not before the holidays')).toMatchObject({ approve: false, counted: true })
      expect(await outcomeOf(trial)).toMatchObject({ reason: 'bob declined it: not before the holidays' })
      expect(done.slice(1)).toEqual([
        `recordApproval ${trialId} declined bob not before the holidays`,
        `conclude ${trialId} failed: bob declined it: not before the holidays`,
      ])
    })
  })

  test('ends as not started if nobody decides in time', async () => {
    await withWaiting(async (trial, trialId, { done }) => {
      expect(await outcomeOf(trial)).toMatchObject({ reason: 'it was not approved in time' })
      expect(done.slice(1)).toEqual([
        `recordApproval ${trialId} timed-out it was not approved in time`,
        `conclude ${trialId} failed: it was not approved in time`,
      ])
    })
  })

  test('takes the first of two concurrent decisions, and the other is told what was decided and by whom', async () => {
    await withWaiting(async (trial, trialId, { done }) => {
      const answers = await Promise.all([decide(trial, true, 'ada'), decide(trial, false, 'bob')])
      const [first] = answers.filter(({ counted }) => counted)
      expect(answers.filter(({ counted }) => !counted)).toEqual([{ ...first, counted: false }])
      await outcomeOf(trial)
      expect(done.filter((step) => step.startsWith('recordApproval'))).toEqual([
        `recordApproval ${trialId} ${first!.approve ? 'approved' : 'declined'} ${first!.by} a quiet day`,
      ])
      expect(done.includes(`measure candidate ${trialId}`)).toBe(first!.approve)
    })
  })

  test('ends as not started if another change of the same knob already waits for approval', async () => {
    const reason = 'opt_7_a is already waiting for a decision on cacheSize of a; decide on that one first.'
    const ask: Activities['ask'] = async () => {
      throw ApplicationFailure.nonRetryable(reason, 'awaiting-decision')
    }
    const fleet = scriptedFleet([], { ask })
    await environment.withActivities(fleet.activities, async () => {
      const trial = await startWaiting(`opt_${++runs}_risky`)
      expect(await outcomeOf(trial)).toMatchObject({ reason })
    })
  })

  test('ends, and tells whoever decided meanwhile, if it could not ask', async () => {
    const { promise: decided, resolve: goOn } = Promise.withResolvers<void>()
    const ask: Activities['ask'] = async () => {
      await decided
      throw ApplicationFailure.nonRetryable('the database is away', 'failed')
    }
    const fleet = scriptedFleet([], { ask })
    await environment.withActivities(fleet.activities, async () => {
      const trial = await startWaiting(`opt_${++runs}_risky`)
      const args: [unknown] = [{ approve: true, by: 'ada', why: '' }]
      const decision = await trial.startUpdate<ApprovalOutcome, [unknown]>('approve', { args, waitForStage: 'ACCEPTED' })
      goOn()
      await expect(decision.result()).rejects.toMatchObject({ cause: { type: 'not-waiting' } })
      await expect(trial.result()).rejects.toThrow()
    })
  })

  test('still shows who approved it while it runs', async () => {
    let release = () => {}
    const fleet = scriptedFleet([], {
      measure: () => new Promise((resolve) => (release = () => resolve({ verdict: 'keep', reason: '' }))),
    })
    await withWaiting(async (trial, trialId, { done }) => {
      await decide(trial, true)
      await vi.waitFor(() => expect(done).toContain(`execute candidate ${trialId}`), patienceMs)
      expect(await decide(trial, false, 'bob')).toMatchObject({ approve: true, by: 'ada', counted: false })
      await vi.waitFor(() => release() ?? expect(done).toContain(`execute all ${trialId}`), patienceMs)
      await outcomeOf(trial)
    }, fleet)
  })

  test.each([
    [undefined, 'the decision: is missing; it must be an object'],
    [{}, 'approve: is missing; it must be a boolean'],
    [{ approve: 'yes', by: 'ada' }, 'approve: must be a boolean'],
    [{ approve: true, by: '' }, 'by: must have at least 1 character'],
    [{ approve: true }, 'by: is missing; it must be a string'],
  ])('keeps waiting after the decision %j, which is refused', async (nonsense, problem) => {
    await withWaiting(async (trial, trialId, { done }) => {
      const refused = trial.executeUpdate('approve', { args: [nonsense] })
      await expect(refused).rejects.toMatchObject({
        cause: { message: `Invalid decision: ${problem}. Expected {"approve": true, "by": "ada", "reason": "a quiet day"}.` },
      })
      expect(done).toEqual([`ask ${trialId}`])
      await decide(trial, false)
      await outcomeOf(trial)
    })
  })

  test('is withdrawn if its workflow is cancelled, which then ends as cancelled', async () => {
    await withWaiting(async (trial, trialId, { done }) => {
      await trial.cancel()
      await expect(trial.result()).rejects.toThrow(/cancel/i)
      expect((await trial.describe()).status.name).toBe('CANCELLED')
      expect(done.slice(1)).toEqual([
        `recordApproval ${trialId} withdrawn its workflow was cancelled`,
        `conclude ${trialId} failed: its workflow was cancelled`,
      ])
    })
  })

  test('is withdrawn by a person who rolls it back', async () => {
    await withWaiting(async (trial, _, { done }) => {
      await trial.signal('rollBack')
      expect(await outcomeOf(trial)).toMatchObject({ reason: 'a person requested it' })
      expect(done.some((step) => step.startsWith('execute'))).toBe(false)
    })
  })

  test('cannot be kept before it has started: approved later, it is measured like any other', async () => {
    await withWaiting(async (trial, trialId, { done }) => {
      await trial.signal('keep', { trialId, by: 'ada', why: '' })
      await decide(trial, true)
      await outcomeOf(trial)
      expect(done).toContain(`measure candidate ${trialId}`)
    })
  })
})

describe('a cycle', () => {
  test('is not delayed by a strategy that waits for approval, and leaves it to a workflow that outlives the cycle', async () => {
    const number = ++runs
    const asking = { ...strategyRef('hunter', number), asks: true }
    const fleet = scriptedFleet([asking, strategyRef('analyzer', number)])
    await environment.withActivities(fleet.activities, async () => {
      const cycle = await environment.client.workflow.start('optimizationCycle', {
        taskQueue,
        workflowId: `cycle-asks-${number}`,
      })
      // Waiting for its result would skip the day in which somebody may approve.
      await vi.waitFor(async () => expect((await cycle.describe()).status.name).toBe('COMPLETED'), patienceMs)
      expect(fleet.done).not.toContain(`execute candidate ${asking.id}`)
      const trial = environment.client.workflow.getHandle(`trial-${asking.id}`)
      await decide(trial, true)
      expect(await outcomeOf(trial)).toMatchObject({ verdict: 'keep' })
      expect(fleet.done).toContain(`execute all ${asking.id}`)
      expect(await cycle.result()).toMatchObject({
        outcomes: { length: 1 },
        deferred: [`hunter ${asking.changes}: waiting for approval in trial-${asking.id}`],
      })
    })
  })
})

describe('a trial that a person requested', () => {
  test('needs no approval, and cannot be approved', async () => {
    let release = () => {}
    const fleet = scriptedFleet([], {
      measure: () => new Promise((resolve) => (release = () => resolve({ verdict: 'keep', reason: '' }))),
    })
    const strategyId = `opt_${++runs}_own`
    await environment.withActivities(fleet.activities, async () => {
      const input = { strategyId, agentId: 'hunter', values: { rounds: 1 }, requestedBy: 'ada' }
      const trial = await environment.client.workflow.start('trial', {
        taskQueue,
        workflowId: `trial-${strategyId}`,
        args: [input],
      })
      await vi.waitFor(() => expect(fleet.done).toContain(`execute candidate ${strategyId}`), patienceMs)
      await expect(decide(trial, true)).rejects.toThrow()
      await vi.waitFor(() => release() ?? expect(fleet.done).toContain(`execute all ${strategyId}`), patienceMs)
      await outcomeOf(trial)
    })
    expect(fleet.done.some((step) => step.startsWith('recordApproval'))).toBe(false)
  })
})
