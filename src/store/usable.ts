/** Agents may write the tables themselves (C1): one unusable row of theirs must not fail a query over all agents. */
import { sql } from 'kysely'
import { findBuiltInMetric } from '../model/metric.ts'
import { type MetricValues, validateMetricValue } from '../model/metric-value.ts'
import { maxDurationMs } from '../model/quantity.ts'

/** Whether a row has a date, and not one far in the future: that would stay the newest for ever. Clocks of servers may differ. */
export const hasUsableTime = sql<boolean>`timestamp between '1970-01-01' and now() + interval '1 hour'`

/** Whether an agent reported a row after it was last forgotten. */
export const isAfterAgentHistoryStart = (agentId: string) =>
  sql<boolean>`timestamp >= coalesce((select history_from from agents where agent_id = ${agentId}), '-infinity')`

/** The same in a query that joins the rows of `agents` as `agent`. */
export const isAfterHistoryStart = sql<boolean>`timestamp >= coalesce(agent.history_from, '-infinity')`

/**
 * A moment in milliseconds since the epoch, as a number: the driver takes many times as long to read a date, which counts for ten thousand rows.
 * @param moment the expression as SQL
 */
export const toEpochMs = (moment: string) => sql<number>`round(date_part('epoch', ${sql.raw(moment)}) * 1000)`

/** A duration in a column, in milliseconds; null if it is too long to calculate with. */
export const toUsableMs = (column: string) =>
  sql<number | null>`case when ${sql.ref(column)} between 0 and ${sql.lit(maxDurationMs)} then ${sql.ref(column)} end`

/** The metrics of an execution that its table has; null if there are none. Values that are impossible for their metric are left out. */
export function selectUsableMetrics(reported: unknown): MetricValues | null {
  if (typeof reported !== 'object' || reported === null) return null
  const usable = Object.entries(reported).filter(([name, value]) => isUsableValue(name, value))
  return usable.length > 0 ? Object.fromEntries(usable) : null
}

/** Whether a value can be one of this metric. */
export const isUsableValue = (name: string, value: unknown) =>
  typeof value === 'number' && !validateMetricValue(findBuiltInMetric(name) ?? { name, kind: 'continuous' }, value)

/** A ratio; null if it is not between 0 and 1. */
export const toUsableRatio = (value: number | null) => (value !== null && value >= 0 && value <= 1 ? value : null)
