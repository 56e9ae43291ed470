/** The reports of agents' executions: the newest 50, and lately beyond these, enough for quantiles. */
import { type RawBuilder, sql } from 'kysely'
import type { RatioMetric } from '../model/metric.ts'
import type { ExecutionSeries, InstanceExecution, RecentReading } from '../model/readings.ts'
import { type AgentOldestExecution, selectAgentsWithSince } from './agents-since.ts'
import { decodeFloats } from './binary-arrays.ts'
import type { Database } from './database.ts'
import { listNewestExecutionsByAgent } from './executions.ts'
import { readInIndexOrder } from './index-order.ts'
import { isAnyMetricReported, isScoredRecently, readReportedMetrics } from './reported-metrics.ts'
import { ranWithTriedValues, ranWithValuesInForce, triedVersionsJoin } from './tried-versions.ts'
import { hasUsableTime, isAfterHistoryStart, toUsableMs } from './usable.ts'

/** The newest executions that figures are computed from. */
const maxNewest = 50
/** Executions that the quantiles are computed from: the newest of 10 minutes. */
const maxDurations = 300
/** The newest executions of an agent that works all the time are within a day, in a partition or two. */
const dayMs = 86_400_000

interface ExecutionRow {
  agentId: string
  /** Of the newest executions, in milliseconds; null without any. The oldest is exact to the microsecond. */
  newestMs: number | null
  oldestMs: number | null
  /** How many are as old as the oldest. */
  oldest: number
  confidence: number | null
  /** Newest first. */
  durations: Buffer | null
  /** A digit for each, the sum of 1 if it succeeded and 2 if it reported an error. */
  outcomes: string | null
  anyTried: boolean | null
  /** Within 10 minutes, of the oldest of the newest and of those before them; null if there are none. */
  earlierDurations: Buffer | null
}

/**
 * The executions of every agent (or those named) that its figures are computed from, without their metrics, and what they report lately. One
 * statement reads them from their index alone, with a row for each agent; further ones only agents that work rarely, those some of whose
 * executions ran under values that are only tried, or were restored, and those that report metrics.
 * @param ratios the metrics that are ratios of what executions report
 */
export async function readRecentExecutions(
  db: Database,
  agentIds?: string[],
  ratios: readonly RatioMetric[] = [],
): Promise<{ executions: ExecutionSeries[]; recent: RecentReading[] }> {
  const [lately, areReported] = await Promise.all([
    readRows(db, { agents: selectAgents(agentIds), since: new Date(Date.now() - dayMs) }),
    isAnyMetricReported(db),
  ])
  const worksRarely = ({ outcomes }: ExecutionRow) => (outcomes?.length ?? 0) < maxNewest
  const rare = lately.filter(worksRarely).map(({ agentId }) => agentId)
  // Their newest executions are older, in any of many partitions.
  const rows =
    rare.length === 0
      ? lately
      : [...lately.filter((row) => !worksRarely(row)), ...(await readRows(db, { agents: selectAgents(rare) }))]
  const [inForce, metrics] = await Promise.all([
    readInForce(db, rows.filter(({ anyTried }) => anyTried).flatMap(toAgentSince)),
    areReported ? readReportedMetrics(db, rows.flatMap(toAgentSince), ratios) : [],
  ])
  const inForceOf = new Map(inForce.map((row) => [row.agentId, row]))
  const metricsOf = new Map(metrics.map((reading) => [reading.agentId, reading]))
  const executions: ExecutionSeries[] = []
  const recent: RecentReading[] = []
  for (const row of rows) {
    const used = row.anyTried ? inForceOf.get(row.agentId)! : row
    const durationMs = decodeFloats(used.durations)
    executions.push(...toSeries(row, used, durationMs))
    const { reported, ratios, reportedAt } = metricsOf.get(row.agentId) ?? noMetrics
    recent.push({ agentId: row.agentId, durationsMs: listRecentDurations(used, durationMs), reported, ratios, reportedAt })
  }
  return { executions, recent }
}

const noMetrics = { reported: {}, ratios: {}, reportedAt: {} }

const selectAgents = (agentIds: string[] | undefined): RawBuilder<unknown> =>
  agentIds === undefined ? sql`agents` : sql`(select * from agents where agent_id = any(${agentIds}::text[]))`

/** Those that ran under the values in force: among the newest of all, and lately. */
async function readInForce(db: Database, agents: readonly AgentOldestExecution[]): Promise<ExecutionRow[]> {
  if (agents.length === 0) return []
  const { selected, since } = selectAgentsWithSince(agents)
  return await readRows(db, { agents: selected, since, only: sql`timestamp >= agent.since and ${ranWithValuesInForce}` })
}

/**
 * @param since older executions are not looked at
 * @param only what else has to hold for an execution
 */
async function readRows(
  db: Database,
  { agents, since, only = sql`true` }: { agents: RawBuilder<unknown>; since?: Date; only?: RawBuilder<boolean> },
): Promise<ExecutionRow[]> {
  // Values instead of `now()` let PostgreSQL leave out partitions when it plans.
  const inTime = since ? sql`timestamp between ${since} and ${new Date(Date.now() + dayMs)}` : sql`true`
  const chosen = sql`agent_name = agent.agent_id and ${hasUsableTime} and ${isAfterHistoryStart} and ${inTime} and ${only}`
  const statement = sql<ExecutionRow>`
    select agent.agent_id, newest_ms, oldest_ms, oldest, durations, confidence, outcomes, any_tried, earlier_durations
    from ${agents} agent ${triedVersionsJoin}
    cross join lateral (
      select count(*) as count, min(timestamp) as oldest_at, ${inMs(sql`max(timestamp)`)} as newest_ms, ${inMs(sql`min(timestamp)`)} as oldest_ms,
        cardinality(array_positions(array_agg(timestamp), min(timestamp))) as oldest,
        array_send(array_agg(ms::float8)) as durations, avg(confidence::float8) as confidence,
        string_agg(case when success then case when errored then '3' else '1' end when errored then '2' else '0' end, '') as outcomes,
        bool_or(${ranWithTriedValues}) as any_tried
      from (
        select timestamp, success, errored, confidence, ${toUsableMs('executionTimeMs')} as ms, configuration_version from agent_executions
        where ${chosen} order by timestamp desc limit ${sql.lit(maxNewest)}
      ) execution
    ) newest
    cross join lateral (
      select array_send(array_agg(ms::float8) filter (where ms is not null)) as earlier_durations from (
        select ${toUsableMs('executionTimeMs')} as ms from agent_executions
        where ${chosen} and ${ranWithValuesInForce} and newest.count = ${sql.lit(maxNewest)}
          and timestamp > now() - interval '10 minutes' and timestamp <= newest.oldest_at
        order by timestamp desc limit ${sql.lit(maxDurations - maxNewest)} + newest.oldest
      ) execution
    ) earlier`
  return (await readInIndexOrder(db, (ordered) => statement.execute(ordered))).rows
}

const inMs = (moment: RawBuilder<unknown>) => sql<number>`date_part('epoch', ${moment}) * 1000`

const toAgentSince = ({ agentId, oldestMs }: ExecutionRow): AgentOldestExecution[] =>
  oldestMs === null ? [] : [{ agentId, oldestMs }]

/** @param used the executions under the values in force, of the same agent, and their durations */
function toSeries(row: ExecutionRow, used: ExecutionRow, durationMs: (number | null)[]): ExecutionSeries[] {
  const { agentId, newestMs, oldestMs, oldest } = row
  if (newestMs === null || oldestMs === null) return []
  const all = decodeOutcomes(row.outcomes)
  return [
    {
      agentId,
      newestAt: Math.round(newestMs),
      oldestAt: Math.round(oldestMs),
      count: all.success.length,
      // The oldest are the last.
      completed: all.success.slice(0, -oldest).filter(Boolean).length,
      durationMs,
      confidence: used.confidence,
      ...(used === row ? all : decodeOutcomes(used.outcomes)),
    },
  ]
}

function decodeOutcomes(outcomes: string | null) {
  const success: boolean[] = []
  const errored: boolean[] = []
  for (let i = 0; outcomes && i < outcomes.length; i++) {
    const code = outcomes[i]
    success.push(code === '1' || code === '3')
    errored.push(code === '2' || code === '3')
  }
  return { success, errored }
}

/** Those of 10 minutes if there are more than the newest; the oldest of the newest are also among the earlier ones. */
function listRecentDurations({ oldest, earlierDurations }: ExecutionRow, durationMs: (number | null)[]): number[] {
  if (earlierDurations === null) return []
  return durationMs
    .slice(0, -oldest)
    .concat(decodeFloats(earlierDurations))
    .filter((ms) => ms !== null)
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
