/** Where a knob's values stand, and what lies ahead of one. */
import type { Knob, KnobValue, MetricName, NumericKnob } from './knob.ts'

export type Direction = 1 | -1
/** A knob whose values stand in a row. */
export type OrdinalKnob = Exclude<Knob, { type: 'order' }>

/** Where a value stands on its knob's scale; only differences and comparisons mean anything. */
export function positionOnScale(knob: OrdinalKnob, value: KnobValue): number {
  if (knob.type === 'enum') return knob.values.indexOf(String(value))
  return knob.type === 'bool' ? Number(value) : scaled(knob, Number(value))
}

/**
 * The value `share` (0–1) of the way to the bound for numbers, whole for an int; the neighbour for others. Undefined at the end of
 * the scale.
 */
export function stepTowardBound(knob: OrdinalKnob, from: KnobValue, direction: Direction, share: number): KnobValue | undefined {
  if (knob.type === 'bool') return direction > 0 === from ? undefined : direction > 0
  if (knob.type === 'enum') return knob.values[knob.values.indexOf(String(from)) + direction]
  const start = scaled(knob, Number(from))
  const end = scaled(knob, direction > 0 ? knob.max : knob.min)
  // From there, logarithms would round to a value beside it.
  if (start === end) return undefined
  const exact = unscaled(knob, start + share * (end - start))
  const whole = direction > 0 ? Math.ceil(exact) : Math.floor(exact)
  const value = Math.min(knob.max, Math.max(knob.min, knob.type === 'int' ? whole : exact))
  return value === from ? undefined : value
}

/** The way of turning the knob that is declared to improve the metric; undefined where it is not known or there are no ways. */
export function findDeclaredDirection(knob: Knob, metric: MetricName): Direction | undefined {
  const improves = knob.affects.find((affected) => affected.metric === metric)?.improves
  if (knob.type === 'order' || improves === undefined || improves === 'unknown') return undefined
  return improves === 'increase' ? 1 : -1
}

const scaled = (knob: NumericKnob, value: number) => (knob.scale === 'log' ? Math.log(value) : value)
const unscaled = (knob: NumericKnob, at: number) => (knob.scale === 'log' ? Math.exp(at) : at)
