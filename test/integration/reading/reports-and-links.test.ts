import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NoticeSender } from '../../../src/activities/send-notices.ts'
import { OptimizerClient } from '../../../src/client/optimizer.ts'
import { configSchema } from '../../../src/config/config.ts'
import { buildApprovalLink } from '../../../src/messaging/approval-link.ts'
import { readAnomalies } from '../../../src/reading/anomalies.ts'
import { resolveAuditSubject } from '../../../src/reading/audit.ts'
import { explain } from '../../../src/reading/explain.ts'
import { readCycleReport, readPeriodReport } from '../../../src/reading/period-report.ts'
import { readRequestedReport } from '../../../src/reading/requested-report.ts'
import { resolveTrialId } from '../../../src/reading/short-ids.ts'
import { formatReportFile } from '../../../src/reports/formats.ts'
import { getCurrentConfiguration, registerInstance } from '../../../src/store/agents.ts'
import { recordAnomalies } from '../../../src/store/anomalies.ts'
import { closeApproval, findApproval, requestApproval } from '../../../src/store/approvals.ts'
import { insertAuditEntry } from '../../../src/store/audit-entries.ts'
import { replaceBottlenecks } from '../../../src/store/bottlenecks.ts'
import { appendConfiguration, setProvenVersion } from '../../../src/store/configurations.ts'
import { recordCycleEnd, recordCycleSkips, recordCycleStart } from '../../../src/store/cycles.ts'
import { recordPerformanceProfile } from '../../../src/store/performance-profiles.ts'
import { upsertResult } from '../../../src/store/results.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial } from '../../../src/store/trials.ts'
import { formatAnomalies } from '../../../src/terminal/format-anomalies.ts'
import { formatPeriodReport } from '../../../src/terminal/format-period-report.ts'
import { anomaly } from '../../support/anomalies.ts'
import { appOf } from '../../support/api.ts'
import { type ReceivingServer, startReceivingServer } from '../../support/receiving-server.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

const hourMs = 3_600_000
const now = Date.now()
const secret = 'at-least-32-characters-for-the-links'
const hostile = '<script>alert(1)</script> | [x](javascript:1)'

let store: TestStore
let slack: ReceivingServer
let folder: string
let optimizer: OptimizerClient
beforeAll(async () => {
  ;[store, slack] = await Promise.all([createTestStore(), startReceivingServer()])
  folder = mkdtempSync(join(tmpdir(), 'optimizer-test-'))
  const { temporal, db } = await withClosedTemporal(store.db)
  const config = configSchema.parse({
    approval: { slack: { url: slack.url, publicUrl: 'http://127.0.0.1:8080', secret } },
    reports: [
      { type: 'file', every: 'cycle', folder, format: 'html' },
      { type: 'slack', every: 'day', url: slack.url },
    ],
  })
  optimizer = new OptimizerClient(temporal, db, config)
  await registerInstance(db, announcement('hunter', 'hunter-1'))
  const { values } = await getCurrentConfiguration(db, 'hunter')
  const changed = { agentId: 'hunter', values: { ...values, cacheSize: 4 }, origin: 'trial', reason: 'a test' } as const
  await setProvenVersion(db, 'hunter', await appendConfiguration(db, changed))
  await recordCycleStart(db, { id: 'cycle-1', runId: 'run-1' })
  await replaceBottlenecks(db, 'cycle-1', null, [
    {
      type: 'agent_response_time',
      severity: 'high',
      affectedComponent: 'hunter',
      description: hostile,
      impact: 25,
      suggestedFix: 'a larger cache',
    },
  ])
  const results = [
    { id: 'opt_1_aaaaa', known: { promised: { improvement: 17.5, interval: [5, 30] as [number, number], held: true } } },
    { id: 'opt_2_aaaab', known: { success: false, verdict: 'roll-back' as const, actualImprovement: -3 } },
  ]
  for (const { id, known } of results) {
    const strategy = strategyFor('hunter', id)
    await insertStrategies(db, 'cycle-1', [strategy])
    await insertTrial(db, {
      id,
      agentId: 'hunter',
      workflowId: 'cycle-1',
      design: 'concurrent',
      baselineVersion: 1,
      candidateVersion: 2,
      candidateInstances: ['hunter-1'],
      controlInstances: [],
    })
    const timestamp = new Date(now - hourMs).toISOString()
    await upsertResult(db, 'cycle-1', { ...resultOf(planned(), { timestamp, ...known }), strategy })
  }
  const began = { component: 'hunter', since: now - hourMs, detectedAt: now - hourMs }
  await recordAnomalies(db, {
    open: [anomaly(began), anomaly({ ...began, metric: 'throughput', isWorse: false })],
    ended: [anomaly({ ...began, metric: 'successRate', since: now - 50 * hourMs, endedAt: now - 49 * hourMs })],
  })
  for (const [key, self] of Object.entries({ older: 10, newer: 90 }))
    await recordPerformanceProfile(db, key, {
      target: 'hunter',
      instanceId: 'hunter-1',
      kind: 'cpu',
      trigger: 'person',
      requestedBy: 'ada',
      reason: 'slow',
      workflowId: key,
      runId: key,
      trialId: null,
      arm: null,
      version: 1,
      content: {
        unit: 'microseconds',
        durationMs: 1_000,
        frames: [
          { name: '(root)', file: null, line: null },
          { name: 'findDuplicates', file: 'src/agent.ts', line: 41 },
          { name: 'rest', file: 'src/agent.ts', line: 7 },
        ],
        nodes: [
          [0, -1, 0],
          [1, 0, self],
          [2, 0, 100 - self],
        ],
      },
    })
  await recordCycleEnd(db, 'cycle-1', { state: 'completed' })
})
afterAll(async () => {
  slack?.stop()
  rmSync(folder, { recursive: true, force: true })
  await store?.drop()
})

describe('the report of a time', () => {
  const period = { from: new Date(now - 24 * hourMs), to: new Date(now + hourMs) }

  test('has the impact, the bottlenecks and the calibration of that time alone', async () => {
    const [report, { items }] = await Promise.all([readPeriodReport(optimizer, period), readAnomalies(optimizer)])
    const done = {
      tried: [
        { strategyId: 'opt_2_aaaab', agentId: 'hunter', verdict: 'roll-back', standing: 'restored' },
        { strategyId: 'opt_1_aaaaa', verdict: 'keep', standing: 'in-force', improvement: 23.4 },
      ],
      more: 0,
      nothingBecause: null,
    }
    expect(report).toMatchObject({
      cycles: { completed: 1 },
      impact: { totalOptimizations: 2, successfulOptimizations: 1 },
      trials: { ended: 2, kept: 1, rolledBack: 1, undecided: 0, totalMs: 160_000 },
      anomalies: [
        { component: 'hunter', metric: 'responseTime', endedAt: null, explanation: expect.stringContaining('2800 ms'), done },
      ],
      gains: [{ agentId: 'hunter', metric: 'responseTime', effect: 'gained', improvement: 23.4 }, { effect: 'unclear' }],
      bottlenecks: {
        total: 1,
        byTime: [{ critical: 0, high: 1 }],
        recurring: [{ component: 'hunter', worst: 'high', count: 1, done }],
      },
      profiles: [{ target: 'hunter', hotspots: [{ function: 'findDuplicates', sharePercent: 90 }, { function: 'rest' }] }],
      calibration: { trials: [{ trialId: 'opt_1_aaaaa', predicted: 17.5, measured: 23.4 }] },
      listed: { results: { shown: 2, total: 2 } },
    })
    expect(items, 'of those that go on, too').toMatchObject([
      { metric: 'throughput', isWorse: false, done: null },
      { metric: 'responseTime', isWorse: true, done },
    ])
    expect(formatAnomalies({ items, total: 2 }, { description: 'All are watched.' })).toContain(
      'Tried in response: opt_2_aaaab on hunter',
    )
    const before = await readPeriodReport(optimizer, { from: new Date(0), to: period.from })
    expect(before).toMatchObject({ profiles: [], cycles: {}, trials: { ended: 0 }, bottlenecks: { total: 0 }, gains: [] })
  })

  test('is the same for a cycle, by its id or the latest', async () => {
    const report = await readCycleReport(optimizer)
    expect(report).toMatchObject({ cycleId: 'cycle-1', cycles: { completed: 1 }, trials: { ended: 2 } })
    expect(await readCycleReport(optimizer, 'cycle-1')).toMatchObject({ trials: report.trials })
    await expect(readCycleReport(optimizer, 'cycle-2')).rejects.toMatchObject({ code: 'unknown-cycle' })
  })

  test('may be of one agent, with its results, bottlenecks and gains alone', async () => {
    await registerInstance(store.db, announcement('idle', 'idle-1'), now)
    const [all, hunter, idle] = await Promise.all(
      [undefined, 'hunter', 'idle'].map((agent) => readRequestedReport(optimizer, { cycle: 'latest', agent })),
    )
    const { results, gains, bottlenecks, trials } = all!
    expect(hunter).toMatchObject({ agentId: 'hunter', results, gains, bottlenecks, trials })
    expect(idle).toMatchObject({
      profiles: [],
      agentId: 'idle',
      trials: { ended: 0 },
      bottlenecks: { total: 0, recurring: [] },
      gains: [],
    })
    const week = await readRequestedReport(optimizer, { agent: 'idle' })
    expect(week).toMatchObject({ cycleId: null, trials: { ended: 0 }, bottlenecks: { total: 0 }, results: [] })
    expect(formatReportFile(hunter!, 'markdown')).toMatch(/^# Report of hunter, cycle cycle-1, /)
    await expect(readRequestedReport(optimizer, { agent: 'nobody' })).rejects.toMatchObject({ code: 'unknown-agent' })
  })

  test('is one page with plots that loads nothing, and what others wrote stays text in every format', async () => {
    const report = await readPeriodReport(optimizer, period)
    const html = formatReportFile(report, 'html')
    expect(html.match(/<svg /g)).toHaveLength(3)
    expect(html).not.toMatch(/<script|src=|href=|url\(/)
    expect(html).toContain('&lt;script&gt;alert(1)')
    const markdown = formatReportFile(report, 'markdown')
    expect(markdown).toContain('\\<script\\>alert(1)\\</script\\> \\| \\[x\\](javascript:1)')
    expect(JSON.parse(formatReportFile(report, 'json'))).toMatchObject({ trials: { kept: 1 } })
    const text = formatPeriodReport(report)
    expect(text).toContain('2 trials ended: 1 kept, 1 rolled back, 0 undecided.')
    expect(markdown).toContain('findDuplicates (src/agent.ts:41) took 90% of the CPU time')
    expect(text).toContain('Tried in response: opt_2_aaaab on hunter')
  })
})

test('an explanation says why nothing was tried against a bottleneck: what the last cycle said that was no dry run or of another agent', async () => {
  const { db } = store
  await registerInstance(db, announcement('idle', 'idle-1'), now)
  const bottleneck = { type: 'agent_success_rate', severity: 'high', affectedComponent: 'idle', description: 'It fails' } as const
  const cycles = [
    { id: 'cycle-a', reason: 'it is older' },
    { id: 'cycle-b', reason: 'ada paused it' },
    { id: 'cycle-c', reason: 'it is a dry run', dryRun: true },
    { id: 'cycle-d', reason: 'hunter is the target', target: 'hunter' },
  ]
  for (const { reason, ...cycle } of cycles) {
    await recordCycleStart(db, { ...cycle, runId: cycle.id })
    await recordCycleSkips(db, cycle.id, [`Success rate of idle: ${reason}`])
    await replaceBottlenecks(db, cycle.id, null, [{ ...bottleneck, impact: 10, suggestedFix: 'more retries' }])
  }
  const { sections } = await explain(optimizer, 'idle')
  expect(sections.find(({ title }) => title === 'Bottlenecks')?.sentences).toEqual([
    expect.stringMatching(/^It fails: high severity, found by 4 cycles in the last day, first at .* and last at /),
    'Nothing was tried in response: ada paused it (cycle-b).',
  ])
})

test('the id of a trial may be shortened to its beginning or end, unless several are meant', async () => {
  const resolve = (text: string) => resolveTrialId(optimizer, text)
  expect(await resolve('opt_1_aaaaa')).toBe('opt_1_aaaaa')
  expect(await resolve('opt_2')).toBe('opt_2_aaaab')
  expect(await resolve('aaaab')).toBe('opt_2_aaaab')
  expect(await resolve('nothing')).toBe('nothing')
  expect(await resolve('%')).toBe('%')
  await expect(resolve('opt_')).rejects.toMatchObject({ code: 'invalid-id', message: /opt_2_aaaab, opt_1_aaaaa/ })
})

test('what the audit knows by a name is not taken for a short id', async () => {
  const resolve = () => resolveAuditSubject(optimizer, 'aaaab')
  expect(await resolve()).toBe('opt_2_aaaab')
  await insertAuditEntry(store.db, { action: 'token.created', actor: 'ada', subject: 'aaaab', reason: '' })
  expect(await resolve()).toBe('aaaab')
})

test('reports that are due and requests for approval are sent once, and again to who refused them', async () => {
  const trialId = 'opt_3_asked'
  await insertStrategies(store.db, 'cycle-1', [{ ...strategyFor('hunter', trialId), asks: { risk: 'high', autonomy: 0.8 } }])
  await requestApproval(store.db, { trialId, agentId: 'hunter' }, hourMs)
  const failed: string[] = []
  const sender = new NoticeSender(optimizer, (receiver) => failed.push(receiver))
  slack.status = 500
  await sender.send()
  expect(failed).toHaveLength(2)
  expect(readdirSync(folder)).toEqual(['optimizer-cycle-cycle-1.html'])
  expect(readFileSync(join(folder, 'optimizer-cycle-cycle-1.html'), 'utf8')).toContain('Report of cycle cycle-1')
  slack.status = 200
  slack.bodies.length = 0
  // A receiver that refused is skipped for a while.
  await sender.send()
  expect(slack.bodies).toEqual([])
  for (const later of [120_000, 240_000]) await sender.send(Date.now() + later)
  const texts = slack.bodies.map((body) => (JSON.parse(body) as { text: string }).text)
  expect(texts).toHaveLength(2)
  expect(texts[0]).toMatch(/Approval needed.* for hunter: cacheSize 2 → 4/)
  expect(texts[0]).toContain(`<http://127.0.0.1:8080/approve/${trialId}?`)
  expect(texts[1]).toMatch(/^\*Report of .*\n/)
})

describe('the page of a link', () => {
  const trialId = 'opt_4_linked'
  beforeAll(async () => {
    await insertStrategies(store.db, 'cycle-1', [{ ...strategyFor('hunter', trialId), why: hostile }])
    await requestApproval(store.db, { trialId, agentId: 'hunter' }, hourMs)
  })
  const link = (until = now + hourMs, id = trialId) => buildApprovalLink({ publicUrl: '', secret }, id, until)
  const ask = async (path: string, form?: Record<string, string>) => {
    const init = form && { method: 'POST', body: new URLSearchParams(form) }
    const response = await appOf(optimizer).request(path, init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  test('shows the request and decides nothing', async () => {
    const { status, headers, text } = await ask(link())
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain("form-action 'self'")
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(text).toContain('cacheSize 2 → 4')
    expect(text).toContain('&lt;script&gt;')
    expect(text).not.toContain('<script')
    expect(await findApproval(store.db, trialId)).toMatchObject({ state: 'open' })
  })

  test('puts first, where Enter presses it, what the link was to decide, and otherwise what changes nothing', async () => {
    const listButtons = async (decision: string) =>
      [...(await ask(link() + decision)).text.matchAll(/value="(\w+)"/g)].map(([, value]) => value)
    expect(await listButtons('&decision=approve')).toEqual(['approve', 'decline'])
    expect(await listButtons('&decision=decline')).toEqual(['decline', 'approve'])
    expect(await listButtons('')).toEqual(['decline', 'approve'])
  })

  test('is refused if it is forged, has expired, or is about nothing', async () => {
    expect((await ask(`/approve/${trialId}`)).status).toBe(403)
    expect((await ask(link().replace('linked', 'other'))).status).toBe(403)
    expect((await ask(link(now - 1_000))).status).toBe(403)
    expect((await ask(link(now + hourMs, 'opt_9_never'))).status).toBe(404)
    expect((await appOf(await withClosedTemporal(store.db)).request(link())).status).toBe(404)
  })

  test('asks for a name, and says so if Temporal is away', async () => {
    expect((await ask(link(), { decision: 'approve', by: ' ' })).status).toBe(400)
    expect((await ask(link(), { decision: 'perhaps', by: 'ada' })).status).toBe(400)
    expect((await ask(link(), { decision: 'approve', by: 'ada', why: 'x'.repeat(20_000) })).status).toBe(400)
    expect((await ask(link(), { decision: 'approve', by: 'ada' })).status).toBe(503)
    expect(await findApproval(store.db, trialId)).toMatchObject({ state: 'open' })
  })

  test('says who decided once somebody has', async () => {
    await closeApproval(store.db, trialId, { state: 'declined', by: 'bob', reason: 'too risky' })
    const { status, text } = await ask(link())
    expect(status).toBe(200)
    expect(text).toContain('It was declined by bob: too risky.')
    expect(text).not.toContain('<form')
  })
})

test('the report of a long time has the sums of all results, and of each list as many as people can read', async () => {
  const { db } = store
  const long = 1_100
  const id = sql<string>`'opt_' || n || '_old'`
  await sql`insert into strategies (id, agent_id, type, priority, content) select ${id}, agent_id, type, priority, content
    from strategies, generate_series(1, ${sql.lit(long)}) as n where id = 'opt_1_aaaaa'`.execute(db)
  await sql`insert into optimization_results
      (strategy_id, agent_id, type, verdict, success, actual_improvement, content, timestamp)
    select ${id}, agent_id, type, verdict, success, actual_improvement,
      jsonb_set(content, '{strategy,id}', to_jsonb(${id})), '2001-01-01'::timestamptz + n * interval '1 minute'
    from optimization_results, generate_series(1, ${sql.lit(long)}) as n where strategy_id = 'opt_1_aaaaa'`.execute(db)
  const report = await readPeriodReport(optimizer, { from: new Date('2001-01-01'), to: new Date('2002-01-01') })
  expect(report).toMatchObject({
    impact: { totalOptimizations: long },
    trials: { ended: long, kept: long, undecided: 0 },
    listed: {
      results: { shown: 200, total: long },
      undone: { shown: 200 },
      calibration: { shown: 1_000, total: long },
    },
  })
  expect(report.results.map(({ strategy }) => strategy.id).slice(0, 2)).toEqual([`opt_${long}_old`, `opt_${long - 1}_old`])
  expect(report.undone).toHaveLength(report.listed.undone.shown)
  expect(report.calibration.trials).toHaveLength(1_000)
})
