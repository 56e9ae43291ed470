/** Rows of other databases, and how far those have been imported. */
import { sql } from 'kysely'
import { deferredColumns, emptyJsonTexts, type ImportedTable, importedTables } from '../model/import-mapping.ts'
import { parseJson } from '../model/json.ts'
import { type Database, inTransaction } from './database.ts'
import { type IncompleteRow, recordIncompleteRows } from './incomplete-rows.ts'
import { insertAll } from './insert-all.ts'
import type { TableMapping } from './schema/observations.ts'

/** A row of a table of document 002: values by the names of its columns. */
export interface ImportedRow {
  /** For people. */
  name: string
  /** A UUID that is the same whenever the row is imported. */
  key: string
  values: Record<string, string | number | boolean | Date | null>
  /** Where it is read again, if its owner may still complete it. */
  incomplete?: IncompleteRow
}

export interface ImportCursor {
  source: string
  table: ImportedTable
  lastKey: string
  digest: string
  /** The mapping with which the rows up to there were read; null in places that earlier versions stored. */
  readWith: TableMapping | null
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
      const inserted = await insertRows(db, table, batch)
      if (inserted < batch.length) await completeImportedRows(db, table, batch)
      taken += inserted
    })
    await recordIncompleteRows(
      db,
      rows.flatMap(({ incomplete }) => incomplete ?? []),
    )
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

/** The columns that identify a row of a table whose rows are completed later. */
const identities: Partial<Record<ImportedTable, Record<string, string>>> = {
  agent_decisions: { agent: 'text', id: 'text', timestamp: 'timestamptz' },
  trades: { import_key: 'uuid' },
}
const columnTypes: Record<string, string> = { json: 'jsonb', number: 'float8' }

/** Adds to rows that are stored what their owner has filled in since; values that are there already stay as they are. */
export async function completeImportedRows(db: Database, table: ImportedTable, rows: readonly ImportedRow[]): Promise<void> {
  const [names, identity] = [deferredColumns[table], identities[table]]
  if (!names || !identity || rows.length === 0) return
  const declared: Record<string, { type: string }> = importedTables[table]
  const types = { ...identity, ...Object.fromEntries(names.map((name) => [name, columnTypes[declared[name]!.type]!])) }
  const records = rows.map(({ key, values }) => {
    const filledIn = names.map((name) => [name, types[name] === 'jsonb' ? (parseJson(String(values[name])) ?? {}) : values[name]])
    return { import_key: key, ...values, ...Object.fromEntries(filledIn) }
  })
  const empty = (name: string) => (types[name] === 'jsonb' ? `in (${emptyJsonTexts.map((text) => `'${text}'`)})` : 'is null')
  const join = (parts: string[], by: string) => sql.raw(parts.join(by))
  await sql`update ${sql.table(table)} as stored
    set ${join(
      names.map((name) => `${name} = case when stored.${name} ${empty(name)} then filled.${name} else stored.${name} end`),
      ', ',
    )}
    from jsonb_to_recordset(${JSON.stringify(records)}) as filled (${join(
      Object.entries(types).map((column) => column.join(' ')),
      ', ',
    )})
    where ${join(
      Object.keys(identity).map((name) => `stored.${name} = filled.${name}`),
      ' and ',
    )}
      and (${join(
        names.map((name) => `stored.${name} ${empty(name)} and not filled.${name} ${empty(name)}`),
        ' or ',
      )})`.execute(db)
}

/** Those of these agents that have ever connected. */
export async function listConnectedAgents(db: Database, agentIds: readonly string[]): Promise<string[]> {
  if (agentIds.length === 0) return []
  const rows = await db.selectFrom('agents').where('agentId', 'in', agentIds).select('agentId').execute()
  return rows.map(({ agentId }) => agentId)
}
