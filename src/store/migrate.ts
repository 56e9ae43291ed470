import { readdir, readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import { OptimizerError } from '../model/errors.ts'
import type { Database } from './database.ts'

const folder = new URL('./migrations/', import.meta.url)

const numberedFiles: MigrationProvider = {
  async getMigrations() {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.sql'))
    return Object.fromEntries(files.map((file) => [file.replace(/\.sql$/, ''), migration(file)]))
  },
}

function migration(file: string): Migration {
  return {
    async up(db) {
      await sql.raw(await readFile(new URL(file, folder), 'utf8')).execute(db)
    },
  }
}

/**
 * Brings the schema up to date, in one transaction. Safe to call from several processes at once: Kysely holds an
 * advisory lock, and the later ones find nothing left to do.
 * @throws OptimizerError `migration-failed`
 */
export async function migrate(db: Database): Promise<void> {
  const { error } = await new Migrator({ db, provider: numberedFiles }).migrateToLatest()
  if (!error) return
  const cause = error instanceof Error ? error.message : String(error)
  throw new OptimizerError(
    'migration-failed',
    `The database could not be migrated (${cause}); use a reachable PostgreSQL 15 or later that no newer version of the optimizer has migrated.`,
    { cause: error, retryable: true },
  )
}
