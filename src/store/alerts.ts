import { type Selectable, sql } from 'kysely'
import type { Severity } from '../model/bottleneck.ts'
import { toText } from '../model/text.ts'
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

/**
 * Raises one alert for each agent that a step over all agents leaves out, and resolves those of the agents it no longer leaves out.
 * @param step names the step, as in "collection"
 */
export async function replaceStepAlerts(
  db: Database,
  step: string,
  leftOut: readonly { agentId: string; reason: string }[],
): Promise<void> {
  const alerts = leftOut.map(({ agentId, reason }) => ({
    severity: 'high' as const,
    component: `${step} of ${agentId}`,
    message: toText(`${agentId} is left out of the ${step}, which goes on with the other agents: ${reason}`),
  }))
  const messages = alerts.map(({ message }) => message)
  await db
    .updateTable('alerts')
    .set({ resolvedAt: sql<Date>`now()` })
    .where('component', 'like', `${step} of %`)
    .where('trialId', 'is', null)
    .where('resolvedAt', 'is', null)
    .$if(messages.length > 0, (query) => query.where('message', 'not in', messages))
    .execute()
  for (const alert of alerts) await raiseAlert(db, alert)
}

/** All alerts of a trial, resolved or not, oldest first. */
export function listTrialAlerts(db: Database, trialId: string): Promise<Alert[]> {
  return db.selectFrom('alerts').where('trialId', '=', trialId).orderBy('raisedAt').selectAll().execute()
}

/** Open alerts, newest first. */
export function listOpenAlerts(db: Database): Promise<Alert[]> {
  return db.selectFrom('alerts').where('resolvedAt', 'is', null).orderBy('raisedAt', 'desc').selectAll().execute()
}
