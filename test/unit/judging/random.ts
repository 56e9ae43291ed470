import { mulberry32, type RandomSource as Numbers } from '../../../src/analysis/statistics/random.ts'

/** Seeded random numbers. */
export interface Random extends Numbers {
  exponential(): number
}

export function random(seed: number): Random {
  const numbers = mulberry32(seed)
  return { ...numbers, exponential: () => -Math.log(1 - numbers.uniform()) }
}
