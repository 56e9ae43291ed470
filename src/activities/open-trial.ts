import { OptimizerError } from '../model/errors.ts'
import { getCurrentConfiguration } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { findTrial, type Trial } from '../store/trials.ts'

/**
 * The trial's record, if the trial may still act: an abandoned attempt may resume after the trial was rolled back, and a person's
 * edit ends a trial.
 * @throws OptimizerError `unknown-trial`, `trial-over`, `edited`.
 */
export async function getOpenTrial(db: Database, trialId: string): Promise<Trial> {
  const trial = await findTrial(db, trialId)
  if (!trial) throw new OptimizerError('unknown-trial', `There is no trial ${trialId}; see npx optimizer status.`)
  if (trial.endedAt || trial.restoredVersion !== null) throw new OptimizerError('trial-over', `${trialId} has already ended.`)
  const { version } = await getCurrentConfiguration(db, trial.agentId)
  if (version === trial.baselineVersion || version === trial.candidateVersion) return trial
  throw new OptimizerError(
    'edited',
    `Someone else has changed ${trial.agentId} in the meantime (version ${version}); those values stay in force.`,
  )
}
