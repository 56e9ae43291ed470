/** Effects and success criteria of trials, in words. */
import { formatImprovement, formatMetricValue } from './format.ts'
import type { MetricEffect } from './metric-effect.ts'
import type { SuccessOutcome } from './success-metric.ts'

const groups = { gained: 'Better', lost: 'Worse', unclear: 'No clear change' } as const

/** The groups of gains, costs and unclear changes, with the effects in each; empty groups are left out. */
export const groupEffects = (effects: readonly MetricEffect[]): { title: string; effects: MetricEffect[] }[] =>
  Object.entries(groups)
    .map(([effect, title]) => ({ title, effects: effects.filter((each) => each.effect === effect) }))
    .filter((group) => group.effects.length > 0)

/**
 * Effects for display: without an error rate that is just the complement of the success rate, and with the variance of a time as its
 * standard deviation, which has the unit of the time.
 */
export function omitRedundantEffects(effects: readonly MetricEffect[]): MetricEffect[] {
  const success = effects.find(({ metric }) => metric === 'successRate')
  const isComplement = (a: number | null, b: number | null) => a !== null && b !== null && Math.abs(a + b - 1) < 1e-6
  const isRepeated = ({ metric, before, after, bounds }: MetricEffect) =>
    metric === 'errorRate' &&
    bounds.length === 0 &&
    success !== undefined &&
    isComplement(before, success.before) &&
    isComplement(after, success.after)
  return effects
    .filter((effect) => !isRepeated(effect))
    .map((effect) => (effect.metric === 'responseTimeVariance' ? toStandardDeviation(effect) : effect))
}

function toStandardDeviation(effect: MetricEffect): MetricEffect {
  const root = (value: number | null) => value && Math.sqrt(value)
  const improvement = (percent: number) => 100 * (1 - Math.sqrt(1 - percent / 100))
  return {
    ...effect,
    label: 'standard deviation of the response time',
    unit: 'ms',
    before: root(effect.before),
    after: root(effect.after),
    improvement: improvement(effect.improvement),
    interval: effect.interval && [improvement(effect.interval[0]), improvement(effect.interval[1])],
  }
}

/** "observed 2832 ms → 2145 ms": the values without and with the change; an adjusted effect is marked as such. */
export const describeObservedValues = (effect: MetricEffect): string =>
  `${effect.isAdjusted ? 'adjusted; ' : ''}observed ${formatMetricValue(effect, effect.before)} → ${formatMetricValue(effect, effect.after)}`

/** "quality score 1.0 points lower (2.0 points lower to unchanged), within its bound of at least 80%"; briefly without the interval. */
export function describeEffect(
  { metric: name, improvement, interval, bounds, ...traits }: MetricEffect,
  briefly = false,
): string {
  const metric = { ...traits, name, description: '', grain: 'execution' as const, source: 'declared' as const }
  const change = formatImprovement(metric, improvement, briefly ? null : interval)
  const standing = bounds.map(({ bound, holds }) => `${holds ? 'within' : 'outside'} its bound of ${bound}`)
  return [`${metric.label} ${change}`, ...standing].join(', ')
}

/** "Response time < 2000ms: met (1850 ms)", "Throughput increased: not met (12/min to 11/min)", "…: not measured" */
export function describeSuccessOutcome({ description, outcome, aim, before, after, unit, kind }: SuccessOutcome): string {
  if (outcome === 'not-measured') return `${description}: not measured`
  const met = outcome === 'met' ? 'met' : 'not met'
  if (!kind || after === null) return `${description}: ${met}`
  const isVariance = unit?.endsWith('²') === true
  const format = (value: number) =>
    isVariance
      ? formatMetricValue({ kind, unit: unit.slice(0, -1) }, Math.sqrt(value))
      : formatMetricValue({ kind, unit: unit ?? '' }, value)
  const isChange = before !== null && (aim === 'increase' || aim === 'decrease')
  const figures = isChange ? `${format(before)} to ${format(after)}` : format(after)
  return `${description}: ${met} (${isVariance ? 'standard deviation ' : ''}${figures})`
}
