import {
  CompiledQuery,
  type DatabaseConnection,
  PostgresAdapter,
  PostgresDialect,
  PostgresDriver,
  type PostgresPool,
  type TransactionSettings,
} from 'kysely'
import pg from 'pg'
import { isStartupParameterRefused } from './errors.ts'

/** Milliseconds, by the setting of PostgreSQL; none for work that takes as long as it needs. */
type TimeLimits = Record<string, number>
const usualLimits: TimeLimits = { statement_timeout: 30_000, idle_in_transaction_session_timeout: 30_000 }
/** For a server that no longer answers; above `statement_timeout`, so that PostgreSQL's own error comes first. */
const answerTimeout = { query_timeout: 35_000 }
const numberTypes = new Set<number>([pg.types.builtins.INT8, pg.types.builtins.NUMERIC])

/**
 * Connections to PostgreSQL, directly or through a pooler such as PgBouncer. PostgreSQL takes the time limits with each connection. A
 * pooler refuses them there, since its clients share connections; behind one, each transaction sets them for itself.
 */
class ConnectionPool implements PostgresPool {
  readonly #url: string
  readonly #timeouts: Partial<typeof answerTimeout>
  readonly limits: TimeLimits
  #pool: pg.Pool
  limitsEachTransaction = false

  constructor(url: string, isLimited: boolean) {
    this.#url = url
    this.#timeouts = isLimited ? answerTimeout : {}
    this.limits = isLimited ? usualLimits : {}
    this.#pool = openPool(url, { ...this.limits, ...this.#timeouts })
  }

  get options(): pg.PoolOptions {
    return this.#pool.options
  }

  async connect(): Promise<pg.PoolClient> {
    const pool = this.#pool
    try {
      return await pool.connect()
    } catch (error) {
      if (!isStartupParameterRefused(error)) throw error
      if (!this.limitsEachTransaction) this.#reopenWithoutLimits()
      else if (pool === this.#pool) throw error
      return await this.#pool.connect()
    }
  }

  #reopenWithoutLimits(): void {
    // It has no connections: none was ever accepted.
    void this.#pool.end().catch(() => undefined)
    this.limitsEachTransaction = true
    this.#pool = openPool(this.#url, this.#timeouts)
  }

  async end(): Promise<void> {
    await this.#pool.end()
  }
}

function openPool(url: string, limits: TimeLimits): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'performance-optimizer',
    max: 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    ...limits,
    types: {
      getTypeParser: (id, format) => (numberTypes.has(id) && format !== 'binary' ? Number : pg.types.getTypeParser(id, format)),
    },
  })
  // An unhandled `error` event ends the process. Queries report a lost connection to their caller; between queries there is
  // no caller, and the pool replaces the connection. The pool itself listens only to its idle connections.
  const ignore = () => {}
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return pool
}

class TimeLimitingDriver extends PostgresDriver {
  readonly #pool: ConnectionPool

  constructor(pool: ConnectionPool) {
    super({ pool })
    this.#pool = pool
  }

  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await super.beginTransaction(connection, settings)
    if (!this.#pool.limitsEachTransaction) return
    const limits = Object.entries(this.#pool.limits).map(([name, ms]) => `set_config('${name}', '${ms}', true)`)
    if (limits.length > 0) await connection.executeQuery(CompiledQuery.raw(`select ${limits.join(', ')}`))
  }
}

/** A lock on the session would be one on a connection that a pooler gives to others; `migrate` holds one on its transaction. */
class LocklessAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

/**
 * Kysely's dialect for the PostgreSQL at an address, with time limits for statements and idle transactions. Relies on nothing that
 * outlives a transaction, so that a pooler may be used.
 */
export class PoolerSafeDialect extends PostgresDialect {
  readonly #pool: ConnectionPool

  constructor(url: string, isLimited: boolean) {
    const pool = new ConnectionPool(url, isLimited)
    super({ pool })
    this.#pool = pool
  }

  override createAdapter(): PostgresAdapter {
    return new LocklessAdapter()
  }

  override createDriver(): PostgresDriver {
    return new TimeLimitingDriver(this.#pool)
  }
}
