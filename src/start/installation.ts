import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { OptimizerClient } from '../client/optimizer.ts'
import type { Config } from '../config.ts'
import { OptimizerError } from '../model/errors.ts'
import { type Addresses, removeAddresses, writeAddresses } from '../servers/addresses.ts'
import { startServers } from '../servers/index.ts'
import { claimPort } from '../servers/ports.ts'
import { SupervisedProcess } from '../servers/supervised-process.ts'
import { openDatabase } from '../store/database.ts'
import { migrate } from '../store/migrate.ts'
import { ensurePartitions } from '../store/partitions.ts'
import { findConfiguredTemporal, resolveTemporalConnection } from '../temporal/connection.ts'
import { ensureSearchAttributes } from '../temporal/register-search-attributes.ts'
import { ensureSchedule } from '../temporal/schedule.ts'
import { createFleetReceiver, type FleetAddresses, resolveFleetModule } from './fleet.ts'
import { supervisedStopMs } from './supervised.ts'

export interface Installation {
  addresses: Addresses
  client: OptimizerClient
  /** Stops all of it, last started first, each whether the others could be stopped or not. */
  stop(): Promise<void>
}

export interface InstallationOptions {
  fleet: boolean
  /** No scheduled cycle begins. */
  paused: boolean
  log: (line: string) => void
}

/**
 * Brings up servers, schema, Schedule, API, worker and fleet on one data folder, or nothing at all.
 * @throws OptimizerError with the remedy.
 */
export async function startInstallation(config: Config, options: InstallationOptions): Promise<Installation> {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    removeAddresses(config.dataDir)
    const failures: unknown[] = []
    for (const undo of stops.splice(0).reverse()) await undo().catch((error) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  try {
    const servers = await startServers(config, options.log)
    stops.push(servers.stop)
    // A key is for a Temporal elsewhere; the embedded one would be spoken to over TLS.
    if (!findConfiguredTemporal(config)) delete process.env.TEMPORAL_API_KEY
    await prepareDatabase(servers.postgresUrl)
    await prepareTemporal({ ...config, temporalAddress: servers.temporal.address }, options.paused)

    const apiPort = await claimPort(config.ports.api, 'the API', 'OPTIMIZER_API_PORT')
    const env = {
      DATABASE_URL: servers.postgresUrl,
      NATS_URL: servers.natsUrl,
      TEMPORAL_ADDRESS: servers.temporal.address,
      OPTIMIZER_DATA_DIR: config.dataDir,
      OPTIMIZER_API_PORT: String(apiPort),
      OPTIMIZER_URL: servers.natsUrl,
    }
    const keep = (name: string, module: string, onMessage: (message: unknown) => void = () => {}) => {
      const supervised = new SupervisedProcess({
        command: { file: process.execPath, args: [module], env },
        logFile: join(config.dataDir, 'logs', `${name}.log`),
        onMessage,
        stopSignal: 'SIGTERM',
        stopTimeoutMs: supervisedStopMs,
      })
      supervised.launch()
      supervised.supervise()
      stops.push(() => supervised.stop())
    }
    options.log('Starting the API, the worker and the fleet')
    keep('api', sibling('../api'))
    keep('worker', sibling('../worker'))
    const api = `http://127.0.0.1:${apiPort}`
    await waitUntilReady(`${api}/healthz`, 'The API', join(config.dataDir, 'logs', 'api.log'))
    const agents = options.fleet ? await startFleet(keep) : {}

    const { temporal, postgresUrl, natsUrl } = servers
    const addresses = {
      temporal: temporal.address,
      temporalUi: temporal.uiUrl,
      postgres: postgresUrl,
      nats: natsUrl,
      api,
      agents,
    }
    writeAddresses(config.dataDir, addresses)
    const client = await OptimizerClient.connect({ ...config, databaseUrl: postgresUrl, temporalAddress: temporal.address })
    stops.push(() => client.close())
    return { addresses, client, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startFleet(
  keep: (name: string, module: string, onMessage: (message: unknown) => void) => void,
): Promise<FleetAddresses> {
  const module = resolveFleetModule()
  const fleet = createFleetReceiver(60_000)
  keep('fleet', module, fleet.onMessage)
  return await fleet.addresses
}

/** Brings the schema up to date. */
export async function prepareDatabase(postgresUrl: string): Promise<void> {
  const db = openDatabase(postgresUrl)
  try {
    await migrate(db)
    await ensurePartitions(db, new Date(), 7)
  } finally {
    await db.destroy()
  }
}

/** Registers the search attributes and the Schedule; `paused` or not as asked for this start. */
export async function prepareTemporal(config: Config, paused: boolean): Promise<void> {
  const { options, namespace } = resolveTemporalConnection(config, '')
  const connection = await Connection.connect(options)
  try {
    await ensureSearchAttributes(connection, namespace)
    await ensureSchedule(new Client({ connection, namespace }), config, paused)
  } finally {
    await connection.close()
  }
}

/** A module of this package, as source or as built. */
function sibling(name: string): string {
  return fileURLToPath(new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
}

/** Waits until a URL answers. @throws OptimizerError `start-failed` after 30 s. */
async function waitUntilReady(url: string, what: string, logFile: string): Promise<void> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await sleep(100)
  }
  throw new OptimizerError('start-failed', `${what} did not come up; its reason is at the end of ${logFile}.`)
}
