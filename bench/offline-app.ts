import { Client, Connection } from '@temporalio/client'
import { createApp } from '../src/api/app.ts'
import type { DashboardFiles } from '../src/api/dashboard.ts'
import { AgentGateway } from '../src/api/gateway/gateway.ts'
import { OptimizerClient } from '../src/client/optimizer.ts'
import { configSchema } from '../src/config/config.ts'
import type { Database } from '../src/store/database.ts'

export type App = Awaited<ReturnType<typeof createOfflineApp>>

/** The API over a database alone: without Temporal and NATS, and with the usual configuration. */
export async function createOfflineApp(db: Database, dashboard?: DashboardFiles) {
  const config = configSchema.parse({})
  const { metrics, performance_engine_agent: engine, telemetry } = config
  const gateway = new AgentGateway({ db, metrics, engine, telemetry }, console.error)
  const connection = Connection.lazy()
  await connection.close()
  return createApp({
    gateway,
    optimizer: new OptimizerClient(new Client({ connection }), db, config),
    pingNats: async () => undefined,
    hosts: { listening: '127.0.0.1', allowed: [] },
    onUnavailable: console.error,
    dashboard,
  })
}
