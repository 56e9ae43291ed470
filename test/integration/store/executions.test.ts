import { randomUUID } from 'node:crypto'
import { CompiledQuery, createQueryId, type KyselyPlugin, PostgresQueryCompiler, type RootOperationNode, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Heartbeat } from '../../../src/messaging/protocol.ts'
import { loadMetricHistory } from '../../../src/store/agent-metrics.ts'
import { recordHeartbeat, registerInstance } from '../../../src/store/agents.ts'
import type { Database } from '../../../src/store/database.ts'
import { listInstanceExecutions, listNewestExecutionsByAgent } from '../../../src/store/executions.ts'
import { listExecutionsInFlight } from '../../../src/store/executions-in-flight.ts'
import { listNegotiations, loadMessageStatistics } from '../../../src/store/messages.ts'
import { ensurePartitions } from '../../../src/store/partitions.ts'
import { readRecentExecutions } from '../../../src/store/recent-executions.ts'
import { listReportingRates } from '../../../src/store/reporting-rates.ts'
import { ingestReports } from '../../../src/store/reports.ts'
import { listLatestStates } from '../../../src/store/states.ts'
import { announcement, batch, createTestStore, execution, message, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

const minute = 60_000

test('the newest 50 executions of every agent come from the index alone, across partitions', async () => {
  const { db } = store
  await ensurePartitions(db, new Date('2024-03-01T00:00:00Z'), 3)
  await sql`
    insert into agent_executions (timestamp, agent_name, execution_type, execution_time_ms)
    select at + n * interval '10 seconds', 'agent-' || n % 5, 'x', n
    from generate_series(1, 25000) n, (values ('2024-03-01T00:00:00Z'::timestamptz)) start (at)
    union all select now() - n * interval '1 second', 'agent-4', 'x', n from generate_series(1, 1000) n`.execute(db)
  for (let n = 0; n < 5; n++) await registerInstance(db, announcement(`agent-${n}`, '1'))
  await sql`vacuum analyze agent_executions`.execute(db)
  const { db: recorded, statements } = recordStatements(db)
  const { executions } = await readRecentExecutions(recorded)
  const [rare, busy] = ['agent-3', 'agent-4'].map((id) => executions.find(({ agentId }) => agentId === id))
  expect(rare?.durationMs).toEqual(Array.from({ length: 50 }, (_, i) => 24_998 - 5 * i))
  expect(busy?.durationMs).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
  // One of the last day, and another one of agents that work rarely.
  const reads = statements().filter(({ sql: text }) => text.includes('execution_time_ms'))
  expect(reads).toHaveLength(2)
  const plans = await Promise.all(reads.map((statement) => planOf(statement)))
  for (const plan of plans) {
    const reading = nodesOf(plan).filter(
      (node) => node['Relation Name']?.startsWith('agent_executions') && node['Actual Rows']! > 0,
    )
    expect(reading.length).toBeGreaterThan(0)
    expect(reading.map((node) => [node['Node Type'], node['Heap Fetches']])).toEqual(reading.map(() => ['Index Only Scan', 0]))
  }
})

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows'?: number
  'Heap Fetches'?: number
  Plans?: PlanNode[]
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** How PostgreSQL carries out a statement. */
async function planOf({ sql: text, parameters }: CompiledQuery): Promise<PlanNode> {
  const { rows } = await store.db.executeQuery(CompiledQuery.raw(`explain (analyze, format json) ${text}`, [...parameters]))
  return (rows as { 'QUERY PLAN': [{ Plan: PlanNode }] }[])[0]!['QUERY PLAN'][0].Plan
}

/** A database that notes the statements that are sent to it. */
function recordStatements(db: Database): { db: Database; statements(): CompiledQuery[] } {
  const sent: RootOperationNode[] = []
  const recorder: KyselyPlugin = {
    transformQuery: ({ node }) => {
      sent.push(node)
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const compile = (node: RootOperationNode) => new PostgresQueryCompiler().compileQuery(node, createQueryId())
  return { db: db.withPlugin(recorder), statements: () => sent.map(compile) }
}

test('an agent that works rarely has its newest executions within a day and before, each once', async () => {
  const { db } = store
  await registerInstance(db, announcement('seldom', '1'))
  await ensurePartitions(db, new Date(Date.now() - 3 * 24 * 60 * minute), 4)
  await sql`
    insert into agent_executions (timestamp, agent_name, execution_type, execution_time_ms)
    select now() - n * interval '10 hours', 'seldom', 'x', n from generate_series(1, 6) n`.execute(db)
  const read = async (limit: number) =>
    (await listNewestExecutionsByAgent(db, ['seldom', 'agent-4'], limit)).flatMap(({ agentId, durationMs }) =>
      agentId === 'seldom' ? [durationMs] : [],
    )
  expect(await read(50)).toEqual([1, 2, 3, 4, 5, 6])
  expect(await read(4)).toEqual([1, 2, 3, 4])
  expect(await read(2)).toEqual([1, 2])
})

test('how often an agent works and reports a metric comes in one row, of its newest executions', async () => {
  await registerInstance(store.db, announcement('paid', '1'))
  const at = (minutes: number) => Date.now() - minutes * minute
  const executions = [1, 2, 3, 4].map((minutes) =>
    execution({ at: at(minutes), ...(minutes % 2 === 0 && { metrics: { costUsd: 0.1 } }) }),
  )
  await ingestReports(store.db, batch('paid', '1', { executions }), Date.now())
  const wanted = ['costUsd', 'tokens'].map((metric) => ({ agentId: 'paid', metric }))
  const times = executions.slice(0, 3).map((each) => each.at)
  expect(await listReportingRates(store.db, [...wanted, { agentId: 'unknown', metric: 'costUsd' }], 3)).toEqual([
    { agentId: 'paid', metric: 'costUsd', times, reporting: 1 },
    { agentId: 'paid', metric: 'tokens', times, reporting: 0 },
  ])
})

test('a trial sees the executions of its versions, instances and time, oldest first', async () => {
  await registerInstance(store.db, announcement('hunter', '1'))
  const start = Date.now() - 10 * minute
  const at = (minutes: number) => start + minutes * minute
  await ingestReports(
    store.db,
    batch('hunter', '1', {
      executions: [
        execution({ at: at(3), version: 2, durationMs: 30 }),
        execution({ at: at(1), version: 1, durationMs: 10 }),
        execution({ at: at(2), version: 2, durationMs: 20, success: false }),
      ],
    }),
    Date.now(),
  )
  await ingestReports(store.db, batch('hunter', '2', { executions: [execution({ at: at(2), version: 2 })] }), Date.now())
  const ofTrial = { agentId: 'hunter', versions: [2, 7], instanceIds: ['1'], from: new Date(at(1)) }
  expect(await listInstanceExecutions(store.db, ofTrial)).toEqual([
    {
      id: expect.any(String),
      at: at(2),
      instance: '1',
      version: 2,
      durationMs: 20,
      success: false,
      errored: false,
      confidence: null,
      metrics: null,
      type: expect.any(String),
    },
    {
      id: expect.any(String),
      at: at(3),
      instance: '1',
      version: 2,
      durationMs: 30,
      success: true,
      errored: false,
      confidence: null,
      metrics: null,
      type: expect.any(String),
    },
  ])
  expect(await listInstanceExecutions(store.db, { ...ofTrial, from: new Date(at(2.5)) })).toHaveLength(1)
  expect((await listInstanceExecutions(store.db, { ...ofTrial, to: new Date(at(3) - 30) })).map((e) => e.at)).toEqual([at(2)])
  const inFlight = { ...ofTrial, from: new Date(at(2) - 10) }
  expect((await listInstanceExecutions(store.db, inFlight)).map((e) => e.at)).toEqual([at(3)])
  expect(await listInstanceExecutions(store.db, { ...ofTrial, instanceIds: [] })).toEqual([])
  expect(await listInstanceExecutions(store.db, { ...ofTrial, instanceIds: ['1', '2'] })).toHaveLength(3)
  const [newest] = await listNewestExecutionsByAgent(store.db, ['hunter'])
  expect(newest).toMatchObject({ agentId: 'hunter', at: at(3), durationMs: 30 })
})

test('a trial sees the executions in flight of its versions, instances and time, until they are reported', async () => {
  const { db } = store
  const [running, young, finished] = [randomUUID(), randomUUID(), randomUUID()]
  const now = Date.now()
  for (const instanceId of ['1', '2']) await registerInstance(db, announcement('slow', instanceId))
  const beat = (instanceId: string, inFlight?: Heartbeat['inFlight']) =>
    recordHeartbeat(
      db,
      { agentId: 'slow', instanceId, version: 1, values: { cacheSize: 2, parallelism: 2 }, sentAt: now, inFlight },
      now,
    )
  const of = (id: string, runningMs: number, version = 1) => ({ id, type: 'hunt', version, runningMs })
  await beat('1', [
    of(randomUUID(), 90_000),
    of(running, 30_000),
    of(finished, 20_000),
    of(young, 1_500),
    of(randomUUID(), 1_200, 7),
  ])
  await beat('2', [of(randomUUID(), 2_000)])
  // A heartbeat without any changes nothing.
  await beat('1')
  await ingestReports(db, batch('slow', '1', { executions: [execution({ id: finished, durationMs: 20_500 })] }), now)
  const ofTrial = { agentId: 'slow', versions: [1, 3], instanceIds: ['1'], from: new Date(now - minute) }
  expect(await listExecutionsInFlight(db, ofTrial)).toEqual([
    { at: now, instance: '1', type: 'hunt', durationMs: 30_000 },
    { at: now, instance: '1', type: 'hunt', durationMs: 1_500 },
  ])
  expect(await listExecutionsInFlight(db, { ...ofTrial, instanceIds: ['1', '2'] })).toHaveLength(3)
  expect(await listExecutionsInFlight(db, { ...ofTrial, instanceIds: [] })).toEqual([])
})

test('an undelivered negotiation counts as not agreed; a message without negotiation does not count', async () => {
  await registerInstance(store.db, announcement('talker', '1'))
  const now = Date.now()
  const sent = [
    message({ at: now - 4_000, agreed: true }),
    message({ at: now - 3_000, agreed: false }),
    message({ at: now - 2_000, delivered: false, latencyMs: undefined }),
    message({ at: now - 1_000 }),
  ]
  await ingestReports(store.db, batch('talker', '1', { messages: sent }), now)
  const window = { agentId: 'talker', instanceIds: ['1'], from: new Date(now - minute) }
  expect(await listNegotiations(store.db, window)).toEqual([
    { at: now - 4_000, instance: '1', version: 1, agreed: true, latencyMs: 5, conflictResolutionTimeMs: null },
    { at: now - 3_000, instance: '1', version: 1, agreed: false, latencyMs: 5, conflictResolutionTimeMs: null },
    { at: now - 2_000, instance: '1', version: 1, agreed: false, latencyMs: null, conflictResolutionTimeMs: null },
  ])
  expect(await listNegotiations(store.db, { ...window, to: new Date(now - 3_000) })).toHaveLength(1)
  expect(await listNegotiations(store.db, { ...window, versions: [2] })).toEqual([])
})

test('an undelivered message of two agents that never negotiate is no negotiation', async () => {
  for (const agentId of ['caller', 'negotiator']) await registerInstance(store.db, announcement(agentId, '1'))
  const now = Date.now()
  const calls = [message({ at: now - 2_000 }), message({ at: now - 1_000, delivered: false, latencyMs: undefined })]
  await ingestReports(store.db, batch('caller', '1', { messages: calls }), now)
  const window = { agentId: 'caller', instanceIds: ['1'], from: new Date(now - minute) }
  expect(await listNegotiations(store.db, window)).toEqual([])
  const negotiations = [message({ at: now - 3 * minute, agreed: true }), message({ at: now - 1_000, delivered: false })]
  await ingestReports(store.db, batch('negotiator', '1', { messages: negotiations }), now)
  // Since all of them failed, they agreed to nothing.
  expect(await listNegotiations(store.db, { ...window, agentId: 'negotiator' })).toMatchObject([{ agreed: false }])
  expect(await loadMessageStatistics(store.db, ['caller', 'negotiator'])).toMatchObject([
    { fromAgent: 'caller', messages: 2, delivered: 1, negotiations: 0, negotiatedAt: null },
    { fromAgent: 'negotiator', messages: 2, delivered: 1, negotiations: 2, agreed: 1 },
  ])
})

test('rows that an agent wrote itself, with numbers and dates beyond use, cost the other agents and rows nothing', async () => {
  const { db } = store
  for (const agentId of ['healthy', 'writer']) await registerInstance(db, announcement(agentId, '1'))
  await ingestReports(
    db,
    batch('healthy', '1', { executions: [execution({ durationMs: 7 })], messages: [message()] }),
    Date.now(),
  )
  await sql`
    insert into agent_executions (timestamp, agent_name, execution_type, execution_time_ms, instance_id, configuration_version) values
      (now(), 'writer', 'x', 1.8e19, '1', 1), (now(), 'writer', 'x', -5, '1', 1), ('infinity', 'writer', 'x', 5, '1', 1),
      ('2099-01-01', 'writer', 'x', 5, '1', 1), ('-infinity', 'writer', 'x', 5, '1', 1), (now(), 'writer', 'x', 9, '1', 1)`.execute(
    db,
  )
  await sql`
    insert into agent_messages (timestamp, from_agent, to_agent, type, latency_ms, delivered) values
      (now(), 'writer', 'x', 'x', 1e308, true), (now(), 'writer', 'x', 'x', 1e308, true), ('infinity', 'writer', 'x', 'x', 1, true)`.execute(
    db,
  )
  await sql`
    insert into agent_state (timestamp, agent_id, instance_id, reputation, last_execution_at) values
      (now(), 'writer', '1', 1e300, 'infinity'), ('infinity', 'writer', '1', 0.5, now())`.execute(db)
  await sql`insert into agent_metrics (agent_id, at, response_time) values ('writer', date_trunc('hour', now() - interval '1 day'), 1e308),
    ('writer', date_trunc('hour', now() - interval '1 day') + interval '1 minute', 1e308)`.execute(db)

  const window = { instanceIds: ['1'], from: new Date(Date.now() - minute), versions: [1] }
  const durations = async (agentId: string) =>
    (await listInstanceExecutions(db, { agentId, ...window, to: new Date(Date.now() + minute) })).map(
      ({ durationMs }) => durationMs,
    )
  expect([await durations('healthy'), await durations('writer')]).toEqual([[7], [9]])
  const newest = await listNewestExecutionsByAgent(db, ['healthy', 'writer'])
  expect(newest.map(({ durationMs }) => durationMs).sort()).toEqual([7, 9, null, null])
  const pairs = await loadMessageStatistics(db, ['healthy', 'writer'])
  expect(pairs.map(({ fromAgent, latencyMs }) => [fromAgent, latencyMs.mean])).toEqual([
    ['healthy', 5],
    ['writer', null],
  ])
  expect(await listLatestStates(db, ['writer'])).toMatchObject([{ reputation: null, lastExecutionAt: null }])
  expect((await loadMetricHistory(db)).writer?.responseTime).toEqual([])
})
