import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importSqlite } from '../../../src/importing/import.ts'
import { type ImportMapping, importMappingSchema } from '../../../src/model/import-mapping.ts'
import { collectSnapshot } from '../../../src/sources/collect.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { formatImport } from '../../../src/terminal/format-import.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

const noMapping = importMappingSchema.parse({})
const retentionDays = 36_500
const importFrom = (path: string, mapping: ImportMapping = noMapping, isDryRun = false) =>
  importSqlite(store.db, { path, mapping, retentionDays, isDryRun })

/** The schema of document 002. */
const schema = `
CREATE TABLE agent_executions (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP,
  agent_name VARCHAR(100) NOT NULL, execution_type VARCHAR(50) NOT NULL, input_data TEXT, output_data TEXT,
  success BOOLEAN DEFAULT 1, execution_time_ms INTEGER, error_message TEXT);
CREATE TABLE agent_decisions (id VARCHAR(50) PRIMARY KEY, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, agent VARCHAR(100) NOT NULL,
  type VARCHAR(100) NOT NULL, context TEXT NOT NULL, reasoning TEXT NOT NULL, outcome TEXT NOT NULL, agent_state TEXT NOT NULL,
  system TEXT NOT NULL, feedback TEXT NOT NULL);
CREATE TABLE portfolio (id INTEGER PRIMARY KEY, btc_balance REAL NOT NULL, usd_balance REAL NOT NULL, last_updated DATETIME NOT NULL);
CREATE TABLE portfolio_history (timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, btc_balance REAL NOT NULL, usd_balance REAL NOT NULL,
  btc_price_usd REAL NOT NULL, total_value_usd REAL NOT NULL);
CREATE TABLE trades (timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, trade_type VARCHAR(4) NOT NULL, amount_btc DECIMAL(10,8) NOT NULL,
  price_usd DECIMAL(10,2) NOT NULL, total_usd DECIMAL(12,2) NOT NULL, agent_decision_reason TEXT, executed_by VARCHAR(50));
CREATE TABLE market_data (timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, price_usd DECIMAL(10,2) NOT NULL, volume_24h DECIMAL(15,2),
  price_change_24h DECIMAL(5,2), fear_greed_index INTEGER);`

/** A file that a test may write to. */
function createFile(name: string, sql: string): { path: string; file: DatabaseSync } {
  const path = join(temporaryFolder(), name)
  const file = new DatabaseSync(path)
  file.exec(sql)
  return { path, file }
}

test('a trading.db of document 002 is imported once, and its figures are those of its rows', async () => {
  const { path, file } = createFile(
    'trading.db',
    `${schema}
    INSERT INTO agent_executions (agent_name, execution_type, output_data, success, execution_time_ms, error_message) VALUES
      ('market-hunter', 'decision_cycle', '{"confidence":0.85,"signalsGenerated":3}', 1, 1250, NULL),
      ('market-hunter', 'decision_cycle', 'plain text', 0, 2750, 'timeout'),
      ('market-hunter', 'decision_cycle', NULL, 1, -5, NULL),
      ('market-hunter', 'decision_cycle', NULL, 'maybe', 5, NULL);
    INSERT INTO agent_executions (timestamp, agent_name, execution_type, success) VALUES
      ('2099-01-01 00:00:00', 'market-hunter', 'x', 1), ('soon', 'market-hunter', 'x', 1), ('2025-10-10 15:30:00', '???', 'x', 1);
    INSERT INTO agent_decisions VALUES ('d1', CURRENT_TIMESTAMP, 'Market Hunter', 'hunt', '{}',
      '{"confidence":0.75,"riskAssessment":"medium","alternatives":["wait"]}', '{"success":true,"actualResult":0.75}',
      '{"autonomyLevel":0.9,"performanceScore":0.82,"learningRate":0.15}', '{}', '{"learningAdjustments":["x"]}');
    INSERT INTO agent_decisions VALUES ('d2', CURRENT_TIMESTAMP, 'market-hunter', 'hunt', '{}', 'confident', '{}', '{}', '{}', '{}');
    INSERT INTO portfolio VALUES (1, 0.1234, 8765.43, CURRENT_TIMESTAMP);
    INSERT INTO portfolio_history (btc_balance, usd_balance, btc_price_usd, total_value_usd) VALUES (0.1234, 8765.43, 14246.5, 10523.45);
    INSERT INTO trades (trade_type, amount_btc, price_usd, total_usd, executed_by) VALUES ('buy', 0.0523, 94231.5, 4928.31, 'Market Hunter Agent');
    INSERT INTO market_data (price_usd, volume_24h, price_change_24h, fear_greed_index) VALUES (94231.5, 45000000000, 2.5, 64);`,
  )
  await registerInstance(store.db, announcement('market-hunter', '1'))

  const preview = await importFrom(path, noMapping, true)
  expect(preview).toMatchObject({
    isDryRun: true,
    tables: [{ table: 'agent_executions', rows: 7, taken: 2 }, {}, {}, {}, {}, {}],
  })
  expect(formatImport(preview)).toContain('Market Hunter is agent market-hunter')

  const first = await importFrom(path)
  const [executions, decisions] = first.tables
  expect(first.tables.map(({ table, taken, refused }) => [table, taken, refused])).toEqual([
    ['agent_executions', 2, 5],
    ['agent_decisions', 1, 1],
    ['portfolio', 1, 0],
    ['portfolio_history', 1, 0],
    ['trades', 1, 0],
    ['market_data', 1, 0],
  ])
  expect(executions!.reasons).toEqual([
    'agent_executions 3: execution_time_ms is -5, which is not a valid duration',
    'agent_executions 4: success is neither true nor false: maybe',
    'agent_executions 5: timestamp is in the future: 2099-01-01 00:00:00',
    'agent_executions 6: timestamp is not a time: soon',
    expect.stringMatching(/^agent_executions 7: agent_name cannot be the id of an agent/),
  ])
  expect(decisions!.reasons).toEqual(['agent_decisions 2: reasoning is not JSON: confident'])

  const { agents, system } = await collectSnapshot({ db: store.db, now: Date.now(), goal: { start: 10_000, target: 10_500 } })
  expect(agents[0]).toMatchObject({
    decisionCount: 2,
    successRate: 0.5,
    responseTime: 2_000,
    errorRate: 0.5,
    averageConfidence: 0.75,
    learningRate: 0.15,
    actualResult: 0.75,
    tradesPerHour: 1 / 24,
  })
  expect(system.market).toMatchObject({
    goalProgress: (10_523.45 - 10_000) / (10_500 - 10_000),
    volume24h: 45_000_000_000,
    fearGreedIndex: 64,
  })

  file.exec(
    "INSERT INTO agent_executions (agent_name, execution_type, execution_time_ms) VALUES ('market-hunter', 'decision_cycle', 500)",
  )
  const second = await importFrom(path)
  expect(second.tables.map(({ taken, refused }) => [taken, refused])).toEqual([
    [1, 0],
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ])

  // Whatever the record of progress says, a row is taken once.
  await store.db.deleteFrom('imports').execute()
  const third = await importFrom(path)
  expect(third.tables.map(({ taken, known }) => [taken, known])).toEqual([
    [0, 3],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
  ])
})

test('an import that is interrupted continues after its last batch', async () => {
  const { path } = createFile(
    'large.db',
    `CREATE TABLE market_data (timestamp INTEGER, price_usd REAL);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
     INSERT INTO market_data SELECT 1760000000 + i, 100 + i FROM n;`,
  )
  const stopped = new Error('stopped')
  await expect(
    importSqlite(store.db, {
      path,
      mapping: noMapping,
      retentionDays,
      onProgress: (_, done) => {
        if (done === 1_000) throw stopped
      },
    }),
  ).rejects.toBe(stopped)
  const { tables } = await importFrom(path)
  expect(tables).toMatchObject([{ taken: 1_500, known: 0, refused: 0 }])
})

test('a file with another schema is imported with a mapping', async () => {
  const { path } = createFile(
    'runs.db',
    `CREATE TABLE runs (run TEXT PRIMARY KEY, finished REAL, bot TEXT, ok TEXT, ms REAL) WITHOUT ROWID;
     INSERT INTO runs VALUES ('a', 1760000000.5, 'Bot #7', 'true', 12.5), ('b', 1760000001000, 'other bot', 'no', NULL);`,
  )
  await expect(importFrom(path)).rejects.toMatchObject({
    code: 'foreign-file',
    message: expect.stringContaining('its tables are runs'),
  })
  const columns = { timestamp: 'finished', agent_name: 'bot', success: 'ok', execution_time_ms: 'ms' }
  const mapping = importMappingSchema.parse({
    agents: { 'Bot #7': 'seven' },
    tables: { agent_executions: { table: 'runs', columns } },
  })
  const report = await importFrom(path, mapping)
  expect(report.tables).toMatchObject([{ key: 'run', taken: 2, refused: 0 }])
  expect(report.agents).toEqual([
    { agentId: 'other-bot', names: ['other bot'], isConnected: false },
    { agentId: 'seven', names: ['Bot #7'], isConnected: false },
  ])
  const rows = await store.db
    .selectFrom('agentExecutions')
    .where('agentName', 'in', ['seven', 'other-bot'])
    .orderBy('timestamp')
    .select(['agentName', 'timestamp', 'success', 'executionTimeMs'])
    .execute()
  expect(rows).toEqual([
    { agentName: 'seven', timestamp: new Date(1_760_000_000_500), success: true, executionTimeMs: 12.5 },
    { agentName: 'other-bot', timestamp: new Date(1_760_000_001_000), success: false, executionTimeMs: null },
  ])
  const wrong = importMappingSchema.parse({
    tables: { agent_executions: { table: 'runs', columns: { ...columns, success: 'okay' } } },
  })
  await expect(importFrom(path, wrong)).rejects.toMatchObject({ code: 'foreign-file' })
})

test('a mapping that is corrected takes what was refused, and nothing twice', async () => {
  const { path } = createFile(
    'corrected.db',
    `CREATE TABLE runs (id INTEGER PRIMARY KEY, began TEXT, ended TEXT, bot TEXT, note TEXT, ok INTEGER);
     INSERT INTO runs VALUES (1, '2026-01-01 10:00:00', '2026-01-01 10:00:01', 'corrected', 'true', 1),
       (2, '2026-01-01 11:00:00', '2026-01-01 11:00:01', 'corrected', 'fine', 1), (3, '2026-01-01 12:00:00', NULL, '???', 'true', 1);
     CREATE TABLE deals (timestamp TEXT, trade_type TEXT, amount_btc REAL, price_usd REAL, total_usd REAL, executed_by TEXT);
     INSERT INTO deals VALUES ('2026-01-01 10:00:00', 'BUY', 1, 1, 1, '???'), ('2026-01-01 10:00:00', 'BUY', 1, 1, 1, 'Ann');`,
  )
  const map = (agents: object, columns: object) =>
    importMappingSchema.parse({
      agents,
      tables: { agent_executions: { table: 'runs', columns: { agent_name: 'bot', ...columns } }, trades: { table: 'deals' } },
    })
  const taken = async (mapping: ImportMapping) => {
    const { tables } = await importFrom(path, mapping)
    return tables.map(({ taken, refused }) => [taken, refused])
  }
  const agents = { '???': 'corrected-too' }
  expect(await taken(map(agents, { timestamp: 'ended', success: 'note' }))).toEqual([
    [1, 2],
    [2, 0],
  ])
  expect(await taken(map(agents, { timestamp: 'began', success: 'ok' }))).toEqual([
    [2, 0],
    [0, 0],
  ])
  expect(await taken(map(agents, { timestamp: 'began', success: 'ok' }))).toEqual([
    [0, 0],
    [0, 0],
  ])
  const rows = await store.db
    .selectFrom('agentExecutions')
    .where('agentName', 'like', 'corrected%')
    .orderBy('timestamp')
    .select(['agentName', 'timestamp'])
    .execute()
  expect(rows.map(({ agentName, timestamp }) => [agentName, timestamp.toISOString().slice(11, 19)])).toEqual([
    ['corrected', '10:00:01'],
    ['corrected', '11:00:00'],
    ['corrected-too', '12:00:00'],
  ])
  const trades = await store.db
    .selectFrom('trades')
    .where('executedBy', 'in', ['corrected-too', 'Ann'])
    .select('executedBy')
    .execute()
  expect(trades).toHaveLength(2)
})

test('executions that would be removed within the hour are left out and counted, and are taken once data is kept for longer', async () => {
  const { path } = createFile(
    'old.db',
    `CREATE TABLE agent_executions (timestamp TEXT, agent_name TEXT, execution_type TEXT, success INTEGER);
     INSERT INTO agent_executions VALUES ('2024-01-01 00:00:00', 'veteran', 'x', 1), (datetime('now', '-1 day'), 'veteran', 'x', 1);`,
  )
  const keptFor = (days: number) => importSqlite(store.db, { path, mapping: noMapping, retentionDays: days })
  const report = await keptFor(90)
  expect(report.tables).toMatchObject([{ taken: 1, known: 0, expired: 1, refused: 0 }])
  expect(formatImport(report)).toMatch(/1 row left out.*90 days.*data_retention_days/)
  expect((await keptFor(90)).tables).toMatchObject([{ taken: 0, known: 1, expired: 1 }])
  expect((await keptFor(36_500)).tables).toMatchObject([{ taken: 1, known: 1, expired: 0 }])
  expect((await keptFor(90)).tables).toMatchObject([{ taken: 0, known: 0, expired: 0 }])
})

test('texts with NUL, JSON that is nested too deeply and huge numbers refuse their row alone', async () => {
  const { path, file } = createFile('odd.db', schema)
  const insert = file.prepare(
    'INSERT INTO agent_executions (agent_name, execution_type, output_data, execution_time_ms) VALUES (?, ?, ?, ?)',
  )
  insert.run('odd', 'a\0b', '{"a":"\\u0000"}', 1)
  insert.run('odd', 'deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 1)
  insert.run('odd', 'huge', null, 9_007_199_254_740_993n)
  insert.run('odd', 'fine', '{"confidence":2}', 7)
  const { tables } = await importFrom(path)
  expect(tables[0]).toMatchObject({ taken: 1, refused: 3 })
})

test('a file that is locked, damaged, no database or missing is answered with the remedy', async () => {
  const { path, file } = createFile('busy.db', schema)
  file.exec('BEGIN EXCLUSIVE')
  await expect(importSqlite(store.db, { path, mapping: noMapping, retentionDays, busyMs: 50 })).rejects.toMatchObject({
    code: 'locked-file',
    retryable: true,
  })
  file.exec('COMMIT')
  expect((await importFrom(path)).tables).toHaveLength(6)
  const text = join(temporaryFolder(), 'text.db')
  writeFileSync(text, 'this is no database '.repeat(1_000))
  await expect(importFrom(text)).rejects.toMatchObject({
    code: 'unreadable-file',
    message: expect.stringContaining('not a SQLite database'),
  })
  await expect(importFrom(join(temporaryFolder(), 'missing.db'))).rejects.toMatchObject({ code: 'unreadable-file' })
  const { path: damaged } = createFile('damaged.db', `${schema} ${'INSERT INTO market_data (price_usd) VALUES (1);'.repeat(300)}`)
  const bytes = readFileSync(damaged)
  bytes.fill(0xff, 4_096)
  writeFileSync(damaged, bytes)
  await expect(importFrom(damaged)).rejects.toMatchObject({
    code: 'unreadable-file',
    message: expect.stringContaining('damaged'),
  })
})

test('a file is read while its owner writes to it', async () => {
  const { path, file } = createFile('live.db', `PRAGMA journal_mode = WAL; ${schema}`)
  file.exec('BEGIN IMMEDIATE; INSERT INTO market_data (price_usd) VALUES (1)')
  expect((await importFrom(path)).tables.at(-1)).toMatchObject({ table: 'market_data', taken: 0 })
  file.exec('COMMIT')
  expect((await importFrom(path)).tables.at(-1)).toMatchObject({ table: 'market_data', taken: 1 })
})

test('a repeated import adds the results that trades have got since', async () => {
  const { path, file } = createFile(
    'results.db',
    `CREATE TABLE trades (timestamp DATETIME, trade_type TEXT, amount_btc REAL, price_usd REAL, total_usd REAL, executed_by TEXT,
      actual_profit_usd REAL);
    INSERT INTO trades VALUES (CURRENT_TIMESTAMP, 'SELL', 1, 1, 1, 'results', NULL), (CURRENT_TIMESTAMP, 'SELL', 1, 1, 1, 'results', NULL);`,
  )
  const takes = async () => (await importFrom(path)).tables.map(({ taken, known, refused }) => ({ taken, known, refused }))
  expect(await takes()).toEqual([{ taken: 2, known: 0, refused: 0 }])
  file.exec('UPDATE trades SET actual_profit_usd = -3.5 WHERE rowid = 2')
  expect(await takes()).toEqual([{ taken: 0, known: 0, refused: 0 }])
  file.close()
  const rows = await store.db.selectFrom('trades').where('executedBy', '=', 'results').select('actualProfitUsd').execute()
  expect(rows.map(({ actualProfitUsd }) => actualProfitUsd).sort()).toEqual([-3.5, null])
})
