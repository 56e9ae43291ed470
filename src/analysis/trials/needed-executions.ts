/** How many executions it takes to prove what an objective demands besides the gain: quantiles, and harm that is hardly tolerated. */
import { pluralize } from '../../model/format.ts'
import { countSamplesForQuantileLimit, type Objective } from '../../model/objective.ts'
import type { AgentProfile } from '../../model/profile.ts'
import { MAX_OBSERVATIONS } from '../../model/trial-limits.ts'
import type { ArmObservations, Guard, LevelBound, Sample, TrialGoal, TrialMetric } from '../judging/index.ts'
import { countSamplesToRuleOutWorsening } from '../judging/mean-ratio.ts'
import { countSamplesToRuleOutIncrease } from '../judging/proportion.ts'
import { roundToDecimals } from '../statistics/rounding.ts'
import { mean, variance } from '../statistics/summaries.ts'

/** Times as many samples as set a limit of a quantile at all prove a large effect on it, as simulated. */
const TO_PROVE_QUANTILE = 4
/** The square of the standard errors at which a bound counts as proven, at a look near the last one. */
const PROOF_OF_BOUND = 4

export interface NeededExecutions {
  /** Executions of the smaller arm. */
  executions: number
  /** Why that many, as a clause; undefined if a trial takes as many samples anyway. */
  why?: string | undefined
}

type Executions = ArmObservations['executions']

/**
 * The executions without which nothing can be kept, as far as the newest ones tell: of a quantile that is the target or has a bound, no more
 * than `maxSamples` samples count, since a change may also move it.
 */
export function countNeededExecutions(
  { target, guards }: TrialGoal,
  executions: Executions,
  maxSamples: number,
): NeededExecutions {
  const ofQuantile = (samples: number, metric: TrialMetric): NeededExecutions => ({
    executions: Math.min(maxSamples, samples) / computeMetricReportingShare(metric, executions),
  })
  const goal = ofQuantile(TO_PROVE_QUANTILE * countSamplesForQuantileLimit(target.quantile), target)
  const bounds = guards.flatMap(({ metric, bounds }) =>
    bounds.map((bound) => ofQuantile(countSamplesOfBound(bound, valuesOf(metric, executions)), metric)),
  )
  const tolerances = guards.map((guard) => toTolerate(guard, executions))
  return [goal, ...bounds, ...tolerances].reduce((most, one) => (one.executions > most.executions ? one : most), {
    executions: 0,
  })
}

/** Of a bound on a quantile that holds now: until it is proven that no larger share of the values is beyond it (score test; Wilson 1927). */
function countSamplesOfBound({ quantile, side, limit, tolerance }: LevelBound, values: readonly number[]): number {
  if (quantile === undefined) return 0
  const sign = side === 'max' ? 1 : -1
  const furthest = limit + sign * tolerance * Math.abs(limit)
  const allowed = side === 'max' ? 1 - quantile : quantile
  const beyond = values.length > 0 ? mean(values.map((value) => Number(sign * (value - furthest) > 0))) : 0
  return beyond < allowed ? Math.ceil((PROOF_OF_BOUND * allowed * (1 - allowed)) / (allowed - beyond) ** 2) : 0
}

function toTolerate({ metric, tolerance, isAccepted }: Guard, executions: Executions): NeededExecutions {
  if (!isAccepted || tolerance === undefined) return { executions: 0 }
  const samples = metric.everySampleOf({ executions, negotiations: [] })
  // Nobody has reported it yet, or it is one of negotiations, of which executions tell nothing.
  if (samples.length === 0) return { executions: 0 }
  return {
    executions: countSamplesToTolerate(metric, tolerance, samples) / computeMetricReportingShare(metric, executions),
    why: describeTolerance(metric, tolerance),
  }
}

function countSamplesToTolerate(metric: TrialMetric, tolerance: number, samples: readonly Sample[]): number {
  const { kind, direction, summary } = metric
  if (kind === 'continuous')
    return summary === 'mean' && tolerance > 0 ? countSamplesToRuleOutWorsening(tolerance, direction, samples) : 0
  const values = samples.map(({ value }) => value)
  const level = mean(values)
  const costly = direction === 'higher' ? 1 - level : level
  // Scores between 0 and 1 vary less than events.
  const dispersion = costly > 0 && costly < 1 ? variance(values) / (costly * (1 - costly)) : 1
  return dispersion * countSamplesToRuleOutIncrease(tolerance, costly)
}

function describeTolerance({ name, kind, direction }: TrialMetric, tolerance: number): string {
  const change = kind === 'proportion' || direction === 'higher' ? 'a loss' : 'an increase'
  if (tolerance === 0) return `its objective tolerates no loss of the ${name} at all, but some loss can never be ruled out`
  const share = roundToDecimals(100 * tolerance)
  return `its objective tolerates ${change} of only ${kind === 'proportion' ? pluralize(share, 'point') : `${share}%`} of the ${name}`
}

const valuesOf = (metric: TrialMetric, executions: Executions) =>
  metric.everySampleOf({ executions, negotiations: [] }).map(({ value }) => value)

/** The share of executions that report a metric; 1 of one that nobody has reported yet, and of one of negotiations. */
export const computeMetricReportingShare = (metric: TrialMetric, executions: Executions): number =>
  metric.samplesOf({ executions, negotiations: [] }).length / executions.length || 1

/**
 * What is hard to prove of the loss of success that an objective tolerates, as a sentence: if it takes more executions than a trial plans for,
 * or than are judged at all. Undefined if it does not. Of scores, profiles do not tell how much they vary.
 * @param agents whose present rates count; of none, that nothing fails
 */
export function describeNarrowTolerance(
  { tolerate }: Objective,
  agents: readonly Pick<AgentProfile, 'successRate'>[],
  maxSamples: number,
): string | undefined {
  const points = tolerate.successRate
  if (points === undefined) return undefined
  if (points === 0)
    return 'A loss of success can never be ruled out altogether, so no change can be kept; tolerate more than 0 points.'
  const failing = Math.max(0, ...agents.map(({ successRate }) => 1 - (successRate ?? 1)))
  const needed = countSamplesToRuleOutIncrease(points / 100, failing)
  if (needed <= maxSamples) return undefined
  const now = failing > 0 ? ` while ${roundToDecimals(100 * failing)}% fail` : ''
  const effort = `Ruling out a loss of ${pluralize(points, 'point')} in successRate takes about ${needed} executions per arm${now}`
  return needed > MAX_OBSERVATIONS
    ? `${effort}, but at most ${MAX_OBSERVATIONS} are judged, so no change can be kept; tolerate more.`
    : `${effort}, more than trials.maxSamples (${maxSamples}): trials continue until then, outside the cycle if it has too little time.`
}
