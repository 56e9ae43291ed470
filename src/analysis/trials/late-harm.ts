import { isSameConfiguration, type JudgedMetric, type KnobValues } from '../../model/knob.ts'
import type { Origin } from '../../model/origin.ts'
import type { Judgement } from '../../model/trial.ts'
import { type ArmObservations, createTrialJudge, type TrialJudgeOptions } from '../judging/index.ts'
import { splitHistory } from './history.ts'

/** What was observed before a change, and in the stretch of time after it that is looked at. */
export interface ObservationPeriods {
  before: ArmObservations
  since: ArmObservations
}

/** Probability with which a harmless change is taken back by all looks of its watch together. */
const ALPHA = 0.01
/** A look at less of the watch could spend so little that it would prove nothing; what it would see waits for the next. */
const LEAST_SHARE = 1 / 8
/** More executions than this, the newest of a stretch, tell a judge nothing new. */
const MOST = 1_000
/** The fleet says something about a drift from so many executions on. */
const ENOUGH = 20

/**
 * Whether what a trial kept may still be watched for late harm: the agent runs with it, and no person has decided on the agent since.
 * @param since versions of the agent's configuration after the one that was kept
 */
export function isWatchable(kept: KnobValues, current: KnobValues, since: readonly { origin: Origin }[]): boolean {
  return isSameConfiguration(kept, current) && since.every(({ origin }) => origin !== 'operator')
}

/** Whether enough was seen of the agent since, and before, to say anything. */
export function hasEnoughObservations({ before, since }: ObservationPeriods, share: number): boolean {
  return share >= LEAST_SHARE && since.executions.length >= ENOUGH && before.executions.length >= 2 * ENOUGH
}

/**
 * Judges whether a change that was kept does harm after all, against what was before its trial. There is no control any more,
 * so the agent's own past tells how it drifts by itself, and where the rest of the fleet got worse as well, the change is not
 * to blame: both comparisons have to prove harm. Null where too little was seen to say anything.
 * @param share of the whole watch that this look is about; looks spend the error rate in proportion
 */
export function judgeLateHarm(
  target: JudgedMetric,
  { agent, others }: { agent: ObservationPeriods; others: ObservationPeriods },
  share: number,
): { harm: Judgement | null } | null {
  if (!hasEnoughObservations(agent, share)) return null
  const common = { target, maxSamples: MOST, alpha: ALPHA * share }
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
