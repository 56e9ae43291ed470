import { activityInfo } from '@temporalio/activity'
import { computeRestoration, type Restoration } from '../analysis/trials/restoration.ts'
import type { Activities } from '../contract/activities.ts'
import type { Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameConfiguration } from '../model/knob.ts'
import { getCurrentConfiguration, listKnobs } from '../store/agents.ts'
import { resolveTrialAlerts } from '../store/alerts.ts'
import {
  appendConfiguration,
  assignConfiguration,
  findConfiguration,
  lockAgent,
  setProvenVersion,
} from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { acquireLock, releaseLock } from '../store/locks.ts'
import { lockFleet } from '../store/pause.ts'
import { loadOperatorSetKnobs } from '../store/proven-versions.ts'
import { recordUndoing } from '../store/results.ts'
import { findTrial, type Trial, updateTrial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { enforceConfiguration, listAwaited } from './enforce-configuration.ts'

/**
 * The compensation: writes a new version with the old content, assigns it to every instance, delivers it to those that may hold the
 * trial's values and reads it back. Safe at any time and idempotent; it completes only when no instance can still hold those values.
 * @throws OptimizerError `unreachable`, retryable, with an alert, while one of those instances cannot be reached.
 */
export function createRestore(dependencies: Dependencies): Activities['restore'] {
  const { db } = dependencies
  return async ({ trialId, reason, harmful = false }) => {
    const trial = await findBegunTrial(db, trialId)
    if (!trial) return { outcome: 'nothing', issues: [] }
    // An earlier attempt may have done it and lost its answer.
    if (trial.state === 'restored') return { outcome: activityInfo().attempt > 1 ? 'done' : 'already', issues: trial.issues }
    const isInForce = trial.state === 'kept' && (await hasNothingToRestore(db, trial))
    const { delivery, awaited } = isInForce
      ? await lockAsItIs(dependencies, trial)
      : await assignRestoredConfiguration(dependencies, trial, reason)
    const subject = `The configuration from before ${trialId}`
    const { agentId } = trial
    const gone = await enforceConfiguration(dependencies, { agentId, delivery, awaited, subject, alertOf: trialId })
    const left = gone.map((instance) => `${instance} was gone; it gets the restored configuration if it returns`)
    if (isInForce) {
      await releaseLock(db, agentId, trialId)
      await resolveTrialAlerts(db, trialId)
      if (harmful) await recordUndoing(db, trialId, { reason: reason ?? 'a person called it harmful', harmful })
      return { outcome: 'already', issues: left }
    }
    await finishRestore(db, trial, left, { why: reason, harmful })
    return { outcome: 'done', issues: (await findTrial(db, trialId))!.issues }
  }
}

/** The trial's record. Waits for a trial that is about to start; once this returns undefined, the trial can no longer start. */
function findBegunTrial(db: Database, trialId: string): Promise<Trial | undefined> {
  return db.transaction().execute(async (trx) => {
    await lockFleet(trx)
    return await findTrial(trx, trialId)
  })
}

/** Ends a trial that is rolled back, or counts as such. */
export async function finishRestore(
  db: Database,
  { id, agentId }: Trial,
  issues: string[],
  { why, harmful = false }: { why?: string; harmful?: boolean } = {},
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await updateTrial(trx, id, { state: 'restored', endedAt: new Date(), issues })
    await releaseLock(trx, agentId, id)
    await recordUndoing(trx, id, { reason: `it was kept at first and rolled back later${why ? `: ${why}` : ''}`, harmful })
    await resolveTrialAlerts(trx, id)
  })
}

/** Assigns the restored configuration to every instance, once; `awaited` are those that have to confirm it, null for all. */
export async function assignRestoredConfiguration(
  { db, config }: Dependencies,
  trial: Trial,
  why?: string,
): Promise<{ delivery: Delivery; awaited: string[] | null }> {
  const { agentId, id: trialId } = trial
  // A kept trial is reopened at once, so that it stays visible and no other trial starts before it is rolled back.
  if (trial.state === 'kept') await updateTrial(db, trialId, { state: 'restoring', endedAt: null })
  return await db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    await lockForRestore(trx, trial, config.trials.lockMs)
    const { restoredVersion } = (await findTrial(trx, trialId))!
    // A person may have set something since, so this is not necessarily the restored version.
    if (restoredVersion) {
      const { awaited } = (await findConfiguration(trx, agentId, restoredVersion))!
      return { delivery: await getCurrentConfiguration(trx, agentId), awaited }
    }
    const { values, issues } = await planRestoration(trx, trial)
    const reason = `Restored the configuration from before ${trialId}${why ? `: ${why}` : ''}`
    const restoresVersion = trial.baselineVersion
    const awaited = await listAwaited(trx, agentId, values)
    const restored = { agentId, values, origin: 'restore', trialId, restoresVersion, awaited, reason } as const
    const version = await appendConfiguration(trx, restored)
    await assignConfiguration(trx, agentId, 'all', version)
    await setProvenVersion(trx, agentId, version)
    // The trial may have been kept since it was read.
    await updateTrial(trx, trialId, { state: 'restoring', restoredVersion: version, endedAt: null, issues })
    return { delivery: { version, values }, awaited }
  })
}

/** Whether the values from before a kept trial are in force already, because a person has set them since. */
async function hasNothingToRestore(db: Database, trial: Trial): Promise<boolean> {
  const [{ values }, current] = await Promise.all([planRestoration(db, trial), getCurrentConfiguration(db, trial.agentId)])
  return isSameConfiguration(values, current.values)
}

async function planRestoration(db: Database, { agentId, baselineVersion, candidateVersion }: Trial): Promise<Restoration> {
  const baseline = (await findConfiguration(db, agentId, baselineVersion))!.values
  const candidate = (await findConfiguration(db, agentId, candidateVersion))!.values
  const current = await getCurrentConfiguration(db, agentId)
  const knobs = await listKnobs(db, agentId)
  const decided = await loadOperatorSetKnobs(db, agentId, candidateVersion)
  return computeRestoration({ knobs, baseline, candidate, current: current.values, decided })
}

/** Locks the agent to verify the configuration in force, which is as it should be. */
async function lockAsItIs({ db, config }: Dependencies, trial: Trial): Promise<{ delivery: Delivery; awaited: string[] }> {
  await lockForRestore(db, trial, config.trials.lockMs)
  const delivery = await getCurrentConfiguration(db, trial.agentId)
  return { delivery, awaited: await listAwaited(db, trial.agentId, delivery.values) }
}

/** @throws OptimizerError `agent-locked`, retryable */
async function lockForRestore(db: Database, { id, agentId }: Trial, lockMs: number): Promise<void> {
  if (await acquireLock(db, agentId, id, lockMs, Date.now())) return
  const message = `Another trial is running on ${agentId}; ${id} will be rolled back when it has ended.`
  throw new OptimizerError('agent-locked', message, { retryable: true })
}
