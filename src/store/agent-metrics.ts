import { sql } from 'kysely'
import { omitOutdatedFigures } from '../model/current-figures.ts'
import { type MetricHistory, type MetricPoint, minTrendMs } from '../model/history.ts'
import { builtInMetrics, type MetricName, standardMetrics } from '../model/metric.ts'
import { type AgentProfile, findAgentProfileValue, hasLiveInstance, type Snapshot } from '../model/profile.ts'
import type { Database } from './database.ts'
import { type Columns, float, insertRows, jsonb, text, timestamptz } from './insert-rows.ts'
import { toUsableMs } from './usable.ts'

/** A weekly season takes two weeks to detect, and about a day more to confirm. */
const remembered = '16 days'
/** Newer points are read one by one, older ones as hourly means. */
const detailed = '12 hours'

/** Records the current metrics of each agent with a live instance from a snapshot, and deletes those that are too old for a forecast. */
export async function recordAgentMetrics(db: Database, { takenAt, agents }: Snapshot): Promise<void> {
  await db.deleteFrom('agentMetrics').where('at', '<', sql<Date>`now() - ${remembered}::interval`).execute()
  const present = agents.filter(hasLiveInstance).map(omitOutdatedFigures)
  const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null)
  const columns: Columns<AgentProfile> = {
    agent_id: text(({ agentId }) => agentId),
    at: timestamptz(() => takenAt),
    response_time: float(({ responseTime }) => finite(responseTime)),
    success_rate: float(({ successRate }) => finite(successRate)),
    coordination_score: float(({ coordinationScore }) => finite(coordinationScore)),
    others: jsonb(othersOf),
  }
  await insertRows(db, { table: 'agent_metrics', columns }, present)
}

/** Every other metric of a profile that has a value. */
function othersOf(profile: AgentProfile): Record<string, number> {
  const inColumns = new Set<string>(standardMetrics)
  const names = [...builtInMetrics.map(({ name }) => name), ...Object.keys(profile.metrics)]
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = inColumns.has(name) ? undefined : findAgentProfileValue(name, profile)
      return value !== undefined && Number.isFinite(value) ? [[name, value]] : []
    }),
  )
}

/** The values of each metric of some agents in the snapshots of the last hour, oldest first, by agent; none if they span too little for a trend. */
export async function loadRecentMetrics(
  db: Database,
  agentIds: readonly string[],
): Promise<Map<string, Record<string, number[]>>> {
  const rows = await db
    .selectFrom('agentMetrics')
    .where('at', '>', sql<Date>`now() - interval '1 hour'`)
    .where('agentId', '=', sql<string>`any(${agentIds}::text[])`)
    .orderBy('at')
    .select(['agentId', 'at', 'responseTime', 'successRate', 'coordinationScore', 'others'])
    .execute()
  const recent = new Map<string, Record<string, number[]>>()
  const firstAt = new Map<string, number>()
  const newest = Math.max(...rows.map(({ at }) => at.getTime()))
  for (const { agentId, at, others, ...columns } of rows) {
    if (!firstAt.has(agentId)) firstAt.set(agentId, at.getTime())
    if (newest - firstAt.get(agentId)! < minTrendMs) continue
    const series = recent.get(agentId) ?? {}
    recent.set(agentId, series)
    for (const [name, value] of Object.entries({ ...others, ...columns }))
      if (value !== null) series[name] = [...(series[name] ?? []), value]
  }
  return recent
}

/** The usual metrics of all agents (or those named) over time, and others by name, oldest first. */
export async function loadMetricHistory(
  db: Database,
  names: readonly MetricName[] = [],
  agentIds?: readonly string[],
): Promise<MetricHistory> {
  if (agentIds?.length === 0) return {}
  const others = names.filter((name) => !(standardMetrics as readonly string[]).includes(name))
  const bucket = sql<Date>`case when at > now() - ${sql.lit(detailed)}::interval then at else date_trunc('hour', at) end`
  const rows = await db
    .selectFrom('agentMetrics')
    .$if(agentIds !== undefined, (query) => query.where('agentId', '=', sql<string>`any(${agentIds}::text[])`))
    .groupBy(['agentId', bucket])
    .orderBy('at')
    .select(({ fn }) => [
      'agentId',
      fn.agg<Date>('max', ['at']).as('at'),
      fn.avg<number | null>(toUsableMs('responseTime')).as('responseTime'),
      fn.avg<number | null>('successRate').as('successRate'),
      fn.avg<number | null>('coordinationScore').as('coordinationScore'),
      ...others.map((name, index) => sql<number | null>`avg((others ->> ${name})::float8)`.as(`other${index}`)),
    ])
    .execute()
  const agents = Map.groupBy(rows, ({ agentId }) => agentId)
  return Object.fromEntries([...agents].map(([agentId, points]) => [agentId, seriesOf(points, others)]))
}

type Row = { at: Date } & Record<string, number | null | string | Date>

function seriesOf(rows: readonly Row[], others: readonly MetricName[]): Record<MetricName, MetricPoint[]> {
  const series = (column: string) =>
    rows.flatMap((row) => (typeof row[column] === 'number' ? [{ at: row.at.getTime(), value: row[column] }] : []))
  return Object.fromEntries([
    ...standardMetrics.map((metric) => [metric, series(metric)]),
    ...others.map((name, index) => [name, series(`other${index}`)]),
  ])
}
