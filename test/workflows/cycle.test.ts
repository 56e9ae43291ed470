import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import { type CycleResult, optimizerWorkflowId } from '../../src/contract/workflows.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import { patienceMs } from '../support/eventually.ts'
import {
  scriptedFleet,
  startWorkflowEnvironment,
  strategyRef,
  taskQueue,
  terminateIdle,
  type WorkflowEnvironment,
} from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

let runs = 0
const start = (args: unknown[] = []) =>
  environment.client.workflow.start('optimizationCycle', { taskQueue, workflowId: `cycle-${++runs}`, args })

/** A `measure` that ends on the candidates when the test says so, and knows which trials it is watching. */
function heldMeasure() {
  const watching = new Map<string, () => void>()
  const kept = { verdict: 'keep' as const, reason: '' }
  const measure: Activities['measure'] = async ({ trialId, step }) =>
    step === 'half' ? kept : await new Promise((resolve) => watching.set(trialId, () => resolve(kept)))
  const release = (trialId: string) => {
    watching.get(trialId)?.()
    watching.delete(trialId)
  }
  return { measure, watching, release }
}

describe('the optimization cycle', () => {
  test('input is optional, and a target reaches collect', async () => {
    const fleet = scriptedFleet([])
    await environment.withActivities(fleet.activities, async () => {
      await (await start()).result()
      await (await start([{ target: 'hunter' }])).result()
    })
    expect(fleet.done).toEqual(['collect', 'detect', 'report completed', 'collect hunter', 'detect', 'report completed'])
  })

  test.each([
    ['a person chose', {}, 'scout', 'hunter'],
    ['the optimizer chose', { isAutomatic: true }, 'scout', 'scout'],
    ['the optimizer chose', { isAutomatic: true }, null, 'hunter'],
  ])('with a target that %s (%j), and the focus of people on %s, the focus is on %s', async (_who, options, focus, expected) => {
    const seen: (string | null)[] = []
    const fleet = scriptedFleet([], { readPolicy: async () => ({ ...defaultPolicy, focus }) })
    const detect: Activities['detect'] = async (input) => {
      seen.push(input.policy.focus)
      return await fleet.activities.detect(input)
    }
    await environment.withActivities({ ...fleet.activities, detect }, async () => {
      await (await start([{ target: 'hunter', ...options }])).result()
    })
    expect(seen).toEqual([expected])
  })

  test.each([
    [{ target: 7 }, 'target: must be a string'],
    [{ tarqet: 'hunter' }, 'the cycle: Unrecognized key: "tarqet"'],
    ['hunter', 'the cycle: must be an object'],
    [{ target: 'no such.name' }, 'target: use at most 80 letters, digits, - and _, starting with a letter or digit'],
    [{ dryRun: 'yes' }, 'dryRun: must be a boolean'],
  ])('input %j is refused with the field and the form', async (input, problem) => {
    const fleet = scriptedFleet([])
    await environment.withActivities(fleet.activities, async () => {
      const failure = await (await start([input])).result().catch((error) => error.cause)
      expect(failure.message).toBe(
        `Invalid cycle: ${problem}. Expected no input, or {"target": "<agent>"}, {"dryRun": true}, or both.`,
      )
    })
    expect(fleet.done).toEqual([])
  })

  test('a clean-up that fails is left to the next cycle', async () => {
    const fleet = scriptedFleet([strategyRef('a', 1)], {
      sweep: async () => {
        throw ApplicationFailure.nonRetryable('too many workflows are gone')
      },
    })
    await environment.withActivities(fleet.activities, async () => {
      expect(await (await start()).result()).toMatchObject({
        outcomes: { length: 1 },
        deferred: ['Clean-up after workflows that were terminated: it failed; the next cycle will retry it'],
      })
    })
  })

  test('a plan that is larger than a payload is read in pages', async () => {
    const fleet = scriptedFleet([strategyRef('a', 1)], {
      readPlan: async ({ from }) =>
        from === 1
          ? { strategies: [strategyRef('b', 2)], pairs: [], next: 2 }
          : { strategies: [strategyRef('c', 3)], pairs: [['b', 'c']] },
    })
    const detect: Activities['detect'] = async (input) => ({ ...(await fleet.activities.detect(input)), next: 1 })
    await environment.withActivities({ ...fleet.activities, detect }, async () => {
      const { outcomes } = (await (await start()).result()) as CycleResult
      expect(outcomes.map(({ trialId }) => trialId).sort()).toEqual(['opt_1_a', 'opt_2_b', 'opt_3_c'])
    })
  })

  test('different agents have trials concurrently, one trial per agent, never more than the policy allows', async () => {
    const { measure, watching, release } = heldMeasure()
    const strategies = [strategyRef('a', 1), strategyRef('b', 2), strategyRef('a', 3), strategyRef('c', 4)]
    const fleet = scriptedFleet(strategies, { measure })
    await environment.withActivities(fleet.activities, async () => {
      const handle = await start()
      await vi.waitFor(() => expect([...watching.keys()].sort()).toEqual(['opt_1_a', 'opt_2_b']), patienceMs)
      release('opt_2_b')
      await vi.waitFor(() => expect([...watching.keys()].sort()).toEqual(['opt_1_a', 'opt_4_c']), patienceMs)
      release('opt_1_a')
      await vi.waitFor(() => expect([...watching.keys()].sort()).toEqual(['opt_3_a', 'opt_4_c']), patienceMs)
      release('opt_3_a')
      release('opt_4_c')
      expect(await handle.result()).toMatchObject({ outcomes: { length: 4 } })
    })
  })

  test.each([
    ['the first round of trials begins although no time is left', 60_000, 'conclude opt_1_a keep', 'report completed'],
    [
      'nothing begins in a cycle of an earlier version without time',
      undefined,
      'detect',
      'report completed, opt_1_a left: no time',
    ],
  ])('%s', async (_what, firstRoundMs, before, last) => {
    const fleet = scriptedFleet([strategyRef('a', 1)])
    const budget = { cycleMs: 600_000, trialMs: 600_000, firstRoundMs, concurrent: 2 }
    const detect: Activities['detect'] = async (input) => ({ ...(await fleet.activities.detect(input)), budget })
    await environment.withActivities({ ...fleet.activities, detect }, async () => await (await start()).result())
    expect(fleet.done.at(-2)).toBe(before)
    expect(fleet.done.at(-1)).toContain(last)
  })

  test('an observation has the configured time, and some more for workers that die', async () => {
    const fleet = scriptedFleet([strategyRef('a', 1)])
    const observeMs = {
      candidate: 1_800_000,
      half: 600_000,
      all: undefined,
      suspend: undefined,
      resume: undefined,
      switch: undefined,
    }
    const execute: Activities['execute'] = async (input) => ({
      ...(await fleet.activities.execute(input)),
      observeMs: observeMs[input.step],
    })
    await environment.withActivities({ ...fleet.activities, execute }, async () => {
      const handle = await start()
      await handle.result()
      const scheduled = (await handle.fetchHistory()).events?.flatMap((event) => event.activityTaskScheduledEventAttributes ?? [])
      const measured = scheduled?.filter(({ activityType }) => activityType?.name === 'measure') ?? []
      const minutes = measured.map(({ startToCloseTimeout, scheduleToCloseTimeout }) => [
        Number(startToCloseTimeout?.seconds) / 60,
        Number(scheduleToCloseTimeout?.seconds) / 60,
      ])
      expect(minutes).toEqual([
        [35, 50],
        [15, 30],
      ])
    })
  })

  test('raising the aggressiveness of a running cycle allows more trials at once', async () => {
    const { measure, watching, release } = heldMeasure()
    const fleet = scriptedFleet([strategyRef('a', 1), strategyRef('b', 2), strategyRef('c', 3)], { measure })
    await environment.withActivities(fleet.activities, async () => {
      const handle = await start()
      await vi.waitFor(() => expect(watching.size).toBe(2), patienceMs)
      await handle.signal('increaseAggressiveness')
      await vi.waitFor(() => expect(watching.size).toBe(3), patienceMs)
      for (const id of [...watching.keys()]) release(id)
      await handle.result()
    })
  })

  test('agents that exchange messages never have trials at once: the next in rank goes first', async () => {
    const { measure, watching, release } = heldMeasure()
    const strategies = [strategyRef('a', 1), strategyRef('b', 2), strategyRef('c', 3)]
    const fleet = scriptedFleet(strategies, { measure })
    const detect: Activities['detect'] = async (input) => ({ ...(await fleet.activities.detect(input)), pairs: [['b', 'a']] })
    await environment.withActivities({ ...fleet.activities, detect }, async () => {
      const handle = await start()
      await vi.waitFor(() => expect([...watching.keys()].sort()).toEqual(['opt_1_a', 'opt_3_c']), patienceMs)
      release('opt_3_c')
      await vi.waitFor(() => expect(fleet.done).toContain('conclude opt_3_c keep'), patienceMs)
      expect([...watching.keys()]).toEqual(['opt_1_a'])
      release('opt_1_a')
      await vi.waitFor(() => expect([...watching.keys()]).toEqual(['opt_2_b']), patienceMs)
      release('opt_2_b')
      expect(await handle.result()).toMatchObject({ outcomes: { length: 3 }, deferred: [] })
    })
  })

  /** An `execute` that refuses a strategy so many times because others run. */
  const crowded = (trialId: string, times: number, usual: Activities['execute']): Activities['execute'] => {
    return async (input) => {
      if (input.trialId === trialId && input.step === 'candidate' && times-- > 0)
        throw ApplicationFailure.nonRetryable('another is running', 'in-the-way')
      return await usual(input)
    }
  }

  test('a strategy that is refused because of running trials takes its turn when one of them has ended, before those ranked lower', async () => {
    const { measure, watching, release } = heldMeasure()
    const fleet = scriptedFleet([strategyRef('a', 1), strategyRef('b', 2), strategyRef('c', 3)], { measure })
    const execute = crowded('opt_2_b', 1, fleet.activities.execute)
    await environment.withActivities({ ...fleet.activities, execute }, async () => {
      const handle = await start()
      await vi.waitFor(() => expect(fleet.done).toContain('conclude opt_2_b failed: another is running'), patienceMs)
      await vi.waitFor(() => expect([...watching.keys()]).toEqual(['opt_1_a']), patienceMs)
      release('opt_1_a')
      await vi.waitFor(() => expect([...watching.keys()].sort()).toEqual(['opt_2_b', 'opt_3_c']), patienceMs)
      release('opt_2_b')
      release('opt_3_c')
      const { outcomes, deferred } = await handle.result()
      expect(outcomes.map(({ trialId }: { trialId: string }) => trialId).sort()).toEqual(['opt_1_a', 'opt_2_b', 'opt_3_c'])
      expect(deferred).toEqual([])
    })
  })

  test('a strategy that waits for a trial whose record cannot be written is still tried', async () => {
    const { measure, watching, release } = heldMeasure()
    const fleet = scriptedFleet([strategyRef('a', 1), strategyRef('b', 2)], { measure })
    const execute = crowded('opt_2_b', 1, fleet.activities.execute)
    const conclude: Activities['conclude'] = async (input) => {
      if (input.trialId === 'opt_1_a') throw ApplicationFailure.nonRetryable('no record of it', 'broken')
      return await fleet.activities.conclude(input)
    }
    await environment.withActivities({ ...fleet.activities, execute, conclude }, async () => {
      const handle = await start()
      await vi.waitFor(() => expect(fleet.done).toContain('conclude opt_2_b failed: another is running'), patienceMs)
      release('opt_1_a')
      await vi.waitFor(() => expect([...watching.keys()]).toEqual(['opt_2_b']), patienceMs)
      release('opt_2_b')
      await expect(handle.result()).rejects.toThrow()
    })
    expect(fleet.done).toContain('conclude opt_2_b keep')
  })

  test('a strategy that is refused because of trials elsewhere is deferred, with the reason', async () => {
    const fleet = scriptedFleet([strategyRef('a', 1), strategyRef('b', 2)], {
      readPolicy: async () => ({ ...defaultPolicy, aggressiveness: 1 }),
    })
    const execute = crowded('opt_1_a', 9, fleet.activities.execute)
    await environment.withActivities({ ...fleet.activities, execute }, async () => {
      expect(await (await start()).result()).toMatchObject({
        outcomes: [{ trialId: 'opt_2_b' }],
        deferred: ['a cacheSize 2 → 4: another is running'],
      })
    })
  })

  test('a dry run plans and explains, changes nothing, and reports to nobody', async () => {
    const fleet = scriptedFleet([strategyRef('a', 1)], {
      sweep: async () => {
        throw ApplicationFailure.nonRetryable('it touches the fleet')
      },
    })
    await environment.withActivities(fleet.activities, async () => {
      const control = await environment.client.workflow.start('optimizer', { taskQueue, workflowId: optimizerWorkflowId })
      expect(await (await start([{ dryRun: true }])).result()).toMatchObject({
        outcomes: [],
        deferred: ['a cacheSize 2 → 4: a dry run; it would be tried now'],
      })
      expect(await control.query('status')).toMatchObject({ lastCycle: null })
      await terminateIdle(control)
    })
    const why = 'a dry run; it would be tried now'
    expect(fleet.done).toEqual(['collect', 'detect', `report completed, opt_1_a left: ${why}`])
  })

  test('while the optimizer is paused, a cycle still collects and detects, but tries nothing', async () => {
    const fleet = scriptedFleet([strategyRef('a', 1)], { readPolicy: async () => ({ ...defaultPolicy, paused: true }) })
    await environment.withActivities(fleet.activities, async () => {
      expect(await (await start()).result()).toMatchObject({
        outcomes: [],
        deferred: [expect.stringContaining('the optimizer is paused')],
      })
    })
    const why = 'the optimizer is paused; npx optimizer resume allows trials again'
    expect(fleet.done).toEqual(['collect', 'detect', `report completed, opt_1_a left: ${why}`])
  })

  test('the signal abort rolls back the running trials of a cycle, with the reason, and no more start', async () => {
    const { Context } = await import('@temporalio/activity')
    const held = heldMeasure()
    const measure: Activities['measure'] = async (input) => {
      const context = Context.current()
      const beat = setInterval(() => context.heartbeat(), 50)
      return await Promise.race([held.measure(input), context.cancelled]).finally(() => clearInterval(beat))
    }
    const fleet = scriptedFleet([strategyRef('a', 1), strategyRef('a', 2)], { measure })
    const failures: unknown[] = []
    const conclude: Activities['conclude'] = (input) => {
      failures.push(input.failure)
      return fleet.activities.conclude(input)
    }
    await environment.withActivities({ ...fleet.activities, conclude }, async () => {
      const handle = await start()
      await vi.waitFor(() => expect(held.watching.size).toBe(1), patienceMs)
      await handle.signal('abort', 'customers complain')
      expect(await handle.result()).toMatchObject({ outcomes: { length: 1 }, deferred: { length: 1 } })
    })
    expect(fleet.done).toContain('restore opt_1_a')
    expect(fleet.done).toContain('conclude opt_1_a failed: everything was aborted: customers complain')
    // No person is known.
    expect(failures).toEqual([expect.not.objectContaining({ by: expect.anything() })])
    expect(fleet.done).toContain('recordCommandToCycle abort signal: customers complain')
    expect(fleet.done).not.toContain('execute candidate opt_2_a')
  })

  test('a command takes effect although the record of an earlier one cannot be written yet', async () => {
    const { measure, watching, release } = heldMeasure()
    const { promise: written, resolve: write } = Promise.withResolvers<void>()
    const fleet = scriptedFleet([strategyRef('a', 1), strategyRef('a', 2)], { measure, recordCommandToCycle: () => written })
    await environment.withActivities(fleet.activities, async () => {
      const handle = await start()
      await vi.waitFor(() => expect(watching.has('opt_1_a')).toBe(true), patienceMs)
      await handle.signal('focusOnAgent', 'b')
      await handle.signal('optimizeSystemPerformance')
      release('opt_1_a')
      await vi.waitFor(() => expect(watching.has('opt_2_a')).toBe(true), patienceMs)
      release('opt_2_a')
      write()
      expect(await handle.result()).toMatchObject({ outcomes: { length: 2 }, deferred: [] })
    })
  })

  test('moving the focus defers strategies on other agents that have not started', async () => {
    const { measure, watching, release } = heldMeasure()
    const fleet = scriptedFleet([strategyRef('a', 1), strategyRef('a', 2)], { measure })
    await environment.withActivities(fleet.activities, async () => {
      const handle = await start()
      await vi.waitFor(() => expect(watching.has('opt_1_a')).toBe(true), patienceMs)
      await handle.signal('focusOnAgent', { agent: 'b', by: 'ada', reason: 'a complaint' })
      release('opt_1_a')
      expect(await handle.result()).toMatchObject({
        outcomes: { length: 1 },
        deferred: ['a cacheSize 2 → 4: this cycle is only for b'],
      })
    })
    expect(fleet.done).toContain('recordCommandToCycle focusOnAgent ada: a complaint')
  })

  test('an invalid signal changes nothing and breaks nothing', async () => {
    const { measure, watching, release } = heldMeasure()
    const fleet = scriptedFleet([strategyRef('a', 1)], { measure })
    await environment.withActivities(fleet.activities, async () => {
      const handle = await start()
      await vi.waitFor(() => expect(watching.size).toBe(1), patienceMs)
      for (const nonsense of [undefined, 5, null, { agent: ['x'] }]) await handle.signal('focusOnAgent', nonsense)
      release('opt_1_a')
      expect(await handle.result()).toMatchObject({ outcomes: { length: 1 } })
    })
  })

  test('rolling back one trial by signal leaves the others alone', async () => {
    const { Context } = await import('@temporalio/activity')
    const held = heldMeasure()
    const measure: Activities['measure'] = async (input) => {
      const context = Context.current()
      const beat = setInterval(() => context.heartbeat(), 50)
      return await Promise.race([held.measure(input), context.cancelled]).finally(() => clearInterval(beat))
    }
    const fleet = scriptedFleet([strategyRef('a', 1), strategyRef('b', 2)], { measure })
    await environment.withActivities(fleet.activities, async () => {
      const handle = await start()
      await vi.waitFor(() => expect(held.watching.size).toBe(2), patienceMs)
      await handle.signal('rollBack', 'opt_1_a')
      await vi.waitFor(() => expect(fleet.done).toContain('restore opt_1_a'), patienceMs)
      held.release('opt_2_b')
      await handle.result()
    })
    expect(fleet.done).toContain('conclude opt_2_b keep')
    expect(fleet.done).not.toContain('restore opt_2_b')
  })

  test('a cycle that fails is recorded as failed', async () => {
    const fleet = scriptedFleet([], {
      detect: async () => {
        throw ApplicationFailure.nonRetryable('no such agent', 'unknown-agent')
      },
    })
    await environment.withActivities(fleet.activities, async () => {
      await expect((await start()).result()).rejects.toThrow()
    })
    expect(fleet.done).toEqual(['collect', 'report failed'])
  })

  test('its history stays small: under 200 events, plus 60 per trial', async () => {
    const strategies = Array.from({ length: 6 }, (_, i) => strategyRef(`agent-${i}`, i))
    const fleet = scriptedFleet(strategies, { measure: async () => ({ verdict: 'roll-back', reason: '' }) })
    await environment.withActivities(fleet.activities, async () => {
      const handle = await start()
      await handle.result()
      const { events } = await handle.fetchHistory()
      expect(events!.length).toBeLessThan(200 + 60 * strategies.length)
    })
  })

  test('the optimizer workflow is told about every finished cycle', async () => {
    const fleet = scriptedFleet([])
    await environment.withActivities(fleet.activities, async () => {
      const control = await environment.client.workflow.start('optimizer', { taskQueue, workflowId: optimizerWorkflowId })
      const { workflowId } = await start().then(async (handle) => {
        await handle.result()
        return handle
      })
      await vi.waitFor(
        async () => expect(await control.query('status')).toMatchObject({ lastCycle: { cycleId: workflowId } }),
        patienceMs,
      )
      await terminateIdle(control)
    })
  })
})
