import { activityInfo } from '@temporalio/activity'
import { isTemporary } from '../analysis/eligibility/index.ts'
import { assignArms } from '../analysis/trials/arm-assignment.ts'
import { computeLockMs } from '../analysis/trials/looks.ts'
import { selectWideningInstances } from '../analysis/trials/widening.ts'
import type { Activities, ExecuteStep, TrialPolicy } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import { formatValue } from '../model/format.ts'
import { isSameValue, type KnobValues, validateKnobValues } from '../model/knob.ts'
import type { Strategy } from '../model/strategy.ts'
import { getCurrentConfiguration, listKnobs } from '../store/agents.ts'
import { appendConfiguration, assignConfiguration, lockAgent, setProvenVersion } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { listDriftingInstances } from '../store/drift.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { acquireLock, releaseLock } from '../store/locks.ts'
import { lockFleet } from '../store/pause.ts'
import { findStrategy, findWithdrawalTime } from '../store/strategies.ts'
import { findTrial, insertTrial, type Trial, updateTrial } from '../store/trials.ts'
import { admitTrial } from './admit.ts'
import { assertKeepAllowed } from './assert-keep-allowed.ts'
import { deliverToLive, getDelivery } from './delivery.ts'
import type { Dependencies } from './dependencies.ts'
import { getObservationMs } from './measure.ts'
import { getOpenTrial } from './open-trial.ts'
import { createReadPolicy } from './policy.ts'
import { renewTrialLock } from './renew-trial-lock.ts'
import { resume, suspend, takeCandidateVersion } from './suspend.ts'
import { planLongObservation } from './trial-conditions.ts'

/**
 * Applies a strategy: first to the candidate instances, after proof to half of all, then to all. The desired configuration is written in
 * one transaction before anything is delivered, so that every instance converges on it whatever fails in between. Idempotent.
 */
export function createExecute(dependencies: Dependencies): Activities['execute'] {
  const { db, config } = dependencies
  return async ({ trialId, step, policy }) => {
    const existing = await findTrial(db, trialId)
    if (existing?.state === 'kept') {
      const { silent } = await classifyInstances(db, existing.agentId)
      return { version: existing.candidateVersion, instances: [], silent }
    }
    const trial = existing ? await getOpenTrial(db, trialId) : await beginTrial(dependencies, trialId, policy)
    const applied = await steps[step](dependencies, trial).catch((error) => rethrowApplyFailure(db, trialId, step, error))
    if (step !== 'candidate' && step !== 'half') return applied
    const { observeMs } = trial
    return observeMs === null
      ? { ...applied, observeMs: getObservationMs(config, step) }
      : { ...applied, observeMs, isLong: true }
  }
}

/** Server errors are retried; an agent that does not respond or converge three times is not worth a cycle's time. */
async function rethrowApplyFailure(db: Database, trialId: string, step: ExecuteStep, error: unknown): Promise<never> {
  const { code } = error instanceof OptimizerError ? error : { code: null }
  // After a person's edit, an agent refuses the outdated version, which is no objection to the change.
  if (code === 'refused') await getOpenTrial(db, trialId)
  const hopeless = code === 'not-acknowledged' || (code === 'drifting' && step !== 'all')
  throw error instanceof OptimizerError && hopeless && activityInfo().attempt >= 3
    ? new OptimizerError(error.code, error.message, { cause: error })
    : error
}

/** Checks admission, locks the agent, chooses the arms, writes version n + 1 and assigns it to the candidates, all or nothing. */
async function beginTrial(dependencies: Dependencies, trialId: string, given?: TrialPolicy): Promise<Trial> {
  const { db, config } = dependencies
  const strategy = await findStrategy(db, trialId)
  if (!strategy) throw new OptimizerError('unknown-strategy', `There is no strategy ${trialId}; see npx optimizer status.`)
  const { agentId } = strategy
  const { live, silent } = await classifyInstances(dependencies.db, agentId)
  const comparable = await withoutDrifting(db, agentId, live)
  if (live.length === 0) throw new OptimizerError('agent-away', `No instance of ${agentId} is running; start it and try again.`)
  assertControlAwaited(agentId, comparable, silent)
  const policy = given ?? (await createReadPolicy(dependencies)())
  const long = await planLongObservation(dependencies, strategy, comparable)
  return await db.transaction().execute(async (trx) => {
    await lockFleet(trx)
    const { kind } = await lockAgent(trx, agentId)
    if (await findTrial(trx, trialId)) return await getOpenTrial(trx, trialId)
    assertOnTime(trialId)
    await assertNotWithdrawn(trx, trialId)
    const baseline = await getCurrentConfiguration(trx, agentId)
    assertNotOutdated(strategy, baseline.values)
    const knobs = await listKnobs(trx, agentId)
    const candidates = await admitTrial(trx, config, { strategy, kind, policy, isLong: long !== null }).catch((error) =>
      waitIfApproved(strategy, error),
    )
    const lockMs = long ? computeLockMs(config.trials) : config.trials.lockMs
    if (!(await acquireLock(trx, agentId, trialId, lockMs, Date.now()))) {
      throw new OptimizerError('agent-busy', `Another trial is running on ${agentId}; this one can start when it has ended.`)
    }
    const arms = assignArms(comparable, trialId, candidates)
    const changes = changedValues(strategy)
    const refused = validateKnobValues(knobs, changes)
    if (refused.length > 0) throw new OptimizerError('out-of-bounds', `${agentId}: ${refused.join('; ')}.`)
    const candidateVersion = await appendConfiguration(trx, {
      agentId,
      values: { ...baseline.values, ...changes },
      origin: 'trial',
      trialId,
      reason: strategy.description,
    })
    await assignConfiguration(trx, agentId, arms.candidate, candidateVersion)
    return await insertTrial(trx, {
      id: trialId,
      agentId,
      workflowId: activityInfo().workflowExecution?.workflowId ?? trialId,
      design: arms.design,
      baselineVersion: baseline.version,
      candidateVersion,
      candidateInstances: arms.candidate,
      controlInstances: arms.control,
      ...long,
    })
  })
}

/** Attempts, within some seconds, in which a trial waits for a silent instance that could be its control. */
const attemptsForControl = 4

/** Rejects the first attempts if only a late heartbeat makes it a trial without a control group. */
function assertControlAwaited(agentId: string, comparable: string[], silent: string[]): void {
  if (comparable.length !== 1 || silent.length === 0 || activityInfo().attempt > attemptsForControl) return
  const message = `${silent.join(', ')} of ${agentId} is silent; the trial waits some seconds for it, to have a control group.`
  throw new OptimizerError('no-control', message, { retryable: true })
}

/** Rejects an attempt that was given up, on a slow machine for instance, and whose trial was rolled back before it began. */
async function assertNotWithdrawn(db: Database, trialId: string): Promise<void> {
  const withdrawnAt = await findWithdrawalTime(db, trialId)
  if (withdrawnAt && withdrawnAt.getTime() >= activityInfo().scheduledTimestampMs)
    throw new OptimizerError('trial-over', `${trialId} was rolled back before it began.`)
}

/** Rejects an attempt that was delayed or has little time left: it could be given up, and its trial rolled back, before it starts. */
function assertOnTime(trialId: string): void {
  const { currentAttemptScheduledTimestampMs, scheduledTimestampMs, heartbeatTimeoutMs, scheduleToCloseTimeoutMs } =
    activityInfo()
  const margin = heartbeatTimeoutMs! / 2
  const late = Date.now() - currentAttemptScheduledTimestampMs > margin
  const tooLate = Date.now() - scheduledTimestampMs > scheduleToCloseTimeoutMs - margin
  if (!late && !tooLate) return
  throw new OptimizerError('late', `${trialId} was delayed before it could start; the next attempt starts it.`, {
    retryable: true,
  })
}

/** A strategy is a step from the values its knobs had; it must not overwrite what someone has set since. */
function assertNotOutdated({ agentId, actions }: Strategy, values: KnobValues): void {
  const moved = actions.filter(({ knob, from }) => values[knob] !== undefined && !isSameValue(values[knob], from))
  if (moved.length === 0) return
  const now = moved.map(({ knob, from }) => `${knob} is ${formatValue(values[knob])}, no longer ${formatValue(from)}`)
  throw new OptimizerError('outdated', `${agentId} has changed since this was planned: ${now.join(', ')}.`)
}

/** An approved trial waits for its turn; a cycle has other strategies to continue with. */
function waitIfApproved({ asks }: Strategy, error: unknown): never {
  if (!asks || !(error instanceof OptimizerError) || !isTemporary(error.code)) throw error
  throw new OptimizerError(error.code, error.message, { cause: error, retryable: true })
}

async function applyToCandidates(dependencies: Dependencies, trial: Trial): ReturnType<Activities['execute']> {
  const { db, config } = dependencies
  const version = trial.candidateVersion
  // Restarts, one after the other, may take longer than a lock lasts.
  await renewTrialLock(db, trial, trial.observeMs === null ? config.trials.lockMs : computeLockMs(config.trials))
  await deliverToLive(dependencies, trial.agentId, trial.candidateInstances, await getDelivery(db, trial.agentId, version))
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
    selectWideningInstances(
      { candidate: trial.candidateInstances, control: trial.controlInstances },
      await withoutDrifting(db, agentId, live),
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
  await deliverToLive(dependencies, agentId, joining, await getDelivery(db, agentId, version))
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
    const version = await takeCandidateVersion(trx, open)
    await assignConfiguration(trx, agentId, 'all', version)
    await setProvenVersion(trx, agentId, version)
    await updateTrial(trx, trial.id, { state: 'widening' })
    return version
  })
  const { live, silent } = await classifyInstances(dependencies.db, agentId)
  if (live.length === 0) {
    const message = `No instance of ${agentId} can be reached to apply the proven change.`
    throw new OptimizerError('unreachable', message, { retryable: true })
  }
  const delivered = await getDelivery(db, agentId, version)
  const { confirmed, drifting } = await deliverToLive(dependencies, agentId, live, delivered, () => true)
  const unreached = [...silent, ...live.filter((instance) => !confirmed.includes(instance))]
  await db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    await getOpenTrial(trx, trial.id)
    const missed = unreached.map(
      (instance) => `${instance} did not respond; it gets the new configuration when it responds again`,
    )
    const issues = [...missed, ...drifting]
    await updateTrial(trx, trial.id, { state: 'kept', endedAt: new Date(), issues })
    await releaseLock(trx, agentId, trial.id)
  })
  return { version, instances: confirmed, silent: unreached, ...(drifting.length > 0 && { drifting }) }
}

/** Those of these instances that run with the values of their version: nothing can be proven on others. */
async function withoutDrifting(db: Database, agentId: string, instanceIds: readonly string[]): Promise<string[]> {
  const drifting = await listDriftingInstances(db, { agentId })
  return instanceIds.filter((id) => !drifting.some(({ instanceId }) => instanceId === id))
}

const steps: Record<ExecuteStep, typeof applyToAll> = {
  candidate: applyToCandidates,
  half: applyToHalf,
  all: applyToAll,
  suspend,
  resume,
}

function changedValues({ actions }: Strategy): KnobValues {
  return Object.fromEntries(actions.map((action) => [action.knob, action.to]))
}
