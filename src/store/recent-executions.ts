/** What the executions of agents report: the newest 50, and lately beyond these, enough for quantiles, and late or rare metrics. */
import { type RawBuilder, sql } from 'kysely'
import type { RatioMetric } from '../model/metric.ts'
import type { ExecutionSeries, InstanceExecution, RecentReading } from '../model/readings.ts'
import { decodeFloats } from './binary-arrays.ts'
import type { Database } from './database.ts'
import { listNewestExecutionsByAgent } from './executions.ts'
import { hasUsableTime, isAfterItsForgetting, isUsableValue, usableMs } from './usable.ts'

/** Older executions say nothing about a metric now, unless they are among the newest 50; older scores do not either. */
const isRecent = sql<boolean>`timestamp > now() - interval '1 hour'`
const isScoredRecently = sql<boolean>`scored_at > now() - interval '1 hour'`
/** The newest executions that figures are computed from; a metric is the mean of as many that report it. */
const mostNewest = 50
/** Executions that report metrics among which each metric is looked for, and half as many with late scores. */
const mostSearched = 200
const mostScored = 100
/** Executions that the quantiles are computed from: the newest of 10 minutes. */
const mostDurations = 300
/** The newest executions of an agent that works all the time are within a day, in a partition or two. */
const dayMs = 86_400_000

/** The versions of each agent whose values are only tried, or were restored: a trial writes one more after each suspension and block. */
const triedVersions = sql`
  select trial.agent_id, array_agg(same.version) as versions from trials trial
  join configurations candidate on candidate.agent_id = trial.agent_id and candidate.version = trial.candidate_version
  join configurations same on same.agent_id = trial.agent_id and same.version between trial.baseline_version and trial.candidate_version
    and same.trial_id = trial.id and same.values = candidate.values
  where trial.state != 'kept' and trial.started_at > now() - interval '7 days' group by trial.agent_id`

/**
 * Whether an execution ran under the values in force, in a query that joins `triedVersions` as `tried`: others say nothing about these.
 * Executions that do not name their version count.
 */
const ranUnderValuesInForce = sql<boolean>`(configuration_version = any(tried.versions)) is not true`

interface ExecutionRow {
  agentId: string
  count: number
  /** Of the newest executions; null without any. */
  newestMs: number | null
  oldestMs: number | null
  oldest: number | null
  confidence: number | null
  /** Newest first. */
  durations: Buffer | null
  /** A digit for each, the sum of 1 if it succeeded and 2 if it reported an error. */
  outcomes: string | null
  /** The same three of those that ran under the values in force, if some of the newest did not. */
  anyTried: boolean | null
  inForceConfidence: number | null
  inForceDurations: Buffer | null
  inForceOutcomes: string | null
  /** Null if there are no others than the newest within 10 minutes. */
  recentDurations: number[] | null
  /** Of a ratio, a pair of what each execution adds to both sums. */
  reported: Record<string, (number | [value: number, per: number | null])[]> | null
  reportedAt: Record<string, number> | null
}

/**
 * The executions of every agent (or those named) that its figures are computed from, without their metrics, and what they report lately; in
 * one query, and another one for agents that work rarely, with a row for each agent. The executions come from their index alone, and only
 * those that report metrics from the table.
 * @param ratios the metrics that are ratios of what executions report
 */
export async function readRecentExecutions(
  db: Database,
  agentIds?: string[],
  ratios: readonly RatioMetric[] = [],
): Promise<{ executions: ExecutionSeries[]; recent: RecentReading[] }> {
  const lately = await readRows(db, { agentIds, ratios, since: new Date(Date.now() - dayMs) })
  const worksRarely = ({ count }: ExecutionRow) => count < mostNewest
  const rare = lately.filter(worksRarely).map(({ agentId }) => agentId)
  // Their newest executions are older, in any of many partitions.
  const rows =
    rare.length === 0
      ? lately
      : [...lately.filter((row) => !worksRarely(row)), ...(await readRows(db, { agentIds: rare, ratios }))]
  return { executions: rows.flatMap(toSeries), recent: rows.map((row) => toRecent(row, ratios)) }
}

/** @param since older executions are not looked at, unless they were scored lately */
async function readRows(
  db: Database,
  { agentIds, ratios, since }: { agentIds: string[] | undefined; ratios: readonly RatioMetric[]; since?: Date },
): Promise<ExecutionRow[]> {
  const chosen = agentIds === undefined ? sql`` : sql`where agent.agent_id = any(${agentIds}::text[])`
  const ofAgent = sql<boolean>`agent_name = agent.agent_id and ${hasUsableTime} and ${isAfterItsForgetting}`
  // Values instead of `now()` let PostgreSQL leave out partitions when it plans.
  const inTime = since ? sql<boolean>`timestamp between ${since} and ${new Date(Date.now() + dayMs)}` : sql<boolean>`true`
  const names = ratios.map(({ name }) => name)
  // Values reported under the name of a ratio are ignored.
  const values = sql`select key, value from jsonb_each(metrics) where jsonb_typeof(value) = 'number' and key != all(${names}::text[])`
  const each = ratios.length === 0 ? values : sql`${values} union all ${selectRatios(ratios)}`
  const columns = sql`timestamp, success, errored, confidence, ${usableMs('executionTimeMs')} as ms`
  const durations = sql`array_send(array_agg(ms::float8))`
  const confidence = sql`avg(confidence::float8)`
  const outcomes = sql`string_agg(case when success then case when errored then '3' else '1' end when errored then '2' else '0' end, '')`
  const { rows } = await sql<ExecutionRow>`
    select agent.agent_id, count, newest_ms, oldest_ms, oldest, durations, confidence, outcomes, any_tried, in_force.*, duration.*, metric.*
    from agents agent
    left join (${triedVersions}) tried on tried.agent_id = agent.agent_id
    cross join lateral (
      select count(*) as count, min(timestamp) as oldest_at,
        ${inMs(sql`max(timestamp)`)} as newest_ms, ${inMs(sql`min(timestamp)`)} as oldest_ms,
        cardinality(array_positions(array_agg(timestamp), min(timestamp))) as oldest,
        ${durations} as durations, ${confidence} as confidence, ${outcomes} as outcomes,
        bool_or(configuration_version = any(tried.versions)) as any_tried
      from (
        select ${columns}, configuration_version from agent_executions
        where ${ofAgent} and ${inTime} order by timestamp desc limit ${sql.lit(mostNewest)}
      ) execution
    ) newest
    cross join lateral (
      select ${durations} as in_force_durations, ${confidence} as in_force_confidence, ${outcomes} as in_force_outcomes from (
        select ${columns} from agent_executions
        where newest.any_tried and ${ofAgent} and ${inTime} and (timestamp >= newest.oldest_at or ${isRecent}) and ${ranUnderValuesInForce}
        order by timestamp desc limit ${sql.lit(mostNewest)}
      ) execution
    ) in_force
    cross join lateral (
      select json_agg(ms) filter (where ms is not null) as recent_durations from (
        select ${usableMs('executionTimeMs')} as ms from agent_executions
        where ${ofAgent} and ${inTime} and timestamp > now() - interval '10 minutes'
          and newest.count = ${sql.lit(mostNewest)} and newest.oldest_at > now() - interval '10 minutes'
          and ${ranUnderValuesInForce}
        order by timestamp desc limit ${sql.lit(mostDurations)}
      ) execution
    ) duration
    cross join lateral (
      select json_object_agg(name, "values") as reported, json_object_agg(name, at) as reported_at from (
        select name, json_agg(value) as "values", extract(epoch from max(at))::float8 * 1000 as at from (
          select each.key collate "C" as name, each.value, at,
            row_number() over (partition by each.key collate "C" order by timestamp desc) as rank
          from (
            select timestamp, timestamp as at, success, metrics from (
              select timestamp, success, metrics, scored_at from agent_executions
              where ${ofAgent} and ${inTime} and metrics is not null and (${isAnywhere(sql`metrics is not null`)})
                and ${ranUnderValuesInForce}
              order by timestamp desc limit ${sql.lit(mostSearched)}
            ) reporting where (timestamp >= newest.oldest_at or ${isRecent}) and ${isScoredRecently} is not true
            union all
            select timestamp, scored_at as at, success, metrics from (
              select timestamp, success, metrics, scored_at from agent_executions
              where ${ofAgent} and scored_at is not null and (${isAnywhere(sql`scored_at is not null`)})
                and ${ranUnderValuesInForce}
              order by timestamp desc limit ${sql.lit(mostScored)}
            ) scored where ${isScoredRecently}
          ) execution
          cross join lateral (${each}) each
          where jsonb_typeof(metrics) = 'object'
        ) ranked where rank <= ${sql.lit(mostNewest)} group by name
      ) by_name
    ) metric
    ${chosen}`.execute(db)
  return rows
}

/** What an execution adds to both sums of each ratio. */
const selectRatios = (ratios: readonly RatioMetric[]) => sql`
  select name, jsonb_build_array(metrics -> "of", case per when 'successRate' then to_jsonb(success::int) else metrics -> per end)
  from jsonb_to_recordset(${JSON.stringify(ratios.map(({ name, ratio }) => ({ name, ...ratio })))}::jsonb)
    as ratio(name text, "of" text, per text)
  where metrics ? "of" and (per = 'successRate' or metrics ? per)`

/** Whether any execution of the fleet is like this: if none is, those of each agent need not be searched. */
const isAnywhere = (condition: RawBuilder<unknown>) =>
  sql<boolean>`select exists (select from agent_executions where ${condition})`

const inMs = (moment: RawBuilder<unknown>) => sql<number>`round(date_part('epoch', ${moment}) * 1000)`

function toSeries(row: ExecutionRow): ExecutionSeries[] {
  const { agentId, count, newestMs, oldestMs, oldest, anyTried } = row
  if (newestMs === null || oldestMs === null || oldest === null) return []
  const all = decodeOutcomes(row.outcomes)
  const inForce = anyTried ? decodeOutcomes(row.inForceOutcomes) : all
  return [
    {
      agentId,
      newestAt: newestMs,
      oldestAt: oldestMs,
      count,
      // The oldest are the last.
      completed: all.success.slice(0, -oldest).filter(Boolean).length,
      durationMs: decodeFloats(anyTried ? row.inForceDurations : row.durations),
      confidence: anyTried ? row.inForceConfidence : row.confidence,
      ...inForce,
    },
  ]
}

function decodeOutcomes(outcomes: string | null) {
  const codes = Array.from(outcomes ?? '', Number)
  return { success: codes.map((code) => (code & 1) > 0), errored: codes.map((code) => (code & 2) > 0) }
}

const toRecent = (
  { agentId, recentDurations, reported, reportedAt }: ExecutionRow,
  ratios: readonly RatioMetric[],
): RecentReading => ({
  agentId,
  durationsMs: recentDurations ?? [],
  reportedAt: reportedAt ?? {},
  reported: Object.fromEntries(
    Object.entries(reported ?? {}).flatMap(([name, values]) => {
      const usable = values.filter((value) => typeof value === 'number' && isUsableValue(name, value)) as number[]
      return usable.length > 0 ? [[name, usable]] : []
    }),
  ),
  ratios: Object.fromEntries(
    ratios.flatMap(({ name, ratio }) => {
      const parts = (reported?.[name] ?? []).flatMap((pair) => {
        const [value, per] = Array.isArray(pair) ? pair : []
        return isUsableValue(ratio.of, value) && isUsableValue(ratio.per, per) ? [{ value: value!, per: per! }] : []
      })
      return parts.length > 0 ? [[name, parts]] : []
    }),
  ),
})

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
