import { createRandomSource } from '../../src/analysis/statistics/random.ts'

/** A generated hourly series of some weeks, and the day after it. */
export interface ForecastCase {
  kind: (typeof kinds)[number]
  history: number[]
  future: number[]
  min: number
  max?: number
}

export const kinds = [
  'steady',
  'season',
  'weekly season',
  'trend',
  'random walk',
  'level shift',
  'heavy tails',
  'counts',
  'shares',
] as const
export const HORIZON = 24

export function generateSeries(seed: number): ForecastCase {
  const random = createRandomSource(seed, 7)
  const kind = kinds[seed % kinds.length]!
  const length = 24 * (7 + random.below(15))
  const base = 20 * Math.exp(3 * random.uniform())
  const noise = 0.03 + 0.2 * random.uniform()
  const season = kind === 'season' || kind === 'weekly season' || random.uniform() < 0.4 ? 0.1 + 0.5 * random.uniform() : 0
  const phase = 24 * random.uniform()
  const slope = kind === 'trend' ? (0.004 * (random.uniform() - 0.3)) / noise ** 0.2 : 0
  const shiftAt = length - 24 - random.below(length >> 1)
  const shift = kind === 'level shift' ? random.normal() : 0
  let [near, walk] = [0, 0]
  const values = Array.from({ length: length + HORIZON }, (_, hour) => {
    near = 0.7 * near + noise * 0.5 * random.normal()
    if (kind === 'random walk') walk += 0.3 * noise * random.normal()
    const weekend = kind === 'weekly season' && Math.floor(hour / 24) % 7 >= 5 ? -0.4 : 0
    const daily =
      season * Math.sin((2 * Math.PI * (hour + phase)) / 24) + 0.3 * season * Math.sin((4 * Math.PI * (hour + phase)) / 24)
    const tail = kind === 'heavy tails' && random.uniform() < 0.08 ? 1.5 * random.uniform() : 0
    const log =
      daily + weekend + slope * hour + walk + near + (hour >= shiftAt ? shift : 0) + tail + 0.5 * noise * random.normal()
    if (kind === 'counts') return drawCount(3 * Math.exp(log), random.uniform)
    return kind === 'shares' ? 1 - Math.min(1, 0.03 * Math.exp(2 * log)) : base * Math.exp(log)
  })
  return { kind, history: values.slice(0, length), future: values.slice(length), min: 0, ...(kind === 'shares' && { max: 1 }) }
}

/** Poisson, by multiplying uniform numbers (Knuth 1969). */
function drawCount(mean: number, uniform: () => number): number {
  let [count, product] = [0, uniform()]
  while (product > Math.exp(-mean)) {
    product *= uniform()
    count++
  }
  return count
}
