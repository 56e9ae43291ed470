/** The values next to a knob's present one. */
import type { Knob, KnobValue, NumericKnob } from '../../model/knob.ts'

export type Direction = 1 | -1
/** A knob whose values stand in a row. */
export type LadderKnob = Exclude<Knob, { type: 'order' }>

/** Where a value stands on its knob's scale; only differences and comparisons mean anything. */
export function position(knob: LadderKnob, value: KnobValue): number {
  if (knob.type === 'enum') return knob.values.indexOf(String(value))
  return knob.type === 'bool' ? Number(value) : scaled(knob, Number(value))
}

/**
 * The value one step away: `fraction` (0–1) of the way to the bound for numbers, the neighbour for others.
 * Undefined at the end of the scale.
 */
export function step(knob: LadderKnob, from: KnobValue, direction: Direction, fraction: number): KnobValue | undefined {
  switch (knob.type) {
    case 'bool':
      return direction > 0 === from ? undefined : direction > 0
    case 'enum':
      return knob.values[knob.values.indexOf(String(from)) + direction]
    default: {
      const start = scaled(knob, Number(from))
      const way = Math.abs(scaled(knob, direction > 0 ? knob.max : knob.min) - start)
      const distance = Math.min(way, Math.max(fraction * way, shortestStep(knob, start, direction, fraction)))
      return snapped(knob, Number(from), unscaled(knob, start + direction * distance))
    }
  }
}

/** The value half way between two, on the knob's scale; undefined when none lies between. */
export function halfway(knob: LadderKnob, from: KnobValue, to: KnobValue): KnobValue | undefined {
  if (knob.type === 'bool') return undefined
  const middle = (position(knob, from) + position(knob, to)) / 2
  const value = knob.type === 'enum' ? knob.values[Math.trunc(middle)] : snapped(knob, Number(from), unscaled(knob, middle))
  return value === from || value === to ? undefined : value
}

/** Every order that differs by one move: each element to the front, then neighbours swapped. */
export function reordered(order: readonly string[]): string[][] {
  const toFront = order.slice(1).map((item) => [item, ...order.filter((other) => other !== item)])
  const swapped = order.slice(2).map((_, i) => order.with(i + 1, order[i + 2]!).with(i + 2, order[i + 1]!))
  return [...toFront, ...swapped]
}

/** So that steps show and arrive: near the bound the share of what is left would get ever smaller. */
function shortestStep(knob: NumericKnob, start: number, direction: Direction, fraction: number): number {
  if (knob.scale === 'linear') return (fraction / 2) * (knob.max - knob.min)
  // On a log scale a factor; leaving the far end needs a bold one to show: at level 3 threefold, elsewhere 1.5-fold.
  const atFarEnd = start === scaled(knob, direction > 0 ? knob.min : knob.max)
  return Math.log(1 + (atFarEnd ? 8 : 2) * fraction)
}

/** A readable number near `to` (two digits of the step), within bounds, and whole for an int; undefined when that is `from`. */
function snapped(knob: NumericKnob, from: number, to: number): number | undefined {
  const whole = knob.type === 'int'
  const exact = Math.abs(to - from)
  const length = whole ? Math.max(1, Math.floor(exact + 1e-9)) : exact
  const direction = Math.sign(to - from)
  const digit = 10 ** (Math.floor(Math.log10(length)) - 1)
  const grain = whole ? Math.max(1, digit) : digit
  const neat = Number((Math.round((from + direction * length) / grain) * grain).toPrecision(12))
  const value = Math.min(knob.max, Math.max(knob.min, neat))
  return Math.sign(value - from) === direction && direction !== 0 ? value : undefined
}

const scaled = (knob: NumericKnob, value: number) => (knob.scale === 'log' ? Math.log(value) : value)
const unscaled = (knob: NumericKnob, at: number) => (knob.scale === 'log' ? Math.exp(at) : at)
