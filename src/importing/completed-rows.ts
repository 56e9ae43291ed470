import { emptyJsonTexts, getImportColumns, type TablePlan } from '../model/import-mapping.ts'
import { type Database, inTransaction } from '../store/database.ts'
import { completeImportedRows } from '../store/imports.ts'
import { forgetIncompleteRows, type IncompleteRow, listIncompleteRows, recordIncompleteRows } from '../store/incomplete-rows.ts'
import { insertAll } from '../store/insert-all.ts'
import { convertRows, decodeKey, encodeKey } from './convert-rows.ts'
import { type ExternalDatabase, getRowKey, getRowSize, quoteIdentifier } from './external-database.ts'
import { buildSelect, bytesPerBatch, formatKeyColumn, rowsPerBatch, type TableReadOptions } from './read-table.ts'
import { RowIdGenerator } from './row-ids.ts'

/**
 * Reads a page of the rows again that were incomplete, and adds what their owner has filled in since.
 * @param after the place that the page before returned
 * @returns the place where the next page begins; undefined after the last
 */
export async function readCompletedRows(
  db: Database,
  database: ExternalDatabase,
  plan: TablePlan,
  reading: Pick<TableReadOptions, 'source' | 'mapping' | 'expiredBefore' | 'onBatch'>,
  after?: string,
): Promise<string | undefined> {
  const { rows, next } = await listIncompleteRows(db, reading.source, plan.table, after)
  for (const alike of Map.groupBy(rows, ({ missing }) => missing.join()).values()) {
    const hasContent = alike[0]!.missing.flatMap((name) => testContent(plan, name) ?? [])
    for (let begin = 0; hasContent.length > 0 && begin < alike.length; begin += rowsPerBatch) {
      const batch = alike.slice(begin, begin + rowsPerBatch)
      await readBatch(db, database, plan, reading, batch, hasContent.join(' or '))
      await reading.onBatch?.(begin + batch.length)
    }
  }
  return next
}

/** The condition that a column now has content; undefined if it is not read any more. */
function testContent({ table, columns }: TablePlan, name: string): string | undefined {
  const column = columns[name]
  if (column === undefined) return undefined
  if (getImportColumns(table)[name]?.type !== 'json') return `${quoteIdentifier(column)} is not null`
  return `cast(${quoteIdentifier(column)} as text) not in (${emptyJsonTexts.map((text) => `'${text}'`).join(', ')})`
}

async function readBatch(
  db: Database,
  database: ExternalDatabase,
  plan: TablePlan,
  reading: Pick<TableReadOptions, 'source' | 'mapping' | 'expiredBefore'>,
  incomplete: readonly IncompleteRow[],
  hasContent: string,
): Promise<void> {
  const byPlace = new Map(incomplete.map((row) => [`${row.rowKey} ${row.digest}`, row]))
  let keys = new Set(incomplete.map(({ rowKey }) => rowKey))
  for (let isCut = true; isCut && keys.size > 0; ) {
    const marks = Array.from(keys, (_, index) => `$${index + 1}`)
    const statement = `${buildSelect(database, plan)} where ${formatKeyColumn(plan)} in (${marks.join(', ')}) and (${hasContent})`
    const read = await database.query(statement, [...keys].map(decodeKey), bytesPerBatch)
    const found = read.flatMap((row) => {
      const known = byPlace.get(`${encodeKey(getRowKey(row))} ${new RowIdGenerator(plan).next(row)}`)
      return known ? [{ id: known.id, key: getRowKey(row), row }] : []
    })
    const { rows } = convertRows(plan, found, reading)
    const completed = new Set(rows.filter(({ incomplete }) => !incomplete).map(({ key }) => key))
    await inTransaction(db, async (db) => {
      await insertAll(db, rows, (batch) => completeImportedRows(db, plan.table, batch))
      await recordIncompleteRows(
        db,
        rows.flatMap(({ incomplete }) => incomplete ?? []),
      )
      await forgetIncompleteRows(
        db,
        incomplete.filter(({ id }) => completed.has(id)),
      )
    })
    isCut = read.reduce((sum, row) => sum + getRowSize(row), 0) > bytesPerBatch
    keys = keys.difference(new Set(read.map((row) => encodeKey(getRowKey(row)))))
  }
}

/** All pages, one after the other. */
export async function readAllCompletedRows(
  ...[db, database, plan, reading]: Parameters<typeof readCompletedRows>
): Promise<void> {
  let after: string | undefined
  do after = await readCompletedRows(db, database, plan, reading, after)
  while (after !== undefined)
}
