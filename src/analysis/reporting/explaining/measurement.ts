/** The expected and the measured effect of a change. */
import {
  addFullStop,
  describeImprovement,
  formatInterval,
  formatLabelWithArticle,
  formatMs,
  formatRatio,
  joinWithAnd,
  pluralize,
  toSentence,
} from '../../../model/format.ts'
import { getRecordedMetric } from '../../../model/metric.ts'
import type { MeasuredMetrics } from '../../../model/result.ts'
import {
  describeEffect,
  describeObservedValues,
  describeSuccessOutcome,
  groupEffects,
  omitRedundantEffects,
} from '../../../model/result-text.ts'
import type { SuccessMetric } from '../../../model/success-metric.ts'
import type { TrialDesign } from '../../../model/trial.ts'
import type { TrialFacts } from './trial-facts.ts'

export function explainExpectation({ strategy }: TrialFacts): string[] {
  const { type, expectedImprovement, expectedInterval, successMetrics } = strategy
  const target = getRecordedMetric(strategy, strategy.targetMetric)
  if (type === 'operator_request')
    return ['No effect was predicted: a person requested this change.', ...explainSuccessMetrics(successMetrics)]
  const expected = describeImprovement(target, expectedImprovement, null)
  const range = expectedInterval ? `, with a probability of 80% between ${formatInterval(target, expectedInterval, 'and')}` : ''
  return [toSentence(`${expected}${range}`), ...explainSuccessMetrics(successMetrics)]
}

const explainSuccessMetrics = (criteria: readonly SuccessMetric[]) =>
  criteria.length > 0 ? [toSentence(`success criteria: ${criteria.map(({ description }) => description).join('; ')}`)] : []

export function explainMeasurement(facts: TrialFacts): string[] {
  const { trial, result } = facts
  if (!trial) return ['None: it was not tried.']
  const { judgement } = trial
  if (!judgement) return [explainDesign(facts), 'Nothing has been measured.']
  const { improvement, interval, samples } = judgement
  const metric = getRecordedMetric(facts.strategy, judgement.metric)
  const effect =
    improvement === null
      ? [`The effect on ${formatLabelWithArticle(metric)} could not be estimated.`]
      : [
          toSentence(describeImprovement(metric, improvement, interval)),
          ...(interval ? ['The true effect lies in the range in brackets with a probability of 95%.'] : []),
        ]
  return [
    explainDesign(facts),
    `${pluralize(samples.candidate, 'sample')} with the change, ${samples.control} without.`,
    ...effect,
    ...(result?.effects ? [] : explainFigures(trial.metrics ?? result?.metrics, trial.design)),
    ...groupEffects(omitRedundantEffects(result?.effects ?? [])).flatMap(({ title, effects }) =>
      effects.map((effect) => addFullStop(`${title}: ${describeEffect(effect)}, ${describeObservedValues(effect)}`)),
    ),
    ...(result?.successMetrics ?? []).map((outcome) => addFullStop(describeSuccessOutcome(outcome))),
    ...describePredictionOutcome(facts),
  ]
}

function explainDesign({ trial, strategy: { agentId } }: TrialFacts): string {
  const { design, candidateInstances, controlInstances } = trial!
  return {
    concurrent: `${joinWithAnd(candidateInstances)} ran with the change while ${joinWithAnd(controlInstances)} ran without it.`,
    switchback: `${joinWithAnd(candidateInstances)} alternated between the change and the previous values, and neighboring blocks were compared.`,
    'before-after': `${agentId} was compared with its own recent past, a weaker design, because no other instance could run without the change.`,
  }[design]
}

function explainFigures(
  metrics: { before: MeasuredMetrics; after: MeasuredMetrics } | null | undefined,
  design: TrialDesign,
): string[] {
  if (!metrics || metrics.after.samples === 0) return []
  const { before, after } = metrics
  const uncorrected = design === 'concurrent' ? 'As measured, before correcting for how the instances differed: median' : 'Median'
  return [
    `${uncorrected} response time ${formatMs(before.responseTimeP50)} without the change, ${formatMs(after.responseTimeP50)} with it; success rate ${formatRatio(before.successRate)} without, ${formatRatio(after.successRate)} with it.`,
  ]
}

function describePredictionOutcome({ strategy, trial }: TrialFacts): string[] {
  const measured = trial?.judgement?.improvement
  const { expectedInterval } = strategy
  if (measured === null || measured === undefined || !expectedInterval || strategy.type === 'operator_request') return []
  const [low, high] = expectedInterval
  const where = measured < low ? 'less than expected' : measured > high ? 'more than expected' : 'within the expected range'
  return [`That is ${where}.`]
}
