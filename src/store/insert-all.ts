import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isDataError } from './errors.ts'

export interface RefusedEntry<Entry> {
  entry: Entry
  reason: string
}

/**
 * Inserts all entries at once; if PostgreSQL refuses, inserts each half separately, down to the entries it refuses. Within a transaction.
 * @returns the entries that were refused, and why
 */
export async function insertAll<Entry>(
  db: Database,
  entries: readonly Entry[],
  insert: (entries: Entry[]) => Promise<unknown>,
): Promise<RefusedEntry<Entry>[]> {
  if (entries.length === 0) return []
  const reason = await findInsertError(db, () => insert([...entries]))
  if (reason === undefined) return []
  if (entries.length === 1) return [{ entry: entries[0]!, reason }]
  const middle = entries.length >> 1
  return [...(await insertAll(db, entries.slice(0, middle), insert)), ...(await insertAll(db, entries.slice(middle), insert))]
}

/** Why PostgreSQL refuses these values, for example a NUL in a text; undefined if it accepts them. */
async function findInsertError(db: Database, statement: () => Promise<unknown>): Promise<string | undefined> {
  await sql`savepoint entries`.execute(db)
  try {
    await statement()
    await sql`release savepoint entries`.execute(db)
    return undefined
  } catch (error) {
    if (!isDataError(error)) throw error
    await sql`rollback to savepoint entries`.execute(db)
    return error.message
  }
}
