import { type Selectable, sql } from 'kysely'
import type { AlertCause } from '../model/alert.ts'
import { type Severity, severityRank, severitySchema } from '../model/bottleneck.ts'
import { OptimizerError } from '../model/errors.ts'
import { toCleanText } from '../model/text.ts'
import type { Database } from './database.ts'
import { isLive } from './instance-liveness.ts'
import { countRows, isWithin, type PageRange, paginateNewestFirst, type TimeFilter } from './newest-first.ts'
import type { OptimizationTables } from './schema/optimization.ts'

export type Alert = Selectable<OptimizationTables['alerts']>

/** The identity of an open alert. */
export interface AlertIdentity {
  cause: AlertCause
  component: string
  /** The trial or request concerned. */
  trialId?: string
}

interface AlertDetails {
  severity: Severity
  message: string
  /** Of a threshold: the metric, and the agent or component that it is measured of. */
  metric?: string
  subject?: string
}

/**
 * Raises an alert; if it is already open, only updates its details. The optimizer is told again if it turns out to be about another component, such
 * as the cause of an anomaly.
 */
export async function raiseAlert(db: Database, alert: AlertIdentity & AlertDetails): Promise<void> {
  const { severity, message } = alert
  const noLess = severitySchema.options.filter((other) => severityRank[other] >= severityRank[severity])
  await db
    .insertInto('alerts')
    .values({ ...alert, trialId: alert.trialId ?? null })
    .onConflict((conflict) =>
      conflict
        .columns(['cause', 'component', 'trialId'])
        .where('resolvedAt', 'is', null)
        // An alert that gets worse has to be acknowledged again.
        .doUpdateSet(({ ref, eb }) => ({
          severity,
          message,
          subject: ref('excluded.subject'),
          // The `optimizer` workflow acts on what it is about.
          told: sql<string>`case when alerts.subject is distinct from excluded.subject then alerts.told - 'optimizer' else alerts.told end`,
          acknowledgedAt: eb
            .case()
            .when(ref('alerts.severity'), 'in', noLess)
            .then(ref('alerts.acknowledgedAt'))
            .else(null)
            .end(),
        })),
    )
    .execute()
}

/** Resolves an alert because its cause has ended; does nothing if it is not open. */
export async function resolveAlert(db: Database, { cause, component, trialId }: AlertIdentity): Promise<void> {
  await resolving(db)
    .where('cause', '=', cause)
    .where('component', '=', component)
    .where('trialId', 'is not distinct from', trialId ?? null)
    .execute()
}

/** Resolves all alerts of a trial or request. */
export async function resolveTrialAlerts(db: Database, trialId: string): Promise<void> {
  await resolving(db).where('trialId', '=', trialId).execute()
}

/** Resolves all alerts of an agent: its own, those of its instances (`agent/instance`) and those of steps (`step of agent`). */
export async function resolveAgentAlerts(db: Database, agentId: string): Promise<void> {
  await resolving(db)
    .where(sql<boolean>`component = ${agentId} or starts_with(component, ${`${agentId}/`})
      or right(component, ${agentId.length + 4}) = ${` of ${agentId}`}`)
    .execute()
}

/** Resolves the alerts about drift of instances that are silent by now, have left, or are no longer known. */
export async function resolveSilentDriftAlerts(db: Database, now = Date.now()): Promise<void> {
  await resolving(db).where(isSilentDrift(now)).execute()
}

/** Whether an alert is about the drift of an instance that is not live or no longer drifts. */
const isSilentDrift = (now: number) => sql<boolean>`(cause = 'drifting-instance' and not exists (
  select from agent_instances
  where agent_id || '/' || instance_id = component and drift is not null and ${isLive(now)}
))`

const resolving = (db: Database) => db.updateTable('alerts').set({ resolvedAt: sql<Date>`now()` }).where('resolvedAt', 'is', null)

/**
 * Raises one alert for each agent that a step over all agents leaves out, and resolves those of the agents it no longer leaves out.
 * @param step names the step, as in "collection"
 */
export async function updateSkippedAgentAlerts(
  db: Database,
  step: string,
  leftOut: readonly { agentId: string; reason: string }[],
): Promise<void> {
  const cause: AlertCause = 'left-out-agent'
  const alerts = leftOut.map(({ agentId, reason }) => ({
    cause,
    severity: 'high' as const,
    component: `${step} of ${agentId}`,
    message: toCleanText(`The ${step} skips ${agentId} and continues with the other agents: ${reason}`),
  }))
  const components = alerts.map(({ component }) => component)
  await resolving(db)
    .where('cause', '=', cause)
    .where('component', 'like', `${step} of %`)
    .where(sql<boolean>`component <> all(${[...components]}::text[])`)
    .execute()
  for (const alert of alerts) await raiseAlert(db, alert)
}

/** Raises the alerts of a cause, and resolves those whose component is no longer among them. */
export async function replaceAlerts(
  db: Database,
  cause: AlertCause,
  alerts: readonly ({ component: string } & AlertDetails)[],
): Promise<void> {
  await resolveAlertsExcept(
    db,
    cause,
    alerts.map(({ component }) => component),
  )
  for (const alert of alerts) await raiseAlert(db, { cause, ...alert })
}

/** Resolves the alerts of a cause whose component is not among these. */
export async function resolveAlertsExcept(db: Database, cause: AlertCause, components: readonly string[]): Promise<void> {
  await resolving(db)
    .where('cause', '=', cause)
    .where(sql<boolean>`component <> all(${[...components]}::text[])`)
    .execute()
}

/** All alerts of a trial, resolved or not, oldest first. */
export function listTrialAlerts(db: Database, trialId: string): Promise<Alert[]> {
  return db.selectFrom('alerts').where('trialId', '=', trialId).orderBy('raisedAt').selectAll().execute()
}

/** A filter for alerts by component and by when they were raised; by default all. */
export interface AlertFilter extends TimeFilter {
  component?: string | undefined
  /** Only those that are open, without those that the next clean-up will resolve. */
  isOpen?: boolean
}

const matching = (db: Database, { component, isOpen = false, ...time }: AlertFilter) =>
  db
    .selectFrom('alerts')
    .where(isWithin('raisedAt', time))
    .$if(component !== undefined, (query) => query.where('component', '=', component!))
    .$if(isOpen, (query) => query.where('resolvedAt', 'is', null).where(({ not }) => not(isSilentDrift(Date.now()))))

/** The alerts that match, newest first. */
export const listAlerts = (db: Database, { limit, after, ...filter }: AlertFilter & PageRange): Promise<Alert[]> =>
  paginateNewestFirst(matching(db, filter), { limit, after }).selectAll().execute()

/** How many alerts match. */
export const countAlerts = (db: Database, filter: AlertFilter = {}): Promise<number> => countRows(matching(db, filter))

/** Open alerts, newest first, without those that the next clean-up will resolve. */
export function listOpenAlerts(db: Database): Promise<Alert[]> {
  return matching(db, { isOpen: true }).orderBy('raisedAt', 'desc').selectAll().execute()
}

/**
 * Records that a person has seen an alert, which is then no longer sent. Of several persons, the first counts; the same one may say it again.
 * @throws OptimizerError `unknown-alert`, `acknowledged-alert`
 */
export async function recordAlertAcknowledgement(
  db: Database,
  id: number,
  { by, reason }: { by: string; reason: string },
): Promise<void> {
  const found = await db
    .updateTable('alerts')
    .set({ acknowledgedAt: sql<Date>`now()`, acknowledgedBy: by, acknowledgement: reason })
    .where('id', '=', id)
    .where('resolvedAt', 'is', null)
    .where((eb) => eb.or([eb('acknowledgedAt', 'is', null), eb('acknowledgedBy', '=', by)]))
    .returning('id')
    .executeTakeFirst()
  if (found) return
  const open = await db
    .selectFrom('alerts')
    .where('id', '=', id)
    .where('resolvedAt', 'is', null)
    .select(['acknowledgedBy', 'acknowledgement'])
    .executeTakeFirst()
  if (open)
    throw new OptimizerError(
      'acknowledged-alert',
      `${open.acknowledgedBy} has already acknowledged alert ${id}: ${open.acknowledgement}`,
    )
  throw new OptimizerError('unknown-alert', `There is no open alert ${id}; see npx optimizer alerts.`)
}
