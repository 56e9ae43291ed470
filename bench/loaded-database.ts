import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { startPostgres } from '../src/servers/postgres.ts'
import { registerInstance } from '../src/store/agents.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { migrate } from '../src/store/migrate.ts'
import { ensurePartitions } from '../src/store/partitions.ts'

const days = 5
const executionsPerDay = 200_000

export interface BenchDatabase {
  db: Database
  stop(): Promise<void>
}

/** A PostgreSQL of its own with 1 million executions of three agents over five days, and all they report besides. */
export async function startLoadedDatabase(): Promise<BenchDatabase> {
  const database = await startBenchDatabase()
  const { db, stop } = database
  try {
    await ensurePartitions(db, new Date(Date.now() - (days - 1) * 86_400_000), days + 2)
    await fill(db)
  } catch (error) {
    await stop()
    throw error
  }
  return database
}

/** A PostgreSQL of its own, migrated. */
export async function startBenchDatabase(): Promise<BenchDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-bench-'))
  const postgres = await startPostgres(dataDir, 0, console.error)
  // Filling it may take longer than a statement of the optimizer may.
  const db = openDatabase(postgres.url, { isLimited: false })
  const stop = async () => {
    await db.destroy()
    await postgres.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    await migrate(db)
  } catch (error) {
    await stop()
    throw error
  }
  return { db, stop }
}

async function fill(db: Database): Promise<void> {
  for (const agentId of ['market-hunter', 'market-analyzer', 'strategic-orchestrator']) {
    for (const instanceId of ['1', '2', '3']) {
      await registerInstance(db, {
        agentId,
        instanceId,
        kind: agentId,
        transport: 'nats',
        knobs: [],
        metrics: [],
        sentAt: Date.now(),
      })
    }
  }
  const agent = sql`(array['market-hunter', 'market-analyzer', 'strategic-orchestrator'])[1 + n % 3]`
  const instance = sql`(1 + n / 3 % 3)::text`
  for (let day = 0; day < days; day++) {
    await sql`
      insert into agent_executions
        (timestamp, agent_name, execution_type, output_data, success, execution_time_ms, error_message, instance_id, configuration_version)
      select now() - ${day} * interval '1 day' - n * interval '0.43 seconds', ${agent}, 'decision_cycle',
        jsonb_build_object('confidence', 0.5 + random() / 2, 'signalsGenerated', n % 7),
        n % 5 > 0, 100 + random() * 2000, case when n % 5 = 0 then 'timeout' end, ${instance}, 1
      from generate_series(1, ${executionsPerDay}::int) n`.execute(db)
  }
  await sql`
    insert into agent_decisions (timestamp, agent, type, reasoning, outcome, agent_state, feedback)
    select now() - n * interval '1 second', ${agent}, 'decision',
      jsonb_build_object('confidence', random(), 'alternatives', jsonb_build_array('wait', 'sell')), jsonb_build_object('success', n % 4 > 0),
      jsonb_build_object('autonomyLevel', 0.85, 'performanceScore', random()), jsonb_build_object('learningAdjustments', jsonb_build_array(n))
    from generate_series(1, 100000) n`.execute(db)
  await sql`
    insert into agent_messages (timestamp, from_agent, to_agent, type, latency_ms, delivered, agreed, instance_id, configuration_version)
    select now() - n * interval '0.5 seconds', ${agent}, 'agent-' || n % 4, 'signal', random() * 50, n % 20 > 0, n % 2 = 0, ${instance}, 1
    from generate_series(1, 200000) n`.execute(db)
  await sql`
    insert into agent_state (timestamp, agent_id, instance_id, reputation, autonomy, goal_overall, is_running, cycle_count)
    select now() - n * interval '1 second', ${agent}, ${instance}, random(), random(), random(), true, n from generate_series(1, 50000) n
  `.execute(db)
  await sql`
    insert into agent_self_reports (timestamp, agent_id, instance_id, cache_hit_rate, api_calls_used, signals_generated)
    select now() - n * interval '1 second', ${agent}, ${instance}, random(), n, n / 2 from generate_series(1, 50000) n`.execute(
    db,
  )
  await sql`
    insert into portfolio_history (timestamp, btc_balance, usd_balance, btc_price_usd, total_value_usd)
    select now() - n * interval '1 minute', 0.1, 5000, 50000, 10000 + random() * 500 from generate_series(1, 10000) n`.execute(db)
  await sql`
    insert into trades (timestamp, trade_type, amount_btc, price_usd, total_usd, predicted_profit_usd, actual_profit_usd)
    select now() - n * interval '5 minutes', 'BUY', 0.01, 50000, 500, random() - 0.5, random() - 0.5 from generate_series(1, 5000) n
  `.execute(db)
  await sql`
    insert into market_data (timestamp, price_usd) select now() - n * interval '1 minute', 50000 + random() * 500
    from generate_series(1, 10000) n`.execute(db)
  await sql`vacuum analyze`.execute(db)
}
