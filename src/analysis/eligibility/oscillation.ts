import type { Knob } from '../../model/knob.ts'
import { type ConfigurationRecord, getMoveDirection, type KnobMove, listKnobMoves } from './knob-moves.ts'

const dayMs = 86_400_000

/**
 * Until when (ms since the epoch) a knob is in cooldown because the optimizer reversed its direction twice within a day; undefined if it
 * is not. Turning it back and forth shows that the best value is not known yet. A person who turns it does know, so that does not count.
 * A change reverses only one that moved the same knobs: why a bundle was kept says nothing about one of its knobs.
 * @param history the agent's configurations, without those that were only tried, oldest first
 * @param releasedAt when a person last released the knob, ms since the epoch; earlier moves do not count
 */
export function findOscillationEnd(
  knob: Knob,
  history: readonly ConfigurationRecord[],
  now: number,
  releasedAt = 0,
): number | undefined {
  const moves = listKnobMoves(knob, history).filter(({ byPerson, at }) => !byPerson && at > releasedAt)
  const reversals = [...Map.groupBy(moves, ({ moved }) => moved.join()).values()]
    .flatMap((alike) => findReversals(knob, alike))
    .sort((a, b) => a.at - b.at)
  const second = reversals.findLast(({ at }, index) => index > 0 && at - reversals[index - 1]!.at <= dayMs)
  return second && second.at + dayMs > now ? second.at + dayMs : undefined
}

/** Those of these moves that go the other way than the one before. */
function findReversals(knob: Knob, moves: readonly KnobMove[]): KnobMove[] {
  const directions = moves.map((move) => getMoveDirection(knob, move))
  return moves.filter((_, index) => index > 0 && directions[index] !== 0 && directions[index] === -directions[index - 1]!)
}
