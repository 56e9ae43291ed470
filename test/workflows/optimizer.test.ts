import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import type { Policy } from '../../src/model/policy.ts'
import { patienceMs } from '../support/eventually.ts'
import {
  type ActivityOverrides,
  finished,
  type OptimizerWork,
  ordered,
  withOptimizerWorkflow as runOptimizerWorkflow,
} from '../support/optimizer-workflow.ts'
import { scriptedFleet, startWorkflowEnvironment, taskQueue, type WorkflowEnvironment } from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

const count = (done: string[], what: string) => done.filter((each) => each.startsWith(what)).length
const inOptimizerWorkflow = (work: OptimizerWork, overrides?: ActivityOverrides) =>
  runOptimizerWorkflow(environment, work, overrides)

describe('the optimizer workflow', () => {
  test('starts with the documented policy', async () => {
    await inOptimizerWorkflow(async (control) => {
      expect(await control.query('policy')).toMatchObject({
        aggressiveness: 3,
        focus: null,
        resourceMode: 'normal',
        autonomy: 0.8,
      })
    })
  })

  test('raises and lowers its aggressiveness by signal, between 1 and 5', async () => {
    await inOptimizerWorkflow(async (control) => {
      for (let i = 0; i < 4; i++) await control.signal('increaseAggressiveness')
      expect(await control.query('policy')).toMatchObject({ aggressiveness: 5 })
      for (let i = 0; i < 6; i++) await control.signal('decreaseAggressiveness')
      expect(await control.query('policy')).toMatchObject({ aggressiveness: 1 })
    })
  })

  test('takes every command of the strategic orchestrator', async () => {
    await inOptimizerWorkflow(async (control, done) => {
      const policy = async (expected: object) =>
        await vi.waitFor(async () => expect(await control.query('policy')).toMatchObject(expected), patienceMs)
      await control.signal('focusOnAgent', 'market-hunter')
      await control.signal('reduceResourceConsumption')
      await policy({ focus: 'market-hunter', resourceMode: 'reduce' })
      await control.signal('optimizeSystemPerformance')
      await policy({ focus: null, resourceMode: 'normal' })
      await vi.waitFor(() => expect(done).toContain('triggerCycle'), patienceMs)
    })
  })

  test('answers a command given as an update, and refuses an invalid one', async () => {
    await inOptimizerWorkflow(async (control) => {
      const order = { command: { type: 'setAggressiveness', level: 4 }, by: 'ann', reason: 'a quiet day' }
      expect(await control.executeUpdate<Policy, [unknown]>('command', { args: [order] })).toMatchObject({ aggressiveness: 4 })
      const nonsense = { command: { type: 'setAggressiveness', level: 9 }, by: 'ann', reason: '' }
      await expect(control.executeUpdate('command', { args: [nonsense] })).rejects.toMatchObject({
        cause: {
          type: 'invalid-input',
          message: expect.stringMatching(/^Invalid command: command\.level: must be at most 5\. Expected \{"command": /),
        },
      })
      expect(await control.query('policy')).toMatchObject({ aggressiveness: 4 })
    })
  })

  describe('whose focus is to be moved to an agent', () => {
    const focus = (agentId: string): { args: [unknown] } => ({
      args: [{ command: { type: 'focusOnAgent', agentId }, by: 'ann', reason: 'a complaint' }],
    })
    const requireAgent: Activities['requireAgent'] = async ({ agentId }) => {
      if (agentId !== 'hunter')
        throw ApplicationFailure.nonRetryable(`There is no agent ${agentId}; known are hunter.`, 'unknown-agent')
    }

    test('refuses an unknown one at once, with its error code', async () => {
      await inOptimizerWorkflow(
        async (control) => {
          await expect(control.executeUpdate('command', focus('hnuter'))).rejects.toMatchObject({
            cause: { type: 'unknown-agent', message: 'There is no agent hnuter; known are hunter.' },
          })
          expect(await control.executeUpdate('command', focus('hunter'))).toMatchObject({ focus: 'hunter' })
        },
        { requireAgent },
      )
    })

    test('ignores a signal with an unknown one, and continues', async () => {
      await inOptimizerWorkflow(
        async (control) => {
          await control.signal('focusOnAgent', 'hunter')
          await control.signal('focusOnAgent', 'hnuter')
          const clear = { command: { type: 'setAggressiveness', level: 4 }, by: 'ann', reason: '' }
          await control.executeUpdate('command', { args: [clear] })
          await vi.waitFor(
            async () => expect(await control.query('policy')).toMatchObject({ focus: 'hunter', aggressiveness: 4 }),
            patienceMs,
          )
        },
        { requireAgent },
      )
    })

    test('applies commands in order, however long it takes to look up the agent', async () => {
      const { promise: looking, resolve: goOn } = Promise.withResolvers<void>()
      await inOptimizerWorkflow(
        async (control, done) => {
          const focused = control.executeUpdate('command', focus('hunter'))
          await vi.waitFor(() => expect(done).toContain('looking'), patienceMs)
          await control.signal('optimizeSystemPerformance')
          expect(await control.executeUpdate('command', ordered('pause', 'a release'))).toMatchObject({ paused: true })
          goOn()
          await focused
          await vi.waitFor(() => expect(done).toContain('triggerCycle'), patienceMs)
          expect(await control.query('policy')).toMatchObject({ focus: null })
        },
        (done: string[]) => ({
          requireAgent: async () => {
            done.push('looking')
            await looking
          },
        }),
      )
    })
  })

  test('adopts the autonomy that a cycle reports, and the reputation from the orchestrator', async () => {
    const recorded: { before: Policy; after: Policy }[] = []
    const recordPolicyChange: Activities['recordPolicyChange'] = async (change) => void recorded.push(change)
    await inOptimizerWorkflow(
      async (control) => {
        const levels = { autonomy: 0.86, autonomyByKind: { hunter: 0.9, analyzer: 0.72 } }
        await control.signal('cycleFinished', finished({ proven: 6, reputation: 0.8, ...levels }))
        expect(await control.query('policy')).toMatchObject({ ...levels, reputation: 0.8 })
        await control.signal('cycleFinished', finished({ unproven: 20, autonomy: 0.7 }))
        expect(await control.query('policy')).toMatchObject({ autonomy: 0.7, autonomyByKind: {}, reputation: 0.8 })
        await vi.waitFor(() => expect(recorded.map(({ after }) => after.autonomy)).toEqual([0.86, 0.7]), patienceMs)
      },
      { recordPolicyChange },
    )
  })

  test('adapts its aggressiveness to the report of a cycle, within the limits, and says why', async () => {
    const recorded: { before: Policy; after: Policy; reason: string }[] = []
    const recordPolicyChange: Activities['recordPolicyChange'] = async (change) => void recorded.push(change)
    await inOptimizerWorkflow(
      async (control) => {
        const bolder = { step: 1 as const, reason: 'bolder, since it helps' }
        await control.signal('cycleFinished', finished({ adaptation: { ...bolder, limits: {} } }))
        expect(await control.query('policy')).toMatchObject({ aggressiveness: 4, aggressivenessAsked: 3 })
        await control.signal('cycleFinished', finished({ adaptation: { ...bolder, limits: { maxAggressiveness: 3 } } }))
        expect(await control.query('policy')).toMatchObject({ aggressiveness: 3 })
        await vi.waitFor(() => expect(recorded.map(({ reason }) => reason)).toEqual([bolder.reason, bolder.reason]), patienceMs)
      },
      { recordPolicyChange },
    )
  })

  test.each([[undefined], [{}], [{ cycleId: 'x', proven: -1 }], ['nonsense']])(
    'a manually sent summary %j is ignored',
    async (summary) => {
      await inOptimizerWorkflow(async (control) => {
        await control.signal('cycleFinished', summary)
        expect(await control.query('policy')).toMatchObject({ autonomy: 0.8, aggressiveness: 3 })
      })
    },
  )

  test('is paused and resumed by a person, in force once the command is answered', async () => {
    await inOptimizerWorkflow(async (control, done) => {
      expect(await control.executeUpdate('command', ordered('pause', 'a release'))).toMatchObject({ paused: true })
      expect(done).toEqual(['pause ada: a release'])
      expect(await control.executeUpdate('command', ordered('resume', 'done'))).toMatchObject({ paused: false })
      expect(done).toEqual(['pause ada: a release', 'resume'])
    })
  })

  test('aborts: pauses first, then has everything that is running rolled back, with the reason', async () => {
    await inOptimizerWorkflow(async (control, done) => {
      expect(await control.executeUpdate('command', ordered('abort', 'customers complain'))).toMatchObject({ paused: true })
      const why = 'ada aborted everything: customers complain'
      expect(done).toEqual([`pause ada: ${why}`, `rollBackAll ${why}`])
    })
  })

  test('accepts pause, resume and abort as signals, in order', async () => {
    await inOptimizerWorkflow(async (control, done) => {
      await control.signal('pause', 'a release')
      await control.signal('resume')
      await control.signal('abort', 7)
      await vi.waitFor(() => expect(done).toContain('rollBackAll signal aborted everything: a signal'), patienceMs)
      expect(done.map((what) => what.split(' ')[0])).toEqual(['pause', 'resume', 'pause', 'rollBackAll'])
    })
  })

  test('records who sent a signal and why, where it says so', async () => {
    const recorded: { by: string; reason: string }[] = []
    const recordPolicyChange: Activities['recordPolicyChange'] = async ({ by, reason }) => void recorded.push({ by, reason })
    await inOptimizerWorkflow(
      async (control, done) => {
        await control.signal('increaseAggressiveness', { by: 'ada', reason: 'a quiet day' })
        await control.signal('focusOnAgent', { agent: 'hunter', by: 'bob' })
        await control.signal('focusOnAgent', { agent: 'analyzer', by: 'two\nlines', reason: '' })
        await control.signal('resourceConstraintWarning', { resource: 'memory', by: 'carol', reason: 'a crowded host' })
        await control.signal('abort', { by: 'dan', reason: 'customers complain' })
        await vi.waitFor(() => expect(done).toContain('rollBackAll dan aborted everything: customers complain'), patienceMs)
        expect(done).toContain('pause dan: dan aborted everything: customers complain')
        const expected = [
          { by: 'ada', reason: 'a quiet day' },
          { by: 'bob', reason: 'a signal' },
          { by: 'signal', reason: 'a signal' },
          { by: 'carol', reason: 'a crowded host' },
        ]
        await vi.waitFor(() => expect(recorded).toEqual(expect.arrayContaining(expected)), patienceMs)
      },
      { recordPolicyChange },
    )
  })

  test('pauses even if another side effect hangs', async () => {
    const { promise: hangs, resolve: goOn } = Promise.withResolvers<void>()
    await inOptimizerWorkflow(
      async (control, done) => {
        await control.signal('optimizeSystemPerformance')
        await control.executeUpdate('command', ordered('abort', 'now')).finally(goOn)
        expect(done).toContain('rollBackAll ada aborted everything: now')
      },
      { triggerCycle: () => hangs.then(() => undefined) },
    )
  })

  test('resumes even if it does not know of a pause, because one may be on record', async () => {
    await inOptimizerWorkflow(async (control, done) => {
      await control.executeUpdate('command', ordered('resume', 'after a new start'))
      expect(done).toEqual(['recordUnchangedPolicy resume ada', 'resume'])
    })
  })

  test('a command without an author is refused', async () => {
    await inOptimizerWorkflow(async (control) => {
      const anonymous = { command: { type: 'increaseAggressiveness' } }
      await expect(control.executeUpdate('command', { args: [anonymous] })).rejects.toThrow()
      expect(await control.query('policy')).toMatchObject({ aggressiveness: 3 })
    })
  })

  test('a side effect that fails permanently does not end it', async () => {
    await inOptimizerWorkflow(
      async (control) => {
        await control.signal('cycleFinished', finished({ worstSeverity: 'critical' }))
        await control.signal('increaseAggressiveness')
        expect(await control.query('policy')).toMatchObject({ aggressiveness: 4 })
      },
      {
        setCadence: async () => {
          throw ApplicationFailure.nonRetryable('there is no Schedule', 'no-schedule')
        },
      },
    )
  })
})

describe('the optimizer workflow, told of an alert,', () => {
  test('starts a cycle and shortens the time between cycles on a performance alert, and starts no second one soon after', async () => {
    await inOptimizerWorkflow(async (control, done) => {
      await control.signal('performanceAlert', { severity: 'critical', reason: 'everything is slow' })
      await control.signal('performanceAlert', { severity: 'critical' })
      await vi.waitFor(() => expect(count(done, 'setCadence')).toBe(2), patienceMs)
      expect(count(done, 'triggerCycle')).toBe(1)
    })
  })

  test('starts a cycle of the agent that underperforms, and one of the whole fleet for all that do so soon after', async () => {
    await inOptimizerWorkflow(async (control, done) => {
      for (const agent of ['hunter', 'analyzer', 'hunter', 'trader', 'analyzer', 'scout'])
        await control.signal('agentUnderperformance', { agent })
      await control.signal('performanceAlert', { severity: 'critical' })
      const expected = ['setCadence', 'startFocusedCycle hunter', 'triggerCycle']
      await vi.waitFor(() => expect(done.toSorted()).toEqual(expected), patienceMs)
      await control.executeUpdate('readPolicy')
      expect(done.toSorted()).toEqual(expected)
    })
  })

  test('starts no cycle of an agent that people did not put the focus on', async () => {
    await inOptimizerWorkflow(async (control, done) => {
      await control.executeUpdate('command', ordered('focusOnAgent', 'a complaint', { agentId: 'hunter' }))
      for (const agent of ['analyzer', 'trader', 'hunter']) await control.signal('agentUnderperformance', { agent })
      await vi.waitFor(() => expect(done).toContain('startFocusedCycle hunter'), patienceMs)
      expect(count(done, 'startFocusedCycle')).toBe(1)
      expect(done).not.toContain('triggerCycle')
    })
  })

  test('an alert about an unknown agent takes no cycle away from others', async () => {
    const startFocusedCycle: Activities['startFocusedCycle'] = async ({ agentId }) => {
      if (agentId === 'hnuter') throw ApplicationFailure.nonRetryable('There is no agent hnuter.', 'unknown-agent')
      started.push(agentId)
      return undefined
    }
    const started: string[] = []
    await inOptimizerWorkflow(
      async (control) => {
        for (const agent of ['hnuter', 'hunter']) await control.signal('agentUnderperformance', { agent })
        await vi.waitFor(() => expect(started).toEqual(['hunter']), patienceMs)
      },
      { startFocusedCycle },
    )
  })

  test('the time between cycles stays short after an alert, although the cycles find nothing', async () => {
    const worst: (string | null)[] = []
    const setCadence: Activities['setCadence'] = async (input) => {
      worst.push(input.worst)
      return 6
    }
    await inOptimizerWorkflow(
      async (control) => {
        await control.signal('performanceAlert', { severity: 'critical' })
        await control.signal('performanceAlert', { severity: 'low' })
        await control.signal('cycleFinished', finished({ worstSeverity: 'medium' }))
        await vi.waitFor(() => expect(worst).toEqual(['critical', 'critical', 'critical']), patienceMs)
      },
      { setCadence },
    )
  })

  test('saves resources while one is short, and no longer', async () => {
    await inOptimizerWorkflow(async (control) => {
      const mode = async () => (await control.executeUpdate<{ resourceMode: string }, []>('readPolicy')).resourceMode
      const warn = (resource: string, isOver: boolean) =>
        control.signal('resourceConstraintWarning', { resource, component: 'host', isOver })
      await warn('cpuPercent', false)
      await warn('memoryPercent', false)
      expect(await mode()).toBe('reduce')
      await warn('cpuPercent', true)
      expect(await mode()).toBe('reduce')
      await warn('memoryPercent', true)
      expect(await mode()).toBe('normal')
    })
  })

  test('remembers no more than 100 resources that are short, whoever invents them', async () => {
    await inOptimizerWorkflow(async (control) => {
      for (let index = 0; index <= 100; index++)
        await control.signal('resourceConstraintWarning', { resource: `invented-${index}` })
      const { constraints } = await control.query<{ constraints?: string[] }>('status')
      expect(constraints).toHaveLength(100)
      await control.signal('resourceConstraintWarning', { resource: 'invented-7', isOver: true })
      await control.executeUpdate('readPolicy')
      expect((await control.query<{ constraints?: string[] }>('status')).constraints).toHaveLength(99)
    })
  })

  test('leaves it to a person who asked for less consumption meanwhile', async () => {
    await inOptimizerWorkflow(async (control) => {
      await control.signal('resourceConstraintWarning', { resource: 'cpuPercent' })
      await control.signal('reduceResourceConsumption')
      await control.signal('resourceConstraintWarning', { resource: 'cpuPercent', isOver: true })
      expect(await control.executeUpdate('readPolicy')).toMatchObject({ resourceMode: 'reduce' })
    })
  })

  test('leaves it to a person who asked for less consumption before', async () => {
    await inOptimizerWorkflow(async (control) => {
      await control.signal('reduceResourceConsumption')
      await control.signal('resourceConstraintWarning', { resource: 'cpuPercent' })
      await control.signal('resourceConstraintWarning', { resource: 'cpuPercent', isOver: true })
      expect(await control.executeUpdate('readPolicy')).toMatchObject({ resourceMode: 'reduce' })
    })
  })

  test('ignores what is no alert', async () => {
    await inOptimizerWorkflow(async (control, done) => {
      for (const nonsense of [undefined, 'help', { severity: 'apocalyptic' }, { severity: 'high', extra: 1 }])
        await control.signal('performanceAlert', nonsense)
      await control.signal('agentUnderperformance', { agent: '' })
      await control.signal('resourceConstraintWarning', {})
      await control.executeUpdate('readPolicy')
      expect(done).toEqual([])
    })
  })
})

test('the history of the monitoring stays short however long it runs', async () => {
  let runs = 0
  const { activities } = scriptedFleet([], { monitor: async () => void runs++ })
  await environment.withActivities(activities, async () => {
    const { client } = environment
    const handle = await client.workflow.start('monitoring', { taskQueue, workflowId: 'monitoring' })
    await vi.waitFor(() => expect(runs).toBeGreaterThan(60), patienceMs)
    const { runId, historyLength } = await client.workflow.getHandle('monitoring').describe()
    expect(runId).not.toBe(handle.firstExecutionRunId)
    expect(historyLength).toBeLessThan(400)
    await client.workflow.getHandle('monitoring').terminate()
  })
})
