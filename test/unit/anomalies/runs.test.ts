import { expect, test } from 'vitest'
import { anomalyThreshold, createDetector, type SeriesPoint } from '../../../src/analysis/anomalies/index.ts'
import { createRandomSource } from '../../../src/analysis/statistics/random.ts'
import { seasonalSeries, stepSeconds, withEvent } from './series.ts'

const at = 4000

/** The points at which a kind of anomaly raises an alarm. */
function alarmsOf(kind: string, points: SeriesPoint[]): number[] {
  const detector = createDetector({ metric: 'requests', stepSeconds, min: 0 })
  return points.flatMap((point, index) => {
    const detection = detector.next(point)
    return detection.score >= anomalyThreshold && detection.kind === kind ? [index] : []
  })
}

test('values that are missing by chance raise no alarm, a longer gap does', () => {
  const gaps = [1, 2, 3, 4].flatMap((seed) => {
    const random = createRandomSource(seed)
    const points = seasonalSeries(at, seed).map(({ t, v }) => ({ t, v: random.uniform() < 0.03 ? null : v }))
    return alarmsOf('dropout', points)
  })
  expect(gaps).toEqual([])
  const random = createRandomSource(5)
  const points = seasonalSeries(at + 100).map(({ t, v }) => ({ t, v: random.uniform() < 0.03 ? null : v }))
  expect(
    alarmsOf(
      'dropout',
      withEvent(points, at, 20, () => null),
    )[0],
  ).toBeLessThanOrEqual(at + 6)
})

test('shares that repeat by chance, more often at quiet hours, are not stuck; counts that stay the same for longer are', () => {
  const sharesOf = (seed: number) => {
    const random = createRandomSource(seed)
    return seasonalSeries(3000, seed).map(({ t, v }) => {
      const calls = Math.round(0.4 * v!)
      const failed = Array.from({ length: calls }, () => random.uniform()).filter((chance) => chance < 0.02).length
      return { t, v: 1 - failed / calls }
    })
  }
  expect([1, 2, 3, 4, 5, 6, 7, 8].flatMap((seed) => alarmsOf('stuck', sharesOf(seed)))).toEqual([])
  const random = createRandomSource(1)
  const counts = seasonalSeries(at + 100).map(({ t }) => ({ t, v: random.below(5) }))
  expect(
    alarmsOf(
      'stuck',
      withEvent(counts, at, 100, () => 2),
    )[0],
  ).toBeLessThanOrEqual(at + 20)
})

test('a source slower than the step repeats each value, and is stuck after a few more', () => {
  const delays = [1, 2, 3, 4, 5].map((seed) => {
    const points = seasonalSeries(at + 100, seed)
    const repeated = points.map(({ t }, i) => ({ t, v: points[i - (i % 4)]!.v }))
    const stuck = withEvent(repeated, at, 100, () => repeated[at - 1]!.v!)
    return (alarmsOf('stuck', stuck).find((index) => index >= at) ?? Infinity) - at
  })
  expect(Math.max(...delays)).toBeLessThanOrEqual(10)
})
