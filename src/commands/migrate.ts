import { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { OptimizerError } from '../model/errors.ts'
import { prepareDatabase, prepareTemporal } from '../start/installation.ts'
import { findConfiguredTemporal } from '../temporal/connection.ts'

export const migrateCommand = new Command('migrate')
  .description(
    'migrate the database at DATABASE_URL and, if TEMPORAL_ADDRESS is set, update the search attributes and the Schedule',
  )
  .action(async () => {
    const config = loadConfig()
    const { databaseUrl } = config
    if (!databaseUrl)
      throw new OptimizerError('missing-address', 'DATABASE_URL is not set; set it to the PostgreSQL database to migrate.')
    await prepareDatabase(databaseUrl)
    if (findConfiguredTemporal(config)) await prepareTemporal(config, false)
    console.log('Everything is up to date.')
  })
