import { OptimizerError } from '../model/errors.ts'
import { joinWithAnd } from '../model/format.ts'
import {
  getImportColumns,
  type ImportedTable,
  type ImportMapping,
  importedTableNames,
  marketTables,
  type TablePlan,
} from '../model/import-mapping.ts'
import { toCleanText } from '../model/text.ts'
import type { ExternalDatabase } from './external-database.ts'

export interface ImportPlan {
  tables: TablePlan[]
  left: { table: string; reason: string }[]
}

/**
 * How the tables of a database are read: as the mapping says, otherwise by the names of document 002.
 * @param isFollowed whether it is read again and again, which needs keys that grow
 * @param market whether its market and portfolio are read
 * @throws OptimizerError `foreign-file` if no table can be read
 */
export async function planImport(
  database: ExternalDatabase,
  mapping: ImportMapping,
  { isFollowed = false, market = true } = {},
): Promise<ImportPlan> {
  const plan: ImportPlan = { tables: [], left: [] }
  for (const table of importedTableNames) {
    if (marketTables[table] && !market) continue
    const from = mapping.tables[table]?.table ?? table
    const planned = await planTable(database, table, from, mapping.tables[table], isFollowed)
    if (typeof planned === 'string') plan.left.push({ table, reason: planned })
    else plan.tables.push(planned)
  }
  if (plan.tables.length > 0) return plan
  throw new OptimizerError('foreign-file', describeForeign(database.name, await database.listTables(), plan.left, mapping))
}

function describeForeign(name: string, known: readonly string[], left: ImportPlan['left'], { tables }: ImportMapping): string {
  const reason = left.find(({ table, reason }) => table in tables || !reason.startsWith('there is no table'))?.reason
  const found = known.length > 0 ? `its tables are ${joinWithAnd(known.slice(0, 10))}` : 'it has no tables that may be read'
  const hint = 'specify in a mapping which tables and columns hold executions, decisions, trades and market data'
  // Foreign names may contain terminal escape sequences.
  const text = `${name} has none of the tables of a trading.db (${[reason, found].filter(Boolean).join('; ')}); ${hint}.`
  return toCleanText(text)
}

/** The plan of a table, or why it is left. */
async function planTable(
  database: ExternalDatabase,
  table: ImportedTable,
  from: string,
  mapped: ImportMapping['tables'][ImportedTable],
  isFollowed: boolean,
): Promise<TablePlan | string> {
  const described = await database.describeTable(from)
  if (!described) return `there is no table ${from}`
  const { columns: existing, growingKey, isGrowingKeyLasting, primaryKey } = described
  const renamed: Record<string, string | undefined> = mapped?.columns ?? {}
  const missing = Object.values(renamed).filter((column) => column !== undefined && !existing.includes(column))
  if (missing.length > 0) return `${from} has no column ${joinWithAnd(missing as string[])}; correct the mapping`
  const columns: Record<string, string> = {}
  const needed: string[] = []
  for (const [name, { isRequired }] of Object.entries(getImportColumns(table))) {
    const column = renamed[name] ?? name
    if (existing.includes(column)) columns[name] = column
    else if (isRequired) needed.push(name)
  }
  if (needed.length > 0) return `${from} has no ${joinWithAnd(needed)}; specify these columns in the mapping`
  const key = mapped?.key ?? growingKey ?? (isFollowed ? undefined : primaryKey)
  if (key === undefined)
    return `${from} has no single column that both identifies and orders its rows; specify its key in the mapping`
  if (key !== 'rowid' && !existing.includes(key))
    return `${from} has no column ${key}, which the mapping names as its key; correct the mapping`
  const identity = key === growingKey && !isGrowingKeyLasting ? (primaryKey ?? null) : key
  return { table, from, key, identity, columns }
}
