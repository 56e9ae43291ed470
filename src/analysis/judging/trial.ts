import { type JudgedMetric, judgedMetricSchema } from '../../model/knob.ts'
import { metricTraits } from '../../model/metric.ts'
import type { Judgement, Sample, TrialDesign } from '../../model/trial.ts'
import { getEffectScale } from '../statistics/effect-scale.ts'
import { createJudge, type Judge, type LookResult } from './judge.ts'
import { MIN_SAMPLES_PER_ARM } from './looks.ts'
import { DEFAULT_ALPHA, type JudgeOptions } from './options.ts'
import { createSilenceDetector } from './silence.ts'

/** The observations of one arm's instances. */
export interface ArmObservations {
  executions: { at: number; instance: string; durationMs: number; success: boolean }[]
  negotiations: { at: number; instance: string; agreed: boolean }[]
  /** Unfinished executions that started under the arm's version; `durationMs` is their age at the look (`at`). Library only. */
  inFlight?: { at: number; instance: string; durationMs: number }[]
}
export interface ObservationsByArm {
  control: ArmObservations
  candidate: ArmObservations
}

export interface TrialJudgeOptions {
  target: JudgedMetric
  design: TrialDesign
  /** The same instances before the change. */
  history: ObservationsByArm
  /** Samples of the target in the smaller arm (before/after: in the candidate arm) at which the trial ends. */
  maxSamples: number
  /** Smallest effect on the target that counts: relative for times, a difference of shares for rates and scores. */
  minEffect?: number
  /** Probability of rolling back a harmless change, over the target, all guardrails and all looks. */
  alpha?: number
}

export interface TrialJudge {
  /**
   * Judges everything observed since the change. `final`: the time is up and no more samples will come.
   * @throws OptimizerError `unusable-samples`
   */
  look(arms: ObservationsByArm, options: { final: boolean }): Judgement
}

const ages = ({ inFlight = [] }: ArmObservations): Sample[] =>
  inFlight.map(({ at, instance, durationMs }) => ({ at, instance, value: durationMs }))

/** The name of each metric in reasons, and its samples. */
const JUDGED: Record<JudgedMetric, { name: string; samplesOf(arm: ArmObservations): Sample[] }> = {
  responseTime: {
    name: 'response time',
    samplesOf: (arm) => arm.executions.map(({ at, instance, durationMs }) => ({ at, instance, value: durationMs })),
  },
  successRate: {
    name: 'success rate',
    samplesOf: (arm) => arm.executions.map(({ at, instance, success }) => ({ at, instance, value: Number(success) })),
  },
  coordinationScore: {
    name: 'coordination',
    samplesOf: (arm) => arm.negotiations.map(({ at, instance, agreed }) => ({ at, instance, value: Number(agreed) })),
  },
}

const TARGET_SHARE = 0.6
/** Share of `maxSamples` needed to keep a change, so that its side effects are known; harm ends a trial at once. */
const KEEP_FROM = 0.5
/** Nothing is kept until more harm than this to another metric is ruled out: relative for times, a difference of shares. */
const TOLERATED: Record<JudgedMetric, number> = { responseTime: 0.25, successRate: 0.15, coordinationScore: 0.25 }

/** A guardrail that the control hardly uses proves nothing; one that only the candidate has stopped using does. */
function isDoubtful({ look }: { look: LookResult }): boolean {
  return look.samples.control >= MIN_SAMPLES_PER_ARM && look.decision !== 'keep'
}

/**
 * Judges a trial: its target, which must be proven better, and the other metrics as guardrails, which must not be proven worse.
 * @throws OptimizerError `unusable-options`, `unusable-samples`
 */
export function createTrialJudge(options: TrialJudgeOptions): TrialJudge {
  const { target, design, history, maxSamples, minEffect, alpha = DEFAULT_ALPHA } = options
  const guardrails = judgedMetricSchema.options.filter((metric) => metric !== target)
  const judgeOf = (judged: JudgedMetric, options: Pick<JudgeOptions, 'alpha' | 'minEffect' | 'guardrail' | 'summary'>) => {
    const { name, samplesOf } = JUDGED[judged]
    const metric = { name, ...metricTraits[judged] }
    const past = { control: samplesOf(history.control), candidate: samplesOf(history.candidate) }
    return createJudge({ metric, design, history: past, maxSamples, ...options })
  }
  const targetJudge = judgeOf(target, { alpha: alpha * TARGET_SHARE, minEffect, summary: 'median' })
  const guardAlpha = (alpha * (1 - TARGET_SHARE)) / guardrails.length
  const guards = guardrails.map((metric) => ({
    metric,
    judge: judgeOf(metric, { alpha: guardAlpha, minEffect: TOLERATED[metric], guardrail: true }),
  }))
  const silence = createSilenceDetector(executionSamples(history))

  return {
    look(arms, { final }) {
      const lookAt = (metric: JudgedMetric, judge: Judge): LookResult => {
        const { samplesOf } = JUDGED[metric]
        const inFlight = metric === 'responseTime' ? { control: ages(arms.control), candidate: ages(arms.candidate) } : undefined
        return judge.look({ control: samplesOf(arms.control), candidate: samplesOf(arms.candidate), inFlight }, { final })
      }
      const seen = lookAt(target, targetJudge)
      const judgement = (decision: Judgement['decision'], reason: string): Judgement => ({
        decision,
        metric: target,
        design,
        ...inUnits(target, seen),
        samples: seen.samples,
        reason,
      })
      const silent = design === 'concurrent' ? silence(executionSamples(arms)) : null
      if (silent) return judgement('roll-back', `the candidate is silent: ${silent.missing} executions were expected from it`)
      if (seen.decision === 'roll-back') return judgement('roll-back', seen.reason)
      const guarded = guards.map(({ metric, judge }) => ({ metric, look: lookAt(metric, judge) }))
      const harmed = guarded.find(({ look }) => look.decision === 'roll-back')
      if (harmed) return judgement('roll-back', `guardrail: ${harmed.look.reason}`)
      if (seen.decision !== 'keep') return judgement(seen.decision, seen.reason)
      if (!final && Math.min(seen.samples.control, seen.samples.candidate) < KEEP_FROM * maxSamples)
        return judgement('continue', `${seen.reason} so far`)
      const doubtful = guarded.find(isDoubtful)
      if (!doubtful) return judgement('keep', seen.reason)
      return judgement(
        final ? 'undecided' : 'continue',
        `${seen.reason}, but harm to the ${JUDGED[doubtful.metric].name} is not ruled out`,
      )
    },
  }
}

/** Improvement in percent for times, in points for rates and scores; null if the data set no limit. */
function inUnits(metric: JudgedMetric, { effect, interval }: LookResult): Pick<Judgement, 'improvement' | 'interval'> {
  if (effect === null || interval === null) return { improvement: null, interval: null }
  const inPoints = 100 * getEffectScale(metric).sign
  const [low, high] = interval.map((limit) => inPoints * limit).sort((a, b) => a - b) as [number, number]
  return { improvement: inPoints * effect, interval: Number.isFinite(low) ? [low, high] : null }
}

/** The executions alone show whether an arm works, even one that never reported. */
function executionSamples(arms: ObservationsByArm) {
  const samples = (arm: ArmObservations) => JUDGED.successRate.samplesOf(arm).sort((a, b) => a.at - b.at)
  return { control: samples(arms.control), candidate: samples(arms.candidate) }
}
