/** What a change promised, and what was measured. */
import { formatImprovement, formatInterval, joinWithAnd, metricLabels, pluralize, toSentence } from '../../../model/format.ts'
import type { MeasuredMetrics } from '../../../model/result.ts'
import type { TrialFacts } from './trial-facts.ts'

export function explainExpectation({ strategy }: TrialFacts): string[] {
  const { type, targetMetric, expectedImprovement, expectedInterval, successMetrics } = strategy
  if (type === 'operator_request')
    return ["Nothing was promised: it is a person's own change.", ...explainSuccessMetrics(successMetrics)]
  const promise = formatImprovement(targetMetric, expectedImprovement, null)
  const within = expectedInterval ? `, most likely (80 %) within ${formatInterval(expectedInterval)}` : ''
  return [toSentence(`${metricLabels[targetMetric]} ${promise}${within}`), ...explainSuccessMetrics(successMetrics)]
}

const explainSuccessMetrics = (metrics: string[]) =>
  metrics.length > 0 ? [toSentence(`In the end it should show in this: ${metrics.join('; ')}`)] : []

export function explainMeasurement(facts: TrialFacts): string[] {
  const { trial, result } = facts
  if (!trial) return ['Nothing, since nothing was tried.']
  const { judgement } = trial
  if (!judgement) return [explainDesign(facts), 'Nothing has been measured.']
  const { metric, improvement, interval, samples } = judgement
  const range = interval ? '; in brackets is where the true effect lies with a probability of 95 %' : ''
  const effect =
    improvement === null
      ? `No effect on the ${metricLabels[metric]} could be told from so little.`
      : toSentence(
          `${metricLabels[metric]} ${formatImprovement(metric, improvement, interval)}, where positive is better${range}`,
        )
  return [
    explainDesign(facts),
    `${pluralize(samples.candidate, 'sample')} with the change, ${samples.control} without.`,
    effect,
    ...explainFigures(trial.metrics ?? result?.metrics),
    ...comparePromise(facts),
  ]
}

function explainDesign({ trial, strategy: { agentId } }: TrialFacts): string {
  const { design, candidateInstances, controlInstances } = trial!
  return design === 'concurrent'
    ? `${joinWithAnd(candidateInstances)} ran with the change beside ${joinWithAnd(controlInstances)} without it, at the same time.`
    : `${agentId} was compared with its own recent past, the weaker design: there was no other instance to run beside it.`
}

function explainFigures(metrics: { before: MeasuredMetrics; after: MeasuredMetrics } | null | undefined): string[] {
  if (!metrics || metrics.after.samples === 0) return []
  const { before, after } = metrics
  const ms = (value: number | null) => (value === null ? '?' : `${value.toFixed(value < 10 ? 2 : 0)} ms`)
  const percent = (value: number | null) => (value === null ? '?' : `${(value * 100).toFixed(1)} %`)
  return [
    `Without and with it: median response time ${ms(before.responseTimeP50)} and ${ms(after.responseTimeP50)}, success rate ${percent(before.successRate)} and ${percent(after.successRate)}.`,
  ]
}

function comparePromise({ strategy, trial }: TrialFacts): string[] {
  const measured = trial?.judgement?.improvement
  const { expectedInterval } = strategy
  if (measured === null || measured === undefined || !expectedInterval || strategy.type === 'operator_request') return []
  const [low, high] = expectedInterval
  const where = measured < low ? 'less than promised' : measured > high ? 'more than promised' : 'within what was promised'
  return [`That is ${where}.`]
}
