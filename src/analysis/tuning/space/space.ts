/** All knobs together: configurations as points. */
import type { KnobValues } from '../../../model/knob.ts'
import { meetsCondition } from '../../../model/knob-condition.ts'
import { type Coordinate, createDimension, type Dimension } from './dimension.ts'
import type { TunerKnob } from './knob.ts'

/** One coordinate for each knob, in their order. */
export type KnobPoint = readonly Coordinate[]

export interface Space {
  knobs: readonly TunerKnob[]
  dimensions: readonly Dimension[]
  encode(configuration: KnobValues): KnobPoint
  decode(point: KnobPoint): KnobValues
  /** The same point, with every knob that has no effect there reset to its value in `rest`. */
  resetInactive(point: KnobPoint, rest: KnobPoint): KnobPoint
  isSame(a: KnobPoint, b: KnobPoint): boolean
  /** Indexes of the knobs in which two points differ. */
  differingKnobs(a: KnobPoint, b: KnobPoint): number[]
}

export function createSpace(knobs: readonly TunerKnob[]): Space {
  const dimensions = knobs.map(createDimension)
  const index = new Map(knobs.map(({ name }, i) => [name, i]))
  const conditions = knobs.map(({ activeWhen = {} }) =>
    Object.entries(activeWhen).map(([name, condition]) => ({ on: index.get(name)!, condition })),
  )
  const conditional = conditions.some(({ length }) => length > 0)
  const same = (i: number, a: Coordinate, b: Coordinate) => a === b || dimensions[i]!.distance(a, b) === 0

  const active = (i: number, point: KnobPoint): boolean =>
    conditions[i]!.every(
      ({ on, condition }) => active(on, point) && meetsCondition(condition, dimensions[on]!.decode(point[on]!)),
    )
  return {
    knobs,
    dimensions,
    encode: (configuration) => knobs.map(({ name }, i) => dimensions[i]!.encode(configuration[name]!)),
    decode: (point) => Object.fromEntries(knobs.map(({ name }, i) => [name, dimensions[i]!.decode(point[i]!)])),
    resetInactive: (point, rest) => (conditional ? point.map((at, i) => (active(i, point) ? at : rest[i]!)) : point),
    isSame: (a, b) => knobs.every((_, i) => same(i, a[i]!, b[i]!)),
    differingKnobs: (a, b) => knobs.flatMap((_, i) => (same(i, a[i]!, b[i]!) ? [] : [i])),
  }
}
