/** The records of a fleet that has run for a while, without the cycles and trials that would have led to it. */
import { sql } from 'kysely'
import { collectSnapshot } from '../src/sources/collect.ts'
import { recordAgentMetrics } from '../src/store/agent-metrics.ts'
import type { Database } from '../src/store/database.ts'
import { ensurePartitions } from '../src/store/partitions.ts'
import { insertSnapshot } from '../src/store/snapshots.ts'
import { strategyFor } from '../test/support/store.ts'
import { planned, recordedTrial, resultOf } from '../test/support/trial-facts.ts'

const dayMs = 86_400_000
const cyclesPerDay = 144
const bottlenecksPerCycle = 20
const trialsPerCycle = 2

/** Lets every instance be live for as long as a heartbeat counts. */
export async function hearInstances(db: Database): Promise<void> {
  await db.updateTable('agentInstances').set({ heartbeatAt: new Date() }).execute()
}

/** A snapshot of now, and the metrics of each agent every five minutes of the last hour. */
export async function recordHour(db: Database): Promise<void> {
  await hearInstances(db)
  const goal = { start: 10_000, target: 10_500 }
  const snapshot = { id: 'past', ...(await collectSnapshot({ db, now: Date.now(), goal, timeoutMs: 60_000 })) }
  await insertSnapshot(db, snapshot, null)
  for (let minutes = 55; minutes >= 0; minutes -= 5) {
    const takenAt = Date.now() - minutes * 60_000
    await recordAgentMetrics(db, { ...snapshot, takenAt })
  }
  await sql`vacuum analyze`.execute(db)
}

/**
 * The past of a fleet that was filled by `fillLargeFleet` and `recordHour`: an execution of each agent a day, cycles with their bottlenecks
 * and trials, every other one of them kept, and the metrics of each agent of 12 hours.
 */
export async function recordDays(db: Database, { agents, days }: { agents: number; days: number }): Promise<void> {
  await ensurePartitions(db, new Date(Date.now() - days * dayMs), days + 1)
  const strategy = strategyFor('agent-00000', 'opt_0_bench')
  const result = resultOf(planned({ strategy }))
  const { judgement, metrics } = recordedTrial()
  const cycles = days * cyclesPerDay
  const at = sql`now() - n * interval '10 minutes'`
  const agent = sql`'agent-' || lpad(((n * 7 + k * 13) % ${sql.lit(agents)})::text, 5, '0')`
  const trial = sql`'opt_' || n || '_' || k`
  const isKept = sql`(n + k) % 2 = 0`
  const each = (count: number) => sql`generate_series(1, ${sql.lit(cycles)}) n cross join generate_series(1, ${sql.lit(count)}) k`
  await db.transaction().execute(async (trx) => {
    // Without the events that each row would leave.
    await sql`set local session_replication_role = replica`.execute(trx)
    await sql`
      insert into agent_executions (timestamp, agent_name, execution_type, success, execution_time_ms, instance_id, configuration_version)
      select now() - n * interval '1 day', agent_id, 'decision_cycle', true, 500, '1', 1
      from generate_series(1, ${sql.lit(days - 1)}) n cross join agents`.execute(trx)
    await sql`
      insert into agent_metrics (agent_id, at, response_time, success_rate, coordination_score, others)
      select agent_id, at - n * interval '1 hour', response_time * (1 + random() / 5), success_rate, coordination_score, others
      from agent_metrics cross join generate_series(1, 11) n`.execute(trx)
    await sql`
      insert into cycles (id, run_id, state, started_at, ended_at, phases)
      select 'cycle-' || n, 'run', 'completed', ${at}, ${at} + interval '5 minutes', '{"collectMs": 200, "detectMs": 50}'
      from generate_series(1, ${sql.lit(cycles)}) n`.execute(trx)
    await sql`
      insert into bottlenecks (cycle_id, type, severity, affected_component, description, impact, suggested_fix, detected_at)
      select 'cycle-' || n, 'agent_response_time', (array['low', 'medium', 'high', 'critical'])[1 + (n + k) % 4], ${agent},
        'its response time is 2800 ms (threshold: 2000 ms)', 40, 'Cache more', ${at}
      from ${each(bottlenecksPerCycle)}`.execute(trx)
    await sql`
      insert into strategies (id, cycle_id, agent_id, type, priority, position, content, created_at)
      select ${trial}, 'cycle-' || n, ${agent}, 'agent_response_time', 'high', k,
        ${JSON.stringify(strategy)}::jsonb || jsonb_build_object('id', ${trial}, 'agentId', ${agent}), ${at}
      from ${each(trialsPerCycle)}`.execute(trx)
    await sql`
      insert into trials (id, agent_id, workflow_id, design, state, baseline_version, candidate_version, candidate_instances,
        control_instances, started_at, observing_at, ended_at, judgement, metrics)
      select ${trial}, ${agent}, 'cycle-' || n, 'concurrent', case when ${isKept} then 'kept' else 'restored' end, 1, 2, '{1}', '{}',
        ${at}, ${at}, ${at} + interval '5 minutes', ${JSON.stringify(judgement)}::jsonb, ${JSON.stringify(metrics)}::jsonb
      from ${each(trialsPerCycle)}`.execute(trx)
    await sql`
      insert into optimization_results (strategy_id, cycle_id, agent_id, type, verdict, success, actual_improvement, content, timestamp)
      select ${trial}, 'cycle-' || n, ${agent}, 'agent_response_time', case when ${isKept} then 'keep' else 'undecided' end, ${isKept}, 23.4,
        ${JSON.stringify(result)}::jsonb || jsonb_build_object('success', ${isKept}, 'verdict', case when ${isKept} then 'keep' else 'undecided' end,
          'timestamp', ${at}, 'strategy', ${JSON.stringify(strategy)}::jsonb || jsonb_build_object('id', ${trial}, 'agentId', ${agent})),
        ${at}
      from ${each(trialsPerCycle)}`.execute(trx)
  })
  await sql`vacuum analyze`.execute(db)
}
