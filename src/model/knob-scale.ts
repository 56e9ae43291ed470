/** Positions and steps on a knob's scale. */
import type { Knob, KnobValue, NumericKnob } from './knob.ts'
import type { MetricName } from './metric.ts'

export type Direction = 1 | -1
/** A knob whose values lie on a scale. */
export type OrdinalKnob = Exclude<Knob, { type: 'order' }>

/** The position of a value on its knob's scale; only differences and comparisons are meaningful. */
export function getScalePosition(knob: OrdinalKnob, value: KnobValue): number {
  if (knob.type === 'enum') return knob.values.indexOf(String(value))
  return knob.type === 'bool' ? Number(value) : scaled(knob, Number(value))
}

/**
 * For numbers, the value `share` (0–1) of the way to the bound, rounded toward it for an int; for others, the neighboring value.
 * Undefined at the end of the scale.
 */
export function stepTowardBound(knob: OrdinalKnob, from: KnobValue, direction: Direction, share: number): KnobValue | undefined {
  if (knob.type === 'bool') return direction > 0 === from ? undefined : direction > 0
  if (knob.type === 'enum') return knob.values[knob.values.indexOf(String(from)) + direction]
  const start = scaled(knob, Number(from))
  const end = scaled(knob, direction > 0 ? knob.max : knob.min)
  // At the bound, logarithms would round to a value next to it.
  if (start === end) return undefined
  const exact = unscaled(knob, start + share * (end - start))
  const whole = direction > 0 ? Math.ceil(exact) : Math.floor(exact)
  const value = Math.min(knob.max, Math.max(knob.min, knob.type === 'int' ? whole : exact))
  return value === from ? undefined : value
}

/** The direction declared to improve the metric; undefined if it is unknown or the knob has no directions. */
export function findDeclaredDirection(knob: Knob, metric: MetricName): Direction | undefined {
  const improves = knob.affects.find((affected) => affected.metric === metric)?.improves
  if (knob.type === 'order' || improves === undefined || improves === 'unknown') return undefined
  return improves === 'increase' ? 1 : -1
}

const scaled = (knob: NumericKnob, value: number) => (knob.scale === 'log' ? Math.log(value) : value)
const unscaled = (knob: NumericKnob, at: number) => (knob.scale === 'log' ? Math.exp(at) : at)
