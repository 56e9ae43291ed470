import type { FinishedTrial, KnobChange } from '../../model/finished-trial.ts'
import { describeChanges, formatLabelWithArticle, formatTimestamp } from '../../model/format.ts'
import { isSameValue } from '../../model/knob.ts'
import { getMetric, type Metric, type MetricCatalogue, type MetricName } from '../../model/metric.ts'
import { type Bound, findObjective, getObjectiveMetric, type Objective } from '../../model/objective.ts'
import { describeBound } from '../../model/objective-text.ts'
import { estimateEffect, getMetricLevel } from '../statistics/effects.ts'
import { Z_95 } from '../statistics/normal.ts'
import type { EligibilityFacts } from './facts.ts'
import { goesAtLeastAsFar, isSameChange } from './recent-rollbacks.ts'
import { findReleaseTime } from './releases.ts'

/** A trial whose figures speak against a change, by the present objective. */
export interface CounterEvidence {
  /** The knob to leave alone to make it a different change. */
  knob: string
  reason: string
}

/**
 * The trial on the agent whose results speak against a change, judged by the present objective: the same change from the same values, or a smaller step
 * of one knob in the same direction, made the metric that the objective is about worse, or broke a bound, and chance is ruled out (95%);
 * or the change takes back, among others, what was proven to improve that metric. It no longer counts once a person released the knob,
 * nor does that metric if the trial is to bring the agent within a bound.
 */
export function findCounterEvidence(changes: readonly KnobChange[], facts: EligibilityFacts): CounterEvidence | undefined {
  const objective = findObjective(facts.fleet.objectives, facts)
  if (!objective) return undefined
  const { catalogue } = facts.fleet
  const goal = getMetric(catalogue, getObjectiveMetric(objective))
  const isForBound = facts.target !== undefined && facts.target !== goal.name && isBounded(facts.target, objective)
  const trials = facts.trials.filter((trial) => !trial.unjudged && trial.at >= releasedAt(facts, trial))
  for (const trial of trials) {
    if (!isCovered(changes, trial)) continue
    const isWorse = !isForBound && isProven(trial, goal, 'worse')
    const against = isWorse ? `the ${goal.label} got worse` : describeBrokenBound(trial, objective, catalogue)
    if (against !== undefined) return { knob: changes[0]!.knob, reason: `${describeTrial(trial)}, and ${against}` }
  }
  const gains = isForBound ? [] : trials.filter((trial) => trial.verdict === 'keep' && isProven(trial, goal, 'better'))
  for (const change of changes) {
    const gain = findReversedGain(change, gains)
    if (gain)
      return { knob: change.knob, reason: `${describeTrial(gain)}, and the ${goal.label} improved, so it is not reversed` }
  }
  return undefined
}

const isBounded = (metric: MetricName, { subjectTo }: Objective) => subjectTo.some((bound) => bound.metric === metric)

const describeTrial = ({ changes, at }: FinishedTrial) =>
  `${describeChanges(changes)} was tried until ${formatTimestamp(new Date(at))}`

/**
 * The gain that a change of one knob takes back: the latest one that led to its present value, or one before, if the change goes back as
 * far. Only trials of one knob show what it did.
 */
function findReversedGain(change: KnobChange, gains: readonly FinishedTrial[]): FinishedTrial | undefined {
  const steps = gains
    .filter(({ changes }) => changes.length === 1 && changes[0]!.knob === change.knob)
    .toSorted((a, b) => b.at - a.at)
  let value = change.from
  for (const trial of steps) {
    const { knob, from, to } = trial.changes[0]!
    if (!isSameValue(to, value)) continue
    if (goesAtLeastAsFar(change, { knob, from: to, to: from })) return trial
    value = from
  }
  return undefined
}

const releasedAt = ({ releases }: EligibilityFacts, { changes }: FinishedTrial) =>
  Math.max(...changes.map(({ knob }) => findReleaseTime(releases, knob)))

/** Whether a change is the same as the trial's, or goes further. */
function isCovered(changes: readonly KnobChange[], trial: FinishedTrial): boolean {
  const isFromSame = changes.every(({ knob, from }) =>
    trial.changes.some((other) => other.knob === knob && isSameValue(other.from, from)),
  )
  if (!isFromSame) return false
  const [only] = trial.changes
  return (
    isSameChange(changes, trial.changes) ||
    (trial.changes.length === 1 && changes.length === 1 && goesAtLeastAsFar(changes[0]!, only!))
  )
}

/** Whether a trial made a metric worse or better, and chance is ruled out. */
function isProven(trial: FinishedTrial, metric: Metric, how: 'worse' | 'better'): boolean {
  const effect = estimateEffect(metric, { ...trial, target: trial.metric })
  const sign = (metric.direction === 'higher' ? 1 : -1) * (how === 'better' ? 1 : -1)
  return effect?.interval ? Math.min(...effect.interval.map((end) => sign * end)) > 0 : false
}

/** The bound that a trial broke, as a clause; undefined if none is proven to be broken. */
function describeBrokenBound(trial: FinishedTrial, { subjectTo }: Objective, catalogue: MetricCatalogue): string | undefined {
  const broken = subjectTo.find((bound) => isBroken(bound, trial))
  if (!broken) return undefined
  const metric = getMetric(catalogue, broken.metric)
  return `${formatLabelWithArticle(metric)} was not ${describeBound(broken, metric)}`
}

/** Whether a trial broke a bound of the objective that its agent had then. */
export const hasViolatedBound = (trial: FinishedTrial): boolean =>
  trial.objective?.subjectTo.some((bound) => isBroken(bound, trial)) ?? false

/** Whether the figure with the change is beyond a bound on the mean, and the one without it is not. */
function isBroken({ metric, quantile, min = -Infinity, max = Infinity }: Bound, { metrics }: FinishedTrial): boolean {
  if (quantile !== undefined) return false
  const level = (arm: 'before' | 'after') => getMetricLevel(metric, metrics[arm])
  const [before, after] = [level('before'), level('after')]
  const reach = Z_95 * (metrics.after.reported?.[metric]?.standardError ?? 0)
  if (before === null || after === null || reach === 0) return false
  return before >= min && before <= max && (after + reach < min || after - reach > max)
}
