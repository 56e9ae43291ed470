/** The start of a trial: whether it may start, its arms, and its configuration. */
import { activityInfo } from '@temporalio/activity'
import { isTemporary } from '../analysis/eligibility/index.ts'
import { assignArms } from '../analysis/trials/arm-assignment.ts'
import { computeLockLifetimeMs } from '../analysis/trials/looks.ts'
import type { TrialPolicy } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import { formatValue } from '../model/format.ts'
import { isSameValue, type KnobValues, validateKnobValues } from '../model/knob.ts'
import type { Strategy } from '../model/strategy.ts'
import { getCurrentConfiguration, listKnobs } from '../store/agents.ts'
import { appendConfiguration, assignConfiguration, lockAgent } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { listDriftingInstances } from '../store/drift.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { acquireLock } from '../store/locks.ts'
import { lockFleet } from '../store/pause.ts'
import { findStrategy, findWithdrawalTime } from '../store/strategies.ts'
import { findTrial, insertTrial, type Trial } from '../store/trials.ts'
import { admitTrial } from '../trials/admit.ts'
import type { Dependencies } from './dependencies.ts'
import { getOpenTrial } from './open-trial.ts'
import { createReadPolicyActivity } from './policy.ts'
import { findOpenPool } from './pool.ts'
import { planLongObservation } from './trial-conditions.ts'

/** Checks admission, locks the agent, chooses the arms, writes version n + 1 and assigns it to the candidates, all or nothing. */
export async function beginTrial(dependencies: Dependencies, trialId: string, given?: TrialPolicy): Promise<Trial> {
  const { db, config } = dependencies
  const strategy = await findStrategy(db, trialId)
  if (!strategy) throw new OptimizerError('unknown-strategy', `There is no strategy ${trialId}; see npx optimizer status.`)
  const { agentId } = strategy
  const { live, silent } = await classifyInstances(dependencies.db, agentId)
  const comparable = await excludeDriftingInstances(db, agentId, live)
  assertControlAwaited(agentId, comparable, silent)
  const policy = given ?? (await createReadPolicyActivity(dependencies)())
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
    assertComparable(trialId, comparable)
    const lockMs = long ? computeLockLifetimeMs(config.trials) : config.trials.lockMs
    if (!(await acquireLock(trx, agentId, trialId, lockMs, Date.now()))) {
      throw new OptimizerError('agent-busy', `Another trial is running on ${agentId}; this one can start when that one ends.`)
    }
    const arms = assignArms(comparable, trialId, candidates)
    const design = arms.design === 'before-after' && long?.alternates ? 'switchback' : arms.design
    const poolId = long?.poolId ? await findOpenPool(trx, long.poolId, arms.design) : null
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
      design,
      baselineVersion: baseline.version,
      candidateVersion,
      candidateInstances: arms.candidate,
      controlInstances: arms.control,
      observeMs: long?.observeMs,
      maxSamples: long?.maxSamples,
      poolId,
    })
  })
}

/** Attempts, within some seconds, in which a trial waits for a silent instance that could be its control. */
const attemptsForControl = 4

/** Rejects the first attempts if only a late heartbeat makes it a trial without a control group. */
function assertControlAwaited(agentId: string, comparable: string[], silent: string[]): void {
  if (comparable.length !== 1 || silent.length === 0 || activityInfo().attempt > attemptsForControl) return
  const message = `${silent.join(', ')} of ${agentId} is silent; the trial waits a few seconds for it so that there is a control group.`
  throw new OptimizerError('no-control', message, { retryable: true })
}

/** An instance that admission relies on may have come, or stopped drifting, after the others were read. */
function assertComparable(trialId: string, comparable: readonly string[]): void {
  if (comparable.length > 0) return
  const message = `${trialId} found no instance to try its change on; the next attempt looks again.`
  throw new OptimizerError('late', message, { retryable: true })
}

/** Rejects an attempt that was given up, on a slow machine for instance, and whose trial was rolled back before it began. */
async function assertNotWithdrawn(db: Database, trialId: string): Promise<void> {
  const withdrawnAt = await findWithdrawalTime(db, trialId)
  if (withdrawnAt && withdrawnAt.getTime() >= activityInfo().scheduledTimestampMs)
    throw new OptimizerError('trial-over', `${trialId} was rolled back before it started.`)
}

/** Rejects an attempt that was delayed or has little time left: it could be given up, and its trial rolled back, before it starts. */
function assertOnTime(trialId: string): void {
  const { currentAttemptScheduledTimestampMs, scheduledTimestampMs, heartbeatTimeoutMs, scheduleToCloseTimeoutMs } =
    activityInfo()
  const margin = heartbeatTimeoutMs! / 2
  const late = Date.now() - currentAttemptScheduledTimestampMs > margin
  const tooLate = Date.now() - scheduledTimestampMs > scheduleToCloseTimeoutMs - margin
  if (!late && !tooLate) return
  throw new OptimizerError('late', `${trialId} was delayed before it could start; the next attempt will start it.`, {
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

/** Those of these instances that run with the values of their version: nothing can be proven on others. */
export async function excludeDriftingInstances(db: Database, agentId: string, instanceIds: readonly string[]): Promise<string[]> {
  const drifting = await listDriftingInstances(db, { agentId })
  return instanceIds.filter((id) => !drifting.some(({ instanceId }) => instanceId === id))
}

function changedValues({ actions }: Strategy): KnobValues {
  return Object.fromEntries(actions.map((action) => [action.knob, action.to]))
}
