import { isSameConfiguration, type KnobValues } from '../../model/knob.ts'
import type { Origin } from '../../model/origin.ts'
import type { Judgement } from '../../model/trial.ts'
import {
  type ArmObservations,
  createTrialJudge,
  type TrialGoal,
  type TrialJudgeOptions,
  type TrialMetric,
  toSlowShare,
} from '../judging/index.ts'
import { splitHistory } from './history.ts'

/** The observations before a change, and in the period after it that is checked. */
export interface ObservationPeriods {
  before: ArmObservations
  since: ArmObservations
}

/** Probability of rolling back a harmless change, over all looks of its watch together. */
const ALPHA = 0.01
/** Minimum share of the watch for a look: a shorter one could spend too little error probability to prove anything, so it waits. */
const LEAST_SHARE = 1 / 8
/** Maximum number of executions judged, the newest of a period: more would add nothing. */
const MOST = 1_000
/** Executions of the rest of the fleet needed to see a drift. */
const ENOUGH = 20

/**
 * Whether a kept change may still be watched for late harm: the agent runs with it, and no person has decided on the agent since.
 * @param since versions of the agent's configuration after the one that was kept
 */
export function isWatchable(kept: KnobValues, current: KnobValues, since: readonly { origin: Origin }[]): boolean {
  return isSameConfiguration(kept, current) && since.every(({ origin }) => origin !== 'operator')
}

/** Whether there are enough executions of the agent since, and before, to judge. */
export function hasEnoughObservations({ before, since }: ObservationPeriods, share: number): boolean {
  return share >= LEAST_SHARE && since.executions.length >= ENOUGH && before.executions.length >= 2 * ENOUGH
}

/**
 * Judges whether a kept change does harm after all, compared with the time before its trial: to its target, or to a guardrail, bounds
 * included. There is no control any more, so the agent's own past shows how it drifts without a change; and if the rest of the fleet got
 * worse as well, the change is not to blame: both comparisons have to prove harm. What the rest of the fleet does not report is compared
 * with the past alone. A target that is a quantile is compared as such, with the past as the share of executions that exceed its former value.
 * Null if there are too few executions to judge.
 * @param share of the whole watch that this look covers; looks spend the error rate in proportion
 */
export function judgeLateHarm(
  goal: TrialGoal,
  { agent, others }: { agent: ObservationPeriods; others: ObservationPeriods },
  share: number,
): { harm: Judgement | null } | null {
  if (!hasEnoughObservations(agent, share)) return null
  const isShared = (metric: TrialMetric) =>
    Math.min(metric.samplesOf(others.before).length, metric.samplesOf(others.since).length) >= ENOUGH
  const since = newest(agent.since)
  const isReported = (metric: TrialMetric) => metric.samplesOf(since).length > 0
  const metrics = [goal.target, ...goal.guards.map(({ metric }) => metric)].filter(isReported)
  const shared = metrics.filter(isShared)
  const past = splitHistory(agent.before, MOST)
  const history = { control: past.older, candidate: past.older }
  const beside = { control: newest(others.before), candidate: newest(agent.before) }
  for (const some of [shared, metrics.filter((metric) => !shared.includes(metric))]) {
    if (some.length === 0) continue
    const alpha = (ALPHA * share * some.length) / metrics.length
    const common = { goal: restrictGoal(goal, some), maxSamples: MOST, alpha }
    const ownGoal = { ...common.goal, target: toSlowShare(common.goal.target, newest(agent.before)) }
    const own = lookOnce({ ...common, goal: ownGoal, design: 'before-after', history }, past.newest, since)
    if (own.decision !== 'roll-back') continue
    // The change of a share of slow executions is no change of the quantile.
    const harm = goal.target.quantile === undefined ? own : { ...own, improvement: null, interval: null }
    if (some !== shared) return { harm }
    // Other agents have work of their own, so they do not show how much of it this one should do.
    const fleet = { ...common, design: 'concurrent' as const, history: beside, sharesWork: false }
    const againstFleet = lookOnce(fleet, newest(others.since), since)
    if (againstFleet.decision === 'roll-back') return { harm }
  }
  return { harm: null }
}

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
  return { executions: executions.slice(-MOST), negotiations: negotiations.slice(-MOST) }
}
