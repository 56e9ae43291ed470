import { type Selectable, sql } from 'kysely'
import type { Severity } from '../model/bottleneck.ts'
import type { Database } from './database.ts'
import type { OptimizationTables } from './schema/optimization.ts'

export type Alert = Selectable<OptimizationTables['alerts']>

/** Raises an alert, unless the same one is open already. */
export async function raiseAlert(
  db: Database,
  alert: { severity: Severity; component: string; message: string; trialId?: string },
): Promise<void> {
  await db
    .insertInto('alerts')
    .values({ ...alert, trialId: alert.trialId ?? null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Resolves everything a trial raised. */
export async function resolveTrialAlerts(db: Database, trialId: string): Promise<void> {
  await db
    .updateTable('alerts')
    .set({ resolvedAt: sql<Date>`now()` })
    .where('trialId', '=', trialId)
    .where('resolvedAt', 'is', null)
    .execute()
}

/** Resolves what is open about a component and belongs to no trial, but for one that still holds. */
export async function resolveComponentAlerts(db: Database, component: string, but?: string): Promise<void> {
  await db
    .updateTable('alerts')
    .set({ resolvedAt: sql<Date>`now()` })
    .where('component', '=', component)
    .where('trialId', 'is', null)
    .where('resolvedAt', 'is', null)
    .$if(but !== undefined, (query) => query.where('message', '!=', but!))
    .execute()
}

/** Everything a trial raised, oldest first, resolved or not. */
export function listTrialAlerts(db: Database, trialId: string): Promise<Alert[]> {
  return db.selectFrom('alerts').where('trialId', '=', trialId).orderBy('raisedAt').selectAll().execute()
}

/** Newest first. */
export function listOpenAlerts(db: Database): Promise<Alert[]> {
  return db.selectFrom('alerts').where('resolvedAt', 'is', null).orderBy('raisedAt', 'desc').selectAll().execute()
}
