import { loadConfig } from '../config/load-config.ts'
import { OptimizerError } from '../model/errors.ts'
import { prepareDatabase, prepareTemporal } from '../start/installation.ts'
import { findConfiguredTemporal } from '../temporal/connection.ts'
import { printMessage } from '../terminal/print.ts'

export async function migrateInstallation(): Promise<void> {
  const config = loadConfig()
  const { databaseUrl } = config
  if (!databaseUrl)
    throw new OptimizerError('missing-address', 'DATABASE_URL is not set; set it to the PostgreSQL database to migrate.')
  await prepareDatabase(databaseUrl, config)
  if (findConfiguredTemporal(config)) await prepareTemporal(config, false)
  printMessage('Everything is up to date.')
}
