import { type Selectable, sql } from 'kysely'
import { longestMs } from '../model/quantity.ts'
import type { SelfReportReading, StateReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import type { AgentStates } from './schema/observations.ts'
import { hasUsableTime, usableMetrics, usableRatio } from './usable.ts'

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
  const { rows } = await sql<Selectable<AgentStates>>`
    select state.agent_id, state.instance_id, timestamp, reputation, autonomy, goal_primary, goal_secondary, goal_tactical, goal_overall,
      is_running, last_execution_at, cycle_count
    from agents agent
    cross join lateral (${newestReports('null')} union all ${newestReports('not null')}) state
    ${chosen}
    order by timestamp desc`.execute(db)
  return rows.map(({ instanceId, timestamp, lastExecutionAt, ...row }) => ({
    ...row,
    at: timestamp.getTime(),
    by: instanceId === null ? 'orchestrator' : 'agent',
    reputation: usableRatio(row.reputation),
    autonomy: usableRatio(row.autonomy),
    goalPrimary: usableRatio(row.goalPrimary),
    goalSecondary: usableRatio(row.goalSecondary),
    goalTactical: usableRatio(row.goalTactical),
    goalOverall: usableRatio(row.goalOverall),
    // PostgreSQL also has the date `infinity`, which is read as a number.
    lastExecutionAt: lastExecutionAt instanceof Date ? lastExecutionAt.getTime() : null,
  }))
}

/** The times of operations that can be calculated with; null if there are none. */
function usableTimes(times: unknown): Record<string, number> | null {
  if (typeof times !== 'object' || times === null) return null
  const usable = Object.entries(times).filter(([, ms]) => typeof ms === 'number' && ms >= 0 && ms <= longestMs)
  return usable.length > 0 ? Object.fromEntries(usable) : null
}

/** The newest self-report of every instance that is among its agent's newest reporters (C6). */
export async function listLatestSelfReports(db: Database, agentIds?: string[]): Promise<SelfReportReading[]> {
  const rows = await db
    .selectFrom('agents as agent')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom((eb) =>
            eb
              .selectFrom('agentSelfReports')
              .whereRef('agentSelfReports.agentId', '=', 'agent.agentId')
              .where(hasUsableTime)
              .orderBy('timestamp', 'desc')
              .limit(reportsPerAgent)
              .selectAll()
              .as('newest'),
          )
          .distinctOn('instanceId')
          .orderBy('instanceId')
          .orderBy('timestamp', 'desc')
          .selectAll()
          .as('report'),
      (join) => join.onTrue(),
    )
    .$if(agentIds !== undefined, (query) => query.where('agent.agentId', 'in', agentIds!))
    .selectAll('report')
    .execute()
  return rows.map(({ instanceId: _, timestamp, agentId, operationTimes, metrics, ...figures }) => ({
    agentId,
    at: timestamp.getTime(),
    ...figures,
    operationTimes: usableTimes(operationTimes),
    metrics: usableMetrics(metrics),
  }))
}
