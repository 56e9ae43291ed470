/** The effect that a finished trial counts as, beyond what it measured. */
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import { type Metric, type MetricCatalogue, type MetricKind, selectMetrics, toMetricKind } from '../../../model/metric.ts'
import { getEffectScale } from '../../statistics/effect-scale.ts'
import { type AdditiveEffect, estimateEffect, listMeasuredMetrics } from '../../statistics/effects.ts'

/** Assumed effect if the candidates fell silent or crashed: twice as slow, 40 points fewer successes. */
const DISASTER = {
  continuous: { estimate: Math.log(2), interval: [0.3, 1.1] },
  proportion: { estimate: 40, interval: [20, 60] },
} as const satisfies Record<MetricKind, unknown>
/** Minimum harm that a roll-back counts as. */
const HARM: Record<MetricKind, number> = { continuous: 0.15, proportion: 6 }

/** A change that was rolled back although its target improved violated a guardrail; if it is not clear which, it counts as no gain. */
export function estimateTrialEffect(trial: FinishedTrial, metric: Metric, catalogue: MetricCatalogue): AdditiveEffect | null {
  const harmed = trial.failed || (trial.verdict === 'roll-back' && !trial.unjudged)
  if (harmed && trial.improvement === null) return disaster(metric)
  const effect = estimateEffect(metric, { ...trial, target: trial.metric })
  if (!effect || !harmed || metric.name !== trial.metric || showsHarm(trial, catalogue)) return effect
  const { sign } = getEffectScale(metric)
  return { ...effect, estimate: -sign * Math.max(-sign * effect.estimate, HARM[toMetricKind(metric.kind)]) }
}

function disaster(metric: Metric): AdditiveEffect {
  const { estimate, interval } = DISASTER[toMetricKind(metric.kind)]
  return getEffectScale(metric).sign < 0
    ? { estimate, interval: [...interval] }
    : { estimate: -estimate, interval: [-interval[1], -interval[0]] }
}

/** Whether the trial measured harm to a metric other than its target. */
function showsHarm(trial: FinishedTrial, catalogue: MetricCatalogue): boolean {
  return selectMetrics(catalogue, listMeasuredMetrics(trial.metrics.before)).some((metric) => {
    const effect = metric.name === trial.metric ? null : estimateEffect(metric, { ...trial, target: trial.metric })
    return effect !== null && -getEffectScale(metric).sign * effect.estimate > HARM[toMetricKind(metric.kind)]
  })
}
