import { type Selectable, sql } from 'kysely'
import type { Severity } from '../model/bottleneck.ts'
import type { Database } from './database.ts'
import type { OptimizationTables } from './schema/optimization.ts'

export type Alert = Selectable<OptimizationTables['alerts']>

/** Raises an alert, unless the same one is already open. */
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

/** Resolves all alerts of a trial. */
export async function resolveTrialAlerts(db: Database, trialId: string): Promise<void> {
  await db
    .updateTable('alerts')
    .set({ resolvedAt: sql<Date>`now()` })
    .where('trialId', '=', trialId)
    .where('resolvedAt', 'is', null)
    .execute()
}

/** Resolves the open alerts of a component that belong to no trial, except the one with this message. */
export async function resolveComponentAlerts(db: Database, component: string, exceptMessage?: string): Promise<void> {
  await db
    .updateTable('alerts')
    .set({ resolvedAt: sql<Date>`now()` })
    .where('component', '=', component)
    .where('trialId', 'is', null)
    .where('resolvedAt', 'is', null)
    .$if(exceptMessage !== undefined, (query) => query.where('message', '!=', exceptMessage!))
    .execute()
}

/** All alerts of a trial, resolved or not, oldest first. */
export function listTrialAlerts(db: Database, trialId: string): Promise<Alert[]> {
  return db.selectFrom('alerts').where('trialId', '=', trialId).orderBy('raisedAt').selectAll().execute()
}

/** Open alerts, newest first. */
export function listOpenAlerts(db: Database): Promise<Alert[]> {
  return db.selectFrom('alerts').where('resolvedAt', 'is', null).orderBy('raisedAt', 'desc').selectAll().execute()
}
