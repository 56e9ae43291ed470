import { expect, test } from 'vitest'
import { rateSeverity } from '../../../src/analysis/watching/describe-anomaly.ts'

const items = { name: 'queueDepth', label: 'queue depth', kind: 'continuous', unit: '', direction: 'lower' } as const
const rate = (before: number, value: number, usual: [number, number]) =>
  rateSeverity({ kind: 'level-shift', before, value, usual }, items)

test('what usually is 0 is as severe as it is compared with the largest usual value', () => {
  expect(rate(0, 3, [0, 3])).toBe('medium')
  expect(rate(0, 6, [0, 3])).toBe('high')
  expect(rate(0, 12, [0, 3])).toBe('critical')
  expect(rate(0, 0.2, [0, 0])).toBe('high')
})

test('a loss that grows is as severe as a value that does', () => {
  expect(rate(-5, -50, [-8, -2])).toBe('critical')
  expect(rate(-100, -160, [-130, -80])).toBe('high')
})
