/** Metrics as trials judge them: which samples, and by which statistic. */
import { OptimizerError } from '../../model/errors.ts'
import { isJudgedMetric, type Metric, type MetricValues, toTraits } from '../../model/metric.ts'
import type { Sample } from '../../model/trial.ts'
import type { Metric as JudgedMetric, Summary } from './samples.ts'

/** The observations of one arm's instances. */
export interface ArmObservations {
  executions: { at: number; instance: string; durationMs: number; success: boolean; metrics?: MetricValues | null }[]
  negotiations: { at: number; instance: string; agreed: boolean }[]
  /** Unfinished executions that started under the arm's version; `durationMs` is their age at the look (`at`). Library only. */
  inFlight?: { at: number; instance: string; durationMs: number }[]
}

export interface TrialMetric extends JudgedMetric {
  /** Its name in the catalogue; `name` is its name in reasons. */
  metric: string
  /** For a quantity: the median of times, because a few slow ones must not decide; the mean of what adds up, such as costs. */
  summary: Summary
  samplesOf(arm: ArmObservations): Sample[]
}

type Execution = ArmObservations['executions'][number]

/** The value of a metric in an execution; undefined if it was not reported. */
export function readObservedMetric(name: string, execution: Execution): number | undefined {
  if (name === 'responseTime') return execution.durationMs
  if (name === 'successRate') return Number(execution.success)
  return execution.metrics?.[name]
}

/** The metric as trials judge it. @throws OptimizerError `unusable-metric` if it is not one of executions or negotiations */
export function toTrialMetric(metric: Metric): TrialMetric {
  const { name, label, grain, source } = metric
  const judged = { metric: name, name: name === 'coordinationScore' ? 'coordination' : label, ...toTraits(metric) }
  if (name === 'coordinationScore')
    return {
      ...judged,
      summary: 'median',
      samplesOf: ({ negotiations }) => negotiations.map(({ at, instance, agreed }) => ({ at, instance, value: Number(agreed) })),
    }
  if (grain !== 'execution' || !(isJudgedMetric(name) || source === 'declared'))
    throw new OptimizerError('unusable-metric', `No trial can be judged by ${name}; choose a metric that executions report.`)
  return {
    ...judged,
    summary: name === 'responseTime' ? 'median' : 'mean',
    samplesOf: ({ executions }) => toSamples(executions, (execution) => readObservedMetric(name, execution)),
  }
}

/** Executions with a value, as samples. */
export function toSamples(executions: readonly Execution[], read: (execution: Execution) => number | undefined): Sample[] {
  return executions.flatMap((execution) => {
    const value = read(execution)
    return value === undefined ? [] : [{ at: execution.at, instance: execution.instance, value }]
  })
}

/** Percent of a quantity that a point of a share weighs: the smallest effect worth having is 5% of a quantity or 2 points of a share. */
const PERCENT_PER_POINT = 2.5

/**
 * A weighted sum of metrics as one quantity, lower is better. Each part is relative to a reference level, 1 there and less where it is
 * better: a quantity as its share of the reference, a share or score by its distance in points, of which one weighs as much as 2.5%.
 * @param references level of each metric without the change; a metric without one is left out
 */
export function weighMetrics(
  weights: Readonly<Record<string, number>>,
  metrics: readonly Metric[],
  references: Readonly<Record<string, number>>,
): TrialMetric {
  const parts = metrics.filter(({ name }) => weights[name] !== undefined && Number.isFinite(references[name]))
  const total = parts.reduce((sum, { name }) => sum + weights[name]!, 0)
  const relative = ({ name, kind, direction }: Metric, value: number) => {
    const reference = references[name]!
    const excess = kind === 'proportion' ? PERCENT_PER_POINT * (value - reference) : value / Math.max(reference, 1e-12) - 1
    return Math.max(0, direction === 'lower' ? 1 + excess : 1 - excess)
  }
  return {
    metric: 'weighted',
    name: `the weighted sum of ${parts.map(({ label }) => label).join(', ')}`,
    kind: 'continuous',
    direction: 'lower',
    summary: 'mean',
    samplesOf: ({ executions }) =>
      toSamples(executions, (execution) => {
        let sum = 0
        for (const part of parts) {
          const value = readObservedMetric(part.name, execution)
          if (value === undefined) return undefined
          sum += weights[part.name]! * relative(part, value)
        }
        return sum / total
      }),
  }
}
