/** Trials in words, for the terminal. */
import { styleText } from 'node:util'
import type { TrialOutcome } from '../contract/activities.ts'
import { formatImprovement } from '../model/format.ts'
import type { OptimizationResult } from '../model/result.ts'
import type { Verdict } from '../model/trial.ts'

export function formatVerdict(decision: 'continue' | Verdict): string {
  const colour = { keep: 'green', 'roll-back': 'red', undecided: 'yellow', continue: 'gray' } as const
  return styleText(colour[decision], decision === 'continue' ? 'watching' : decision)
}

/** Before → after of one result, in the figures people know. */
export function formatBeforeAfter({ metrics: { before, after } }: OptimizationResult): string {
  const ms = (value: number | null) => (value === null ? '?' : `${Math.round(value)} ms`)
  const percent = (value: number | null) => (value === null ? '?' : `${Math.round(value * 100)} %`)
  return `p50 ${ms(before.responseTimeP50)} → ${ms(after.responseTimeP50)}, success ${percent(before.successRate)} → ${percent(after.successRate)}`
}

/** The outcome of one trial: its verdict, the measured improvement and the reason. */
export function formatOutcome({ trialId, verdict, metric, improvement, interval, reason }: TrialOutcome): string {
  return `${trialId}: ${verdict}, ${metric} ${formatImprovement(metric, improvement, interval)}\n${reason}`
}
