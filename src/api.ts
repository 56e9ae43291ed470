/** The process that serves the agents and the HTTP API. */
import { once } from 'node:events'
import { Client, Connection } from '@temporalio/client'
import { pino } from 'pino'
import { loadDashboard } from './api/dashboard.ts'
import { logFailure } from './api/gateway/failure-response.ts'
import { startApi } from './api/server.ts'
import { OptimizerClient } from './client/optimizer.ts'
import { followConfig } from './config/follow-config.ts'
import { loadLastConfig } from './config/last-config.ts'
import { Followers } from './importing/followers.ts'
import { throwWhenClosed, waitForNats } from './messaging/connection.ts'
import { OptimizerError } from './model/errors.ts'
import { announceReady, stopWhenSupervisorEnds } from './start/supervised.ts'
import { openDatabase } from './store/database.ts'
import { resolveTemporalConnection } from './temporal/connection.ts'
import { clientInterceptors } from './temporal/waiting.ts'

const log = pino({ name: 'api' })
const followedKeys = ['externalDatabases', 'metrics', 'performance_engine_agent'] as const

async function main(): Promise<void> {
  stopWhenSupervisorEnds()
  const config = loadLastConfig((message) => log.warn(message))
  log.level = config.logLevel
  const { databaseUrl, natsUrl, ports, apiHost } = config
  if (!databaseUrl || !natsUrl) {
    throw new OptimizerError('invalid-config', 'The API needs DATABASE_URL and NATS_URL; set both, or use npm start, which does.')
  }
  const nats = await waitForNats(natsUrl, 'optimizer-api', (message) => log.warn(message), config.nats)
  const db = openDatabase(databaseUrl)
  const { options, namespace } = resolveTemporalConnection(config, `127.0.0.1:${ports.temporal}`)
  // Agents are served even while Temporal is down.
  const temporal = new Client({ connection: Connection.lazy({ ...options, interceptors: clientInterceptors }), namespace })
  // Agents are served even without it.
  const dashboard = await loadDashboard().catch((error: unknown) => {
    log.warn({ err: error }, 'the dashboard cannot be served')
    return undefined
  })
  const api = await startApi({
    db,
    nats,
    optimizer: new OptimizerClient(temporal, db, config),
    port: ports.api,
    host: apiHost,
    onUnavailable: (error, requestId) => logFailure(log, error, requestId),
    dashboard,
  })
  const followDatabases = () => {
    const { performance_engine_agent: engine, telemetry, metrics, externalDatabases } = config
    const followers = new Followers({
      databaseUrl,
      engine,
      telemetry,
      metrics,
      onHeard: (sources) => void api.presence.hear(sources, Date.now()).catch((error) => logFailure(log, error)),
      info: (message) => log.info(message),
      warn: (message) => log.warn(message),
    })
    followers.start(externalDatabases)
    return followers
  }
  const followAnew = async (running: Followers) => {
    await running.stop()
    return followDatabases()
  }
  let followers = Promise.resolve(followDatabases())
  const unfollowConfig = followConfig(config, {
    info: (message) => log.info(message),
    warn: (message) => log.warn(message),
    onChange: (changed) => {
      log.level = config.logLevel
      // Their threads have a copy of it.
      if (followedKeys.some((key) => changed.includes(key)))
        followers = followers.then((running) =>
          followAnew(running).catch((error: unknown) => {
            log.error({ err: error }, 'external databases are not read until the configuration changes again')
            return running
          }),
        )
    },
  })
  log.info({ url: api.url }, 'serving')
  announceReady()

  const [signal] = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT'), throwWhenClosed(nats)])
  log.info({ signal }, 'stopping')
  unfollowConfig()
  await Promise.all([followers.then((running) => running.stop()), api.stop()])
  await nats.close()
  await temporal.connection.close()
  await db.destroy()
  process.exit()
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
})
