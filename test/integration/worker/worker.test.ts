/** The worker as a process, on a real Temporal server. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Client, Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { claimPort } from '../../../src/servers/ports.ts'
import { ensureSchedule } from '../../../src/temporal/schedule.ts'
import { eventually } from '../../support/eventually.ts'
import { checkMetrics, missingPrometheus, startPrometheus } from '../../support/prometheus.ts'
import { shared } from '../../support/shared.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { createNamespace } from '../../support/temporal.ts'

const autoUpgrade = proto.temporal.api.enums.v1.VersioningBehavior.VERSIONING_BEHAVIOR_AUTO_UPGRADE

let temporal: Awaited<ReturnType<typeof createNamespace>>
let store: TestStore
let client: Client
beforeAll(async () => {
  ;[temporal, store] = await Promise.all([createNamespace(), createTestStore()])
  const { address, namespace } = temporal
  client = new Client({ connection: await Connection.connect({ address }), namespace })
  await ensureSchedule(client, configSchema.parse({}), true)
})
afterAll(async () => {
  await client?.connection.close()
  await store?.drop()
})

const workers = new Set<ChildProcessByStdio<null, Readable, null>>()
afterEach(() => {
  for (const worker of workers) worker.kill('SIGKILL')
  workers.clear()
})

interface Line {
  level: number
  name: string
  msg: string
  [field: string]: unknown
}

/** A worker with what it has logged so far. */
function startWorker(env: Record<string, string> = {}) {
  const installation = {
    DATABASE_URL: store.url,
    NATS_URL: shared('natsUrl'),
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    OPTIMIZER_WORKFLOW_BUNDLE: shared('workflowBundle'),
  }
  const worker = spawn(process.execPath, ['src/worker.ts'], {
    env: { ...process.env, ...installation, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  workers.add(worker)
  const lines: string[] = []
  createInterface({ input: worker.stdout }).on('line', (line) => lines.push(line))
  const logged = () => lines.map((line) => JSON.parse(line) as Line)
  const working = () => eventually('the worker to work', async () => logged().find(({ msg }) => msg === 'working'))
  const ended = once(worker, 'exit')
  return { worker, logged, working, ended }
}

const freePort = () => claimPort(0, 'a test', '')

test('it logs one JSON object per line, including the SDK’s logs, and stops cleanly when told to', async () => {
  const { worker, logged, working, ended } = startWorker()
  expect(await working()).toMatchObject({ taskQueue: 'optimizer', identity: expect.stringMatching(/^optimizer-worker-\d+@/) })
  await client.workflow.execute('optimizationCycle', { taskQueue: 'optimizer', workflowId: 'cycle-logged' })
  worker.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(new Set(logged().map(({ name }) => name))).toEqual(new Set(['worker']))
  expect(logged().map(({ sdkComponent }) => sdkComponent)).toContain('worker')
  expect(logged().at(-1)).toMatchObject({ msg: 'stopped' })
})

test('it logs nothing below the configured level', async () => {
  const { worker, logged, ended } = startWorker({ OPTIMIZER_LOG_LEVEL: 'error' })
  await client.workflow.execute('optimizationCycle', {
    taskQueue: 'optimizer',
    workflowId: 'cycle-quiet',
    args: [{ dryRun: true }],
  })
  worker.kill('SIGTERM')
  await ended
  expect(logged()).toEqual([])
})

test('Prometheus finds the metrics of the worker and of the SDK', async () => {
  const address = `127.0.0.1:${await freePort()}`
  const { working } = startWorker({ OPTIMIZER_METRICS_ADDRESS: address })
  await working()
  await client.workflow.execute('optimizationCycle', { taskQueue: 'optimizer', workflowId: 'cycle-measured' })
  const metrics = await eventually('the metrics of a cycle', async () => {
    const text = await (await fetch(`http://${address}/metrics`)).text()
    return text.includes('activity_type="collect"') ? text : undefined
  })
  for (const name of [
    'temporal_request_total',
    'temporal_worker_task_slots_available',
    'temporal_activity_execution_latency_seconds',
  ])
    expect(metrics).toContain(name)
  if (missingPrometheus) return
  expect(checkMetrics(metrics)).toBe('')
  const prometheus = await startPrometheus({ worker: address })
  onTestFinished(() => prometheus.stop())
  const scraped = await eventually('a scrape', async () => (await prometheus.query('temporal_request_total'))[0])
  expect(scraped).toMatchObject({ metric: { job: 'worker' } })
})

test.each([
  ['the bundle is missing', () => ({ OPTIMIZER_WORKFLOW_BUNDLE: 'no-such-bundle.js' }), 'There is no workflow bundle'],
  ['it has no database', () => ({ DATABASE_URL: '' }), 'The worker needs DATABASE_URL and NATS_URL'],
  [
    'its configuration contradicts itself',
    () => ({ OPTIMIZER_METRICS_ADDRESS: 'nowhere' }),
    'worker.metricsAddress: is not an address',
  ],
])('it says in one line what to do when %s', async (_what, env, words) => {
  const { logged, ended } = startWorker(env())
  expect(await ended).toEqual([1, null])
  expect(logged()).toMatchObject([{ level: 60, msg: expect.stringContaining(words) }])
})

test('it says what to do if the address of its metrics is in use', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const { logged, ended } = startWorker({ OPTIMIZER_METRICS_ADDRESS: `127.0.0.1:${port}` })
  expect(await ended).toEqual([1, null])
  expect(logged()).toMatchObject([{ code: 'port-taken', msg: expect.stringContaining('OPTIMIZER_METRICS_ADDRESS') }])
  server.close()
})

test('of two versions, the current one takes over the workflows of both', async () => {
  const { namespace } = temporal
  const versioned = (buildId: string) => startWorker({ OPTIMIZER_BUILD_ID: buildId, OPTIMIZER_DEPLOYMENT_NAME: 'a-test' })
  const makeCurrent = (buildId: string) =>
    eventually(`${buildId} to be current`, async () => {
      const request = { namespace, deploymentName: 'a-test', buildId, identity: client.options.identity }
      return await client.workflowService.setWorkerDeploymentCurrentVersion(request)
    })
  const versionOf = async (workflowId: string) => {
    const { raw } = await client.workflow.getHandle(workflowId).describe()
    const { behavior, deploymentVersion } = raw.workflowExecutionInfo?.versioningInfo ?? {}
    return { isAutoUpgrade: behavior === autoUpgrade, buildId: deploymentVersion?.buildId }
  }
  for (const buildId of ['one', 'two']) {
    await versioned(buildId).working()
    await makeCurrent(buildId)
    await client.workflow.execute('optimizationCycle', { taskQueue: 'optimizer', workflowId: `cycle-${buildId}` })
    expect(await versionOf(`cycle-${buildId}`)).toEqual({ isAutoUpgrade: true, buildId })
    expect(await versionOf('optimizer')).toEqual({ isAutoUpgrade: true, buildId })
  }
})
