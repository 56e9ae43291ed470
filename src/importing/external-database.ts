/** An external database that this program only reads. */

export type ExternalValue = string | number | bigint | Uint8Array | null
export type ExternalRow = Record<string, ExternalValue>

/** A value that puts the rows of a table in order. */
export type RowKey = string | number | bigint

export interface ExternalTable {
  columns: string[]
  /** The column whose values grow with each row; undefined if there is none for certain. */
  growingKey: string | undefined
  /** Whether a row keeps the value of that column. */
  isGrowingKeyLasting: boolean
  /** The column that identifies the rows; undefined if several columns do, or none. */
  primaryKey: string | undefined
}

export interface ExternalDatabase {
  /** For people; without a password. */
  readonly name: string
  /** The tables and views that may be read, by name. */
  listTables(): Promise<string[]>
  /** Undefined if there is no such table, or none that may be read. */
  describeTable(table: string): Promise<ExternalTable | undefined>
  /** The name of a table within a statement. */
  quoteTable(table: string): string
  /**
   * @param key the value of `$1`, or those of `$1`, `$2` and so on
   * @param maxBytes stops after the row with which the sizes of the rows are more, as a column `sizeAlias` has them
   * @throws OptimizerError `unreadable-database`; retryable if the database itself cannot be reached now
   */
  query(statement: string, key?: RowKey | readonly RowKey[], maxBytes?: number): Promise<ExternalRow[]>
  close(): Promise<void>
}

/** The values of the parameters of a statement. */
export const toStatementParameters = (key: RowKey | readonly RowKey[] | undefined): readonly RowKey[] =>
  key === undefined ? [] : typeof key === 'object' ? key : [key]

/** The column of a row that was read which has its key. */
export const keyAlias = '__key'
export const getRowKey = (row: ExternalRow) => row[keyAlias] as RowKey

/** The column of a row that was read which has its size, bytes. */
export const sizeAlias = '__size'
export const getRowSize = (row: ExternalRow) => Number(row[sizeAlias] ?? 0)

/** The name of a column within a statement, or a part of that of a table. */
export const quoteIdentifier = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`
