import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { alertOnAbsentAgents } from '../../../src/activities/alert-on-absent-agents.ts'
import { connectAgent } from '../../../src/agent/index.ts'
import { configSchema } from '../../../src/config/config.ts'
import { gatewaySubjects } from '../../../src/messaging/subjects.ts'
import { certainlyGoneAfterMs } from '../../../src/model/liveness.ts'
import { readComponents } from '../../../src/reading/components.ts'
import { recordDeparture, recordHeartbeat, registerInstance } from '../../../src/store/agents.ts'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { listComponentHealth } from '../../../src/store/component-status.ts'
import { recordReadings } from '../../../src/store/components.ts'
import { getEngineOverrides } from '../../../src/store/engine-settings.ts'
import { listHostLoads } from '../../../src/store/host-load.ts'
import { listOutboxMessages } from '../../../src/store/outbox.ts'
import { patienceMs } from '../../support/eventually.ts'
import { announcement, intKnob, listMonitored } from '../../support/store.ts'
import { type Optimizer, startOptimizer } from './optimizer.ts'

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer?.stop())

const ask = async (subject: string, content: unknown) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return (await optimizer.nats.request(subject, text, { timeout: 30_000 })).json<{ settings?: object }>()
}
const configure = (content: unknown) => ask('config.performance_engine_agent.updated', content)

test.each(['nats', 'http'] as const)(
  'an agent says over %s what its process uses, and each execution if it wants',
  async (transport) => {
    const agentId = `hunter-${transport}`
    const agent = await connectAgent({
      agentId,
      instanceId: '1',
      kind: 'hunter',
      knobs: [intKnob('cacheSize')],
      optimizer: transport === 'nats' ? optimizer.natsUrl : optimizer.httpUrl,
      measureExecutions: true,
    })
    const component = `${agentId}/1`
    await vi.waitFor(async () => {
      const found = (await listMonitored(optimizer.db)).find((each) => each.component === component)
      expect(found).toMatchObject({ kind: 'instance', agentId, metrics: { memoryMb: expect.any(Number) } })
    }, patienceMs)
    await agent.run('decision', () => {
      const until = process.cpuUsage().user + 20_000
      while (process.cpuUsage().user < until);
    })
    await agent.close(10_000)
    const { metrics } = await optimizer.db
      .selectFrom('agentExecutions')
      .where('agentName', '=', agentId)
      .select('metrics')
      .executeTakeFirstOrThrow()
    expect(metrics!.cpuMs).toBeGreaterThanOrEqual(20)
    expect(metrics!.memoryMb).toBeGreaterThan(1)
    expect(metrics).toHaveProperty('eventLoopDelayMs')
  },
)

test('the parameters of the document change over NATS, all that are named or none, and the answer says why', async () => {
  const changed = await configure({ monitoring_interval_seconds: 10, alert_thresholds: { cpu_usage: { critical: 90 } } })
  expect(changed).toEqual({
    settings: {
      monitoring_interval_seconds: 10,
      profiling_schedule: null,
      alert_thresholds: { cpu_usage: { critical: 90, for: 0 } },
      enable_auto_profiling: false,
      data_retention_days: 90,
    },
  })
  const refused = await configure({ data_retention_days: 30, alert_thresholds: { cpu_usage: { warning: 95, critical: 90 } } })
  expect(refused).toMatchObject({ error: { code: 'invalid-settings', message: expect.stringContaining('warning') } })
  expect(await configure('not json')).toMatchObject({ error: { code: 'invalid-request' } })
  expect(await getEngineOverrides(optimizer.db)).toEqual({
    monitoring_interval_seconds: 10,
    alert_thresholds: { cpu_usage: { critical: 90, for: 0 } },
  })
})

test('instances hear of a shorter interval within a minute, and only those that announced themselves send readings', async () => {
  const send = async (instanceId: string, figures = {}) => {
    const body = JSON.stringify({ agentId: 'hunter-http', instanceId, reading: { cpuPercent: 1, memoryMb: 1, ...figures } })
    const headers = { 'content-type': 'application/json' }
    return await (await fetch(`${optimizer.httpUrl}/agents/resources`, { method: 'POST', headers, body })).json()
  }
  await configure({ monitoring_interval_seconds: 3_600 })
  const read = async () => (await listMonitored(optimizer.db)).find(({ component }) => component === 'hunter-http/1')
  const before = await read()
  expect(await send('1')).toEqual({ intervalSeconds: 60 })
  expect(await read()).toEqual(before)
  await configure({ monitoring_interval_seconds: 10 })
  expect(await send('1')).toEqual({ intervalSeconds: 10 })
  expect((await read())!.seenAt.getTime()).toBeGreaterThan(before!.seenAt.getTime())
  expect(await send('invented')).toMatchObject({ error: { code: 'unknown-instance' } })
  // As a client of a later version sends it.
  expect(await send('1', { pressureStallPercent: 3 })).toEqual({
    intervalSeconds: 10,
    rejected: [{ metric: 'pressureStallPercent', reason: expect.stringContaining('update the optimizer') }],
  })
  expect((await read())!.metrics).toEqual({ cpuPercent: 1, memoryMb: 1 })
  expect(await (await fetch(`${optimizer.httpUrl}/metrics`)).text()).toContain('optimizer_records_total{outcome="refused"} 1')
})

test('other programs add readings, and are told what is wrong with them', async () => {
  const publish = (content: unknown) => ask('monitoring.realtime_metrics', content)
  const before = (ms: number) => new Date(Date.now() - ms).toISOString()
  const reading = { component: 'database-1', at: before(60_000), metrics: { cpu_usage: 93.5, queue_depth: 4 } }
  expect(await publish(reading)).toEqual({ accepted: 1 })
  // Sent again.
  expect(await publish(reading)).toEqual({ accepted: 0 })
  // Overtaken by a later one: it is only history.
  const overtaken = { ...reading, at: before(120_000), metrics: { cpu_usage: 1 } }
  for (const accepted of [1, 0]) expect(await publish(overtaken)).toEqual({ accepted })
  // Older than what is kept: nothing would tell whether it was counted before.
  const old = { ...overtaken, at: before(366 * 86_400_000) }
  expect(await publish(old)).toMatchObject({ error: { code: 'expired-reading' } })
  expect(await publish({ readings: [old, { ...reading, component: 'database-3' }] })).toEqual({
    accepted: 1,
    rejected: [{ index: 0, reason: expect.stringContaining('is older than the data that is kept') }],
  })
  const history = optimizer.db.selectFrom('systemMetrics').where('component', '=', 'database-1').orderBy('timestamp')
  expect(await history.select('cpuPercent').execute()).toHaveLength(2)
  expect((await listMonitored(optimizer.db)).find(({ component }) => component === 'database-1')?.metrics).toMatchObject({
    cpuPercent: 93.5,
  })
  expect(
    await publish({
      readings: [
        { component: 'a', metrics: { cpu_usage: 1 } },
        { component: 'b', metrics: { x: 2 } },
      ],
    }),
  ).toEqual({
    accepted: 2,
  })
  const later = { component: 'c', metrics: { x: 2 }, ofALaterVersion: 1 }
  expect(await publish({ readings: [later, { component: 'd', metrics: { x: 3 } }] })).toEqual({
    accepted: 1,
    rejected: [{ index: 0, reason: expect.stringContaining('ofALaterVersion') }],
  })
  const taken = [later, { component: 'box/worker', metrics: { x: 2 } }, { component: 'd', metrics: { x: 3 } }]
  const at = new Date()
  await recordReadings(optimizer.db, [{ component: 'box/worker', kind: 'process', at, cpuPercent: 1 }], 15_000)
  expect(await publish({ readings: taken })).toMatchObject({ accepted: 1, rejected: [{ index: 0 }, { index: 1 }] })
  const nonsense = [
    later,
    { component: 'c' },
    { component: 'c', status: 'unwell', metrics: { cpu_usage: 1 } },
    { component: 'c', metrics: { cpu_usage: 'high' } },
    { ...reading, at: '2026-02-30T00:00:00Z' },
    [],
  ]
  for (const content of nonsense) expect(await publish(content)).toMatchObject({ error: { code: 'invalid-request' } })
  const known = await listMonitored(optimizer.db)
  expect(known.find(({ component }) => component === 'database-1')).toMatchObject({
    kind: 'other',
    metrics: { cpuPercent: 93.5, queueDepth: 4 },
  })
})

test('other programs say how a component is, which raises an alert until it is healthy, and goes out with its figures', async () => {
  const publish = (content: object) => ask('monitoring.realtime_metrics', { component: 'database-2', ...content })
  const alerts = async () =>
    (await listOpenAlerts(optimizer.db)).flatMap(({ cause, component, severity }) =>
      cause === 'component-status' ? [[component, severity]] : [],
    )
  // History is no news.
  expect(await publish({ status: 'down', at: '1970-01-01T00:00:00Z' })).toEqual({ accepted: 1 })
  expect(await alerts()).toEqual([])
  expect(await publish({ status: 'degraded', metrics: { queue_depth: 4 } })).toEqual({ accepted: 1 })
  expect(await alerts()).toEqual([['database-2', 'medium']])
  expect(await publish({ status: 'down' })).toEqual({ accepted: 1 })
  expect(await alerts()).toEqual([['database-2', 'critical']])
  expect(await publish({ metrics: { queue_depth: 5 } })).toEqual({ accepted: 1 })
  // A status that comes late is neither news nor history.
  const late = { status: 'healthy', at: new Date(Date.now() - 60_000).toISOString() }
  expect(await publish(late)).toMatchObject({ error: { code: 'overtaken-status' } })
  const known = { component: 'database-2', status: 'down', seenAt: expect.any(Date) }
  expect(await listComponentHealth(optimizer.db, 0)).toEqual([known])
  const context = { db: optimizer.db, config: configSchema.parse({}) }
  const { items } = await readComponents(context)
  expect(items[0]).toEqual({
    ...known,
    kind: 'other',
    isStatusOld: false,
    metrics: [{ name: 'queueDepth', label: 'queueDepth', kind: 'continuous', unit: '', value: 5 }],
  })
  expect(items.map(({ kind }) => kind)).not.toContain('instance')
  const find = async (filter: Parameters<typeof readComponents>[1]) => await readComponents(context, filter)
  expect(await find({ status: 'down', search: 'BASE' })).toMatchObject({ items: [{ component: 'database-2' }], total: 1 })
  expect(await find({ status: 'down', kind: 'host' })).toEqual({ items: [], total: 0 })
  expect((await find({ kind: 'other' })).items.map(({ kind }) => kind)).not.toContain('host')
  expect(await publish({ status: 'healthy' })).toEqual({ accepted: 1 })
  expect(await alerts()).toEqual([])
  const [component] = (await listMonitored(optimizer.db)).filter((each) => each.component === 'database-2')
  expect(component).toMatchObject({ status: 'healthy', metrics: { queueDepth: 5 } })
  const now = component!.seenAt.getTime()
  expect(await listComponentHealth(optimizer.db, now + 3_600_000)).toEqual([])
  const sent = (await listOutboxMessages(optimizer.db, 1_000)).map(({ content }) => JSON.parse(content))
  expect(sent.filter(({ component }) => component === 'database-2').map(({ status }) => status)).toEqual([
    'degraded',
    'down',
    undefined,
    'healthy',
  ])
})

test('the load of a host is the mean of what it used within five minutes', async () => {
  const now = Date.now()
  const used = [
    [9, 10],
    [3, 100],
    [1, 90],
  ] as const
  for (const [minutesAgo, cpuPercent] of used) {
    const at = new Date(now - minutesAgo * 60_000)
    await recordReadings(optimizer.db, [{ component: 'box', kind: 'host', at, cpuPercent, memoryPercent: 50 }], 15_000)
  }
  expect(await listHostLoads(optimizer.db, now)).toEqual([{ host: 'box', cpuPercent: 95, memoryPercent: 50 }])
})

test('an agent whose instances all go without a word raises an alert until one is back; one that says goodbye does not', async () => {
  const { db } = optimizer
  const now = Date.now()
  const went = now - certainlyGoneAfterMs - 1
  for (const agentId of ['crashed', 'stopped', 'forgotten'])
    for (const instanceId of ['1', '2']) await registerInstance(db, announcement(agentId, instanceId), went)
  await recordDeparture(db, { agentId: 'crashed', instanceId: '2' }, went - 1)
  await recordDeparture(db, { agentId: 'stopped', instanceId: '2' }, went + 1)
  await db.updateTable('agents').set({ forgottenAt: new Date() }).where('agentId', '=', 'forgotten').execute()
  const away = async () =>
    (await listOpenAlerts(db)).flatMap(({ cause, component }) =>
      cause === 'agent-away' && !component.startsWith('hunter') ? [component] : [],
    )
  await alertOnAbsentAgents(db, 1_000, now)
  expect(await away()).toEqual([])
  await alertOnAbsentAgents(db, 600_000, now)
  expect(await away()).toEqual(['crashed'])
  await recordHeartbeat(db, { agentId: 'crashed', instanceId: '1', version: 1, values: {}, sentAt: now }, now)
  await alertOnAbsentAgents(db, 600_000, now)
  expect(await away()).toEqual([])
})

test('a flood of readings is refused beyond what can wait, and agents are answered meanwhile', async () => {
  const reading = (index: number) => ({ component: `flood-${index}`, metrics: { cpu_usage: 1 } })
  const flood = Promise.all(Array.from({ length: 600 }, (_, index) => ask('monitoring.realtime_metrics', reading(index))))
  expect((await fetch(`${optimizer.httpUrl}/healthz`)).status).toBe(200)
  const answers = (await flood) as { accepted?: number; error?: { code: string } }[]
  const [taken, refused] = [answers.filter(({ accepted }) => accepted === 1), answers.filter(({ error }) => error)]
  expect(taken.length).toBeGreaterThanOrEqual(200)
  expect(new Set(refused.map(({ error }) => error!.code))).toEqual(new Set(['too-many-readings']))
  expect(taken.length + refused.length).toBe(600)
})

test('a declared metric keeps its name in readings, so that thresholds find it; others get the usual one', async () => {
  const metrics = [{ name: 'queue_depth', unit: '', direction: 'lower', kind: 'continuous', description: '' }]
  await registerInstance(optimizer.db, announcement('queues', 'queues-1', { metrics } as Parameters<typeof announcement>[2]))
  const values = { queue_depth: 7, response_time: 50, odd_one: 1 }
  await ask('monitoring.realtime_metrics', { component: 'broker', metrics: values })
  const broker = (await listMonitored(optimizer.db)).find(({ component }) => component === 'broker')
  expect(broker?.metrics).toEqual({ queue_depth: 7, responseTime: 50, oddOne: 1 })
})

test('requests that an agent sends in a flood wait behind those of others, and those beyond what may wait are refused', async () => {
  const codes: string[] = []
  const request = async (agentId: string) => {
    const answer = (await ask(gatewaySubjects.configuration, { agentId, instanceId: '1' })) as { error: { code: string } }
    codes.push(answer.error.code)
  }
  const flood = Array.from({ length: 1_300 }, () => request('flooder'))
  await request('patient')
  expect(codes.filter((code) => code !== 'too-many-requests').length).toBeLessThan(100)
  await Promise.all(flood)
  expect(codes.filter((code) => code === 'too-many-requests').length).toBeGreaterThan(100)
})

test('large requests take more of the places in which those of an agent wait', async () => {
  const codes: string[] = []
  const request = async (content: object) => {
    const answer = await ask(gatewaySubjects.configuration, { agentId: 'large', ...content })
    codes.push((answer as { error: { code: string } }).error.code)
  }
  const sent: Promise<void>[] = []
  await optimizer.db.transaction().execute(async (trx) => {
    // What runs waits for this.
    await sql`lock table agent_instances in access exclusive mode`.execute(trx)
    for (const instanceId of ['1', '2']) sent.push(request({ instanceId }))
    for (let index = 0; index < 20; index++) sent.push(request({ padding: 'x'.repeat(1_000_000) }))
    await vi.waitFor(() => expect(codes).toEqual(Array(4).fill('too-many-requests')), patienceMs)
  })
  await Promise.all(sent)
  expect(codes.slice(4).sort()).toEqual([...Array(16).fill('invalid-request'), ...Array(2).fill('unknown-agent')])
})
