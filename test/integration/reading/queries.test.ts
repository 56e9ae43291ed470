import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkLimits } from '../../../src/client/diagnosis/limits.ts'
import type { OptimizerClient } from '../../../src/client/optimizer.ts'
import { readCurrentConfigurations } from '../../../src/reading/configurations.ts'
import { explain } from '../../../src/reading/explain.ts'
import { readFleetReadiness } from '../../../src/reading/fleet-readiness.ts'
import { readLearning } from '../../../src/reading/learning.ts'
import { prepareSideEffectNotes } from '../../../src/reading/side-effect-notes.ts'
import { readStatus } from '../../../src/reading/status.ts'
import { loadRecentMetrics } from '../../../src/store/agent-metrics.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { replaceBottlenecks } from '../../../src/store/bottlenecks.ts'
import { recordCycleEnd, recordCycleStart } from '../../../src/store/cycles.ts'
import type { Database } from '../../../src/store/database.ts'
import { loadLatestValues } from '../../../src/store/fleet.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial, updateTrial } from '../../../src/store/trials.ts'
import { appOf } from '../../support/api.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store?.drop())

let agents = 0
/** Adds agents with two instances, up to so many. */
async function growTo(count: number): Promise<void> {
  for (; agents < count; agents++) {
    const agentId = `agent-${agents}`
    for (const instance of [1, 2]) await registerInstance(store.db, announcement(agentId, `${agentId}-${instance}`), Date.now())
  }
}

const trialOf = (agentId: string) => ({
  agentId,
  workflowId: `a trial of ${agentId}`,
  design: 'concurrent' as const,
  baselineVersion: 1,
  candidateVersion: 1,
  candidateInstances: [`${agentId}-1`],
  controlInstances: [`${agentId}-2`],
})

let trials = 0
/** Adds trials of the first agent that have no result, up to so many. */
async function tryTo(count: number): Promise<void> {
  for (; trials < count; trials++) {
    const id = `opt_${trials}_trial`
    await insertStrategies(store.db, null, [strategyFor('agent-0', id)])
    await insertTrial(store.db, { ...trialOf('agent-0'), id })
  }
}

/** How many queries `work` sends. */
async function countQueries(work: (optimizer: OptimizerClient) => Promise<unknown>): Promise<number> {
  let queries = 0
  const counted: Database = store.db.withPlugin({
    transformQuery({ node }) {
      queries++
      return node
    },
    transformResult: async ({ result }) => result,
  })
  await work(await withClosedTemporal(counted))
  return queries
}

describe('a fleet of 60 agents takes as many queries as a fleet of 3', () => {
  const reads: [string, (optimizer: OptimizerClient) => Promise<unknown>][] = [
    ['the status', readStatus],
    ['GET /api/agents', async (optimizer) => (await appOf(optimizer).request('/api/agents')).json()],
    ['GET /api/metrics', async (optimizer) => (await appOf(optimizer).request('/api/metrics?limit=1000')).json()],
    ['GET /api/fleet', async (optimizer) => (await appOf(optimizer).request('/api/fleet')).json()],
    ['the learning report', readLearning],
    ['the current configurations', readCurrentConfigurations],
    ['whether the fleet is warm', (optimizer) => readFleetReadiness(optimizer, 50)],
    ['the explanation of an agent', (optimizer) => explain(optimizer, 'agent-0')],
  ]
  let few: number[]
  beforeAll(async () => {
    await growTo(3)
    few = await Promise.all(reads.map(([, read]) => countQueries(read)))
    await growTo(60)
  })

  test.each(reads.map(([name, read], index) => ({ name, read, index })))('$name', async ({ read, index }) => {
    expect(few[index]).toBeGreaterThan(0)
    expect(await countQueries(read)).toBe(few[index])
  })

  test('explaining an agent with 40 trials takes as many queries as one with 2', async () => {
    await tryTo(2)
    const queries = await countQueries((optimizer) => explain(optimizer, 'agent-0'))
    await tryTo(40)
    expect(await countQueries((optimizer) => explain(optimizer, 'agent-0'))).toBe(queries)
  })
})

test.each(['/api/agents', '/api/metrics'])('%s has pages, by id', async (path) => {
  await growTo(3)
  const app = appOf(await withClosedTemporal(store.db))
  const ids: string[] = []
  for (let page: { agentId: string }[] = []; ids.length === 0 || page.length > 0; ) {
    const response = await app.request(`${path}?limit=2${ids.length > 0 ? `&after=${ids.at(-1)}` : ''}`)
    expect(response.headers.get('x-total-count')).toBe(String(agents))
    page = (await response.json()) as { agentId: string }[]
    expect(page.length).toBeLessThanOrEqual(2)
    ids.push(...page.map(({ agentId }) => agentId))
  }
  expect(ids).toEqual(Array.from({ length: agents }, (_, index) => `agent-${index}`).sort())
})

test('every agent is shown with its knobs, instances and configuration', async () => {
  await growTo(3)
  const body = (await (await appOf(await withClosedTemporal(store.db)).request('/api/agents')).json()) as { agentId: string }[]
  expect(body.length).toBe(agents)
  expect(body.find(({ agentId }) => agentId === 'agent-2')).toMatchObject({
    agentId: 'agent-2',
    configuration: { version: 1, values: { cacheSize: 2, parallelism: 2 } },
    knobs: [{ name: 'cacheSize' }, { name: 'parallelism' }],
    instances: [{ instanceId: 'agent-2-1' }, { instanceId: 'agent-2-2' }],
    profile: null,
  })
})

test('the reason why nothing is tried on an agent is what the latest cycle did about it', async () => {
  const { db, drop } = await createTestStore()
  await recordCycleStart(db, { id: 'cycle-1', runId: 'run-1' })
  const slow = { type: 'agent_response_time', severity: 'high', description: 'slow', impact: 1, suggestedFix: '' } as const
  const found = (agentId: string) => ({ ...slow, affectedComponent: agentId, metric: 'responseTime' as const })
  await replaceBottlenecks(db, 'cycle-1', null, [found('agent-0'), found('agent-1')])
  await insertStrategies(db, 'cycle-1', [strategyFor('agent-0', 'opt_tried')])
  await insertTrial(db, { ...trialOf('agent-0'), id: 'opt_tried' })
  await updateTrial(db, 'opt_tried', { state: 'restored', endedAt: new Date() })
  await recordCycleEnd(db, 'cycle-1', { state: 'completed' })
  for (const agentId of ['agent-0', 'agent-1', 'agent-2']) await registerInstance(db, announcement(agentId, `${agentId}-1`))
  const app = appOf(await withClosedTemporal(db))
  const reasonsOf = async () => {
    const details = (await (await app.request('/api/fleet/details?agents=agent-0,agent-1,agent-2')).json()) as {
      agentId: string
      reasons: { reason: string }[]
    }[]
    return Object.fromEntries(details.map(({ agentId, reasons }) => [agentId, reasons.map(({ reason }) => reason)]))
  }
  expect(await reasonsOf()).toEqual({
    'agent-0': ['its trial has ended'],
    'agent-1': ['no change was planned for its bottlenecks'],
    'agent-2': ['it found nothing to improve'],
  })

  await recordCycleStart(db, { id: 'cycle-2', runId: 'run-2' })
  await replaceBottlenecks(db, 'cycle-2', null, [found('agent-1'), found('agent-2')])
  await insertStrategies(db, 'cycle-2', [strategyFor('agent-1', 'opt_waiting')])
  expect(await reasonsOf()).toMatchObject({
    'agent-0': ['its trial has ended'],
    'agent-1': [expect.stringMatching(/: waiting for its turn$/)],
    'agent-2': ['the running cycle found a bottleneck'],
  })
  await drop()
})

test('a trend needs values that span half an hour', async () => {
  const { db, drop } = await createTestStore()
  for (const agentId of ['young', 'old']) await registerInstance(db, announcement(agentId, `${agentId}-1`))
  await sql`insert into agent_metrics (agent_id, at, response_time)
    select agent_id, now() - age, value from (values
      ('young', interval '2 minutes', 100.0), ('young', interval '0', 110.0),
      ('old', interval '40 minutes', 100.0), ('old', interval '0', 110.0)) known (agent_id, age, value)`.execute(db)
  const wanted = ['young', 'old'].map((agentId) => ({ agentId, metric: 'responseTime' }))
  const values = await loadLatestValues(db, wanted)
  expect(['young', 'old'].map((agentId) => values.get(agentId)?.before)).toEqual([null, 100])
  expect([...(await loadRecentMetrics(db, ['young', 'old'])).keys()]).toEqual(['old'])
  await drop()
})

test('doctor names the rules of the limits file that match nothing, without a cycle', async () => {
  await growTo(1)
  const dataDir = mkdtempSync(join(tmpdir(), 'limits-'))
  const check = async (neverTouch: object[]) => {
    writeFileSync(join(dataDir, 'limits.json'), JSON.stringify({ neverTouch }))
    return await checkLimits(store.url, { dataDir, limitsFile: undefined, metrics: [] })
  }
  expect(await check([{ agent: 'agent-0', knob: 'cacheSize' }])).toMatchObject([{ state: 'ok' }])
  const misspelt = await check([{ agent: 'agent-0', knob: 'cachSize' }])
  expect(misspelt).toMatchObject([{ state: 'warning', found: expect.stringContaining('cachSize') }])
  rmSync(dataDir, { recursive: true })
})

test('setting a value says which trial it ended, and that the limits forbid the optimizer to do so', async () => {
  const { db, drop } = await createTestStore()
  await registerInstance(db, announcement('setter', 'setter-1'))
  await recordCycleStart(db, { id: 'cycle-1', runId: 'run-1' })
  await insertStrategies(db, 'cycle-1', [strategyFor('setter', 'opt_running')])
  await insertTrial(db, { ...trialOf('setter'), id: 'opt_running' })
  const dataDir = mkdtempSync(join(tmpdir(), 'limits-'))
  writeFileSync(join(dataDir, 'limits.json'), JSON.stringify({ neverTouch: [{ agent: 'setter', knob: 'cacheSize' }] }))
  const { config } = await withClosedTemporal(db)
  const context = { db, config: { ...config, dataDir, limitsFile: undefined } }
  const notes = await prepareSideEffectNotes(context, 'setter', ['cacheSize'])
  const others = await prepareSideEffectNotes(context, 'setter', ['parallelism'])
  expect(await others()).toEqual([])
  await updateTrial(db, 'opt_running', { state: 'restored', endedAt: new Date() })
  expect(await notes()).toEqual([
    expect.stringMatching(/^This ended the trial opt_running \(/),
    'The limits do not allow the optimizer to change cacheSize, but people may.',
  ])
  rmSync(dataDir, { recursive: true })
  await drop()
})
