import { mulberry32 } from './random.ts'

/** Seeded random numbers (mulberry32), so that the same seed and tells lead to the same asks. */
export interface RandomSource {
  /** In [0, 1). */
  uniform(): number
  normal(): number
  /** A whole number in [0, end). */
  below(end: number): number
}

/** @param seeds whole numbers that together name the stream */
export function createRandomSource(...seeds: number[]): RandomSource {
  const hash = seeds.reduce((hash, seed) => Math.imul(hash ^ seed ^ (seed / 2 ** 32), 0x9e3779b1) ^ (hash >>> 15), 0x2545f491)
  const uniform = mulberry32(hash)
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    below: (end) => Math.floor(uniform() * end),
  }
}
