import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import { onTestFinished } from 'vitest'
import { type Agent, type AgentOptions, connectAgent, type KnobInput, type KnobValues } from '../../../src/agent/index.ts'
import { startApi } from '../../../src/api/server.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import type { Delivery } from '../../../src/messaging/protocol.ts'
import { type NatsOptions, natsOptionsSchema } from '../../../src/model/nats-options.ts'
import { startNats } from '../../../src/servers/nats.ts'
import { listAgentInstances } from '../../../src/store/agents.ts'
import { appendConfiguration, assignConfiguration } from '../../../src/store/configurations.ts'
import { type Database, openDatabase } from '../../../src/store/database.ts'
import { createMigratedTestDatabase } from '../../support/database.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'
import { withoutTemporal } from '../../support/temporal.ts'

/** The optimizer's side: a real gateway on a real PostgreSQL and NATS, both behind proxies. */
export interface Optimizer {
  db: Database
  nats: NatsConnection
  natsUrl: string
  httpUrl: string
  postgresProxy: TcpProxy
  natsProxy: TcpProxy
  /** The warnings of its connection to NATS. */
  warnings: string[]
  stop(): Promise<void>
}

/** @param given the NATS to use; by default a new one */
export async function startOptimizer(given?: {
  url: string
  options?: Partial<NatsOptions>
  stop(): Promise<void>
}): Promise<Optimizer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-agent-test-'))
  // NATS of one's own: gateways of tests that run at the same time would take each other's requests.
  const [server, database] = await Promise.all([given ?? startNats(dataDir, 0, console.error), createMigratedTestDatabase()])
  const [postgresProxy, natsProxy] = await Promise.all([startTcpProxy(database.url), startTcpProxy(server.url)])
  const db = openDatabase(postgresProxy.url)
  const warnings: string[] = []
  const nats = await connectNats(
    natsProxy.url,
    'test-gateway',
    (message) => warnings.push(message),
    natsOptionsSchema.parse(given?.options ?? {}),
  )
  const api = await startApi({ db, nats, optimizer: withoutTemporal(db), port: 0, host: '127.0.0.1', onUnavailable() {} })
  return {
    db,
    nats,
    natsUrl: natsProxy.url,
    httpUrl: api.url,
    postgresProxy,
    natsProxy,
    warnings,
    async stop() {
      await api.stop()
      await nats.close()
      await db.destroy()
      await Promise.all([natsProxy.cut(), postgresProxy.cut()])
      await server.stop()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export const knobs: KnobInput[] = [
  { type: 'int', name: 'poolSize', purpose: 'parallelism', min: 1, max: 32, default: 4 },
  { type: 'bool', name: 'cache', purpose: 'caching', default: false },
]
export const defaults: KnobValues = { poolSize: 4, cache: false }

let count = 0
/** A name no other test uses. */
export const newName = () => `hunter-${++count}`

/** An agent of its own for the test that calls it, with one instance; closed when the test ends. */
export async function startAgent(options: Partial<AgentOptions> & Pick<AgentOptions, 'optimizer'>): Promise<Agent> {
  const agentId = options.agentId ?? newName()
  const agent = await connectAgent({
    agentId,
    kind: 'market-hunter',
    instanceId: `${agentId}-1`,
    knobs,
    heartbeatMs: 100,
    ...options,
  })
  onTestFinished(() => agent.close())
  return agent
}

/** Writes a version and assigns it to all instances; delivering it is another matter. */
export async function assignNew(db: Database, agentId: string, values: KnobValues): Promise<Delivery> {
  const version = await appendConfiguration(db, { agentId, values, origin: 'operator', reason: 'A test' })
  await assignConfiguration(db, agentId, 'all', version)
  return { version, values }
}

export async function instanceOf(db: Database, agentId: string) {
  return (await listAgentInstances(db, agentId))[0]
}
