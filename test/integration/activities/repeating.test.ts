/** Temporal runs an activity again when an attempt fails, and when the answer of one that succeeded is lost. */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createCollectActivity } from '../../../src/activities/collect.ts'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { createDetectActivity, createReadPlanActivity } from '../../../src/activities/detect.ts'
import { createPlanActivity } from '../../../src/activities/plan.ts'
import { createReportActivity } from '../../../src/activities/report.ts'
import { sendCycleReport } from '../../../src/activities/send-cycle-report.ts'
import { configSchema } from '../../../src/config/config.ts'
import type { CollectResult, DetectResult, PlanPage } from '../../../src/contract/activities.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import { type CycleReport, cycleReportSchema } from '../../../src/messaging/orchestrator-protocol.ts'
import { detectedBottleneckSchema } from '../../../src/messaging/performance.ts'
import { cycleReportSubject, performanceSubjects } from '../../../src/messaging/subjects.ts'
import { countJsonBytes, maxPayloadBytes } from '../../../src/model/payload.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { startNats } from '../../../src/servers/nats.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { recordCycleStart } from '../../../src/store/cycles.ts'
import { listOutboxMessages } from '../../../src/store/outbox.ts'
import { recordUndo, upsertResult } from '../../../src/store/results.ts'
import { insertSnapshot } from '../../../src/store/snapshots.ts'
import { listCycleStrategies } from '../../../src/store/strategies.ts'
import { listUnreportedResults } from '../../../src/store/unreported-results.ts'
import { patienceMs } from '../../support/eventually.ts'
import { agentKnobs, agentProfile, snapshot } from '../../support/profiles.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

let store: TestStore
let server: Awaited<ReturnType<typeof startNats>>
let nats: NatsConnection
let dependencies: Dependencies
const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-repeating-'))
beforeAll(async () => {
  server = await startNats(dataDir, 0, () => {})
  nats = await connectNats(server.url, 'a test')
})
afterAll(async () => {
  await nats?.close()
  await server?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

let cycles = 0
let cycle: { cycleId: string; runId: string }
beforeEach(async () => {
  store = await createTestStore()
  dependencies = { db: store.db, nats, config: configSchema.parse({ dataDir }) } as Dependencies
  cycle = { cycleId: `cycle-${++cycles}`, runId: 'run-1' }
  for (const agentId of ['hunter', 'analyzer']) await register(agentId)
  return () => store.drop()
})

const register = (agentId: string) =>
  registerInstance(store.db, announcement(agentId, `${agentId}-1`, { knobs: agentKnobs }), Date.now())

/** The result that a collect would have left of agents that are over every threshold. */
async function collected(agentIds = ['hunter', 'analyzer']): Promise<CollectResult> {
  const slow = { responseTime: 4_000, successRate: 0.6, coordinationScore: 0.5 }
  const seen = snapshot(agentIds.map((agentId) => agentProfile(agentId, slow)))
  const snapshotId = `${cycle.cycleId}/${cycle.runId}`
  await recordCycleStart(store.db, { id: cycle.cycleId, runId: cycle.runId })
  await insertSnapshot(store.db, { ...seen, id: snapshotId }, cycle.cycleId)
  return { snapshotId, agents: agentIds.length, gaps: [], collectMs: 1 }
}

/** Everything the activities wrote. */
async function rows(): Promise<Record<string, unknown[]>> {
  const tables = [
    'cycles',
    'snapshots',
    'bottlenecks',
    'strategies',
    'agent_metrics',
    'system_metrics',
    'agent_state',
    'activity_answers',
  ]
  const read = async (table: string) => (await sql`select * from ${sql.table(table)} order by 1, 2`.execute(store.db)).rows
  return Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await read(table)] as const)))
}

/** Lets PostgreSQL refuse what is inserted into a table, while the work runs. */
async function whileFailing(table: string, work: () => Promise<unknown>): Promise<void> {
  await sql`create function refuse() returns trigger language plpgsql as 'begin raise exception ''the disk is full''; end'`.execute(
    store.db,
  )
  await sql`create trigger refuse before insert or update on ${sql.table(table)} execute function refuse()`.execute(store.db)
  await expect(work()).rejects.toThrow('the disk is full')
  await sql`drop trigger refuse on ${sql.table(table)}`.execute(store.db)
}

const collect = () => createCollectActivity(dependencies)(cycle)
/** The results of a detect that workflows get, page by page; each is small. */
async function detect({ snapshotId }: CollectResult) {
  const policy = { ...defaultPolicy, aggressiveness: 5 }
  const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') })
  const input = { cycleId: cycle.cycleId, snapshotId, policy }
  const first: DetectResult = await environment.run(createDetectActivity(dependencies), input)
  const pages: PlanPage[] = [first]
  for (let { next } = first; next !== undefined; next = pages.at(-1)!.next)
    pages.push(await createReadPlanActivity(dependencies)({ snapshotId, from: next }))
  for (const page of pages) expect(countJsonBytes(page)).toBeLessThanOrEqual(maxPayloadBytes)
  return { ...first, strategies: pages.flatMap(({ strategies }) => strategies), pages: pages.length }
}

test('a collect that is retried gives the same answer and writes nothing', async () => {
  const first = await collect()
  const written = await rows()
  expect(written.snapshots).toHaveLength(1)
  expect(written.agent_metrics).toHaveLength(2)
  expect(await collect()).toEqual(first)
  expect(await rows()).toEqual(written)
})

test('a source that fails, or a Prometheus that answers 500, is an alert as long as it does, and the other sources are read', async () => {
  let isAway = true
  const answer = { status: 'success', data: { resultType: 'vector', result: [{ metric: { agent: 'hunter' }, value: [1, '7'] }] } }
  const server = createServer((_request, response) => {
    response.writeHead(isAway ? 500 : 200).end(isAway ? 'Internal Server Error' : JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const config = configSchema.parse({
    dataDir,
    prometheus: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    metrics: [{ name: 'queueDepth', query: 'sum by (agent) (depth)', kind: 'count', direction: 'lower' }],
  })
  const collectWith = (runId: string) => createCollectActivity({ ...dependencies, config })({ ...cycle, runId })
  const openAlerts = async () => (await listOpenAlerts(store.db)).map(({ cause, component }) => `${cause} ${component}`).sort()
  await sql`alter table agent_self_reports rename cache_hit_rate to elsewhere`.execute(store.db)
  for (const runId of ['run-1', 'run-2']) {
    const { gaps } = await collectWith(runId)
    expect(gaps).toContain('hunter: self-report')
    expect(gaps).not.toContain('hunter: system')
    expect(await openAlerts()).toEqual(['failed-query query of queueDepth', 'unread-source source self-report'])
  }
  await sql`alter table agent_self_reports rename elsewhere to cache_hit_rate`.execute(store.db)
  isAway = false
  await collectWith('run-3')
  expect(await openAlerts()).toEqual([])
})

test('of two concurrent collects one writes, and both give the same answer', async () => {
  const [first, second] = await Promise.all([collect(), collect()])
  expect(first).toEqual(second)
  expect(await rows()).toMatchObject({
    snapshots: [{ id: first.snapshotId }],
    agent_metrics: [expect.anything(), expect.anything()],
  })
})

test('a collect that fails while writing leaves only its cycle behind', async () => {
  await whileFailing('agent_metrics', collect)
  expect(await rows()).toMatchObject({ cycles: [{ phases: {} }], snapshots: [], agent_metrics: [], activity_answers: [] })
  const { snapshotId } = await collect()
  expect(await rows()).toMatchObject({
    cycles: [{ phases: { collectMs: expect.any(Number) } }],
    snapshots: [{ id: snapshotId }],
    agent_metrics: [expect.anything(), expect.anything()],
  })
})

test('a detect that is retried gives the same answer and writes nothing', async () => {
  const seen = await collected()
  const first = await detect(seen)
  const written = await rows()
  expect(first.strategies.length).toBeGreaterThan(1)
  expect(await listCycleStrategies(store.db, cycle.cycleId)).toHaveLength(first.strategies.length)
  expect(await detect(seen)).toEqual(first)
  expect(await rows()).toEqual(written)
})

test('a detect that fails while writing leaves nothing behind, and gives the same ids when it is retried', async () => {
  const seen = await collected()
  const before = await rows()
  await whileFailing('cycles', () => detect(seen))
  expect(await rows()).toEqual(before)
  const planned = await detect(seen)
  const ids = planned.strategies.map(({ id }) => id)
  expect((await listCycleStrategies(store.db, cycle.cycleId)).map(({ id }) => id)).toEqual(ids)
  await sql`delete from strategies; delete from bottlenecks; delete from activity_answers where key like 'detect%'`.execute(
    store.db,
  )
  expect((await detect(seen)).strategies.map(({ id }) => id)).toEqual(ids)
  for (const id of ids) expect(id).toMatch(/^(opt_\d+_[0-9a-z]{5}|proactive_\d+_(pred|coord))$/)
})

test('a detect for a large fleet plans in a thread, answers in pages, and gives the same answer when it is retried', async () => {
  const agentIds = Array.from({ length: 22 }, (_, number) => `agent-${number}`)
  for (const agentId of agentIds) await register(agentId)
  const seen = await collected(agentIds)
  const first = await detect(seen)
  expect(first.pages).toBeGreaterThan(1)
  const planned = await listCycleStrategies(store.db, cycle.cycleId)
  expect(first.strategies.map(({ id }) => id)).toEqual(planned.map(({ id }) => id))
  expect(await detect(seen)).toEqual(first)
})

test('two cycles at the same moment give their strategies different ids', async () => {
  const ids = new Set<string>()
  for (const cycleId of ['cycle-a', 'cycle-b']) {
    cycle = { cycleId, runId: 'run-1' }
    const seen = await collected()
    for (const { id } of (await detect(seen)).strategies) {
      expect(ids).not.toContain(id)
      ids.add(id)
    }
  }
})

test('a cycle that is run again under the same id replaces its findings', async () => {
  await detect(await collected())
  cycle.runId = 'run-2'
  const { bottlenecks } = await detect(await collected())
  const { bottlenecks: found } = await rows()
  expect(found).toHaveLength(bottlenecks.total)
  for (const row of found!) expect(row).toMatchObject({ snapshotId: `${cycle.cycleId}/run-2` })
})

test('bottlenecks are reported with their record and only once, also by a retried detect', async () => {
  const reported = async () =>
    (await listOutboxMessages(store.db, 1_000)).filter(
      ({ subject, content }) => subject === performanceSubjects.bottleneckDetected && content.includes(`"${cycle.cycleId}"`),
    )
  const seen = await collected()
  await whileFailing('cycles', () => detect(seen))
  expect(await reported()).toEqual([])
  const { bottlenecks } = await detect(seen)
  await detect(seen)
  const messages = await reported()
  expect(messages).toHaveLength(bottlenecks.total)
  for (const { content } of messages) detectedBottleneckSchema.parse(JSON.parse(content))
})

test('a report that the orchestrator cannot be told, or an answer that cannot be used, is told apart from no answer', async () => {
  const heard: Record<string, unknown>[] = []
  const errors = nats.subscribe(performanceSubjects.errors, { callback: (_, message) => void heard.push(message.json()) })
  const warnings: string[] = []
  const send = async (report: Partial<CycleReport> = {}) =>
    await sendCycleReport(
      nats,
      { cycleId: 'cycle', results: [], recommendations: [], ...report },
      { answerMs: 60_000, warn: (problem) => warnings.push(problem) },
    )
  expect(await send()).toBeUndefined()
  expect(warnings).toEqual([])
  let answer = '{"autonomy": {"hunter": 90}, "optimizerReputation": 0.7}'
  const orchestrator = nats.subscribe(cycleReportSubject, { callback: (_, message) => void message.respond(answer) })
  expect(await send()).toBeUndefined()
  answer = 'thank you'
  expect(await send()).toBeUndefined()
  expect(await send({ recommendations: ['x'.repeat(2 ** 20)] })).toBeUndefined()
  answer = '{"autonomy": {"hunter": 0.9}, "optimizerReputation": 0.7}'
  expect(await send()).toMatchObject({ autonomy: { hunter: 0.9 } })
  expect(warnings).toEqual([
    expect.stringContaining('autonomy.hunter'),
    expect.stringContaining('not JSON'),
    expect.stringContaining('bytes'),
  ])
  await nats.flush()
  expect(heard.map(({ subject, code }) => [subject, code])).toEqual([
    [cycleReportSubject, 'invalid-answer'],
    [cycleReportSubject, 'invalid-answer'],
    [cycleReportSubject, 'message-too-large'],
  ])
  orchestrator.unsubscribe()
  errors.unsubscribe()
})

test('a report that is retried records the autonomy from the orchestrator only once', async () => {
  const told: unknown[] = []
  const orchestrator = nats.subscribe(cycleReportSubject, {
    callback: (_, message) => {
      told.push(cycleReportSchema.parse(message.json()))
      message.respond(JSON.stringify({ autonomy: { hunter: 0.9 }, optimizerReputation: 0.7 }))
    },
  })
  const { strategies } = await detect(await collected())
  const left = { [strategies[0]!.id]: 'no time left' }
  const report = () => createReportActivity(dependencies)({ ...cycle, phases: { totalMs: 5 }, state: 'completed', left })
  await whileFailing('agent_state', report)
  expect(await rows()).toMatchObject({ cycles: [{ state: 'running' }], agent_state: [] })
  const first = await report()
  const written = await rows()
  const reassessment = { autonomy: { hunter: { from: 0.85, to: 0.9 } }, reputation: null }
  expect(written).toMatchObject({
    cycles: [{ state: 'completed', reassessment }],
    agent_state: [{ agentId: 'hunter', autonomy: 0.9 }],
  })
  expect(await report()).toEqual(first)
  expect(await rows()).toEqual(written)
  expect(told).toHaveLength(2)
  expect(told[0]).toMatchObject({
    system: {
      overallScore: 0.9,
      cpuPercent: 40,
      decisionQuality: { accuracyRate: 0.8 },
      coordination: { cooperationScore: 0.8 },
    },
  })
  orchestrator.unsubscribe()
})

test('every result and every undoing is reported until the orchestrator has answered it, also of trials outside a cycle', async () => {
  const kept = { ...resultOf(planned()), strategy: strategyFor('hunter', 'opt_1_long') }
  await upsertResult(store.db, null, kept)
  const told: CycleReport['results'][] = []
  const listen = (answers: boolean) =>
    nats.subscribe(cycleReportSubject, {
      callback: (_, message) => {
        told.push(cycleReportSchema.parse(message.json()).results)
        if (answers) message.respond('{"autonomy": {}, "optimizerReputation": 0.7}')
      },
    })
  const endCycle = async () => {
    cycle = { cycleId: `cycle-${++cycles}`, runId: 'run-1' }
    await collected()
    const config = { ...dependencies.config, orchestratorAnswerMs: 50 }
    await createReportActivity({ ...dependencies, config })({ ...cycle, phases: { totalMs: 5 }, state: 'completed', left: {} })
  }
  await endCycle()
  const silent = listen(false)
  await endCycle()
  silent.unsubscribe()
  const orchestrator = listen(true)
  const asKept = { strategyId: 'opt_1_long', cycleId: null, agentId: 'hunter', verdict: 'keep', success: true }
  await vi.waitFor(async () => {
    await endCycle()
    expect(await listUnreportedResults(store.db, 10)).toEqual([])
  }, patienceMs)
  for (const results of told) expect(results).toMatchObject([asKept])
  told.length = 0
  await endCycle()
  await recordUndo(store.db, 'opt_1_long', { reason: 'slower since', harmful: true })
  await vi.waitFor(async () => {
    await endCycle()
    expect(await listUnreportedResults(store.db, 10)).toEqual([])
  }, patienceMs)
  expect(told[0]).toEqual([])
  expect(told[1]).toMatchObject([{ ...asKept, undone: { reason: 'slower since', harmful: true } }])
  orchestrator.unsubscribe()
})

test('a plan that is retried gives the same answer, and its id cannot be used for another change', async () => {
  const plan = (sourceParallelism: number) =>
    createPlanActivity(dependencies)({
      strategyId: 'opt_1_mine',
      agentId: 'hunter',
      values: { sourceParallelism },
      requestedBy: 'ada',
    })
  const first = await plan(4)
  expect(await plan(4)).toEqual(first)
  await expect(plan(5)).rejects.toMatchObject({ code: 'used-id' })
})
