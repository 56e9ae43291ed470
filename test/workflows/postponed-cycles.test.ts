/** Apart from the other tests of the workflow: these skip the server's time. */
import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import type { OptimizerState } from '../../src/model/cycle.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import { patienceMs } from '../support/eventually.ts'
import {
  type ActivityOverrides,
  type OptimizerWork,
  withOptimizerWorkflow as runOptimizerWorkflow,
  startOptimizerWorkflow,
} from '../support/optimizer-workflow.ts'
import { scriptedFleet, startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

const inOptimizerWorkflow = (work: OptimizerWork, overrides?: ActivityOverrides) =>
  runOptimizerWorkflow(environment, work, overrides)

describe('the optimizer workflow, told of an alert while a freeze window is open,', () => {
  /** Later than the server's time after all that is skipped. */
  const farOff = Date.now() + 31_536_000_000
  /** Answers as in a freeze window until it is removed; knows what was asked for, and what started. */
  const freeze = () => {
    const window = { isOpen: true, asked: [] as (string | null)[], started: [] as (string | null)[] }
    const ask = (agentId: string | null) => {
      window.asked.push(agentId)
      if (window.isOpen) return { until: farOff }
      window.started.push(agentId)
      return undefined
    }
    const overrides: Partial<Activities> = {
      triggerCycle: async (input) => ask(input!.agentId),
      startFocusedCycle: async ({ agentId }) => ask(agentId),
    }
    return { window, overrides }
  }
  const waiting = async (control: WorkflowHandle) =>
    ((await control.query<OptimizerState>('status')).postponed ?? []).map(({ agentId }) => agentId)

  test('the cycle waits, and people are told so; it starts once, soon after the window is removed', async () => {
    const { window, overrides } = freeze()
    await inOptimizerWorkflow(async (control) => {
      for (const agent of ['hunter', 'hunter']) await control.signal('agentUnderperformance', { agent })
      await control.signal('performanceAlert', { severity: 'high' })
      await vi.waitFor(async () => expect(await waiting(control)).toEqual(['hunter', null]), patienceMs)
      await environment.skip('10 minutes')
      await vi.waitFor(() => expect(window.asked).toEqual(['hunter', null, 'hunter', null]), patienceMs)
      await vi.waitFor(async () => expect(await waiting(control)).toEqual(['hunter', null]), patienceMs)
      window.isOpen = false
      await environment.skip('10 minutes')
      await vi.waitFor(() => expect(window.started).toEqual(['hunter', null]), patienceMs)
      await environment.skip('1 day')
      expect(await waiting(control)).toEqual([])
      expect(window.started).toEqual(['hunter', null])
    }, overrides)
  })

  test('the cycle starts after it, although others for alerts started just before', async () => {
    const { window, overrides } = freeze()
    await inOptimizerWorkflow(async (control) => {
      await control.signal('agentUnderperformance', { agent: 'hunter' })
      await vi.waitFor(async () => expect(await waiting(control)).toEqual(['hunter']), patienceMs)
      window.isOpen = false
      for (const agent of ['trader', 'scout']) await control.signal('agentUnderperformance', { agent })
      await vi.waitFor(() => expect(window.started).toEqual(['trader', 'scout']), patienceMs)
      await environment.skip('10 minutes')
      await vi.waitFor(() => expect(window.started).toEqual(['trader', 'scout', 'hunter']), patienceMs)
    }, overrides)
  })

  test('no more than 20 agents wait; an alert about the whole fleet waits all the same', async () => {
    const { window, overrides } = freeze()
    await inOptimizerWorkflow(async (control) => {
      const agents = Array.from({ length: 21 }, (_, index) => `agent-${index}`)
      for (const agent of agents) await control.signal('agentUnderperformance', { agent })
      await control.signal('performanceAlert', { severity: 'high' })
      await vi.waitFor(() => expect(window.asked).toHaveLength(22), patienceMs)
      await vi.waitFor(async () => expect(await waiting(control)).toEqual([...agents.slice(0, 20), null]), patienceMs)
    }, overrides)
  })

  test('what waits is carried on when the workflow continues as new', async () => {
    const { window, overrides } = freeze()
    window.isOpen = false
    const carried = { policy: defaultPolicy, proven: 0, unproven: 0, lastCycle: null, cadenceMinutes: null }
    const { activities } = scriptedFleet([], overrides)
    await environment.withActivities(activities, async () => {
      const postponed = [{ agentId: 'hunter', until: farOff }]
      const control = await startOptimizerWorkflow(environment, { ...carried, postponed })
      expect(await waiting(control)).toEqual(['hunter'])
      await environment.skip('10 minutes')
      await vi.waitFor(() => expect(window.started).toEqual(['hunter']), patienceMs)
      await control.terminate()
    })
  })
})
