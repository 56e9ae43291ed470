import { type RawBuilder, sql } from 'kysely'
import type { MetricValues } from '../model/metric-value.ts'
import { maxDurationMs } from '../model/quantity.ts'
import type { InstanceExecution } from '../model/readings.ts'
import { MAX_OBSERVATIONS } from '../model/trial-limits.ts'
import type { Database } from './database.ts'
import { hadExpectedValues } from './drift.ts'
import { isOneOf } from './is-one-of.ts'
import { hasUsableTime, isAfterAgentHistoryStart, isAfterHistoryStart, selectUsableMetrics, toUsableMs } from './usable.ts'

export interface ExecutionObservation {
  id: string
  /** When it finished, milliseconds since the epoch. */
  at: number
  instance: string
  version: number
  durationMs: number
  success: boolean
  errored: boolean
  confidence: number | null
  metrics: MetricValues | null
  type: string
}

/** The newest executions of an agent that works all the time are within a day, in a partition or two. */
const dayMs = 86_400_000

/**
 * The newest executions of every agent (or those named), each agent's newest first, in one query; in another one for agents named that have
 * fewer within a day, whose executions may be in any of many partitions.
 * @param only what else has to hold for an execution
 */
export async function listNewestExecutionsByAgent(
  db: Database,
  agentIds?: string[],
  limit = 50,
  only?: RawBuilder<boolean>,
): Promise<InstanceExecution[]> {
  if (agentIds === undefined || only !== undefined) return await listNewestOf(db, { agentIds, limit, only })
  const dayAgo = new Date(Date.now() - dayMs)
  const lately = await listNewestOf(db, { agentIds, limit, after: dayAgo })
  const known = Map.groupBy(lately, ({ agentId }) => agentId)
  const missing = new Map(agentIds.map((agentId) => [agentId, limit - (known.get(agentId)?.length ?? 0)]))
  const rare = agentIds.filter((agentId) => missing.get(agentId)! > 0)
  if (rare.length === 0) return lately
  const older = await listNewestOf(db, { agentIds: rare, limit, until: dayAgo })
  const isMissing = ({ agentId }: InstanceExecution) => {
    const left = missing.get(agentId)!
    missing.set(agentId, left - 1)
    return left > 0
  }
  return [...lately, ...older.filter(isMissing)]
}

async function listNewestOf(
  db: Database,
  {
    agentIds,
    limit,
    only = sql`true`,
    after,
    until,
  }: { agentIds?: string[] | undefined; limit: number; only?: RawBuilder<boolean> | undefined; after?: Date; until?: Date },
): Promise<InstanceExecution[]> {
  const rows = await db
    .selectFrom('agents as agent')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('agentExecutions')
          .whereRef('agentName', '=', 'agent.agentId')
          .where(hasUsableTime)
          .where(isAfterHistoryStart)
          .where(only)
          .$if(after !== undefined, (query) => query.where('timestamp', '>', after!))
          .$if(until !== undefined, (query) => query.where('timestamp', '<=', until!))
          .orderBy('timestamp', 'desc')
          .limit(limit)
          .select(['timestamp', 'instanceId', 'success', 'errored', 'confidence', 'metrics'])
          .select(toUsableMs('executionTimeMs').as('durationMs'))
          .as('execution'),
      (join) => join.onTrue(),
    )
    .$if(agentIds !== undefined, (query) => query.where(isOneOf('agent.agentId', agentIds!)))
    .select(['agent.agentId', 'timestamp', 'instanceId', 'success', 'durationMs', 'errored', 'confidence', 'metrics'])
    .execute()
  return rows.map(toObservation)
}

/**
 * Executions are selected by their start: when a change is applied, only the unchanged arm has executions in flight, and
 * the longest of them would count for that arm alone.
 */
const startedAt = sql<Date>`timestamp - (${toUsableMs('executionTimeMs')}) * interval '1 millisecond'`
const work = {
  agentId: sql<string>`agent_name`,
  instanceId: sql<string>`agent_executions.instance_id`,
  startedAt,
  endedAt: sql<Date>`timestamp`,
}

/** Executions that show how long those of an agent take. */
const TYPICAL = 1_000
/** Executions that take this many times as long as the longest of those do not count. */
const LONGER = 2
const minMs = 60_000

/**
 * When the last execution that started before `to` may have ended, so that nothing newer is read: from the longest of those that had
 * ended by then. The index alone has the answer.
 */
const findLastEnd = ({ agentId, from, to }: { agentId: string; from: Date; to: Date }) => sql<Date>`
  ${to}::timestamptz + interval '1 millisecond' * least(${maxDurationMs}::float8, greatest(${minMs}::float8, ${LONGER} * (
    select coalesce(max(duration_ms), ${maxDurationMs}) from (
      select ${toUsableMs('execution_time_ms')} as duration_ms from agent_executions
      where agent_name = ${agentId} and timestamp >= ${from} and timestamp < ${to} and ${hasUsableTime}
      order by timestamp desc limit ${TYPICAL}
    ) ended)))`

/**
 * The newest executions that instances started in [from, to), under the given configuration versions or under any, oldest first. Those of an
 * instance that ran with other values than those of its version are left out, and so are those from before the agent was forgotten.
 */
export async function listInstanceExecutions(
  db: Database,
  {
    agentId,
    versions,
    instanceIds,
    from,
    to,
    limit = MAX_OBSERVATIONS,
  }: { agentId: string; versions?: number[]; instanceIds: string[]; from: Date; to?: Date; limit?: number | undefined },
): Promise<ExecutionObservation[]> {
  if (versions?.length === 0 || instanceIds.length === 0) return []
  const rows = await db
    .selectFrom('agentExecutions')
    .where('agentName', '=', agentId)
    .where('instanceId', 'in', instanceIds)
    .where('configurationVersion', 'is not', null)
    .$if(versions !== undefined, (query) => query.where('configurationVersion', 'in', versions!))
    .where(hasUsableTime)
    .where(isAfterAgentHistoryStart(agentId))
    .where('timestamp', '>=', from)
    .where(startedAt, '>=', from)
    .where(hadExpectedValues(work))
    .$if(to !== undefined, (query) =>
      query.where(startedAt, '<', to!).where('timestamp', '<', findLastEnd({ agentId, from, to: to! })),
    )
    .orderBy('timestamp', 'desc')
    .limit(limit)
    .select((eb) => [
      'id',
      'timestamp',
      'success',
      'errored',
      'confidence',
      eb.ref('instanceId').$notNull().as('instance'),
      eb.ref('configurationVersion').$notNull().as('version'),
      eb.ref('executionTimeMs').$notNull().as('durationMs'),
      eb.ref('executionType').as('type'),
      'metrics',
    ])
    .execute()
  return rows.map(toObservation).reverse()
}

/** A row as a reading: its time as a number, and its usable metrics. */
export function toObservation<Row extends { timestamp: Date; metrics: unknown }>({ timestamp, metrics, ...row }: Row) {
  return { ...row, metrics: selectUsableMetrics(metrics), at: timestamp.getTime() }
}
