import { activityInfo } from '@temporalio/activity'
import { restoration } from '../analysis/trials/restoration.ts'
import type { Activities } from '../contract/activities.ts'
import type { Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { currentConfiguration, knobsOf } from '../store/agents.ts'
import { resolveAlerts } from '../store/alerts.ts'
import { appendConfiguration, assign, configuration, lockAgent, setProven } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { acquireLock, releaseLock } from '../store/locks.ts'
import { lockFleet } from '../store/pause.ts'
import { knobsSetByPersons } from '../store/proven-versions.ts'
import { markTakenBack } from '../store/results.ts'
import { trial as readTrial, type Trial, updateTrial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { putInForce } from './put-in-force.ts'

/**
 * The compensation: writes a new version with the old content, assigns it to every instance, delivers, reads back.
 * Safe at any moment and any number of times; done only when no instance can still hold the trial's values.
 * @throws OptimizerError `unreachable`, retryable, with an alert, while an instance cannot be asked.
 */
export function createRestore(dependencies: Dependencies): Activities['restore'] {
  const { db } = dependencies
  return async ({ trialId, reason }) => {
    const trial = await begunTrial(db, trialId)
    if (!trial) return { outcome: 'nothing', issues: [] }
    // An attempt whose answer was lost has done it, too.
    if (trial.state === 'restored') return { outcome: activityInfo().attempt > 1 ? 'done' : 'already', issues: trial.issues }
    const delivery = await undo(dependencies, trial, reason)
    const subject = `What was there before ${trialId}`
    const gone = await putInForce(dependencies, { agentId: trial.agentId, delivery, subject, alertOf: trialId })
    const left = gone.map((instance) => `${instance} was gone; it is given the restored configuration if it returns`)
    await endUndone(db, trial, left, reason)
    return { outcome: 'done', issues: (await readTrial(db, trialId))!.issues }
  }
}

/** The trial's record; one that is about to begin is waited for, and none begins any more once this says that there is none. */
function begunTrial(db: Database, trialId: string): Promise<Trial | undefined> {
  return db.transaction().execute(async (trx) => {
    await lockFleet(trx)
    return await readTrial(trx, trialId)
  })
}

/** Ends a trial whose undoing is done, or is taken to be. */
export async function endUndone(db: Database, { id, agentId }: Trial, issues: string[], why?: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await updateTrial(trx, id, { state: 'restored', endedAt: new Date(), issues })
    await releaseLock(trx, agentId, id)
    await markTakenBack(trx, id, `it was kept first and taken back later${why ? `: ${why}` : ''}`)
    await resolveAlerts(trx, id)
  })
}

/** Makes the restored configuration what is desired everywhere, once. */
export async function undo({ db, config }: Dependencies, trial: Trial, why?: string): Promise<Delivery> {
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
    const { restoredVersion } = (await readTrial(trx, trialId))!
    // Not necessarily the restored version: a person may have set something since.
    if (restoredVersion) return await currentConfiguration(trx, agentId)
    const baseline = (await configuration(trx, agentId, trial.baselineVersion))!.values
    const candidate = (await configuration(trx, agentId, trial.candidateVersion))!.values
    const current = await currentConfiguration(trx, agentId)
    const knobs = await knobsOf(trx, agentId)
    const decided = await knobsSetByPersons(trx, agentId, trial.candidateVersion)
    const { values, issues } = restoration({ knobs, baseline, candidate, current: current.values, decided })
    const reason = `Put back what was there before ${trialId}${why ? `: ${why}` : ''}`
    const restoresVersion = trial.baselineVersion
    const version = await appendConfiguration(trx, { agentId, values, origin: 'restore', trialId, restoresVersion, reason })
    await assign(trx, agentId, 'all', version)
    await setProven(trx, agentId, version)
    // It may have been kept since it was read.
    await updateTrial(trx, trialId, { state: 'restoring', restoredVersion: version, endedAt: null, issues })
    return { version, values }
  })
}
