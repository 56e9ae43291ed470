import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OptimizerClient } from '../../../src/client/optimizer.ts'
import type { Savings } from '../../../src/model/saving.ts'
import { explain } from '../../../src/reading/explain.ts'
import { readLearning } from '../../../src/reading/learning.ts'
import { readResults, readResultsReport } from '../../../src/reading/results.ts'
import { readStatus } from '../../../src/reading/status.ts'
import { getCurrentConfiguration, recordDeparture, registerInstance } from '../../../src/store/agents.ts'
import { appendConfiguration, setProvenVersion } from '../../../src/store/configurations.ts'
import { recordCycleStart } from '../../../src/store/cycles.ts'
import { forgetAgent } from '../../../src/store/forgetting.ts'
import { listCommunicatingPairs, loadMessageStatistics } from '../../../src/store/messages.ts'
import { recordPause } from '../../../src/store/pause.ts'
import { listPolicyChanges } from '../../../src/store/policy-changes.ts'
import { ingestReports } from '../../../src/store/reports.ts'
import { upsertResult } from '../../../src/store/results.ts'
import { registerInstances } from '../../../src/store/telemetry/registration.ts'
import { appOf } from '../../support/api.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { announcement, batch, createTestStore, execution, strategyFor, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

/** More than any list shows. */
const later = 1_100

let store: TestStore
let optimizer: OptimizerClient
beforeAll(async () => {
  store = await createTestStore()
  optimizer = await withClosedTemporal(store.db)
  await registerInstance(store.db, announcement('hunter', 'hunter-1'))
  // One proven change, in force, and then very many that came to nothing.
  const kept = strategyFor('hunter', 'opt_0_kept')
  const [{ knob, to }] = kept.actions as [(typeof kept.actions)[number]]
  const { values } = await getCurrentConfiguration(store.db, 'hunter')
  const changed = { agentId: 'hunter', values: { ...values, [knob]: to }, origin: 'trial', reason: 'a test' } as const
  await setProvenVersion(store.db, 'hunter', await appendConfiguration(store.db, changed))
  const results = Array.from({ length: later + 1 }, (_, index) => {
    const timestamp = new Date(Date.now() - 3_600_000 + index).toISOString()
    const strategy = index === 0 ? kept : strategyFor('hunter', `opt_${index}_vain`)
    const known = index === 0 ? {} : { success: false, verdict: 'undecided' as const, actualImprovement: 0 }
    return { ...resultOf(planned(), { timestamp, ...known }), strategy }
  })
  const rows = results.map((result) => ({
    strategyId: result.strategy.id,
    agentId: 'hunter',
    type: result.strategy.type,
    verdict: result.verdict,
    success: result.success,
    actualImprovement: result.actualImprovement,
    content: JSON.stringify(result),
    timestamp: new Date(result.timestamp),
  }))
  await store.db.insertInto('optimizationResults').values(rows).execute()
})
afterAll(() => store?.drop())

test('a kept gain counts, however many results came after it, and the report says how many it lists', async () => {
  const report = await readResultsReport(optimizer)
  expect(report.listed).toEqual({ results: { shown: 1_000, total: later + 1 } })
  expect(report.impact).toMatchObject({ totalOptimizations: later + 1, successfulOptimizations: 1 })
  expect(report.improvements.hunter?.responseTime).toMatchObject({ improvement: 23.4, keptTrials: 1 })
  const { sections } = await explain(optimizer, 'hunter')
  expect(sections.find(({ title }) => title === 'Total effect of kept changes')?.sentences).toContain(
    'Response time 23.4% faster (12.1 to 33.0% faster), from 1 kept trial.',
  )
  expect((await readLearning(optimizer)).successes).toMatchObject([{ trials: later + 1, proven: 1 }])
})

test('the status and the lists of the API say how many there are in all', async () => {
  const many = Array.from({ length: 120 }, (_, index) => ({ agentId: `z-${index + 1}`, kind: 'many', instanceId: '1' }))
  await registerInstances(store.db, many, Date.now(), { configured: [], limits: { maxAgents: 200, maxInstances: 200 } })
  await sql`
    insert into alerts (cause, severity, component, message)
    select 'threshold', case when agent_id = 'z-1' then 'critical' else 'low' end, agent_id, 'slow'
    from agents where kind = 'many'`.execute(store.db)
  const status = await readStatus(optimizer)
  expect(status.listed).toMatchObject({
    agents: { shown: 100, total: 121 },
    results: { shown: 10, total: later + 1 },
    alerts: { shown: 100, total: 120 },
    trials: { shown: 0, total: 0 },
  })
  expect([status.agents.length, status.alerts.length]).toEqual([100, 100])
  expect(status.alerts[0]).toMatchObject({ component: 'z-1', severity: 'critical' })
  expect((await readStatus(optimizer, 'z-120')).alerts).toMatchObject([{ component: 'z-120' }])
  await expect(readStatus(optimizer, 'nobody')).rejects.toMatchObject({ code: 'unknown-agent' })
  const response = await appOf(optimizer).request('/api/results?limit=7')
  expect(response.headers.get('x-total-count')).toBe(String(later + 1))
  expect(await response.json()).toHaveLength(7)
})

test('results are listed by agent, verdict and time, with how many match', async () => {
  const find = async (query: object) => await readResults(optimizer, query)
  expect(await find({ verdict: 'keep' })).toMatchObject({ items: [{ strategy: { id: 'opt_0_kept' } }], total: 1 })
  expect((await find({ agentId: 'hunter', verdict: 'undecided', limit: 2 })).total).toBe(later)
  expect(await find({ agentId: 'stranger' })).toEqual({ items: [], total: 0 })
  const [newest] = (await find({ limit: 1 })).items
  const query = `agent=hunter&since=${encodeURIComponent(newest!.timestamp)}`
  const request = async (query: string) => await appOf(optimizer).request(`/api/results?${query}`)
  expect(await (await request(query)).json()).toMatchObject([{ strategy: { id: newest!.strategy.id } }])
  for (const query of ['verdict=kept', 'since=yesterday', 'agents=hunter']) expect((await request(query)).status).toBe(400)
})

test('a pair of agents is known however much its sender says to others', async () => {
  for (const agentId of ['quiet', 'busy']) await registerInstance(store.db, announcement(agentId, `${agentId}-1`))
  const message = (toAgent: string, secondsAgo: number) => ({
    fromAgent: 'hunter',
    toAgent,
    type: 'signal',
    delivered: true,
    agreed: true,
    timestamp: new Date(Date.now() - secondsAgo * 1_000),
  })
  const many = Array.from({ length: 1_500 }, (_, index) => message('busy', index / 10))
  await store.db
    .insertInto('agentMessages')
    .values([message('quiet', 600), ...many])
    .execute()
  expect(await loadMessageStatistics(store.db)).toMatchObject([
    { fromAgent: 'hunter', toAgent: 'busy', messages: 200 },
    { fromAgent: 'hunter', toAgent: 'quiet', messages: 1, agreed: 1 },
  ])
  const since = new Date(Date.now() - 3_600_000)
  expect(await listCommunicatingPairs(store.db, ['hunter', 'quiet'], since)).toEqual([['hunter', 'quiet']])
})

test('a limits file that cannot be read shows in the status at once', async () => {
  expect(await readStatus(optimizer)).toMatchObject({ limitsProblem: null })
  const dataDir = temporaryFolder()
  writeFileSync(join(dataDir, 'limits.json'), '{')
  const config = { ...optimizer.config, dataDir }
  expect((await readStatus({ ...optimizer, db: store.db, temporal: optimizer.temporal, config })).limitsProblem).toContain(
    'it is not valid JSON',
  )
})

test('a pause that is in force already writes nothing, but an abort does', async () => {
  await recordPause(store.db, 'ada', 'a release')
  await recordPause(store.db, 'bob', 'another release')
  expect(await listPolicyChanges(store.db)).toMatchObject([{ changedBy: 'ada' }])
  await recordPause(store.db, 'bob', 'bob aborted everything: harm', true)
  expect(await listPolicyChanges(store.db)).toMatchObject([{ changedBy: 'bob' }, { changedBy: 'ada' }])
})

test('what stands of a change is said of as many results as are listed, and is true of a forgotten agent', async () => {
  const oldest = async () => (await readResults(optimizer, { limit: later + 1 })).items.at(-1)
  expect(await oldest()).toMatchObject({ strategy: { id: 'opt_0_kept' }, standing: 'in-force' })
  await recordDeparture(store.db, { agentId: 'hunter', instanceId: 'hunter-1' })
  await forgetAgent(store.db, { agentId: 'hunter', by: 'ada' })
  expect(await oldest()).toMatchObject({ standing: 'forgotten' })
  expect((await readResultsReport(optimizer)).undone).toMatchObject([{ trialId: 'opt_0_kept', standing: 'forgotten' }])
})

test('what a kept change saves follows from the cost before it and the present rate of its agent', async () => {
  const { db } = store
  await registerInstance(db, announcement('paid', 'paid-1'))
  const strategy = { ...strategyFor('paid', 'opt_0_paid'), targetMetric: 'costUsd' }
  const { values } = await getCurrentConfiguration(db, 'paid')
  const changed = { agentId: 'paid', values: { ...values, cacheSize: 4 }, origin: 'trial', reason: 'a test' } as const
  await setProvenVersion(db, 'paid', await appendConfiguration(db, changed))
  const arm = (mean: number) => ({
    ...resultOf(planned()).metrics.before,
    reported: { costUsd: { mean, standardError: 0.0001, samples: 400 } },
  })
  const metrics = { before: arm(0.02), after: arm(0.01) }
  await upsertResult(db, null, { ...resultOf(planned(), { actualImprovement: 50, interval: [40, 60], metrics }), strategy })
  const executions = Array.from({ length: 60 }, (_, minutes) =>
    execution({ at: Date.now() - minutes * 60_000, metrics: { costUsd: 0.01 } }),
  )
  await ingestReports(db, batch('paid', 'paid-1', { executions }), Date.now())
  const savings = (await (await appOf(optimizer).request('/api/savings')).json()) as Savings
  expect(savings).toMatchObject({
    totals: [{ currency: 'USD' }],
    agents: [{ agentId: 'paid', metric: 'costUsd', keptTrials: 1 }],
  })
  const { executionsPerDay, perDay } = savings.agents[0]!
  expect(executionsPerDay).toBeCloseTo(1_440, -1)
  expect(perDay).toBeCloseTo(0.01 * executionsPerDay)
})

test('the status of one agent lists its own results, however many others came after them', async () => {
  await registerInstance(store.db, announcement('seldom', 'seldom-1'))
  const timestamp = new Date(Date.now() - 2 * 86_400_000).toISOString()
  const vain = { timestamp, success: false, verdict: 'undecided' as const, actualImprovement: 0 }
  await upsertResult(store.db, null, { ...resultOf(planned(), vain), strategy: strategyFor('seldom', 'opt_1_seldom') })
  expect(await readStatus(optimizer, 'seldom')).toMatchObject({
    results: [{ strategy: { id: 'opt_1_seldom' } }],
    listed: { results: { shown: 1, total: 1 } },
  })
})

test('results and cycles of the same moment are read page by page, each once', async () => {
  await registerInstance(store.db, announcement('twin', 'twin-1'))
  const ids = ['c', 'a', 'e', 'b', 'd'].map((letter) => `opt_9_${letter}`)
  const [early, late] = [new Date(Date.now() - 60_000), new Date()]
  for (const [index, id] of ids.entries()) {
    const timestamp = (index === 0 ? early : late).toISOString()
    await upsertResult(store.db, null, { ...resultOf(planned(), { timestamp }), strategy: strategyFor('twin', id) })
    await recordCycleStart(store.db, { id, runId: 'run' })
  }
  await store.db.updateTable('cycles').set({ startedAt: late }).execute()
  const read = async (path: string, idOf: (entry: { id: string; strategy: { id: string } }) => string) => {
    const [pages, seen]: [number[], string[]] = [[], []]
    do {
      const after = seen.length > 0 ? `&after=${seen.at(-1)}` : ''
      const page = (await (await appOf(optimizer).request(`${path}limit=2${after}`)).json()) as Parameters<typeof idOf>[0][]
      pages.push(page.length)
      seen.push(...page.map(idOf))
    } while (pages.at(-1) === 2)
    return { pages, seen }
  }
  const results = await read('/api/results?agent=twin&', ({ strategy }) => strategy.id)
  expect(results).toEqual({ pages: [2, 2, 1], seen: ['opt_9_e', 'opt_9_d', 'opt_9_b', 'opt_9_a', 'opt_9_c'] })
  expect(await read('/api/cycles?', ({ id }) => id)).toEqual({ pages: [2, 2, 1], seen: ids.toSorted().reverse() })
  const newest = await appOf(optimizer).request(`/api/results?agent=twin&until=${late.toISOString()}`)
  expect(await newest.json(), 'until is exclusive').toMatchObject([{ strategy: { id: 'opt_9_c' } }])
})
