import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { registerInstance } from '../../../src/store/agents.ts'
import { deleteReportBatches, ingestReports } from '../../../src/store/reports.ts'
import { announcement, batch, countExecutions, createTestStore, execution, message, type TestStore } from '../../support/store.ts'

let store: TestStore
let agentId: string
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())
beforeEach(async () => {
  agentId = `agent-${randomUUID().slice(0, 8)}`
  await registerInstance(store.db, announcement(agentId, '1'))
})

const stored = () =>
  store.db.selectFrom('agentExecutions').where('agentName', '=', agentId).orderBy('timestamp').selectAll().execute()

test('a batch stores everything it reports', async () => {
  const now = Date.now()
  const answer = await ingestReports(
    store.db,
    batch(agentId, '1', {
      sentAt: now,
      executions: [execution({ at: now - 10, durationMs: 120, output: { confidence: 0.8 }, error: 'timeout', success: false })],
      decisions: [{ id: 'd1', at: now, type: 'trade', reasoning: { confidence: 0.9 } }],
      messages: [message({ at: now, agreed: true, conflictResolutionMs: 7 })],
      states: [{ at: now, autonomy: 0.9, goalProgress: { overall: 0.4 }, lastExecutionAt: now - 10 }],
      selfReports: [{ at: now, apiCallsUsed: 3_000_000_000, cacheHitRate: 0.5 }],
    }),
    now,
  )
  expect(answer).toEqual({ accepted: 5, rejected: [] })
  expect(await stored()).toMatchObject([
    {
      timestamp: new Date(now - 10),
      executionTimeMs: 120,
      success: false,
      errored: true,
      confidence: 0.8,
      instanceId: '1',
      configurationVersion: 1,
    },
  ])
  const ofAgent = { decisions: 'agentDecisions.agent', messages: 'agentMessages.fromAgent' } as const
  expect(await store.db.selectFrom('agentDecisions').where(ofAgent.decisions, '=', agentId).selectAll().execute()).toMatchObject([
    { id: 'd1', reasoning: { confidence: 0.9 }, feedback: {} },
  ])
  expect(await store.db.selectFrom('agentMessages').where(ofAgent.messages, '=', agentId).selectAll().execute()).toMatchObject([
    { toAgent: 'analyzer', agreed: true, conflictResolutionMs: 7, latencyMs: 5 },
  ])
  expect(await store.db.selectFrom('agentState').where('agentId', '=', agentId).selectAll().execute()).toMatchObject([
    { autonomy: 0.9, goalOverall: 0.4, goalPrimary: null, lastExecutionAt: new Date(now - 10) },
  ])
  expect(await store.db.selectFrom('agentSelfReports').where('agentId', '=', agentId).selectAll().execute()).toMatchObject([
    { apiCallsUsed: 3_000_000_000, cacheHitRate: 0.5, successRate: null },
  ])
})

test('a batch that is sent again counts once and gets the same answer, even if both arrive at once', async () => {
  const sent = batch(agentId, '1', { executions: [execution(), { nonsense: true }] })
  const answers = await Promise.all([1, 2, 3].map(() => ingestReports(store.db, sent, Date.now())))
  expect(answers[0]).toMatchObject({ accepted: 1, rejected: [{ list: 'executions', index: 1 }] })
  expect(answers).toEqual([answers[0], answers[0], answers[0]])
  expect(await stored()).toHaveLength(1)
})

test('ids of another agent are no repetitions: its batch, executions and messages with the same ids are stored', async () => {
  const shared = batch(agentId, '1', { executions: [execution()], messages: [message()] })
  const other = `${agentId}-other`
  await registerInstance(store.db, announcement(other, '1'))
  expect(await ingestReports(store.db, shared, Date.now())).toEqual({ accepted: 2, rejected: [] })
  expect(await ingestReports(store.db, { ...shared, agentId: other }, Date.now())).toEqual({ accepted: 2, rejected: [] })
  expect(await ingestReports(store.db, { ...shared, batchId: randomUUID() }, Date.now())).toEqual({ accepted: 2, rejected: [] })
  expect(await Promise.all([agentId, other].map((id) => countExecutions(store.db, id)))).toEqual([1, 1])
  const { id } = shared.messages[0] as { id: string }
  const messages = await store.db.selectFrom('agentMessages').where('id', '=', id).select('fromAgent').execute()
  expect(messages.map(({ fromAgent }) => fromAgent).sort()).toEqual([agentId, other])
})

test('only the malformed entry is rejected, and the answer says which and why', async () => {
  const executions = [
    execution(),
    execution({ durationMs: Number.NaN }),
    execution({ durationMs: -1 }),
    execution({ error: 'a text with a NUL \0' }),
    execution({ output: { text: '\ud800' } }),
    execution({ at: 8.64e15 }),
    execution({ at: 1e300 }),
    execution({ version: 2 ** 40 }),
    null,
    execution(),
  ]
  const answer = await ingestReports(store.db, batch(agentId, '1', { executions }), Date.now())
  expect(answer.accepted).toBe(2)
  expect(answer.rejected.map(({ index }) => index).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(answer.rejected).toContainEqual({ list: 'executions', index: 2, reason: expect.stringContaining('durationMs') })
  for (const { reason } of answer.rejected) expect(reason).not.toBe('')
  expect(await stored()).toHaveLength(2)
})

test('timestamps from a clock that is hours off are corrected; those from a slightly slow one are not', async () => {
  const now = Date.now()
  const hour = 3_600_000
  await ingestReports(
    store.db,
    batch(agentId, '1', { sentAt: now + hour, executions: [execution({ at: now + hour - 500 })] }),
    now,
  )
  await ingestReports(
    store.db,
    batch(agentId, '1', { sentAt: now - hour, executions: [execution({ at: now - hour - 400 })] }),
    now,
  )
  await ingestReports(store.db, batch(agentId, '1', { sentAt: now - 3_000, executions: [execution({ at: now - 3_300 })] }), now)
  expect((await stored()).map(({ timestamp }) => timestamp.getTime() - now)).toEqual([-3_300, -500, -400])
})

test('an execution that finished after its report was sent is rejected, because it would remain the newest forever', async () => {
  const now = Date.now()
  const answer = await ingestReports(
    store.db,
    batch(agentId, '1', { sentAt: now, executions: [execution({ at: now + 3_600_000 })] }),
    now,
  )
  expect(answer).toMatchObject({ accepted: 0, rejected: [{ index: 0 }] })
})

test('a wrong sentAt moves nothing to another age: an entry counts if it happened in the week before it was sent', async () => {
  const now = Date.now()
  const week = 604_800_000
  const of2099 = Date.parse('2099-01-01T00:00:00Z')
  const send = (sentAt: number, at: number) =>
    ingestReports(store.db, batch(agentId, '1', { sentAt, executions: [execution({ at })] }), now)
  const refused = { accepted: 0, rejected: [{ reason: expect.stringContaining('at: is more than a week before sentAt') }] }
  expect(await send(of2099, now)).toMatchObject(refused)
  expect(await send(8.64e15, now)).toMatchObject(refused)
  expect(await send(now, now - week - 1)).toMatchObject(refused)
  expect(await send(0, now)).toMatchObject({ accepted: 0, rejected: [{ reason: expect.stringContaining('later than') }] })
  expect(await stored()).toEqual([])
  expect(await send(of2099, of2099 - 300)).toMatchObject({ accepted: 1 })
  expect(await send(1_000, 700)).toMatchObject({ accepted: 1 })
  expect(await send(now, now - week)).toMatchObject({ accepted: 1 })
  expect((await stored()).map(({ timestamp }) => now - timestamp.getTime())).toEqual([week, 300, 300])
})

test('an entry with an unknown field, or nested too deeply, costs only itself and is named', async () => {
  const deep = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)
  const executions = [
    execution(),
    { ...execution(), costUsd: 1 },
    execution({ output: deep }),
    { ...execution(), 'x\0': 1 },
    execution(),
  ]
  const answer = await ingestReports(store.db, batch(agentId, '1', { executions }), Date.now())
  expect(answer).toMatchObject({
    accepted: 2,
    rejected: [
      { index: 1, reason: expect.stringContaining('"costUsd"') },
      { index: 2, reason: 'output: is nested more than 50 levels deep' },
      { index: 3, reason: expect.stringContaining('Unrecognized key') },
    ],
  })
  expect(await stored()).toHaveLength(2)
})

test('the answer to a batch of nothing but unusable entries fits in a NATS message', async () => {
  const unusable = Array.from({ length: 5_000 }, () => ({ ['ü'.repeat(50)]: 1 }))
  const answer = await ingestReports(store.db, batch(agentId, '1', { selfReports: unusable, executions: unusable }), Date.now())
  expect(answer.rejected).toHaveLength(10_000)
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(1024 * 1024)
})

test('reports from an agent that never announced itself are refused', async () => {
  const sent = batch('nobody', '1', { executions: [execution()] })
  await expect(ingestReports(store.db, sent, Date.now())).rejects.toMatchObject({ code: 'unknown-agent' })
})

test('the largest batch the protocol allows is stored', async () => {
  const executions = Array.from({ length: 5_000 }, () => execution())
  const messages = Array.from({ length: 5_000 }, () => message())
  expect(await ingestReports(store.db, batch(agentId, '1', { executions, messages }), Date.now())).toEqual({
    accepted: 10_000,
    rejected: [],
  })
  expect(await stored()).toHaveLength(5_000)
})

test('batches from before a given time are deleted, so that their list does not grow forever', async () => {
  const old = batch(agentId, '1', { executions: [execution()] })
  const recent = batch(agentId, '1')
  await ingestReports(store.db, old, Date.now())
  await ingestReports(store.db, recent, Date.now())
  const received = new Date('2030-01-01T00:00:00Z')
  await store.db
    .updateTable('reportBatches')
    .set({ receivedAt: new Date(received.getTime() - 1) })
    .where('batchId', '=', old.batchId)
    .execute()
  await store.db.updateTable('reportBatches').set({ receivedAt: received }).where('batchId', '=', recent.batchId).execute()
  await deleteReportBatches(store.db, received)
  const left = await store.db
    .selectFrom('reportBatches')
    .where('batchId', 'in', [old.batchId, recent.batchId])
    .select('batchId')
    .execute()
  expect(left).toEqual([{ batchId: recent.batchId }])
  expect(await stored()).toHaveLength(1)
})
