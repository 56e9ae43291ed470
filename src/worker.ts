/** Composition root of the worker: configuration → adapters → activities → a Temporal worker until SIGTERM. */
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { pino } from 'pino'
import { countActivitySlots } from './activities/activity-slots.ts'
import { createActivities } from './activities/index.ts'
import { TypedFailureInterceptor } from './activities/typed-failure-interceptor.ts'
import { createActuator } from './actuators/index.ts'
import { followConfig } from './config/follow-config.ts'
import { loadLastConfig } from './config/last-config.ts'
import { throwWhenClosed, waitForNats } from './messaging/connection.ts'
import { StatusStream } from './messaging/status-stream.ts'
import { describeError, OptimizerError } from './model/errors.ts'
import { OutboxPublisher } from './publishing/outbox-publisher.ts'
import { announceReady, stopWhenSupervisorEnds } from './start/supervised.ts'
import { openDatabase } from './store/database.ts'
import { resolveTemporalConnection } from './temporal/connection.ts'
import { installRuntime } from './temporal/runtime.ts'
import { buildWorkerOptions } from './temporal/worker-options.ts'

const log = pino({ name: 'worker' })

async function main(): Promise<void> {
  stopWhenSupervisorEnds()
  const config = loadLastConfig((message) => log.warn(message))
  log.level = config.logLevel
  if (!config.databaseUrl || !config.natsUrl) {
    throw new OptimizerError(
      'missing-address',
      'The worker needs DATABASE_URL and NATS_URL; set both, or use npm start, which sets them.',
    )
  }
  // Before the runtime, which takes SIGTERM for its workers: until then, the signal ends the process.
  const nats = await waitForNats(config.natsUrl, 'optimizer-worker', (message) => log.warn(message), config.nats)
  installRuntime(config, log)
  const { options, namespace } = resolveTemporalConnection(config, `127.0.0.1:${config.ports.temporal}`)
  const connection = await NativeConnection.connect(options)
  const db = openDatabase(config.databaseUrl)
  const temporal = new Client({ connection: await Connection.connect(options), namespace })
  const worker = await Worker.create({
    ...buildWorkerOptions(config, countActivitySlots(config.trials)),
    connection,
    namespace,
    activities: createActivities({
      db,
      nats,
      temporal,
      config,
      actuatorFor: (transport) => createActuator(transport, { nats, db }),
    }),
    interceptors: { activity: [() => ({ inbound: new TypedFailureInterceptor() })] },
  })
  const stream = new StatusStream(nats, {
    prefix: config.nats.subjectPrefix,
    info: (message) => log.info(message),
    warn: (message) => log.warn(message),
  })
  const outbox = new OutboxPublisher(db, stream, (message) => log.warn(message))
  outbox.start()
  const unfollowConfig = followConfig(config, {
    info: (message) => log.info(message),
    warn: (message) => log.warn(message),
    onChange: () => {
      log.level = config.logLevel
    },
  })
  const { identity, taskQueue } = worker.options
  log.info({ identity, namespace, taskQueue, address: options.address }, 'working')
  announceReady()
  await Promise.race([worker.run(), throwWhenClosed(nats)])
  unfollowConfig()
  await outbox.stop()
  // Draining sends what was published.
  await nats.drain()
  await db.destroy()
  await temporal.connection.close()
  await connection.close()
  log.info('stopped')
}

main().catch((err: unknown) => {
  log.fatal(err instanceof OptimizerError ? { code: err.code } : { err }, describeError(err))
  // Open connections would keep an idle process alive; it exits and is restarted instead.
  process.exit(1)
})
