import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { createRemoveExpiredActivity } from '../../../src/activities/remove-expired.ts'
import { configSchema } from '../../../src/config/config.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { removeGoneInstances } from '../../../src/store/gone-instances.ts'
import { migrate, migrateTo } from '../../../src/store/migrate.ts'
import { ensurePartitions, loadPartitions } from '../../../src/store/partitions.ts'
import { advanceRemovalClock } from '../../../src/store/removal-progress.ts'
import { recordRestoreEnd, recordRestoreStart } from '../../../src/store/restores.ts'
import { removeExpired } from '../../../src/store/retention.ts'
import { recordSystemMetrics } from '../../../src/store/system-metrics.ts'
import { createTestDatabase } from '../../support/database.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'

const dayMs = 86_400_000
const now = Date.parse('2030-06-15T12:00:00Z')
const daysAgo = (days: number) => new Date(now - days * dayMs)

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
  await ensurePartitions(store.db, daysAgo(30), 31)
})
afterAll(() => store.drop())

const remove = (retentionDays: number, watchMs = 0) =>
  removeExpired(store.db, { retentionDays, watchMs, deadline: Date.now() + 60_000, now })

const readComponents = async (table = 'system_metrics') => {
  const { rows } = await sql<{ component: string }>`select component from ${sql.table(table)} order by 1`.execute(store.db)
  return rows.map(({ component }) => component)
}

const recordDaysAgo = (...days: number[]) =>
  recordSystemMetrics(
    store.db,
    days.map((days) => ({ component: `${days} days`, at: daysAgo(days), cpuPercent: 50 })),
  )

test('a partition is dropped once all of it is older than data is kept, and rows elsewhere are deleted', async () => {
  await recordDaysAgo(1, 9, 11, 29, 200)
  const removal = await remove(10)
  expect(await readComponents()).toEqual(['1 days', '9 days'])
  expect(removal).toMatchObject({ isComplete: true })
  expect(removal.partitions).toContain('system_metrics_default')
  expect(removal.partitions).toContain('system_metrics_20300604')
  expect(removal.partitions).not.toContain('system_metrics_20300605')
  // Twice as long by the minute, eight times by the hour, and for ever by the day.
  expect(await readComponents('system_metrics_minutes')).toEqual(['1 days', '11 days', '9 days'])
  expect(await readComponents('system_metrics_hours')).toEqual(['1 days', '11 days', '29 days', '9 days'])
  expect(await readComponents('system_metrics_days')).toHaveLength(5)
})

test('the record of a restore stays while it runs, and goes although it was terminated without an end; its first end counts', async () => {
  const facts = { agentId: 'hunter', trialId: null, target: 'version 1', requestedBy: 'ada', reason: '' }
  for (const [runId, days] of [
    ['running', 11],
    ['terminated', 11],
    ['recent', 9],
  ] as const) {
    await recordRestoreStart(store.db, { workflowId: 'restore-hunter', runId, ...facts })
    await store.db
      .updateTable('restores')
      .set({ startedAt: daysAgo(days) })
      .where('runId', '=', runId)
      .execute()
  }
  onTestFinished(() =>
    store.db
      .deleteFrom('restores')
      .execute()
      .then(() => undefined),
  )
  await removeExpired(store.db, {
    retentionDays: 10,
    watchMs: 0,
    runningRestores: ['running'],
    deadline: Date.now() + 60_000,
    now,
  })
  await recordRestoreEnd(store.db, 'recent', { outcome: 'given-up', issues: [] })
  await recordRestoreEnd(store.db, 'recent', { outcome: 'done', issues: [] })
  expect(await store.db.selectFrom('restores').select(['runId', 'outcome']).orderBy('id').execute()).toEqual([
    { runId: 'running', outcome: null },
    { runId: 'recent', outcome: 'given-up' },
  ])
})

test('untimely rows among others are deleted one by one, and what is left over is removed the next time', async () => {
  await recordDaysAgo(300, 400, -300)
  expect(await removeExpired(store.db, { retentionDays: 10, watchMs: 0, deadline: Date.now() - 1, now })).toMatchObject({
    isComplete: false,
  })
  expect(await remove(10)).toMatchObject({ isComplete: true, partitions: [] })
  expect(await readComponents()).toEqual(['-300 days', '1 days', '9 days'])
})

test('a reading is recorded once, and its minute, hour and day know how often, how much, and between what', async () => {
  const at = new Date(now)
  const sample = { component: 'host', at, cpuPercent: 20, others: { eventLoopDelayMs: 3 } }
  await recordSystemMetrics(store.db, [sample])
  await recordSystemMetrics(store.db, [sample, { component: 'host', at: new Date(now + 15_000), cpuPercent: 40 }])
  for (const table of ['system_metrics_minutes', 'system_metrics_hours', 'system_metrics_days']) {
    const { rows } = await sql`select metrics from ${sql.table(table)} where component = 'host'`.execute(store.db)
    expect(rows).toEqual([{ metrics: { cpuPercent: [2, 60, 20, 40], eventLoopDelayMs: [1, 3, 3, 3] } }])
  }
})

test('a clock that jumps forward costs a day of history at once and one per hour, and is an alert until it is plausible', async () => {
  const own = await createTestStore()
  onTestFinished(() => own.drop())
  const hourMs = 3_600_000
  const present = Date.now()
  const jumpedAt = present - 100 * dayMs
  expect(await advanceRemovalClock(own.db, jumpedAt)).toBe(jumpedAt)
  expect(await advanceRemovalClock(own.db, jumpedAt + hourMs)).toBe(jumpedAt + hourMs)
  await ensurePartitions(own.db, new Date(jumpedAt), 1)
  await recordSystemMetrics(own.db, [{ component: 'host', at: new Date(jumpedAt), cpuPercent: 50 }])
  const config = configSchema.parse({ logLevel: 'silent' })
  const run = createRemoveExpiredActivity({
    db: own.db,
    config,
    temporal: { workflow: { list: () => [] } },
  } as unknown as Dependencies)
  await run()
  await run()
  const { rows } = await sql`select component from system_metrics`.execute(own.db)
  expect(rows).toEqual([{ component: 'host' }])
  expect(await listOpenAlerts(own.db)).toMatchObject([{ cause: 'doubtful-clock', message: expect.stringContaining('99 days') }])
  // The clock is corrected.
  expect(await advanceRemovalClock(own.db, jumpedAt + 2 * hourMs)).toBe(jumpedAt + 2 * hourMs)
  // Four days later, it has caught up if the time was right.
  for (let hour = 0; hour <= 101; hour++) await advanceRemovalClock(own.db, present - (101 - hour) * hourMs)
  expect(Date.now() - (await advanceRemovalClock(own.db, Date.now()))).toBeLessThan(2 * hourMs)
  // The worker's clock alone cannot be ahead.
  expect(await advanceRemovalClock(own.db, present + 50 * dayMs)).toBeLessThan(present + hourMs)
  await run()
  expect(await listOpenAlerts(own.db)).toEqual([])
})

describe('instances that are gone', () => {
  const today = Date.now()
  const register = async (agentId: string, instanceId: string, daysOfSilence: number, known: object = {}) => {
    await registerInstance(store.db, { ...announcement(agentId, instanceId), ...known }, today - daysOfSilence * dayMs)
  }
  const otlp = { transport: 'otlp', knobs: [] }
  const listInstances = async (agentId: string) => {
    const rows = await store.db.selectFrom('agentInstances').where('agentId', '=', agentId).select('instanceId').execute()
    return rows.map(({ instanceId }) => instanceId).sort()
  }

  test('are removed as old data is, but for those that tell the knobs of their agent', async () => {
    await register('running', '1', 0)
    await register('running', '2', 5)
    await register('running', '3', 20)
    await register('stopped', '1', 20)
    await register('stopped', '2', 30)
    expect(await removeGoneInstances(store.db, 10, Date.now() + 60_000)).toBe(2)
    expect(await listInstances('running')).toEqual(['1', '2'])
    expect(await listInstances('stopped')).toEqual(['1'])
  })

  test('take an agent without knobs with them that only sent OpenTelemetry data', async () => {
    await register('running', '1', 0)
    await register('passing', '1', 20, otlp)
    await register('watched', '1', 5, otlp)
    expect(await removeGoneInstances(store.db, 10, Date.now() + 60_000)).toBe(1)
    const agents = await store.db.selectFrom('agents').where('forgottenBy', '=', 'retention').select('agentId').execute()
    expect(agents).toEqual([{ agentId: 'passing' }])
    expect(await listInstances('watched')).toEqual(['1'])
  })

  test('stay while nobody was heard', async () => {
    await store.db.deleteFrom('agentInstances').execute()
    await register('before', '1', 20, otlp)
    expect(await removeGoneInstances(store.db, 10, Date.now() + 60_000)).toBe(0)
  })
})

test('nothing is removed that a running trial may need, or the watch over a kept change', async () => {
  await recordDaysAgo(25)
  await sql`
    with strategy as (
      insert into strategies (id, agent_id, type, priority, content) values ('s', 'hunter', 'x', 'high', '{}') returning id
    )
    insert into trials (id, agent_id, workflow_id, design, state, baseline_version, candidate_version, candidate_instances,
      control_instances, started_at)
    select id, 'hunter', 'w', 'concurrent', 'observing', 1, 2, '{}', '{}', ${daysAgo(20)} from strategy`.execute(store.db)
  await remove(10)
  expect(await readComponents()).toContain('25 days')
  await store.db
    .updateTable('trials')
    .set({ endedAt: new Date(now), state: 'kept' })
    .execute()
  await remove(10, 60_000)
  expect(await readComponents()).toContain('25 days')
  await remove(10)
  expect(await readComponents()).not.toContain('25 days')
})

test('a long query delays the removal, and the removal delays nobody', async () => {
  const { db } = store
  const day = daysAgo(40)
  await ensurePartitions(db, day, 1)
  await recordDaysAgo(40)
  let removing: Promise<unknown> = Promise.resolve()
  await db.transaction().execute(async (trx) => {
    await sql`select count(*) from system_metrics`.execute(trx)
    removing = remove(10)
    const waits: number[] = []
    for (let index = 0; index < 20; index++) {
      const from = performance.now()
      await recordSystemMetrics(db, [{ component: 'ingest', at: new Date(now + index), cpuPercent: 1 }])
      waits.push(performance.now() - from)
    }
    waits.sort((a, b) => a - b)
    expect(waits[10]).toBeLessThan(500)
    expect(await readComponents()).toContain('40 days')
  })
  await removing
  expect(await readComponents()).not.toContain('40 days')
})

test('every partitioned table has its partitions', async () => {
  for (const [, partitions] of await loadPartitions(store.db)) expect(partitions.length).toBeGreaterThan(1)
})

test('a database of the version before keeps its rows, which expire like others', async () => {
  const earlier = await createTestDatabase()
  const old = openDatabase(earlier.url)
  const ages = async (table: string) => {
    const { rows } = await sql<{ days: number }>`
      select round(extract(epoch from now() - timestamp) / 86400)::int as days from ${sql.table(table)} order by 1`.execute(old)
    return rows.map(({ days }) => days)
  }
  const profiles = async () => {
    const rows = await old.selectFrom('agentProfiles').orderBy('snapshotId').orderBy('agentId').selectAll().execute()
    return rows.map(({ snapshotId, agentId }) => `${snapshotId} ${agentId}`)
  }
  try {
    await migrateTo(old, '0023_scored_at')
    await sql
      .raw(`
        insert into agent_messages (timestamp, from_agent, to_agent, type, delivered)
          select now() - n * interval '1 day', 'hunter', 'idle', 'signal', true from unnest('{400, 5, 0, -20}'::int[]) n;
        insert into system_metrics (timestamp, component, cpu_percent)
          select now() - n * interval '1 day', 'host', 1 from unnest('{400, 5}'::int[]) n;
        insert into agent_state (timestamp, agent_id, autonomy) values (now(), 'hunter', 0.9);
        insert into strategies (id, cycle_id, agent_id, type, priority, content) values ('s', 'cycle-1', 'hunter', 'x', 'high', '{}');
        insert into snapshots (id, cycle_id, taken_at, content)
          select 'snapshot-' || n, 'cycle-' || n, now() - interval '100 days' + n * interval '30 days',
            '{"agents": [{"agentId": "hunter"}, {"agentId": "idle"}]}' from generate_series(1, 3) n`)
      .execute(old)
    await migrate(old)
    expect(await profiles()).toEqual(['snapshot-1 hunter', 'snapshot-3 hunter', 'snapshot-3 idle'])
    await ensurePartitions(old, new Date(), 9)
    await recordSystemMetrics(old, [{ component: 'host', at: new Date(), cpuPercent: 1 }])
    expect(await ages('agent_messages')).toEqual([-20, 0, 5, 400])
    expect(await ages('system_metrics')).toEqual([0, 5, 400])
    await sql`update snapshots set taken_at = now() - interval '91 days' where id = 'snapshot-1'`.execute(old)
    expect(await removeExpired(old, { retentionDays: 90, watchMs: 0, deadline: Date.now() + 60_000 })).toMatchObject({
      rows: 4,
      isComplete: true,
    })
    expect(await profiles()).toEqual(['snapshot-3 hunter', 'snapshot-3 idle'])
    expect(await ages('agent_messages')).toEqual([-20, 0, 5])
    expect(await ages('system_metrics')).toEqual([0, 5])
    expect(await ages('agent_state')).toEqual([0])
  } finally {
    await old.destroy()
    await earlier.drop()
  }
})
