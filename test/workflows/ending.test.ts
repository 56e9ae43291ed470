import type { WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { Runtime } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import { keepUpdate, rollBackUpdate } from '../../src/contract/messages.ts'
import { getRestoreWorkflowId } from '../../src/contract/workflows.ts'
import type { RollbackRequest } from '../../src/model/commands.ts'
import { patienceMs } from '../support/eventually.ts'
import { observeUntilCancelled, withObservedTrial } from '../support/observed-trial.ts'
import { scriptedFleet, startWorkflowEnvironment, taskQueue, type WorkflowEnvironment } from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

const withObserved = (work: (cycle: WorkflowHandle, trialId: string) => Promise<void>, overrides?: Partial<Activities>) =>
  withObservedTrial(environment, work, overrides)
const keep = (handle: WorkflowHandle, trialId: string, by = 'ada') =>
  handle.executeUpdate(keepUpdate, { args: [{ trialId, by, reason: 'it is cheaper' }] })
const rollBack = (handle: WorkflowHandle, trialId: string, by = 'ada') =>
  handle.executeUpdate(rollBackUpdate, { args: [{ trialId, by, reason: 'a complaint' }] })

describe('whoever keeps the change of a running trial', () => {
  test('is answered once it is concluded, with the instances that do not have it', async () => {
    const { done, trialId } = await withObserved(
      async (cycle, trialId) => {
        expect(await keep(cycle, trialId)).toMatchObject({ kept: true, silent: ['a-2'], restored: null, handedOverTo: null })
      },
      { execute: async ({ step }) => ({ version: 2, instances: ['a-1'], ...(step === 'all' && { silent: ['a-2'] }) }) },
    )
    expect(done).toContain(`conclude ${trialId} undecided`)
  })

  test('is told what was restored if it cannot be kept', async () => {
    await withObserved(
      async (cycle, trialId) => {
        expect(await keep(cycle, trialId)).toMatchObject({
          kept: false,
          restored: { outcome: 'done', issues: [] },
          reason: 'it broke',
        })
      },
      {
        execute: async ({ step }) => {
          if (step === 'all') throw ApplicationFailure.nonRetryable('it broke', 'broken')
          return { version: 2, instances: ['a'] }
        },
      },
    )
  })
})

describe('whoever rolls back a running trial', () => {
  test('is answered once it is rolled back, and the record says who and why', async () => {
    const { done, concluded, trialId } = await withObserved(
      async (cycle, trialId) => {
        expect(await rollBack(cycle, trialId)).toEqual({
          trialId,
          kept: false,
          silent: [],
          restored: { outcome: 'done', issues: ['rounds was set meanwhile'] },
          handedOverTo: null,
          reason: 'requested by ada: a complaint',
        })
        await cycle.result()
      },
      { restore: async () => ({ outcome: 'done', issues: ['rounds was set meanwhile'] }) },
    )
    expect(done.at(-1)).toBe('report completed')
    expect(concluded).toMatchObject([{ trialId, failure: { code: 'asked', reason: 'requested by ada: a complaint' } }])
  })

  test('is told which workflow continues if it cannot be rolled back within the cycle', async () => {
    let reachable = false
    await withObserved(
      async (cycle, trialId) => {
        // The server skips time only for whoever waits for a result.
        const ended = cycle.result()
        const ending = await rollBack(cycle, trialId)
        await ended
        expect(ending).toMatchObject({ kept: false, restored: null, handedOverTo: getRestoreWorkflowId(trialId) })
        reachable = true
        const going = environment.client.workflow.getHandle(ending.handedOverTo!)
        expect(await going.result()).toMatchObject({ outcome: 'done' })
      },
      {
        restore: async () => {
          if (!reachable) throw new Error('the agent does not answer')
          return { outcome: 'done', issues: [] }
        },
      },
    )
  })

  test('is named where the change is restored, also by the workflow that takes it over', async () => {
    const restored: unknown[] = []
    let reachable = false
    const restore: Activities['restore'] = async (input) => {
      restored.push(input)
      if (!reachable) throw ApplicationFailure.nonRetryable('the agent does not answer', 'unreachable')
      return { outcome: 'done', issues: [] }
    }
    const { concluded, trialId } = await withObserved(
      async (cycle, trialId) => {
        await cycle.signal('rollBack', trialId, { by: 'ada', reason: 'a complaint' })
        await cycle.result()
        reachable = true
        await environment.client.workflow
          .getHandle(getRestoreWorkflowId(trialId))
          .result()
          .catch(() => undefined)
      },
      { restore },
    )
    const request = { trialId, requestedBy: 'ada', reason: 'requested by ada: a complaint' }
    expect(restored).toEqual([request, request])
    expect(concluded).toMatchObject([{ failure: { by: 'ada' } }])
  })

  test('before it is approved, is told that it was never applied', async () => {
    const fleet = scriptedFleet([])
    const trialId = 'opt_1_unapproved'
    await environment.withActivities(fleet.activities, async () => {
      const trial = await startTrial({ strategyId: trialId })
      await vi.waitFor(() => expect(fleet.done).toContain(`ask ${trialId}`), patienceMs)
      await expect(keep(trial, trialId)).rejects.toMatchObject({ cause: { type: 'not-running' } })
      expect(await rollBack(trial, trialId)).toMatchObject({ kept: false, restored: { outcome: 'nothing' } })
      expect(await trial.result()).toMatchObject({ reason: 'requested by ada: a complaint' })
    })
    expect(fleet.done).not.toContain(`execute candidate ${trialId}`)
    expect(fleet.done).toContain(`recordApproval ${trialId} withdrawn ada requested by ada: a complaint`)
  })
})

describe('a trial in its own workflow', () => {
  test('answers before its workflow ends', async () => {
    const fleet = scriptedFleet([], { measure: observeUntilCancelled })
    await environment.withActivities(fleet.activities, async () => {
      const trial = await startTrial(request('opt_2_own'))
      await vi.waitFor(() => expect(fleet.done).toContain('execute candidate opt_2_own'), patienceMs)
      expect(await keep(trial, 'opt_2_own')).toMatchObject({ kept: true })
      expect(await trial.result()).toMatchObject({ verdict: 'undecided' })
    })
  })

  test('that fails answers that it has no conclusion', async () => {
    const { promise: asked, resolve: goOn } = Promise.withResolvers<void>()
    const plan: Activities['plan'] = async () => {
      await asked
      throw ApplicationFailure.nonRetryable('there is no knob speed', 'unknown-knob')
    }
    await environment.withActivities(scriptedFleet([], { plan }).activities, async () => {
      const trial = await startTrial(request('opt_3_own'))
      const args: [RollbackRequest] = [{ trialId: 'opt_3_own', by: 'ada', reason: '' }]
      const rolledBack = await trial.startUpdate(rollBackUpdate, { args, waitForStage: 'ACCEPTED' })
      goOn()
      await expect(rolledBack.result()).rejects.toMatchObject({ cause: { type: 'trial-failed' } })
      await expect(trial.result()).rejects.toThrow()
    })
  })
})

describe('the signal rollBack', () => {
  test('takes the input of the update', async () => {
    const { concluded } = await withObserved(async (cycle, trialId) => {
      await cycle.signal('rollBack', { trialId, by: 'ada', why: 'a complaint', harmful: true })
      await cycle.result()
    })
    expect(concluded).toMatchObject([{ failure: { code: 'harmful', reason: 'called harmful by ada: a complaint' } }])
  })

  test.each([[{ trialId: 'opt_0_other', by: 'ada' }], [{ trialId: 'opt_0_other' }], ['opt_0_other'], [''], [7]])(
    '%j ends no trial, and the log says so',
    async (input) => {
      const logged = vi.spyOn(Runtime.instance().logger, 'log')
      await withObserved(async (cycle, trialId) => {
        await cycle.signal('rollBack', input)
        await cycle.signal('rollBack', trialId, 'the next one')
        await cycle.result()
      }).then(({ concluded }) => expect(concluded).toMatchObject([{ failure: { reason: 'the next one' } }]))
      const warnings = logged.mock.calls.map(([, message]) => message).filter((message) => message.includes('rollBack signal'))
      logged.mockRestore()
      expect(warnings).toHaveLength(1)
    },
  )
})

describe('an update is refused', () => {
  const ends = [['keep'], ['rollBack']] as const
  const refused = (type: string) => ({ cause: { type } })

  test.each(ends)('%s of a trial of another workflow, or without an author', async (name) => {
    await withObserved(async (cycle, trialId) => {
      const send = (input?: unknown) => cycle.executeUpdate<unknown, [unknown]>(name, { args: [input] })
      await expect(send({ trialId: 'opt_0_other', by: 'ada' })).rejects.toMatchObject(refused('unknown-trial'))
      for (const input of [undefined, trialId, {}, { trialId }, { trialId, by: '' }, { trialId, by: 'ada', since: 1 }])
        await expect(send(input)).rejects.toMatchObject(refused('invalid-input'))
      await cycle.cancel()
      await expect(cycle.result()).rejects.toThrow(/cancel/i)
    })
  })

  test.each(ends)('%s of a trial that has ended', async (name) => {
    const { promise: reporting, resolve: goOn } = Promise.withResolvers<void>()
    const usual = scriptedFleet([]).activities
    await withObserved(
      async (cycle, trialId) => {
        await rollBack(cycle, trialId)
        const late = cycle.executeUpdate<unknown, [unknown]>(name, { args: [{ trialId, by: 'bob' }] })
        await expect(late).rejects.toMatchObject(refused('trial-over'))
        goOn()
        await cycle.result()
      },
      {
        report: async (input) => {
          await reporting
          return await usual.report(input)
        },
      },
    )
  })
})

describe('at the same moment', () => {
  test('two people who keep it and one who rolls it back get the same answer', async () => {
    const { concluded } = await withObserved(async (cycle, trialId) => {
      const heard = await Promise.all([keep(cycle, trialId), keep(cycle, trialId, 'bob'), rollBack(cycle, trialId, 'eve')])
      expect(new Set(heard.map((ending) => JSON.stringify(ending))).size).toBe(1)
      expect(heard[0]!.restored === null).toBe(heard[0]!.kept)
      await cycle.result()
    })
    expect(concluded).toHaveLength(1)
  })

  test('a rollback that arrives while a kept change goes to all instances is carried out, and both are told', async () => {
    const { promise: mayFinish, resolve: goOn } = Promise.withResolvers<void>()
    let widening = false
    await withObserved(
      async (cycle, trialId) => {
        const kept = keep(cycle, trialId)
        await vi.waitFor(() => expect(widening).toBe(true), patienceMs)
        const rolledBack = rollBack(cycle, trialId, 'bob')
        await vi.waitFor(async () => {
          const { events } = await cycle.fetchHistory()
          expect(events?.some((event) => event.activityTaskCancelRequestedEventAttributes?.scheduledEventId)).toBe(true)
          expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toHaveLength(2)
        }, patienceMs)
        goOn()
        expect(await rolledBack).toMatchObject({ kept: false, restored: { outcome: 'done' } })
        expect(await kept).toEqual(await rolledBack)
      },
      {
        execute: async ({ step }) => {
          widening = step === 'all'
          if (widening) await mayFinish
          return { version: 2, instances: ['a'] }
        },
      },
    )
  })

  test('a cancelled cycle answers all pending updates before it ends', async () => {
    const { done, trialId } = await withObserved(async (cycle, trialId) => {
      const kept = keep(cycle, trialId)
      await cycle.cancel()
      const { kept: isKept, restored } = await kept
      expect(restored === null).toBe(isKept)
      await expect(cycle.result()).rejects.toThrow(/cancel/i)
    })
    expect(done).toContain(`execute candidate ${trialId}`)
    expect(done.at(-1)).toBe('report cancelled')
  })
})

const request = (strategyId: string) => ({ strategyId, agentId: 'hunter', values: { rounds: 1 }, requestedBy: 'ada' })

function startTrial(input: { strategyId: string }): Promise<WorkflowHandle> {
  const workflowId = `trial-${input.strategyId}`
  return environment.client.workflow.start('trial', { taskQueue, workflowId, args: [input] })
}
