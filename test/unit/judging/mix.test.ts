import { expect, test } from 'vitest'
import {
  computeStratumShares,
  computeUnmatchedShare,
  createStandardizer,
  createStratifier,
} from '../../../src/analysis/judging/mix.ts'
import type { ArmSamples, Sample } from '../../../src/model/trial.ts'

const samples = (stratum: string | undefined, count: number, value: number): Sample[] =>
  Array.from({ length: count }, (_, at) => ({ at, instance: 'a', stratum, value }))

test('a mean is taken as if there were another mix, and counts as fewer samples', () => {
  const own = createStandardizer([...samples('ping', 90, 1), ...samples('scan', 10, 11)])
  expect(own.to(computeStratumShares([...samples('ping', 9, 0), ...samples('scan', 1, 0)]))).toEqual({
    mean: expect.closeTo(2),
    count: expect.closeTo(100),
  })
  const { mean, count } = own.to(computeStratumShares([...samples('ping', 5, 0), ...samples('scan', 5, 0)]))
  expect(mean).toBeCloseTo(6)
  expect(count).toBeCloseTo(1 / (0.25 / 90 + 0.25 / 10))
})

test('rare strata are compared together', () => {
  const rare = Array.from({ length: 60 }, (_, i) => samples(`once-${i}`, 1, 1)).flat()
  const arms = { control: [...samples('ping', 40, 1), ...rare], candidate: samples('ping', 100, 1) }
  const joined = createStratifier(arms, ({ value }) => value, true)(arms)
  expect(new Set(joined.control.map(({ stratum }) => stratum)).size).toBe(2 + Math.floor(60 / 10) - 1)
})

test('work that the control does not do has no counterpart', () => {
  const lonely = (since: ArmSamples) => computeUnmatchedShare(samples('ping', 100, 1), since)
  expect(lonely({ control: samples('scan', 20, 1), candidate: [...samples('ping', 5, 1), ...samples('scan', 5, 1)] })).toBe(0)
  expect(lonely({ control: [], candidate: [...samples('ping', 6, 1), ...samples('audit', 4, 1)] })).toBeCloseTo(0.4)
})
