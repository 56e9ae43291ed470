import type { KnobChange } from '../../src/model/finished-trial.ts'
import type { Knob, KnobValue, KnobValues } from '../../src/model/knob.ts'

const isSame = (a: KnobValue | undefined, b: KnobValue | undefined) => JSON.stringify(a) === JSON.stringify(b)

/** The settings of the second that are others than in the first; those that the first does not have are left out. */
export const listDifferences = (before: KnobValues, after: KnobValues, knobs: readonly Knob[]): KnobChange[] =>
  Object.entries(after)
    .filter(([knob, to]) => knob in before && !isSame(before[knob], to))
    .map(([knob, to]) => ({ knob, from: before[knob]!, to, unit: knobs.find(({ name }) => name === knob)?.unit }))
