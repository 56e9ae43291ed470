import { activityInfo } from '@temporalio/activity'
import { computeRestoration } from '../analysis/trials/restoration.ts'
import type { Activities } from '../contract/activities.ts'
import type { Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
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
import { markResultReverted } from '../store/results.ts'
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
  return async ({ trialId, reason }) => {
    const trial = await findBegunTrial(db, trialId)
    if (!trial) return { outcome: 'nothing', issues: [] }
    // An earlier attempt may have done it and lost its answer.
    if (trial.state === 'restored') return { outcome: activityInfo().attempt > 1 ? 'done' : 'already', issues: trial.issues }
    const { delivery, awaited } = await assignRestoredConfiguration(dependencies, trial, reason)
    const subject = `The configuration from before ${trialId}`
    const { agentId } = trial
    const gone = await enforceConfiguration(dependencies, { agentId, delivery, awaited, subject, alertOf: trialId })
    const left = gone.map((instance) => `${instance} was gone; it gets the restored configuration if it returns`)
    await finishRestore(db, trial, left, reason)
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
export async function finishRestore(db: Database, { id, agentId }: Trial, issues: string[], why?: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await updateTrial(trx, id, { state: 'restored', endedAt: new Date(), issues })
    await releaseLock(trx, agentId, id)
    await markResultReverted(trx, id, `it was kept at first and rolled back later${why ? `: ${why}` : ''}`)
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
    if (!(await acquireLock(trx, agentId, trialId, config.trials.lockMs, Date.now()))) {
      throw new OptimizerError(
        'agent-locked',
        `Another trial is running on ${agentId}; ${trialId} will be rolled back when it has ended.`,
        {
          retryable: true,
        },
      )
    }
    const { restoredVersion } = (await findTrial(trx, trialId))!
    // A person may have set something since, so this is not necessarily the restored version.
    if (restoredVersion) {
      const { awaited } = (await findConfiguration(trx, agentId, restoredVersion))!
      return { delivery: await getCurrentConfiguration(trx, agentId), awaited }
    }
    const baseline = (await findConfiguration(trx, agentId, trial.baselineVersion))!.values
    const candidate = (await findConfiguration(trx, agentId, trial.candidateVersion))!.values
    const current = await getCurrentConfiguration(trx, agentId)
    const knobs = await listKnobs(trx, agentId)
    const decided = await loadOperatorSetKnobs(trx, agentId, trial.candidateVersion)
    const { values, issues } = computeRestoration({ knobs, baseline, candidate, current: current.values, decided })
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
