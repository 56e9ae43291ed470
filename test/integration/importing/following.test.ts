import { hash, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { z } from 'zod'
import { diagnoseExternalDatabases } from '../../../src/client/diagnosis/external-databases.ts'
import { FollowedDatabase, type FollowReport } from '../../../src/importing/followed-database.ts'
import { Followers } from '../../../src/importing/followers.ts'
import { openExternalDatabase } from '../../../src/importing/open.ts'
import { engineSettingsSchema } from '../../../src/model/engine-settings.ts'
import { externalDatabaseSchema } from '../../../src/model/external-database.ts'
import { telemetrySchema } from '../../../src/model/telemetry.ts'
import { toUuid } from '../../../src/model/uuid.ts'
import { collectSnapshot } from '../../../src/sources/collect.ts'
import { listAgentInstances } from '../../../src/store/agents.ts'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { listIncompleteRows } from '../../../src/store/incomplete-rows.ts'
import { listLatestMarketData } from '../../../src/store/portfolio.ts'
import type { TelemetryInstance } from '../../../src/telemetry/identity.ts'
import { createTestDatabase } from '../../support/database.ts'
import { eventually, patienceMs } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { countExecutions, createTestStore, type TestStore } from '../../support/store.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

const common = {
  engine: engineSettingsSchema.parse({}),
  telemetry: telemetrySchema.parse({}),
  metrics: [],
  marketSources: [] as string[],
}
type Settings = z.input<typeof externalDatabaseSchema>

const follow = (settings: Settings, known: Partial<typeof common> = {}) =>
  new FollowedDatabase(store.db, { settings: externalDatabaseSchema.parse(settings), ...common, ...known })

/** The findings of a reading. */
async function read(database: FollowedDatabase): Promise<FollowReport> {
  const report = await database.read()
  return report ?? expect.fail('Another process reads it.')
}

function createFile(name: string, sql: string): { path: string; file: DatabaseSync } {
  const path = join(temporaryFolder(), name)
  const file = new DatabaseSync(path)
  onTestFinished(() => file.close())
  file.exec(sql)
  return { path, file }
}

const executionTable = `CREATE TABLE agent_executions (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP,
  agent_name TEXT, execution_type TEXT, success BOOLEAN, execution_time_ms INTEGER);`
const insertExecution = (agent: string, ms: number) =>
  `INSERT INTO agent_executions (agent_name, execution_type, success, execution_time_ms) VALUES ('${agent}', 'work', ${ms < 1_000}, ${ms});`

/** An external PostgreSQL database, and a connection of its owner. */
async function createForeign(tables: string) {
  const { url, drop } = await createTestDatabase()
  const owner = new pg.Client(url)
  await owner.connect()
  onTestFinished(async () => {
    await owner.end()
    await drop()
  })
  await owner.query(tables)
  return { url, owner }
}

const alerts = async () => (await listOpenAlerts(store.db)).map(({ cause, component }) => `${cause} ${component}`)

test('a SQLite file is followed while its owner writes, and a restart continues at the stored key', async () => {
  const { path, file } = createFile(
    'trading.db',
    `PRAGMA journal_mode = WAL; ${executionTable} ${insertExecution('Follower One', 100)}`,
  )
  const settings = { name: 'trading', sqlite: path }
  const followed = follow(settings)
  expect(await read(followed)).toMatchObject({ taken: 1, refused: 0, problem: null, heard: [{ agentId: 'follower-one' }] })

  file.exec(`BEGIN IMMEDIATE; ${insertExecution('Follower One', 3_000)}`)
  expect(await read(followed)).toMatchObject({ taken: 0, problem: null })
  file.exec('COMMIT')
  expect(await read(followed)).toMatchObject({ taken: 1, problem: null })

  const { agents } = await collectSnapshot({ db: store.db, now: Date.now(), goal: { start: 0, target: 1 } })
  expect(agents.find(({ agentId }) => agentId === 'follower-one')).toMatchObject({
    decisionCount: 2,
    successRate: 0.5,
    responseTime: 1_550,
  })
  const [instance] = await listAgentInstances(store.db, 'follower-one')
  expect(instance).toMatchObject({ instanceId: 'trading', transport: 'otlp' })

  // Rows behind the key are not read again, though they would be taken.
  await store.db.deleteFrom('agentExecutions').where('agentName', '=', 'follower-one').execute()
  file.exec(insertExecution('Follower One', 200))
  expect(await read(follow(settings))).toMatchObject({ taken: 1 })

  // Another file in its place is read from the beginning.
  file.exec(
    "DELETE FROM agent_executions; DELETE FROM sqlite_sequence; INSERT INTO agent_executions VALUES (3, datetime('now', '-1 minute'), 'Follower One', 'x', 1, 7)",
  )
  expect(await read(follow(settings))).toMatchObject({ taken: 1 })
})

test('rows without a key of their own are taken once, though VACUUM gives them new row ids', async () => {
  const trade = (price: number) =>
    `INSERT INTO trades VALUES ('2025-10-10 15:30:00', 'BUY', 0.5, ${price}, 50, 'vacuumed', NULL);`
  const { path, file } = createFile(
    'vacuum.db',
    `CREATE TABLE trades (timestamp DATETIME, trade_type TEXT, amount_btc REAL, price_usd REAL, total_usd REAL, executed_by TEXT,
       actual_profit_usd REAL);
     CREATE TABLE agent_decisions (id VARCHAR(50) PRIMARY KEY, timestamp DATETIME, agent TEXT, type TEXT);
     INSERT INTO agent_decisions VALUES ('gone', datetime('now'), 'vacuumed', 'x'), ('kept', datetime('now'), 'vacuumed', 'x');
     ${trade(1)} ${trade(100)} ${trade(100)} ${trade(7)}`,
  )
  const settings = { name: 'vacuum', sqlite: path }
  const followed = follow(settings)
  expect(await read(followed)).toMatchObject({ taken: 6, problem: null })

  file.exec(`DELETE FROM trades WHERE rowid = 1; DELETE FROM agent_decisions WHERE id = 'gone'; VACUUM;
    UPDATE trades SET actual_profit_usd = 3 WHERE price_usd = 7; ${trade(100)}`)
  expect(file.prepare('SELECT rowid FROM trades WHERE price_usd = 7').get()).toEqual({ rowid: 3 })
  // The third trade of the same content is new.
  expect(await read(followed)).toMatchObject({ taken: 1, problem: null })
  expect(await read(follow(settings))).toMatchObject({ taken: 0, problem: null })
  file.exec(trade(100))
  expect(await read(follow(settings))).toMatchObject({ taken: 1, problem: null })
  const rows = await store.db.selectFrom('trades').where('executedBy', '=', 'vacuumed').select('priceUsd').execute()
  expect(rows.map(({ priceUsd }) => Number(priceUsd)).sort()).toEqual([1, 100, 100, 100, 100, 7])
})

test.each(['SQLite', 'PostgreSQL'])(
  'what the owner of %s fills in later is added to the rows, and nothing else of them changes',
  async (kind) => {
    const agent = `completed-${kind.toLowerCase()}`
    const tables = `create table trades (id integer primary key, timestamp timestamp, trade_type text, amount_btc real, price_usd real,
      total_usd real, executed_by text, predicted_profit_usd real, actual_profit_usd real);
    create table agent_decisions (id integer primary key, timestamp timestamp, agent text, outcome text, feedback text);
    insert into trades values (1, current_timestamp, 'BUY', 1, 100, 100, '${agent}', null, null),
      (2, current_timestamp, 'SELL', 1, 120, 120, '${agent}', 15, null);
    insert into agent_decisions values (7, current_timestamp, '${agent}', null, '{}');`
    const isFile = kind === 'SQLite'
    const created = isFile ? createFile('completed.db', tables) : await createForeign(tables)
    const settings = { name: agent, ...('path' in created ? { sqlite: created.path } : { postgres: created.url }) }
    const run = (text: string) => ('path' in created ? created.file.exec(text) : created.owner.query(text))
    expect(await read(follow(settings))).toMatchObject({ taken: 3, problem: null })
    const awaited = store.db
      .selectFrom('incompleteRows')
      .where('source', 'like', `${agent}:%`)
      .orderBy('missing')
      .select('missing')
    const profit = 'actual_profit_usd'
    expect((await awaited.execute()).map(({ missing }) => missing)).toEqual([
      [profit],
      ['outcome', 'feedback'],
      ['predicted_profit_usd', profit],
    ])

    await run(`update trades set predicted_profit_usd = 99, actual_profit_usd = 20, price_usd = 1 where id = 2;
    update agent_decisions set outcome = '{"success": true}', feedback = 'null'`)
    const followed = follow(settings)
    expect(await read(followed)).toMatchObject({ taken: 0, refused: 0, problem: null })
    const profits = () =>
      store.db
        .selectFrom('trades')
        .where('executedBy', '=', agent)
        .where('timestamp', '>', new Date('2026-01-01'))
        .orderBy('priceUsd')
        .select(['priceUsd', 'predictedProfitUsd', 'actualProfitUsd'])
        .execute()
    const bought = { priceUsd: 100, predictedProfitUsd: null, actualProfitUsd: null }
    expect(await profits()).toEqual([bought, { priceUsd: 120, predictedProfitUsd: 15, actualProfitUsd: 20 }])
    const decisions = store.db.selectFrom('agentDecisions').where('agent', '=', agent).select(['outcome', 'feedback'])
    expect(await decisions.execute()).toEqual([{ outcome: { success: true }, feedback: {} }])

    // Another row with the key of the first is none that was completed.
    await run(`delete from trades where id = 1;
    insert into trades values (1, '2025-01-01 00:00:00', 'BUY', 1, 100, 100, '${agent}', null, 7)`)
    vi.setSystemTime(Date.now() + 61_000)
    onTestFinished(() => void vi.useRealTimers())
    await read(followed)
    expect(await profits()).toEqual([bought, { priceUsd: 120, predictedProfitUsd: 15, actualProfitUsd: 20 }])
  },
)

test('rows that may still be completed are listed in turn, page by page', async () => {
  await sql`insert into incomplete_rows
    select 'paged', 'trades', gen_random_uuid(), 'n1', gen_random_uuid(), now(), '{actual_profit_usd}' from generate_series(1, 20001)`.execute(
    store.db,
  )
  const page = await listIncompleteRows(store.db, 'paged', 'trades')
  const rest = await listIncompleteRows(store.db, 'paged', 'trades', page.next)
  expect(new Set([...page.rows, ...rest.rows].map(({ id }) => id)).size).toBe(20_001)
  expect([rest.rows.length, rest.next]).toEqual([1, undefined])
})

test('reading continues after a row that an earlier version stored by its row id', async () => {
  const timestamp = '2025-10-10 15:30:00'
  const trade = (price: number) => `INSERT INTO trades VALUES ('${timestamp}', 'BUY', 0.5, ${price}, 50, 'upgraded');`
  const { path, file } = createFile(
    'upgraded.db',
    `CREATE TABLE trades (timestamp DATETIME, trade_type TEXT, amount_btc REAL, price_usd REAL, total_usd REAL, executed_by TEXT);
     ${trade(1)} ${trade(2)}`,
  )
  const settings = { name: 'upgraded', sqlite: path }
  const followed = follow(settings)
  expect(await read(followed)).toMatchObject({ taken: 2, problem: null })
  const byRowId = (rowId: number) => toUuid(hash('sha256', JSON.stringify(['trades', String(rowId), timestamp, '', '']), 'hex'))
  const place = store.db.updateTable('imports').where('source', 'like', '%upgraded%')
  await store.db.deleteFrom('trades').where('executedBy', '=', 'upgraded').execute()
  await place.set({ digest: byRowId(2) }).execute()
  file.exec(trade(3))
  expect(await read(follow(settings))).toMatchObject({ taken: 1, problem: null })
  // That of another row shows that the file is another.
  await place.set({ digest: byRowId(7) }).execute()
  expect(await read(follow(settings))).toMatchObject({ taken: 2, problem: null })
})

test('instances and versions of rows are those that they name, or else what the record says', async () => {
  const { path } = createFile(
    'versions.db',
    `CREATE TABLE runs (id INTEGER PRIMARY KEY, ended TEXT, bot TEXT, pod TEXT, settings INTEGER, ok INTEGER);
     INSERT INTO runs VALUES (1, datetime('now'), 'versioned', 'pod-1', 7, 1), (2, datetime('now'), 'versioned', NULL, NULL, 1),
       (3, datetime('now'), 'versioned', 'pod-1', 0, 1);`,
  )
  const columns = { timestamp: 'ended', agent_name: 'bot', instance_id: 'pod', configuration_version: 'settings', success: 'ok' }
  const mapping = { tables: { agent_executions: { table: 'runs', columns } } }
  const { taken, refused, reasons } = await read(follow({ name: 'versions', sqlite: path, mapping }))
  expect({ taken, refused, reasons }).toEqual({
    taken: 2,
    refused: 1,
    reasons: ['runs 3: configuration_version is 0, which is not a valid version'],
  })
  const rows = await store.db
    .selectFrom('agentExecutions')
    .where('agentName', '=', 'versioned')
    .orderBy('instanceId')
    .select(['instanceId', 'configurationVersion', 'versionAssumed'])
    .execute()
  expect(rows).toEqual([
    { instanceId: 'pod-1', configurationVersion: 7, versionAssumed: false },
    { instanceId: 'versions', configurationVersion: 1, versionAssumed: true },
  ])
})

test('the market comes from one database, and the prices of a second one are refused with the reason', async () => {
  const price = (usd: number) => `INSERT INTO market_data VALUES (datetime('now'), ${usd});`
  const table = 'CREATE TABLE market_data (timestamp TEXT, price_usd REAL);'
  const { path: bitcoin, file: first } = createFile('bitcoin.db', table + price(94_000))
  const { path: ether, file } = createFile('ether.db', `${table} ${price(3_000)} ${executionTable}`)
  const known = { marketSources: ['bitcoin', 'ether'] }
  const prices = async () => (await listLatestMarketData(store.db)).map(({ priceUsd }) => priceUsd)
  expect(await read(follow({ name: 'bitcoin', sqlite: bitcoin }, known))).toMatchObject({ taken: 1, problem: null })
  file.exec(insertExecution('ether-bot', 1))
  expect(await read(follow({ name: 'ether', sqlite: ether }, known))).toMatchObject({
    taken: 1,
    problem: 'market_data is not read, because the market comes from bitcoin; set market to false for ether, or for bitcoin.',
  })
  expect(await prices()).not.toContain(3_000)

  // One that may not provide it is no problem, and takes nothing.
  const other = { name: 'ether', sqlite: ether, market: false }
  expect(await read(follow(other, { marketSources: ['bitcoin'] }))).toMatchObject({ taken: 0, problem: null })
  // The other takes over if the first may not.
  expect(await read(follow({ name: 'ether', sqlite: ether }, { marketSources: ['ether'] }))).toMatchObject({
    taken: 1,
    problem: null,
  })
  expect(await prices()).toContain(3_000)

  // An empty table does not claim it.
  first.exec('DELETE FROM market_data')
  expect(await read(follow({ name: 'bitcoin', sqlite: bitcoin }, { marketSources: ['bitcoin'] }))).toMatchObject({
    problem: null,
  })
  file.exec(price(3_001))
  expect(await read(follow({ name: 'ether', sqlite: ether }, known))).toMatchObject({ taken: 1, problem: null })
})

test('agents beyond the limit are refused, and the others are taken', async () => {
  const { path } = createFile('many.db', `${executionTable} ${insertExecution('one-too-many', 1)}`)
  const telemetry = { ...common.telemetry, maxAgents: 0 }
  expect(await read(follow({ name: 'many', sqlite: path }, { telemetry }))).toMatchObject({
    taken: 0,
    refused: 1,
    reasons: [expect.stringMatching(/^agent_executions 1: belongs to a new agent/)],
  })
})

test('rows of PostgreSQL that are committed late are found behind those that were read', async () => {
  const { url, owner } = await createForeign(`
    create schema work;
    create table work.runs (id bigint generated always as identity primary key, finished timestamptz default now(), bot text, ok boolean,
      ms numeric, result jsonb);
    create table trades (id serial primary key, timestamp timestamp default now(), trade_type text, amount_btc numeric, price_usd numeric,
      total_usd numeric);
    insert into trades (trade_type, amount_btc, price_usd, total_usd) values ('buy', 0.5, 100, 50)`)
  const columns = { timestamp: 'finished', agent_name: 'bot', success: 'ok', execution_time_ms: 'ms', output_data: 'result' }
  const mapping = { tables: { agent_executions: { table: 'work.runs', columns } } }
  const settings = { name: 'runs', postgres: url, mapping }
  const slow = new pg.Client(url)
  await slow.connect()
  onTestFinished(() => slow.end())
  const insert = `insert into work.runs (bot, ok, ms, result) values ('pg-bot', true, 12.5, '{"confidence": 0.5}')`
  await slow.query('begin')
  await slow.query(insert)
  await owner.query(insert)
  const followed = follow(settings)
  expect(await read(followed)).toMatchObject({ taken: 2, problem: null })
  await slow.query('commit')
  expect(await read(followed)).toMatchObject({ taken: 1, problem: null })
  expect(await read(followed)).toMatchObject({ taken: 0, problem: null })
  const executions = await store.db
    .selectFrom('agentExecutions')
    .where('agentName', '=', 'pg-bot')
    .select(['executionTimeMs', 'confidence', 'success'])
    .execute()
  expect(executions).toEqual([1, 2].map(() => ({ executionTimeMs: 12.5, confidence: 0.5, success: true })))

  const database = await openExternalDatabase(externalDatabaseSchema.parse(settings))
  await expect(database.query('delete from trades')).rejects.toMatchObject({
    code: 'unreadable-database',
    message: expect.stringContaining('read-only'),
  })
  await database.close()

  // A table that cannot be read leaves the others.
  await owner.query('begin; lock table work.runs in access exclusive mode')
  const other = new pg.Client(url)
  await other.connect()
  onTestFinished(() => other.end())
  await other.query("insert into trades (trade_type, amount_btc, price_usd, total_usd) values ('sell', 1, 100, 100)")
  expect(await read(follow({ ...settings, answerSeconds: 1 }))).toMatchObject({
    taken: 1,
    problem: expect.stringMatching(/took longer than 1 s/),
  })
  await owner.query('rollback')
})

test('a file that is locked, damaged or foreign, or a server that refuses, is an alert until it is over', async () => {
  const { path, file } = createFile('busy.db', `${executionTable} ${insertExecution('patient', 1)}`)
  const settings = { name: 'busy', sqlite: path, answerSeconds: 0.2 }
  const followed = follow(settings)
  file.exec('BEGIN EXCLUSIVE')
  expect(await read(followed)).toMatchObject({ taken: 0, problem: expect.stringContaining('is locked') })
  expect(await alerts()).toContain('unread-database database busy')
  file.exec('COMMIT')
  expect(await read(followed)).toMatchObject({ taken: 1, problem: null })
  expect(await alerts()).not.toContain('unread-database database busy')

  const text = join(temporaryFolder(), 'text.db')
  writeFileSync(text, 'this is no database '.repeat(1_000))
  expect(await read(follow({ name: 'text', sqlite: text }))).toMatchObject({
    problem: expect.stringContaining('not a SQLite database'),
  })
  const { path: foreign } = createFile('foreign.db', 'CREATE TABLE orders (id INTEGER PRIMARY KEY)')
  const mapping = { tables: { trades: { table: 'orders', columns: { total_usd: 'total' } } } }
  expect(await read(follow({ name: 'foreign', sqlite: foreign, mapping }))).toMatchObject({
    problem: expect.stringMatching(/orders has no column total.*its tables are orders/),
  })
  const url = new URL(store.url)
  url.username = 'nobody_there'
  expect(await read(follow({ name: 'refusing', postgres: url.href }))).toMatchObject({
    problem: expect.stringContaining('rejects the login'),
  })
  expect(await read(follow({ name: 'gone', sqlite: '/nowhere/gone.db' }))).toMatchObject({
    problem: expect.stringContaining('There is no file'),
  })
})

test('a thread that ended is an alert until the database is read again', async () => {
  const { path } = createFile('ended.db', executionTable)
  const database = follow({ name: 'ended', sqlite: path })
  await database.reportEnd('ran out of memory')
  expect(await alerts()).toContain('unread-database database ended')
  await read(database)
  expect(await alerts()).not.toContain('unread-database database ended')
})

test('large rows are read in small batches, and a huge one is refused and not read', async () => {
  const table = (type: string) =>
    `create table agent_executions (id integer primary key, timestamp ${type}, agent_name text, success boolean, output_data text);`
  const row = (id: number, bytes: number) =>
    `insert into agent_executions values (${id}, CURRENT_TIMESTAMP, 'large', true, '"${'x'.repeat(bytes)}"');`
  const rows = [...Array.from({ length: 12 }, (_, index) => row(index + 1, 900_000)), row(13, 1_100_000), row(14, 1)].join('')
  const { path } = createFile('large.db', table('text') + rows)
  const { url } = await createForeign(table('timestamptz') + rows)
  for (const settings of [
    { name: 'large-file', sqlite: path },
    { name: 'large-server', postgres: url },
  ]) {
    const refusal = expect.stringMatching(/^agent_executions 13: is 1100\d\d\d bytes, more than/)
    expect(await read(follow(settings))).toMatchObject({ taken: 13, refused: 1, reasons: [refusal], problem: null })
    const database = await openExternalDatabase(externalDatabaseSchema.parse(settings))
    onTestFinished(() => database.close())
    const some = await database.query('select octet_length(output_data) as __size from agent_executions', undefined, 2_000_000)
    expect(some.length).toBeLessThan(14)
  }
})

test('a server that hangs holds up no other database, and the doctor names it', async () => {
  // A retry must not continue where a failed attempt stopped.
  const name = `steady-${randomUUID()}`
  const { path, file } = createFile('steady.db', `${executionTable} ${insertExecution(name, 1)}`)
  const { url } = await createForeign(
    'create table market_data (id serial primary key, timestamp timestamptz, price_usd numeric)',
  )
  const proxy = await startTcpProxy(url)
  onTestFinished(() => proxy.cut())
  proxy.upstream = 'is lost'
  const databases = [
    { name, sqlite: path, everySeconds: 1 },
    { name: 'hanging', postgres: proxy.url, everySeconds: 1, answerSeconds: 0.3 },
  ].map((settings) => externalDatabaseSchema.parse(settings))
  const heard: TelemetryInstance[] = []
  const warnings: string[] = []
  const followers = new Followers({
    ...common,
    databaseUrl: store.url,
    onHeard: (sources) => heard.push(...sources),
    info: () => undefined,
    warn: (message) => warnings.push(message),
  })
  onTestFinished(() => followers.stop())
  followers.start(databases)
  await eventually(
    'the hanging server to be noticed',
    async () => warnings.some((text) => text.startsWith('hanging cannot be read')) || undefined,
  )
  file.exec(insertExecution(name, 2))
  await eventually('the other to be read', async () => (await countExecutions(store.db, name)) === 2 || undefined)
  const steadySource = { agentId: name, kind: name, instanceId: name }
  await vi.waitFor(() => expect(heard).toContainEqual(steadySource), patienceMs)
  await followers.stop()
  const [steady, hanging] = await diagnoseExternalDatabases(databases, store.url)
  expect(steady).toMatchObject({
    check: `database ${name}`,
    state: 'ok',
    found: expect.stringMatching(/^agent_executions; 2 rows imported; last read/),
  })
  expect(hanging).toMatchObject({
    check: 'database hanging',
    state: 'failed',
    found: expect.stringContaining('is not responding'),
  })
})
