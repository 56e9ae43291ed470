import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { reportResponseSchema } from '../../../src/messaging/protocol.ts'
import { sendRequest } from '../../../src/messaging/request.ts'
import { gatewaySubjects } from '../../../src/messaging/subjects.ts'
import { patienceMs } from '../../support/eventually.ts'
import { assignNew, newName, type Optimizer, startAgent, startOptimizer } from './optimizer.ts'

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer.stop())

const executionsOf = (agentId: string) =>
  optimizer.db.selectFrom('agentExecutions').where('agentName', '=', agentId).selectAll().orderBy('timestamp').execute()

describe.each(['nats', 'http'] as const)('reports over %s', (transport) => {
  const start = (agentId: string) =>
    startAgent({ agentId, optimizer: transport === 'nats' ? optimizer.natsUrl : optimizer.httpUrl })

  it('state for each unit of work how long it took and whether it succeeded', async () => {
    const agentId = newName()
    const agent = await start(agentId)
    expect(await agent.run('decision_cycle', () => 42)).toBe(42)
    await expect(
      agent.run('decision_cycle', () => {
        throw new Error('source away')
      }),
    ).rejects.toThrow('source away')
    await agent.flush()
    const rows = await executionsOf(agentId)
    expect(rows).toHaveLength(2)
    expect(rows.find((row) => row.success)).toMatchObject({
      executionType: 'decision_cycle',
      instanceId: `${agentId}-1`,
      errorMessage: null,
    })
    expect(rows.find((row) => !row.success)).toMatchObject({
      errorMessage: 'source away',
      errored: true,
      configurationVersion: 1,
    })
    for (const row of rows) expect(row.executionTimeMs).toBeGreaterThanOrEqual(0)
  })

  it('carry the version that was in force when the work started', async () => {
    const agentId = newName()
    const agent = await start(agentId)
    await agent.run('decision_cycle', async (configuration) => {
      await assignNew(optimizer.db, agentId, { poolSize: 8, cache: false })
      await vi.waitFor(() => expect(agent.configuration.version).toBe(2), patienceMs)
      expect(configuration.version).toBe(1)
    })
    await agent.run('decision_cycle', () => undefined)
    await agent.flush()
    // Both may have ended in the same millisecond.
    expect((await executionsOf(agentId)).map((row) => row.configurationVersion).sort()).toEqual([1, 2])
  })

  it('carry metrics that the work recorded, and scores that come later', async () => {
    const agentId = newName()
    const metrics = [{ name: 'toolCalls', kind: 'count', direction: 'lower' }] as const
    const agent = await startAgent({
      agentId,
      optimizer: transport === 'nats' ? optimizer.natsUrl : optimizer.httpUrl,
      metrics: [...metrics],
    })
    const id = await agent.run('answer', (_, execution) => {
      execution.record({ costUsd: 0.003, toolCalls: 2 })
      return execution.id
    })
    agent.reportScore(id, { qualityScore: 0.9 })
    await agent.flush()
    expect(await executionsOf(agentId)).toMatchObject([{ id, metrics: { costUsd: 0.003, toolCalls: 2, qualityScore: 0.9 } }])
    expect(agent.losses).toEqual({ refused: 0, dropped: 0, rejected: 0 })
  })

  it('with a metric that nobody declared are refused, and counted', async () => {
    const agentId = newName()
    const agent = await start(agentId)
    await agent.run('answer', (_, execution) => execution.record({ niceness: 1 }))
    await agent.flush()
    expect(agent.losses.rejected).toBe(1)
    expect(await executionsOf(agentId)).toEqual([])
  })

  it('of all five types arrive', async () => {
    const agentId = newName()
    const agent = await start(agentId)
    agent.reportDecision({ type: 'buy', outcome: { confidence: 0.8 } })
    agent.reportMessage({ to: 'market-analyzer', type: 'proposal', delivered: true, agreed: false, latencyMs: 3 })
    agent.reportState({ autonomy: 0.5, reputation: 0.7, isRunning: true })
    agent.selfReport({ cacheHitRate: 0.4 })
    await agent.flush()
    const { db } = optimizer
    const [decisions, messages, states, reports] = await Promise.all([
      db.selectFrom('agentDecisions').where('agent', '=', agentId).selectAll().execute(),
      db.selectFrom('agentMessages').where('fromAgent', '=', agentId).selectAll().execute(),
      db.selectFrom('agentState').where('agentId', '=', agentId).selectAll().execute(),
      db.selectFrom('agentSelfReports').where('agentId', '=', agentId).selectAll().execute(),
    ])
    expect(decisions).toMatchObject([{ type: 'buy', outcome: { confidence: 0.8 } }])
    expect(messages).toMatchObject([{ toAgent: 'market-analyzer', agreed: false, latencyMs: 3, configurationVersion: 1 }])
    expect(states).toMatchObject([{ autonomy: 0.5, isRunning: true }])
    expect(reports).toMatchObject([{ cacheHitRate: 0.4 }])
    expect(agent.losses).toEqual({ refused: 0, dropped: 0, rejected: 0 })
  })

  it('with NaN or a negative duration are refused by the call and counted; the others arrive', async () => {
    const agentId = newName()
    const agent = await start(agentId)
    agent.reportExecution({ type: 'cycle', durationMs: Number.NaN, success: true })
    agent.reportExecution({ type: 'cycle', durationMs: -5, success: true })
    agent.reportExecution({ type: 'cycle', durationMs: 5, success: true })
    await agent.flush()
    expect(agent.losses.refused).toBe(2)
    expect(await executionsOf(agentId)).toMatchObject([{ executionTimeMs: 5 }])
  })
})

describe('a batch of reports', () => {
  const execution = (changes: object = {}) => ({
    id: randomUUID(),
    at: Date.now(),
    type: 'cycle',
    durationMs: 5,
    success: true,
    version: 1,
    ...changes,
  })
  const send = (agentId: string, batch: object) =>
    sendRequest(
      optimizer.nats,
      gatewaySubjects.report,
      { agentId, instanceId: `${agentId}-1`, batchId: randomUUID(), sentAt: Date.now(), ...batch },
      reportResponseSchema,
      5_000,
    )
  const known = async () => {
    const agentId = newName()
    await startAgent({ agentId, optimizer: optimizer.natsUrl })
    return agentId
  }

  it('that is sent again counts once and gets the same answer', async () => {
    const agentId = await known()
    const batch = { batchId: randomUUID(), executions: [execution(), execution()] }
    expect(await send(agentId, batch)).toEqual({ accepted: 2, rejected: [] })
    expect(await send(agentId, batch)).toEqual({ accepted: 2, rejected: [] })
    expect(await executionsOf(agentId)).toHaveLength(2)
  })

  it('loses only its malformed entries, and the answer names them', async () => {
    const agentId = await known()
    const executions = [execution({ durationMs: -1 }), execution(), 'nonsense', execution({ durationMs: null })]
    const answer = await send(agentId, { executions })
    expect(answer.accepted).toBe(1)
    expect(answer.rejected.map(({ list, index }) => [list, index])).toEqual([
      ['executions', 0],
      ['executions', 2],
      ['executions', 3],
    ])
    expect(await executionsOf(agentId)).toHaveLength(1)
  })

  it('from a sender whose clock is off by an hour is stored with corrected times', async () => {
    const agentId = await known()
    const anHour = 3_600_000
    const sentAt = Date.now() - anHour
    await send(agentId, { sentAt, executions: [execution({ at: sentAt - 1_000 })] })
    const [row] = await executionsOf(agentId)
    expect(Math.abs(Date.now() - 1_000 - row!.timestamp.getTime())).toBeLessThan(5_000)
  })

  it('from an agent that was never announced is refused', async () => {
    await expect(send('nobody', { executions: [execution()] })).rejects.toMatchObject({ code: 'unknown-agent' })
  })
})
