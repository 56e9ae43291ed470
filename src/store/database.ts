import { CamelCasePlugin, HandleEmptyInListsPlugin, Kysely, replaceWithNoncontingentExpression, sql } from 'kysely'
import { PoolerSafeDialect } from './connections.ts'
import type { Schema } from './schema.ts'

export type Database = Kysely<Schema>

/**
 * Opens a pool of connections to PostgreSQL; nothing is sent before the first query.
 * Timestamps are read as `Date`, int8 and numeric as numbers. Close it with `db.destroy()`.
 * @param isLimited whether a statement may take 30 seconds at most; a migration of many rows takes longer
 */
export function openDatabase(url: string, { isLimited = true } = {}): Database {
  return new Kysely<Schema>({
    dialect: new PoolerSafeDialect(url, isLimited),
    plugins: [
      new CamelCasePlugin({ underscoreBeforeDigits: true, maintainNestedObjectKeys: true }),
      // PostgreSQL refuses `in ()`; an empty list selects nothing.
      new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression }),
    ],
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
