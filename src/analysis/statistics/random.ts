/** Seeded random numbers: the same seeds give the same numbers, so that every figure can be reproduced. */

export interface RandomSource {
  /** In [0, 1). */
  uniform(): number
  /** Standard normal (Box & Muller 1958). */
  normal(): number
  /** A whole number in [0, end). */
  below(end: number): number
}

/**
 * A stream identified by numbers.
 * @param seeds whole numbers
 */
export function createRandomSource(...seeds: number[]): RandomSource {
  return mulberry32(
    seeds.reduce((hash, seed) => Math.imul(hash ^ seed ^ (seed / 2 ** 32), 0x9e3779b1) ^ (hash >>> 15), 0x2545f491),
  )
}

/** A stream identified by a text (hashed by FNV-1a). */
export function createSeededRandom(seed: string): RandomSource {
  return mulberry32([...seed].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16_777_619), 0x811c9dc5))
}

/** The generator mulberry32 (Ettinger 2017), from a state of 32 bits. */
export function mulberry32(state: number): RandomSource {
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    below: (end) => Math.floor(uniform() * end),
  }
}
