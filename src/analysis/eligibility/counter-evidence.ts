import type { FinishedTrial, KnobChange } from '../../model/finished-trial.ts'
import { describeChanges, formatTimestamp } from '../../model/format.ts'
import { isSameValue } from '../../model/knob.ts'
import { getMetric, type MetricCatalogue } from '../../model/metric.ts'
import { type Bound, findObjective, getObjectiveMetric, type Objective } from '../../model/objective.ts'
import { describeBound } from '../../model/objective-text.ts'
import { estimateEffect, getMetricLevel } from '../statistics/effects.ts'
import { Z_95 } from '../statistics/normal.ts'
import type { EligibilityFacts } from './facts.ts'
import { isAsFar, isSameChange } from './recent-rollbacks.ts'
import { findReleaseTime } from './releases.ts'

/** A trial whose figures speak against a change, by the present objective. */
export interface CounterEvidence {
  /** The knob to leave alone to make it a different change. */
  knob: string
  reason: string
}

/**
 * The trial on the agent that speaks against a change, by its present objective: the same change from the same values, or a smaller step
 * of one knob in the same direction, made the metric that the objective is about worse, or broke a bound, and chance is ruled out (95%).
 * It no longer counts once a person released the knob.
 */
export function findCounterEvidence(changes: readonly KnobChange[], facts: EligibilityFacts): CounterEvidence | undefined {
  const objective = findObjective(facts.fleet.objectives, facts)
  if (!objective) return undefined
  for (const trial of facts.trials) {
    if (trial.unjudged || !isCovered(changes, trial) || trial.at < releasedAt(facts, trial)) continue
    const against = describeHarm(trial, objective, facts.fleet.catalogue)
    if (against === undefined) continue
    const when = formatTimestamp(new Date(trial.at))
    return { knob: changes[0]!.knob, reason: `${describeChanges(trial.changes)} was tried until ${when}, and ${against}` }
  }
  return undefined
}

const releasedAt = ({ releases }: EligibilityFacts, { changes }: FinishedTrial) =>
  Math.max(...changes.map(({ knob }) => findReleaseTime(releases, knob)))

/** Whether a change is that of the trial, or goes further than it. */
function isCovered(changes: readonly KnobChange[], trial: FinishedTrial): boolean {
  const isFromSame = changes.every(({ knob, from }) =>
    trial.changes.some((other) => other.knob === knob && isSameValue(other.from, from)),
  )
  if (!isFromSame) return false
  const [only] = trial.changes
  return (
    isSameChange(changes, trial.changes) || (trial.changes.length === 1 && changes.length === 1 && isAsFar(changes[0]!, only!))
  )
}

/** What a trial did against an objective, as a clause; undefined if nothing is proven. */
function describeHarm(trial: FinishedTrial, objective: Objective, catalogue: MetricCatalogue): string | undefined {
  const goal = getMetric(catalogue, getObjectiveMetric(objective))
  const effect = estimateEffect(goal, { ...trial, target: trial.metric })
  const sign = goal.direction === 'higher' ? 1 : -1
  const isWorse = effect?.interval && Math.max(...effect.interval.map((end) => sign * end)) < 0
  if (isWorse) return `the ${goal.label} became worse`
  const broken = objective.subjectTo.find((bound) => isBroken(bound, trial))
  if (!broken) return undefined
  const metric = getMetric(catalogue, broken.metric)
  return `the ${metric.label} was not ${describeBound(broken, metric)}`
}

/** Whether the figure with the change is beyond a bound on the mean, and the one without it is not. */
function isBroken({ metric, quantile, min = -Infinity, max = Infinity }: Bound, { metrics }: FinishedTrial): boolean {
  if (quantile !== undefined) return false
  const level = (arm: 'before' | 'after') => getMetricLevel(metric, metrics[arm])
  const [before, after] = [level('before'), level('after')]
  const reach = Z_95 * (metrics.after.reported?.[metric]?.standardError ?? 0)
  if (before === null || after === null || reach === 0) return false
  return before >= min && before <= max && (after + reach < min || after - reach > max)
}
