import { type Selectable, sql } from 'kysely'
import { maxDurationMs } from '../model/quantity.ts'
import type { SelfReportReading, StateReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import { isLive } from './instance-liveness.ts'
import type { AgentStates } from './schema/observations.ts'
import { hasUsableTime, selectUsableMetrics, toEpochMs, toUsableRatio } from './usable.ts'

/** Any part of a state may be missing from a report; this many of the newest reports are likely to contain each part. */
const reportsPerAgent = 50

const ratios = ['reputation', 'autonomy', 'goal_primary', 'goal_secondary', 'goal_tactical', 'goal_overall']
const usableParts = [
  ...ratios.map((ratio) => sql`${sql.ref(ratio)} between 0 and 1`),
  sql`is_running is not null`,
  sql`isfinite(last_execution_at)`,
  sql`cycle_count is not null`,
]
/** Whether a report has the newest value of a part, or is the newest: no others are needed, however many there are. */
const hasNewest = sql<boolean>`row_number() over newest_first = 1 or ${sql.join(
  usableParts.map((isUsable) => sql`${isUsable} and count(*) filter (where ${isUsable}) over newest_first = 1`),
  sql` or `,
)}`

/** The reports with the newest parts of a state of `agent`, by the strategic orchestrator (`null`) or by instances (`not null`). */
const newestReports = (by: 'null' | 'not null') => sql`
  select * from (
    select *, ${hasNewest} as has_newest from (
      select * from agent_state
      where agent_id = agent.agent_id and instance_id is ${sql.raw(by)} and ${hasUsableTime}
      order by timestamp desc limit ${sql.lit(reportsPerAgent)}
    ) newest
    window newest_first as (order by timestamp desc rows unbounded preceding)
  ) report where has_newest`

/** Records the autonomy that the strategic orchestrator gave an agent; it takes precedence over the agent's own report (C3). */
export async function recordAutonomy(db: Database, agentId: string, autonomy: number): Promise<void> {
  await db.insertInto('agentState').values({ agentId, autonomy }).execute()
}

/** The latest states reported by the agents (or those named) and by the orchestrator, each agent's newest first (C3). */
export async function listLatestStates(db: Database, agentIds?: string[]): Promise<StateReading[]> {
  const chosen = agentIds === undefined ? sql`` : sql`where agent.agent_id = any(${agentIds}::text[])`
  const { rows } = await sql<
    Omit<Selectable<AgentStates>, 'timestamp' | 'lastExecutionAt'> & { at: number; lastExecutionAt: number | null }
  >`
    select state.agent_id, state.instance_id, ${toEpochMs('timestamp')} as at, reputation, autonomy, goal_primary, goal_secondary, goal_tactical, goal_overall,
      is_running, case when isfinite(last_execution_at) then ${toEpochMs('last_execution_at')} end as last_execution_at, cycle_count
    from agents agent
    cross join lateral (${newestReports('null')} union all ${newestReports('not null')}) state
    ${chosen}
    order by timestamp desc`.execute(db)
  return rows.map(({ instanceId, ...row }) => ({
    ...row,
    by: instanceId === null ? 'orchestrator' : 'agent',
    reputation: toUsableRatio(row.reputation),
    autonomy: toUsableRatio(row.autonomy),
    goalPrimary: toUsableRatio(row.goalPrimary),
    goalSecondary: toUsableRatio(row.goalSecondary),
    goalTactical: toUsableRatio(row.goalTactical),
    goalOverall: toUsableRatio(row.goalOverall),
  }))
}

/** The times of operations that can be calculated with; null if there are none. */
function usableTimes(times: unknown): Record<string, number> | null {
  if (typeof times !== 'object' || times === null) return null
  const usable = Object.entries(times).filter(([, ms]) => typeof ms === 'number' && ms >= 0 && ms <= maxDurationMs)
  return usable.length > 0 ? Object.fromEntries(usable) : null
}

const selfReportFigures = [
  'decision_count',
  'sources_queried',
  'signals_generated',
  'avg_confidence',
  'success_rate',
  'avg_response_time',
  'api_calls_used',
  'cache_hit_rate',
  'operation_times',
]
/** Newest reports of an instance in which figures are looked for that the newest lacks. */
const reportsPerInstance = 5
/** Reports that are looked at of an agent: several instances may report at different rates, and those that are not known are not counted. */
const selfReportLimit = sql`case when instances.live = 1 then 3 * ${sql.lit(reportsPerInstance)}
  else ${sql.lit(reportsPerAgent)} + 2 * ${sql.lit(reportsPerInstance)} * coalesce(instances.live, 0) end`

/**
 * The self-reports of every instance of an agent (C6): the newest value of each figure, from its newest reports within `maxAgeMs`. An instance
 * that is known not to be live counts no longer: those that replaced it report themselves.
 * @param now milliseconds since the epoch
 */
export async function listLatestSelfReports(
  db: Database,
  { now, maxAgeMs, agentIds }: { now: number; maxAgeMs: number; agentIds?: string[] | undefined },
): Promise<SelfReportReading[]> {
  const from = new Date(now - maxAgeMs)
  const newest = (figure: string) =>
    sql`(array_agg(${sql.ref(figure)} order by timestamp desc) filter (where ${sql.ref(figure)} is not null))[1] as ${sql.ref(figure)}`
  const chosen = agentIds === undefined ? sql`` : sql`where agent.agent_id = any(${agentIds}::text[])`
  const { rows } = await sql<{ agentId: string; at: number } & Record<string, unknown>>`
    select agent.agent_id, report.*
    from agents agent
    left join (
      select agent_id, count(*) filter (where ${isLive(now)}) as live,
        array_agg(instance_id) filter (where not ${isLive(now)} and heartbeat_at > ${from}) as dead
      from agent_instances ${agentIds === undefined ? sql`` : sql`where agent_id = any(${agentIds}::text[])`} group by agent_id
    ) instances on instances.agent_id = agent.agent_id
    cross join lateral (
      select ${toEpochMs('max(timestamp)')} as at, ${sql.join(selfReportFigures.map(newest))},
        (array_agg(metrics order by timestamp) filter (where metrics is not null)) as metrics
      from (
        select *, row_number() over (partition by instance_id order by timestamp desc) as place
        from (
          select * from agent_self_reports
          where agent_id = agent.agent_id and ${hasUsableTime} and timestamp > ${from}
            and (instance_id is null or instances.dead is null or instance_id <> all(instances.dead))
          order by timestamp desc limit ${selfReportLimit}
        ) newest
      ) report
      where place <= ${sql.lit(reportsPerInstance)}
      group by instance_id
    ) report
    ${chosen}`.execute(db)
  return rows.map(({ at, agentId, operationTimes, metrics, ...figures }) => ({
    ...(figures as Omit<SelfReportReading, 'agentId' | 'at' | 'operationTimes' | 'metrics'>),
    agentId,
    at,
    operationTimes: usableTimes(operationTimes),
    // The oldest comes first.
    metrics: selectUsableMetrics(metrics && Object.assign({}, ...(metrics as object[]))),
  }))
}
