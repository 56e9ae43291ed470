/** How much disk a fleet of 50 agents takes once a year has passed. */
import { sql } from 'kysely'
import { collectSnapshot } from '../src/sources/collect.ts'
import { recordAgentMetrics } from '../src/store/agent-metrics.ts'
import type { Database } from '../src/store/database.ts'
import { ensurePartitions } from '../src/store/partitions.ts'
import { insertSnapshot } from '../src/store/snapshots.ts'
import { recordSystemMetrics } from '../src/store/system-metrics.ts'
import { startLargeFleet } from './large-fleet.ts'
import type { Bench } from './timing.ts'

const hourMs = 3_600_000
const vacuumEveryMs = hourMs / 2
const agents = 50
const year = 365
const intervalSeconds = 15
/** A host and a worker, beside an instance of each agent. */
const components = agents + 2
const cyclesPerDay = (24 * 60) / 7.5
/** Each agent works twice a minute, and tells of its state and of itself once a minute. */
const [worksPerDay, statesPerDay] = [agents * 2 * 1_440, agents * 1_440]
const samplesPerDay = 20 * 800
/** Hours of readings, rounds of records, and cycles, by which a row is measured. */
const [readingHours, recordRounds, cycles] = [6, 20, 20]

interface Kept {
  table: string
  rowsPerDay: number
  /** Days after which it is removed, with the default `data_retention_days`. */
  keptDays: number
}

const kept: Kept[] = [
  { table: 'system_metrics', rowsPerDay: (components * 86_400) / intervalSeconds, keptDays: 90 },
  { table: 'system_metrics_minutes', rowsPerDay: components * 1_440, keptDays: 180 },
  { table: 'system_metrics_hours', rowsPerDay: components * 24, keptDays: 720 },
  { table: 'system_metrics_days', rowsPerDay: components, keptDays: year },
  { table: 'agent_executions', rowsPerDay: worksPerDay, keptDays: 90 },
  { table: 'agent_decisions', rowsPerDay: worksPerDay, keptDays: 90 },
  { table: 'agent_messages', rowsPerDay: worksPerDay, keptDays: 90 },
  { table: 'agent_state', rowsPerDay: statesPerDay, keptDays: 90 },
  { table: 'agent_self_reports', rowsPerDay: statesPerDay, keptDays: 90 },
  { table: 'trial_samples', rowsPerDay: samplesPerDay, keptDays: 90 },
  { table: 'agent_metrics', rowsPerDay: agents * cyclesPerDay, keptDays: 16 },
  { table: 'snapshots', rowsPerDay: cyclesPerDay, keptDays: 90 },
]

/** Prints the bytes of a row of each table, measured with its indexes, and what they come to after a year. */
export const size: Bench = {
  name: 'size',
  async run() {
    const { db, stop } = await startLargeFleet(agents)
    try {
      await fillRecords(db)
      await fillReadings(db)
      await fillCycles(db)
      await sql`analyze`.execute(db)
      let total = 0
      for (const { table, rowsPerDay, keptDays } of kept) {
        const bytesPerRow = await measureRow(db, table)
        const gb = (bytesPerRow * rowsPerDay * Math.min(keptDays, year)) / 1e9
        total += gb
        console.log(
          `${table.padEnd(24)} ${bytesPerRow.toFixed(0).padStart(7)} bytes a row, ${rowsPerDay.toLocaleString('en').padStart(9)} rows a day, kept ${String(keptDays).padStart(3)} days: ${gb.toFixed(2)} GB after a year`,
        )
      }
      console.log(`${agents} agents take ${total.toFixed(1)} GB after a year.`)
      return []
    } finally {
      await stop()
    }
  },
}

async function measureRow(db: Database, table: string): Promise<number> {
  const { rows } = await sql<{ bytes: number; count: number }>`
    select coalesce((select sum(pg_total_relation_size(relid)) from pg_partition_tree(${table}) where isleaf), pg_total_relation_size(${table}))::float8
        as bytes,
      (select count(*) from ${sql.table(table)})::float8 as count`.execute(db)
  const [{ bytes, count }] = rows as [{ bytes: number; count: number }]
  return bytes / count
}

/** More of what the agents of a large fleet report, as they report it. */
async function fillRecords(db: Database): Promise<void> {
  const of = (perAgent: number) => sql`generate_series(1, ${sql.lit(perAgent * recordRounds)}) n cross join agents agent`
  await sql`
    insert into agent_executions (timestamp, agent_name, execution_type, output_data, success, execution_time_ms, error_message,
      instance_id, configuration_version)
    select now() - n * interval '1 second', agent.agent_id, 'decision_cycle', jsonb_build_object('confidence', random(), 'signalsGenerated', n % 7),
      n % 5 > 0, 100 + random() * 2000, case when n % 5 = 0 then 'timeout' end, '1', 1
    from ${of(50)}`.execute(db)
  await sql`
    insert into agent_decisions (timestamp, agent, type, reasoning, outcome, agent_state, feedback)
    select now() - n * interval '1 second', agent.agent_id, 'decision',
      jsonb_build_object('confidence', random(), 'alternatives', jsonb_build_array('wait', 'sell')), jsonb_build_object('success', n % 4 > 0),
      jsonb_build_object('autonomyLevel', 0.85, 'performanceScore', random()), jsonb_build_object('learningAdjustments', jsonb_build_array(n))
    from ${of(50)}`.execute(db)
  await sql`
    insert into agent_messages (timestamp, from_agent, to_agent, type, latency_ms, delivered, agreed, instance_id, configuration_version)
    select now() - n * interval '1 second', agent.agent_id, 'agent-00000', 'signal', random() * 50, n % 20 > 0, n % 2 = 0, '1', 1
    from ${of(50)}`.execute(db)
  await sql`
    insert into agent_state (timestamp, agent_id, instance_id, reputation, autonomy, goal_overall, is_running, cycle_count)
    select now() - n * interval '1 second', agent.agent_id, '1', random(), random(), random(), true, n from ${of(50)}`.execute(db)
  await sql`
    insert into agent_self_reports (timestamp, agent_id, instance_id, cache_hit_rate, api_calls_used, signals_generated)
    select now() - n * interval '1 second', agent.agent_id, '1', random(), n, n / 2 from ${of(50)}`.execute(db)
  // Without the trials to which they belong.
  await db.transaction().execute(async (trx) => {
    await sql`set local session_replication_role = replica`.execute(trx)
    await sql`
      insert into trial_samples (trial_id, execution_id, arm, instance_id, timestamp, value, success)
      select 'opt_1728563421789_' || n / 800, gen_random_uuid(), 'control', 'agent-1', now(), 100 + random() * 2000, true
      from generate_series(1, 16000) n`.execute(trx)
  })
}

async function fillReadings(db: Database): Promise<void> {
  const from = Math.floor(Date.now() / hourMs - readingHours) * hourMs
  await ensurePartitions(db, new Date(from - 24 * hourMs), 3)
  for (let at = from; at < from + readingHours * hourMs; at += intervalSeconds * 1_000) {
    // Summaries are updated with each reading, and PostgreSQL removes the earlier versions by itself, which here has no time for that.
    if ((at - from) % vacuumEveryMs === 0) await sql`vacuum`.execute(db)
    await recordSystemMetrics(
      db,
      Array.from({ length: components }, (_, index) => ({
        component: `agent-${index}/agent-${index}-1`,
        at: new Date(at),
        cpuPercent: Math.random() * 100,
        memoryPercent: Math.random() * 100,
        others: { memoryMb: Math.random() * 500, eventLoopDelayMs: Math.random() * 20, ioBytesPerSecond: Math.random() * 1e6 },
      })),
    )
  }
}

async function fillCycles(db: Database): Promise<void> {
  await db
    .updateTable('agentInstances')
    .set({ heartbeatAt: new Date(Date.now() + hourMs) })
    .execute()
  for (let cycle = 0; cycle < cycles; cycle++) {
    const {
      unusable: _,
      failedQueries: __,
      ...collected
    } = await collectSnapshot({ db, now: Date.now(), goal: { start: 10_000, target: 10_500 } })
    const snapshot = { id: `cycle-${cycle}`, ...collected }
    await insertSnapshot(db, snapshot, null)
    await recordAgentMetrics(db, snapshot)
  }
}
