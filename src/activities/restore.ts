import { restoration } from '../analysis/trials/restoration.ts'
import { OptimizerError } from '../model/errors.ts'
import { currentConfiguration, knobsOf } from '../store/agents.ts'
import { raiseAlert, resolveAlerts } from '../store/alerts.ts'
import { appendConfiguration, assign, configuration, knobsSetByPersons, lockAgent, setProven } from '../store/configurations.ts'
import { acquireLock, releaseLock } from '../store/locks.ts'
import { markTakenBack } from '../store/results.ts'
import { trial as readTrial, type Trial, updateTrial } from '../store/trials.ts'
import { deliverAndVerify, reach } from './delivery.ts'
import type { Dependencies } from './dependencies.ts'
import type { Activities } from './types.ts'

/**
 * The compensation: writes a new version with the old content, assigns it to every instance, delivers, reads back.
 * Safe at any moment and any number of times; done only when no instance can still hold the trial's values.
 * @throws OptimizerError `unreachable`, retryable, with an alert, while an instance cannot be asked.
 */
export function createRestore(dependencies: Dependencies): Activities['restore'] {
  const { db } = dependencies
  return async ({ trialId }) => {
    const trial = await readTrial(db, trialId)
    if (!trial || trial.state === 'restored') return { restored: trial !== undefined }
    const delivery = await undo(dependencies, trial)
    const { live, silent, gone } = await reach(dependencies, trial.agentId)
    const failure = await deliverAndVerify(dependencies, trial.agentId, live, delivery).catch((error: Error) => error)
    if (failure || silent.length > 0) {
      const what = failure?.message ?? `${silent.join(', ')} cannot be reached.`
      const message = `What was there before ${trialId} could not be put back yet: ${what} It is tried until it is done.`
      await raiseAlert(db, { severity: 'high', component: trial.agentId, message, trialId })
      throw new OptimizerError('unreachable', message, { retryable: true, cause: failure })
    }
    await db.transaction().execute(async (trx) => {
      const issues = gone.map((instance) => `${instance} was gone; it is given the restored configuration if it returns`)
      await updateTrial(trx, trialId, { state: 'restored', endedAt: new Date(), issues })
      await releaseLock(trx, trial.agentId, trialId)
      await markTakenBack(trx, trialId, 'it was kept first and taken back later')
      await resolveAlerts(trx, trialId)
    })
    return { restored: true }
  }
}

/** Makes the restored configuration what is desired everywhere, once. */
async function undo({ db, config }: Dependencies, trial: Trial) {
  const { agentId, id: trialId } = trial
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
    const reason = `Put back what was there before ${trialId}`
    const restoresVersion = trial.baselineVersion
    const version = await appendConfiguration(trx, { agentId, values, origin: 'restore', trialId, restoresVersion, reason })
    await assign(trx, agentId, 'all', version)
    await setProven(trx, agentId, version)
    await updateTrial(trx, trialId, { state: 'restoring', restoredVersion: version, issues })
    return { version, values }
  })
}
