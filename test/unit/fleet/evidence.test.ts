import { expect, test } from 'vitest'
import { Evidence } from '../../../examples/fleet/market-hunter/evidence.ts'
import { Trust } from '../../../examples/fleet/market-hunter/trust.ts'
import type { Reading } from '../../../examples/fleet/simulator/sources.ts'

const order = ['first', 'second', 'third']
const reading = (source: string, direction: 1 | -1, reliability = 0.65): Reading => ({ source, direction, reliability })
const weighed = (weighting: ConstructorParameters<typeof Evidence>[0], readings: Reading[]) => {
  const evidence = new Evidence(weighting, order, ({ reliability }) => reliability)
  for (const each of readings) evidence.add(each)
  return evidence
}
const oneGoodAgainstTwoPoor = [reading('first', -1, 0.52), reading('second', -1, 0.52), reading('third', 1, 0.9)]

test('without readings there is no direction', () => {
  expect(weighed('equal', []).direction).toBeUndefined()
})

test('with equal weights, the majority decides', () => {
  expect(weighed('equal', oneGoodAgainstTwoPoor).direction).toBe(-1)
})

test('if reliability counts, one good source outvotes two poor ones', () => {
  expect(weighed('reliability', oneGoodAgainstTwoPoor).direction).toBe(1)
})

test('in a tie the source asked first decides, whichever answered first', () => {
  expect(weighed('equal', [reading('second', -1), reading('first', 1)]).direction).toBe(1)
})

test('confidence is the reliability of a single source', () => {
  expect(weighed('reliability', [reading('first', 1, 0.8)]).confidence).toBeCloseTo(0.8)
})

test('a source that is repeatedly wrong loses trust, within bounds, and a good one keeps its claimed reliability', () => {
  const trust = new Trust()
  for (let i = 0; i < 2_000; i++) trust.learn([reading('first', -1, 0.9)], 1)
  expect(trust.of(reading('first', 1, 0.9))).toBeLessThan(0.8)
  expect(trust.of(reading('first', 1, 0.9))).toBeGreaterThan(0.7)
  expect(trust.of(reading('second', 1, 0.9))).toBeCloseTo(0.9)
})
