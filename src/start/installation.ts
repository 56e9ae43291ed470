import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { OptimizerClient } from '../client/optimizer.ts'
import { requireToken } from '../client/require-token.ts'
import { TokenCache } from '../client/token-cache.ts'
import type { Config } from '../config/config.ts'
import { saveLastConfig } from '../config/last-config.ts'
import { getConfigFilePath, hasConfigFile } from '../config/load-config.ts'
import { OptimizerError } from '../model/errors.ts'
import { toLocalUrl } from '../model/local-url.ts'
import { type Addresses, removeAddresses, writeAddresses } from '../servers/addresses.ts'
import { startServers } from '../servers/index.ts'
import { claimPort } from '../servers/ports.ts'
import { SupervisedProcess } from '../servers/supervised-process.ts'
import { openDatabase } from '../store/database.ts'
import { getEngineSettings } from '../store/engine-settings.ts'
import { migrate } from '../store/migrate.ts'
import { ensurePartitions } from '../store/partitions.ts'
import { findConfiguredTemporal, resolveTemporalConnection } from '../temporal/connection.ts'
import { ensureSearchAttributes } from '../temporal/ensure-search-attributes.ts'
import { ensureRetentionSchedule } from '../temporal/retention-schedule.ts'
import { ensureSchedule } from '../temporal/schedule.ts'
import { startMonitoring } from '../temporal/starters.ts'
import { createExitReporter } from './exit-reporter.ts'
import { createFleetReceiver, type FleetAddresses, resolveFleetModule } from './fleet.ts'
import { supervisedStopMs } from './supervised.ts'

/** A database keeps few partitions ready; older days of a long retention have none. */
const maxPastDays = 90

export interface Installation {
  addresses: Addresses
  client: OptimizerClient
  /** Stops everything in reverse order, even if some parts cannot be stopped. */
  stop(): Promise<void>
}

export interface InstallationOptions {
  fleet: boolean
  /** Leaves the Schedule paused. */
  paused: boolean
  log: (line: string) => void
  /** Ends the start between two steps. */
  signal?: AbortSignal
}

/**
 * Starts servers, schema, Schedule, API, worker and fleet on one data folder; if one of them fails, stops the others again.
 * @throws OptimizerError with the remedy; the reason of the signal.
 */
export async function startInstallation(config: Config, options: InstallationOptions): Promise<Installation> {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    const failures: unknown[] = []
    for (const undo of stops.splice(0).reverse()) await undo().catch((error) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  const { signal } = options
  try {
    const servers = await startServers(config, options.log)
    stops.push(servers.stop)
    signal?.throwIfAborted()
    // An API key is meant for another server; with it, clients would use TLS for the embedded one.
    if (!findConfiguredTemporal(config)) delete process.env.TEMPORAL_API_KEY
    await prepareDatabase(servers.postgresUrl, config)
    await checkToken(servers.postgresUrl, config)
    signal?.throwIfAborted()
    await prepareTemporal({ ...config, temporalAddress: servers.temporal.address }, options.paused)
    signal?.throwIfAborted()

    const apiPort = await claimPort(config.ports.api, 'the API', 'OPTIMIZER_API_PORT')
    const env = {
      ...saveLastConfig(config.dataDir),
      DATABASE_URL: servers.postgresUrl,
      NATS_URL: servers.natsUrl,
      TEMPORAL_ADDRESS: servers.temporal.address,
      OPTIMIZER_DATA_DIR: config.dataDir,
      OPTIMIZER_API_PORT: String(apiPort),
      OPTIMIZER_URL: servers.natsUrl,
      ...(servers.temporal.uiUrl && { OPTIMIZER_TEMPORAL_UI_URL: servers.temporal.uiUrl }),
    }
    const supervise = (name: string, module: string, onMessage: (message: unknown) => void = () => {}) => {
      const logFile = join(config.dataDir, 'logs', `${name}.log`)
      const notices = createExitReporter(`The ${name === 'api' ? 'API' : name}`, logFile, options.log)
      const supervised = new SupervisedProcess({
        ...notices,
        command: { file: process.execPath, args: [module], env },
        logFile,
        onMessage(message) {
          notices.onMessage(message)
          onMessage(message)
        },
        stopSignal: 'SIGTERM',
        stopTimeoutMs: supervisedStopMs,
      })
      supervised.launch()
      supervised.supervise()
      stops.push(() => supervised.stop())
    }
    options.log(`Starting the API${options.fleet ? ', the worker and the fleet' : ' and the worker'}`)
    supervise('api', sibling('../api'))
    supervise('worker', sibling('../worker'))
    const api = toLocalUrl(config.apiHost, apiPort)
    await waitUntilReady(`${api}/healthz`, 'The API', join(config.dataDir, 'logs', 'api.log'), signal)
    const agents = options.fleet ? await startFleet(supervise) : {}
    signal?.throwIfAborted()

    const { temporal, postgresUrl, natsUrl } = servers
    const addresses = {
      temporal: temporal.address,
      temporalUi: temporal.uiUrl,
      postgres: postgresUrl,
      nats: natsUrl,
      api,
      agents,
      folder: process.cwd(),
      ...(hasConfigFile(process.env) && { configFile: resolve(getConfigFilePath(process.env)) }),
    }
    writeAddresses(config.dataDir, addresses)
    // Only once they are those of this installation: another one may be running in the folder.
    stops.push(async () => removeAddresses(config.dataDir))
    const client = await OptimizerClient.connect({ ...config, databaseUrl: postgresUrl, temporalAddress: temporal.address })
    stops.push(() => client.close())
    return { addresses, client, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startFleet(
  supervise: (name: string, module: string, onMessage: (message: unknown) => void) => void,
): Promise<FleetAddresses> {
  const module = resolveFleetModule()
  const fleet = createFleetReceiver(60_000)
  supervise('fleet', module, fleet.onMessage)
  return await fleet.addresses
}

/**
 * Migrates the schema, and creates the partitions of the coming week; those of system metrics also for the past, so that what other programs
 * add later can be dropped by the day.
 */
export async function prepareDatabase(postgresUrl: string, { performance_engine_agent: engine }: Config): Promise<void> {
  const db = openDatabase(postgresUrl, { isLimited: false })
  try {
    await migrate(db)
    await ensurePartitions(db, new Date(), 7)
    const { data_retention_days: retentionDays } = await getEngineSettings(db, engine)
    const pastDays = Math.min(retentionDays, maxPastDays)
    await ensurePartitions(db, new Date(Date.now() - pastDays * 86_400_000), pastDays, ['system_metrics'])
  } finally {
    await db.destroy()
  }
}

/** @throws OptimizerError `token-required` if the API would serve more than loopback without a token */
async function checkToken(postgresUrl: string, { databaseUrl, apiHost }: Config): Promise<void> {
  const db = openDatabase(postgresUrl)
  try {
    await requireToken(new TokenCache({ db }), apiHost, databaseUrl === undefined)
  } finally {
    await db.destroy()
  }
}

/** Registers the search attributes and the Schedules, that of the cycles paused or not, and starts the monitoring. */
export async function prepareTemporal(config: Config, paused: boolean): Promise<void> {
  const { options, namespace } = resolveTemporalConnection(config, '')
  const connection = await Connection.connect(options)
  try {
    await ensureSearchAttributes(connection, namespace)
    const temporal = new Client({ connection, namespace })
    await ensureSchedule(temporal, config, paused)
    await ensureRetentionSchedule(temporal, config.taskQueue)
    await startMonitoring({ temporal, taskQueue: config.taskQueue })
  } finally {
    await connection.close()
  }
}

/** The path of a module of this package, from source or built. */
function sibling(name: string): string {
  return fileURLToPath(new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
}

/** Waits until a URL answers. @throws OptimizerError `start-failed` after 2 min. */
async function waitUntilReady(url: string, title: string, logFile: string, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + 120_000
  while (Date.now() < deadline) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await sleep(100, undefined, { signal })
  }
  throw new OptimizerError('start-failed', `${title} did not start; the reason is at the end of ${logFile}.`)
}
