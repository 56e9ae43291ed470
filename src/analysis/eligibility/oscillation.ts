import type { Knob } from '../../model/knob.ts'
import { directionOf, type ForceRecord, listKnobMoves } from './knob-moves.ts'

const dayMs = 86_400_000

/**
 * Until when (ms since the epoch) a knob is left alone because the optimizer reversed its direction twice within a day; undefined if it
 * is not. Turning it back and forth shows that nobody knows better for now. A person who turns it does know, so that does not count.
 * @param history the agent's configurations, without those that were only tried, oldest first
 * @param releasedAt when a person last released the knob, ms since the epoch; earlier moves do not count
 */
export function findOscillationEnd(knob: Knob, history: readonly ForceRecord[], now: number, releasedAt = 0): number | undefined {
  const moves = listKnobMoves(knob, history)
    .filter(({ byPerson, at }) => !byPerson && at > releasedAt)
    .map((move) => ({ at: move.at, direction: directionOf(knob, move) }))
  const reversals = moves.filter(
    ({ direction }, index) => index > 0 && direction !== 0 && direction === -moves[index - 1]!.direction,
  )
  const second = reversals.findLast(({ at }, index) => index > 0 && at - reversals[index - 1]!.at <= dayMs)
  return second && second.at + dayMs > now ? second.at + dayMs : undefined
}
