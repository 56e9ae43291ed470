/** The record of external databases that are read while their owners write. */
import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Takes the right to read a database for some time, or extends it; of several processes, one reads at a time.
 * @returns whether nobody else has it
 */
export async function claimExternalDatabase(db: Database, name: string, forMs: number): Promise<boolean> {
  const readUntil = sql<Date>`now() + ${forMs} * interval '1 millisecond'`
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('externalDatabases')
    .values({ name, readUntil })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ readUntil }).where('externalDatabases.readUntil', '<', sql<Date>`now()`),
    )
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Extends the right that this process has. */
export async function extendExternalClaim(db: Database, name: string, forMs: number): Promise<void> {
  const readUntil = sql<Date>`now() + ${forMs} * interval '1 millisecond'`
  await db.updateTable('externalDatabases').set({ readUntil }).where('name', '=', name).execute()
}

/** Gives the right back, and records what came of the reading. @param problem null if everything new was read */
export async function recordExternalRead(db: Database, name: string, problem: string | null): Promise<void> {
  await db
    .updateTable('externalDatabases')
    .set({ readUntil: sql<Date>`now()`, problem, ...(problem === null && { readAt: sql<Date>`now()` }) })
    .where('name', '=', name)
    .execute()
}

/** A database that is or was read, and how many of its rows. */
export interface ExternalDatabaseRecord {
  name: string
  readAt: Date | null
  problem: string | null
  taken: number
  refused: number
}

export async function listExternalDatabaseRecords(db: Database): Promise<ExternalDatabaseRecord[]> {
  const { rows } = await sql<ExternalDatabaseRecord>`
    select name, read_at, problem, coalesce(sum(taken), 0) as taken, coalesce(sum(refused), 0) as refused
    from external_databases left join imports on starts_with(source, name || ': ')
    group by name`.execute(db)
  return rows
}
