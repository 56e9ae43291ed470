import { isDeepStrictEqual } from 'node:util'
import { OptimizerError } from '../model/errors.ts'
import type { ImportedTable, TablePlan } from '../model/import-mapping.ts'
import type { Database } from '../store/database.ts'
import { findImportCursor, type ImportCursor, type ImportedRow, storeImportedRows } from '../store/imports.ts'
import {
  type ConversionOptions,
  type ConvertedRows,
  convertRows,
  decodeKey,
  encodeKey,
  identifyRows,
  maxRowBytes,
} from './convert-rows.ts'
import {
  type ExternalDatabase,
  type ExternalRow,
  getRowKey,
  getRowSize,
  keyAlias,
  quoteIdentifier,
  type RowKey,
  sizeAlias,
} from './external-database.ts'
import { PreviousImport } from './previous-import.ts'
import type { RecentRows } from './recent-rows.ts'
import { maxRowsBetweenEqualRows, RowIdGenerator } from './row-ids.ts'

export const rowsPerBatch = 1_000
/** Bytes of the rows that are in memory at once, more or less; they take several times as much. */
export const bytesPerBatch = 8 * 1024 * 1024
/** Rows with the same key are read at once; more of them are too many. */
const maxOfOneKey = 100_000

/** How the rows of a table are handled. */
export interface TableReadOptions extends ConversionOptions {
  /** Whether rows that are too old to be kept are read again next time, when data may be kept for longer. */
  returnsToExpired: boolean
  recent: RecentRows
  /** Completes rows before they are stored. @returns those that can be, and why the others are refused */
  complete?(rows: ImportedRow[], table: ImportedTable): Promise<ConvertedRows>
  /** Called with the number of rows that were read. */
  onBatch?(read: number): void | Promise<void>
}

/** The numbers of rows that were read, by outcome. */
export interface TableCounts {
  taken: number
  known: number
  expired: number
  refused: number
  /** The first refusals. */
  reasons: string[]
}

const explainedRefusals = 20

/**
 * Reads what is new in a table, and stores it. Each batch is stored in a transaction with the place up to which everything was read; from
 * the first row that is too old to be kept, the place stays if the reading returns to it.
 */
export async function readTable(
  db: Database,
  database: ExternalDatabase,
  plan: TablePlan,
  reading: TableReadOptions,
): Promise<TableCounts> {
  try {
    return await readBatches(db, database, plan, reading)
  } catch (error) {
    reading.recent.clear()
    throw error
  }
}

async function readBatches(
  db: Database,
  database: ExternalDatabase,
  plan: TablePlan,
  reading: TableReadOptions,
): Promise<TableCounts> {
  const { source, recent, returnsToExpired } = reading
  const readWith = { agents: reading.mapping.agents, columns: plan.columns }
  const counts: TableCounts = { taken: 0, known: 0, expired: 0, refused: 0, reasons: [] }
  const unrecorded = { taken: 0, refused: 0 }
  const start = await findStart(db, database, plan, reading)
  const { earlier } = start
  const columns = earlier ? { ...plan.columns, ...earlier.readColumns } : plan.columns
  const readNext = () => readRows(database, { ...plan, columns }, after)
  let { after } = start
  let read = 0
  recent.restart()
  for (let batch = await readNext(); batch.length > 0; batch = await readNext()) {
    const now = Date.now()
    const isTaken = batch.map((row) => earlier?.pass(row, now) ?? false)
    const fresh = identifyRows(batch, start.ids).filter((row, index) => recent.pass(row, now) && !isTaken[index])
    const converted = convertRows(plan, fresh, reading)
    counts.expired += converted.expired
    const completed = (await reading.complete?.(converted.rows, plan.table)) ?? { rows: converted.rows, refusals: [] }
    const refusals = [...converted.refusals, ...completed.refusals]
    const settled = recent.settle(now)
    const mayMove = settled && !earlier?.isReading && !(returnsToExpired && counts.expired > 0)
    const uncounted = { taken: unrecorded.taken, refused: unrecorded.refused + refusals.length }
    const place = mayMove
      ? { source, table: plan.table, lastKey: encodeKey(settled.key), digest: settled.id, readWith, ...uncounted }
      : undefined
    const stored = await storeImportedRows(db, plan.table, completed.rows, place)
    refusals.push(...stored.refusals)
    unrecorded.taken = place ? 0 : unrecorded.taken + stored.taken
    unrecorded.refused = place ? 0 : unrecorded.refused + refusals.length
    counts.taken += stored.taken
    counts.refused += refusals.length
    counts.known += batch.length - stored.taken - refusals.length - converted.expired
    counts.reasons.push(...refusals.slice(0, explainedRefusals - counts.reasons.length))
    read += batch.length
    after = getRowKey(batch.at(-1)!)
    await reading.onBatch?.(read)
  }
  recent.end()
  return counts
}

/** Tries the first rows, without storing them. */
export async function previewTable(
  database: ExternalDatabase,
  plan: TablePlan,
  reading: ConversionOptions,
): Promise<TableCounts> {
  const { rows, refusals, expired } = convertRows(
    plan,
    identifyRows(await readRows(database, plan, null), new RowIdGenerator(plan)),
    reading,
  )
  const reasons = refusals.slice(0, explainedRefusals)
  return { taken: rows.length, known: 0, expired, refused: refusals.length, reasons }
}

/** Where to begin, and the ids of the rows from there. */
interface Start {
  /** Null for the first row. */
  after: RowKey | null
  ids: RowIdGenerator
  /** The rows that were read with another mapping. */
  earlier?: PreviousImport
}

/**
 * After the place up to which the table was read; from the first row if another table stands there, its rows have other keys now, or they were
 * read with another mapping: some that it refused may be taken now.
 */
async function findStart(
  db: Database,
  database: ExternalDatabase,
  plan: TablePlan,
  { source, mapping }: TableReadOptions,
): Promise<Start> {
  const beginning = { after: null, ids: new RowIdGenerator(plan) }
  const cursor = await findImportCursor(db, source, plan.table)
  // The only row of the portfolio is updated in place.
  if (!cursor || plan.table === 'portfolio') return beginning
  const { readWith } = cursor
  if (readWith && !isDeepStrictEqual(readWith, { agents: mapping.agents, columns: plan.columns })) {
    const described = await database.describeTable(plan.from)
    const isReadable = Object.values(readWith.columns).every((column) => described?.columns.includes(column))
    const before = { ...plan, columns: readWith.columns }
    if (!isReadable || !(await findPlace(database, before, cursor))) return beginning
    return { ...beginning, earlier: new PreviousImport(before, readWith, cursor.digest) }
  }
  return (await findPlace(database, plan, cursor)) ?? beginning
}

/** The place after the row that a cursor names; undefined if that is another row now. */
async function findPlace(
  database: ExternalDatabase,
  plan: TablePlan,
  { lastKey, digest }: ImportCursor,
): Promise<Start | undefined> {
  const key = decodeKey(lastKey)
  const ids = new RowIdGenerator(plan)
  const read = (where: string) => database.query(`${buildSelect(database, plan)} where ${formatKeyColumn(plan)} ${where}`, key)
  if (plan.identity === null)
    identifyRows((await read(`< $1 order by ${formatKeyColumn(plan)} desc limit ${maxRowsBetweenEqualRows}`)).reverse(), ids)
  const rows = await read('= $1')
  // Places that earlier versions stored name the row by its key.
  const known = [...identifyRows(rows, ids), ...identifyRows(rows, new RowIdGenerator({ ...plan, identity: plan.key }))]
  return known.some(({ id }) => id === digest) ? { after: key, ids } : undefined
}

export const formatKeyColumn = ({ key }: TablePlan) => (key === 'rowid' ? 'rowid' : quoteIdentifier(key))

export function buildSelect(database: ExternalDatabase, plan: TablePlan): string {
  const { key, identity } = plan
  const read = [...Object.values(plan.columns), ...(identity === null || identity === key ? [] : [identity])]
  const names = [...new Set(read)]
  const sizes = names.map((name) => `octet_length(cast(${quoteIdentifier(name)} as text))`)
  const columns = [
    `${formatKeyColumn(plan)} as ${quoteIdentifier(keyAlias)}`,
    `${sizes.map((size) => `coalesce(${size}, 0)`).join(' + ')} as ${quoteIdentifier(sizeAlias)}`,
    // The key stays itself, so that an index puts the rows in order.
    ...names.map((name, index) =>
      name === key
        ? quoteIdentifier(name)
        : `case when ${sizes[index]} <= ${maxRowBytes} then ${quoteIdentifier(name)} end as ${quoteIdentifier(name)}`,
    ),
  ]
  return `select ${columns.join(', ')} from ${database.quoteTable(plan.from)}`
}

/** The next rows, with all that have the same key as the last of them. */
async function readRows(database: ExternalDatabase, plan: TablePlan, after: RowKey | null): Promise<ExternalRow[]> {
  const beyond = after === null ? 'is not null' : '> $1'
  for (let [limit, bytes] = [rowsPerBatch, bytesPerBatch]; limit <= maxOfOneKey; limit *= 10, bytes *= 2) {
    const rows = await database.query(
      `${buildSelect(database, plan)} where ${formatKeyColumn(plan)} ${beyond} order by ${formatKeyColumn(plan)} limit ${limit + 1}`,
      after ?? undefined,
      bytes,
    )
    const isCut = rows.length > limit || rows.reduce((sum, row) => sum + getRowSize(row), 0) > bytes
    if (!isCut) return rows
    // The row beyond the limit tells whether the key before it is complete.
    const next = getRowKey(rows.at(-1)!)
    const complete = rows.findLastIndex((row) => getRowKey(row) !== next) + 1
    if (complete > 0) return rows.slice(0, complete)
  }
  const message = `${plan.from} has more than ${maxOfOneKey} rows, or rows that are too large, with the same ${plan.key}; specify a key in the mapping that identifies them.`
  throw new OptimizerError('foreign-file', message)
}
