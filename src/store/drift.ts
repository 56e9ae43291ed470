/** Drift: an instance runs with values other than those of the version that it claims. */
import { type RawBuilder, sql } from 'kysely'
import type { ConfigurationInForce } from '../messaging/protocol.ts'
import { fitValues } from '../model/declaration.ts'
import { convergenceTimeoutMs, describeDrift, findDrift, type KnobDrift } from '../model/drift.ts'
import { isSameConfiguration, type KnobValues } from '../model/knob.ts'
import { toleratedSkewMs } from '../model/liveness.ts'
import { toCleanText } from '../model/text.ts'
import { type AlertIdentity, raiseAlert, resolveAlert } from './alerts.ts'
import type { Database } from './database.ts'
import { isLive } from './instance-liveness.ts'

/** How often a drifting instance is asked to apply its version again. */
const tellEveryMs = 30_000

interface Instance {
  agentId: string
  instanceId: string
}

/** The recorded drift of an instance. */
interface DriftRecord {
  drift: KnobDrift[] | null
  driftSince: Date | null
  toldToConvergeAt: Date | null
}
const none: DriftRecord = { drift: null, driftSince: null, toldToConvergeAt: null }

/** The previous report of an instance. */
export interface PreviousInstanceReport extends DriftRecord {
  assignedVersion: number
  effectiveVersion: number | null
  effectiveValues: KnobValues | null
  effectiveAt: Date | null
}

/**
 * Compares the values that an instance reports with those of the version that it claims, and records when its drift begins and ends.
 * Lasting drift raises an alert.
 * @param now milliseconds since the epoch
 * @returns what is to be recorded of it; `drifted` if it is to be told to apply its version again
 */
export async function assessDrift(
  db: Database,
  instance: Instance,
  inForce: ConfigurationInForce,
  { before, now }: { before: PreviousInstanceReport; now: number },
): Promise<{ record: DriftRecord; drifted: boolean }> {
  if (!before.drift && isRepeated(before, inForce)) return { record: none, drifted: false }
  const drift = await findInstanceDrift(db, instance, inForce)
  if (drift.length === 0) {
    if (before.drift) await endDriftPeriod(db, instance, now)
    return { record: none, drifted: false }
  }
  const { driftSince, toldToConvergeAt, assignedVersion, effectiveAt } = before
  if (!driftSince) await beginDriftPeriod(db, instance, effectiveAt ?? new Date(now))
  // An instance with an older version is on its way to another one.
  const isAssigned = inForce.version === assignedVersion
  if (isAssigned && driftSince && now - driftSince.getTime() > convergenceTimeoutMs)
    await alertDrift(db, instance, inForce.version, drift)
  const drifted = isAssigned && now - (toldToConvergeAt?.getTime() ?? 0) > tellEveryMs
  const record = { drift, driftSince: driftSince ?? new Date(now), toldToConvergeAt: drifted ? new Date(now) : toldToConvergeAt }
  return { record, drifted }
}

function isRepeated(
  { effectiveVersion, effectiveValues }: PreviousInstanceReport,
  { version, values }: ConfigurationInForce,
): boolean {
  return effectiveVersion === version && effectiveValues !== null && isSameConfiguration(effectiveValues, values)
}

/** Empty if there is no such version: its values are unknown. */
async function findInstanceDrift(
  db: Database,
  { agentId, instanceId }: Instance,
  { version, values }: ConfigurationInForce,
): Promise<KnobDrift[]> {
  const claimed = await db
    .selectFrom('agentInstances as instance')
    .innerJoin('declarations as declaration', 'declaration.id', 'instance.declarationId')
    .innerJoin('configurations as configuration', 'configuration.agentId', 'instance.agentId')
    .where('instance.agentId', '=', agentId)
    .where('instance.instanceId', '=', instanceId)
    .where('configuration.version', '=', version)
    .select(['configuration.values', 'declaration.knobs'])
    .executeTakeFirst()
  return claimed ? findDrift(fitValues(claimed.knobs, claimed.values), values) : []
}

async function beginDriftPeriod(db: Database, { agentId, instanceId }: Instance, since: Date): Promise<void> {
  await db
    .insertInto('driftPeriods')
    .values({ agentId, instanceId, since })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function endDriftPeriod(db: Database, { agentId, instanceId }: Instance, now: number): Promise<void> {
  await db
    .updateTable('driftPeriods')
    .set({ until: new Date(now) })
    .where('agentId', '=', agentId)
    .where('instanceId', '=', instanceId)
    .where('until', 'is', null)
    .execute()
  await resolveAlert(db, alertOf({ agentId, instanceId }))
}

async function alertDrift(db: Database, instance: Instance, version: number, drift: KnobDrift[]): Promise<void> {
  const runs = `${instance.instanceId} was asked to apply version ${version} again but still runs with ${describeDrift(drift)}`
  const message = toCleanText(`${runs}; find what overrides it. Until then, its work does not count in trials.`)
  await raiseAlert(db, { ...alertOf(instance), severity: 'high', message })
}

/**
 * Ends the drift periods of instances that no longer drift, or are no longer known: while one is open, no work of the instance counts.
 * Heartbeat and acknowledgement of an instance may arrive together, and each end what the other begins.
 */
export async function endStaleDriftPeriods(db: Database): Promise<void> {
  await db
    .updateTable('driftPeriods as period')
    .set({ until: sql<Date>`now()` })
    .where('until', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('agentInstances as instance')
            .whereRef('instance.agentId', '=', 'period.agentId')
            .whereRef('instance.instanceId', '=', 'period.instanceId')
            .where('instance.drift', 'is not', null)
            .select('instance.instanceId'),
        ),
      ),
    )
    .execute()
}

const alertOf = ({ agentId, instanceId }: Instance) =>
  ({ cause: 'drifting-instance', component: `${agentId}/${instanceId}` }) as const satisfies AlertIdentity

export interface DriftingInstance extends Instance {
  drift: KnobDrift[]
  /** When it was noticed. */
  since: Date
}

/** The live instances that drift, of every agent or of one, sorted by id. */
export async function listDriftingInstances(
  db: Database,
  { agentId, now = Date.now() }: { agentId?: string; now?: number } = {},
): Promise<DriftingInstance[]> {
  const rows = await db
    .selectFrom('agentInstances')
    .where('drift', 'is not', null)
    .where(isLive(now))
    .$if(agentId !== undefined, (query) => query.where('agentId', '=', agentId!))
    .orderBy('instanceId')
    .select(['agentId', 'instanceId', 'drift', 'driftSince'])
    .execute()
  return rows.map(({ drift, driftSince, ...instance }) => ({ ...instance, drift: drift!, since: driftSince! }))
}

/** Those of these instances that drifted at some time since then. */
export async function listInstancesDriftedSince(
  db: Database,
  agentId: string,
  instanceIds: string[],
  since: Date,
): Promise<string[]> {
  if (instanceIds.length === 0) return []
  const rows = await db
    .selectFrom('driftPeriods')
    .where('agentId', '=', agentId)
    .where('instanceId', 'in', instanceIds)
    .where((eb) => eb.or([eb('until', 'is', null), eb('until', '>', since)]))
    .select('instanceId')
    .distinct()
    .orderBy('instanceId')
    .execute()
  return rows.map(({ instanceId }) => instanceId)
}

/**
 * For queries: whether the instance that did a piece of work had the right values all the time, given its columns. The clocks of agents
 * may be off by the tolerated skew.
 */
export const hadExpectedValues = (work: {
  agentId: RawBuilder<string>
  instanceId: RawBuilder<string>
  startedAt: RawBuilder<Date>
  endedAt: RawBuilder<Date>
}) => sql<boolean>`not exists (
  select from drift_periods as drift
  where drift.agent_id = ${work.agentId} and drift.instance_id = ${work.instanceId}
    and ${work.endedAt} > drift.since - ${toleratedSkewMs} * interval '1 millisecond'
    and ${work.startedAt} < coalesce(drift.until, 'infinity') + ${toleratedSkewMs} * interval '1 millisecond'
)`
