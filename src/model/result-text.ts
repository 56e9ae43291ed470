/** Effects and success criteria of trials, in words. */
import { describeImprovement, formatMetricValue } from './format.ts'
import type { MetricEffect } from './metric-effect.ts'
import type { SuccessOutcome } from './success-metric.ts'

const groups = { gained: 'Gained', lost: 'Cost', unclear: 'No clear change' } as const

/** What was gained, what it cost, and what did not change clearly, with the effects in each group; empty groups are left out. */
export const groupEffects = (effects: readonly MetricEffect[]): { title: string; effects: MetricEffect[] }[] =>
  Object.entries(groups)
    .map(([effect, title]) => ({ title, effects: effects.filter((each) => each.effect === effect) }))
    .filter((group) => group.effects.length > 0)

/** "quality score 1.0 points lower (2.0 points lower to unchanged), within its bound of at least 80%"; briefly without the interval. */
export function describeEffect(
  { metric: name, improvement, interval, bounds, ...traits }: MetricEffect,
  briefly = false,
): string {
  const metric = { ...traits, name, description: '', grain: 'execution' as const, source: 'declared' as const }
  const standing = bounds.map(({ bound, holds }) => `${holds ? 'within' : 'outside'} its bound of ${bound}`)
  return [describeImprovement(metric, improvement, briefly ? null : interval), ...standing].join(', ')
}

/** "Response time < 2000ms: met (1850 ms)", "Throughput increased: not met (12/min to 11/min)", "…: not measured" */
export function describeSuccess({ description, outcome, aim, before, after, unit, kind }: SuccessOutcome): string {
  if (outcome === 'not-measured') return `${description}: not measured`
  const met = outcome === 'met' ? 'met' : 'not met'
  if (!kind || after === null) return `${description}: ${met}`
  const format = (value: number) => formatMetricValue({ kind, unit: unit ?? '' }, value)
  const isChange = before !== null && (aim === 'increase' || aim === 'decrease')
  const figures = isChange ? `${format(before)} to ${format(after)}` : format(after)
  return `${description}: ${met} (${figures})`
}
