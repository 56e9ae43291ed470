import type { ComponentStatus } from '../model/component.ts'
import { raiseAlert, resolveAlert, resolveAlertsExcept } from './alerts.ts'
import type { Database } from './database.ts'

const severities = { degraded: 'medium', down: 'critical' } as const
/** As with alerts about thresholds: missing data is not an improvement, but a component that is no longer measured has no status. */
export const rememberedMs = 3_600_000

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

/** Resolves the alerts about components that have not been measured for an hour. @param now milliseconds since the epoch */
export async function resolveForgottenStatusAlerts(db: Database, now: number): Promise<void> {
  const known = await listComponentHealth(db, new Date(now - rememberedMs))
  await resolveAlertsExcept(
    db,
    'component-status',
    known.map(({ component }) => component),
  )
}

/** The components measured after a time whose health is reported, by name. */
export async function listComponentHealth(db: Database, since: Date): Promise<ComponentHealth[]> {
  const rows = await db
    .selectFrom('components')
    .where('seenAt', '>', since)
    .where('status', 'is not', null)
    .orderBy('component')
    .select(['component', 'status', 'seenAt'])
    .execute()
  return rows.map(({ status, ...row }) => ({ ...row, status: status! }))
}
