/** The metrics that executions report, also late or rarely. */
import { type RawBuilder, sql } from 'kysely'
import type { RatioMetric } from '../model/metric.ts'
import type { RecentReading } from '../model/readings.ts'
import { type AgentOldestExecution, selectAgentsWithSince } from './agents-since.ts'
import type { Database } from './database.ts'
import { ranWithValuesInForce, triedVersionsJoin } from './tried-versions.ts'
import { hasUsableTime, isAfterHistoryStart, isUsableValue } from './usable.ts'

/** Older scores say nothing about a metric now. */
export const isScoredRecently = sql<boolean>`scored_at > now() - interval '1 hour'`
/** A metric is the mean of as many executions that report it. */
const maxOfMetric = 50
/** Executions that report metrics among which each metric is looked for, and half as many with late scores. */
const maxSearched = 200
const maxScored = 100

interface ReportedRow {
  agentId: string
  /** Of a ratio, a pair of what each execution adds to both sums. */
  reported: Record<string, (number | [value: number, per: number | null])[]>
  reportedAt: Record<string, number>
}

/** Whether any execution of the fleet reports a metric: if none does, those of each agent need not be searched. */
export async function isAnyMetricReported(db: Database): Promise<boolean> {
  const { rows } = await sql<{ exists: boolean }>`
    select exists (select from agent_executions where metrics is not null)`.execute(db)
  return rows[0]!.exists
}

/**
 * The values of each metric from the newest executions that report it, of agents that report any, in one statement.
 * @param agents with the oldest execution that counts in any case; those of the last hour do too, and those scored within it
 * @param ratios the metrics that are ratios of what executions report
 */
export async function readReportedMetrics(
  db: Database,
  agents: readonly AgentOldestExecution[],
  ratios: readonly RatioMetric[],
): Promise<Omit<RecentReading, 'durationsMs'>[]> {
  const { selected, since } = selectAgentsWithSince(agents)
  const ofAgent = sql<boolean>`agent_name = agent.agent_id and ${hasUsableTime} and ${isAfterHistoryStart} and ${ranWithValuesInForce}`
  const names = ratios.map(({ name }) => name)
  // Values reported under the name of a ratio are ignored.
  const values = sql`select key, value from jsonb_each(metrics) where jsonb_typeof(value) = 'number' and key != all(${names}::text[])`
  const each = ratios.length === 0 ? values : sql`${values} union all ${selectRatios(ratios)}`
  const { rows } = await sql<ReportedRow>`
    select agent.agent_id, reported, reported_at
    from ${selected} agent ${triedVersionsJoin}
    cross join lateral (
      select json_object_agg(name, "values") as reported, json_object_agg(name, at) as reported_at from (
        select name, json_agg(value) as "values", extract(epoch from max(at))::float8 * 1000 as at from (
          select each.key collate "C" as name, each.value, at,
            row_number() over (partition by each.key collate "C" order by timestamp desc) as rank
          from (
            select timestamp, timestamp as at, success, metrics from (
              select timestamp, success, metrics, scored_at from agent_executions
              where ${ofAgent} and timestamp >= ${since} and timestamp >= agent.since and metrics is not null
              order by timestamp desc limit ${sql.lit(maxSearched)}
            ) reporting where ${isScoredRecently} is not true
            union all
            select timestamp, scored_at as at, success, metrics from (
              select timestamp, success, metrics, scored_at from agent_executions
              where ${ofAgent} and scored_at is not null and (select exists (select from agent_executions where ${isScoredRecently}))
              order by timestamp desc limit ${sql.lit(maxScored)}
            ) scored where ${isScoredRecently}
          ) execution
          cross join lateral (${each}) each
          where jsonb_typeof(metrics) = 'object'
        ) ranked where rank <= ${sql.lit(maxOfMetric)} group by name
      ) by_name
    ) metric
    where reported is not null`.execute(db)
  return rows.map((row) => toReading(row, ratios))
}

/** The contribution of an execution to both sums of each ratio. */
const selectRatios = (ratios: readonly RatioMetric[]): RawBuilder<unknown> => sql`
  select name, jsonb_build_array(metrics -> "of", case per when 'successRate' then to_jsonb(success::int) else metrics -> per end)
  from jsonb_to_recordset(${JSON.stringify(ratios.map(({ name, ratio }) => ({ name, ...ratio })))}::jsonb)
    as ratio(name text, "of" text, per text)
  where metrics ? "of" and (per = 'successRate' or metrics ? per)`

const toReading = ({ agentId, reported, reportedAt }: ReportedRow, ratios: readonly RatioMetric[]) => ({
  agentId,
  reportedAt,
  reported: Object.fromEntries(
    Object.entries(reported).flatMap(([name, values]) => {
      const usable = values.filter((value) => typeof value === 'number' && isUsableValue(name, value)) as number[]
      return usable.length > 0 ? [[name, usable]] : []
    }),
  ),
  ratios: Object.fromEntries(
    ratios.flatMap(({ name, ratio }) => {
      const parts = (reported[name] ?? []).flatMap((pair) => {
        const [value, per] = Array.isArray(pair) ? pair : []
        return isUsableValue(ratio.of, value) && isUsableValue(ratio.per, per) ? [{ value: value!, per: per! }] : []
      })
      return parts.length > 0 ? [[name, parts]] : []
    }),
  ),
})
