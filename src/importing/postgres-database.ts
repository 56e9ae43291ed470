import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { describeError, OptimizerError } from '../model/errors.ts'
import { parseServerUrl } from '../model/server-url.ts'
import { isConnectionLost, isLoginRefused } from '../store/errors.ts'
import {
  type ExternalDatabase,
  type ExternalRow,
  type ExternalTable,
  getRowSize,
  quoteIdentifier,
  type RowKey,
  toStatementParameters,
} from './external-database.ts'

/** For a server that no longer answers, beyond the time of a statement, so that PostgreSQL's own error comes first; milliseconds. */
const graceMs = 1_000
/** Milliseconds that the server may take to end the connection. */
const farewellMs = 500

/** Rows that are fetched at first, and the bytes up to which the next part has twice as many. */
const firstPart = 8
const smallPart = 256 * 1024

/** SQLSTATE of a statement that took too long, and of one that is not allowed. */
const [canceled, notAllowed] = ['57014', '42501']

/** Types whose values are handed out in ascending order, if they are keys. */
const growingTypes = ['int2', 'int4', 'int8', 'numeric', 'timestamp', 'timestamptz']

/**
 * An external PostgreSQL database. Every statement is a separate, short, read-only transaction. Values are texts, as
 * PostgreSQL writes them, with times in UTC.
 */
export class PostgresDatabase implements ExternalDatabase {
  readonly name: string
  readonly #client: pg.Client
  readonly #socket: Socket
  readonly #answerMs: number

  private constructor(url: string, answerMs: number) {
    const { host = '', rest = '', password = '' } = parseServerUrl(url) ?? {}
    this.name = `postgres://${host}${rest.replace(/\?.*/s, '')}`
    this.#answerMs = answerMs
    this.#socket = new Socket()
    this.#client = new pg.Client({
      connectionString: url,
      application_name: 'performance-optimizer (read only)',
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs + graceMs,
      stream: () => this.#socket,
      types: { getTypeParser: () => String },
    })
    // Without a password in the address, the client takes PGPASSWORD, which is that of the optimizer's own database.
    this.#client.password = password
    // A connection that is lost between two statements makes the next one fail; unheard, it would end the process.
    this.#client.on('error', () => undefined)
  }

  /** @param answerMs how long a statement may take @throws OptimizerError `unreadable-database` */
  static async open(url: string, answerMs: number): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url, answerMs)
    try {
      await database.#client.connect()
      return database
    } catch (cause) {
      await database.close()
      throw database.#explain(cause)
    }
  }

  /** Those of other schemas than the usual ones are named with their schema. */
  async listTables(): Promise<string[]> {
    const rows = await this.query(`
      select case when pg_table_is_visible(class.oid) then relname else nspname || '.' || relname end as name
      from pg_class class join pg_namespace schema on schema.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'f') and nspname not like 'pg\\_%' and nspname <> 'information_schema'
        and has_schema_privilege(schema.oid, 'usage') and has_any_column_privilege(class.oid, 'select')
      order by name`)
    return rows.map(({ name }) => String(name))
  }

  async describeTable(table: string): Promise<ExternalTable | undefined> {
    const named = this.quoteTable(table)
    const columns = await this.query(
      `select attname as name from pg_attribute
       where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and has_column_privilege(attrelid, attnum, 'select')
       order by attnum`,
      named,
    )
    if (columns.length === 0) return undefined
    const keys = await this.query(
      `select attname as name, typname as type, indisprimary as is_primary
       from pg_index
       join pg_attribute on attrelid = indrelid and attnum = indkey[0]
       join pg_type on pg_type.oid = atttypid
       where indrelid = to_regclass($1) and indisunique and indisvalid and indnkeyatts = 1 and indpred is null and attnotnull
       order by indisprimary desc, attnum`,
      named,
    )
    const nameOf = (row: ExternalRow | undefined) => row && String(row.name)
    return {
      columns: columns.map(({ name }) => String(name)),
      isGrowingKeyLasting: true,
      growingKey: nameOf(keys.find(({ type }) => growingTypes.includes(String(type)))),
      primaryKey: nameOf(keys.find((row) => row.is_primary === 't')),
    }
  }

  quoteTable(table: string): string {
    return table.split('.').map(quoteIdentifier).join('.')
  }

  /** @throws OptimizerError `unreadable-database`; retryable if the database cannot be reached, or is too slow now */
  async query(statement: string, key?: RowKey | readonly RowKey[], maxBytes?: number): Promise<ExternalRow[]> {
    const parameters = toStatementParameters(key).map(String)
    try {
      await this.#client.query(`
        begin transaction read only;
        set local statement_timeout = ${this.#answerMs};
        set local timezone = 'UTC';
        set local datestyle = 'ISO, MDY';
        set local extra_float_digits = 1`)
      const rows =
        maxBytes === undefined
          ? (await this.#client.query<ExternalRow>(statement, parameters)).rows
          : await this.#fetch(statement, parameters, maxBytes)
      await this.#client.query('commit')
      return rows
    } catch (cause) {
      if (!isConnectionLost(cause)) await this.#client.query('rollback').catch(() => undefined)
      throw this.#explain(cause)
    }
  }

  /** Reads rows in parts that grow as long as they are small. */
  async #fetch(statement: string, parameters: readonly string[], maxBytes: number): Promise<ExternalRow[]> {
    // This statement takes no parameters.
    const complete = statement.replaceAll(/\$(\d+)/g, (mark, number) => {
      const value = parameters[Number(number) - 1]
      return value === undefined ? mark : pg.escapeLiteral(value)
    })
    await this.#client.query(`declare reading no scroll cursor for ${complete}`)
    const rows: ExternalRow[] = []
    for (let [bytes, part] = [0, firstPart]; bytes <= maxBytes; ) {
      const { rows: fetched } = await this.#client.query<ExternalRow>(`fetch ${part} from reading`)
      const partBytes = fetched.reduce((sum, row) => sum + getRowSize(row), 0)
      rows.push(...fetched)
      if (fetched.length < part) break
      bytes += partBytes
      if (partBytes < smallPart) part *= 2
    }
    return rows
  }

  /** Also if the server no longer answers. */
  async close(): Promise<void> {
    const ended = this.#client.end().catch(() => undefined)
    await Promise.race([ended, delay(farewellMs, undefined, { ref: false })])
    this.#socket.destroy()
  }

  #explain(cause: unknown): OptimizerError {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const fail = (message: string, retryable = false) =>
      new OptimizerError('unreadable-database', `${this.name} ${message}.`, { cause, retryable })
    const seconds = this.#answerMs / 1_000
    if (code === canceled)
      return fail(`took longer than ${seconds} s to run a statement; index the table's key, or raise the limit`)
    if (code === notAllowed) return fail(`denies read access (${describeError(cause)}); grant select to the user`)
    if (isLoginRefused(cause)) return fail(`rejects the login (${describeError(cause)}); correct the user or the password`, true)
    if (isConnectionLost(cause)) return fail(`is not responding (${describeError(cause)})`, true)
    return fail(`cannot be read: ${describeError(cause)}`, code === '')
  }
}
