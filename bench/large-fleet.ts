import { sql } from 'kysely'
import type { Database } from '../src/store/database.ts'
import { ensurePartitions } from '../src/store/partitions.ts'
import { registerInstances } from '../src/store/telemetry/registration.ts'
import { type BenchDatabase, startBenchDatabase } from './loaded-database.ts'

/** A PostgreSQL of its own with agents that all work, each with some records of every kind. */
export async function startLargeFleet(agents: number): Promise<BenchDatabase> {
  const { db, stop } = await startBenchDatabase()
  try {
    await fillLargeFleet(db, agents)
    return { db, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Adds such agents, each with one instance. */
export async function fillLargeFleet(db: Database, agents: number): Promise<void> {
  await ensurePartitions(db, new Date(Date.now() - 2 * 86_400_000), 4)
  const sources = Array.from({ length: agents }, (_, index) => ({
    agentId: `agent-${String(index).padStart(5, '0')}`,
    kind: `kind-${index % 20}`,
    instanceId: '1',
  }))
  const limits = { maxAgents: agents, maxInstances: agents }
  await registerInstances(db, sources, Date.now(), { configured: [], limits })
  const of = (perAgent: number) => sql`generate_series(1, ${sql.lit(perAgent)}) n cross join agents agent`
  await sql`
      insert into agent_executions (timestamp, agent_name, execution_type, output_data, success, execution_time_ms, error_message,
        instance_id, configuration_version)
      select now() - n * interval '9 seconds' - random() * interval '1 second', agent.agent_id, 'decision_cycle',
        jsonb_build_object('confidence', 0.5 + random() / 2), n % 5 > 0, 100 + random() * 2000,
        case when n % 5 = 0 then 'timeout' end, '1', 1
      from ${of(60)}`.execute(db)
  await sql`
      insert into agent_decisions (timestamp, agent, type, reasoning, outcome)
      select now() - n * interval '30 seconds', agent.agent_id, 'decision', jsonb_build_object('confidence', random()),
        jsonb_build_object('success', n % 4 > 0)
      from ${of(5)}`.execute(db)
  await sql`
      insert into agent_messages (timestamp, from_agent, to_agent, type, latency_ms, delivered, instance_id, configuration_version)
      select now() - n * interval '30 seconds', agent.agent_id, 'agent-00000', 'signal', random() * 50, n % 20 > 0, '1', 1
      from ${of(5)}`.execute(db)
  await sql`
      insert into agent_state (timestamp, agent_id, instance_id, reputation, autonomy, goal_overall, is_running, cycle_count)
      select now() - n * interval '1 minute', agent.agent_id, '1', random(), random(), random(), true, n from ${of(2)}`.execute(
    db,
  )
  await sql`
      insert into agent_self_reports (timestamp, agent_id, instance_id, cache_hit_rate, api_calls_used, signals_generated)
      select now() - n * interval '1 minute', agent.agent_id, '1', random(), n, n / 2 from ${of(2)}`.execute(db)
  await sql`vacuum analyze`.execute(db)
}
