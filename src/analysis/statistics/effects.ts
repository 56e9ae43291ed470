/** What a proven change did to the metrics of its agent, target or not. */
import type { JudgedMetric, MetricName } from '../../model/knob.ts'
import type { ArmMetrics, MeasuredMetrics } from '../../model/result.ts'

/** What a trial came to. */
export interface MeasuredOutcome {
  /** What it had to improve. */
  target: MetricName
  /** Of the target, as the judge has it: percent for times, points for rates and scores. */
  improvement: number | null
  interval: [low: number, high: number] | null
  metrics: ArmMetrics
}

/** An effect on a scale where effects add up: natural log of the ratio after : before for times, points for rates and scores. */
export interface AdditiveEffect {
  estimate: number
  /** Null where the trial could not say how sure it is. */
  interval: [low: number, high: number] | null
}

const normal95 = 1.96
/** A trial's percentage never reaches 100; its interval may claim so. */
const smallestRatio = 0.001

/**
 * The effect of a change on a metric. The judge's own figure where the metric was the trial's target; otherwise the
 * plain difference of its arms, for a change may well help one metric and cost a little of another. Null when not measured.
 */
export function estimateEffect(metric: JudgedMetric, outcome: MeasuredOutcome): AdditiveEffect | null {
  if (outcome.target === metric) return targetEffect(metric, outcome)
  const { before, after } = outcome.metrics
  return sideEffect(estimateMetric(metric, before), estimateMetric(metric, after))
}

/** What one arm shows of a metric, on the scale where effects add up; null when it was not measured. */
export function estimateMetric(metric: JudgedMetric, measured: MeasuredMetrics): MetricEstimate | null {
  switch (metric) {
    case 'responseTime':
      return logTime(measured)
    case 'successRate':
      return successPoints(measured)
    case 'coordinationScore':
      return null
  }
}

function targetEffect(metric: JudgedMetric, { improvement, interval }: MeasuredOutcome): AdditiveEffect | null {
  if (improvement === null) return null
  if (metric !== 'responseTime') return { estimate: improvement, interval }
  const logRatio = (percent: number) => Math.log(Math.max(smallestRatio, 1 - percent / 100))
  return { estimate: logRatio(improvement), interval: interval && [logRatio(interval[1]), logRatio(interval[0])] }
}

/** A figure and how sure it is. */
export interface MetricEstimate {
  value: number
  standardError: number
}

function sideEffect(before: MetricEstimate | null, after: MetricEstimate | null): AdditiveEffect | null {
  if (!before || !after) return null
  const estimate = after.value - before.value
  const halfWidth = normal95 * Math.hypot(before.standardError, after.standardError)
  return { estimate, interval: [estimate - halfWidth, estimate + halfWidth] }
}

/**
 * Log of the median time. Times are taken to be lognormal: then mean : median gives the spread, and a median of n
 * of them has 1.2533 times the standard error of a mean.
 */
function logTime({ samples, responseTimeP50: median, responseTimeMean: mean }: MeasuredMetrics): MetricEstimate | null {
  if (samples === 0 || !median || !mean) return null
  const spread = Math.sqrt(2 * Math.max(0, Math.log(mean / median)))
  return { value: Math.log(median), standardError: (1.2533 * spread) / Math.sqrt(samples) }
}

function successPoints({ samples, successRate }: MeasuredMetrics): MetricEstimate | null {
  if (samples === 0 || successRate === null) return null
  // Twenty of twenty are no proof that nothing ever fails.
  const rate = Math.min(1 - 0.5 / samples, Math.max(0.5 / samples, successRate))
  return { value: successRate * 100, standardError: 100 * Math.sqrt((rate * (1 - rate)) / samples) }
}
