import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describeError, OptimizerError } from '../model/errors.ts'
import { toCleanText } from '../model/text.ts'
import {
  type ExternalDatabase,
  type ExternalRow,
  type ExternalTable,
  getRowSize,
  quoteIdentifier,
  type RowKey,
  toStatementParameters,
} from './external-database.ts'

const lockedMs = 5_000
/** SQLite's primary result codes. */
const [busy, locked, corrupt, cannotOpen, notADatabase] = [5, 6, 11, 14, 26]

/** A SQLite file, opened for reading only. Its statements are synchronous. */
export class SqliteFile implements ExternalDatabase {
  readonly #database: DatabaseSync
  readonly name: string

  /**
   * @param busyMs how long its owner may hold a lock
   * @throws OptimizerError `unreadable-file`, `locked-file`
   */
  constructor(path: string, busyMs = lockedMs) {
    this.name = path
    const problem = !existsSync(path)
      ? `There is no file ${path}`
      : !statSync(path).isFile()
        ? `${path} is not a file`
        : undefined
    if (problem) throw new OptimizerError('unreadable-file', `${problem}; name a SQLite database such as trading.db.`)
    this.#database = this.#explaining(() => new DatabaseSync(path, { readOnly: true, timeout: busyMs }))
    try {
      // Opening reads nothing yet.
      this.#read('select count(*) from sqlite_master')
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  async listTables(): Promise<string[]> {
    const rows = this.#read(
      "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' order by name",
    )
    return rows.map(({ name }) => String(name))
  }

  /** Row ids grow, and so does a single primary key that is an integer; texts need not. */
  async describeTable(table: string): Promise<ExternalTable | undefined> {
    const rows = this.#read('select name, type, pk from pragma_table_info($1)', table)
    if (rows.length === 0) return undefined
    const keyed = rows.filter(({ pk }) => Number(pk) > 0)
    const [listed] = this.#read('select type, wr from pragma_table_list($1)', table)
    const single = keyed.length === 1 ? keyed[0] : undefined
    const primaryKey = single && String(single.name)
    const hasRowId = listed?.type === 'table' && Number(listed.wr) === 0
    return {
      columns: rows.map(({ name }) => String(name)),
      growingKey: hasRowId ? 'rowid' : /int/i.test(String(single?.type)) ? primaryKey : undefined,
      // VACUUM gives new row ids, except where a column is another name for them.
      isGrowingKeyLasting: !hasRowId || /^integer$/i.test(String(single?.type)),
      primaryKey,
    }
  }

  quoteTable(table: string): string {
    return quoteIdentifier(table)
  }

  /** Integers are read as bigint, so that large ones are not rounded. @throws OptimizerError `unreadable-file`, `locked-file` */
  async query(statement: string, key?: RowKey | readonly RowKey[], maxBytes?: number): Promise<ExternalRow[]> {
    return this.#read(statement, key, maxBytes)
  }

  async close(): Promise<void> {
    this.#database.close()
  }

  #read(statement: string, key?: RowKey | readonly RowKey[], maxBytes = Number.POSITIVE_INFINITY): ExternalRow[] {
    return this.#explaining(() => {
      const prepared = this.#database.prepare(statement)
      prepared.setReadBigInts(true)
      const rows: ExternalRow[] = []
      let bytes = 0
      const parameters = Object.fromEntries(toStatementParameters(key).map((value, index) => [`$${index + 1}`, value]))
      for (const row of prepared.iterate(parameters)) {
        rows.push(row)
        bytes += getRowSize(row)
        if (bytes > maxBytes) break
      }
      return rows
    })
  }

  #explaining<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (cause) {
      throw explain(this.name, cause)
    }
  }
}

function explain(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined
  const fail = (name: string, message: string, retryable = false) => new OptimizerError(name, message, { cause, retryable })
  if (code === busy || code === locked)
    return fail('locked-file', `${path} is locked by the program that writes to it; try again in a moment.`, true)
  if (code === notADatabase) return fail('unreadable-file', `${path} is not a SQLite database; name one such as trading.db.`)
  if (code === corrupt)
    return fail('unreadable-file', `${path} is damaged; repair it with sqlite3 ${path} .recover, and import the result.`)
  if (code === cannotOpen) return fail('unreadable-file', `${path} cannot be opened; check that you can read it and its folder.`)
  return code === undefined ? cause : fail('unreadable-file', `${path} cannot be read: ${toCleanText(describeError(cause))}.`)
}
