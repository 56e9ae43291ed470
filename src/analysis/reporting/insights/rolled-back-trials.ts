import type { FinishedTrial, KnobChange } from '../../../model/finished-trial.ts'
import type { Knob } from '../../../model/knob.ts'
import { normalizedPosition } from './importance.ts'

/** Trials that turned a knob in this direction and that the judge rolled back, whatever their target: a guardrail may forbid what helps. */
export function filterRolledBackTrials(
  knob: Knob,
  direction: 'up' | 'down' | null,
  trials: readonly FinishedTrial[],
): FinishedTrial[] {
  const turned = ({ knob: name, from, to }: KnobChange) =>
    name === knob.name &&
    knob.type !== 'order' &&
    direction !== null &&
    (direction === 'up'
      ? normalizedPosition(knob, to) > normalizedPosition(knob, from)
      : normalizedPosition(knob, to) < normalizedPosition(knob, from))
  return trials.filter(({ verdict, unjudged, changes }) => verdict === 'roll-back' && !unjudged && changes.some(turned))
}
