import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import { patienceMs } from '../support/eventually.ts'
import { scriptedFleet, startWorkflowEnvironment, taskQueue, type WorkflowEnvironment } from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

let runs = 0
const start = (input: unknown) =>
  environment.client.workflow.start('restore', { taskQueue, workflowId: `restore-${++runs}`, args: [input] })

/** Fails until it may not. */
function unreachable(overrides: Partial<Activities> = {}) {
  const agent = { reachable: false, attempts: 0 }
  const restore: Activities['restore'] = async () => {
    agent.attempts++
    if (!agent.reachable) throw new Error('the agent does not answer')
    return { outcome: 'done', issues: [] }
  }
  return { agent, fleet: scriptedFleet([], { restore, ...overrides }) }
}

describe('restoring', () => {
  test('a trial and an agent use one activity each; every request has its own id', async () => {
    const requests: string[] = []
    const rewind: Activities['rewind'] = async ({ requestId }) => {
      requests.push(requestId)
      return { outcome: 'done', issues: ['ttl was no knob then'] }
    }
    const fleet = scriptedFleet([], { rewind })
    await environment.withActivities(fleet.activities, async () => {
      expect(await (await start({ trialId: 'opt_1_a' })).result()).toEqual({ outcome: 'done', issues: [] })
      for (const to of [3, '2026-11-21T11:00:00+01:00'])
        expect(await (await start({ agentId: 'hunter', to, by: 'ada' })).result()).toMatchObject({
          issues: ['ttl was no knob then'],
        })
    })
    expect(fleet.done).toEqual(['restore opt_1_a'])
    expect(new Set(requests).size).toBe(2)
  })

  test.each([[undefined], [{}], [{ agentId: 'hunter' }], [{ agentId: 'hunter', to: 'noon', by: 'ada' }], ['opt_1_a']])(
    'input %j is refused',
    async (input) => {
      await environment.withActivities(scriptedFleet([]).activities, async () => {
        await expect((await start(input)).result()).rejects.toMatchObject({ cause: { type: 'invalid-input' } })
      })
    },
  )

  test('continues when its workflow is cancelled', async () => {
    const { agent, fleet } = unreachable()
    await environment.withActivities(fleet.activities, async () => {
      const handle = await start({ trialId: 'opt_1_a' })
      await vi.waitFor(() => expect(agent.attempts).toBeGreaterThan(0), patienceMs)
      await handle.cancel()
      const before = agent.attempts
      await vi.waitFor(() => expect(agent.attempts).toBeGreaterThan(before), patienceMs)
      agent.reachable = true
      expect(await handle.result()).toEqual({ outcome: 'done', issues: [] })
    })
  })

  test('ends when a person gives it up, with who and why, and not otherwise', async () => {
    const { agent, fleet } = unreachable()
    await environment.withActivities(fleet.activities, async () => {
      const handle = await start({ trialId: 'opt_1_a' })
      await vi.waitFor(() => expect(agent.attempts).toBeGreaterThan(0), patienceMs)
      await expect(handle.executeUpdate('giveUp', { args: [{ by: 'ada' }] })).rejects.toThrow()
      const word = { by: 'ada', reason: 'it was scrapped' }
      expect(await handle.executeUpdate('giveUp', { args: [word] })).toEqual({
        outcome: 'given-up',
        issues: ['it was scrapped'],
      })
      expect(await handle.result()).toMatchObject({ outcome: 'given-up' })
    })
    expect(fleet.done).toEqual(['giveUp ada'])
  })
})
