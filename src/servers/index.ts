import type { Config } from '../config/config.ts'
import { findConfiguredTemporal, resolveTemporalConnection } from '../temporal/connection.ts'
import { lockDataFolder } from './data-folder.ts'
import { waitForExternalServer } from './external.ts'
import { pingNats, startNats } from './nats.ts'
import { checkPostgres, startPostgres } from './postgres.ts'
import { pingTemporal, startTemporal } from './temporal.ts'

/** The addresses of the three servers, whether started here or not. */
export interface Servers {
  temporal: { address: string; uiUrl: string | null; namespace: string }
  postgresUrl: string
  natsUrl: string
  /** Stops what was started here, Temporal first, and unlocks the data folder. */
  stop(): Promise<void>
}

type Log = (line: string) => void

/**
 * Starts, in parallel, the servers for which neither the configuration nor the environment has an address, and waits until all three
 * answer. Servers that an earlier supervisor left running on this data folder are stopped first.
 * @throws OptimizerError `already-running`, `data-folder`, `broken-data-folder`, `port-taken`, `missing-tool`, `server-failed`, `unreachable`
 */
export async function startServers(config: Config, log: Log): Promise<Servers> {
  const unlock = lockDataFolder(config.dataDir)
  const starts = await Promise.allSettled([findPostgres(config, log), findNats(config, log), findTemporal(config, log)])
  const stop = async () => {
    for (const start of starts.toReversed()) if (start.status === 'fulfilled') await start.value.stop()
    unlock()
  }
  const [postgres, nats, temporal] = starts
  if (postgres.status === 'fulfilled' && nats.status === 'fulfilled' && temporal.status === 'fulfilled') {
    const { address, uiUrl, namespace } = temporal.value
    return { temporal: { address, uiUrl, namespace }, postgresUrl: postgres.value.url, natsUrl: nats.value.url, stop }
  }
  await stop()
  throw starts.find((start) => start.status === 'rejected')?.reason
}

async function findPostgres({ databaseUrl, dataDir, ports }: Config, log: Log) {
  if (!databaseUrl) return startPostgres(dataDir, ports.postgres, log)
  await waitForExternalServer(() => checkPostgres(databaseUrl), 'PostgreSQL', 'DATABASE_URL')
  return { url: databaseUrl, stop: leaveRunning }
}

async function findNats({ natsUrl, nats, dataDir, ports }: Config, log: Log) {
  if (!natsUrl) return startNats(dataDir, ports.nats, log)
  await waitForExternalServer(() => pingNats(natsUrl, nats), 'NATS', 'NATS_URL')
  return { url: natsUrl, stop: leaveRunning }
}

async function findTemporal(config: Config, log: Log) {
  const configured = findConfiguredTemporal(config)
  if (!configured) {
    const { namespace } = resolveTemporalConnection(config, '')
    return { ...(await startTemporal(config.dataDir, config.ports, namespace, log)), namespace }
  }
  await waitForExternalServer(() => pingTemporal(configured), 'Temporal', 'TEMPORAL_ADDRESS')
  return { address: configured.options.address, uiUrl: null, namespace: configured.namespace, stop: leaveRunning }
}

async function leaveRunning(): Promise<void> {}
