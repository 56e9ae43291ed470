/** Rows of other databases, and how far those have been imported. */
import { sql } from 'kysely'
import type { ImportedTable } from '../model/import-mapping.ts'
import { type Database, inTransaction } from './database.ts'
import { insertAll } from './insert-all.ts'
import type { ReadMapping } from './schema/observations.ts'

/** A row of a table of document 002: values by the names of its columns. */
export interface ImportedRow {
  /** For people. */
  name: string
  /** A UUID that is the same whenever the row is imported. */
  key: string
  values: Record<string, string | number | boolean | Date | null>
}

export interface ImportCursor {
  source: string
  table: ImportedTable
  lastKey: string
  digest: string
  /** The mapping with which the rows up to there were read; null in places that earlier versions stored. */
  readWith: ReadMapping | null
}

/** The column that holds the key of an imported row; others are recognized by their own. */
const keyColumns: Partial<Record<ImportedTable, string>> = {
  agent_executions: 'id',
  portfolio_history: 'import_key',
  trades: 'import_key',
  market_data: 'import_key',
}

const conflicts: Partial<Record<ImportedTable, string>> = {
  portfolio: `on conflict (id) do update set btc_balance = excluded.btc_balance, usd_balance = excluded.usd_balance,
    last_updated = excluded.last_updated where portfolio.last_updated < excluded.last_updated`,
}

export async function findImportCursor(db: Database, source: string, table: ImportedTable): Promise<ImportCursor | undefined> {
  const row = await db
    .selectFrom('imports')
    .where('source', '=', source)
    .where('tableName', '=', table)
    .select(['lastKey', 'digest', 'readWith'])
    .executeTakeFirst()
  return row && { source, table, ...row }
}

/** A place up to which a table was read, and the numbers of rows taken and refused before this batch that are not on record yet. */
export type ImportPosition = ImportCursor & { taken: number; refused: number }

/** Stores a batch, and the place that is reached with it, if any; a row that is stored already is not taken again. */
export function storeImportedRows(
  db: Database,
  table: ImportedTable,
  rows: readonly ImportedRow[],
  place: ImportPosition | undefined,
): Promise<{ taken: number; refusals: string[] }> {
  return inTransaction(db, async (db) => {
    let taken = 0
    const refusals = await insertAll(db, rows, async (batch) => {
      taken += await insertRows(db, table, batch)
    })
    const explained = refusals.map(({ entry, reason }) => `${entry.name}: ${reason}`)
    if (!place) return { taken, refusals: explained }
    const { source, lastKey, digest } = place
    const readWith = JSON.stringify(place.readWith)
    const counts = { taken: place.taken + taken, refused: place.refused + refusals.length }
    await db
      .insertInto('imports')
      .values({ source, tableName: table, lastKey, digest, readWith, ...counts })
      .onConflict((conflict) =>
        conflict.columns(['source', 'tableName']).doUpdateSet({
          lastKey,
          digest,
          readWith,
          taken: sql`imports.taken + excluded.taken`,
          // Rows that were read again with another mapping are counted again.
          refused: sql`case when imports.read_with <> excluded.read_with then 0 else imports.refused end + excluded.refused`,
          updatedAt: sql`now()`,
        }),
      )
      .execute()
    return { taken, refusals: explained }
  })
}

async function insertRows(db: Database, table: ImportedTable, rows: readonly ImportedRow[]): Promise<number> {
  const keyColumn = keyColumns[table]
  const columns = Object.keys(rows[0]!.values)
  const names = sql.raw([...columns, ...(keyColumn ? [keyColumn] : [])].join(', '))
  const tuples = rows.map(({ key, values }) => {
    // A column that is not null has a default: document 002 requires the JSON of a decision, its writers do not.
    const own = columns.map((name) =>
      values[name] === null && table === 'agent_decisions' ? sql`default` : sql`${values[name]}`,
    )
    return sql`(${sql.join([...own, ...(keyColumn ? [sql`${key}::uuid`] : [])])})`
  })
  const { numAffectedRows } = await sql`insert into ${sql.raw(table)} (${names}) values ${sql.join(tuples)}
    ${sql.raw(conflicts[table] ?? 'on conflict do nothing')}`.execute(db)
  return Number(numAffectedRows ?? 0)
}

/** Those of these agents that have ever connected. */
export async function listConnectedAgents(db: Database, agentIds: readonly string[]): Promise<string[]> {
  if (agentIds.length === 0) return []
  const rows = await db.selectFrom('agents').where('agentId', 'in', agentIds).select('agentId').execute()
  return rows.map(({ agentId }) => agentId)
}
