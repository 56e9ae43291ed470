import type { FinishedTrial } from '../../model/finished-trial.ts'

/** So many trials without a gain are made in a row before an agent is left alone. */
const patience = 8
/** So many on others of the kind have shown what there is to see. */
const seenEnough = 12
/** After so many in a row nothing is tried any more just to see what it does. */
const curiosity = 2
/** How long it is left alone then; doubled by every further trial without a gain. */
const firstRestMs = 20 * 60_000
const longestRestMs = 24 * 3_600_000

/**
 * The trials that brought nothing since one last did. What was tried before its metrics shifted no longer counts against an agent, nor
 * what a person asked for.
 * @param trials of one agent
 * @param shiftedAt when its metrics last left what was to be expected of them, ms since the epoch
 */
export function findTrialsSinceGain(trials: readonly FinishedTrial[], shiftedAt = 0): FinishedTrial[] {
  const own = trials.filter(({ type }) => type !== 'operator_request')
  const lastGain = Math.max(...own.filter(({ verdict }) => verdict === 'keep').map(({ at }) => at), shiftedAt)
  return own.filter(({ at }) => at > lastGain)
}

/**
 * Whether only what is expected to help is to be tried on an agent.
 * @param others how many trials there were on others of its kind
 */
export const isSufficientlyExplored = (inVain: readonly FinishedTrial[], others: number): boolean =>
  inVain.length >= curiosity && others >= seenEnough

/** Whether an agent is left alone unless one of its metrics has shifted, which costs more to find out. */
export const mayHaveConverged = (trials: readonly FinishedTrial[], now: number): boolean =>
  findBackoffEnd(findTrialsSinceGain(trials), now) !== undefined

/** Until when (ms since the epoch) an agent is left alone because the last trials brought nothing; undefined where it is not. */
export function findBackoffEnd(inVain: readonly FinishedTrial[], now: number): number | undefined {
  if (inVain.length < patience) return undefined
  const rest = Math.min(longestRestMs, firstRestMs * 2 ** (inVain.length - patience))
  const until = Math.max(...inVain.map(({ at }) => at)) + rest
  return until > now ? until : undefined
}
