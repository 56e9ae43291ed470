import type { KnobChange, TrialRecord } from '../../../model/experience.ts'
import type { Knob } from '../../../model/knob.ts'
import { placeOf } from './importance.ts'

/** The trials that turned a knob this way, whatever their target, and that the judge had put back: a guardrail may forbid what helps. */
export function rolledBack(knob: Knob, direction: 'up' | 'down' | null, trials: readonly TrialRecord[]): TrialRecord[] {
  const turned = ({ knob: name, from, to }: KnobChange) =>
    name === knob.name &&
    knob.type !== 'order' &&
    direction !== null &&
    (direction === 'up' ? placeOf(knob, to) > placeOf(knob, from) : placeOf(knob, to) < placeOf(knob, from))
  return trials.filter(({ verdict, unjudged, changes }) => verdict === 'roll-back' && !unjudged && changes.some(turned))
}
