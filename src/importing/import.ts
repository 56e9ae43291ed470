import { resolve } from 'node:path'
import { type ImportMapping, type ImportReport, toAgentId } from '../model/import-mapping.ts'
import type { Database } from '../store/database.ts'
import { listConnectedAgents } from '../store/imports.ts'
import { readAllCompletedRows } from './completed-rows.ts'
import { type ExternalDatabase, quoteIdentifier } from './external-database.ts'
import { type ImportPlan, planImport } from './plan.ts'
import { previewTable, readTable } from './read-table.ts'
import { RecentRows } from './recent-rows.ts'
import { SqliteFile } from './sqlite-file.ts'

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

/**
 * Imports a `trading.db` (C8). Rows that were imported before are not read again, whenever the earlier import ended; a row that is read again
 * changes nothing. Rows that are too old to be kept can be imported once data is kept for longer.
 * @throws OptimizerError `unreadable-file`, `locked-file`, `foreign-file`
 */
export async function importSqlite(
  db: Database,
  { path, mapping, retentionDays, isDryRun = false, busyMs, onProgress }: ImportOptions,
): Promise<ImportReport> {
  const file = new SqliteFile(path, busyMs)
  try {
    const plan = await planImport(file, mapping)
    const expiredBefore = Date.now() - retentionDays * dayMs
    const tables: ImportReport['tables'] = []
    for (const table of plan.tables) {
      const [counted] = await file.query(`select count(*) as rows from ${file.quoteTable(table.from)}`)
      const rows = Number(counted!.rows)
      const reading = {
        source: `${resolve(path)} ${table.from}`,
        mapping,
        expiredBefore,
        returnsToExpired: true,
        recent: new RecentRows(0),
        onBatch: (read: number) => onProgress?.(table.table, read, rows),
      }
      const counts = isDryRun ? await previewTable(file, table, reading) : await readTable(db, file, table, reading)
      if (!isDryRun) await readAllCompletedRows(db, file, table, { ...reading, onBatch: undefined })
      tables.push({ ...table, rows, ...counts })
    }
    return { file: path, isDryRun, retentionDays, tables, left: plan.left, agents: await listAgents(db, file, plan, mapping) }
  } finally {
    await file.close()
  }
}

async function listAgents(
  db: Database,
  database: ExternalDatabase,
  plan: ImportPlan,
  mapping: ImportMapping,
): Promise<ImportReport['agents']> {
  const names = new Set<string>()
  for (const { table, from, columns } of plan.tables) {
    const column = table === 'agent_executions' ? columns.agent_name : table === 'agent_decisions' ? columns.agent : undefined
    if (column)
      for (const row of await database.query(
        `select distinct ${quoteIdentifier(column)} as name from ${database.quoteTable(from)} limit 1000`,
      ))
        if (row.name !== null) names.add(String(row.name))
  }
  const byId = Map.groupBy(names, (name) => toAgentId(name, mapping))
  const connected = new Set(await listConnectedAgents(db, [...byId.keys()]))
  return [...byId]
    .map(([agentId, all]) => ({ agentId, names: all.filter((name) => name !== agentId), isConnected: connected.has(agentId) }))
    .sort((a, b) => a.agentId.localeCompare(b.agentId))
}
