import type { KnobChange } from '../../model/experience.ts'
import { type Knob, riskSchema, sameValue } from '../../model/knob.ts'
import { boldness } from '../aggressiveness.ts'
import type { TuningRequest } from '../tuning/tuner.ts'

/** Whether changes that were tried once may be tried again just so. */
export function isOpen(changes: readonly KnobChange[], request: TuningRequest): boolean {
  const { knobs, exclude, aggressiveness, allowed = (_knob, _from, to) => to, maxChanges = changes.length } = request
  const riskiest = riskSchema.options.indexOf(boldness(aggressiveness).allowedRisk)
  const isFree = ({ knob: name, from, to }: KnobChange) => {
    const knob: Knob | undefined = knobs.find((one) => one.name === name)
    if (!knob || exclude.has(name) || riskSchema.options.indexOf(knob.risk) > riskiest) return false
    const value = allowed(knob, from, to)
    return value !== undefined && sameValue(value, to)
  }
  return changes.length <= maxChanges && changes.every(isFree)
}
