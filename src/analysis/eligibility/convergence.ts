import type { FinishedTrial } from '../../model/finished-trial.ts'
import { isSameObjective, type Objective } from '../../model/objective.ts'

/** Trials in a row without a gain after which an agent goes into cooldown. */
const patience = 8
/** Trials on other agents of the kind after which the kind counts as explored. */
const seenEnough = 12
/** Trials in a row without a gain after which nothing is tried for exploration only. */
const curiosity = 2
/** The first cooldown; doubled by every further trial without a gain. */
const firstRestMs = 20 * 60_000
const longestRestMs = 24 * 3_600_000

/** Trials of one agent that were planned for its present objective: those for another one say nothing about it. */
export const selectTrialsForObjective = (trials: readonly FinishedTrial[], present: Objective | undefined): FinishedTrial[] =>
  trials.filter(({ objective }) => isSameObjective(objective, present))

/**
 * The trials without a gain since the last gain. Trials before the metrics of an agent shifted no longer count against it, nor do trials
 * that a person requested or ended.
 * @param trials of one agent, for its present objective
 * @param shiftedAt when its metrics last left their expected range, or a person released the agent, ms since the epoch
 */
export function findTrialsSinceGain(trials: readonly FinishedTrial[], shiftedAt = 0): FinishedTrial[] {
  const own = trials.filter(({ type, byPerson }) => type !== 'operator_request' && !byPerson)
  const lastGain = Math.max(...own.filter(({ verdict }) => verdict === 'keep').map(({ at }) => at), shiftedAt)
  return own.filter(({ at }) => at > lastGain)
}

/**
 * Whether only changes that are expected to help should be tried on an agent.
 * @param others the number of trials on other agents of its kind
 */
export const isSufficientlyExplored = (withoutGain: readonly FinishedTrial[], others: number): boolean =>
  withoutGain.length >= curiosity && others >= seenEnough

/** Whether an agent is in cooldown unless one of its metrics has shifted, which is more expensive to check. */
export const mayHaveConverged = (trials: readonly FinishedTrial[], now: number, releasedAt = 0): boolean =>
  findBackoffEnd(findTrialsSinceGain(trials, releasedAt), now) !== undefined

/** Until when (ms since the epoch) an agent is in cooldown because the last trials brought no gain; undefined if it is not. */
export function findBackoffEnd(withoutGain: readonly FinishedTrial[], now: number): number | undefined {
  if (withoutGain.length < patience) return undefined
  const rest = Math.min(longestRestMs, firstRestMs * 2 ** (withoutGain.length - patience))
  const until = Math.max(...withoutGain.map(({ at }) => at)) + rest
  return until > now ? until : undefined
}
