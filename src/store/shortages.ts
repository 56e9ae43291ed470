/** The recorded resource shortages, from which a new optimizer workflow continues. */
import { sql } from 'kysely'
import { describeShortage, resourceMetrics } from '../model/alert-signals.ts'
import { MAX_CONSTRAINTS } from '../model/cycle.ts'
import type { Database } from './database.ts'

export interface RecordedShortages {
  /** Those of the open alerts, the newest as far as they are remembered. */
  constraints: string[]
  /** Whether it is because of a shortage, not of a person, that consumption is reduced. */
  isConstrained: boolean
}

export async function loadShortages(db: Database): Promise<RecordedShortages> {
  const [alerts, change] = await Promise.all([
    db
      .selectFrom('alerts')
      .where('resolvedAt', 'is', null)
      .where('cause', '<>', 'anomaly')
      .where('metric', 'in', [...resourceMetrics])
      .where('subject', 'is not', null)
      .orderBy('raisedAt', 'desc')
      .limit(MAX_CONSTRAINTS)
      .select(['metric', 'subject'])
      .execute(),
    db
      .selectFrom('policyChanges')
      .where('field', '=', 'resourceMode')
      .orderBy('id', 'desc')
      .limit(1)
      .select(['newValue', 'changedBy', 'changedAt'])
      .executeTakeFirst(),
  ])
  const byOptimizer = change !== undefined && change.newValue === 'reduce' && change.changedBy === 'optimizer'
  return {
    constraints: alerts.map(({ metric, subject }) => describeShortage(metric!, subject!)),
    isConstrained: byOptimizer && !(await wasConfirmed(db, change.changedAt)),
  }
}

/** Whether a person asked for the same afterwards: then it outlasts the shortage. */
async function wasConfirmed(db: Database, since: Date): Promise<boolean> {
  const request = await db
    .selectFrom('auditEntries')
    .where('action', '=', 'request.without-effect')
    .where('at', '>', since)
    .where(sql<boolean>`detail ->> 'asked' = 'reduceResourceConsumption'`)
    .select('id')
    .limit(1)
    .executeTakeFirst()
  return request !== undefined
}
