import { isSameValue, type Knob, type KnobValues } from '../../model/knob.ts'
import { positionOnScale } from '../../model/knob-scale.ts'

const dayMs = 86_400_000

/**
 * Until when (ms since the epoch) a knob is left alone because its direction was reversed twice within a day, by anyone;
 * undefined if it is not. Turning it back and forth shows that nobody knows better for now.
 * @param history the agent's configurations, without those that were only tried, oldest first
 */
export function findOscillationEnd(
  knob: Knob,
  history: readonly { at: number; values: KnobValues }[],
  now: number,
): number | undefined {
  if (knob.type === 'order') return undefined
  const settings = history.flatMap(({ at, values: { [knob.name]: value } }) => (value === undefined ? [] : [{ at, value }]))
  const moves = settings.slice(1).flatMap(({ at, value }, index) => {
    const from = settings[index]!.value
    const direction = Math.sign(positionOnScale(knob, value) - positionOnScale(knob, from))
    return isSameValue(from, value) ? [] : [{ at, direction }]
  })
  const reversals = moves.filter(({ direction }, index) => index > 0 && direction === -moves[index - 1]!.direction)
  const second = reversals.findLast(({ at }, index) => index > 0 && at - reversals[index - 1]!.at <= dayMs)
  return second && second.at + dayMs > now ? second.at + dayMs : undefined
}
