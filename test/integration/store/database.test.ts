import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkDatabase } from '../../../src/client/diagnosis/database.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { listKnobs } from '../../../src/store/agents.ts'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { type Database, openDatabase } from '../../../src/store/database.ts'
import { migrate, migrateTo } from '../../../src/store/migrate.ts'
import { findStrategy } from '../../../src/store/strategies.ts'
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

test('a database that is not UTF8 is refused with its encoding, also by the doctor', async () => {
  const name = sql.raw(`${new URL(database.url).pathname.slice(1)}_latin`)
  await sql`create database ${name} encoding 'LATIN1' template template0 locale_provider libc locale 'C'`.execute(db)
  const url = `${database.url}_latin`
  const latin = openDatabase(url)
  try {
    await expect(migrate(latin)).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringMatching(/its encoding is LATIN1\); .*'UTF8'/),
    })
    expect(await checkDatabase(url, { listening: '127.0.0.1', secret: undefined })).toContainEqual(
      expect.objectContaining({ check: 'encoding', state: 'failed', found: expect.stringContaining('LATIN1') }),
    )
  } finally {
    await latin.destroy()
    await sql`drop database ${name}`.execute(db)
  }
})

test('a migration takes as long as it needs, while other statements end after 30 seconds', async () => {
  const unlimited = openDatabase(database.url, { isLimited: false })
  const limitOf = async (of: Database) =>
    (await sql<{ setting: string }>`select current_setting('statement_timeout') as setting`.execute(of)).rows[0]!.setting
  try {
    expect([await limitOf(db), await limitOf(unlimited)]).toEqual(['30s', '0'])
  } finally {
    await unlimited.destroy()
  }
})

test('a database of the version before releases keeps its knobs and success criteria, and one alert for each cause', async () => {
  const earlier = await createTestDatabase()
  const old = openDatabase(earlier.url)
  try {
    await migrateTo(old, '0011_policy_record')
    await sql
      .raw(`
        begin;
        insert into agents (agent_id, kind) values ('hunter', 'hunter'), ('idle', 'idle');
        insert into configurations (agent_id, version, values, origin, reason)
          values ('hunter', 1, '{"pool": 4}', 'default', ''), ('idle', 1, '{}', 'default', '');
        insert into knobs (agent_id, name, position, declaration)
          values ('hunter', 'pool', 1, '{"name": "pool"}'), ('hunter', 'cache', 0, '{"name": "cache"}');
        insert into agent_instances (agent_id, instance_id, transport, assigned_version) values ('hunter', '1', 'nats', 1), ('idle', '1', 'nats', 1);
        insert into alerts (severity, component, message, trial_id) values
          ('high', 'hunter', '1 cannot be reached.', 'opt_1_a'), ('high', 'hunter', '1 and 2 cannot be reached.', 'opt_1_a'),
          ('high', 'limits', 'The file is broken.', null), ('medium', 'limits', 'These rules match nothing.', null);
        insert into strategies (id, agent_id, type, priority, content) values
          ('opt_1_a', 'hunter', 'agent_response_time', 'high', '{"successMetrics": ["Response time < 2000ms", "Throughput increased"]}');
        insert into report_batches (batch_id) values (gen_random_uuid());
        insert into agent_messages (from_agent, to_agent, type, delivered) values ('hunter', 'idle', 'signal', true);
        commit`)
      .execute(old)
    await migrate(old)
    expect((await listKnobs(old, 'hunter')).map(({ name }) => name)).toEqual(['cache', 'pool'])
    expect(await listKnobs(old, 'idle')).toEqual([])
    const criteria = ['Response time < 2000ms', 'Throughput increased'].map((description) => ({ description }))
    expect(await findStrategy(old, 'opt_1_a')).toEqual({ successMetrics: criteria })
    expect((await listOpenAlerts(old)).map(({ cause }) => cause).sort()).toEqual([
      'broken-limits',
      'unconfirmed-configuration',
      'unmatched-limits',
    ])
  } finally {
    await old.destroy()
    await earlier.drop()
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
