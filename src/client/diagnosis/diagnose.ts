/** Checks of everything that the optimizer needs, for `optimizer doctor`. */
import { statfs } from 'node:fs/promises'
import type { Config } from '../../config/config.ts'
import { resolveTemporalConnection } from '../../temporal/connection.ts'
import { findApiUrl, findRunningAddresses } from '../find-api.ts'
import { checkApi } from './api.ts'
import { checkConfig } from './config.ts'
import { checkDatabase } from './database.ts'
import { diagnoseExternalDatabases } from './external-databases.ts'
import { type DiagnosisFinding, failedFinding, okFinding, warningFinding } from './finding.ts'
import { checkLimits } from './limits.ts'
import { checkNats } from './nats.ts'
import { checkReceivers } from './receivers.ts'
import { checkTemporal } from './temporal.ts'

const minFreeGiB = 2

/** Checks the configuration, the servers, their contents, the workers and the receivers. It changes nothing, and never throws. */
export async function diagnose(env: NodeJS.ProcessEnv = process.env): Promise<DiagnosisFinding[]> {
  const { config, finding } = checkConfig(env)
  if (!config) return [finding]
  const running = findRunningAddresses(config)
  const databaseUrl = config.databaseUrl ?? running?.postgres
  const natsUrl = config.natsUrl ?? running?.nats
  const temporal = resolveTemporalConnection(config, running?.temporal ?? '', env)
  const access = { listening: config.apiHost, secret: env.OPTIMIZER_API_TOKEN }
  // A server that is away does not delay the other checks.
  const findings = await Promise.all([
    checkDataFolder(config),
    databaseUrl ? checkDatabase(databaseUrl, access) : notSet('PostgreSQL', 'DATABASE_URL'),
    databaseUrl ? checkLimits(databaseUrl, config) : [],
    diagnoseExternalDatabases(config.externalDatabases, databaseUrl),
    temporal.options.address ? checkTemporal(temporal, config.taskQueue) : notSet('Temporal', 'TEMPORAL_ADDRESS'),
    natsUrl ? checkNats(natsUrl, config.nats) : notSet('NATS', 'NATS_URL'),
    checkApi(findApiUrl(config)),
    checkReceivers(config),
  ])
  return [finding, ...findings.flat()]
}

const notSet = (check: string, variable: string) => [
  failedFinding(check, `${variable} is not set, and the optimizer is not running`, 'start it with npm start'),
]

async function checkDataFolder({ dataDir }: Config): Promise<DiagnosisFinding[]> {
  try {
    const { bavail, bsize } = await statfs(dataDir)
    const freeGiB = (bavail * bsize) / 2 ** 30
    const found = `${freeGiB.toFixed(1)} GiB are free in ${dataDir}`
    return [
      freeGiB < minFreeGiB
        ? warningFinding('disk', found, 'free some space, or lower data_retention_days')
        : okFinding('disk', found),
    ]
  } catch {
    // There is none where every server is run elsewhere.
    return []
  }
}
