import { expect, test } from 'vitest'
import { isBackToNormal } from '../../../src/analysis/watching/open-anomaly.ts'
import type { AnomalyKind } from '../../../src/model/anomaly.ts'

const isOver = (kind: AnomalyKind, shift: number, value: number, surprise: number) =>
  isBackToNormal(
    {
      component: 'a',
      metric: 'responseTime',
      kind,
      since: 0,
      detectedAt: 0,
      endedAt: null,
      before: 100,
      value: 100 + shift,
      usual: [70, 140],
      evidence: 8,
      isWorse: true,
      type: 'response_time_anomaly',
      severity: 'medium',
      causes: [],
      events: [],
    },
    value,
    100,
    surprise,
  )

test('a drift, or a shift within the usual range, goes on while the values together are unusual', () => {
  expect(isOver('drift', 60, 125, 3)).toBe(false)
  expect(isOver('level-shift', 30, 125, 3)).toBe(false)
  expect(isOver('drift', 60, 125, 0.5)).toBe(true)
  expect(isOver('level-shift', 30, 125, 0.5)).toBe(true)
})

test('a shift out of the usual range is over with the first values that are usual again', () => {
  expect(isOver('level-shift', 200, 125, 9)).toBe(true)
  expect(isOver('level-shift', 200, 250, 0.5)).toBe(false)
})
