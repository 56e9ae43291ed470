/** The series in which anomalies are detected: the values of each step, and the detector's state. */
import { sql } from 'kysely'
import { maxMetricValue } from '../model/metric-value.ts'
import { type Database, inTransaction } from './database.ts'
import { maxScoreDelayMs } from './scores.ts'
import { hasUsableTime, isAfterHistoryStart, isUsableValue, toUsableMs } from './usable.ts'

/** The work of an agent in a step. */
export interface StepExecutions {
  agentId: string
  /** The number of the step since the epoch. */
  step: number
  executions: number
  succeeded: number
  responseTime: number | null
}

interface Steps {
  from: Date
  to: Date
  stepSeconds: number
}

const stepOf = (stepSeconds: number, time = 'timestamp') =>
  sql<number>`floor(extract(epoch from ${sql.ref(time)}) / ${sql.lit(stepSeconds)})::float8`

/** The executions of all agents by step, in one query. */
export async function loadExecutionsByStep(db: Database, { from, to, stepSeconds }: Steps): Promise<StepExecutions[]> {
  const { rows } = await sql<StepExecutions>`
    select agent.agent_id, work.*
    from agents agent
    cross join lateral (
      select ${stepOf(stepSeconds)} as step, count(*) as executions, count(*) filter (where success) as succeeded,
        avg(${toUsableMs('execution_time_ms')}) as response_time
      from agent_executions
      where agent_name = agent.agent_id and timestamp >= ${from} and timestamp < ${to} and ${hasUsableTime} and ${isAfterHistoryStart}
      group by 1
    ) work
    where agent.forgotten_at is null`.execute(db)
  return rows
}

/** The mean of what was reported of a metric of the executions of an agent in a step. */
export interface StepMetric {
  agentId: string
  step: number
  metric: string
  mean: number
}

/**
 * Numbers among the metrics of an execution that are wanted. Those that no metric can have are left out, since one of them would make the mean
 * of all too large for a number, and the query fail for the whole fleet.
 */
const isWanted = (metrics: readonly string[]) =>
  sql<boolean>`key = any(${[...metrics]}::text[])
    and case when jsonb_typeof(value) = 'number' then value::numeric between 0 and ${sql.lit(maxMetricValue)} else false end`
const eachMetric = sql`jsonb_each(case when jsonb_typeof(metrics) = 'object' then metrics else '{}' end)`

/** The values of these metrics that the executions of all agents reported, by step, in one query; later ones are left out. */
export async function loadReportedMetricsByStep(
  db: Database,
  { from, to, stepSeconds }: Steps,
  metrics: readonly string[],
): Promise<StepMetric[]> {
  const { rows } = await sql<StepMetric>`
    select agent.agent_id, reported.*
    from agents agent
    cross join lateral (
      select ${stepOf(stepSeconds)} as step, key as metric, avg((value #>> '{}')::float8) as mean
      from agent_executions
      cross join lateral ${eachMetric}
      where agent_name = agent.agent_id and timestamp >= ${from} and timestamp < ${to} and ${hasUsableTime} and ${isAfterHistoryStart}
        and ${isWanted(metrics)} and coalesce(key <> all(scored_metrics), true)
      group by 1, 2
    ) reported
    where agent.forgotten_at is null`.execute(db)
  return rows.filter(({ metric, mean }) => isUsableValue(metric, mean))
}

/** The mean of the values that came in a step later than their executions. */
export interface StepScore extends StepMetric {
  /** By how much they came later than the newest of these executions. */
  lateMs: number
}

/** Values that arrived after the executions that they are about, such as scores, by the step of their arrival; in one query. */
export async function loadScoresByStep(
  db: Database,
  { from, to, stepSeconds }: Steps,
  metrics: readonly string[],
): Promise<StepScore[]> {
  const { rows } = await sql<StepScore>`
    select agent_id, ${stepOf(stepSeconds, 'scored_at')} as step, key as metric, avg((value #>> '{}')::float8) as mean,
      greatest(0, extract(epoch from min(scored_at - timestamp)) * 1000)::float8 as late_ms
    from agent_executions
    join agents agent on agent_id = agent_name
    cross join lateral ${eachMetric}
    where scored_at >= ${from} and scored_at < ${to} and timestamp >= ${new Date(from.getTime() - maxScoreDelayMs)}
      and ${hasUsableTime} and ${isAfterHistoryStart} and forgotten_at is null and ${isWanted(metrics)} and key = any(scored_metrics)
    group by 1, 2, 3`.execute(db)
  return rows.filter(({ metric, mean }) => isUsableValue(metric, mean))
}

/** The messages from one agent to another in a step. */
export interface StepMessages {
  fromAgent: string
  toAgent: string
  step: number
  sent: number
  delivered: number
  latencyMs: number | null
}

/** The messages between agents by step, in one query. */
export async function loadMessagesByStep(db: Database, { from, to, stepSeconds }: Steps): Promise<StepMessages[]> {
  const { rows } = await sql<StepMessages>`
    select agent.agent_id as from_agent, sent.*
    from agents agent
    cross join lateral (
      select to_agent, ${stepOf(stepSeconds)} as step, count(*) as sent, count(*) filter (where delivered) as delivered,
        avg(${toUsableMs('latency_ms')}) as latency_ms
      from agent_messages
      where from_agent = agent.agent_id and timestamp >= ${from} and timestamp < ${to} and ${hasUsableTime} and ${isAfterHistoryStart}
      group by 1, 2
    ) sent
    where agent.forgotten_at is null`.execute(db)
  return rows
}

/** When an agent first executed something since a time; undefined if none did. */
export async function findEarliestExecutionTime(db: Database, since: Date): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date | null }>`
    select min(first.at) as at
    from agents agent
    cross join lateral (
      select min(timestamp) as at from agent_executions where agent_name = agent.agent_id and timestamp >= ${since}
    ) first
    where agent.forgotten_at is null`.execute(db)
  return rows[0]?.at ?? undefined
}

/** The pairs of senders and receivers of messages since a time. */
export async function listMessagePairs(db: Database, since: Date): Promise<[from: string, to: string][]> {
  const { rows } = await sql<{ fromAgent: string; toAgent: string }>`
    select agent.agent_id as from_agent, sent.to_agent
    from agents agent
    cross join lateral (
      select distinct to_agent from agent_messages where from_agent = agent.agent_id and timestamp >= ${since}
    ) sent`.execute(db)
  return rows.map(({ fromAgent, toAgent }) => [fromAgent, toAgent])
}

/** The readings of a component in a step. */
export interface StepReading {
  component: string
  agentId: string | null
  step: number
  metrics: Record<string, number>
}

/** The readings of all components by step, in one query; of several in a step the last. */
export async function loadReadingsByStep(db: Database, { from, to, stepSeconds }: Steps): Promise<StepReading[]> {
  const columns = ['cpuPercent', 'memoryPercent', 'heapPercent', 'networkBytesPerSecond', 'storagePercent'] as const
  const rows = await db
    .selectFrom('systemMetrics')
    .leftJoin('components', 'components.component', 'systemMetrics.component')
    .where('timestamp', '>=', from)
    .where('timestamp', '<', to)
    .distinctOn(['systemMetrics.component', stepOf(stepSeconds)])
    .orderBy('systemMetrics.component')
    .orderBy(stepOf(stepSeconds))
    .orderBy('timestamp', 'desc')
    .select(['systemMetrics.component', 'components.agentId', stepOf(stepSeconds).as('step'), 'others', ...columns])
    .execute()
  return rows.map(({ component, agentId, step, others, ...values }) => ({
    component,
    agentId,
    step,
    // Other programs have these metrics among the others.
    metrics: selectUsable({ ...values, ...others }),
  }))
}

const selectUsable = (values: Record<string, number | null>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => isUsableValue(...entry)))

/** The detector's knowledge of a series when it was saved. */
export interface SavedSeriesRow {
  component: string
  metric: string
  state: object
  /** When it was last measured. */
  watchedUntil: Date
  /** Whether too little is known yet to find an anomaly in it. */
  isLearning: boolean
}

/** So that nothing else waits for long. */
const rowsAtOnce = 50

/** When the series that are saved were last measured; undefined if there are none. */
export async function findLatestWatchTime(db: Database): Promise<Date | undefined> {
  const row = await db
    .selectFrom('anomalySeries')
    .select(({ fn }) => fn.max('watchedUntil').as('latest'))
    .executeTakeFirst()
  return row?.latest ?? undefined
}

/** How many series are saved, of how many of them too little is known yet, and when the latest was measured. */
export function countAnomalySeries(
  db: Database,
  component?: string,
): Promise<{ series: number; learning: number; watchedUntil: Date | null }> {
  return db
    .selectFrom('anomalySeries')
    .$if(component !== undefined, (query) => query.where('component', '=', component!))
    .select(({ fn }) => [
      fn.countAll<number>().as('series'),
      fn.countAll<number>().filterWhere('isLearning', '=', true).as('learning'),
      fn.max<Date | null>('watchedUntil').as('watchedUntil'),
    ])
    .executeTakeFirstOrThrow()
}

/** Records that too little is known of any series, until they are saved again. */
export async function markAllSeriesLearning(db: Database): Promise<void> {
  await db.updateTable('anomalySeries').set({ isLearning: true }).execute()
}

/** The series that are saved, some at a time, by component and metric: all at once take gigabytes where there are many. */
export async function* listAnomalySeries(db: Database, atOnce: number): AsyncGenerator<SavedSeriesRow[]> {
  let last: SavedSeriesRow | undefined
  do {
    const rows: SavedSeriesRow[] = await db
      .selectFrom('anomalySeries')
      .$if(last !== undefined, (query) =>
        query.where(({ eb, refTuple, tuple }) => eb(refTuple('component', 'metric'), '>', tuple(last!.component, last!.metric))),
      )
      .orderBy('component')
      .orderBy('metric')
      .limit(atOnce)
      .selectAll()
      .execute()
    if (rows.length > 0) yield rows
    last = rows.at(-1)
  } while (last)
}

/**
 * Replaces what the detector knows: series that it has forgotten are deleted.
 * @param series taken some at a time
 */
export async function saveAnomalySeries(db: Database, series: Iterable<SavedSeriesRow>): Promise<void> {
  await inTransaction(db, async (trx) => {
    const keys: string[] = []
    const insert = async (rows: SavedSeriesRow[]) => {
      keys.push(...rows.map(({ component, metric }) => `${metric} of ${component}`))
      await trx
        .insertInto('anomalySeries')
        .values(rows.map(({ state, ...row }) => ({ ...row, state: JSON.stringify(state) })))
        .onConflict((conflict) =>
          conflict.columns(['component', 'metric']).doUpdateSet(({ ref }) => ({
            state: ref('excluded.state'),
            watchedUntil: ref('excluded.watchedUntil'),
            isLearning: ref('excluded.isLearning'),
          })),
        )
        .execute()
    }
    let rows: SavedSeriesRow[] = []
    for (const row of series) {
      rows.push(row)
      if (rows.length < rowsAtOnce) continue
      await insert(rows)
      rows = []
    }
    if (rows.length > 0) await insert(rows)
    await trx.deleteFrom('anomalySeries').where(sql<boolean>`metric || ' of ' || component <> all(${keys}::text[])`).execute()
  })
}
