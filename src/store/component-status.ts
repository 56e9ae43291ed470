import { type ComponentStatus, componentStatusLifetimeMs } from '../model/component.ts'
import { raiseAlert, resolveAlert, resolveAlertsExcept } from './alerts.ts'
import type { Database } from './database.ts'

const severities = { degraded: 'medium', down: 'critical' } as const

/** A component whose status another program reports. */
export interface ComponentHealth {
  component: string
  status: ComponentStatus
  seenAt: Date
}

/** Raises the alerts about components that are degraded or down, and resolves those of healthy ones (D10). @param readings of the last hour */
export async function alertComponentStatus(
  db: Database,
  readings: readonly { component: string; status?: ComponentStatus | undefined }[],
): Promise<void> {
  for (const { component, status } of readings) {
    if (status === undefined) continue
    const alert = { cause: 'component-status', component } as const
    if (status === 'healthy') await resolveAlert(db, alert)
    else
      await raiseAlert(db, {
        ...alert,
        severity: severities[status],
        message: `${component} is ${status}, according to the program that monitors it.`,
      })
  }
}

/** Resolves the alerts about components whose status is no longer known. @param now milliseconds since the epoch */
export async function resolveStaleStatusAlerts(db: Database, now: number): Promise<void> {
  const known = await listComponentHealth(db, now)
  await resolveAlertsExcept(
    db,
    'component-status',
    known.map(({ component }) => component),
  )
}

/** The components whose status is known, by name. @param now milliseconds since the epoch */
export async function listComponentHealth(db: Database, now: number): Promise<ComponentHealth[]> {
  const rows = await db
    .selectFrom('components')
    .where('seenAt', '>', new Date(now - componentStatusLifetimeMs))
    .where('status', 'is not', null)
    .orderBy('component')
    .select(['component', 'status', 'seenAt'])
    .execute()
  return rows.map(({ status, ...row }) => ({ ...row, status: status! }))
}
