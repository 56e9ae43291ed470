import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Schema } from './schema.ts'

export type Database = Kysely<Schema>

const numberTypes = new Set<number>([pg.types.builtins.INT8, pg.types.builtins.NUMERIC])

/**
 * Opens a pool of connections to PostgreSQL; nothing is sent before the first query.
 * Timestamps are read as `Date`, int8 and numeric as numbers. Close it with `db.destroy()`.
 */
export function openDatabase(url: string): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'performance-optimizer',
    max: 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    // For a server that no longer answers; above statement_timeout, so that PostgreSQL's own error comes first.
    query_timeout: 35_000,
    types: {
      getTypeParser: (id, format) => (numberTypes.has(id) && format !== 'binary' ? Number : pg.types.getTypeParser(id, format)),
    },
  })
  // An unhandled `error` event ends the process. Queries report a lost connection to their caller; between queries there is
  // no caller, and the pool replaces the connection. The pool itself listens only to its idle connections.
  const ignore = () => {}
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ underscoreBeforeDigits: true, maintainNestedObjectKeys: true })],
  })
}

/** Resolves when PostgreSQL answers. */
export async function pingDatabase(db: Database): Promise<void> {
  await sql`select 1`.execute(db)
}

/** Runs the work in the given transaction, or in a new one if `db` is not in a transaction. */
export function inTransaction<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}
