import { type Anomaly, findExternalCause } from '../../model/anomaly.ts'
import { formatTimestamp, pluralize } from '../../model/format.ts'
import { isSameValue, type KnobValues } from '../../model/knob.ts'
import { isHumanDecision } from '../../model/origin.ts'
import type { Strategy } from '../../model/strategy.ts'
import type { Judgement } from '../../model/trial.ts'
import {
  type ArmObservations,
  createTrialJudge,
  type TrialGoal,
  type TrialJudgeOptions,
  type TrialMetric,
  toSlowShare,
} from '../judging/index.ts'
import { createReportingCheck } from '../judging/reporting-check.ts'
import { buildTrialGoal } from './goal.ts'
import { splitHistory } from './history.ts'
import { estimateExecutions, estimateHourlyRates } from './hourly-rates.ts'

/** The observations before a change, and in the period after it that is checked. */
export interface ObservationPeriods {
  before: ArmObservations
  since: ArmObservations
}

/** Probability of rolling back a harmless change, over all looks of its watch together. */
const ALPHA = 0.01
/** Minimum share of the watch for a look: a shorter one could spend too little error probability to prove anything, so it waits. */
const MIN_SHARE = 1 / 8
/** Maximum number of executions judged, the newest of a period: more would add nothing. */
export const MAX_JUDGED_EXECUTIONS = 1_000
/** Executions of the rest of the fleet needed to see a drift. */
const ENOUGH = 20

/** An agent that should have made this many executions, and made less than this share of them, is silent. */
const EXPECTED = 3 * ENOUGH
const SILENT_SHARE = 0.1

/**
 * Whether a kept change may still be watched for late harm: the settings that it changed are in force, and no person has decided on the
 * agent since. Other settings may have been changed, by a later trial, its roll-back or a release.
 * @param values before the trial, as kept, and now
 * @param since versions of the agent's configuration after the one that was kept
 */
export function isWatchable(
  { baseline, kept, current }: Record<'baseline' | 'kept' | 'current', KnobValues>,
  since: readonly Parameters<typeof isHumanDecision>[0][],
): boolean {
  const changed = Object.keys(baseline).filter((name) => !isSameValue(baseline[name], kept[name]))
  return changed.every((name) => isSameValue(current[name], kept[name])) && !since.some(isHumanDecision)
}

/**
 * Why an agent is silent since a change was kept, as a clause: it makes far fewer executions than its pace before the trial suggests. A
 * quiet hour of a day that is known does not count. Undefined if it works, or too little is expected of it.
 * @param before its executions before the trial
 * @param executions how many it made in the period, under any configuration
 */
export function describeSilence(
  before: ArmObservations['executions'],
  executions: number,
  { from, to }: { from: number; to: number },
): string | undefined {
  const last = before.at(-1)
  const pace = last ? estimateHourlyRates(before, last.at) : null
  const expected = pace ? estimateExecutions(pace, to - from, from) : 0
  if (expected < EXPECTED || executions >= SILENT_SHARE * expected) return undefined
  return `it has finished ${pluralize(executions, 'execution')}, where about ${Math.round(expected)} were expected at its earlier pace`
}

/**
 * Whether an anomaly of an agent probably came from elsewhere: another component causes it, and nothing points to the agent's own change of
 * configuration, which may have been too much for what it depends on.
 */
export function isCausedElsewhere({ component, isWorse, causes, events: [trigger] }: Anomaly): boolean {
  const isOwnChange = trigger?.kind === 'configuration' && trigger.component === component
  return isWorse && findExternalCause({ component, causes }) !== undefined && !isOwnChange
}

/**
 * The anomalies of an agent that may make a kept change look harmful: they came from elsewhere after the trial began, and hit a metric by which
 * the change is judged.
 * @param startedAt the start of the trial, milliseconds since the epoch
 */
export function selectMisleadingAnomalies(
  anomalies: readonly Anomaly[],
  { strategy, startedAt }: { strategy: Pick<Strategy, 'targetMetric' | 'objective' | 'declared' | 'weighed'>; startedAt: number },
): Anomaly[] {
  const { target, guards } = buildTrialGoal(strategy)
  const judged = [target, ...guards.map(({ metric }) => metric)].flatMap(({ metric, quantile }) =>
    quantile === undefined ? [metric] : [metric, 'responseTime'],
  )
  const names = new Set([...judged, ...Object.keys(strategy.weighed ?? {})])
  return anomalies.filter((anomaly) => anomaly.since >= startedAt && names.has(anomaly.metric) && isCausedElsewhere(anomaly))
}

/** Why a change could not be judged in the time of its newest anomaly from elsewhere, as a clause; undefined without one. */
export function describeMisleadingAnomalies(anomalies: readonly Anomaly[]): string | undefined {
  const newest = anomalies.findLast(({ endedAt }) => endedAt === null) ?? anomalies.at(-1)
  if (!newest) return undefined
  const { metric, since, endedAt } = newest
  const from = formatTimestamp(new Date(since))
  const lasting = endedAt === null ? `since ${from}` : `from ${from} to ${formatTimestamp(new Date(endedAt))}`
  return `its agent ${endedAt === null ? 'has had' : 'had'} an anomaly in ${metric} ${lasting}, probably caused by ${findExternalCause(newest)!.component}`
}

/** The observations outside the times of anomalies. */
export function omitAnomalies(
  { executions, negotiations }: ArmObservations,
  anomalies: readonly Pick<Anomaly, 'since' | 'endedAt'>[],
): ArmObservations {
  const isOutside = ({ at }: { at: number }) =>
    !anomalies.some(({ since, endedAt }) => at >= since && at <= (endedAt ?? Number.POSITIVE_INFINITY))
  return { executions: executions.filter(isOutside), negotiations: negotiations.filter(isOutside) }
}

/** Whether there are enough executions of the agent since, and before, to judge. */
export function hasEnoughObservations({ before, since }: ObservationPeriods, share: number): boolean {
  return share >= MIN_SHARE && since.executions.length >= ENOUGH && before.executions.length >= 2 * ENOUGH
}

/**
 * Judges whether a kept change does harm after all, compared with the time before its trial: to its target, or to a guardrail, bounds
 * included. There is no control any more, so the agent's own past shows how it drifts without a change; and if the rest of the fleet
 * got worse as well, the change is not to blame: both comparisons must prove harm. A metric that the rest of the fleet does not report is compared
 * with the past alone. A target that is a quantile is compared as such, with the past as the share of executions that exceed its former value.
 * Null if there are too few executions to judge. Without harm, `doubt` says which metric is reported far less than before, as a clause.
 * @param share of the whole watch that this look covers; looks spend the error rate in proportion
 * @param scoreDelayMs how long scores of the agent usually take: executions that are not as old may wait for one
 */
export function judgeLateHarm(
  goal: TrialGoal,
  { agent, others }: { agent: ObservationPeriods; others: ObservationPeriods },
  share: number,
  scoreDelayMs = 0,
): { harm: Judgement | null; doubt?: string | undefined } | null {
  if (!hasEnoughObservations(agent, share)) return null
  const isShared = (metric: TrialMetric) =>
    Math.min(metric.samplesOf(others.before).length, metric.samplesOf(others.since).length) >= ENOUGH
  const since = newest(agent.since)
  const isReported = (metric: TrialMetric) => metric.samplesOf(since).length > 0
  const all = [goal.target, ...goal.guards.map(({ metric }) => metric)]
  const metrics = all.filter(isReported)
  const shared = metrics.filter(isShared)
  const past = splitHistory(agent.before, MAX_JUDGED_EXECUTIONS)
  const history = { control: past.older, candidate: past.older }
  const beside = { control: newest(others.before), candidate: newest(agent.before) }
  for (const some of [shared, metrics.filter((metric) => !shared.includes(metric))]) {
    if (some.length === 0) continue
    const alpha = (ALPHA * share * some.length) / metrics.length
    const common = { goal: restrictGoal(goal, some), maxSamples: MAX_JUDGED_EXECUTIONS, alpha }
    const ownGoal = { ...common.goal, target: toSlowShare(common.goal.target, newest(agent.before)) }
    const own = lookOnce({ ...common, goal: ownGoal, design: 'before-after', history }, past.newest, since)
    if (own.decision !== 'roll-back') continue
    // The change of a share of slow executions is not a change of the quantile.
    const harm = goal.target.quantile === undefined ? own : { ...own, improvement: null, interval: null }
    if (some !== shared) return { harm }
    // Other agents have work of their own, so they do not show how much of it this one should do.
    const fleet = { ...common, design: 'concurrent' as const, history: beside, sharesWork: false }
    const againstFleet = lookOnce(fleet, newest(others.since), since)
    if (againstFleet.decision === 'roll-back') return { harm }
  }
  return { harm: null, doubt: all.map((metric) => findMissing(metric, agent, scoreDelayMs)).find(Boolean) }
}

/** Why a metric may be missing where it is bad, as a clause. */
function findMissing(metric: TrialMetric, { before, since }: ObservationPeriods, scoreDelayMs: number): string | undefined {
  const check = createReportingCheck(metric, { control: before, candidate: nothing }, { scoreDelayMs })
  return check({ control: nothing, candidate: since }).suspicion
}

const nothing: ArmObservations = { executions: [], negotiations: [] }

/** The goal for some of its metrics; a target that is not among them counts as not measured. */
function restrictGoal({ target, guards }: TrialGoal, some: readonly TrialMetric[]): TrialGoal {
  return {
    target: some.includes(target) ? target : { ...target, samplesOf: () => [] },
    guards: guards.filter(({ metric }) => some.includes(metric)),
  }
}

function lookOnce(options: TrialJudgeOptions, control: ArmObservations, candidate: ArmObservations): Judgement {
  return createTrialJudge(options).look({ control, candidate }, { final: true })
}

function newest({ executions, negotiations }: ArmObservations): ArmObservations {
  return { executions: executions.slice(-MAX_JUDGED_EXECUTIONS), negotiations: negotiations.slice(-MAX_JUDGED_EXECUTIONS) }
}
