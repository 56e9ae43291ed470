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
import { enforceConfiguration } from './enforce-configuration.ts'

/**
 * The compensation: writes a new version with the old content, assigns it to every instance, delivers, reads back.
 * Safe at any moment and any number of times; done only when no instance can still hold the trial's values.
 * @throws OptimizerError `unreachable`, retryable, with an alert, while an instance cannot be asked.
 */
export function createRestore(dependencies: Dependencies): Activities['restore'] {
  const { db } = dependencies
  return async ({ trialId, reason }) => {
    const trial = await findBegunTrial(db, trialId)
    if (!trial) return { outcome: 'nothing', issues: [] }
    // An attempt whose answer was lost has done it, too.
    if (trial.state === 'restored') return { outcome: activityInfo().attempt > 1 ? 'done' : 'already', issues: trial.issues }
    const delivery = await assignRestoredConfiguration(dependencies, trial, reason)
    const subject = `What was there before ${trialId}`
    const gone = await enforceConfiguration(dependencies, { agentId: trial.agentId, delivery, subject, alertOf: trialId })
    const left = gone.map((instance) => `${instance} was gone; it is given the restored configuration if it returns`)
    await finishRestore(db, trial, left, reason)
    return { outcome: 'done', issues: (await findTrial(db, trialId))!.issues }
  }
}

/** The trial's record; one that is about to begin is waited for, and none begins any more once this says that there is none. */
function findBegunTrial(db: Database, trialId: string): Promise<Trial | undefined> {
  return db.transaction().execute(async (trx) => {
    await lockFleet(trx)
    return await findTrial(trx, trialId)
  })
}

/** Ends a trial whose undoing is done, or is taken to be. */
export async function finishRestore(db: Database, { id, agentId }: Trial, issues: string[], why?: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await updateTrial(trx, id, { state: 'restored', endedAt: new Date(), issues })
    await releaseLock(trx, agentId, id)
    await markResultReverted(trx, id, `it was kept first and taken back later${why ? `: ${why}` : ''}`)
    await resolveTrialAlerts(trx, id)
  })
}

/** Makes the restored configuration what is desired everywhere, once. */
export async function assignRestoredConfiguration({ db, config }: Dependencies, trial: Trial, why?: string): Promise<Delivery> {
  const { agentId, id: trialId } = trial
  // One that was kept is open again at once, so that no other trial begins before it is put back, and nobody loses sight of it.
  if (trial.state === 'kept') await updateTrial(db, trialId, { state: 'restoring', endedAt: null })
  return await db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    if (!(await acquireLock(trx, agentId, trialId, config.trials.lockMs, Date.now()))) {
      throw new OptimizerError(
        'agent-locked',
        `Another trial is running on ${agentId}; what ${trialId} changed is put back after it.`,
        { retryable: true },
      )
    }
    const { restoredVersion } = (await findTrial(trx, trialId))!
    // Not necessarily the restored version: a person may have set something since.
    if (restoredVersion) return await getCurrentConfiguration(trx, agentId)
    const baseline = (await findConfiguration(trx, agentId, trial.baselineVersion))!.values
    const candidate = (await findConfiguration(trx, agentId, trial.candidateVersion))!.values
    const current = await getCurrentConfiguration(trx, agentId)
    const knobs = await listKnobs(trx, agentId)
    const decided = await loadOperatorSetKnobs(trx, agentId, trial.candidateVersion)
    const { values, issues } = computeRestoration({ knobs, baseline, candidate, current: current.values, decided })
    const reason = `Put back what was there before ${trialId}${why ? `: ${why}` : ''}`
    const restoresVersion = trial.baselineVersion
    const version = await appendConfiguration(trx, { agentId, values, origin: 'restore', trialId, restoresVersion, reason })
    await assignConfiguration(trx, agentId, 'all', version)
    await setProvenVersion(trx, agentId, version)
    // It may have been kept since it was read.
    await updateTrial(trx, trialId, { state: 'restoring', restoredVersion: version, endedAt: null, issues })
    return { version, values }
  })
}
