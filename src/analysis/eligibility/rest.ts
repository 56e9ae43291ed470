import { isSameValue, type Knob, type KnobValue } from '../../model/knob.ts'
import { positionOnScale } from '../../model/knob-scale.ts'

const dayMs = 86_400_000

/**
 * Until when (ms since the epoch) a knob rests because its direction was reversed twice within a day, by whomever;
 * undefined where it does not. Turning it to and fro shows that nobody knows better at present.
 * @param history what it was set to for good, oldest first, with when
 */
export function findCooldownEnd(
  knob: Knob,
  history: readonly { at: number; value: KnobValue }[],
  now: number,
): number | undefined {
  if (knob.type === 'order') return undefined
  const moves = history.slice(1).flatMap(({ at, value }, index) => {
    const from = history[index]!.value
    return isSameValue(from, value)
      ? []
      : [{ at, direction: Math.sign(positionOnScale(knob, value) - positionOnScale(knob, from)) }]
  })
  const reversals = moves.filter(({ direction }, index) => index > 0 && direction === -moves[index - 1]!.direction)
  const second = reversals.findLast(({ at }, index) => index > 0 && at - reversals[index - 1]!.at <= dayMs)
  return second && second.at + dayMs > now ? second.at + dayMs : undefined
}
