import type { Judgement, JudgementCode, TrialDesign } from '../../model/trial.ts'
import { MAX_OBSERVATIONS } from '../../model/trial-limits.ts'
import { createEffectScale } from '../statistics/effect-scale.ts'
import { clamp } from '../statistics/summaries.ts'
import { BEGINNING_SHARE, isGainFading, isSevereHarm, omitBeginning } from './beginning.ts'
import { assessGuard, type BoundLookPlan, type GuardLook, getStrictestTolerance } from './guard.ts'
import { createJudge, HARMLESS_ALPHA, type Judge, type LookResult } from './judge.ts'
import { findKeepObjection } from './keep-objection.ts'
import { createLookPlan } from './looks.ts'
import { DEFAULT_ALPHA, type JudgeOptions } from './options.ts'
import { createTrialReportingCheck } from './reporting-check.ts'
import { MIN_PAIRS, pairBlocks } from './switchback.ts'
import { createThroughputCheck, type ThroughputCheck } from './throughput-check.ts'
import { createTimeoutForecaster } from './timeout-forecast.ts'
import { createUsualGoal, standardTrialMetrics, type TrialGoal } from './trial-goal.ts'
import type { ArmObservations, ObservationsByArm, TrialMetric } from './trial-metric.ts'

export type TrialJudgeOptions = TrialSettings &
  (
    | { goal: TrialGoal; target?: undefined }
    /** A built-in metric: the goal is then the usual one, `createUsualGoal`. */
    | { target: string; goal?: undefined }
  )

interface TrialSettings {
  design: TrialDesign
  /** The same instances before the change. */
  history: ObservationsByArm
  /** Samples of the target in the smaller arm (before/after: in the candidate arm) at which the trial ends. */
  maxSamples: number
  /** Smallest effect on the target that counts: relative for quantities, a difference of shares for rates and scores. */
  minEffect?: number
  /**
   * Whether the arms share one stream of work, as the instances of one agent do, the default. If not, a candidate that works less, or not at
   * all, misses nothing: neither amounts of work nor silence are judged.
   */
  sharesWork?: boolean
  /**
   * How long scores usually take after their execution, milliseconds. If it is known, a change is not kept once the newest executions have
   * stopped reporting a metric.
   */
  scoreDelayMs?: number | undefined
  /** Only a catastrophe ends the trial, at any time: silence, or harm as severe as the beginning of a trial already ends with. */
  onlyCatastrophes?: boolean
  /** Probability of rolling back a harmless change, over the target, all guardrails and all looks. */
  alpha?: number
}

export interface TrialJudge {
  /**
   * Judges everything observed since the change. `final`: the time is up and no more samples will come.
   * @throws OptimizerError `unusable-samples`
   */
  look(arms: ObservationsByArm, options: { final: boolean }): Judgement
  /** The effect on each guardrail as it is seen at the same time, to be shown. @throws OptimizerError `unusable-samples` */
  lookAtGuards(arms: ObservationsByArm, options: { final: boolean }): GuardLook[]
}

/** Shares of alpha for the target, and for a candidate that serves less. The rest is for the guardrails. */
const TARGET_SHARE = 0.6
const AMOUNT_SHARE = 0.04
/** `alpha` of a judge of catastrophes only: the probability of taking something harmless for one. */
export const CATASTROPHE_ALPHA = 0.005

/** Share of `maxSamples` needed to keep a change, so that its side effects are known; harm ends a trial sooner. */
export const MIN_KEEP_SHARE = 0.5
/**
 * Judges a trial: its target, which must be proven better, and the other metrics as guardrails, which must not be proven worse.
 * @throws OptimizerError `unusable-options`, `unusable-samples`
 */
export function createTrialJudge(options: TrialJudgeOptions): TrialJudge {
  const { design, history, maxSamples, minEffect, sharesWork = true, onlyCatastrophes = false, alpha = DEFAULT_ALPHA } = options
  const { scoreDelayMs } = options
  const { target, guards } = options.goal ?? createUsualGoal(options.target)
  // While something else is in doubt, a trial whose gain is proven goes on.
  const maxGuardSamples = Math.max(maxSamples, MAX_OBSERVATIONS)
  const judgeOf = (metric: TrialMetric, options: Pick<JudgeOptions, 'alpha' | 'minEffect' | 'guardrail' | 'isAccepted'>) => {
    const past = { control: metric.samplesOf(history.control), candidate: metric.samplesOf(history.candidate) }
    const isTarget = !options.guardrail
    // Times are guarded by their typical value, which understates large effects; what is proven, or accepted, is read from the median too.
    const isTypical = metric.summary === 'median' && !isTarget && !options.isAccepted
    const summary = isTypical ? 'clipped-mean' : metric.summary
    return createJudge({
      metric,
      design,
      history: past,
      maxSamples,
      maxGuardSamples: isTarget ? undefined : maxGuardSamples,
      sharesWork,
      summary,
      quantile: isTarget && design === 'concurrent' ? metric.quantile : undefined,
      ...options,
    })
  }
  const targetJudge = judgeOf(target, { alpha: alpha * TARGET_SHARE, minEffect })
  const guardAlpha = (alpha * (1 - TARGET_SHARE - AMOUNT_SHARE)) / Math.max(1, guards.length)
  const watched = guards.map((guard) => ({
    ...guard,
    design,
    past: guard.metric.everySampleOf(history.candidate),
    assessReporting: createTrialReportingCheck(guard.metric, history, { isRequired: guard.isRequired, scoreDelayMs }),
    judge: judgeOf(guard.metric, {
      alpha: guardAlpha,
      minEffect: guard.tolerance ?? getStrictestTolerance(guard),
      guardrail: true,
      isAccepted: guard.isAccepted,
    }),
  }))
  const assessTargetReporting = createTrialReportingCheck(target, history, { scoreDelayMs })
  const forecast = createTimeoutForecaster(history)
  // Instances that alternate are compared with themselves, whatever they share.
  const isWorkComparable = sharesWork || design === 'switchback'
  const assessWork: ThroughputCheck = isWorkComparable ? createThroughputCheck(design, executionSamples(history)) : () => ({})
  const lookAt = createLookPlan({ maxSamples, maxGuardSamples })
  const boundLooks =
    (final: boolean): BoundLookPlan =>
    (samples) => {
      const { count, level } = lookAt(samples, final)
      return { count, level: level((HARMLESS_ALPHA * alpha) / DEFAULT_ALPHA) }
    }
  const { responseTime, successRate } = standardTrialMetrics
  const settling = [target, ...[responseTime, successRate].filter(({ metric }) => metric !== target.metric)]

  const settle = (all: ObservationsByArm) =>
    omitBeginning({ ...all, control: forecast(all.control), candidate: forecast(all.candidate) }, design, settling)
  const compare = (metric: TrialMetric, judge: Judge, arms: ObservationsByArm, final: boolean): LookResult => {
    const inFlight = metric.inFlightOf && {
      control: metric.inFlightOf(arms.control),
      candidate: metric.inFlightOf(arms.candidate),
    }
    return judge.look(
      { control: metric.samplesOf(arms.control), candidate: metric.samplesOf(arms.candidate), inFlight, blocks: arms.blocks },
      { final },
    )
  }

  return {
    lookAtGuards(all, { final }) {
      const settled = settle(all)
      return watched.map((guard) => {
        const { metric, judge } = guard
        const look = compare(metric, judge, settled, final)
        const { decision } = assessGuard(guard, look, settled, boundLooks(final))
        return { metric: metric.metric, decision, ...inUnits(metric, look), samples: look.samples }
      })
    },

    look(all, { final }) {
      const settled = settle(all)
      const compareNow = (metric: TrialMetric, judge: Judge, arms = settled) => compare(metric, judge, arms, final)
      const seen = compareNow(target, targetJudge)
      let suspicion: string | undefined
      const judgement = (decision: Judgement['decision'], code: JudgementCode, reason: string): Judgement => ({
        decision,
        metric: target.metric as Judgement['metric'],
        design,
        ...inUnits(target, seen),
        samples: seen.samples,
        reason,
        code,
        ...(seen.isPartial && { isPartial: true }),
        ...(suspicion && { suspicion }),
      })
      const executions = executionSamples(settled)
      const work = assessWork(executions, settled.blocks)
      if (work.silentFor)
        return judgement('roll-back', 'silent', `the candidate is silent: ${work.silentFor} executions were expected from it`)
      // Cold caches and the like are no harm of the change.
      const isBeginning = !final && all.candidate.executions.length < BEGINNING_SHARE * maxSamples
      const mustBeSevere = isBeginning || onlyCatastrophes
      const harm = (code: JudgementCode, metric: TrialMetric, look: Pick<LookResult, 'effect' | 'isSilent'>, reason: string) =>
        !mustBeSevere || look.isSilent || isSevereHarm(metric, look, settled)
          ? judgement('roll-back', code, reason)
          : judgement('continue', code, `${reason} so far, while the candidate warms up`)
      if (seen.decision === 'roll-back') return harm(seen.isSilent ? 'silent' : 'worse', target, seen, seen.reason)
      const guarded = watched.map((guard) => {
        const look = compareNow(guard.metric, guard.judge)
        return { ...guard, ...assessGuard(guard, look, settled, boundLooks(final)), look }
      })
      const targetReporting = assessTargetReporting(settled)
      suspicion = [targetReporting, ...guarded].find((each) => each.suspicion)?.suspicion
      const harmed = guarded.find(({ decision }) => decision === 'roll-back')
      if (harmed)
        return harm(harmed.look.isSilent ? 'silent' : 'guardrail', harmed.metric, harmed.look, `guardrail: ${harmed.reason}`)
      const { shortfall } = work
      if (shortfall && shortfall.harm < lookAt(executions.candidate.length, final).level(alpha * AMOUNT_SHARE))
        return harm('guardrail', target, { effect: null }, `guardrail: ${shortfall.reason}`)
      suspicion ??= work.suspicion
      if (seen.decision !== 'keep') return judgement(seen.decision, 'not-proven', seen.reason)
      const isEarly = Math.min(seen.samples.control, seen.samples.candidate) < MIN_KEEP_SHARE * maxSamples
      if (!final && isEarly) return judgement('continue', 'better', `${seen.reason} so far`)
      if (design === 'switchback' && pairBlocks(executions, settled.blocks).length < MIN_PAIRS)
        return judgement(final ? 'undecided' : 'continue', 'doubtful', `${seen.reason} so far, but in only a few blocks`)
      const doubt = findKeepObjection({
        design,
        target,
        isPartial: seen.isPartial === true,
        work,
        targetReporting,
        guarded,
        atEnd: final || Math.min(seen.samples.control, seen.samples.candidate) >= maxSamples,
        isFading: () => isGainFading(target, seen, settled, design, (part) => compareNow(target, targetJudge, part)),
      })
      if (!doubt) return judgement('keep', 'better', seen.reason)
      return judgement(final ? 'undecided' : 'continue', doubt.code, `${seen.reason}, but ${doubt.reason}`)
    },
  }
}

/** Improvement in percent of a quantity, in points of a share, which moves by 100 at most; no interval if the data set no limit. */
function inUnits(metric: TrialMetric, { effect, interval }: LookResult): Pick<Judgement, 'improvement' | 'interval'> {
  if (effect === null || interval === null) return { improvement: null, interval: null }
  const sign = createEffectScale(metric).sign
  const inPoints = (value: number) => 100 * sign * (metric.kind === 'proportion' ? clamp(value, -1, 1) : value)
  const [low, high] = interval.map(inPoints).sort((a, b) => a - b) as [number, number]
  return { improvement: inPoints(effect), interval: interval.every(Number.isFinite) ? [low, high] : null }
}

/** The executions alone show whether an arm works, even one that never reported. */
function executionSamples(arms: ObservationsByArm) {
  const samples = (arm: ArmObservations) => standardTrialMetrics.successRate.samplesOf(arm).sort((a, b) => a.at - b.at)
  return { control: samples(arms.control), candidate: samples(arms.candidate) }
}
