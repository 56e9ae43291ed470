import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import { Client, Connection } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { createMonitorActivity } from '../../../src/activities/monitor.ts'
import { createOptimizerSink } from '../../../src/activities/optimizer-sink.ts'
import { updateEngineSettings } from '../../../src/client/engine-settings.ts'
import { configSchema } from '../../../src/config/config.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import { StatusStream } from '../../../src/messaging/status-stream.ts'
import { OutboxPublisher } from '../../../src/publishing/outbox-publisher.ts'
import { startNats } from '../../../src/servers/nats.ts'
import { countDiskBytes, countNetworkBytes } from '../../../src/sources/system/byte-counts.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { patienceMs } from '../../support/eventually.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'
import { createNamespace } from '../../support/temporal.ts'

let store: TestStore
let server: Awaited<ReturnType<typeof startNats>>
let nats: NatsConnection
let temporal: Client
let publisher: OutboxPublisher
const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-monitor-'))
beforeAll(async () => {
  store = await createTestStore()
  server = await startNats(dataDir, 0, () => {})
  nats = await connectNats(server.url, 'a test')
  const stream = new StatusStream(nats, { info: () => undefined, warn: () => undefined })
  publisher = new OutboxPublisher(store.db, stream, () => undefined)
  publisher.start()
  const { address, namespace } = await createNamespace()
  temporal = new Client({ connection: await Connection.connect({ address }), namespace })
})
afterAll(async () => {
  await publisher?.stop()
  await temporal?.connection.close()
  await nats?.close()
  await server?.stop()
  await store?.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Messages come at least once: on a busy machine, one whose acknowledgement was late comes again. */
const listen = (subject: string) => {
  const heard: Record<string, unknown>[] = []
  const ids = new Set<string>()
  const take = (message: Msg) => {
    const id = message.headers!.get('Nats-Msg-Id')
    if (!ids.has(id)) heard.push(message.json())
    ids.add(id)
  }
  nats.subscribe(subject, { callback: (_, message) => take(message) })
  return heard
}

const signals = async () => {
  const { events } = await temporal.workflow.getHandle('optimizer').fetchHistory()
  return events?.map((event) => event.workflowExecutionSignaledEventAttributes?.signalName).filter(Boolean)
}

test('a long interval delays no alert, and an attempt of the monitoring takes no reading before it is due', async () => {
  const config = configSchema.parse({
    dataDir,
    logLevel: 'silent',
    performance_engine_agent: { monitoring_interval_seconds: 3_600 },
  })
  const alerts = listen('performance.alert')
  const monitor = createMonitorActivity({ db: store.db, nats, temporal, config } as unknown as Dependencies, 50)
  const readings = async () =>
    (await store.db.selectFrom('systemMetrics').where('component', '=', hostname()).selectAll().execute()).length
  const limit = (critical: number) =>
    updateEngineSettings({ db: store.db, config }, { alert_thresholds: { memory_usage: { critical } } }, 'a test')
  for (const [critical, state] of [
    [0.001, 'critical'],
    [100, 'resolved'],
  ] as const) {
    const environment = new MockActivityEnvironment()
    const attempt = environment.run(monitor).catch(() => 'cancelled')
    await vi.waitFor(async () => expect(await readings()).toBe(1), patienceMs)
    await limit(critical)
    await vi.waitFor(() => expect(alerts).toContainEqual(expect.objectContaining({ subject: hostname(), state })), patienceMs)
    environment.cancel()
    expect(await attempt).toBe('cancelled')
  }
  expect(await readings()).toBe(1)
  await updateEngineSettings({ db: store.db, config }, { reset: ['alert_thresholds'] }, 'a test')
})

test('the monitoring takes readings at an interval that changes while it runs, and tells the optimizer of alerts', async () => {
  const metrics = listen('performance.metrics')
  const alerts = listen('performance.alert')
  const config = configSchema.parse({
    dataDir,
    logLevel: 'silent',
    performance_engine_agent: { monitoring_interval_seconds: 3_600 },
  })
  const dependencies = { db: store.db, nats, temporal, config } as unknown as Dependencies
  const environment = new MockActivityEnvironment()
  const monitoring = environment.run(createMonitorActivity(dependencies)).catch(() => 'cancelled')
  const of = (component: string) => metrics.filter((message) => message.component === component)
  await vi.waitFor(() => expect(of(`${hostname()}/worker`)).toHaveLength(1), patienceMs)
  expect(of(hostname())).toHaveLength(1)
  expect(of(`${hostname()}/worker`)).toMatchObject([
    { kind: 'process', intervalSeconds: 3_600, metrics: { memoryMb: expect.any(Number), eventLoopDelayMs: expect.any(Number) } },
  ])
  expect(alerts).toEqual([])

  const update = { monitoring_interval_seconds: 1, alert_thresholds: { memory_usage: { critical: 0.001 } } }
  await updateEngineSettings({ db: store.db, config }, update, 'a test')
  await vi.waitFor(() => expect(of(hostname()).length).toBeGreaterThan(2), patienceMs)
  const { metrics: ofHost } = of(hostname()).at(-1) as { metrics: Record<string, number> }
  expect('networkBytesPerSecond' in ofHost).toBe((await countNetworkBytes()) !== null)
  expect('ioBytesPerSecond' in ofHost).toBe((await countDiskBytes()) !== null)
  await vi.waitFor(
    () => expect(alerts).toContainEqual(expect.objectContaining({ subject: hostname(), state: 'critical' })),
    patienceMs,
  )
  await vi.waitFor(async () => expect(await signals()).toContain('resourceConstraintWarning'), patienceMs)
  environment.cancel()
  expect(await monitoring).toBe('cancelled')
})

test('an alert about the CPU of an agent starts a cycle for it, and only one about what is shared makes the fleet save', async () => {
  await registerInstance(store.db, announcement('hunter', 'hunter-1'))
  const notice = (subject: string, state: 'critical' | 'resolved') => {
    const times = { raisedAt: new Date(), resolvedAt: null }
    const about = { cause: 'threshold', component: `cpuPercent of ${subject}`, metric: 'cpuPercent', subject }
    return { id: 1, state, ...about, agentId: null, host: null, trialId: null, message: 'a test', ...times }
  }
  const optimizer = createOptimizerSink(store.db, temporal, 'a queue')
  const sent = async (...notices: Parameters<typeof notice>[]) => {
    const before = (await signals().catch(() => []))?.length ?? 0
    await optimizer.send(
      notices.map((each) => notice(...each)),
      new Map(),
    )
    return (await signals())?.slice(before)
  }
  expect(await sent(['hunter', 'critical'])).toEqual(['agentUnderperformance'])
  expect(await sent(['database', 'critical'], ['database', 'resolved'])).toEqual([
    'resourceConstraintWarning',
    'resourceConstraintWarning',
  ])
  // A warning that an earlier version sent ends.
  expect(await sent(['hunter', 'resolved'])).toEqual(['resourceConstraintWarning'])
})
