import normalQuantile from '@stdlib/stats-base-dists-normal-quantile'
import { expect, test } from 'vitest'
import { createBoundary } from '../../../src/analysis/statistics/group-sequential.ts'
import { random } from '../judging/random.ts'

test('Brownian motion crosses the boundary as often as the error rate allows', () => {
  const fractions = Array.from({ length: 19 }, (_, i) => (i + 2) / 20)
  const cuts = createBoundary(fractions, 0.05).levels.map((level) => -normalQuantile(level, 0, 1))
  const { normal } = random(3)
  const paths = 40_000
  let crossed = 0
  for (let path = 0; path < paths; path++) {
    let value = 0
    let previous = 0
    for (const [i, fraction] of fractions.entries()) {
      value += Math.sqrt(fraction - previous) * normal()
      previous = fraction
      if (value / Math.sqrt(fraction) < cuts[i]!) continue
      crossed++
      break
    }
  }
  expect(crossed / paths).toBeCloseTo(0.05, 2)
})

test('a trial that ends early spends the remaining error', () => {
  const { levels, ending } = createBoundary([0.3, 1], 0.05)
  const ended = ending(0, 0.3)
  expect(ended).toBeGreaterThan(levels[0]!)
  expect(ended).toBeCloseTo(0.05, 3)
})
