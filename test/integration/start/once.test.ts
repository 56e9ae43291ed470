import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runCycles } from '../../../src/start/once.ts'
import { eventually } from '../../support/eventually.ts'
import { System } from '../../support/system.ts'

let system: System
beforeAll(async () => {
  system = await System.start()
})
afterAll(() => system?.stop())

test('a cycle that fails is reported in one sentence, and the next one runs', async () => {
  const said = vi.spyOn(console, 'log').mockReturnValue()
  const { workflow } = system.client.temporal
  const running = runCycles(system.client, 2, new AbortController().signal)
  const first = await eventually('a cycle', async () => {
    for await (const { workflowId } of workflow.list({ query: "WorkflowType = 'optimizationCycle'" })) return workflowId
    return undefined
  })
  await workflow.getHandle(first).terminate('a test ends it')
  system.startWorker()
  const completed = await running
  const failures = said.mock.calls.flat().filter((line) => line.startsWith('A cycle failed: '))
  said.mockRestore()
  expect(failures).toHaveLength(1)
  expect(completed).toEqual([expect.not.stringMatching(first)])
})

test('if every cycle fails, so does the run', async () => {
  await system.killWorkers()
  const { workflow } = system.client.temporal
  const failed = expect(runCycles(system.client, 1, new AbortController().signal)).rejects.toThrow(/terminated/i)
  const only = await eventually('a cycle', async () => {
    const query = "WorkflowType = 'optimizationCycle' AND ExecutionStatus = 'Running'"
    for await (const { workflowId } of workflow.list({ query })) return workflowId
    return undefined
  })
  await workflow.getHandle(only).terminate()
  await failed
})

// Calls still under way then would end this process when the client is closed and its server goes.
test('a run that is interrupted in mid-cycle ends at once with the results so far, and the cycle continues', async () => {
  const interrupted = new AbortController()
  const { workflow } = system.client.temporal
  const running = runCycles(system.client, 2, interrupted.signal)
  const cycle = await eventually('a cycle', async () => {
    const query = "WorkflowType = 'optimizationCycle' AND ExecutionStatus = 'Running'"
    for await (const { workflowId } of workflow.list({ query })) return workflowId
    return undefined
  })
  interrupted.abort()
  expect(await running).toEqual([cycle])
  expect((await workflow.getHandle(cycle).describe()).status.name).toBe('RUNNING')
})
