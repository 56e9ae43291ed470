import type { KnobChange } from '../../model/finished-trial.ts'
import { isSameValue, type Knob } from '../../model/knob.ts'
import { type ConfigurationRecord, getMoveDirection, type KnobMove, listKnobMoves } from './knob-moves.ts'

/** How long nothing is tried against a person's decision. */
const cooldownMs = 24 * 3_600_000

/**
 * A person's decision on a knob that a change would reverse: the last move of the knob, if a person made or kept it within a day and the
 * change goes the other way; for values without an order, back to the previous one. Undefined if there is none.
 * @param releasedAt when a person last released the knob, ms since the epoch; earlier decisions do not count
 */
export function findReversedDecision(
  knob: Knob,
  change: Pick<KnobChange, 'from' | 'to'>,
  history: readonly ConfigurationRecord[],
  { now, releasedAt }: { now: number; releasedAt: number },
): (KnobMove & { until: number }) | undefined {
  const last = listKnobMoves(knob, history).at(-1)
  if (!last?.byPerson || last.at <= releasedAt || last.at + cooldownMs <= now) return undefined
  const isOpposed =
    knob.type === 'int' || knob.type === 'float'
      ? getMoveDirection(knob, change) === -getMoveDirection(knob, last)
      : isSameValue(change.to, last.from)
  return isOpposed ? { ...last, until: last.at + cooldownMs } : undefined
}
