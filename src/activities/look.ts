import { findFreeze } from '../analysis/eligibility/freeze.ts'
import { computeProgress, WIDENING_SAMPLES } from '../analysis/trials/duration.ts'
import { computeLockMs, findGoneSince, GONE_LIMIT_MS, getLongestWaitMs, planNextLook } from '../analysis/trials/looks.ts'
import { computeObservedMs, findOpenSuspension } from '../analysis/trials/suspension.ts'
import type { Activities, MeasureStep, TrialLook } from '../contract/activities.ts'
import { tryReadLimits } from '../limits.ts'
import { describeProgress, formatDayAndTime } from '../model/format.ts'
import type { Judgement, Progress } from '../model/trial.ts'
import { findAgent } from '../store/agents.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { findStrategy } from '../store/strategies.ts'
import { type Trial, updateTrial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { concludeObservation, prepareObservation } from './judge-trial.ts'
import { selectComparedInstances } from './observe.ts'
import { getOpenTrial } from './open-trial.ts'
import { renewTrialLock } from './renew-trial-lock.ts'
import { loadTrialConditions } from './trial-conditions.ts'

/**
 * Looks once at a trial outside a cycle, which lasts hours or days: everything that the next look needs is stored, so workers may come and
 * go in between. A freeze window suspends the trial if so configured; otherwise a proven change waits for its end.
 */
export function createLook(dependencies: Dependencies): Activities['look'] {
  const { db, config } = dependencies
  return async ({ trialId, step, observeMs }) => {
    const trial = await getOpenTrial(db, trialId)
    await renewTrialLock(db, trial, computeLockMs(config.trials))
    const freeze = await findAgentFreeze(dependencies, trial.agentId)
    const suspends = freeze !== undefined && config.trials.duringFreeze === 'suspend'
    if (findOpenSuspension(trial.suspensions))
      return suspends ? await waitForThaw(dependencies, trial, freeze.until) : proceed('resume')
    if (suspends) return proceed('suspend')

    const observation = await prepareObservation(dependencies, trial, step)
    const now = Date.now()
    const observedMs = computeObservedMs(trial.suspensions, observation.since.getTime(), now)
    const isWide = ({ control, candidate }: Judgement['samples']) =>
      step === 'half' && Math.min(control, candidate) >= WIDENING_SAMPLES
    const { gone } = await classifyInstances(db, trial.agentId, now)
    const compared = { design: trial.design, ...selectComparedInstances(trial, step) }
    const goneSince = findGoneSince(compared, gone, { noticedAt: trial.progress?.goneSince, now })
    const isOver = observedMs >= observeMs || (goneSince !== undefined && now - goneSince >= GONE_LIMIT_MS)
    const { judgement, arms } = await observation.judge({ final: (samples) => isOver || isWide(samples) })
    const { decision, reason, samples } = judgement
    const smaller = trial.design === 'before-after' ? samples.candidate : Math.min(samples.control, samples.candidate)
    const waitMs = planNextLook({ samples: smaller, elapsedMs: observedMs }, config.trials.lookEveryMs)
    const waitsForThaw = decision === 'keep' && freeze !== undefined
    if (decision !== 'continue' && !waitsForThaw) {
      await concludeObservation(dependencies, trial, arms)
      if (decision !== 'undecided' || goneSince === undefined) return { verdict: decision, reason }
      const why = `${reason}; the instances to compare with have been gone since ${formatDayAndTime(goneSince)}`
      await updateTrial(db, trialId, { judgement: { ...judgement, reason: why } })
      return { verdict: decision, reason: why }
    }
    const known = { samples: smaller, endsAt: now + observeMs - observedMs, goneSince }
    const progress = await recordProgress(dependencies, trial, step, known)
    return { verdict: 'continue', reason, waitMs, progress }
  }
}

const proceed = (next: TrialLook['next']): TrialLook => ({ verdict: 'continue', reason: 'a freeze window', next })

async function findAgentFreeze({ db, config }: Dependencies, agentId: string) {
  const limits = tryReadLimits(config)
  const { kind } = (await findAgent(db, agentId))!
  return typeof limits === 'string' ? undefined : findFreeze(limits, { agentId, kind }, Date.now())
}

async function waitForThaw({ db, config }: Dependencies, { id, progress }: Trial, until: number): Promise<TrialLook> {
  const suspended: Progress = { ...(progress ?? { decisions: 0, until: null }), suspendedUntil: until }
  await updateTrial(db, id, { progress: suspended })
  const { lookEveryMs } = config.trials
  // The operator may change the limits before the window ends.
  const waitMs = Math.min(getLongestWaitMs(lookEveryMs), Math.max(lookEveryMs, until - Date.now()))
  return { verdict: 'continue', reason: 'suspended', waitMs, progress: describeProgress(suspended) }
}

async function recordProgress(
  { db, config }: Dependencies,
  trial: Trial,
  step: MeasureStep,
  { samples, endsAt, goneSince }: { samples: number; endsAt: number; goneSince: number | undefined },
): Promise<string> {
  const { live } = await classifyInstances(db, trial.agentId)
  const { control, candidate } = selectComparedInstances(trial, step)
  const compared = { design: trial.design, candidate: candidate.length, control: control.length, live: live.length }
  const conditions = await loadTrialConditions(db, config, (await findStrategy(db, trial.id))!, compared)
  const maxSamples = step === 'half' ? WIDENING_SAMPLES : (trial.maxSamples ?? config.trials.maxSamples)
  const needed = computeProgress({ ...conditions, samples }, { maxSamples, endsAt })
  const progress: Progress = { ...needed, ...(goneSince !== undefined && { goneSince }) }
  await updateTrial(db, trial.id, { progress })
  return describeProgress(progress)
}
