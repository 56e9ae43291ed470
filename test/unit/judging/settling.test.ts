import { expect, test } from 'vitest'
import { findSettlingTime } from '../../../src/analysis/judging/settling.ts'
import type { Sample } from '../../../src/model/trial.ts'
import { requests } from './arms.ts'
import { random } from './random.ts'

const times = (seed: number, instance: string, factor: (k: number) => number, rho = 0.5): Sample[] =>
  requests(seed, instance, 0, 150_000, { rho }).map((sample, k) => ({ ...sample, value: sample.value * factor(k) }))
const seeds = Array.from({ length: 100 }, (_, i) => 3 * i + 1)
const found = (factor: (k: number) => number, everybody: (k: number) => number = () => 1) =>
  seeds.map((seed) => {
    const candidate = times(seed, 'b', (k) => factor(k) * everybody(k))
    const from = findSettlingTime({ control: times(seed + 1, 'a', everybody), candidate }, 'continuous')
    return candidate.findIndex(({ at }) => at >= from)
  })

test('nothing is left out if nothing changes, or if both arms change alike', () => {
  expect(found(() => 1).filter((first) => first > 0).length).toBeLessThan(8)
  expect(
    found(
      () => 1,
      (k) => (k < 40 ? 1.5 : 1),
    ).filter((first) => first > 0).length,
  ).toBeLessThan(12)
})

test('a beginning that is three times slower is left out, and little more', () => {
  const firsts = found((k) => (k < 25 ? 3 : 1)).sort((a, b) => a - b)
  expect(firsts[5]).toBeGreaterThanOrEqual(22)
  expect(firsts[95]).toBeLessThanOrEqual(35)
})

test('a beginning in which more fails is left out', () => {
  const outcomes = (seed: number, instance: string, ok: (k: number) => number): Sample[] => {
    const { uniform } = random(seed)
    return Array.from({ length: 100 }, (_, k) => ({ at: 1_000 * k, instance, value: Number(uniform() < ok(k)) }))
  }
  const first = (seed: number, ok: (k: number) => number) =>
    findSettlingTime({ control: outcomes(seed, 'a', () => 0.9), candidate: outcomes(seed + 1, 'b', ok) }, 'proportion')
  const moments = seeds.map((seed) => first(seed, (k) => (k < 20 ? 0.3 : 0.95)))
  expect(moments.filter((from) => from >= 16_000 && from <= 25_000).length).toBeGreaterThan(80)
  expect(seeds.filter((seed) => first(seed, () => 0.95) > 0).length).toBeLessThan(8)
})
