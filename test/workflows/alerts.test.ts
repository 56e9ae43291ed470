import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ControlWork, withControl as runWithControl } from '../support/control.ts'
import { patienceMs } from '../support/eventually.ts'
import { scriptedFleet, startWorkflowEnvironment, taskQueue, type WorkflowEnvironment } from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

const withControl = (work: ControlWork) => runWithControl(environment, work)
const count = (done: string[], what: string) => done.filter((each) => each.startsWith(what)).length

describe('the control workflow', () => {
  test('starts a cycle and shortens the time between cycles on a performance alert, and starts no second one soon after', async () => {
    await withControl(async (control, done) => {
      await control.signal('performanceAlert', { severity: 'critical', reason: 'everything is slow' })
      await control.signal('performanceAlert', { severity: 'critical' })
      await vi.waitFor(() => expect(count(done, 'setCadence')).toBe(2), patienceMs)
      expect(count(done, 'triggerCycle')).toBe(1)
    })
  })

  test('starts a cycle of the agent that underperforms', async () => {
    await withControl(async (control, done) => {
      await control.signal('agentUnderperformance', { agent: 'hunter' })
      await control.signal('agentUnderperformance', { agent: 'analyzer' })
      await control.signal('agentUnderperformance', { agent: 'hunter' })
      await vi.waitFor(() => expect(count(done, 'startFocusedCycle')).toBe(2), patienceMs)
      expect(done.join()).toContain('startFocusedCycle hunter')
    })
  })

  test('saves resources while one is short, and no longer', async () => {
    await withControl(async (control) => {
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
    await withControl(async (control) => {
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
    await withControl(async (control) => {
      await control.signal('resourceConstraintWarning', { resource: 'cpuPercent' })
      await control.signal('reduceResourceConsumption')
      await control.signal('resourceConstraintWarning', { resource: 'cpuPercent', isOver: true })
      expect(await control.executeUpdate('readPolicy')).toMatchObject({ resourceMode: 'reduce' })
    })
  })

  test('leaves it to a person who asked for less consumption before', async () => {
    await withControl(async (control) => {
      await control.signal('reduceResourceConsumption')
      await control.signal('resourceConstraintWarning', { resource: 'cpuPercent' })
      await control.signal('resourceConstraintWarning', { resource: 'cpuPercent', isOver: true })
      expect(await control.executeUpdate('readPolicy')).toMatchObject({ resourceMode: 'reduce' })
    })
  })

  test('ignores what is no alert', async () => {
    await withControl(async (control, done) => {
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
