/** Rows of an external table, as they are stored. */
import {
  deferredColumns,
  type ImportedTable,
  type ImportMapping,
  isPendingValue,
  type TablePlan,
} from '../model/import-mapping.ts'
import { toCleanText } from '../model/text.ts'
import type { ImportedRow } from '../store/imports.ts'
import { type IncompleteRow, rereadWindowMs } from '../store/incomplete-rows.ts'
import { type ConvertedRow, convertRow } from './convert.ts'
import { type ExternalRow, getRowKey, getRowSize, type RowKey } from './external-database.ts'
import { RowIdGenerator } from './row-ids.ts'

/** Bytes of a row; one that has more is refused, and its values are not read. */
export const maxRowBytes = 1024 * 1024

export interface ConversionOptions {
  /** Names the place up to which the table was read. */
  source: string
  mapping: ImportMapping
  /** Milliseconds since the epoch. */
  expiredBefore: number
}

export interface ConvertedRows {
  rows: ImportedRow[]
  refusals: string[]
}

/** A row with an id that is the same whenever it is read. */
export interface IdentifiedRow {
  id: string
  key: RowKey
  row: ExternalRow
}

export const identifyRows = (rows: readonly ExternalRow[], ids: RowIdGenerator): IdentifiedRow[] =>
  rows.map((row) => ({ id: ids.next(row), key: getRowKey(row), row }))

export const encodeKey = (key: RowKey) => (typeof key === 'string' ? `t${key}` : `n${key}`)
export const decodeKey = (text: string): RowKey =>
  text[0] === 't' ? text.slice(1) : /^n-?\d+$/.test(text) ? BigInt(text.slice(1)) : Number(text.slice(1))

/** The tables that retention removes from. */
const expiring: ReadonlySet<ImportedTable> = new Set(['agent_executions', 'agent_decisions'])

export function convertRows(
  plan: TablePlan,
  read: readonly IdentifiedRow[],
  { source, mapping, expiredBefore }: ConversionOptions,
): ConvertedRows & { expired: number } {
  const now = Date.now()
  const rows: ImportedRow[] = []
  const refusals: string[] = []
  let expired = 0
  for (const { id, key, row } of read) {
    const name = `${plan.from} ${key}`
    try {
      if (getRowSize(row) > maxRowBytes) throw new Error(`is ${getRowSize(row)} bytes, more than the limit of ${maxRowBytes}`)
      const values = convertRow(plan, row, mapping, now)
      const { timestamp } = values
      if (expiring.has(plan.table) && timestamp instanceof Date && timestamp.getTime() < expiredBefore) expired++
      else rows.push({ name, key: id, values, incomplete: findIncomplete(plan, source, { id, key, row }, values) })
    } catch (error) {
      refusals.push(toCleanText(`${name}: ${(error as Error).message}`))
    }
  }
  return { rows, refusals, expired }
}

/** Where a row is read again; undefined if it is complete, or so old that it stays as it is. */
function findIncomplete(
  plan: TablePlan,
  source: string,
  { id, key, row }: IdentifiedRow,
  values: ConvertedRow,
): IncompleteRow | undefined {
  const { timestamp } = values
  const columns = deferredColumns[plan.table]?.filter((name) => plan.columns[name] !== undefined) ?? []
  const missing = columns.filter((name) => isPendingValue(values[name]))
  if (missing.length === 0) return undefined
  if (!(timestamp instanceof Date) || timestamp.getTime() < Date.now() - rereadWindowMs) return undefined
  return {
    source,
    tableName: plan.table,
    id,
    rowKey: encodeKey(key),
    digest: new RowIdGenerator(plan).next(row),
    timestamp,
    missing,
  }
}
