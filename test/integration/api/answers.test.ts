import { randomUUID } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseCollapsedStacks } from '../../../src/analysis/profiling/collapsed-stacks.ts'
import { decodePprof } from '../../../src/analysis/profiling/pprof.ts'
import { buildRecommendations, summarizeImpact } from '../../../src/analysis/reporting/results/index.ts'
import { updateEngineSettings } from '../../../src/client/engine-settings.ts'
import type { OptimizerClient } from '../../../src/client/optimizer.ts'
import type { AuditEntry, AuditPage } from '../../../src/model/audit.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { toResultDigest } from '../../../src/model/result.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { raiseAlert } from '../../../src/store/alerts.ts'
import { recordAnomalies } from '../../../src/store/anomalies.ts'
import { requestApproval } from '../../../src/store/approvals.ts'
import { replaceBottlenecks } from '../../../src/store/bottlenecks.ts'
import { recordReadings } from '../../../src/store/components.ts'
import { recordCycleEnd, recordCycleStart } from '../../../src/store/cycles.ts'
import { recordObjectiveChange } from '../../../src/store/objectives.ts'
import { recordPause } from '../../../src/store/pause.ts'
import { recordPerformanceProfile } from '../../../src/store/performance-profiles.ts'
import { insertPolicyChanges } from '../../../src/store/policy-changes.ts'
import { recordRecommendations } from '../../../src/store/recommendations.ts'
import { recordRestoreEnd, recordRestoreStart } from '../../../src/store/restores.ts'
import { upsertResult } from '../../../src/store/results.ts'
import { insertSnapshot } from '../../../src/store/snapshots.ts'
import { insertStrategies, markStrategySkipped } from '../../../src/store/strategies.ts'
import { insertTrial, insertTrialSamples, updateTrial } from '../../../src/store/trials.ts'
import { anomaly } from '../../support/anomalies.ts'
import { appOf, findContradictions, listRoutes, type OpenApiDocument } from '../../support/api.ts'
import { agentKnobs, agentProfile, snapshot } from '../../support/profiles.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'
import { judgement, metrics, planned, resultOf } from '../../support/trial-facts.ts'

const cycleId = 'cycle-2026-07-01T00:00:00Z'
const costPerSuccess = {
  name: 'costPerSuccess',
  unit: 'USD',
  kind: 'continuous' as const,
  direction: 'lower' as const,
  description: '',
  ratio: { of: 'costUsd', per: 'successRate' },
}
const strategy = { ...planned().strategy, declared: [costPerSuccess] }
const waiting = { ...strategyFor('hunter', 'opt_2_risky'), asks: { risk: 'high' as const, autonomy: 0.8 } }

let store: TestStore
let app: ReturnType<typeof appOf>
let optimizer: OptimizerClient
let document: OpenApiDocument
beforeAll(async () => {
  store = await createTestStore()
  optimizer = await withClosedTemporal(store.db)
  app = appOf(optimizer)
  document = (await (await app.request('/openapi.json')).json()) as OpenApiDocument
  await record()
})
afterAll(() => store?.drop())

/** One of everything that can be on record. */
async function record(): Promise<void> {
  const { db } = store
  await registerInstance(db, announcement('hunter', 'hunter-1', { knobs: agentKnobs }), Date.now())
  await recordCycleStart(db, { id: cycleId, runId: 'run-1' })
  const seen = snapshot([agentProfile('hunter', { resourceEfficiency: 0.9 })])
  await insertSnapshot(db, seen, cycleId)
  await replaceBottlenecks(db, cycleId, null, [
    {
      type: 'agent_response_time',
      severity: 'high',
      affectedComponent: 'hunter',
      description: 'hunter answers slowly',
      impact: 40,
      suggestedFix: 'cache more',
    },
  ])
  await insertStrategies(db, cycleId, [strategy, waiting])
  await insertTrial(db, {
    id: strategy.id,
    agentId: 'hunter',
    workflowId: cycleId,
    design: 'concurrent',
    baselineVersion: 1,
    candidateVersion: 1,
    candidateInstances: ['hunter-1'],
    controlInstances: ['hunter-2'],
  })
  await updateTrial(db, strategy.id, { state: 'observing', judgement, metrics, issues: ['hunter-2 answers late'] })
  const sample = {
    executionId: randomUUID(),
    instanceId: 'hunter-1',
    timestamp: new Date(),
    value: 12.5,
    success: true,
    metrics: null,
  }
  await insertTrialSamples(db, strategy.id, [{ ...sample, arm: 'candidate' }])
  await requestApproval(db, { trialId: waiting.id, agentId: 'hunter' }, 60_000)
  const result = resultOf(
    { ...planned(), strategy },
    {
      promised: { improvement: 20, interval: [5, 30], held: true },
      timestamp: new Date().toISOString(),
    },
  )
  await upsertResult(db, cycleId, result)
  await recordCycleEnd(db, cycleId, {
    state: 'completed',
    phases: { collectMs: 12 },
    impact: summarizeImpact([toResultDigest(result)], Date.now()),
    reassessment: { autonomy: { hunter: { from: 0.85, to: 0.9 } }, reputation: { from: 0.7, to: 0.75 } },
  })
  const recommended = buildRecommendations(seen, [], defaultThresholds)
  await recordRecommendations(db, 'an earlier cycle', [])
  await recordRecommendations(db, cycleId, recommended)
  await raiseAlert(db, {
    cause: 'unconfirmed-configuration',
    severity: 'critical',
    component: 'hunter',
    message: 'hunter-2 cannot be reached',
    trialId: strategy.id,
  })
  await recordRestoreStart(db, {
    workflowId: 'restore-hunter',
    runId: 'run',
    agentId: 'hunter',
    trialId: null,
    target: 'version 1',
    requestedBy: 'ada',
    reason: 'a complaint',
  })
  await recordRestoreEnd(db, 'run', { outcome: 'superseded', issues: ['cacheSize has been set since'] })
  await recordPause(db, 'ada', 'a release')
  const use = JSON.stringify({ cpuPercent: [2, 60, 20, 40] })
  await sql`insert into system_metrics_hours (component, at, metrics) values ('host', date_trunc('hour', now()), ${use})`.execute(
    db,
  )
  await recordReadings(
    db,
    [{ component: 'queue', kind: 'other', at: new Date(), others: { depth: 4 }, status: 'healthy' }],
    15_000,
  )
  await sql`insert into monitoring_gaps (component, since, until) values ('host', now() - interval '1 hour', now())`.execute(db)
  const objective = objectiveSchema.parse({
    kind: 'hunter',
    minimize: 'costUsd',
    subjectTo: [{ metric: 'qualityScore', min: 0.8 }],
  })
  await recordObjectiveChange(db, objective, { objective, by: 'ada', reason: 'a bill' })
  await recordAnomalies(db, { open: [anomaly({ component: 'hunter' })], ended: [] })
  await recordPerformanceProfile(db, 'first', profileOf('control'))
  await recordPerformanceProfile(db, 'second', profileOf('candidate'))
}

const profileOf = (arm: 'control' | 'candidate') => ({
  target: 'hunter',
  instanceId: 'hunter-1',
  kind: 'cpu' as const,
  trigger: 'person' as const,
  requestedBy: 'ada',
  reason: 'slow since noon',
  workflowId: 'profile-hunter-cpu',
  runId: 'run-1',
  trialId: strategy.id,
  arm,
  version: 1,
  content: parseCollapsedStacks('main;work (agent.ts:4) 700\nmain;rest 300', 'microseconds', 1_000),
})

test('a profile is exported as the pprof file that it is', async () => {
  const response = await app.request('/api/profiles/1/pprof')
  expect(response.headers.get('content-disposition')).toContain('1.pb.gz')
  const { nodes } = decodePprof(gunzipSync(await response.arrayBuffer()), 'cpu', 1_000)
  expect(nodes.reduce((sum, [, , self]) => sum + self, 0)).toBe(1_000)
})

const examples: Record<string, string> = {
  'GET /agents/{agentId}/instances/{instanceId}/configuration': '/agents/hunter/instances/hunter-1/configuration',
  'GET /api/agents/{id}': '/api/agents/hunter',
  'GET /api/agents/{id}/series': '/api/agents/hunter/series',
  'GET /api/agents/{id}/forecasts': '/api/agents/hunter/forecasts',
  'GET /api/agents/{id}/trials': '/api/agents/hunter/trials',
  'GET /api/fleet/details': '/api/fleet/details?agents=hunter',
  'GET /api/agents/{id}/metrics': '/api/agents/hunter/metrics',
  'GET /api/agents/{id}/configurations': '/api/agents/hunter/configurations',
  'GET /api/cycles/{id}': `/api/cycles/${cycleId}`,
  'GET /api/cycles/{id}/strategies': `/api/cycles/${cycleId}/strategies`,
  'GET /api/explanations/{id}': '/api/explanations/hunter',
  'GET /api/trials/{id}': `/api/trials/${strategy.id}`,
  'GET /api/trials/{id}/series': `/api/trials/${strategy.id}/series`,
  'GET /api/profiles/{id}': '/api/profiles/1',
  'GET /api/profiles/{id}/flame-graph': '/api/profiles/1/flame-graph',
  'GET /api/profiles/{id}/difference': '/api/profiles/1/difference?before=2',
  'GET /api/profiles/{id}/speedscope': '/api/profiles/1/speedscope',
}

/** Their answers are no JSON. */
const otherwise = [
  'GET /api/profiles/{id}/pprof',
  'GET /api/events',
  'GET /approve/{id}',
  'GET /reference',
  'GET /metrics',
  'GET /llms.txt',
  'GET /docs/{id}',
  'GET /examples/{folder}/{file}',
]
const asJson = listRoutes().filter((route) => route.startsWith('GET ') && !otherwise.includes(route))

test.each(asJson)('the answer of %s matches its schema', async (route) => {
  const response = await app.request(examples[route] ?? route.slice('GET '.length))
  const answer = await response.json()
  expect(response.status).toBe(200)
  expect(JSON.stringify(answer).length).toBeGreaterThan('[]'.length)
  expect(findContradictions(document, route, 200, answer)).toEqual([])
})

test.each(
  Object.keys(examples)
    .filter((route) => route.startsWith('GET /api/') && route.includes('{id}'))
    .map((route) => ({
      route,
      path: (route.startsWith('GET /api/profiles') ? examples[route]! : route.slice('GET '.length))
        .replace('{id}', 'nothing')
        .replace('/1', '/999'),
    })),
)('$route says that there is no such thing, as its schema says', async ({ route, path }) => {
  const response = await app.request(path)
  const answer = await response.json()
  expect(response.status).toBe(404)
  expect(findContradictions(document, route, 404, answer)).toEqual([])
})

test('the status shows everything in progress; while Temporal is away, it has the recorded policy, and null for what only Temporal knows', async () => {
  expect(await (await app.request('/api/status')).json()).toMatchObject({
    state: { policy: { paused: true, aggressiveness: 3 }, proven: 1, lastCycle: null },
    restores: null,
    pause: { pausedBy: 'ada', reason: 'a release' },
    agents: [{ agentId: 'hunter', instances: 1, version: 1 }],
    trials: [{ id: strategy.id, state: 'observing' }],
    approvals: [{ trialId: waiting.id, strategy: { asks: { risk: 'high' } } }],
    results: [{ strategy: { id: strategy.id } }],
    alerts: [{ severity: 'critical', message: 'hunter-2 cannot be reached' }],
  })
})

test('a cycle is shown with its bottlenecks, strategies and trials', async () => {
  expect(await (await app.request(`/api/cycles/${cycleId}`)).json()).toMatchObject({
    id: cycleId,
    state: 'completed',
    phases: { collectMs: 12 },
    bottlenecks: [{ affectedComponent: 'hunter' }],
    strategies: [{ id: strategy.id }, { id: waiting.id }],
    trials: [{ id: strategy.id, judgement: { samples: { candidate: 40 } } }],
  })
})

test('a cycle has the first entries of each list, and says how many there are', async () => {
  const all = { shown: 1, total: 1 }
  expect(await (await app.request(`/api/cycles/${cycleId}?limit=1`)).json()).toMatchObject({
    strategies: [{ id: strategy.id }],
    listed: { strategies: { shown: 1, total: 2 }, bottlenecks: all, trials: all, skipped: { shown: 0, total: 0 } },
  })
  const strategies = await app.request(`/api/cycles/${cycleId}/strategies?limit=1`)
  expect(strategies.headers.get('x-total-count')).toBe('2')
  expect(await strategies.json()).toMatchObject([{ strategy: { id: strategy.id } }])
})

test('a list of cycles has the beginning of what each skipped, and how much that is', async () => {
  const set = (skipped: string[]) =>
    optimizer.db
      .updateTable('cycles')
      .set({ skipped: JSON.stringify(skipped) })
      .where('id', '=', cycleId)
      .execute()
  onTestFinished(() => set([]).then(() => undefined))
  await set(Array.from({ length: 25 }, (_, index) => `agent ${index}: no measurements`))
  const [cycle] = (await (await app.request('/api/cycles?limit=1')).json()) as object[]
  expect(cycle).toMatchObject({ id: cycleId, skipped: { length: 20 }, listed: { skipped: { shown: 20, total: 25 } } })
})

test('a report is JSON, Markdown, or a page that loads nothing, of all agents or one', async () => {
  const report = async (query: string) => await app.request(`/api/report?${query}`)
  expect(await (await report('cycle=latest&agent=hunter')).json()).toMatchObject({
    cycleId,
    agentId: 'hunter',
    trials: { ended: 1 },
  })
  expect(await (await report('since=24h&format=markdown')).text()).toMatch(/^# Report of \d{4}-/)
  const page = await report('since=24h&format=html')
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
  expect(await page.text()).toContain('<h1>Report of')
  const refused = ['agent=nobody', 'since=soon', 'cycle=latest&since=7d', 'cycle=cycle-9', 'format=pdf'].map(report)
  expect((await Promise.all(refused)).map(({ status }) => status)).toEqual([404, 400, 400, 404, 400])
})

test('a report that nobody waits for any more is not made', async () => {
  const left = new AbortController()
  const made = [new AbortController(), left].map(({ signal }) => app.request('/api/report?since=24h', { signal }))
  left.abort()
  expect((await Promise.all(made)).map(({ status }) => status)).toEqual([200, 503])
})

describe('the audit', () => {
  const read = async (query: string) => (await (await app.request(`/api/audit?${query}`)).json()) as AuditPage

  test('has every decision and change once, page by page, with who and why', async () => {
    const entries: AuditEntry[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: AuditPage = await read(`limit=2${next && `&after=${encodeURIComponent(next)}`}`)
      entries.push(...page.entries)
      next = page.next
    }
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
    const times = entries.map(({ at }) => at)
    expect(times).toEqual(times.toSorted().reverse())
    expect(entries).toEqual((await read('limit=1000')).entries)
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'policy.changed', actor: 'ada', subject: 'paused', reason: 'a release' }),
    )
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'trial.started', actor: 'optimizer', subject: 'hunter', workflowId: cycleId }),
    )
    const actions = [
      'approval.asked',
      'configuration.changed',
      'cycle.started',
      'objective.set',
      'profile.taken',
      'trial.concluded',
    ]
    expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(actions))
  })

  test.each([
    ['actor=ada', ['objective.set', 'policy.changed', 'profile.taken', 'profile.taken']],
    ['action=policy', ['policy.changed']],
    ['subject=hunter&action=objective.set', ['objective.set']],
    [`workflowId=${cycleId}`, ['cycle.started', 'trial.concluded', 'trial.started']],
    [`subject=${cycleId}`, ['approval.asked', 'cycle.started', 'trial.concluded', 'trial.started']],
    ['since=2999-01-01T00:00Z', []],
    ['until=2000-01-01T00:00Z', []],
  ])('shows only what matches %s', async (query, actions) => {
    expect((await read(query)).entries.map(({ action }) => action).sort()).toEqual(actions)
  })

  test('has requests that left everything as it was, with who made them', async () => {
    const send = async (method: string, body: object) => {
      const headers = { 'content-type': 'application/json' }
      const request = { method, headers, body: JSON.stringify({ ...body, by: 'eve', reason: 'a test' }) }
      expect((await app.request('/api/objectives', request)).status).toBe(200)
    }
    const objective = { kind: 'hunter', minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] }
    await send('PUT', { objective })
    await send('DELETE', { scope: { kind: 'nobody' } })
    for (let times = 0; times < 4; times++) await updateEngineSettings(optimizer, { data_retention_days: 30 }, 'eve')
    const { entries } = await read('actor=eve')
    expect(entries.map(({ action, subject, detail }) => [action, subject, (detail as { asked?: string }).asked])).toEqual([
      ['request.without-effect', null, 'changeEngineSettings'],
      ['engine-settings.changed', null, undefined],
      ['request.without-effect', 'nobody', 'clearObjective'],
      ['request.without-effect', 'hunter', 'setObjective'],
    ])
  })

  test.each(['after=nonsense', 'limit=0', 'since=soon', 'who=ada'])('refuses %s', async (query) => {
    expect((await app.request(`/api/audit?${query}`)).status).toBe(400)
  })
})

test('an objective whose tolerance takes more executions than usual to prove says so, when it is set and when it is read', async () => {
  const objective = { kind: 'narrow', minimize: 'costUsd', tolerate: { successRate: 1 } }
  const request = {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ objective, by: 'zoe', reason: 'a test' }),
  }
  const note = expect.stringMatching(/^Ruling out a loss of 1 point in successRate takes about \d+ executions per arm, more than/)
  const set = await app.request('/api/objectives', request)
  expect(await set.json()).toMatchObject({ notes: expect.arrayContaining([note]) })
  const views = (await (await app.request('/api/objectives')).json()) as { objective: { kind?: string } }[]
  expect(views.find((view) => view.objective.kind === 'narrow')).toMatchObject({ notes: [note] })
})

test('the history is read by component, by time and page by page', async () => {
  await insertPolicyChanges(optimizer.db, [
    { field: 'aggressiveness', oldValue: 3, newValue: 3, changedBy: 'optimizer', reason: 'results' },
  ])
  const began = Date.now() - 600_000
  await recordAnomalies(optimizer.db, { open: [anomaly({ component: 'seen', since: began, detectedAt: began })], ended: [] })
  const read = async (path: string) => (await (await app.request(path)).json()) as { id: string | number; changedBy?: string }[]
  const later = new Date(Date.now() + 60_000).toISOString()
  for (const [path, only] of [
    ['/api/bottlenecks', `component=hunter&cycle=${cycleId}`],
    ['/api/anomalies', 'component=seen'],
    ['/api/anomalies', 'all=true&component=seen'],
    ['/api/cycles', 'limit=1'],
    ['/api/alerts', 'all=true&component=hunter'],
    ['/api/alerts', 'component=hunter'],
    ['/api/policy/history', 'byPeople=true'],
    ['/api/restores', 'agent=hunter'],
  ]) {
    const [newest] = await read(`${path}?${only}`)
    expect(newest, path).toBeDefined()
    expect(await read(`${path}?${only}&since=2026-01-01T00:00Z&until=${later}`), path).toHaveLength(1)
    for (const none of [`after=${newest!.id}`, `since=${later}`, 'until=2026-01-01T00:00Z'])
      expect(await read(`${path}?${only}&${none}`), `${path} ${none}`).toEqual([])
  }
  expect(await read('/api/bottlenecks?component=nobody')).toEqual([])
  const tried = [{ strategyId: waiting.id }, { strategyId: strategy.id }]
  expect(await read('/api/bottlenecks?severity=high')).toMatchObject([{ agentId: 'hunter', done: { tried } }])
  await recordCycleStart(optimizer.db, { id: 'cycle-dry', runId: 'run', dryRun: true })
  const small = { description: 'hunter answers slowly', impact: 4, suggestedFix: 'cache more' }
  await replaceBottlenecks(optimizer.db, 'cycle-dry', null, [
    { type: 'agent_response_time', severity: 'low', affectedComponent: 'hunter', ...small },
  ])
  const nothing = { tried: [], nothingBecause: 'the cycle that found it was a dry run' }
  expect(await read('/api/bottlenecks?severity=low')).toMatchObject([{ cycleId: 'cycle-dry', done: nothing }])
  // A cycle for an agent acts on what that agent makes slow elsewhere.
  await recordCycleStart(optimizer.db, { id: 'cycle-cause', runId: 'run', target: 'hunter' })
  const ofOthers = ['caller', 'queued', 'left', 'bystander'].map((affectedComponent) => ({
    type: 'agent_response_time',
    affectedComponent,
    ...small,
  }))
  await replaceBottlenecks(
    optimizer.db,
    'cycle-cause',
    null,
    ofOthers.map((found) => ({ ...found, severity: 'low' })),
  )
  const [relief, queued, left] = ['caller', 'queued', 'left'].map((targetComponent) => ({
    ...waiting,
    id: `opt_9_${targetComponent}`,
    targetComponent,
  }))
  await insertStrategies(optimizer.db, 'cycle-cause', [relief!, queued!, left!])
  await markStrategySkipped(optimizer.db, left!.id, 'hunter is locked')
  await requestApproval(optimizer.db, { trialId: relief!.id, agentId: 'hunter' }, 60_000)
  const doneFor = (component: string) => read(`/api/bottlenecks?component=${component}`)
  expect(await doneFor('caller')).toMatchObject([{ done: { tried: [{ strategyId: relief!.id }], nothingBecause: null } }])
  for (const [component, fate] of [
    ['queued', 'has not begun'],
    ['left', 'was not carried out: hunter is locked'],
  ] as const) {
    const nothingBecause = expect.stringMatching(new RegExp(`^cycle-cause planned .* on hunter, which ${fate}$`))
    expect(await doneFor(component), component).toMatchObject([{ done: { tried: [], nothingBecause } }])
  }
  const excluded = { tried: [], nothingBecause: 'the cycle that found it was for hunter only' }
  expect(await doneFor('bystander')).toMatchObject([{ done: excluded }])
  expect((await read('/api/policy/history')).map(({ changedBy }) => changedBy)).toEqual(['optimizer', 'ada'])
  expect((await read('/api/policy/history?byPeople=true')).map(({ changedBy }) => changedBy)).toEqual(['ada'])
})
