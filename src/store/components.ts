import type { Selectable } from 'kysely'
import type { ComponentMetrics } from '../messaging/performance.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import type { MetricValues } from '../model/metric-value.ts'
import { type Database, inTransaction } from './database.ts'
import { insertOutboxMessages } from './outbox.ts'
import type { ComponentKind, ObservationTables } from './schema/observations.ts'
import { recordSystemMetrics, type SystemSample } from './system-metrics.ts'

/** A reading of a component. */
export interface Reading extends SystemSample {
  kind: ComponentKind
  agentId?: string
}

/** Readings further apart than this many intervals have a gap between them. */
const gapIntervals = 2.5
/** Older readings, such as the history that another program delivers, are not published. */
const publishedWithinMs = 3_600_000

/**
 * Records readings (D1): to the history, as what is known of their components now, and where a component was not measured for more than
 * two and a half intervals, as a gap; and publishes them (D8). Readings that are on record already are left out.
 * @param intervalMs between two readings of a component
 * @returns those that are new
 */
export async function recordReadings(db: Database, readings: readonly Reading[], intervalMs: number): Promise<Reading[]> {
  if (readings.length === 0) return []
  return await inTransaction(db, async (trx) => {
    const known = await trx
      .selectFrom('components')
      .where(
        'component',
        'in',
        readings.map(({ component }) => component),
      )
      .orderBy('component')
      .forUpdate()
      .select(['component', 'seenAt'])
      .execute()
    const seen = new Map(known.map(({ component, seenAt }) => [component, seenAt.getTime()]))
    const later = readings.filter(({ component, at }) => at.getTime() > (seen.get(component) ?? Number.NEGATIVE_INFINITY))
    if (later.length === 0) return []
    await recordSystemMetrics(
      trx,
      later.map(({ kind: _, agentId: __, ...sample }) => sample),
    )
    const gaps = later.flatMap(({ component, at }) => {
      const since = seen.get(component)
      return since !== undefined && at.getTime() - since > gapIntervals * intervalMs
        ? [{ component, since: new Date(since), until: at }]
        : []
    })
    if (gaps.length > 0)
      await trx
        .insertInto('monitoringGaps')
        .values(gaps)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    await trx
      .insertInto('components')
      .values(
        later
          .toSorted((a, b) => (a.component < b.component ? -1 : 1))
          .map((reading) => ({
            component: reading.component,
            kind: reading.kind,
            agentId: reading.agentId ?? null,
            seenAt: reading.at,
            metrics: JSON.stringify(metricsOf(reading)),
          })),
      )
      .onConflict((conflict) =>
        conflict
          .column('component')
          .doUpdateSet(({ ref }) => ({ seenAt: ref('excluded.seenAt'), metrics: ref('excluded.metrics') })),
      )
      .execute()
    await insertOutboxMessages(
      trx,
      later
        .filter(({ at }) => at.getTime() > Date.now() - publishedWithinMs)
        .map((reading) => ({ subject: performanceSubjects.metrics, content: toMessage(reading, intervalMs) })),
    )
    return later
  })
}

const toMessage = (reading: Reading, intervalMs: number): ComponentMetrics => ({
  component: reading.component,
  kind: reading.kind,
  agentId: reading.agentId ?? null,
  at: reading.at.toISOString(),
  intervalSeconds: intervalMs / 1_000,
  metrics: metricsOf(reading),
})

/** Every number of a reading by the name of its metric. */
function metricsOf({ component: _, at: __, kind: ___, agentId: ____, others = {}, ...columns }: Reading): MetricValues {
  const numbers = Object.entries(columns).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  return { ...Object.fromEntries(numbers), ...others }
}

export type MonitoredComponent = Selectable<ObservationTables['components']>

/** The components that were measured after a time, with their newest reading, oldest first. */
export function listComponentsSince(db: Database, since: Date): Promise<MonitoredComponent[]> {
  return db.selectFrom('components').where('seenAt', '>', since).orderBy('seenAt').selectAll().execute()
}

/** The agent that a component belongs to, or is itself; undefined if it is no agent's. */
export async function findAgentOf(db: Database, component: string): Promise<string | undefined> {
  const agent = await db.selectFrom('agents').where('agentId', '=', component).select('agentId').executeTakeFirst()
  if (agent) return agent.agentId
  const row = await db.selectFrom('components').where('component', '=', component).select('agentId').executeTakeFirst()
  return row?.agentId ?? undefined
}

/** When a component was not measured although it was before, newest first. */
export function listMonitoringGaps(db: Database, component: string) {
  return db.selectFrom('monitoringGaps').where('component', '=', component).orderBy('since', 'desc').selectAll().execute()
}
