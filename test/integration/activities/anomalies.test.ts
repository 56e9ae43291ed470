import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AnomalyWatcher } from '../../../src/activities/anomaly-watcher.ts'
import { listRecordedChanges } from '../../../src/activities/recorded-changes.ts'
import { createAnomalyWatchLoop } from '../../../src/activities/watch-anomalies.ts'
import { parseCollapsedStacks } from '../../../src/analysis/profiling/collapsed-stacks.ts'
import { dismissAnomaly, recordDeployment } from '../../../src/client/anomalies.ts'
import { configSchema } from '../../../src/config/config.ts'
import { builtInCatalogue } from '../../../src/model/metric.ts'
import { readAnomalies } from '../../../src/reading/anomalies.ts'
import { readAnomalyCoverage } from '../../../src/reading/anomaly-coverage.ts'
import type { ReadContext } from '../../../src/reading/context.ts'
import { readPeriodReport } from '../../../src/reading/period-report.ts'
import { formatReportFile } from '../../../src/reports/formats.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { listUnsentAlerts, recordSentAlerts } from '../../../src/store/alert-conditions.ts'
import { listOpenAlerts, raiseAlert } from '../../../src/store/alerts.ts'
import { listAnomalies, listComponentAnomalies, recordAnomalies } from '../../../src/store/anomalies.ts'
import { listAnomalySeries, loadReportedMetricsByStep, saveAnomalySeries } from '../../../src/store/anomaly-series.ts'
import { listAuditEntries } from '../../../src/store/audit.ts'
import { replaceBottlenecks } from '../../../src/store/bottlenecks.ts'
import { listChangeEvents } from '../../../src/store/change-events.ts'
import { loadCountermeasures } from '../../../src/store/countermeasures.ts'
import { recordCycleStart } from '../../../src/store/cycles.ts'
import { recordPerformanceProfile } from '../../../src/store/performance-profiles.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { formatPeriodReport } from '../../../src/terminal/format-period-report.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'

const minute = 60_000
const settings = configSchema.parse({ anomalies: { stepSeconds: 60 } }).anomalies
/** A whole minute ten minutes ago: the fault lasts until now. */
const faultAt = Math.floor(Date.now() / minute) * minute - 10 * minute
const now = faultAt + 10 * minute + 10_000

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
  for (const agentId of ['hunter', 'analyzer']) await registerInstance(store.db, announcement(agentId, `${agentId}-1`))
  await work(faultAt - 6 * 60 * minute, faultAt, [1, 1])
  await work(faultAt, now, [3, 6])
})
afterAll(() => store.drop())

/** Three executions and one message from hunter to analyzer a minute; response times are so many times as long. */
async function work(from: number, to: number, [hunter, analyzer]: [number, number]): Promise<void> {
  // The same noise in every run.
  const uniform = (phase: number) =>
    sql`mod((abs(sin((extract(epoch from at)::float8 - ${from / 1_000}::float8 + ${phase}::float8) * 12.9898)) * 43758.5453)::numeric, 1)::float8`
  const noiseOf = (phase: number) =>
    sql`exp(0.1 * sqrt(-2 * ln(1 - ${uniform(phase)})) * cos(2 * pi() * ${uniform(phase + 0.5)}))`
  const noise = sql`case when name = 'hunter' then ${noiseOf(0.1)} else ${noiseOf(0.7)} end`
  const times = sql`generate_series(${new Date(from)}::timestamptz, ${new Date(to - 1)}::timestamptz, interval '20 seconds') at`
  await sql`
    insert into agent_executions (timestamp, agent_name, execution_type, execution_time_ms, instance_id, configuration_version)
    select at, name, 'work', 100 * ${noise} * factor, name || '-1', 1
    from ${times}, (values ('hunter', ${hunter}::float8), ('analyzer', ${analyzer}::float8)) agent (name, factor)`.execute(
    store.db,
  )
  await sql`
    insert into agent_messages (timestamp, from_agent, to_agent, type, latency_ms, delivered)
    select at, 'hunter', 'analyzer', 'signal', 5 * ${noiseOf(0.3)}, true from ${times}`.execute(store.db)
}

const listSaved = async () => (await Array.fromAsync(listAnomalySeries(store.db, 3))).flat()
const watch = async (until: number) => {
  const watcher = await AnomalyWatcher.load(store.db, settings, builtInCatalogue, until)
  while (watcher.isDue(until)) await watcher.advance(builtInCatalogue, until)
  await watcher.save()
}
const context = () => ({ db: store.db, config: configSchema.parse({}) }) as ReadContext
const openOf = async (agentId: string) =>
  (await readAnomalies(context())).items.find(({ component, metric }) => component === agentId && metric === 'responseTime')

test('where nothing is looked at, or too little is known, that is said', async () => {
  const readPeriod = async (from: number, to: number, agentId?: string) => {
    const config = configSchema.parse({ anomalies: { stepSeconds: settings.stepSeconds } })
    const report = await readPeriodReport({ db: store.db, config }, { from: new Date(from), to: new Date(to) }, agentId)
    const formats = [formatPeriodReport(report), formatReportFile(report, 'markdown'), formatReportFile(report, 'html')]
    const plain = report.judgedSeries.description
    for (const text of formats) expect(text.replace(/\\/g, '')).toContain(plain)
    return report.judgedSeries
  }
  const describe = async (component?: string, at = now) => (await readAnomalyCoverage(context(), component, at)).description
  expect(await describe()).toMatch(/^No metric series is recorded as watched/)
  const early = faultAt - 4 * 60 * minute
  await watch(early)
  expect(await describe('hunter', early)).toMatch(
    /^\d metric series are watched .*there are still too few values to find any in them.*150 values/,
  )
  const learned = await readPeriod(early - 60 * minute, early)
  expect(learned).toMatchObject({
    judged: 0,
    description: expect.stringMatching(/^No anomaly could be detected in .* too few before it/),
  })
  expect(learned.series).toBeGreaterThan(0)
  await sql`update anomaly_series set watched_until = watched_until - interval '1 hour' where component = 'hunter'`.execute(
    store.db,
  )
  expect(await describe('hunter', early)).toMatch(/^\d metric series are watched/)
  expect(await describe('hunter', early + 60 * minute)).toMatch(/were watched for anomalies until \d{4}-/)
  const disabled = { db: store.db, config: configSchema.parse({ anomalies: { enabled: false } }) }
  expect((await readAnomalyCoverage(disabled)).description).toContain('disabled')
  const known = faultAt - 2 * minute
  await watch(known)
  expect(await describe(undefined, known)).toMatch(/^\d+ metric series are watched for anomalies\.$/)

  // The whole history of the agent is known by now.
  const { series } = await readPeriod(known - 60 * minute, known, 'hunter')
  expect(series).toBeGreaterThan(0)
  expect(await readPeriod(known - 60 * minute, known, 'hunter')).toMatchObject({
    judged: series,
    partly: 0,
    description: expect.stringMatching(/^Detection covered (all|the only)/),
  })
  const [began] = (
    await sql<{ at: Date }>`select min(timestamp) as at from agent_executions where agent_name = 'hunter'`.execute(store.db)
  ).rows
  const firstAt = began!.at.getTime()
  expect(await readPeriod(firstAt, known, 'hunter')).toMatchObject({
    judged: series,
    partly: series,
    description: expect.stringContaining('only a part of this period'),
  })
  expect(await readPeriod(firstAt, firstAt + 10 * minute, 'hunter'), 'before enough steps').toMatchObject({ judged: 0 })
  const afterwards = known + 60 * minute
  expect(await readPeriod(afterwards, afterwards + minute, 'hunter'), 'after it stopped').toMatchObject({ judged: 0 })
  await sql`update anomaly_series set is_learning = true where component = 'hunter' and metric = 'responseTime'`.execute(store.db)
  expect(await readPeriod(known - 60 * minute, known, 'hunter')).toMatchObject({
    judged: series - 1,
    description: expect.stringContaining(`In 1 of ${series} metric series, no anomaly could be detected`),
  })
  await sql`update anomaly_series set is_learning = false where component = 'hunter'`.execute(store.db)
})

test('a fault is an anomaly with its cause, what came before it, and an alert that turns to the cause; it ends', async () => {
  const at = new Date(faultAt - minute).toISOString()
  await recordDeployment(store, { component: 'analyzer', description: 'release 3.1', at, by: 'a test' })
  await watch(now)
  const slow = (await openOf('hunter'))!
  expect(slow).toMatchObject({ isWorse: true, type: 'dependency_slowdown' })
  expect(Math.abs(slow.since.getTime() - faultAt)).toBeLessThanOrEqual(3 * minute)
  expect(slow.causes[0]).toMatchObject({ component: 'analyzer', why: expect.stringContaining('release 3.1 came shortly before') })
  expect(slow.events[0]).toMatchObject({ kind: 'deploy', description: 'release 3.1' })
  expect(slow.explanation).toContain('probably because of analyzer')
  const alerts = async () => (await listOpenAlerts(store.db)).filter(({ cause }) => cause === 'anomaly')
  expect(await alerts()).toContainEqual(expect.objectContaining({ metric: 'responseTime', subject: 'analyzer' }))

  const later = now + 30 * minute
  await work(now, later, [1, 1])
  await watch(later)
  expect(await openOf('hunter')).toBeUndefined()
  const all = (await readAnomalies(context(), { limit: 100, isOpen: false })).items
  const over = all.filter(({ component, metric }) => component === 'hunter' && metric === 'responseTime')
  expect(over.map(({ id }) => id)).toEqual([slow.id])
  expect(Math.abs(over[0]!.endedAt!.getTime() - now)).toBeLessThanOrEqual(3 * minute)
  expect((await alerts()).map(({ component }) => component)).not.toContain('responseTime of hunter')
})

test('an anomaly that is dismissed is over, and says by whom; the audit has it, and the deployment', async () => {
  const slow = (await readAnomalies(context(), { limit: 100, isOpen: false })).items.at(-1)!
  await dismissAnomaly(store, slow.id, { by: 'a test', reason: 'the backup' })
  await expect(dismissAnomaly(store, 999_999, { by: 'a test' })).rejects.toMatchObject({ code: 'unknown-anomaly' })
  expect((await readAnomalies(context(), { limit: 100, isOpen: false })).items.at(-1)).toMatchObject({
    dismissedBy: 'a test',
    dismissal: 'the backup',
  })
  expect((await readAnomalies(context())).items.map(({ id }) => id)).not.toContain(slow.id)
  expect((await listAuditEntries(store.db, { limit: 10, actor: 'a test' })).entries).toMatchObject([
    { action: 'anomaly.dismissed', subject: slow.component, reason: 'the backup', detail: { anomalyId: slow.id } },
    { action: 'deployment.recorded', subject: 'analyzer', reason: 'release 3.1' },
  ])
})

test('what may have caused it are deployments, versions, restarts and new hotspots of the time before', async () => {
  const take = (hot: number, key: string) =>
    recordPerformanceProfile(store.db, key, {
      target: 'analyzer',
      instanceId: 'analyzer-1',
      kind: 'cpu',
      trigger: 'person',
      requestedBy: 'ada',
      reason: '',
      workflowId: 'profile-analyzer-cpu',
      runId: key,
      trialId: null,
      arm: null,
      version: 1,
      content: parseCollapsedStacks(`main;sort (agent.ts:4) ${hot}\nmain;rest ${1_000 - hot}`, 'microseconds', 1_000),
    })
  for (const startedAt of [1, Date.now()]) await registerInstance(store.db, announcement('analyzer', 'analyzer-1', { startedAt }))
  await take(50, 'before')
  await take(500, 'after')
  const [from, to] = [faultAt - minute, Date.now() + minute]
  const events = await listChangeEvents(store.db, new Date(from), new Date(to))
  const changes = await listRecordedChanges(store.db, events, { suspects: ['analyzer'], from, since: to })
  const ofAnalyzer = changes.filter(({ component }) => component === 'analyzer').map(({ description }) => description)
  // The restart is the second effect of the version.
  expect(ofAnalyzer.toSorted()).toEqual([
    'configuration version 1',
    'configuration version 1',
    'new hotspot sort (agent.ts:4), 50% of its CPU time, up from 5%',
    'release 3.1',
  ])
  const onlyBefore = await listRecordedChanges(store.db, [], { suspects: ['analyzer'], from, since: faultAt })
  expect(onlyBefore).toEqual([])
  expect(await listRecordedChanges(store.db, [], { suspects: ['hunter'], from, since: to })).toEqual([])
})

test('the events of a component are found however many others have had since', async () => {
  const components = sql`generate_series(1, 15) component, generate_series(1, 15) version`
  await sql`
    insert into deployments (at, component, description, deployed_by)
    select now(), 'other-' || component, 'release ' || version, 'a test' from ${components}`.execute(store.db)
  const find = async (first: string[]) => {
    const events = await listChangeEvents(store.db, new Date(faultAt - 2 * minute), new Date(Date.now() + minute), first)
    return events.filter(({ description }) => description === 'release 3.1')
  }
  expect(await find([])).toEqual([])
  expect(await find(['analyzer'])).toHaveLength(1)
})

test('each anomaly of an agent is told what its cycle did against it, also if a worse one hides it from the plan', async () => {
  const found = (type: string, severity: 'high' | 'medium', metric: string) => ({
    type,
    severity,
    affectedComponent: 'hunter',
    description: metric,
    impact: 50,
    suggestedFix: 'Relieve it',
    metric,
  })
  await recordCycleStart(store.db, { id: 'cycle-1', runId: 'run-1' })
  await replaceBottlenecks(store.db, 'cycle-1', null, [
    found('agent_response_time', 'high', 'responseTime'),
    found('response_time_anomaly', 'high', 'responseTime'),
    found('resource_anomaly', 'high', 'cpuPercent'),
    found('resource_anomaly', 'medium', 'memoryPercent'),
  ])
  await insertStrategies(store.db, 'cycle-1', [
    { ...strategyFor('hunter', 'opt_1_slow'), type: 'agent_response_time' },
    { ...strategyFor('hunter', 'opt_2_busy'), type: 'resource_anomaly' },
  ])
  const from = new Date(faultAt)
  const degradations = ['responseTime', 'cpuPercent', 'memoryPercent'].map((metric) => ({
    component: 'hunter',
    metric,
    from,
    to: null,
  }))
  const skipped = ['memory of hunter: a worse one comes first']
  await store.db
    .updateTable('cycles')
    .where('id', '=', 'cycle-1')
    .set({ skipped: JSON.stringify(skipped) })
    .execute()
  const known = await loadCountermeasures(store.db, degradations, 3)
  expect(known.map(({ found }) => found?.skipped)).toEqual([skipped, skipped, skipped])
  expect(known.map(({ found }) => found?.planned?.strategy.id ?? found?.planned)).toEqual(['opt_1_slow', 'opt_2_busy', null])
})

test('an alert says how many series there is no place for', async () => {
  const until = now + 40 * minute
  await work(now + 30 * minute, until, [1, 1])
  const watcher = await AnomalyWatcher.load(store.db, { ...settings, maxSeries: 2 }, builtInCatalogue, until)
  while (watcher.isDue(until)) await watcher.advance(builtInCatalogue, until)
  const alerts = await listOpenAlerts(store.db)
  expect(alerts).toContainEqual(
    expect.objectContaining({
      severity: 'low',
      subject: null,
      message: expect.stringMatching(/^About \d+ metric series are not watched for anomalies/),
    }),
  )
})

test('series whose saved states are of another version are being learned until they are saved again', async () => {
  const learning = async () => (await readAnomalyCoverage(context(), undefined, now)).learning
  const saved = await listSaved()
  expect(await learning()).toBeLessThan(saved.length)
  await sql`update anomaly_series set state = jsonb_set(state::jsonb, '{detector,version}', '1')`.execute(store.db)
  await AnomalyWatcher.load(store.db, settings, builtInCatalogue, now)
  expect(await learning()).toBe(saved.length)
  await saveAnomalySeries(store.db, saved)
})

test('what another worker has watched and saved meanwhile is noticed', async () => {
  const until = now + 45 * minute
  const [own, other] = [
    await AnomalyWatcher.load(store.db, settings, builtInCatalogue, until),
    await AnomalyWatcher.load(store.db, settings, builtInCatalogue, until),
  ]
  while (own.isDue(until)) await own.advance(builtInCatalogue, until)
  await own.save()
  expect([await own.isSaver(), await other.isSaver()]).toEqual([true, false])
})

test('a value that no metric can have is left out, and the others of its step count', async () => {
  const at = new Date(faultAt)
  await registerInstance(store.db, announcement('payer', 'payer-1'))
  for (const cost of ['0.2', '0.4', '-1', '1e400', '1.797e308', '1.797e308'])
    await sql`
      insert into agent_executions (timestamp, agent_name, execution_type, execution_time_ms, instance_id, configuration_version, metrics)
      values (${at}, 'payer', 'work', 1, 'payer-1', 1, ${`{"costUsd": ${cost}}`}::jsonb)`.execute(store.db)
  const steps = { from: at, to: new Date(faultAt + minute), stepSeconds: 60 }
  const [payer, ...others] = await loadReportedMetricsByStep(store.db, steps, ['costUsd'])
  expect(others).toEqual([])
  expect(payer).toMatchObject({ agentId: 'payer', metric: 'costUsd' })
  expect(payer!.mean).toBeCloseTo(0.3)
})

test('the optimizer hears of an alert again once it turns to another component, and others do not', async () => {
  const alert = { cause: 'anomaly' as const, component: 'responseTime of caller', severity: 'high' as const, message: 'slow' }
  await raiseAlert(store.db, { ...alert, subject: 'caller' })
  const unheard = async (sink: string) =>
    (await listUnsentAlerts(store.db, sink, false)).filter(({ component }) => component === alert.component)
  const { id } = (await unheard('optimizer'))[0]!
  for (const sink of ['optimizer', 'slack']) await recordSentAlerts(store.db, sink, [{ id, state: 'high' }])
  await raiseAlert(store.db, { ...alert, subject: 'caller' })
  expect(await unheard('optimizer')).toEqual([])
  await raiseAlert(store.db, { ...alert, subject: 'analyzer' })
  expect(await unheard('optimizer')).toMatchObject([{ id, subject: 'analyzer' }])
  expect(await unheard('slack')).toEqual([])
})

test('a detection that keeps failing raises an alert', async () => {
  const failures: string[] = []
  const config = configSchema.parse({ anomalies: { stepSeconds: 60 } })
  const watching = createAnomalyWatchLoop(store.db, config, (_error, message) => failures.push(message))
  const alertOfFailure = async () =>
    (await listOpenAlerts(store.db)).find(({ message }) => message.startsWith('Anomaly detection is failing'))
  const turn = async () => {
    vi.setSystemTime(Date.now() + minute)
    watching.start()
    await watching.save()
  }
  vi.useFakeTimers({ toFake: ['Date'] })
  await sql`alter table anomaly_series rename to away`.execute(store.db)
  try {
    await turn()
    expect(await alertOfFailure()).toBeUndefined()
    await turn()
    expect(failures).toEqual(['anomaly detection failed', 'anomaly detection failed'])
    expect(await alertOfFailure()).toMatchObject({ severity: 'high', component: 'anomaly detection' })
  } finally {
    await sql`alter table away rename to anomaly_series`.execute(store.db)
    vi.useRealTimers()
  }
})

test('nothing stays open once the watching is switched off', async () => {
  const { content } = (await listAnomalies(store.db, { limit: 1 }))[0]!
  const [series] = await listSaved()
  const { component, metric } = series!
  const open = { ...content, component, metric, endedAt: null, unusual: 1, calm: 0 }
  await saveAnomalySeries(store.db, [{ ...series!, state: { ...series!.state, open } }])
  const failures: unknown[] = []
  const config = configSchema.parse({ anomalies: { stepSeconds: 60 } })
  const watching = createAnomalyWatchLoop(store.db, config, (error) => failures.push(error))
  const turn = async () => {
    watching.start()
    await watching.save()
  }
  await turn()
  await recordAnomalies(store.db, { open: [open], ended: [] })
  expect((await readAnomalies(context())).items).not.toEqual([])
  await raiseAlert(store.db, { cause: 'anomaly', component: 'responseTime of hunter', severity: 'high', message: 'slow' })
  config.anomalies = { ...config.anomalies, enabled: false }
  await turn()
  expect(failures).toEqual([])
  expect((await readAnomalies(context())).items).toEqual([])
  expect((await listComponentAnomalies(store.db, component, new Date(0))).filter(({ endedAt }) => endedAt === null)).toEqual([])
  expect((await listOpenAlerts(store.db)).filter(({ cause }) => cause === 'anomaly')).toEqual([])
  const saved = await listSaved()
  expect(saved.filter(({ state }) => (state as { open?: unknown }).open)).toEqual([])
})
