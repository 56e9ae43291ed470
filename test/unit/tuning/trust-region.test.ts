import { expect, test } from 'vitest'
import { adaptTrustRegion, INITIAL_TRUST_RADIUS } from '../../../src/analysis/tuning/search/trust-region.ts'

const reachAfter = (...won: boolean[]) => won.reduce(adaptTrustRegion, { reach: INITIAL_TRUST_RADIUS, failures: 0 }).reach

test('the trust region grows after a success and shrinks after three failures in a row, within bounds', () => {
  const [success, failures] = [true, [false, false, false]]
  expect(reachAfter(success)).toBeGreaterThan(INITIAL_TRUST_RADIUS)
  expect(reachAfter(false, false)).toBe(INITIAL_TRUST_RADIUS)
  expect(reachAfter(...failures)).toBeLessThan(INITIAL_TRUST_RADIUS)
  expect(reachAfter(false, false, success, false, false)).toBe(reachAfter(success))
  const often = (won: boolean, times: number) => reachAfter(...Array<boolean>(times).fill(won))
  expect(often(true, 50)).toBe(often(true, 40))
  expect(often(false, 150)).toBe(often(false, 120))
  expect(often(false, 150)).toBeGreaterThan(0)
})
