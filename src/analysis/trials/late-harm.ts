import { isSameConfiguration, type KnobValues } from '../../model/knob.ts'
import type { Origin } from '../../model/origin.ts'
import type { Judgement } from '../../model/trial.ts'
import { type ArmObservations, createTrialJudge, type TrialGoal, type TrialJudgeOptions } from '../judging/index.ts'
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
 * Judges whether a kept change does harm after all, compared with the time before its trial. There is no control any more, so the
 * agent's own past shows how it drifts without a change; and if the rest of the fleet got worse as well, the change is not to blame:
 * both comparisons have to prove harm. Null if there are too few executions to judge.
 * @param share of the whole watch that this look covers; looks spend the error rate in proportion
 */
export function judgeLateHarm(
  goal: TrialGoal,
  { agent, others }: { agent: ObservationPeriods; others: ObservationPeriods },
  share: number,
): { harm: Judgement | null } | null {
  if (!hasEnoughObservations(agent, share)) return null
  const common = { goal, maxSamples: MOST, alpha: ALPHA * share }
  const since = newest(agent.since)
  const past = splitHistory(agent.before, MOST)
  const own = lookOnce(
    { ...common, design: 'before-after', history: { control: past.older, candidate: past.older } },
    past.newest,
    since,
  )
  if (own.decision !== 'roll-back') return { harm: null }
  if (Math.min(others.before.executions.length, others.since.executions.length) < ENOUGH) return { harm: own }
  const beside = { control: newest(others.before), candidate: newest(agent.before) }
  const againstFleet = lookOnce({ ...common, design: 'concurrent', history: beside }, newest(others.since), since)
  return { harm: againstFleet.decision === 'roll-back' ? own : null }
}

function lookOnce(options: TrialJudgeOptions, control: ArmObservations, candidate: ArmObservations): Judgement {
  return createTrialJudge(options).look({ control, candidate }, { final: true })
}

function newest({ executions, negotiations }: ArmObservations): ArmObservations {
  return { executions: executions.slice(-MOST), negotiations: negotiations.slice(-MOST) }
}
