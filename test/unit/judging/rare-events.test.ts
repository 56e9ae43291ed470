import { expect, test } from 'vitest'
import { computeUpperTailProbability } from '../../../src/analysis/judging/rare-events.ts'

test('with a share that is known well, the probability of events is the binomial one', () => {
  const known = { share: 0.1, samples: 1e9 }
  expect(computeUpperTailProbability(0, 10, known)).toBe(1)
  expect(computeUpperTailProbability(1, 10, known)).toBeCloseTo(1 - 0.9 ** 10, 6)
  expect(computeUpperTailProbability(2, 10, known)).toBeCloseTo(1 - 0.9 ** 10 - 10 * 0.1 * 0.9 ** 9, 6)
})

test('the less is known, the less surprising are events', () => {
  const probabilities = [1_000, 100, 20].map((samples) => computeUpperTailProbability(4, 20, { share: 0.02, samples }))
  expect(probabilities).toEqual(probabilities.toSorted((a, b) => a - b))
})

test('what has never happened may happen', () => {
  expect(computeUpperTailProbability(1, 10, { share: 0, samples: 400 })).toBeGreaterThan(0.01)
})

test('fractions of events lie between whole ones', () => {
  const expected = { share: 0.05, samples: 200 }
  const [two, more, three] = [2, 2.5, 3].map((events) => computeUpperTailProbability(events, 40, expected))
  expect(more).toBeLessThan(two!)
  expect(more).toBeGreaterThan(three!)
})
