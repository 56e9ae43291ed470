/** Anomalies that hit both arms of a trial: observations from that time say little about the change. */
import type { Anomaly } from '../../model/anomaly.ts'
import { formatTimestamp } from '../../model/format.ts'
import { isNegotiationMetric } from '../../model/judged-metric.ts'
import type { Judgement, TrialDesign } from '../../model/trial.ts'
import {
  type ArmObservations,
  createTrialJudge,
  type ObservationsByArm,
  type TrialGoal,
  type TrialJudgeOptions,
} from '../judging/index.ts'
import { CATASTROPHE_ALPHA } from '../judging/trial.ts'
import { toNegotiationSamples } from '../judging/trial-metric.ts'
import { mean, median } from '../statistics/summaries.ts'

/** A time that is left out, milliseconds since the epoch; `to` is null while it lasts. */
export interface SharedPeriod {
  from: number
  to: number | null
  /** The metric that was unusual. */
  metric: string
}

/** The fewest executions of the control that show whether an anomaly hits it. */
const fewest = 5
/** The control is hit if it has changed by this share of the change in the whole agent. */
const minShare = 0.5
/** A smaller change of the control, as a logarithm or in shares, may be chance. */
const minChange = 0.1

type Execution = ArmObservations['executions'][number]

/**
 * The times since the comparison began in which an anomaly of the agent shows in the control too, against the control's own past. An anomaly
 * that only the candidate has is none of these; neither is one of an agent without a control beside it, nor one that began earlier: both arms
 * are compared under it from the start.
 * @param since the start of the comparison, milliseconds since the epoch
 */
export function findSharedPeriods(
  anomalies: readonly Anomaly[],
  { control, past, design, since }: { control: ArmObservations; past: ArmObservations; design: TrialDesign; since: number },
): SharedPeriod[] {
  if (design !== 'concurrent') return []
  // What is either so or not, such as a success, is a share: its median says little.
  return anomalies.flatMap(({ metric, since: from, endedAt, before, value }) => {
    if (value === null || from < since) return []
    const isDuring = (at: number) => at >= from && at < (endedAt ?? Infinity)
    const [inside, outside] = [[] as number[], [] as number[]]
    for (const { at, value: of } of [past, control].flatMap((arm) => listValues(arm, metric)))
      (isDuring(at) ? inside : outside).push(of)
    if (inside.length < fewest || outside.length < fewest) return []
    const isShare = [...inside, ...outside].every((of) => of === 0 || of === 1)
    const change = isShare ? value - before : logRatio(value, before)
    const ofControl = isShare ? mean(inside) - mean(outside) : logRatio(median(inside), median(outside))
    const isShared = Math.sign(ofControl) === Math.sign(change) && Math.abs(ofControl) >= minShare * Math.abs(change)
    return isShared && Math.abs(ofControl) >= minChange ? [{ from, to: endedAt, metric }] : []
  })
}

/** The values of a metric in an arm, each at the start of its execution or the time of its negotiation. */
function listValues(arm: ArmObservations, metric: string): { at: number; value: number }[] {
  if (isNegotiationMetric(metric)) return toNegotiationSamples(metric, arm)
  return arm.executions.flatMap((execution) => {
    const value = readValue(execution, metric)
    return value === undefined ? [] : [{ at: execution.at - execution.durationMs, value }]
  })
}

function readValue({ durationMs, success, metrics }: Execution, metric: string): number | undefined {
  if (metric === 'responseTime') return durationMs
  if (metric === 'successRate') return success ? 1 : 0
  return metrics?.[metric]
}

const tiny = 1e-12
const logRatio = (a: number, b: number) => Math.log(Math.max(a, tiny) / Math.max(b, tiny))

/** The time since the start of the comparison in which nothing counts, milliseconds. */
export function computeSharedPeriodMs(periods: readonly SharedPeriod[], since: number, now: number): number {
  let total = 0
  let until = since
  for (const { from, to } of periods.toSorted((a, b) => a.from - b.from)) {
    total += Math.max(0, Math.min(to ?? now, now) - Math.max(from, until))
    until = Math.max(until, to ?? now)
  }
  return total
}

/** "an anomaly in responseTime hits both arms since 2026-11-29T14:05:00Z" */
export function describeSharedPeriod({ from, to, metric }: SharedPeriod): string {
  const when =
    to === null
      ? `since ${formatTimestamp(new Date(from))}`
      : `from ${formatTimestamp(new Date(from))} to ${formatTimestamp(new Date(to))}`
  return `an anomaly in ${metric} hit both arms ${when}; observations from that time do not count`
}

/**
 * Judges around anomalies that hit both arms. The samples from such a time count only for a catastrophe of the candidate against the control,
 * which ends the trial at once. Nothing can be proven while an anomaly lasts.
 * @param judge judges what is left without those times
 */
export function createSharedAnomalyJudge<Arms extends ObservationsByArm>(
  options: TrialJudgeOptions & { goal: TrialGoal },
  judge: (kept: Arms, options: { final: boolean }) => Judgement,
) {
  let alarm: ReturnType<typeof createTrialJudge> | undefined
  return (all: Arms, kept: Arms, periods: readonly SharedPeriod[], { final }: { final: boolean }): Judgement => {
    if (periods.length === 0) return judge(all, { final })
    alarm ??= createTrialJudge({ ...options, onlyCatastrophes: true, alpha: CATASTROPHE_ALPHA })
    const catastrophe = alarm.look(all, { final: false })
    const notes = periods.map(describeSharedPeriod).join('; ')
    if (catastrophe.decision === 'roll-back') return { ...catastrophe, reason: `${catastrophe.reason}, although ${notes}` }
    const judgement = judge(kept, { final })
    const isUnderWay = periods.some(({ to }) => to === null)
    const waits = judgement.decision === 'keep' && isUnderWay && !final
    return { ...judgement, decision: waits ? 'continue' : judgement.decision, reason: `${judgement.reason}; ${notes}` }
  }
}
