/** What the executions of agents report lately, beyond the newest 50: enough for quantiles, and late or rare metrics. */
import { sql } from 'kysely'
import type { InstanceExecution, RecentReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import { listNewestExecutionsByAgent } from './executions.ts'
import { hasUsableTime, isAfterItsForgetting, isUsableValue, usableMs } from './usable.ts'

/** Older executions say nothing about a metric now, unless they are among the newest 50; older scores do not either. */
const isRecent = sql<boolean>`timestamp > now() - interval '1 hour'`
const isScoredRecently = sql<boolean>`scored_at > now() - interval '1 hour'`
/** A metric is the mean of the newest executions that report it. */
const mostValues = 50
/** Executions among which those that report a metric are looked for, and half as many with late scores. */
const mostSearched = 200
const mostScored = 100
/** Executions that the quantiles are computed from: the newest of 10 minutes. */
const mostDurations = 300

/** What the recent executions of every agent (or those named) report, in one query. */
export async function readRecentExecutions(db: Database, agentIds?: string[]): Promise<RecentReading[]> {
  const chosen = agentIds === undefined ? sql`` : sql`where agent.agent_id = any(${agentIds}::text[])`
  const { rows } = await sql<{
    agentId: string
    durationsMs: number[] | null
    reported: Record<string, number[]> | null
    reportedAt: Record<string, number> | null
  }>`
    select agent.agent_id, duration.durations_ms, metric.reported, metric.reported_at
    from agents agent
    cross join lateral (
      select json_agg(ms) filter (where ms is not null) as durations_ms from (
        select ${usableMs('executionTimeMs')} as ms from agent_executions
        where agent_name = agent.agent_id and ${hasUsableTime} and ${isAfterItsForgetting} and timestamp > now() - interval '10 minutes'
        order by timestamp desc limit ${sql.lit(mostDurations)}
      ) newest
    ) duration
    cross join lateral (
      select json_object_agg(name, "values") as reported, json_object_agg(name, at) as reported_at from (
        select name, json_agg(value) as "values", extract(epoch from max(at))::float8 * 1000 as at from (
          select each.key collate "C" as name, each.value, at,
            row_number() over (partition by each.key collate "C" order by timestamp desc) as rank
          from (
            select timestamp, timestamp as at, metrics from (
              select timestamp, metrics, scored_at, row_number() over (order by timestamp desc) as rank from agent_executions
              where agent_name = agent.agent_id and ${hasUsableTime} and ${isAfterItsForgetting}
              order by timestamp desc limit ${sql.lit(mostSearched)}
            ) newest where (rank <= ${sql.lit(mostValues)} or ${isRecent}) and ${isScoredRecently} is not true
            union all
            select timestamp, scored_at as at, metrics from (
              select timestamp, metrics, scored_at from agent_executions
              where agent_name = agent.agent_id and ${hasUsableTime} and ${isAfterItsForgetting} and scored_at is not null
              order by timestamp desc limit ${sql.lit(mostScored)}
            ) scored where ${isScoredRecently}
          ) execution
          cross join lateral jsonb_each(case when jsonb_typeof(metrics) = 'object' then metrics end) each
          where jsonb_typeof(each.value) = 'number'
        ) ranked where rank <= ${sql.lit(mostValues)} group by name
      ) by_name
    ) metric
    ${chosen}`.execute(db)
  return rows.map(({ agentId, durationsMs, reported, reportedAt }) => ({
    agentId,
    durationsMs: durationsMs ?? [],
    reportedAt: reportedAt ?? {},
    reported: Object.fromEntries(
      Object.entries(reported ?? {}).flatMap(([name, values]) => {
        const usable = values.filter((value) => isUsableValue(name, value))
        return usable.length > 0 ? [[name, usable]] : []
      }),
    ),
  }))
}

/** The newest executions whose score came after their report, within the last hour, of every agent (or those named), in one query. */
export function listScoredExecutionsByAgent(
  db: Database,
  agentIds: string[] | undefined,
  limit: number,
): Promise<InstanceExecution[]> {
  return listNewestExecutionsByAgent(db, agentIds, limit, isScoredRecently)
}

/**
 * How long scores of an agent usually take after their execution: nine of ten of the newest come sooner; 0 without any.
 * @param since only scores that came later count; by default those of the last hour
 */
export async function getScoreDelayMs(db: Database, agentId: string, since?: Date): Promise<number> {
  const counts = since ? sql<boolean>`scored_at > ${since}` : isScoredRecently
  const { rows } = await sql<{ delayMs: number | null }>`
    select percentile_disc(0.9) within group (order by extract(epoch from scored_at - timestamp) * 1000)::float8 as delay_ms from (
      select timestamp, scored_at from agent_executions
      where agent_name = ${agentId} and ${hasUsableTime} and scored_at is not null
      order by timestamp desc limit 100
    ) scored where ${counts}`.execute(db)
  return Math.max(0, rows[0]?.delayMs ?? 0)
}
