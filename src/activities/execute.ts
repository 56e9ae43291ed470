import { activityInfo } from '@temporalio/activity'
import { computeLockLifetimeMs } from '../analysis/trials/looks.ts'
import { selectJoiningInstances } from '../analysis/trials/widening.ts'
import type { Activities, ExecuteStep } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import { assignConfiguration, lockAgent, setProvenVersion } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { releaseLock } from '../store/locks.ts'
import { findTrial, type Trial, updateTrial } from '../store/trials.ts'
import { assertKeepAllowed } from './assert-keep-allowed.ts'
import { beginTrial, excludeDriftingInstances } from './begin-trial.ts'
import { ensureNewestCandidateVersion, resumeChange, suspendTrial, switchArm } from './change-over.ts'
import { deliverToLiveInstances, getDelivery } from './delivery.ts'
import type { Dependencies } from './dependencies.ts'
import { getObservationMs } from './measure.ts'
import { getOpenTrial } from './open-trial.ts'
import { renewTrialLock } from './renew-trial-lock.ts'

/**
 * Applies a strategy: first to the candidate instances, after proof to half of all, then to all. The desired configuration is written in
 * one transaction before anything is delivered, so that every instance converges on it whatever fails in between. Idempotent.
 */
export function createExecuteActivity(dependencies: Dependencies): Activities['execute'] {
  const { db, config } = dependencies
  return async ({ trialId, step, policy }) => {
    const existing = await findTrial(db, trialId)
    if (existing?.state === 'kept') {
      const { silent } = await classifyInstances(db, existing.agentId)
      return { version: existing.candidateVersion, instances: [], silent }
    }
    const trial = existing ? await getOpenTrial(db, trialId) : await beginTrial(dependencies, trialId, policy)
    // No look renews the lock in the meantime.
    if (isChangeOver(step)) await renewTrialLock(db, trial, computeLockLifetimeMs(config.trials))
    const applied = await steps[step](dependencies, trial).catch((error) => rethrowApplyFailure(db, trialId, step, error))
    if (step !== 'candidate' && step !== 'half') return applied
    const { observeMs } = trial
    return observeMs === null
      ? { ...applied, observeMs: getObservationMs(config, step) }
      : { ...applied, observeMs, isLong: true }
  }
}

/** Steps that put a configuration in force in turn during a trial of hours or days. */
const isChangeOver = (step: ExecuteStep) => step === 'suspend' || step === 'resume' || step === 'switch'

/**
 * Server errors are retried; an agent that does not respond or converge three times is not worth a cycle's time. A trial of days is worth
 * waiting for it.
 */
async function rethrowApplyFailure(db: Database, trialId: string, step: ExecuteStep, error: unknown): Promise<never> {
  const { code } = error instanceof OptimizerError ? error : { code: null }
  // After a person's edit, an agent refuses the outdated version, which is not an objection to the change.
  if (code === 'refused') await getOpenTrial(db, trialId)
  const hopeless = !isChangeOver(step) && (code === 'not-acknowledged' || (code === 'drifting' && step !== 'all'))
  throw error instanceof OptimizerError && hopeless && activityInfo().attempt >= 3
    ? new OptimizerError(error.code, error.message, { cause: error })
    : error
}

async function applyToCandidates(dependencies: Dependencies, trial: Trial): ReturnType<Activities['execute']> {
  const { db, config } = dependencies
  const version = trial.candidateVersion
  // Restarts, one after the other, may take longer than a lock lasts.
  await renewTrialLock(db, trial, trial.observeMs === null ? config.trials.lockMs : computeLockLifetimeMs(config.trials))
  await deliverToLiveInstances(
    dependencies,
    trial.agentId,
    trial.candidateInstances,
    await getDelivery(db, trial.agentId, version),
  )
  await db.transaction().execute(async (trx) => {
    await lockAgent(trx, trial.agentId)
    const { observingAt } = await getOpenTrial(trx, trial.id)
    if (!observingAt) await updateTrial(trx, trial.id, { state: 'observing', observingAt: new Date() })
  })
  return { version, instances: trial.candidateInstances }
}

/** After proof on the candidates: half of the instances get it, the rest remain for comparison. */
async function applyToHalf(dependencies: Dependencies, trial: Trial): ReturnType<Activities['execute']> {
  const { db, config } = dependencies
  const { agentId, candidateVersion: version } = trial
  const { live } = await classifyInstances(dependencies.db, agentId)
  const joining =
    trial.widenedInstances ??
    selectJoiningInstances(
      { candidate: trial.candidateInstances, control: trial.controlInstances },
      await excludeDriftingInstances(db, agentId, live),
    )
  if (joining.length === 0) return { version, instances: [] }
  await db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    await getOpenTrial(trx, trial.id)
    await assertKeepAllowed(trx, config, trial)
    await renewTrialLock(trx, trial, config.trials.lockMs)
    await assignConfiguration(trx, agentId, joining, version)
    await updateTrial(trx, trial.id, { state: 'widening', widenedInstances: joining })
  })
  await deliverToLiveInstances(dependencies, agentId, joining, await getDelivery(db, agentId, version))
  if (!trial.widenedAt) await updateTrial(db, trial.id, { widenedAt: new Date() })
  return { version, instances: joining }
}

/** After proof: the candidate becomes the agent's configuration on every instance, and the trial ends. */
async function applyToAll(dependencies: Dependencies, trial: Trial): ReturnType<Activities['execute']> {
  const { db, config } = dependencies
  const { agentId } = trial
  const version = await db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    const open = await getOpenTrial(trx, trial.id)
    await assertKeepAllowed(trx, config, trial)
    await renewTrialLock(trx, trial, config.trials.lockMs)
    const version = await ensureNewestCandidateVersion(trx, open)
    await assignConfiguration(trx, agentId, 'all', version)
    await setProvenVersion(trx, agentId, version)
    await updateTrial(trx, trial.id, { state: 'widening' })
    return version
  })
  const { live, silent } = await classifyInstances(dependencies.db, agentId)
  if (live.length === 0) {
    const message = `No instance of ${agentId} is reachable, so the proven change cannot be applied.`
    throw new OptimizerError('unreachable', message, { retryable: true })
  }
  const delivered = await getDelivery(db, agentId, version)
  const { confirmed, drifting } = await deliverToLiveInstances(dependencies, agentId, live, delivered, () => true)
  const unreached = [...silent, ...live.filter((instance) => !confirmed.includes(instance))]
  await db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    await getOpenTrial(trx, trial.id)
    const missed = unreached.map(
      (instance) => `${instance} did not respond; it will receive the new configuration when it responds again`,
    )
    const issues = [...missed, ...drifting]
    await updateTrial(trx, trial.id, { state: 'kept', endedAt: new Date(), issues })
    await releaseLock(trx, agentId, trial.id)
  })
  return { version, instances: confirmed, silent: unreached, ...(drifting.length > 0 && { drifting }) }
}

const steps: Record<ExecuteStep, typeof applyToAll> = {
  candidate: applyToCandidates,
  half: applyToHalf,
  all: applyToAll,
  suspend: suspendTrial,
  resume: resumeChange,
  switch: switchArm,
}
