import { readdir, readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import { describeError, OptimizerError } from '../model/errors.ts'
import type { Database } from './database.ts'
import { encodingRemedy, requiredEncoding } from './encoding.ts'
import { isConnectionLost, isLoginRefused, isStartupParameterRefused } from './errors.ts'

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

/** The lock of earlier versions, so that they and this one exclude each other. */
const migrationLock = sql.raw('3853314791062309107')

/**
 * Brings the schema up to date, in one transaction. Safe to call from several processes at once: the transaction holds an advisory
 * lock, and the later ones find nothing left to do.
 * @throws OptimizerError `migration-failed`
 */
export async function migrate(db: Database): Promise<void> {
  try {
    await requireEncoding(db)
    await migrateTo(db)
  } catch (cause) {
    if (cause instanceof OptimizerError) throw cause
    const message = `The database could not be migrated (${describeError(cause)}); ${findRemedy(cause)}.`
    throw new OptimizerError('migration-failed', message, { cause, retryable: true })
  }
}

async function requireEncoding(db: Database): Promise<void> {
  const { rows } = await sql<{ encoding: string }>`select current_setting('server_encoding') as encoding`.execute(db)
  const { encoding } = rows[0]!
  if (encoding !== requiredEncoding)
    throw new OptimizerError(
      'migration-failed',
      `The database could not be migrated (its encoding is ${encoding}); ${encodingRemedy}.`,
    )
}

/** As `migrate`, up to a migration. @param name of its file, without `.sql`; by default the last one */
export async function migrateTo(db: Database, name?: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(trx)
    const migrator = new Migrator({ db: trx, provider: numberedFiles })
    const { error } = await (name === undefined ? migrator.migrateToLatest() : migrator.migrateTo(name))
    if (error) throw error
  })
}

function findRemedy(error: unknown): string {
  if (isStartupParameterRefused(error)) return 'add the parameter to ignore_startup_parameters of the pooler, or do not set it'
  if (isConnectionLost(error)) return 'start PostgreSQL or correct its address in DATABASE_URL'
  if (isLoginRefused(error)) return 'correct the user and password in DATABASE_URL, or in PGUSER and PGPASSWORD'
  return 'use PostgreSQL 15 or later, a user that may create tables, and a database that no newer version of the optimizer has migrated'
}
