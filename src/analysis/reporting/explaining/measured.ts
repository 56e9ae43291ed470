/** What a change promised, and what was measured. */
import { formatImprovement, formatInterval } from '../../../model/improvement.ts'
import type { MeasuredMetrics } from '../../../model/result.ts'
import type { TrialFacts } from './trial-facts.ts'
import { counted, listed, metricName, sentence } from './words.ts'

export function whatWasExpected({ strategy }: TrialFacts): string[] {
  const { type, targetMetric, expectedImprovement, expectedInterval, successMetrics } = strategy
  if (type === 'operator_request') return ["Nothing was promised: it is a person's own change.", ...wanted(successMetrics)]
  const promise = formatImprovement(targetMetric, expectedImprovement, null)
  const within = expectedInterval ? `, most likely (80 %) within ${formatInterval(expectedInterval)}` : ''
  return [sentence(`${metricName[targetMetric]} ${promise}${within}`), ...wanted(successMetrics)]
}

const wanted = (metrics: string[]) =>
  metrics.length > 0 ? [sentence(`In the end it should show in this: ${metrics.join('; ')}`)] : []

export function whatWasMeasured(facts: TrialFacts): string[] {
  const { trial, result } = facts
  if (!trial) return ['Nothing, since nothing was tried.']
  const { judgement } = trial
  if (!judgement) return [howCompared(facts), 'Nothing has been measured.']
  const { metric, improvement, interval, samples } = judgement
  const range = interval ? '; in brackets is where the true effect lies with a probability of 95 %' : ''
  const effect =
    improvement === null
      ? `No effect on the ${metricName[metric]} could be told from so little.`
      : sentence(`${metricName[metric]} ${formatImprovement(metric, improvement, interval)}, where positive is better${range}`)
  return [
    howCompared(facts),
    `${counted(samples.candidate, 'sample')} with the change, ${samples.control} without.`,
    effect,
    ...figures(trial.metrics ?? result?.metrics),
    ...againstPromise(facts),
  ]
}

function howCompared({ trial, strategy: { agentId } }: TrialFacts): string {
  const { design, candidateInstances, controlInstances } = trial!
  return design === 'concurrent'
    ? `${listed(candidateInstances)} ran with the change beside ${listed(controlInstances)} without it, at the same time.`
    : `${agentId} was compared with its own recent past, the weaker design: there was no other instance to run beside it.`
}

function figures(metrics: { before: MeasuredMetrics; after: MeasuredMetrics } | null | undefined): string[] {
  if (!metrics || metrics.after.samples === 0) return []
  const { before, after } = metrics
  const ms = (value: number | null) => (value === null ? '?' : `${value.toFixed(value < 10 ? 2 : 0)} ms`)
  const percent = (value: number | null) => (value === null ? '?' : `${(value * 100).toFixed(1)} %`)
  return [
    `Without and with it: median response time ${ms(before.responseTimeP50)} and ${ms(after.responseTimeP50)}, success rate ${percent(before.successRate)} and ${percent(after.successRate)}.`,
  ]
}

function againstPromise({ strategy, trial }: TrialFacts): string[] {
  const measured = trial?.judgement?.improvement
  const { expectedInterval } = strategy
  if (measured === null || measured === undefined || !expectedInterval || strategy.type === 'operator_request') return []
  const [low, high] = expectedInterval
  const where = measured < low ? 'less than promised' : measured > high ? 'more than promised' : 'within what was promised'
  return [`That is ${where}.`]
}
