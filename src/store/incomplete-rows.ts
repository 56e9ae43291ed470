/** Rows of external databases that their owners may still complete: they are read again for a while. */
import { sql } from 'kysely'
import type { ImportedTable } from '../model/import-mapping.ts'
import type { Database } from './database.ts'

/** How long a row is read again, milliseconds. */
export const rereadWindowMs = 30 * 86_400_000
/** So many of a table are read again at a time. */
const rowsPerPage = 20_000

export interface IncompleteRow {
  source: string
  tableName: ImportedTable
  /** The key of the imported row. */
  id: string
  /** The key of the row in the external database. */
  rowKey: string
  /** Tells whether another row has that key now. */
  digest: string
  timestamp: Date
  /** The columns without content. */
  missing: string[]
}

/** Records rows, or where they are now. */
export async function recordIncompleteRows(db: Database, rows: readonly IncompleteRow[]): Promise<void> {
  if (rows.length === 0) return
  const unique = [...new Map(rows.map((row) => [row.id, row])).values()]
  await db
    .insertInto('incompleteRows')
    .values(unique)
    .onConflict((conflict) =>
      conflict
        .columns(['source', 'tableName', 'id'])
        .doUpdateSet({ rowKey: sql`excluded.row_key`, digest: sql`excluded.digest`, missing: sql`excluded.missing` }),
    )
    .execute()
}

/**
 * A page of the rows of a table that may still be completed, and the id after which the next page begins, if there is one. Forgets rows that
 * are too old.
 */
export async function listIncompleteRows(
  db: Database,
  source: string,
  tableName: ImportedTable,
  after?: string,
): Promise<{ rows: IncompleteRow[]; next: string | undefined }> {
  await db
    .deleteFrom('incompleteRows')
    .where('timestamp', '<', new Date(Date.now() - rereadWindowMs))
    .execute()
  const rows = await db
    .selectFrom('incompleteRows')
    .where('source', '=', source)
    .where('tableName', '=', tableName)
    .$if(after !== undefined, (query) => query.where('id', '>', after!))
    .orderBy('id')
    .limit(rowsPerPage)
    .selectAll()
    .execute()
  return { rows, next: rows.length === rowsPerPage ? rows.at(-1)!.id : undefined }
}

export async function forgetIncompleteRows(db: Database, rows: readonly IncompleteRow[]): Promise<void> {
  const { source, tableName } = rows[0] ?? {}
  if (source === undefined) return
  await db
    .deleteFrom('incompleteRows')
    .where('source', '=', source)
    .where('tableName', '=', tableName!)
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute()
}
