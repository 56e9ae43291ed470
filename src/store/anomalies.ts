import { type Selectable, sql } from 'kysely'
import type { Anomaly } from '../model/anomaly.ts'
import { OptimizerError } from '../model/errors.ts'
import { insertAuditEntry } from './audit-entries.ts'
import { type Database, inTransaction } from './database.ts'
import { countRows, isWithin, type PageRange, paginateNewestFirst, type TimeFilter } from './newest-first.ts'
import type { Period } from './period.ts'
import type { AnomalyTables } from './schema/anomalies.ts'

export type RecordedAnomaly = Selectable<AnomalyTables['anomalies']>

/**
 * Records ongoing anomalies and those that have ended; those that are on record already are updated.
 * @param endsOthersAt what else is open on record has ended then, milliseconds since the epoch; by default it stays open
 */
export async function recordAnomalies(
  db: Database,
  { open, ended, endsOthersAt }: { open: readonly Anomaly[]; ended: readonly Anomaly[]; endsOthersAt?: number },
): Promise<void> {
  await inTransaction(db, async (trx) => {
    for (const anomaly of [...ended, ...open]) await recordAnomaly(trx, anomaly)
    if (endsOthersAt === undefined) return
    const keys = open.map(({ component, metric }) => `${metric} of ${component}`)
    await trx
      .updateTable('anomalies')
      .set({ endedAt: sql<Date>`greatest(since, ${new Date(endsOthersAt)})` })
      .where('endedAt', 'is', null)
      .where(sql<boolean>`metric || ' of ' || component <> all(${keys}::text[])`)
      .execute()
  })
}

/** A series has one open anomaly at most. */
async function recordAnomaly(db: Database, anomaly: Anomaly): Promise<void> {
  const { component, metric, since, endedAt } = anomaly
  const facts = { endedAt: endedAt === null ? null : new Date(endedAt), content: JSON.stringify(anomaly) }
  const updated = await db
    .updateTable('anomalies')
    .set(facts)
    .where('component', '=', component)
    .where('metric', '=', metric)
    .where('endedAt', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (updated) return
  await db
    .insertInto('anomalies')
    .values({ component, metric, since: new Date(since), ...facts })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The ongoing anomalies that have not been dismissed, newest first. */
export function listOpenAnomalies(db: Database): Promise<RecordedAnomaly[]> {
  return matching(db, { isOpen: true }).orderBy('since', 'desc').orderBy('id', 'desc').selectAll().execute()
}

/** A filter for anomalies by when they began, among others; by default all, also those that have ended or were dismissed. */
export interface AnomalyFilter extends TimeFilter {
  component?: string | undefined
  /** Only those that are ongoing and have not been dismissed. */
  isOpen?: boolean
}

const matching = (db: Database, { component, isOpen = false, ...time }: AnomalyFilter) =>
  db
    .selectFrom('anomalies')
    .where(isWithin('since', time))
    .$if(component !== undefined, (query) => query.where('component', '=', component!))
    .$if(isOpen, (query) => query.where('endedAt', 'is', null).where('dismissedAt', 'is', null))

/** The anomalies that match, newest first. */
export const listAnomalies = (db: Database, { limit, after, ...filter }: AnomalyFilter & PageRange): Promise<RecordedAnomaly[]> =>
  paginateNewestFirst(matching(db, filter), { limit, after }).selectAll().execute()

/** How many anomalies match. */
export const countAnomalies = (db: Database, filter: AnomalyFilter): Promise<number> => countRows(matching(db, filter))

/** An anomaly with its end on record, which its content does not tell if nobody watched it any more. */
const withEnd = ({ content, endedAt }: Pick<RecordedAnomaly, 'content' | 'endedAt'>): Anomaly => ({
  ...content,
  endedAt: endedAt?.getTime() ?? null,
})

/** The anomalies for the worse that overlap a period and have not been dismissed, newest first, and how many there are. */
export async function listAnomaliesInPeriod(
  db: Database,
  { from, to }: Period,
  { component, limit }: { component?: string | undefined; limit: number },
): Promise<{ items: Anomaly[]; total: number }> {
  const within = db
    .selectFrom('anomalies')
    .where('since', '<', to)
    .where((eb) => eb.or([eb('endedAt', 'is', null), eb('endedAt', '>=', from)]))
    .where('dismissedAt', 'is', null)
    .where(sql<boolean>`(content ->> 'isWorse')::boolean`)
    .$if(component !== undefined, (query) => query.where('component', '=', component!))
  const [rows, { total }] = await Promise.all([
    within.orderBy('since', 'desc').orderBy('id', 'desc').limit(limit).select(['content', 'endedAt']).execute(),
    within.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  return { items: rows.map(withEnd), total }
}

/** The anomalies of a component that lasted at some time since `from` and have not been dismissed, oldest first. */
export async function listComponentAnomalies(db: Database, component: string, from: Date): Promise<Anomaly[]> {
  const rows = await db
    .selectFrom('anomalies')
    .where('component', '=', component)
    .where('dismissedAt', 'is', null)
    .where((eb) => eb.or([eb('endedAt', 'is', null), eb('endedAt', '>', from)]))
    .orderBy('since')
    .select(['content', 'endedAt'])
    .execute()
  return rows.map(withEnd)
}

/**
 * Records that an anomaly is a false alarm, which ends it, and that in the audit log.
 * @throws OptimizerError `unknown-anomaly`
 */
export function recordDismissal(db: Database, id: number, { by, reason }: { by: string; reason: string }): Promise<void> {
  return inTransaction(db, async (db) => {
    const found = await db
      .updateTable('anomalies')
      .set({
        dismissedAt: sql<Date>`coalesce(dismissed_at, now())`,
        dismissedBy: by,
        dismissal: reason,
        endedAt: sql<Date>`coalesce(ended_at, greatest(now(), since))`,
      })
      .where('id', '=', id)
      .returning('content')
      .executeTakeFirst()
    if (!found) throw new OptimizerError('unknown-anomaly', `There is no anomaly ${id}; see npx optimizer anomalies.`)
    const detail = { anomalyId: id, metric: found.content.metric }
    await insertAuditEntry(db, { action: 'anomaly.dismissed', actor: by, subject: found.content.component, reason, detail })
  })
}

/** The anomalies that were dismissed since a time. */
export async function listDismissedAnomalies(db: Database, since: Date): Promise<{ anomaly: Anomaly; dismissedAt: Date }[]> {
  const rows = await db
    .selectFrom('anomalies')
    .where('dismissedAt', '>=', since)
    .orderBy('id')
    .select(['content', 'dismissedAt'])
    .execute()
  return rows.map(({ content, dismissedAt }) => ({ anomaly: content, dismissedAt: dismissedAt! }))
}
