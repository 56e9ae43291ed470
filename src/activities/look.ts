import { type Freeze, findFreeze } from '../analysis/eligibility/freeze.ts'
import { computeProgress, type TrialConditions } from '../analysis/trials/duration.ts'
import {
  computeLockLifetimeMs,
  computeRemainingMs,
  findGoneSince,
  GONE_LIMIT_MS,
  getLongestWaitMs,
  planNextLook,
} from '../analysis/trials/looks.ts'
import { computeSharedPeriodMs } from '../analysis/trials/shared-anomalies.ts'
import { computeObservedMs, findOpenSuspension, planSuspension } from '../analysis/trials/suspension.ts'
import { findOpenBlock, isBlockDone } from '../analysis/trials/switchback-plan.ts'
import { countSmallerArm, wideningTarget } from '../analysis/trials/widening.ts'
import type { Config } from '../config/config.ts'
import { tryReadLimits } from '../config/limits.ts'
import type { Activities, MeasureStep, TrialLook } from '../contract/activities.ts'
import { describeProgress, formatDayAndTime } from '../model/format.ts'
import type { Progress } from '../model/trial.ts'
import { findAgent } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { listInstanceExecutions } from '../store/executions.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { listPoolTrials } from '../store/pools.ts'
import { findStrategy } from '../store/strategies.ts'
import { type Trial, updateTrial } from '../store/trials.ts'
import { selectComparedInstances } from '../trials/observations.ts'
import { assertObjectiveUnchanged } from './assert-keep-allowed.ts'
import type { Dependencies } from './dependencies.ts'
import { concludeObservation, prepareObservation } from './judge-trial.ts'
import { getOpenTrial } from './open-trial.ts'
import { renewTrialLock } from './renew-trial-lock.ts'
import { getScoreWaitMs } from './score-wait.ts'
import { loadPoolConditions, loadTrialConditions } from './trial-conditions.ts'
import { withHeartbeat } from './with-heartbeat.ts'

/**
 * Takes one look at a trial outside a cycle, which lasts hours or days: everything that the next look needs is stored, so workers may come
 * and go in between. A freeze window suspends the trial if so configured; otherwise a proven change waits for its end. While the operator's limits
 * cannot be read, a suspended trial stays suspended, and a proven change waits.
 * @throws OptimizerError `objective-changed`; the trial then ends undecided.
 */
export function createLookActivity(dependencies: Dependencies): Activities['look'] {
  const { db, config } = dependencies
  const look: Activities['look'] = async ({ trialId, step, observeMs }) => {
    const trial = await getOpenTrial(db, trialId)
    await assertObjectiveUnchanged(db, config, trial)
    await renewTrialLock(db, trial, computeLockLifetimeMs(config.trials))
    const freeze = await readAgentFreeze(dependencies, trial.agentId)
    const isSuspended = findOpenSuspension(trial.suspensions) !== undefined
    const next = planSuspension({ isSuspended, freeze, duringFreeze: config.trials.duringFreeze })
    if (next === 'stay') return await waitForThaw(dependencies, trial, freeze)
    if (next !== 'observe') return { verdict: 'continue', reason: 'a freeze window', next }

    const observation = await prepareObservation(dependencies, trial, step)
    const now = Date.now()
    const observedMs = computeObservedMs(trial.suspensions, observation.since.getTime(), now)
    const { gone } = await classifyInstances(db, trial.agentId, now)
    const compared = { design: trial.design, ...selectComparedInstances(trial, step) }
    const goneSince = findGoneSince(compared, gone, { noticedAt: trial.progress?.goneSince, now })
    const scoreWaitMs = observedMs >= observeMs ? await getScoreWaitMs(dependencies, trial) : 0
    const remainingMs = (leftOutMs: number) => computeRemainingMs({ observeMs, observedMs, leftOutMs })
    const isGone = goneSince !== undefined && now - goneSince >= GONE_LIMIT_MS
    // The others of a pool go on without a trial that has nothing to compare any more.
    const isPooled = trial.poolId !== null && step === 'candidate'
    const { judgement, scarcest, ...observed } = await observation.judge({
      isTimeUp: (leftOutMs) => (isGone && !isPooled) || remainingMs(leftOutMs) + scoreWaitMs <= 0,
    })
    const { reason, samples } = judgement
    const decision = judgement.decision === 'continue' && isGone ? 'undecided' : judgement.decision
    const smaller = trial.design === 'before-after' ? samples.candidate : Math.min(samples.control, samples.candidate)
    const looking = isPooled ? (await listPoolTrials(db, trial.poolId!)).length : 1
    const waitMs = planNextLook({ samples: smaller / looking, elapsedMs: observedMs }, config.trials.lookEveryMs)
    const waitsForThaw = decision === 'keep' && freeze !== undefined
    if (decision !== 'continue' && !waitsForThaw) {
      await concludeObservation(dependencies, trial, observed)
      if (decision !== 'undecided' || goneSince === undefined) return { verdict: decision, reason }
      const why = `${reason}; the instances to compare with have been gone since ${formatDayAndTime(goneSince)}`
      await updateTrial(db, trialId, { judgement: { ...judgement, decision, reason: why } })
      return { verdict: decision, reason: why }
    }
    // A freeze window allows no change of the configuration, and an instance that is gone takes none.
    const mayAlternate = trial.design === 'switchback' && freeze === undefined && goneSince === undefined
    if (mayAlternate && (await isNextBlockDue(db, config, trial, now))) return { verdict: 'continue', reason, next: 'switch' }
    const endsAt = now + Math.max(0, remainingMs(computeSharedPeriodMs(observed.leftOut, observation.since.getTime(), now)))
    // A proven change that only waits for the end of a freeze window needs no more values.
    const known = { samples: waitsForThaw ? Infinity : step === 'half' ? countSmallerArm(scarcest) : smaller, endsAt, goneSince }
    const progress = await recordProgress(dependencies, trial, step, known)
    return { verdict: 'continue', reason, waitMs, progress }
  }
  return async (input) => await withHeartbeat(input.trialId, () => look(input))
}

/** Whether the next block of a switchback trial begins: the first one, or because the present one has what it needs. */
async function isNextBlockDue(db: Database, config: Config, trial: Trial, now: number): Promise<boolean> {
  const { agentId, candidateInstances: instanceIds } = trial
  const block = findOpenBlock(trial.blocks)
  if (!block) return true
  const [executions, { reportingShare }] = await Promise.all([
    listInstanceExecutions(db, { agentId, instanceIds, from: new Date(block.from) }),
    loadConditions(db, config, trial, 'candidate'),
  ])
  const maxSamples = trial.maxSamples ?? config.trials.maxSamples
  const samples = reportingShare * executions.length
  return isBlockDone(trial.blocks, { samples, now }, { ...config.trials, maxSamples, observeMs: trial.observeMs })
}

/** The open freeze window of an agent, or `unknown` while the operator's limits cannot be read. */
async function readAgentFreeze({ db, config }: Dependencies, agentId: string): Promise<Freeze | 'unknown' | undefined> {
  const limits = tryReadLimits(config)
  if (typeof limits === 'string') return 'unknown'
  const { kind } = (await findAgent(db, agentId))!
  return findFreeze(limits, { agentId, kind }, Date.now())
}

async function waitForThaw(
  { db, config }: Dependencies,
  { id, progress }: Trial,
  freeze: Freeze | 'unknown' | undefined,
): Promise<TrialLook> {
  // While the limits cannot be read, the end that was known last is shown.
  const until = typeof freeze === 'object' ? freeze.until : progress?.suspendedUntil
  const suspended: Progress = { decisions: progress?.decisions ?? 0, until: null, suspendedUntil: until }
  await updateTrial(db, id, { progress: suspended })
  const { lookEveryMs } = config.trials
  const longestMs = getLongestWaitMs(lookEveryMs)
  const remainingMs = typeof freeze === 'object' ? freeze.until - Date.now() : longestMs
  // The operator may change the limits before the window ends.
  const waitMs = Math.min(longestMs, Math.max(lookEveryMs, remainingMs))
  return { verdict: 'continue', reason: 'suspended', waitMs, progress: describeProgress(suspended) }
}

async function recordProgress(
  { db, config }: Dependencies,
  trial: Trial,
  step: MeasureStep,
  { samples, endsAt, goneSince }: { samples: number; endsAt: number; goneSince: number | undefined },
): Promise<string> {
  const { needed: ofGoal, ...conditions } = await loadConditions(db, config, trial, step)
  const aim = step === 'half' ? wideningTarget : { maxSamples: trial.maxSamples ?? config.trials.maxSamples }
  const needed = computeProgress({ ...conditions, ...(step === 'candidate' && { needed: ofGoal }), samples }, { ...aim, endsAt })
  const progress: Progress = { ...needed, ...(goneSince !== undefined && { goneSince }) }
  await updateTrial(db, trial.id, { progress })
  return describeProgress(progress)
}

/** The conditions that determine the duration of a step: those of the whole pool while it is judged together. */
async function loadConditions(db: Database, config: Config, trial: Trial, step: MeasureStep): Promise<TrialConditions> {
  const strategy = (await findStrategy(db, trial.id))!
  if (trial.poolId !== null && strategy.pool && step === 'candidate') return await loadPoolConditions(db, config, strategy.pool)
  const { live } = await classifyInstances(db, trial.agentId)
  const { control, candidate } = selectComparedInstances(trial, step)
  const compared = { design: trial.design, candidate: candidate.length, control: control.length, live: live.length }
  return await loadTrialConditions(db, config, strategy, compared)
}
