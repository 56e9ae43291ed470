import { OptimizerError } from '../model/errors.ts'
import { joinWithAnd } from '../model/format.ts'
import { columnsOf, type ImportedTable, type ImportMapping, importedTableNames, type TablePlan } from '../model/import-mapping.ts'
import { quote, type SqliteFile } from './sqlite-file.ts'

export interface ImportPlan {
  tables: TablePlan[]
  left: { table: string; reason: string }[]
}

/**
 * How the tables of a file are read: as the mapping says, otherwise by the names of document 002.
 * @throws OptimizerError `foreign-file` if no table can be read
 */
export function planImport(file: SqliteFile, mapping: ImportMapping): ImportPlan {
  const known = file.listTables()
  const plan: ImportPlan = { tables: [], left: [] }
  for (const table of importedTableNames) {
    const planned = planTable(file, known, table, mapping.tables[table])
    if (typeof planned === 'string') plan.left.push({ table, reason: planned })
    else plan.tables.push(planned)
  }
  if (plan.tables.length > 0) return plan
  const found = known.length > 0 ? `its tables are ${joinWithAnd(known.slice(0, 10))}` : 'it has no tables'
  const hint = 'say which tables and columns hold executions, decisions, trades and market data with --mapping'
  throw new OptimizerError('foreign-file', `${file.path} has none of the tables of a trading.db (${found}); ${hint}.`)
}

/** The plan of a table, or why it is left. */
function planTable(
  file: SqliteFile,
  known: readonly string[],
  table: ImportedTable,
  mapped: ImportMapping['tables'][ImportedTable],
): TablePlan | string {
  const from = mapped?.table ?? table
  if (!known.includes(from)) return `the file has no table ${from}`
  const { columns: existing, hasRowId, primaryKey } = file.describeTable(from)
  const renamed: Record<string, string | undefined> = mapped?.columns ?? {}
  const missing = Object.values(renamed).filter((column) => column !== undefined && !existing.includes(column))
  if (missing.length > 0) return `${from} has no column ${joinWithAnd(missing as string[])}; correct the mapping`
  const columns: Record<string, string> = {}
  const needed: string[] = []
  for (const [name, { isRequired }] of Object.entries(columnsOf(table))) {
    const column = renamed[name] ?? name
    if (existing.includes(column)) columns[name] = column
    else if (isRequired) needed.push(name)
  }
  if (needed.length > 0) return `${from} has no ${joinWithAnd(needed)}; say which columns these are with --mapping`
  const key = mapped?.key ?? (hasRowId ? 'rowid' : primaryKey.length === 1 ? primaryKey[0]! : undefined)
  if (key === undefined) return `${from} has no single column that identifies its rows; name one as its key with --mapping`
  if (key !== 'rowid' && !existing.includes(key))
    return `${from} has no column ${key}, which is to be its key; correct the mapping`
  const [counted] = file.query(`select count(*) as rows from ${quote(from)}`)
  return { table, from, key, columns, rows: Number(counted!.rows) }
}
