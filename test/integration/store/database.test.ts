import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config.ts'
import { type Database, openDatabase } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrate.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  db = openDatabase(database.url)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

test('two processes that migrate an empty database at once both succeed', async () => {
  const other = openDatabase(database.url)
  try {
    await Promise.all([migrate(db), migrate(other)])
    await migrate(db)
    expect(await other.selectFrom('agents').selectAll().execute()).toEqual([])
  } finally {
    await other.destroy()
  }
})

test('a database that cannot be reached is reported in one sentence', async () => {
  const nowhere = openDatabase('postgres://nobody@127.0.0.1:1/nothing')
  await expect(migrate(nowhere)).rejects.toMatchObject({ code: 'migration-failed', retryable: true })
  await nowhere.destroy()
})

test('a user whose password has every printable character logs in with the password as it is, in the address or as PGPASSWORD', async () => {
  const password = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')
  const user = 'demanding'
  await sql`create role ${sql.id(user)} login password ${sql.lit(password)}`.execute(db)
  const { hostname, port, pathname } = new URL(database.url)
  const variables = { PGHOST: hostname, PGPORT: port, PGDATABASE: pathname.slice(1), PGUSER: user, PGPASSWORD: password }
  try {
    for (const env of [{ DATABASE_URL: `postgres://${user}:${password}@${hostname}:${port}${pathname}` }, variables]) {
      const own = openDatabase(loadConfig(env).databaseUrl!)
      const { rows } = await sql`select current_user as name`.execute(own).finally(() => own.destroy())
      expect(rows).toEqual([{ name: user }])
    }
  } finally {
    await sql`drop role ${sql.id(user)}`.execute(db)
  }
})

test('timestamps are read as dates, int8 and numeric as numbers', async () => {
  const { rows } = await sql`select now() as moment, 9007199254740991::int8 as whole, 1.25::numeric as fraction`.execute(db)
  expect(rows[0]).toEqual({ moment: expect.any(Date), whole: Number.MAX_SAFE_INTEGER, fraction: 1.25 })
})

test('a connection that breaks while idle or between two statements does not end the process', async () => {
  const other = openDatabase(database.url)
  try {
    await other
      .transaction()
      .execute(async (trx) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
        await sql`select pg_terminate_backend(${rows[0]!.pid}, 5000)`.execute(db)
        await expect(sql`select 1`.execute(trx)).rejects.toThrow()
      })
      .catch(() => {})
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(other)
    await sql`select pg_terminate_backend(${rows[0]!.pid}, 5000)`.execute(db)
    await expect
      .poll(() =>
        sql`select 1 as one`.execute(other).then(
          ({ rows }) => rows,
          () => 'broken',
        ),
      )
      .toEqual([{ one: 1 }])
  } finally {
    await other.destroy()
  }
})

test('neither NaN nor infinity gets into a table', async () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const insert = db.insertInto('agentExecutions').values({ agentName: 'a', executionType: 'x', executionTimeMs: value })
    await expect(insert.execute()).rejects.toThrow(/finite/)
  }
})
