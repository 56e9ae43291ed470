import { hash } from 'node:crypto'
import { resolve } from 'node:path'
import type { ImportedTable, ImportMapping, ImportReport, TablePlan, TableReport } from '../model/import-mapping.ts'
import { toAgentId } from '../model/import-mapping.ts'
import { toUuid } from '../model/uuid.ts'
import type { Database } from '../store/database.ts'
import { findImportCursor, type ImportedRow, listConnectedAgents, storeImportedRows } from '../store/imports.ts'
import { convertRow } from './convert.ts'
import { type ImportPlan, planImport } from './plan.ts'
import { quote, SqliteFile, type SqliteRow } from './sqlite-file.ts'

const rowsPerBatch = 1_000
const explainedRefusals = 20
const dayMs = 86_400_000

export interface ImportOptions {
  path: string
  mapping: ImportMapping
  /** Days for which executions and decisions are kept; older ones would be removed within the hour, and are left out. */
  retentionDays: number
  isDryRun?: boolean
  /** Milliseconds that the owner of the file may lock it. */
  busyMs?: number
  /** Called with the numbers of rows of a table that were read, and that there are. */
  onProgress?: (table: string, done: number, rows: number) => void
}

/** The tables that retention removes from, and what the conversion of rows follows. */
interface Conversion {
  mapping: ImportMapping
  /** Milliseconds since the epoch. */
  expiredBefore: number
}
const expiring: ReadonlySet<ImportedTable> = new Set(['agent_executions', 'agent_decisions'])

/**
 * Imports a `trading.db` (C8). What was imported before is not read again, whenever the earlier import ended; a row that is read again
 * changes nothing. Each batch is stored in a transaction with the place where it ends; from the first row that is too old to be kept, the
 * place stays, so that such rows can be imported once data is kept for longer.
 * @throws OptimizerError `unreadable-file`, `locked-file`, `foreign-file`
 */
export async function importSqlite(
  db: Database,
  { path, mapping, retentionDays, isDryRun = false, busyMs, onProgress }: ImportOptions,
): Promise<ImportReport> {
  const file = new SqliteFile(path, busyMs)
  try {
    const plan = planImport(file, mapping)
    const tables: TableReport[] = []
    const conversion = { mapping, expiredBefore: Date.now() - retentionDays * dayMs }
    for (const table of plan.tables)
      tables.push(
        isDryRun
          ? previewTable(file, table, conversion)
          : await importTable(db, file, table, conversion, (done) => onProgress?.(table.table, done, table.rows)),
      )
    return { file: path, isDryRun, retentionDays, tables, left: plan.left, agents: await listAgents(db, file, plan, mapping) }
  } finally {
    file.close()
  }
}

/** Tries the first rows, without storing them. */
function previewTable(file: SqliteFile, plan: TablePlan, conversion: Conversion): TableReport {
  const { refusals, rows, expired } = convertRows(plan, readRows(file, plan, null), conversion)
  return {
    ...plan,
    taken: rows.length,
    known: 0,
    expired,
    refused: refusals.length,
    reasons: refusals.slice(0, explainedRefusals),
  }
}

async function importTable(
  db: Database,
  file: SqliteFile,
  plan: TablePlan,
  conversion: Conversion,
  onProgress: (done: number) => void,
): Promise<TableReport> {
  const source = `${resolve(file.path)} ${plan.from}`
  const report: TableReport = { ...plan, taken: 0, known: 0, expired: 0, refused: 0, reasons: [] }
  let after = await findStart(db, file, plan, source)
  let done = 0
  for (let read = readRows(file, plan, after); read.length > 0; read = readRows(file, plan, after)) {
    const last = read.at(-1)!
    const { rows, refusals, expired } = convertRows(plan, read, conversion)
    report.expired += expired
    const cursor = { source, table: plan.table, lastKey: encodeKey(keyOf(last)), digest: uuidOf(plan, last) }
    const place = report.expired === 0 ? { ...cursor, refused: refusals.length } : undefined
    const stored = await storeImportedRows(db, plan.table, rows, place)
    const reasons = [...refusals, ...stored.refusals]
    report.taken += stored.taken
    report.refused += reasons.length
    report.known += read.length - stored.taken - reasons.length - expired
    report.reasons.push(...reasons.slice(0, explainedRefusals - report.reasons.length))
    done += read.length
    after = keyOf(last)
    onProgress(done)
  }
  return report
}

/** The key after which to continue; null for the first row, also if another file stands where one was imported before. */
async function findStart(db: Database, file: SqliteFile, plan: TablePlan, source: string): Promise<Key | null> {
  const cursor = await findImportCursor(db, source, plan.table)
  // The only row of the portfolio is updated in place.
  if (!cursor || plan.table === 'portfolio') return null
  const key = decodeKey(cursor.lastKey)
  const [row] = file.query(`select ${selected(plan)} from ${quote(plan.from)} where ${keyName(plan)} = ?`, [key])
  return row && uuidOf(plan, row) === cursor.digest ? key : null
}

type Key = string | number | bigint
const keyAlias = '__key'
const keyOf = (row: SqliteRow) => row[keyAlias] as Key
const keyName = ({ key }: TablePlan) => (key === 'rowid' ? 'rowid' : quote(key))
const encodeKey = (key: Key) => (typeof key === 'string' ? `t${key}` : `n${key}`)
const decodeKey = (text: string): Key =>
  text[0] === 't' ? text.slice(1) : /^n-?\d+$/.test(text) ? BigInt(text.slice(1)) : Number(text.slice(1))

const selected = (plan: TablePlan) =>
  [`${keyName(plan)} as ${quote(keyAlias)}`, ...new Set(Object.values(plan.columns).map(quote))].join(', ')

function readRows(file: SqliteFile, plan: TablePlan, after: Key | null): SqliteRow[] {
  const from = `select ${selected(plan)} from ${quote(plan.from)}`
  const order = `order by ${keyName(plan)} limit ${rowsPerBatch}`
  return after === null
    ? file.query(`${from} where ${keyName(plan)} is not null ${order}`)
    : file.query(`${from} where ${keyName(plan)} > ? ${order}`, [after])
}

function convertRows(plan: TablePlan, read: readonly SqliteRow[], { mapping, expiredBefore }: Conversion) {
  const now = Date.now()
  const rows: ImportedRow[] = []
  const refusals: string[] = []
  let expired = 0
  for (const row of read) {
    const name = `${plan.from} ${keyOf(row)}`
    try {
      const values = convertRow(plan, row, mapping, now)
      const { timestamp } = values
      if (expiring.has(plan.table) && timestamp instanceof Date && timestamp.getTime() < expiredBefore) expired++
      else rows.push({ name, key: uuidOf(plan, row), values })
    } catch (error) {
      refusals.push(`${name}: ${(error as Error).message}`)
    }
  }
  return { rows, refusals, expired }
}

/** The columns of a row that do not change; others may, such as the profit of a trade. */
const identifying = ['timestamp', 'agent_name', 'agent'] as const

/** An id of a row that is the same whenever it is imported, from whatever copy of the file. */
function uuidOf({ table, columns }: TablePlan, row: SqliteRow): string {
  const parts = identifying.map((name) => String(columns[name] === undefined ? '' : row[columns[name]]))
  return toUuid(hash('sha256', JSON.stringify([table, String(keyOf(row)), ...parts]), 'hex'))
}

async function listAgents(
  db: Database,
  file: SqliteFile,
  plan: ImportPlan,
  mapping: ImportMapping,
): Promise<ImportReport['agents']> {
  const names = new Set<string>()
  for (const { table, from, columns } of plan.tables) {
    const column = table === 'agent_executions' ? columns.agent_name : table === 'agent_decisions' ? columns.agent : undefined
    if (column)
      for (const row of file.query(`select distinct ${quote(column)} as name from ${quote(from)} limit 1000`))
        if (row.name !== null) names.add(String(row.name))
  }
  const byId = Map.groupBy(names, (name) => toAgentId(name, mapping))
  const connected = new Set(await listConnectedAgents(db, [...byId.keys()]))
  return [...byId]
    .map(([agentId, all]) => ({ agentId, names: all.filter((name) => name !== agentId), isConnected: connected.has(agentId) }))
    .sort((a, b) => a.agentId.localeCompare(b.agentId))
}
