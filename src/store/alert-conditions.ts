import { sql } from 'kysely'
import type { AlertCondition } from '../model/alert-threshold.ts'
import type { ComponentKind } from '../model/component.ts'
import type { MetricValues } from '../model/metric-value.ts'
import { type Database, inTransaction } from './database.ts'
import { type Columns, insertRows, jsonb, text, timestamptz } from './insert-rows.ts'

/** Since when a metric of a component has been beyond its thresholds, and its newest value. */
export interface RecordedCondition {
  component: string
  metric: string
  state: { levels: AlertCondition; value: number }
  seenAt: Date
}

export function listAlertConditions(db: Database): Promise<RecordedCondition[]> {
  return db.selectFrom('alertConditions').selectAll().execute()
}

/** Replaces all conditions. */
export async function replaceAlertConditions(db: Database, conditions: readonly RecordedCondition[]): Promise<void> {
  await inTransaction(db, async (trx) => {
    await trx.deleteFrom('alertConditions').execute()
    const columns: Columns<RecordedCondition> = {
      component: text(({ component }) => component),
      metric: text(({ metric }) => metric),
      state: jsonb(({ state }) => state),
      seen_at: timestamptz(({ seenAt }) => seenAt.getTime()),
    }
    await insertRows(trx, { table: 'alert_conditions', columns }, conditions)
  })
}

/** The newest values of an agent or a component. */
export interface NewestMetricValues {
  component: string
  agentId: string | null
  values: MetricValues
  at: Date
  /** Of a component. */
  kind: ComponentKind | null
  /** Whether a cycle collected the values. */
  isAgent: boolean
}

/**
 * The newest values of all components and agents within a time. A component may have the name of an agent; the values of the agent come
 * later.
 */
export async function listNewestValues(db: Database, since: Date, until: Date): Promise<NewestMetricValues[]> {
  const components = await db
    .selectFrom('components')
    .where('seenAt', '>=', since)
    .where('seenAt', '<=', until)
    .select(['component', 'kind', 'agentId', 'metrics as values', 'seenAt as at'])
    .execute()
  const agents = await db
    .selectFrom('agentMetrics')
    .where('at', '>=', since)
    .where('at', '<=', until)
    .distinctOn('agentId')
    .orderBy('agentId')
    .orderBy('at', 'desc')
    .select(['agentId as component', 'agentId', 'at', 'responseTime', 'successRate', 'coordinationScore', 'others'])
    .execute()
  return [
    ...components.map((component) => ({ ...component, isAgent: false })),
    ...agents.map(({ component, agentId, at, others, ...usual }) => ({
      component,
      agentId,
      at,
      kind: null,
      isAgent: true,
      values: present({ ...others, ...usual }),
    })),
  ]
}

/** The readings of components between two moments each, without those at either, oldest first. */
export async function listReadingsBetween(
  db: Database,
  spans: readonly { component: string; from: Date; to: Date }[],
): Promise<{ component: string; at: Date; values: MetricValues }[]> {
  if (spans.length === 0) return []
  const earliest = spans.reduce((least, { from }) => (from < least ? from : least), spans[0]!.from)
  const latest = spans.reduce((most, { to }) => (to > most ? to : most), spans[0]!.to)
  const span = sql<{ component: string; from: Date; to: Date }>`unnest(
    ${spans.map(({ component }) => component)}::text[],
    ${spans.map(({ from }) => from)}::timestamptz[],
    ${spans.map(({ to }) => to)}::timestamptz[])`
  const rows = await db
    .selectFrom('systemMetrics as reading')
    .innerJoin(span.as<'span'>(sql`span (component, "from", "to")`), 'span.component', 'reading.component')
    .whereRef('timestamp', '>', 'span.from')
    .whereRef('timestamp', '<', 'span.to')
    // The planner needs these to leave out whole partitions.
    .where('timestamp', '>', earliest)
    .where('timestamp', '<', latest)
    .orderBy('timestamp')
    .selectAll('reading')
    .execute()
  return rows.map(
    ({ component, timestamp, others, cpuPercent, memoryPercent, heapPercent, networkBytesPerSecond, storagePercent }) => ({
      component,
      at: timestamp,
      values: present({ cpuPercent, memoryPercent, heapPercent, networkBytesPerSecond, storagePercent, ...others }),
    }),
  )
}

/** Those of the components that had a value of a metric above a limit since the hour of a moment. */
export async function listComponentsAboveLimit(
  db: Database,
  components: readonly string[],
  { metric, limit, since }: { metric: string; limit: number; since: Date },
): Promise<string[]> {
  if (components.length === 0) return []
  const { rows } = await sql<{ component: string }>`
    select distinct component from system_metrics_hours
    where component = any(${components}::text[]) and at >= date_trunc('hour', ${since}::timestamptz, 'UTC')
      and (metrics -> ${metric}::text ->> 3)::double precision > ${limit}`.execute(db)
  return rows.map(({ component }) => component)
}

const present = (values: Record<string, number | null>): MetricValues =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))

/**
 * The alerts whose present state a receiver does not know; all open ones if they are to be sent again. An acknowledged one is left out,
 * unless the receiver would otherwise forget it; the end of one, if the receiver never knew of it.
 */
export function listUnsentAlerts(db: Database, sink: string, isRepeating: boolean) {
  return db
    .selectFrom('alerts')
    .where(
      sql<boolean>`(resolved_at is null and case when acknowledged_at is null
          then ${isRepeating} or told ->> ${sink}::text is distinct from severity
          else ${isRepeating} and jsonb_exists(told, ${sink}::text) end)
        or (resolved_at is not null and jsonb_path_exists(told, '$.* ? (@ <> "resolved")')
          and told ->> ${sink}::text <> 'resolved')`,
    )
    .orderBy('id')
    .selectAll()
    .select([
      sql<string | null>`told ->> ${sink}::text`.as('known'),
      // An alert is about an agent, an instance of it (`agent/instance`) or a step (`step of agent`).
      sql<string | null>`(select agent_id from coalesce(subject, component) as about
        join agents on agent_id in (about, split_part(about, '/', 1), substring(about from ' of ([^ ]+)$'))
        order by length(agent_id) desc limit 1)`.as('agentId'),
      sql<string | null>`(select split_part(known.component, '/', 1) from components known
        where known.component = alerts.subject and kind in ('host', 'process'))`.as('host'),
    ])
    .execute()
}
export type UnsentAlert = Awaited<ReturnType<typeof listUnsentAlerts>>[number]

interface ToldState {
  id: number
  state: string
}

/** Records the states of alerts that a receiver was sent, which may be older than the present ones: those are sent next. */
export async function recordSentAlerts(db: Database, sink: string, told: readonly ToldState[]): Promise<void> {
  for (const notice of told) await recordingTold(db, sink, notice).execute()
}

/**
 * Records the states of alerts that a receiver is about to be sent, in the same transaction.
 * @param known by alert, the state that the receiver knew when the attempt began; one without an entry knew none
 * @returns those that are news to it: none if another attempt has sent anything since
 */
export async function recordNewAlertStates<Told extends ToldState>(
  db: Database,
  sink: string,
  told: readonly Told[],
  known: ReadonlyMap<number, string>,
): Promise<Told[]> {
  const news: Told[] = []
  for (const notice of told) {
    const { numUpdatedRows } = await recordingTold(db, sink, notice)
      .where(sql<boolean>`told ->> ${sink}::text is distinct from ${notice.state}::text`)
      .where(sql<boolean>`told ->> ${sink}::text is not distinct from ${known.get(notice.id) ?? null}::text`)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows > 0) news.push(notice)
  }
  return news
}

const recordingTold = (db: Database, sink: string, { id, state }: ToldState) =>
  db
    .updateTable('alerts')
    .set({ told: sql<string>`told || jsonb_build_object(${sink}::text, ${state}::text)` })
    .where('id', '=', id)
