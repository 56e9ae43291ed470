/** Composition root of the worker: configuration → adapters → activities → a Temporal worker until SIGTERM. */
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { createActivities } from './activities/index.ts'
import { TypedFailureInterceptor } from './activities/typed-failure-interceptor.ts'
import { createActuator } from './actuators/index.ts'
import { loadConfig } from './config.ts'
import { connectNats } from './messaging/connection.ts'
import { OptimizerError } from './model/errors.ts'
import { stopWithSupervisor } from './start/supervised.ts'
import { openDatabase } from './store/database.ts'
import { resolveTemporalConnection } from './temporal/connection.ts'

async function run(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: ['SIGTERM', 'SIGINT'] })
  stopWithSupervisor()
  const config = loadConfig()
  if (!config.databaseUrl || !config.natsUrl) {
    throw new OptimizerError(
      'missing-address',
      'The worker needs DATABASE_URL and NATS_URL; set both, or use npm start, which sets them.',
    )
  }
  const { options, namespace } = resolveTemporalConnection(config, `127.0.0.1:${config.ports.temporal}`)
  const connection = await NativeConnection.connect(options)
  const db = openDatabase(config.databaseUrl)
  const nats = await connectNats(config.natsUrl, 'optimizer-worker')
  const temporal = new Client({ connection: await Connection.connect(options), namespace })
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: config.taskQueue,
    workflowsPath: fileURLToPath(
      new URL(import.meta.url.endsWith('.ts') ? './workflows/index.ts' : './workflows/index.js', import.meta.url),
    ),
    activities: createActivities({
      db,
      nats,
      temporal,
      config,
      actuatorFor: (transport) => createActuator(transport, { nats, db }),
    }),
    interceptors: { activity: [() => ({ inbound: new TypedFailureInterceptor() })] },
    // An activity learns of its cancellation when it heartbeats, and an operator's command must reach a running trial at once.
    maxHeartbeatThrottleInterval: '1s',
    shutdownGraceTime: '2s',
  })
  await worker.run()
  await nats.close()
  await db.destroy()
  await temporal.connection.close()
  await connection.close()
}

run().catch((error) => {
  console.error(error instanceof OptimizerError ? error.message : error)
  // Open connections would keep an idle process alive; it exits and is restarted instead.
  process.exit(1)
})
