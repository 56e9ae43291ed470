/** The fleet as a list: few columns of many agents. */
import { sql } from 'kysely'
import { type MetricPoint, minTrendMs } from '../model/history.ts'
import { dependsOnContact, determineLiveness, getLastContact, type Liveness } from '../model/liveness.ts'
import type { MetricName } from '../model/metric.ts'
import type { Database } from './database.ts'
import { loadFleetContactStart } from './instance-liveness.ts'
import { isOneOf } from './is-one-of.ts'

/** How many instances of an agent are live or silent, and when it was last heard. */
export interface AgentPresence {
  live: number
  silent: number
  heardAt: Date
}

/**
 * The presence of every agent (or those named) with an instance.
 * @param now milliseconds since the epoch
 * @param otlpLiveMs how long one that only sends OpenTelemetry data counts as live after its latest data
 */
export async function loadAgentPresence(
  db: Database,
  { now, otlpLiveMs, agentIds }: { now: number; otlpLiveMs: number; agentIds?: readonly string[] },
): Promise<Map<string, AgentPresence>> {
  const rows = await db
    .selectFrom('agentInstances')
    .$if(agentIds !== undefined, (query) => query.where('agentId', '=', sql<string>`any(${agentIds}::text[])`))
    .select(['agentId', 'transport', 'heardSince', 'heartbeatAt', 'leftAt'])
    .execute()
  const contactSince = rows.some((row) => dependsOnContact(row, now)) ? await loadFleetContactStart(db, now) : now
  const presence = new Map<string, AgentPresence>()
  for (const row of rows) {
    const liveness: Liveness = determineLiveness(row, now, contactSince)
    const heard = new Date(getLastContact(row, row.transport === 'otlp' ? otlpLiveMs : 0))
    const known = presence.get(row.agentId) ?? { live: 0, silent: 0, heardAt: heard }
    presence.set(row.agentId, {
      live: known.live + (liveness === 'live' ? 1 : 0),
      silent: known.silent + (liveness === 'silent' ? 1 : 0),
      heardAt: heard > known.heardAt ? heard : known.heardAt,
    })
  }
  return presence
}

/** The newest value of one metric of each agent within the last hour, and the mean of the values before it; null if they do not reach back far enough for a trend. */
export async function loadLatestValues(
  db: Database,
  wanted: readonly { agentId: string; metric: MetricName }[],
): Promise<Map<string, { value: number; before: number | null; at: Date }>> {
  if (wanted.length === 0) return new Map()
  const agentIds = wanted.map(({ agentId }) => agentId)
  const metrics = wanted.map(({ metric }) => metric)
  const { rows } = await sql<{ agentId: string; value: number; before: number | null; at: Date }>`
    select agent_id, value, before, at from (
      select wanted.agent_id, at, value,
        case when at - min(at) over (partition by wanted.agent_id) >= ${`${minTrendMs} milliseconds`}::interval
          then avg(value) over (partition by wanted.agent_id order by at rows between unbounded preceding and 1 preceding)
        end as before,
        row_number() over (partition by wanted.agent_id order by at desc) as rank
      from unnest(${agentIds}::text[], ${metrics}::text[]) as wanted (agent_id, metric)
      join agent_metrics on agent_metrics.agent_id = wanted.agent_id and at > now() - interval '1 hour'
      cross join lateral (select ${metricColumn(sql`wanted.metric`)} as value) value
      where value is not null
    ) ranked where rank = 1`.execute(db)
  return new Map(rows.map(({ agentId, ...row }) => [agentId, row]))
}

/**
 * Metrics of some agents since a time, as means over equal parts of it, oldest first: by agent, then by metric.
 * @param parts how many points at most
 */
export async function loadMetricSeries(
  db: Database,
  {
    agentIds,
    metrics,
    since,
    parts,
  }: { agentIds: readonly string[]; metrics: readonly MetricName[]; since: Date; parts: number },
): Promise<Map<string, Map<MetricName, MetricPoint[]>>> {
  const series = new Map<string, Map<MetricName, MetricPoint[]>>()
  if (agentIds.length === 0 || metrics.length === 0) return series
  const partMs = Math.max(1_000, (Date.now() - since.getTime()) / parts)
  const { rows } = await sql<{ agentId: string; metric: MetricName; at: number; value: number }>`
    select agent_id, metric, extract(epoch from max(at))::float8 * 1000 as at, avg(value)::float8 as value
    from agent_metrics
    cross join unnest(${[...metrics]}::text[]) as wanted (metric)
    cross join lateral (select ${metricColumn(sql`wanted.metric`)} as value) value
    where agent_id = any(${[...agentIds]}::text[]) and at > ${since} and value is not null
    group by agent_id, metric, floor(extract(epoch from at) * 1000 / ${partMs}::float8)
    order by 3`.execute(db)
  for (const { agentId, metric, at, value } of rows) {
    const ofAgent = series.get(agentId) ?? new Map<MetricName, MetricPoint[]>()
    series.set(agentId, ofAgent)
    ofAgent.set(metric, [...(ofAgent.get(metric) ?? []), { at, value }])
  }
  return series
}

/** The column of a metric in a row of `agent_metrics`. */
const metricColumn = (metric: ReturnType<typeof sql>) => sql<number | null>`
  case ${metric} when 'responseTime' then response_time when 'successRate' then success_rate
    when 'coordinationScore' then coordination_score else (others ->> ${metric})::float8 end`

/** The latest completed cycle of the whole fleet: what it skipped, and why; undefined if there is none. */
export function findLatestFleetCycle(db: Database) {
  return db
    .selectFrom('cycles')
    .where('dryRun', '=', false)
    .where('target', 'is', null)
    .where('state', '=', 'completed')
    .orderBy('startedAt', 'desc')
    .limit(1)
    .select(['id', 'skipped', 'endedAt'])
    .executeTakeFirst()
}

/** The strategies of a cycle on some agents that were not carried out, best first. */
export async function listDeferredStrategies(db: Database, cycleId: string, agentIds: readonly string[]) {
  if (agentIds.length === 0) return []
  return await db
    .selectFrom('strategies')
    .leftJoin('trials', 'trials.id', 'strategies.id')
    .where('cycleId', '=', cycleId)
    .where(isOneOf('strategies.agentId', agentIds))
    .where('leftBecause', 'is not', null)
    .where('trials.id', 'is', null)
    .orderBy('position')
    .select((eb) => ['strategies.agentId', 'content', eb.ref('leftBecause').$notNull().as('leftBecause')])
    .execute()
}

/** The findings of running cycles on some agents so far: the agents with bottlenecks, and the strategies that wait for their turn. */
export async function loadRunningCycleFindings(db: Database, agentIds: readonly string[]) {
  if (agentIds.length === 0) return { found: new Set<string>(), waiting: [] }
  const [found, waiting] = await Promise.all([
    db
      .selectFrom('bottlenecks')
      .innerJoin('cycles', 'cycles.id', 'bottlenecks.cycleId')
      .where('cycles.state', '=', 'running')
      .where('cycles.dryRun', '=', false)
      .where(isOneOf('affectedComponent', agentIds))
      .select('affectedComponent as agentId')
      .distinct()
      .execute(),
    db
      .selectFrom('strategies')
      .innerJoin('cycles', 'cycles.id', 'strategies.cycleId')
      .leftJoin('trials', 'trials.id', 'strategies.id')
      .where('cycles.state', '=', 'running')
      .where('cycles.dryRun', '=', false)
      .where(isOneOf('strategies.agentId', agentIds))
      .where('leftBecause', 'is', null)
      .where('trials.id', 'is', null)
      .orderBy('position')
      .select(['strategies.agentId', 'strategies.content'])
      .execute(),
  ])
  return { found: new Set(found.map(({ agentId }) => agentId)), waiting }
}

/** The findings of a cycle on some agents, and what it tried on them: the agents with bottlenecks, and those with trials. */
export async function loadCycleFindings(db: Database, cycleId: string, agentIds: readonly string[]) {
  if (agentIds.length === 0) return { found: new Set<string>(), tried: new Set<string>() }
  const [found, tried] = await Promise.all([
    db
      .selectFrom('bottlenecks')
      .where('cycleId', '=', cycleId)
      .where(isOneOf('affectedComponent', agentIds))
      .select('affectedComponent as agentId')
      .distinct()
      .execute(),
    db
      .selectFrom('strategies')
      .innerJoin('trials', 'trials.id', 'strategies.id')
      .where('cycleId', '=', cycleId)
      .where(isOneOf('strategies.agentId', agentIds))
      .select('strategies.agentId')
      .distinct()
      .execute(),
  ])
  const ids = (rows: { agentId: string }[]) => new Set(rows.map(({ agentId }) => agentId))
  return { found: ids(found), tried: ids(tried) }
}

/** The strategies of a cycle, best first, each with its trial and result as far as there are any. @param limit by default all */
export async function listStrategiesWithOutcome(db: Database, cycleId: string, limit?: number) {
  return await db
    .selectFrom('strategies')
    .leftJoin('trials', 'trials.id', 'strategies.id')
    .leftJoin('optimizationResults as result', 'result.strategyId', 'strategies.id')
    .where('strategies.cycleId', '=', cycleId)
    .orderBy('position')
    .$if(limit !== undefined, (query) => query.limit(limit!))
    .select(['strategies.content as strategy', 'leftBecause', 'trials.state', 'trials.judgement', 'trials.endedAt'])
    .select(['result.verdict', 'result.actualImprovement'])
    .execute()
}
