import { type Selectable, sql } from 'kysely'
import type { ComponentMetrics } from '../messaging/performance.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import { type ComponentStatus, componentStatusLifetimeMs, type SharedComponentKind } from '../model/component.ts'
import { type ComponentReading, getReadingMetrics, hasMetrics } from './component-reading.ts'
import { alertComponentStatus } from './component-status.ts'
import { type Database, inTransaction } from './database.ts'
import { findMonitoringGaps } from './monitoring-gaps.ts'
import { insertOutboxMessages } from './outbox.ts'
import { findReadingRefusals } from './reading-refusals.ts'
import type { ObservationTables } from './schema/observations.ts'
import { getSampleKey, recordSystemMetrics } from './system-metrics.ts'

/** What has become of readings. */
export interface RecordReadingsResult {
  recorded: ComponentReading[]
  refused: { index: number; reason: string }[]
}

/**
 * Records readings (D1): to the history, as what is known of their components now, and where a component was not measured for long
 * (`findMonitoringGaps`), as a gap; and publishes them (D8). Readings that are on record already are left out; one that a later one has
 * overtaken is only added to the history, which has no statuses: one with only a status is refused.
 * @param intervalMs between two readings of a component
 * @param now milliseconds since the epoch
 * @param expiredBefore milliseconds since the epoch; earlier values are refused, because nothing tells any more whether they are on record
 * @returns those that are new, and the `index` of each that cannot be taken, with the reason
 * @throws OptimizerError `expired-reading`, `overtaken-status`, `taken-component`, `too-many-components`, `too-many-metrics`, if none can be taken
 */
export async function recordReadings(
  db: Database,
  readings: readonly ComponentReading[],
  intervalMs: number,
  now = Date.now(),
  expiredBefore = Number.NEGATIVE_INFINITY,
): Promise<RecordReadingsResult> {
  if (readings.length === 0) return { recorded: [], refused: [] }
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
      .select(['component', 'seenAt', 'kind'])
      .execute()
    const refusals = await findReadingRefusals(trx, readings, known, { now, expiredBefore })
    const [refusal] = refusals.values()
    if (refusal && refusals.size === readings.length) throw refusal
    const refused = Array.from(refusals, ([index, { message }]) => ({ index, reason: message }))
    const seen = new Map(known.map(({ component, seenAt }) => [component, seenAt.getTime()]))
    const isLater = ({ component, at }: ComponentReading) => at.getTime() > (seen.get(component) ?? Number.NEGATIVE_INFINITY)
    const usable = readings.filter((_, index) => !refusals.has(index))
    const added = await recordSystemMetrics(
      trx,
      usable.filter(hasMetrics).map(({ kind: _, agentId: __, status: ___, ...sample }) => sample),
    )
    const later = usable.filter(isLater)
    const recorded = usable.filter((reading) => isLater(reading) || added.has(getSampleKey(reading)))
    const isNews = ({ at }: ComponentReading) => at.getTime() > now - componentStatusLifetimeMs
    // History delivered by another program is not published.
    await insertOutboxMessages(
      trx,
      recorded
        .filter(isNews)
        .map((reading) => ({ subject: performanceSubjects.metrics, content: toMessage(reading, intervalMs) })),
    )
    if (later.length === 0) return { recorded, refused }
    const silences = later.flatMap(({ component, kind, at }) => {
      const since = seen.get(component)
      return since === undefined ? [] : [{ component, kind, since: new Date(since), until: at }]
    })
    const gaps = await findMonitoringGaps(trx, silences, intervalMs, ({ kind }) => kind !== 'other')
    if (gaps.length > 0)
      await trx
        .insertInto('monitoringGaps')
        .values(gaps.map(({ component, since, until }) => ({ component, since, until })))
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
            metrics: JSON.stringify(getReadingMetrics(reading)),
            status: reading.status ?? null,
          })),
      )
      .onConflict((conflict) =>
        conflict.column('component').doUpdateSet(({ ref }) => ({
          kind: ref('excluded.kind'),
          agentId: ref('excluded.agentId'),
          seenAt: ref('excluded.seenAt'),
          // A reading with only a status leaves the metrics unchanged, and the other way round.
          metrics: sql<string>`case when excluded.metrics = '{}' then components.metrics else excluded.metrics end`,
          status: sql<ComponentStatus | null>`coalesce(excluded.status, components.status)`,
        })),
      )
      .execute()
    await alertComponentStatus(trx, later.filter(isNews))
    return { recorded, refused }
  })
}

const toMessage = (reading: ComponentReading, intervalMs: number): ComponentMetrics => ({
  component: reading.component,
  kind: reading.kind,
  agentId: reading.agentId ?? null,
  at: reading.at.toISOString(),
  intervalSeconds: intervalMs / 1_000,
  ...(reading.status && { status: reading.status }),
  metrics: getReadingMetrics(reading),
})

export type MonitoredComponent = Selectable<ObservationTables['components']>

/** The hosts, processes and components of other programs that were measured after a time, with their newest reading, by name. */
export function listSharedComponentsSince(
  db: Database,
  since: Date,
): Promise<(MonitoredComponent & { kind: SharedComponentKind })[]> {
  return db
    .selectFrom('components')
    .where('kind', '!=', 'instance')
    .where('seenAt', '>', since)
    .orderBy('component')
    .selectAll()
    .$narrowType<{ kind: SharedComponentKind }>()
    .execute()
}

/** All components that are no agent's, such as hosts and processes. */
export async function listSharedComponents(db: Database): Promise<Set<string>> {
  const rows = await db
    .selectFrom('components')
    .where('agentId', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('agents').whereRef('agents.agentId', '=', 'components.component').select('agents.agentId'))),
    )
    .select('component')
    .execute()
  return new Set(rows.map(({ component }) => component))
}

/** The agent that a component belongs to, or is itself; undefined if it is not an agent's. */
export async function findComponentAgent(db: Database, component: string): Promise<string | undefined> {
  const agent = await db.selectFrom('agents').where('agentId', '=', component).select('agentId').executeTakeFirst()
  if (agent) return agent.agentId
  const row = await db.selectFrom('components').where('component', '=', component).select('agentId').executeTakeFirst()
  return row?.agentId ?? undefined
}

/** Whether a component has a reading after a time. */
export async function wasSeenSince(db: Database, component: string, since: Date): Promise<boolean> {
  const row = await db
    .selectFrom('components')
    .where('component', '=', component)
    .where('seenAt', '>', since)
    .select('component')
    .executeTakeFirst()
  return row !== undefined
}

/** The newest reading of a host since a time; undefined if there is none. */
export function findNewestHost(db: Database, since: Date): Promise<MonitoredComponent | undefined> {
  return db
    .selectFrom('components')
    .where('kind', '=', 'host')
    .where('seenAt', '>', since)
    .orderBy('seenAt', 'desc')
    .limit(1)
    .selectAll()
    .executeTakeFirst()
}
