/** How long a trial must observe before it can be decisive, and whether that fits into a cycle. */
import { formatDuration, joinWithAnd, pluralize } from '../../model/format.ts'
import type { Progress, TrialDesign } from '../../model/trial.ts'
import { MAX_OBSERVATIONS, type TrialLimits, type WarmUp } from '../../model/trial-limits.ts'
import type { ArmObservations, TrialGoal } from '../judging/index.ts'
import { MIN_KEEP_SHARE } from '../judging/trial.ts'
import { listRequiredMetrics } from './goal.ts'
import { estimateExecutions, estimateWaitMs, type HourlyRates } from './hourly-rates.ts'
import { computeMetricReportingShare, type NeededExecutions } from './needed-executions.ts'

/** Share of `maxSamples` with which a trial within a cycle can still prove a large effect when its time is up. */
const MIN_IN_CYCLE = 0.25

/** The longest that a trial waits for scores after its observation, milliseconds: within a cycle, and outside one. */
export const MAX_SCORE_WAIT_MS = { inCycle: 60_000, alone: 3_600_000 }

/** The instances that are compared, of all live ones among which the agent's work is divided. */
export interface ComparedInstances {
  design: TrialDesign
  candidate: number
  control: number
  live: number
}

/** The conditions that determine the duration of a trial. */
export interface TrialConditions {
  /** Null if too little is known. */
  pace: HourlyRates | null
  compared: ComparedInstances
  /** Share of executions that report every metric that has to be judged, above 0. */
  reportingShare: number
  warmUp: WarmUp
  /** The minimum number that the goal takes, whatever `maxSamples` is. */
  needed?: NeededExecutions
  /** How long scores that the goal is about usually take after their execution, milliseconds. */
  scoreDelayMs?: number
  /** Milliseconds since the epoch. */
  now: number
}

export interface ObservationPlan {
  /**
   * `in-cycle`: a cycle has time for it and its scores, or nothing is known of the agent's pace; `alone`: it runs outside the cycle; `too-long`: not even
   * `trials.longestHours` are enough, or more executions are needed than are judged.
   */
  kind: 'in-cycle' | 'alone' | 'too-long'
  /** Executions of the agent that a decisive trial takes; 0 if unknown. */
  decisions: number
  /** Expected milliseconds until then; infinite if the agent hardly works. */
  ms: number
  /** Executions of the agent that are judged at most, if the trial needs more. */
  maxDecisions?: number
  /** Why it needs so many, if that is not `maxSamples`, as a clause. */
  why?: string | undefined
}

/**
 * Plans how a trial is observed. A change is kept from `MIN_KEEP_SHARE` of the samples on, so that many are needed outside a cycle; a trial
 * within a cycle ends with what it has when its time is up, so a quarter is enough to try. What the goal needs at least counts for both.
 */
export function planObservation(
  { pace, compared, reportingShare, warmUp, needed, scoreDelayMs = 0, now }: TrialConditions,
  { maxSamples, observeMs, longestHours }: Pick<TrialLimits, 'maxSamples' | 'observeMs' | 'longestHours'>,
): ObservationPlan {
  if (!pace) return { kind: 'in-cycle', decisions: 0, ms: observeMs }
  const plan = (share: number) => {
    const usual = (share * maxSamples) / reportingShare
    const { executions, why } = needed && needed.executions > usual ? needed : { executions: usual, why: undefined }
    const decisions = Math.ceil(countDecisions(executions + warmUp.samples * compared.candidate, compared))
    return { decisions, ms: estimateWaitMs(pace, decisions, now) + 1_000 * warmUp.seconds, ...(why && { why }) }
  }
  const maxDecisions = countMostDecisions(compared)
  if (estimateExecutions(pace, scoreDelayMs, now) > maxDecisions) {
    const why = `its scores arrive after about ${formatDuration(scoreDelayMs)}, by which time the agent has made more executions than are judged (the latest ${maxDecisions})`
    return { kind: 'too-long', decisions: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY, why }
  }
  const least = plan(MIN_IN_CYCLE)
  const isScored = scoreDelayMs <= MAX_SCORE_WAIT_MS.inCycle
  if (isScored && least.ms <= observeMs && least.decisions <= maxDecisions) return { kind: 'in-cycle', ...least }
  const whole = plan(MIN_KEEP_SHARE)
  if (whole.decisions > maxDecisions) return { kind: 'too-long', ...whole, maxDecisions }
  const ms = whole.ms + scoreDelayMs
  return { kind: ms <= longestHours * 3_600_000 ? 'alone' : 'too-long', ...whole, ms }
}

/** The present pace may be slightly overestimated. */
const EXPECTED_SHARE = 0.9

/**
 * The samples of each arm at which a trial outside a cycle ends: what can be expected within its limit of time, if that is less than
 * `maxSamples`, and what can be judged. The judge spends its error probability by that number, most of it at the end, which would otherwise not be reached.
 */
export function planMaxSamples(
  { pace, compared, reportingShare, warmUp, now }: TrialConditions,
  { maxSamples, longestHours }: Pick<TrialLimits, 'maxSamples' | 'longestHours'>,
): number {
  if (!pace) return maxSamples
  const expected = EXPECTED_SHARE * estimateExecutions(pace, longestHours * 3_600_000, now)
  const decisions = Math.min(expected, countMostDecisions(compared))
  const samples = reportingShare * (decisions / countDecisions(1, compared) - warmUp.samples * compared.candidate)
  return Math.round(Math.min(maxSamples, Math.max(MIN_KEEP_SHARE * maxSamples, samples)))
}

/** Executions of the whole agent until the smaller arm has so many samples; a single instance that alternates is each arm half of the time. */
function countDecisions(samples: number, { design, candidate, control, live }: ComparedInstances): number {
  const smaller = { concurrent: Math.min(candidate, control), switchback: candidate / 2, 'before-after': candidate }[design]
  return (samples * Math.max(live, candidate + control)) / (smaller || 1)
}

/** Executions of the whole agent until the larger arm has as many as are judged. */
function countMostDecisions({ candidate, control, live }: ComparedInstances): number {
  return Math.floor((MAX_OBSERVATIONS * Math.max(live, candidate + control)) / Math.max(1, candidate, control))
}

/**
 * The share of executions that report the metric of the goal that the fewest report, among the target and the guardrails without which
 * nothing is kept. 1 for a metric that nobody has reported yet, and for one of negotiations.
 */
export function computeReportingShare(goal: TrialGoal, executions: ArmObservations['executions']): number {
  return Math.min(1, ...listRequiredMetrics(goal).map((metric) => computeMetricReportingShare(metric, executions)))
}

/**
 * The conditions that determine the duration of trials that are judged together. Their instances count in proportion to their agents' work; agents of
 * unknown pace are left out, unless none is known.
 */
export function mergeConditions(all: readonly TrialConditions[]): TrialConditions {
  const known = all.filter(({ pace, compared }) => pace !== null && compared.live > 0)
  const [first] = known
  if (!first) return all[0]!
  const paces = known.map(({ pace }) => pace!)
  const perDay = paces.map((pace) => pace.reduce((sum, executions) => sum + executions, 0))
  const total = perDay.reduce((sum, executions) => sum + executions, 0)
  const shares = perDay.map((executions) => (total > 0 ? executions / total : 1 / known.length))
  const weigh = (of: (conditions: TrialConditions) => number) =>
    known.reduce((sum, conditions, index) => sum + of(conditions) * shares[index]!, 0)
  const live = known.reduce((sum, { compared }) => sum + compared.live, 0)
  const share = (arm: 'candidate' | 'control') => live * weigh(({ compared }) => compared[arm] / compared.live)
  return {
    pace: first.pace!.map((_, hour) => paces.reduce((sum, pace) => sum + pace[hour]!, 0)),
    compared: { design: first.compared.design, candidate: share('candidate'), control: share('control'), live },
    reportingShare: weigh(({ reportingShare }) => reportingShare),
    warmUp: findLongestWarmUp(known.map(({ warmUp }) => warmUp)),
    scoreDelayMs: Math.max(...known.map(({ scoreDelayMs = 0 }) => scoreDelayMs)),
    needed: findMost(known.map(({ needed }) => needed)),
    now: first.now,
  }
}

const findMost = (all: readonly (NeededExecutions | undefined)[]) =>
  all.reduce((most, one) => ((one?.executions ?? 0) > (most?.executions ?? 0) ? one : most), undefined)

/** The longest of several warm-ups, by each measure. */
export function findLongestWarmUp(warmUps: readonly WarmUp[]): WarmUp {
  const most = (of: keyof WarmUp) => Math.max(0, ...warmUps.map((warmUp) => warmUp[of]))
  return { samples: most('samples'), seconds: most('seconds') }
}

/**
 * The work that a running trial still needs: until it may be kept, and after that until it ends.
 * @param aim `keepFrom`: the share of `maxSamples` from which it may be kept
 */
export function computeProgress(
  { samples, pace, compared, reportingShare, needed, now }: Omit<TrialConditions, 'warmUp'> & { samples: number },
  { maxSamples, keepFrom = MIN_KEEP_SHARE, endsAt }: { maxSamples: number; keepFrom?: number; endsAt: number },
): Progress {
  const wanted = samples < keepFrom * maxSamples ? keepFrom * maxSamples : maxSamples
  const executions =
    Math.max(wanted / reportingShare, Math.min(needed?.executions ?? 0, MAX_OBSERVATIONS)) - samples / reportingShare
  const decisions = Math.ceil(countDecisions(Math.max(0, executions), compared))
  const until = pace && Math.min(endsAt, now + estimateWaitMs(pace, decisions, now))
  return { decisions, until: until === null ? null : Math.round(until) }
}

/** Why a trial is not run because it would take too long, as a clause. */
export function describeExcessiveDuration(
  { decisions, ms, maxDecisions, why }: ObservationPlan,
  { maxSamples, longestHours }: Pick<TrialLimits, 'maxSamples' | 'longestHours'>,
): string {
  if (!Number.isFinite(decisions) && why) return why
  const effort = `a conclusive trial takes about ${pluralize(decisions, 'execution')} of the agent${why ? `, because ${why}` : ''}`
  if (maxDecisions !== undefined && why) return `${effort}, but only the latest ${maxDecisions} are judged; tolerate more`
  if (maxDecisions !== undefined)
    return `${effort}, but only the latest ${maxDecisions} are judged, and too few of them report its metrics to reach trials.maxSamples (${maxSamples})`
  const long = Number.isFinite(ms) ? `, about ${formatDuration(ms)} at its current rate` : ', far more than the agent makes'
  return joinWithAnd([`${effort}${long}`, `trials.longestHours allows ${pluralize(longestHours, 'hour')}`])
}
