import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerInstance } from '../../../src/store/agents.ts'
import { raiseAlert } from '../../../src/store/alerts.ts'
import { recordCycleStart, updateCyclePhases } from '../../../src/store/cycles.ts'
import { appOf } from '../../support/api.ts'
import { checkMetrics, missingPrometheus } from '../../support/prometheus.ts'
import { announcement, batch, createTestStore, execution, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

let store: TestStore
let app: ReturnType<typeof appOf>
beforeAll(async () => {
  store = await createTestStore()
  app = appOf(await withClosedTemporal(store.db))
  await registerInstance(store.db, announcement('hunter', '1'), Date.now())
  await recordCycleStart(store.db, { id: 'cycle-1', runId: randomUUID() })
  await updateCyclePhases(store.db, 'cycle-1', { collectMs: 40 })
  await raiseAlert(store.db, { cause: 'left-out-agent', severity: 'high', component: 'hunter', message: 'no data' })
})
afterAll(() => store?.drop())

const scrape = async () => await (await app.request('/metrics')).text()

test('the metrics of the optimizer are those of its records and of what agents reported', async () => {
  const executions = [execution(), execution({ durationMs: -1 })]
  const body = JSON.stringify(batch('hunter', '1', { executions }))
  await app.request('/agents/report', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const [end, hex] = [BigInt(Date.now()) * 1_000_000n, (digits: number) => '1'.repeat(digits)]
  const span = {
    traceId: hex(32),
    spanId: hex(16),
    name: 'hunt',
    startTimeUnixNano: String(end - 5n),
    endTimeUnixNano: String(end),
  }
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'hunter' } }] }
  const spans = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] })
  await app.request('/v1/traces', { method: 'POST', headers: { 'content-type': 'application/json' }, body: spans })
  await store.db.insertInto('externalDatabases').values({ name: 'trading', readUntil: new Date() }).execute()
  const place = { lastKey: 'n1', digest: randomUUID(), taken: 7, refused: 2 }
  await store.db
    .insertInto('imports')
    .values({ source: 'trading: trades', tableName: 'trades', ...place })
    .execute()
  const lines = (await scrape()).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'optimizer_database_up 1',
      'optimizer_cycles{state="running"} 1',
      'optimizer_last_cycle_phase_seconds{phase="collect"} 0.04',
      'optimizer_trials_running{place="cycle"} 0',
      'optimizer_alerts_open{severity="high"} 1',
      'optimizer_agents 1',
      'optimizer_instances_live 1',
      'optimizer_foreign_rows_total{database="trading",outcome="taken"} 7',
      'optimizer_foreign_rows_total{database="trading",outcome="refused"} 2',
      'optimizer_records_total{outcome="accepted"} 1',
      'optimizer_records_total{outcome="refused"} 1',
      'optimizer_agent_requests_total{request="report",status="200"} 1',
      'optimizer_agent_requests_total{request="traces",status="200"} 1',
    ]),
  )
  // Temporal does not answer here.
  expect(lines.some((line) => line.startsWith('optimizer_workers '))).toBe(false)
})

test('every metric has a help text and a name that fits its type', async () => {
  const text = await scrape()
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name: name!, type }))
  expect(types.length).toBeGreaterThan(20)
  for (const { name, type } of types) {
    expect(text).toContain(`# HELP ${name} `)
    expect(name.endsWith('_total')).toBe(type === 'counter')
  }
})

test.skipIf(missingPrometheus)('promtool has nothing to say against them', async () => {
  expect(checkMetrics(await scrape())).toBe('')
})

test('without the database, its figures are missing and the others are there', async () => {
  const closed = await createTestStore()
  const lost = appOf(await withClosedTemporal(closed.db))
  await closed.drop()
  const response = await lost.request('/metrics')
  const text = await response.text()
  expect(response.status).toBe(200)
  expect(text).toContain('optimizer_database_up 0')
  expect(text).not.toMatch(/^optimizer_agents \d/m)
  expect(text).toMatch(/^process_cpu_seconds_total /m)
})
