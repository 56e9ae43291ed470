/** Versions that instances report with their executions, or their webhooks in an answer: what confirms settings. */
import { sql } from 'kysely'
import { isSameConfiguration } from '../../model/knob.ts'
import { getInstanceKey, type TelemetryInstance } from '../../telemetry/identity.ts'
import type { TelemetryExecution } from '../../telemetry/telemetry.ts'
import { listAgentInstances, recordAcknowledgement } from '../agents.ts'
import { findConfiguration } from '../configurations.ts'
import { type Database, inTransaction } from '../database.ts'
import { getAssignedConfiguration, loadInstanceValues } from '../deliveries.ts'

/** A version that an older execution reports may have changed since; milliseconds. */
export const reportedVersionLifetimeMs = 60_000

type ReportedExecution = Pick<TelemetryExecution, 'agentId' | 'instanceId' | 'version' | 'at' | 'durationMs'>

/**
 * Records the version in force in instances that get their settings from us: the one that the execution reports that began last. An agent
 * that reads its settings whole runs with all of the values of the version that it reports.
 */
export async function recordReportedVersions(
  db: Database,
  sources: readonly TelemetryInstance[],
  executions: readonly ReportedExecution[],
  now: number,
): Promise<void> {
  const steered = new Set(sources.filter(({ knobs }) => knobs !== undefined).map(getInstanceKey))
  if (steered.size === 0) return
  const latest = new Map<string, ReportedExecution>()
  for (const execution of executions) {
    const key = getInstanceKey(execution)
    if (execution.version === undefined || !steered.has(key) || execution.at < now - reportedVersionLifetimeMs) continue
    const other = latest.get(key)
    if (!other || startOf(execution) >= startOf(other)) latest.set(key, execution)
  }
  for (const { version, ...instance } of latest.values()) await recordVersionInForce(db, instance, version!, now)
}

/** Records the version in force in an instance by the answer of its webhook, and since when; one that does not exist is ignored. */
export async function recordWebhookVersion(db: Database, instance: Instance, version: number, now: number): Promise<void> {
  await inTransaction(db, async (trx) => {
    const before = await findInstance(trx, instance)
    await recordVersionInForce(trx, instance, version, now)
    if (before?.inForceSince && before.effectiveVersion === version) return
    await trx
      .updateTable('agentInstances')
      .set({ inForceSince: new Date(now) })
      .where('agentId', '=', instance.agentId)
      .where('instanceId', '=', instance.instanceId)
      .where('effectiveVersion', '=', version)
      .execute()
  })
}

/**
 * Records the version that an instance is assumed to run with, since its settings were delivered a while ago, unless its executions
 * themselves say with which.
 */
export async function recordAssumedVersion(db: Database, instance: Instance, version: number, now: number): Promise<void> {
  if (await refreshVersionInForce(db, instance, version, now)) return
  if (await isVersionReported(db, instance, new Date(now - reportedVersionLifetimeMs))) return
  await recordWebhookVersion(db, instance, version, now)
}

/**
 * Records that an instance still runs with the version and values on record, which are those assigned to it; that happens every few seconds
 * for each instance. @returns false if anything else is on record
 */
async function refreshVersionInForce(
  db: Database,
  { agentId, instanceId }: Instance,
  version: number,
  now: number,
): Promise<boolean> {
  const { values } = await getAssignedConfiguration(db, agentId, instanceId)
  const { numUpdatedRows } = await db
    .updateTable('agentInstances')
    .set({ effectiveAt: new Date(now) })
    .where('agentId', '=', agentId)
    .where('instanceId', '=', instanceId)
    .where('assignedVersion', '=', version)
    .where('effectiveVersion', '=', version)
    .where(sql<boolean>`effective_values = ${JSON.stringify(values)}::jsonb`)
    .where('inForceSince', 'is not', null)
    .where('drift', 'is', null)
    .where('refusedVersion', 'is', null)
    .where('restartVersion', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0
}

/** Whether an execution of an instance since a time reports its version itself. */
export async function isVersionReported(db: Database, instance: Instance, since: Date): Promise<boolean> {
  const row = await selectVersionReports(db, instance).where('timestamp', '>', since).select('id').limit(1).executeTakeFirst()
  return row !== undefined
}

/** When the newest execution of an instance ended that reports this version itself, milliseconds since the epoch; undefined if none does. */
export async function findLatestVersionReport(db: Database, instance: Instance, version: number): Promise<number | undefined> {
  const row = await selectVersionReports(db, instance)
    .where('configurationVersion', '=', version)
    .where('timestamp', '>', sql<Date>`now() - interval '1 day'`)
    .orderBy('timestamp', 'desc')
    .select('timestamp')
    .limit(1)
    .executeTakeFirst()
  return row?.timestamp.getTime()
}

/** The executions of an instance that report their version themselves; the version of a span without one is only assumed. */
const selectVersionReports = (db: Database, { agentId, instanceId }: Instance) =>
  db
    .selectFrom('agentExecutions')
    .where('agentName', '=', agentId)
    .where('instanceId', '=', instanceId)
    .where('configurationVersion', 'is not', null)
    .where(sql<boolean>`version_assumed is not true`)

type Instance = Pick<TelemetryInstance, 'agentId' | 'instanceId'>

async function findInstance(db: Database, { agentId, instanceId }: Instance) {
  return (await listAgentInstances(db, agentId)).find((instance) => instance.instanceId === instanceId)
}

async function recordVersionInForce(
  db: Database,
  { agentId, instanceId }: Instance,
  reported: number,
  now: number,
): Promise<void> {
  const instance = await findInstance(db, { agentId, instanceId })
  const valuesOf = async (version: number) => {
    const configuration = await findConfiguration(db, agentId, version)
    return configuration && (await loadInstanceValues(db, agentId, configuration.values)).get(instanceId)
  }
  const values = await valuesOf(reported)
  if (!instance || !values) return
  // One that learns its version only on a restart is not restarted for a version with the values that it has.
  const { assignedVersion, restartVersion } = instance
  const assigned = assignedVersion === reported || restartVersion !== null ? undefined : await valuesOf(assignedVersion)
  const version = assigned && isSameConfiguration(assigned, values) ? assignedVersion : reported
  await recordAcknowledgement(db, { agentId, instanceId, version, status: 'applied', inForce: { version, values } }, now)
}

const startOf = ({ at, durationMs }: ReportedExecution) => at - durationMs
