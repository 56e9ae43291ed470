import { describe, expect, test } from 'vitest'
import { createLookPlan } from '../../../src/analysis/judging/looks.ts'
import { normalQuantile } from '../../../src/analysis/statistics/normal.ts'
import { random } from './random.ts'

const alpha = 0.05

describe('looks up to the planned number of samples', () => {
  const lookAt = createLookPlan({ maxSamples: 160 })

  test('between two planned ones are about the samples of the last one', () => {
    expect(lookAt(87, false).count).toBe(85)
    expect(lookAt(87, false).level(alpha)).toBe(lookAt(85, false).level(alpha))
    expect(lookAt(1_000, false).count).toBe(160)
  })

  test('spend what is left if they are the last, at a planned look as between two', () => {
    expect(lookAt(85, true).count).toBe(85)
    expect(lookAt(85, true).level(alpha)).toBeGreaterThan(1.5 * lookAt(85, false).level(alpha))
    expect(lookAt(85, true).level(alpha)).toBeCloseTo(lookAt(84, true).level(alpha), 3)
  })
})

describe('looks of a test that goes on', () => {
  const lookAt = createLookPlan({ maxSamples: 160, maxGuardSamples: 5_000 })

  test('see more of the samples each time that these have grown by a fifth', () => {
    expect([160, 191, 192, 230, 4_999, 5_000, 6_000].map((n) => lookAt(n, false).count)).toEqual([
      160, 160, 192, 230, 4_260, 5_000, 5_000,
    ])
    expect(lookAt(700, true).count).toBe(700)
  })

  test('find a difference by chance no more often than they may, whether the trial ends early, late or never', () => {
    const { normal, uniform } = random(4)
    const paths = 4_000
    const levels = new Map<number, number>()
    let crossed = 0
    for (let path = 0; path < paths; path++) {
      const end = Math.round(160 * 32 ** uniform())
      let sum = 0
      let known = 0
      for (let n = 10; ; n = Math.min(end, n < 160 ? n + 5 : Math.ceil(n * 1.04))) {
        const { count, level } = lookAt(n, n === end)
        if (count > known) {
          sum += Math.sqrt(count - known) * normal()
          known = count
          const key = n === end ? -n : count
          if (!levels.has(key)) levels.set(key, -normalQuantile(level(alpha)))
          if (sum / Math.sqrt(count) >= levels.get(key)!) {
            crossed++
            break
          }
        }
        if (n === end) break
      }
    }
    expect(crossed / paths).toBeGreaterThan(0.04)
    expect(crossed / paths).toBeLessThan(0.06)
  })
})
