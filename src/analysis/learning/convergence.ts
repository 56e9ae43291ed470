import type { TrialRecord } from '../../model/experience.ts'

/** So many trials without a gain are made in a row before an agent is left alone. */
const patience = 8
/** How long it is left alone then; doubled by every further trial without a gain. */
const firstRestMs = 20 * 60_000
const longestRestMs = 24 * 3_600_000

/**
 * Until when (ms since the epoch) an agent is left alone because the last trials brought nothing; undefined where it is not. What was
 * tried before its metrics shifted no longer counts against it, nor what a person asked for.
 * @param trials of this agent
 * @param shiftedAt when its metrics last left what was to be expected of them, ms since the epoch
 */
export function leftAloneUntil(trials: readonly TrialRecord[], shiftedAt: number | undefined, now: number): number | undefined {
  const own = trials.filter(({ type }) => type !== 'operator_request')
  const lastGain = Math.max(...own.filter(({ verdict }) => verdict === 'keep').map(({ at }) => at), shiftedAt ?? 0)
  const fruitless = own.filter(({ at, verdict }) => at > lastGain && verdict !== 'keep')
  if (fruitless.length < patience) return undefined
  const rest = Math.min(longestRestMs, firstRestMs * 2 ** (fruitless.length - patience))
  const until = Math.max(...fruitless.map(({ at }) => at)) + rest
  return until > now ? until : undefined
}
