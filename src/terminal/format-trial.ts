/** Trials, formatted for the terminal. */
import { styleText } from 'node:util'
import type { TrialOutcome } from '../contract/activities.ts'
import { describeImprovement, formatMs, formatRatio } from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import { describeOutcome, type OptimizationResult, type StandingResult } from '../model/result.ts'
import type { Verdict } from '../model/trial.ts'

export function formatVerdict(decision: 'continue' | Verdict): string {
  const colour = { keep: 'green', 'roll-back': 'red', undecided: 'yellow', continue: 'gray' } as const
  return styleText(colour[decision], decision === 'continue' ? 'watching' : decision)
}

/** "keep, is in force", with the verdict in its colour. */
export function formatVerdictAndStanding(result: StandingResult): string {
  return describeOutcome(result).replace(result.verdict, formatVerdict(result.verdict))
}

/** The median response time and the success rate of one result, before → after. */
export function formatBeforeAfter({ metrics: { before, after } }: OptimizationResult): string {
  return `p50 ${formatMs(before.responseTimeP50)} → ${formatMs(after.responseTimeP50)}, success ${formatRatio(before.successRate)} → ${formatRatio(after.successRate)}`
}

/** The outcome of one trial: its verdict, the measured improvement and the reason. */
export function formatOutcome(outcome: TrialOutcome): string {
  const { trialId, verdict, improvement, interval, reason, undone } = outcome
  const metric = getRecordedMetric(outcome, outcome.metric)
  return `${trialId}: ${verdict}${undone ? ', was rolled back later' : ''}, ${describeImprovement(metric, improvement, interval)}\n${reason}`
}
