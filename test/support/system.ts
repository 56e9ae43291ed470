/** A whole optimizer for one test file: real servers, a gateway, and workers that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import type { z } from 'zod'
import type { DashboardFiles } from '../../src/api/dashboard.ts'
import { startApi } from '../../src/api/server.ts'
import { OptimizerClient } from '../../src/client/optimizer.ts'
import type { configSchema } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { connectNats } from '../../src/messaging/connection.ts'
import type { TrialLimits } from '../../src/model/trial-limits.ts'
import { listAgentInstances } from '../../src/store/agents.ts'
import { openDatabase } from '../../src/store/database.ts'
import { ensurePartitions } from '../../src/store/partitions.ts'
import { endProcess } from './end-process.ts'
import { eventually } from './eventually.ts'
import { type ConfiguredNats, startConfiguredNats } from './nats.ts'
import { shared } from './shared.ts'
import { createTestStore } from './store.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { createNamespace } from './temporal.ts'
import { type InstanceOptions, TinyInstance } from './tiny-fleet/instance.ts'

const workerProgram = fileURLToPath(new URL('../../src/worker.ts', import.meta.url))

/**
 * Limits under which a trial of a tiny agent takes seconds, and any number of them may run at once. The number of samples
 * ends a trial, however long a busy machine takes for them; the times are only for what waits for nothing.
 */
export const quickTrials: Partial<TrialLimits> = {
  maxSamples: 60,
  observeMs: 600_000,
  widenMs: 600_000,
  watchMs: 0,
  lookEveryMs: 500,
  cycleMs: 1_800_000,
  concurrent: 50,
  candidateShare: 1,
  highLoadPercent: 100,
}
/** The credentials that NATS requires of the optimizer's processes and of the agents. */
export const natsUsers = { optimizer: { password: 'of the optimizer' }, agents: { password: 'of the agents' } }
/** More than while a server is away in a test. */
const startAttempts = 10
/** Makes a tiny agent at its defaults a bottleneck. */
const thresholds = { responseTimeMs: 0.5 }

type ServerName = 'nats' | 'postgres' | 'temporal'

interface SystemOptions {
  dashboard?: DashboardFiles
  /** Puts the servers behind proxies, so that a test can take them away. Each byte then passes through the test's own process. */
  behindProxies?: boolean
}

export class System {
  readonly dataDir: string
  /** Past the proxies, so that a test sees what goes on while something is away. */
  readonly client: OptimizerClient
  /** The addresses that the optimizer's own processes use. */
  readonly urls: Record<ServerName, string>
  private readonly proxies: Record<ServerName, TcpProxy> | undefined
  readonly nats: ConfiguredNats
  readonly apiUrl: string
  private readonly workers = new Set<ChildProcess>()
  private readonly instances: TinyInstance[] = []
  private readonly stops: (() => Promise<unknown>)[]

  private constructor(
    dataDir: string,
    client: OptimizerClient,
    urls: System['urls'],
    proxies: System['proxies'],
    nats: ConfiguredNats,
    apiUrl: string,
    stops: (() => Promise<unknown>)[],
  ) {
    this.dataDir = dataDir
    this.client = client
    this.urls = urls
    this.proxies = proxies
    this.nats = nats
    this.apiUrl = apiUrl
    this.stops = stops
  }

  /** A database, a namespace, a NATS and a gateway; workers and agents are started by the test. */
  static async start(
    trials: Partial<TrialLimits> = {},
    known: Partial<z.input<typeof configSchema>> = {},
    { dashboard, behindProxies = false }: SystemOptions = {},
  ): Promise<System> {
    const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-system-'))
    const file = join(dataDir, 'config.json')
    writeFileSync(file, JSON.stringify({ dataDir, thresholds, trials: { ...quickTrials, ...trials }, ...known }))
    const [server, store, { address, namespace }] = await Promise.all([
      startConfiguredNats(natsUsers),
      createTestStore(),
      createNamespace(),
    ])
    await ensurePartitions(store.db, new Date(), 7)
    const direct = { nats: server.urlOf('optimizer'), postgres: store.url, temporal: `http://${address}` }
    const proxies = behindProxies ? await startProxies(direct) : undefined
    const urls = proxies ? { nats: proxies.nats.url, postgres: proxies.postgres.url, temporal: proxies.temporal.url } : direct
    const connection = await Connection.connect({ address })
    const client = new OptimizerClient(
      new Client({ connection, namespace }),
      store.db,
      loadConfig({ OPTIMIZER_CONFIG: file, DATABASE_URL: store.url, TEMPORAL_ADDRESS: address }),
    )
    const gateway = await startGateway(client, urls.postgres, urls.nats, dashboard)
    const stops = [
      () => connection.close(),
      gateway.stop,
      ...Object.values(proxies ?? {}).map((proxy) => () => proxy.cut()),
      server.stop,
      store.drop,
      async () => rmSync(dataDir, { recursive: true, force: true }),
    ]
    return new System(dataDir, client, urls, proxies, server, gateway.url, stops)
  }

  /** The proxies before the servers, which cut them off. */
  get links(): Record<ServerName, TcpProxy> {
    if (!this.proxies) throw new Error('The servers are not behind proxies; start the system with behindProxies')
    return this.proxies
  }

  /** Past the proxy. */
  get natsUrl(): string {
    return this.nats.urlOf('optimizer')
  }

  get db() {
    return this.client.db
  }

  /** The environment in which the project's own commands find this system. */
  get environment(): Record<string, string> {
    const { nats, postgres, temporal } = this.urls
    return {
      OPTIMIZER_CONFIG: join(this.dataDir, 'config.json'),
      DATABASE_URL: postgres,
      NATS_URL: nats,
      TEMPORAL_ADDRESS: new URL(temporal).host,
      TEMPORAL_NAMESPACE: this.client.temporal.options.namespace,
      OPTIMIZER_WORKFLOW_BUNDLE: shared('workflowBundle'),
    }
  }

  private get agentsNatsUrl(): string {
    const url = new URL(this.nats.urlOf('agents'))
    url.host = new URL(this.urls.nats).host
    return url.href
  }

  private async isKnown(agentId: string, id: string): Promise<true | undefined> {
    return (await listAgentInstances(this.db, agentId)).some(({ instanceId }) => instanceId === id) || undefined
  }

  /**
   * A worker that dies by itself is started again, as `npm start` does; a server may be away. One that ends so `startAttempts` times
   * before it works cannot start at all, and its test file fails at once.
   */
  startWorker(attempt = 1): void {
    const worker = spawn(process.execPath, [workerProgram], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.workers.add(worker)
    let output = ''
    let works = false
    const read = (text: Buffer) => {
      if (process.env.OPTIMIZER_TEST_LOG) process.stderr.write(text)
      output = `${output}${text}`.slice(-4_000)
      works ||= output.includes('"msg":"working"')
    }
    worker.stdout.on('data', read)
    worker.stderr.on('data', read)
    worker.once('close', async () => {
      if (!this.workers.has(worker)) return
      await sleep(500)
      if (!this.workers.delete(worker)) return
      if (works || attempt < startAttempts) return this.startWorker(works ? 1 : attempt + 1)
      // Not with console.error: Vitest prints that only at the end of the test.
      writeSync(2, `The worker cannot start: ${output}\n`)
      await this.stop()
      // Vitest takes `process.exit` for a fault of one test, and the others would wait for a worker.
      process.kill(process.pid, 'SIGKILL')
    })
  }

  /** Instances `<agentId>-1` … of a tiny agent. */
  async startAgent(agentId: string, instances = 2, options: Partial<InstanceOptions> = {}): Promise<TinyInstance[]> {
    const numbers = Array.from({ length: instances }, (_, index) => index + 1)
    return await Promise.all(numbers.map((number) => this.startInstance(agentId, `${agentId}-${number}`, options)))
  }

  async startInstance(agentId: string, instanceId: string, options: Partial<InstanceOptions> = {}): Promise<TinyInstance> {
    const instance = await TinyInstance.start({ agentId, instanceId, natsUrl: this.agentsNatsUrl, ...options })
    this.instances.push(instance)
    await eventually(`${instanceId} to be known`, () => this.isKnown(agentId, instanceId))
    return instance
  }

  /** SIGKILL, as a crash would, to the oldest `count` of them. */
  async killWorkers(count = this.workers.size): Promise<void> {
    await Promise.all(
      [...this.workers].slice(0, count).map(async (worker) => {
        this.workers.delete(worker)
        await endProcess(worker, 'SIGKILL')
      }),
    )
  }

  async stop(): Promise<void> {
    await Promise.all([...this.instances.map((instance) => instance.stop()), this.killWorkers()])
    for (const stop of this.stops) await stop()
  }
}

async function startGateway(optimizer: OptimizerClient, postgresUrl: string, natsUrl: string, dashboard?: DashboardFiles) {
  const db = openDatabase(postgresUrl)
  const nats = await connectNats(natsUrl, 'gateway')
  const api = await startApi({ db, nats, optimizer, port: 0, host: '127.0.0.1', onUnavailable() {}, dashboard })
  const stop = async () => {
    await api.stop()
    await nats.close()
    await db.destroy()
  }
  return { url: api.url, stop }
}

async function startProxies(targets: Record<ServerName, string>): Promise<Record<ServerName, TcpProxy>> {
  const [nats, postgres, temporal] = await Promise.all([targets.nats, targets.postgres, targets.temporal].map(startTcpProxy))
  return { nats: nats!, postgres: postgres!, temporal: temporal! }
}
