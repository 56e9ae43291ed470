import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NatsConnection } from '@nats-io/transport-node'
import { startApi } from '../../../src/api/server.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { startNats } from '../../../src/servers/nats.ts'
import { appendConfiguration, assignConfiguration, findConfiguration } from '../../../src/store/configurations.ts'
import type { Database } from '../../../src/store/database.ts'
import { createTestStore } from '../../support/store.ts'
import { withoutTemporal } from '../../support/temporal.ts'

const entry = fileURLToPath(new URL('../../../examples/fleet/main.ts', import.meta.url))

export interface Fleet {
  main: ChildProcess
  agents: Record<string, string[]>
}

/** The optimizer's side of the protocol, on a PostgreSQL database and a NATS of its own. */
export interface Optimizer {
  db: Database
  nats: NatsConnection
  startFleet(): Promise<Fleet>
  stop(): Promise<void>
}

export async function startOptimizer(): Promise<Optimizer> {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-fleet-test-'))
  const [server, store] = await Promise.all([startNats(folder, 0, console.error), createTestStore()])
  const nats = await connectNats(server.url, 'test-gateway')
  const { db } = store
  const optimizer = withoutTemporal(db)
  const api = await startApi({ db, nats, optimizer, port: 0, host: '127.0.0.1', onUnavailable: console.error })
  return {
    db,
    nats,
    async startFleet() {
      const env = { ...process.env, OPTIMIZER_URL: server.url, DATABASE_URL: store.url }
      const main = fork(entry, { env, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
      const [message] = await once(main, 'message')
      return { main, agents: message.agents }
    },
    async stop() {
      await api.stop()
      await nats.close()
      await server.stop()
      await store.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes these values, on top of the defaults, the desired state of one instance; heartbeats converge on it. */
export async function assignTo(db: Database, agentId: string, instanceId: string, values: KnobValues): Promise<number> {
  const defaults = await findConfiguration(db, agentId, 1)
  const version = await appendConfiguration(db, {
    agentId,
    values: { ...defaults?.values, ...values },
    origin: 'operator',
    reason: 'A test',
  })
  await assignConfiguration(db, agentId, [instanceId], version)
  return version
}

/** Process ids of everything a process started. */
export function childrenOf(main: ChildProcess): number[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([pid, parent]) => (parent === main.pid ? pid! : []))
}

export function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch {
    return false
  }
}
