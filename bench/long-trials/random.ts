import { mulberry32 } from '../../src/analysis/statistics/random.ts'

export function random(seed: number) {
  const numbers = mulberry32(seed)
  return { ...numbers, exponential: () => -Math.log(1 - numbers.uniform()) }
}
