import { sql } from 'kysely'
import type { MetricHistory, MetricPoint } from '../model/history.ts'
import { type JudgedMetric, judgedMetricSchema } from '../model/knob.ts'
import { isPresent, type Snapshot } from '../model/profile.ts'
import type { Database } from './database.ts'
import { usableMs } from './usable.ts'

/** A weekly season takes two weeks to detect, and about a day more to confirm. */
const remembered = '16 days'
/** Newer points are read one by one, older ones as hourly means. */
const detailed = '12 hours'

/** Records the metrics of each agent with a live instance from a snapshot, and deletes those that are too old for a forecast. */
export async function recordAgentMetrics(db: Database, { takenAt, agents }: Snapshot): Promise<void> {
  await db.deleteFrom('agentMetrics').where('at', '<', sql<Date>`now() - ${remembered}::interval`).execute()
  const present = agents.filter(isPresent)
  if (present.length === 0) return
  const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null)
  const rows = present.map((agent) => ({
    agentId: agent.agentId,
    at: new Date(takenAt),
    responseTime: finite(agent.responseTime),
    successRate: finite(agent.successRate),
    coordinationScore: finite(agent.coordinationScore),
  }))
  await db
    .insertInto('agentMetrics')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The metrics of all agents over time, oldest first. */
export async function loadMetricHistory(db: Database): Promise<MetricHistory> {
  const bucket = sql<Date>`case when at > now() - ${sql.lit(detailed)}::interval then at else date_trunc('hour', at) end`
  const rows = await db
    .selectFrom('agentMetrics')
    .groupBy(['agentId', bucket])
    .orderBy('at')
    .select(({ fn }) => [
      'agentId',
      fn.agg<Date>('max', ['at']).as('at'),
      fn.avg<number | null>(usableMs('responseTime')).as('responseTime'),
      fn.avg<number | null>('successRate').as('successRate'),
      fn.avg<number | null>('coordinationScore').as('coordinationScore'),
    ])
    .execute()
  const agents = Map.groupBy(rows, ({ agentId }) => agentId)
  return Object.fromEntries([...agents].map(([agentId, points]) => [agentId, seriesOf(points)]))
}

type Row = { at: Date } & Record<JudgedMetric, number | null>

function seriesOf(rows: readonly Row[]): Record<JudgedMetric, MetricPoint[]> {
  const series = (metric: JudgedMetric) =>
    rows.flatMap((row) => (row[metric] === null ? [] : [{ at: row.at.getTime(), value: row[metric] }]))
  return Object.fromEntries(judgedMetricSchema.options.map((metric) => [metric, series(metric)])) as Record<
    JudgedMetric,
    MetricPoint[]
  >
}
