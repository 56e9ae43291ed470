/** One knob as an axis: the positions of its values, their similarity, and their neighbors. */
import type { KnobValue } from '../../../model/knob.ts'
import type { RandomSource } from '../../statistics/random.ts'
import { clamp } from '../../statistics/summaries.ts'
import type { TunerKnob } from './knob.ts'

/** Numbers lie in [0, 1], choices at their index; orders are lists of indexes. */
export type Coordinate = number | readonly number[]

/** Fills `into` with the covariances of the knob's effect at values this far apart; positive definite. */
export type Covariance = (distances: Float64Array, variance: number, lengthscale: number, into: Float64Array) => void

export interface Dimension {
  encode(value: KnobValue): Coordinate
  decode(at: Coordinate): KnobValue
  /** 0 for the same value, 1 for the two values that differ most. */
  distance(a: Coordinate, b: Coordinate): number
  covary: Covariance
  /** A value near `at`; `reach` (0 to 1) limits how far a number may go. */
  sampleNear(at: Coordinate, reach: number, random: RandomSource): Coordinate
  /** Numbers only: the value halfway between. */
  between?(a: number, b: number): Coordinate
  /** Numbers only: the nearest value upwards (1) or downwards (-1); `at` itself if values are dense or end there. */
  next?(at: number, direction: 1 | -1): number
}

export function createDimension(knob: TunerKnob): Dimension {
  switch (knob.type) {
    case 'int':
      // Even the smallest step leads to the only other value.
      return knob.max - knob.min === 1 ? choice([knob.min, knob.max]) : numeric(knob)
    case 'float':
      return numeric(knob)
    case 'bool':
      return choice([false, true])
    case 'enum':
      return knob.ordered && knob.values.length > 2 ? ranking(knob.values) : choice(knob.values)
    case 'order':
      return order(knob.values)
  }
}

/** Matérn 5/2: smooth, yet able to bend. */
const matern: Covariance = (distances, variance, lengthscale, into) => {
  const perLength = Math.sqrt(5) / lengthscale
  for (let i = 0; i < distances.length; i++) {
    const r = perLength * distances[i]!
    into[i] = variance * (1 + r + (r * r) / 3) * Math.exp(-r)
  }
}

const exponential: Covariance = (distances, variance, lengthscale, into) => {
  for (let i = 0; i < distances.length; i++)
    into[i] = distances[i] === 0 ? variance : variance * Math.exp(-distances[i]! / lengthscale)
}

function numeric(knob: Extract<TunerKnob, { type: 'int' | 'float' }>): Dimension {
  const { min, max } = knob
  const [to, from] = knob.scale === 'log' ? [Math.log, Math.exp] : [(v: number) => v, (v: number) => v]
  const low = to(min)
  const width = to(max) - low
  const place = (value: number) => (to(value) - low) / width
  // Logarithms round: a given value must be returned unchanged, the first one if several are at one position.
  const given = new Map<Coordinate, number>()
  const within = (value: number) => clamp(knob.type === 'int' ? Math.round(value) : value, min, max)
  const snapped = (at: number) => {
    const value = from(low + width * clamp(at, 0, 1))
    return place(within(readable(value, knob.scale === 'log' ? value : max - min)))
  }
  return {
    encode(value) {
      const at = place(value as number)
      if (!given.has(at)) given.set(at, value as number)
      return at
    },
    decode: (at) => given.get(at) ?? within(Number(from(low + width * (at as number)).toPrecision(12))),
    distance: (a, b) => Math.abs((a as number) - (b as number)),
    covary: matern,
    sampleNear: (at, reach, random) => snapped((at as number) + reach * (2 * random.uniform() - 1)),
    between: (a, b) => snapped((a + b) / 2),
    next: (at, direction) => (knob.type === 'int' ? place(within(from(low + width * at) + direction)) : at),
  }
}

/** Rounds to three digits of `grain`: more would not be readable. */
function readable(value: number, grain: number): number {
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(grain))) - 2)
  return Number((Math.round(value / unit) * unit).toPrecision(12))
}

function choice(values: readonly KnobValue[]): Dimension {
  return {
    encode: (value) => values.indexOf(value),
    decode: (at) => values[at as number]!,
    distance: (a, b) => (a === b ? 0 : 1),
    covary: exponential,
    sampleNear: (at, _reach, random) => ((at as number) + 1 + random.below(values.length - 1)) % values.length,
  }
}

/** Choices in order lie at equal distances in [0, 1], and a step leads to a neighbor. */
function ranking(values: readonly string[]): Dimension {
  const last = values.length - 1
  const rank = (at: Coordinate) => Math.round((at as number) * last)
  return {
    encode: (value) => values.indexOf(value as string) / last,
    decode: (at) => values[rank(at)]!,
    distance: (a, b) => Math.abs((a as number) - (b as number)),
    covary: matern,
    sampleNear(at, _reach, random) {
      const from = rank(at)
      const step = from === 0 ? 1 : from === last || random.uniform() < 0.5 ? -1 : 1
      return (from + step) / last
    },
    between: (a, b) => rank((a + b) / 2) / last,
    next: (at, direction) => clamp(rank(at) + direction, 0, last) / last,
  }
}

/** The similarity of orders is the share of pairs in the same order (Mallows kernel, Jiao & Vert 2015). */
function order(values: readonly string[]): Dimension {
  const pairs = (values.length * (values.length - 1)) / 2
  return {
    encode: (value) => (value as string[]).map((item) => values.indexOf(item)),
    decode: (at) => (at as readonly number[]).map((index) => values[index]!),
    distance(a, b) {
      const [x, y] = [a as readonly number[], b as readonly number[]]
      const rank: number[] = []
      y.forEach((item, i) => {
        rank[item] = i
      })
      let differ = 0
      for (let i = 0; i < x.length; i++) for (let j = 0; j < i; j++) if (rank[x[j]!]! > rank[x[i]!]!) differ++
      return differ / pairs
    },
    covary: exponential,
    sampleNear(at, _reach, random) {
      const moved = [...(at as readonly number[])]
      const from = random.below(moved.length)
      const to = (from + 1 + random.below(moved.length - 1)) % moved.length
      const [item] = moved.splice(from, 1)
      moved.splice(to, 0, item!)
      return moved
    },
  }
}
