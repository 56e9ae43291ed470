import type { Announcement, Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { toSentence } from '../model/format.ts'
import { getDefaultValues } from '../model/knob.ts'
import { describeUndeclaredEffect, describeUnusableCondition, findRepeatedKnob } from '../model/knob-declaration.ts'
import type { MetricDeclaration } from '../model/metric.ts'
import { completeConfiguration } from './complete-configuration.ts'
import { findConfiguration, insertConfiguration, lockAgent, setProvenVersion } from './configurations.ts'
import { type Database, inTransaction } from './database.ts'
import { recordDeclaration } from './declarations.ts'
import { getAssignedConfiguration } from './deliveries.ts'
import { computeHeardSince } from './instance-liveness.ts'
import { declareMetrics, loadCatalogue } from './metrics.ts'
import { buildProcessStartColumns } from './process-start.ts'
import type { TransportName } from './schema/fleet.ts'

/** An announcement, or its substitute where an instance does not announce itself. */
type Registration = Omit<Announcement, 'transport'> & { transport: TransportName }

/**
 * Registers an instance and returns its assigned configuration: the previous one if the instance was known, so that one that restarts
 * during a trial rejoins its arm, otherwise the proven one; with the values of the knobs that it declares. The first announcement of an
 * agent creates version 1 from the knobs' defaults; one with further knobs creates a version that has values for them too.
 * @param configured metrics that the configuration declares
 * @throws OptimizerError `duplicate-knob`, `unusable-condition`, `contradictory-metric`, `undeclared-metric`
 */
export async function registerInstance(
  db: Database,
  announcement: Registration,
  now = Date.now(),
  configured: readonly MetricDeclaration[] = [],
): Promise<Delivery> {
  const { agentId, instanceId, kind, knobs, metrics } = announcement
  refuse('duplicate-knob', findRepeatedKnob(knobs))
  refuse('unusable-condition', describeUnusableCondition(knobs))
  return await inTransaction(db, async (db) => {
    await db
      .insertInto('agents')
      .values({ agentId, kind })
      .onConflict((conflict) => conflict.column('agentId').doUpdateSet({ kind, forgottenAt: null, forgottenBy: null }))
      .execute()
    const { configurationVersion: proven } = await lockAgent(db, agentId)
    const declarationId = await recordDeclaration(db, agentId, knobs)
    await declareMetrics(db, { agentId, instanceId, metrics }, configured, now)
    refuse('undeclared-metric', describeUndeclaredEffect(knobs, await loadCatalogue(db, configured)))
    if (!(await findConfiguration(db, agentId, proven))) {
      const first = {
        agentId,
        values: getDefaultValues(knobs),
        origin: 'default' as const,
        reason: 'The defaults the agent declared',
      }
      await setProvenVersion(db, agentId, await insertConfiguration(db, first))
    }
    await upsertInstance(db, announcement, { declarationId, proven, now })
    await completeConfiguration(db, agentId)
    return await getAssignedConfiguration(db, agentId, instanceId)
  })
}

/** A known instance keeps its assigned version; what it said of another release no longer counts. */
async function upsertInstance(
  db: Database,
  announcement: Registration,
  { declarationId, proven, now }: { declarationId: number; proven: number; now: number },
): Promise<void> {
  const {
    agentId,
    instanceId,
    transport,
    url,
    processId,
    startedAt: begun,
    runtime,
    metrics,
    canRestart = false,
    sentAt,
  } = announcement
  const row = {
    transport,
    url: url ?? null,
    processId: processId ?? null,
    processStartedAt: begun === undefined ? null : new Date(begun),
    startedAt: new Date(begun === undefined ? now : Math.max(0, now - Math.max(0, sentAt - begun))),
    runtime: runtime ?? null,
    canRestart,
    announcedAt: new Date(now),
    heartbeatAt: new Date(now),
    leftAt: null,
    clockSkewMs: Math.round(sentAt - now),
    declarationId,
    metrics: metrics.map(({ name }) => name),
  }
  await db
    .updateTable('agentInstances')
    .set({ effectiveVersion: null, effectiveValues: null, declaredAt: new Date(now) })
    .where('agentId', '=', agentId)
    .where('instanceId', '=', instanceId)
    .where('declarationId', '!=', declarationId)
    .execute()
  await db
    .insertInto('agentInstances')
    .values({ agentId, instanceId, assignedVersion: proven, heardSince: new Date(now), declaredAt: new Date(now), ...row })
    .onConflict((conflict) =>
      conflict
        .columns(['agentId', 'instanceId'])
        .doUpdateSet({ ...row, ...buildProcessStartColumns(now), heardSince: computeHeardSince(now) }),
    )
    .execute()
}

function refuse(code: string, problem: string | undefined): void {
  if (problem) throw new OptimizerError(code, toSentence(problem))
}
