/** A SQLite file of somebody else, read only. */
import { existsSync, statSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { OptimizerError } from '../model/errors.ts'

const lockedMs = 5_000
/** SQLite's primary result codes. */
const [busy, locked, corrupt, cannotOpen, notADatabase] = [5, 6, 11, 14, 26]

export type SqliteRow = Record<string, SQLOutputValue>

export class SqliteFile {
  readonly #database: DatabaseSync
  readonly path: string

  /**
   * @param busyMs how long its owner may hold a lock
   * @throws OptimizerError `unreadable-file`, `locked-file`
   */
  constructor(path: string, busyMs = lockedMs) {
    this.path = path
    const problem = !existsSync(path)
      ? `There is no file ${path}`
      : !statSync(path).isFile()
        ? `${path} is not a file`
        : undefined
    if (problem) throw new OptimizerError('unreadable-file', `${problem}; name a SQLite database such as trading.db.`)
    this.#database = this.#explaining(() => new DatabaseSync(path, { readOnly: true, timeout: busyMs }))
    this.listTables()
  }

  listTables(): string[] {
    return this.query(
      "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' order by name",
    ).map(({ name }) => String(name))
  }

  /** The columns of a table, and whether its rows have an id of SQLite's own. */
  describeTable(table: string): { columns: string[]; hasRowId: boolean; primaryKey: string[] } {
    const rows = this.query('select name, pk from pragma_table_info(?)', [table])
    const keyed = rows.filter(({ pk }) => Number(pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk))
    const [listed] = this.query('select type, wr from pragma_table_list(?)', [table])
    return {
      columns: rows.map(({ name }) => String(name)),
      hasRowId: listed?.type === 'table' && Number(listed.wr) === 0,
      primaryKey: keyed.map(({ name }) => String(name)),
    }
  }

  /** Integers are read as bigint, so that large ones are not rounded. @throws OptimizerError `unreadable-file`, `locked-file` */
  query(sql: string, values: (string | number | bigint | null)[] = []): SqliteRow[] {
    return this.#explaining(() => {
      const statement = this.#database.prepare(sql)
      statement.setReadBigInts(true)
      return statement.all(...values)
    })
  }

  close(): void {
    this.#database.close()
  }

  #explaining<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (cause) {
      throw explain(this.path, cause)
    }
  }
}

/** A name within a statement. */
export const quote = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`

function explain(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined
  const fail = (name: string, message: string, retryable = false) => new OptimizerError(name, message, { cause, retryable })
  if (code === busy || code === locked)
    return fail('locked-file', `${path} is locked by the program that writes it; try again in a moment.`, true)
  if (code === notADatabase) return fail('unreadable-file', `${path} is not a SQLite database; name one such as trading.db.`)
  if (code === corrupt)
    return fail('unreadable-file', `${path} is damaged; repair it with sqlite3 ${path} .recover, and import the result.`)
  if (code === cannotOpen) return fail('unreadable-file', `${path} cannot be opened; check that you may read it and its folder.`)
  return cause
}
