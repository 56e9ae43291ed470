import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type CycleReport, cycleReportResponseSchema } from '../../../src/messaging/orchestrator-protocol.ts'
import { sendRequest } from '../../../src/messaging/request.ts'
import { cycleReportSubject } from '../../../src/messaging/subjects.ts'
import { patienceMs } from '../../support/eventually.ts'
import { type Optimizer, startAgent, startOptimizer } from './optimizer.ts'

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer.stop())

it('the strategic orchestrator responds to the results of a cycle with new autonomy levels', async () => {
  const agent = await startAgent({ agentId: 'strategic-orchestrator', optimizer: optimizer.natsUrl })
  agent.onCycleReport((report) => ({
    autonomy: Object.fromEntries(report.results.map(({ agentId, success }) => [agentId, success ? 0.9 : 0.8])),
    optimizerReputation: 0.75,
  }))
  const report: CycleReport = {
    cycleId: 'cycle-1',
    results: [{ agentId: 'market-hunter', type: 'agent_response_time', verdict: 'keep', success: true, actualImprovement: 30 }],
    recommendations: [],
  }
  const answer = await vi.waitFor(
    () => sendRequest(optimizer.nats, cycleReportSubject, report, cycleReportResponseSchema, 2_000),
    patienceMs,
  )
  expect(answer).toEqual({ autonomy: { 'market-hunter': 0.9 }, optimizerReputation: 0.75 })
  await expect(
    sendRequest(optimizer.nats, cycleReportSubject, { cycleId: 7 }, cycleReportResponseSchema, 2_000),
  ).rejects.toMatchObject({
    code: 'invalid-request',
  })
})
