import { completedLater, type TablePlan } from '../model/import-mapping.ts'
import { type Database, inTransaction } from '../store/database.ts'
import { completeImportedRows } from '../store/imports.ts'
import { forgetIncompleteRows, type IncompleteRow, listIncompleteRows } from '../store/incomplete-rows.ts'
import { type ExternalDatabase, quote, rowKeyOf, sizeOf } from './external-database.ts'
import {
  bytesPerBatch,
  convertRows,
  decodeKey,
  encodeKey,
  keyName,
  rowsPerBatch,
  selectFrom,
  type TableReadOptions,
} from './read-table.ts'
import { RowIds } from './row-ids.ts'

/** Reads rows again that were incomplete, and adds what their owner has filled in since. */
export async function readCompletedRows(
  db: Database,
  database: ExternalDatabase,
  plan: TablePlan,
  reading: Pick<TableReadOptions, 'source' | 'mapping' | 'expiredBefore' | 'onBatch'>,
): Promise<void> {
  const columns = (completedLater[plan.table] ?? []).flatMap((name) => plan.columns[name] ?? [])
  if (columns.length === 0) return
  const incomplete = await listIncompleteRows(db, reading.source, plan.table)
  for (let begin = 0; begin < incomplete.length; begin += rowsPerBatch) {
    const rows = incomplete.slice(begin, begin + rowsPerBatch)
    await readBatch(db, database, plan, reading, rows, columns)
    await reading.onBatch?.(begin + rows.length)
  }
}

async function readBatch(
  db: Database,
  database: ExternalDatabase,
  plan: TablePlan,
  reading: Pick<TableReadOptions, 'source' | 'mapping' | 'expiredBefore'>,
  incomplete: readonly IncompleteRow[],
  columns: readonly string[],
): Promise<void> {
  const byPlace = new Map(incomplete.map((row) => [`${row.rowKey} ${row.digest}`, row]))
  const isFilledIn = columns.map((column) => `${quote(column)} is not null`).join(' or ')
  let keys = new Set(incomplete.map(({ rowKey }) => rowKey))
  for (let isCut = true; isCut && keys.size > 0; ) {
    const marks = Array.from(keys, (_, index) => `$${index + 1}`)
    const statement = `${selectFrom(database, plan)} where ${keyName(plan)} in (${marks.join(', ')}) and (${isFilledIn})`
    const read = await database.query(statement, [...keys].map(decodeKey), bytesPerBatch)
    const found = read.flatMap((row) => {
      const known = byPlace.get(`${encodeKey(rowKeyOf(row))} ${new RowIds(plan).next(row)}`)
      return known ? [{ id: known.id, key: rowKeyOf(row), row }] : []
    })
    const { rows } = convertRows(plan, found, reading)
    const completed = new Set(rows.filter(({ incomplete }) => !incomplete).map(({ key }) => key))
    await inTransaction(db, async (db) => {
      await completeImportedRows(db, plan.table, rows)
      await forgetIncompleteRows(
        db,
        incomplete.filter(({ id }) => completed.has(id)),
      )
    })
    isCut = read.reduce((sum, row) => sum + sizeOf(row), 0) > bytesPerBatch
    keys = keys.difference(new Set(read.map((row) => encodeKey(rowKeyOf(row)))))
  }
}
