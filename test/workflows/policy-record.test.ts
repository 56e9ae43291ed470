import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import { defaultPolicy, type Policy } from '../../src/model/policy.ts'
import { patienceMs } from '../support/eventually.ts'
import { finished, ordered, startOptimizerWorkflow, withOptimizerWorkflow } from '../support/optimizer-workflow.ts'
import { scriptedFleet, startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

describe('an optimizer workflow that starts again', () => {
  const recorded: Policy = { ...defaultPolicy, aggressiveness: 5, aggressivenessAsked: 5, focus: 'hunter', paused: true }

  test('starts from the recorded policy and the results of past cycles', async () => {
    await withOptimizerWorkflow(
      environment,
      async (control) => {
        expect(await control.query('status')).toEqual({
          policy: recorded,
          proven: 7,
          unproven: 2,
          lastCycle: null,
          cadenceMinutes: null,
        })
      },
      { loadPolicy: async () => ({ policy: recorded, proven: 7, unproven: 2 }) },
    )
  })

  test('no longer saves resources once the shortage ends for which the previous one did', async () => {
    const policy: Policy = { ...defaultPolicy, resourceMode: 'reduce' }
    const constraints = ['cpuPercent of host']
    await withOptimizerWorkflow(
      environment,
      async (control) => {
        expect(await control.executeUpdate('readPolicy')).toMatchObject({ resourceMode: 'reduce' })
        await control.signal('resourceConstraintWarning', { resource: 'cpuPercent', component: 'host', isOver: true })
        expect(await control.executeUpdate('readPolicy')).toMatchObject({ resourceMode: 'normal' })
      },
      { loadPolicy: async () => ({ policy, proven: 0, unproven: 0, constraints, isConstrained: true }) },
    )
  })

  test('makes commands, reports and readers wait until then, and handles them in order', async () => {
    const { promise: reading, resolve: goOn } = Promise.withResolvers<void>()
    const loadPolicy: Activities['loadPolicy'] = async () => {
      await reading
      return { policy: recorded, proven: 7, unproven: 2 }
    }
    const fleet = scriptedFleet([], { loadPolicy })
    await environment.withActivities(fleet.activities, async () => {
      const control = await startOptimizerWorkflow(environment)
      await control.signal('decreaseAggressiveness')
      await control.signal('cycleFinished', finished({ proven: 1, autonomy: 0.9 }))
      const answers = Promise.all([
        control.executeUpdate('command', ordered('decreaseAggressiveness', 'haste')),
        control.executeUpdate('readPolicy'),
      ])
      const asked = await control.query('policy').catch((error) => error.cause.details)
      const done = [...fleet.done]
      goOn()
      expect(asked).toContain('The recorded policy is still being read')
      expect(done).toEqual([])
      expect(await answers).toMatchObject([{ aggressiveness: 3, focus: 'hunter' }, { focus: 'hunter' }])
      expect(await control.query('status')).toMatchObject({ policy: { autonomy: 0.9, paused: true }, proven: 8, unproven: 2 })
      await control.terminate()
    })
  })

  test('carries its state over when it continues as new, without reading the record', async () => {
    const loadPolicy: Activities['loadPolicy'] = () => Promise.reject(new Error('nothing to read'))
    await environment.withActivities(scriptedFleet([], { loadPolicy }).activities, async () => {
      const carried = { policy: recorded, proven: 1, unproven: 2, lastCycle: null, cadenceMinutes: 6 }
      const control = await startOptimizerWorkflow(environment, carried)
      expect(await control.executeUpdate('readPolicy')).toEqual(recorded)
      expect(await control.query('status')).toEqual(carried)
      await control.terminate()
    })
  })
})

describe('an optimizer workflow that answers a command', () => {
  const written: { field: string; by: string }[] = []
  const recordPolicyChange: Activities['recordPolicyChange'] = async ({ before, after, by }) => {
    const changed = Object.keys(after).filter((field) => before[field as keyof Policy] !== after[field as keyof Policy])
    for (const field of changed) written.push({ field, by })
  }
  const commands: [type: string, field: string, details?: object][] = [
    ['increaseAggressiveness', 'aggressiveness'],
    ['setAggressiveness', 'aggressiveness', { level: 1 }],
    ['focusOnAgent', 'focus', { agentId: 'hunter' }],
    ['clearFocus', 'focus'],
    ['reduceResourceConsumption', 'resourceMode'],
    ['optimizeSystemPerformance', 'resourceMode'],
  ]

  test('has recorded it before it answers', async () => {
    await withOptimizerWorkflow(
      environment,
      async (control) => {
        for (const [type, field, details] of commands) {
          await control.executeUpdate('command', ordered(type, 'a test', details))
          expect(written, type).toContainEqual({ field, by: 'ada' })
          written.length = 0
        }
      },
      { recordPolicyChange },
    )
  })

  test('does not answer while it cannot be recorded, and records in the order of the commands', async () => {
    const { promise: away, resolve: goOn } = Promise.withResolvers<void>()
    const levels: number[] = []
    let answered = 0
    await withOptimizerWorkflow(
      environment,
      async (control) => {
        const give = async (level: number) => {
          await control.executeUpdate('command', ordered('setAggressiveness', 'a test', { level }))
          answered++
        }
        const all = [give(5), give(1), give(4)]
        await vi.waitFor(async () => expect(await control.query('policy')).not.toMatchObject({ aggressiveness: 3 }), patienceMs)
        expect(answered).toBe(0)
        goOn()
        await Promise.all(all)
        expect(await control.query('policy')).toMatchObject({ aggressiveness: levels.at(-1) })
      },
      {
        recordPolicyChange: async ({ after }) => {
          await away
          levels.push(after.aggressiveness)
        },
      },
    )
    expect(levels).toHaveLength(3)
  })
})

describe('a command that leaves the policy as it was', () => {
  test('is recorded as such with who gave it, whether by update or by signal', async () => {
    const unchanged: string[] = []
    const recordUnchangedPolicy: Activities['recordUnchangedPolicy'] = async ({ command, by, reason }) => {
      unchanged.push(`${by}: ${command.type}, ${reason}`)
    }
    await withOptimizerWorkflow(
      environment,
      async (control) => {
        const give = (type: string, details?: object) => control.executeUpdate('command', ordered(type, 'a test', details))
        await give('pause')
        await give('focusOnAgent', { agentId: 'hunter' })
        expect(unchanged).toEqual([])
        await give('pause')
        await give('focusOnAgent', { agentId: 'hunter' })
        await give('setAggressiveness', { level: 3 })
        await control.signal('pause', 'again')
        await vi.waitFor(() => expect(unchanged).toHaveLength(4), patienceMs)
        expect(unchanged).toEqual([
          'ada: pause, a test',
          'ada: focusOnAgent, a test',
          'ada: setAggressiveness, a test',
          'signal: pause, again',
        ])
        for (const type of ['abort', 'release'] as const) await give(type, type === 'release' ? { agentId: 'hunter' } : undefined)
        expect(unchanged).toHaveLength(4)
      },
      { recordUnchangedPolicy },
    )
  })
})
